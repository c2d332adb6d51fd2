// SPDX-License-Identifier: Apache-2.0
// Files and folders on a real file system, in a folder of their own.
#include "support/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "catch2/catch.hpp"

using namespace tgc;

namespace {

TempFolder scratch() {
  std::error_code error;
  auto folder = TempFolder::make("", "tgc-file-test-", error);
  REQUIRE(folder);
  return std::move(*folder);
}

std::string contents(const std::string& path) {
  std::error_code error;
  return read_file(path, error).value_or("<" + error.message() + ">");
}

using Names = std::vector<std::string>;

Names names_in(const std::string& path) {
  std::error_code error;
  return list_folder(path, error).value_or(Names{"<" + error.message() + ">"});
}

bool is_link(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

}  // namespace

TEST_CASE("a file that is not there gives the system's reason") {
  std::error_code error;
  CHECK(!read_file("/nonexistent/file", error));
  CHECK(error == std::errc::no_such_file_or_directory);
  CHECK(!read_file("/", error));
  CHECK(error == std::errc::is_a_directory);
}

TEST_CASE("files of unknown size are read whole") {
  CHECK(contents("/proc/self/status").find("VmPeak") != std::string::npos);
  CHECK(contents("/dev/null").empty());
}

TEST_CASE("an atomic write makes or replaces the file and leaves nothing else") {
  const TempFolder folder = scratch();
  const std::string path = join_path(folder.path(), "file");
  const std::string bytes("a\0b\n", 4);
  CHECK(!write_file_atomically(path, "first"));
  CHECK(!write_file_atomically(path, bytes, {true, false}));
  CHECK(contents(path) == bytes);
  CHECK(names_in(folder.path()) == Names{"file"});
}

TEST_CASE("writing through links keeps them and changes the file they lead to") {
  const TempFolder folder = scratch();
  const std::string real = join_path(folder.path(), "real");
  const std::string link = join_path(folder.path(), "link");
  const std::string chain = join_path(folder.path(), "chain");
  REQUIRE(::symlink("real", link.c_str()) == 0);
  REQUIRE(::symlink(link.c_str(), chain.c_str()) == 0);
  CHECK(followed_path(chain) == real);
  CHECK_FALSE(write_file_atomically(chain, "new"));  // the file is not there yet
  CHECK(contents(real) == "new");
  CHECK(write_file_if_changed(link, "newer").changed);
  CHECK(contents(real) == "newer");
  CHECK(is_link(link));
  CHECK(is_link(chain));
}

TEST_CASE("links in a circle are an error") {
  const TempFolder folder = scratch();
  const std::string link = join_path(folder.path(), "link");
  REQUIRE(::symlink("link", link.c_str()) == 0);
  CHECK(write_file_atomically(link, "bytes"));
  CHECK(is_link(link));
}

TEST_CASE("a pipe is written to and stays a pipe") {
  const TempFolder folder = scratch();
  const std::string pipe = join_path(folder.path(), "pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = contents(pipe); });
  const WriteResult written = write_file_if_changed(pipe, "bytes");
  reader.join();
  CHECK_FALSE(written.error);
  CHECK(got == "bytes");
  struct stat status {};
  REQUIRE(::lstat(pipe.c_str(), &status) == 0);
  CHECK(S_ISFIFO(status.st_mode));
}

TEST_CASE("written files follow the umask and are executable when asked") {
  const TempFolder folder = scratch();
  const mode_t mask = ::umask(027);
  const auto mode_of = [&](const char* name, bool executable) {
    const std::string path = join_path(folder.path(), name);
    CHECK(!write_file_atomically(path, "", {false, executable}));
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_mode & 0777;
  };
  CHECK(mode_of("plain", false) == 0640);
  CHECK(mode_of("program", true) == 0750);
  ::umask(mask);
}

TEST_CASE("a failed write leaves the folder as it was") {
  const TempFolder folder = scratch();
  CHECK(!make_folders(join_path(folder.path(), "taken/inside")));
  // A rename of a file over a folder fails.
  CHECK(write_file_atomically(join_path(folder.path(), "taken"), "x"));
  CHECK(write_file_atomically(join_path(folder.path(), "missing/file"), "x") ==
        std::errc::no_such_file_or_directory);
  CHECK(names_in(folder.path()) == Names{"taken"});
}

TEST_CASE("a file whose bytes do not change keeps its time") {
  const TempFolder folder = scratch();
  const std::string path = join_path(folder.path(), "file");
  CHECK(write_file_if_changed(path, "one").changed);
  const struct timespec past[2] = {{1000, 5}, {1000, 5}};
  ::utimensat(AT_FDCWD, path.c_str(), past, 0);
  CHECK(!write_file_if_changed(path, "one").changed);
  CHECK(file_facts(path)->modified_ns == 1'000'000'000'005);
  CHECK(write_file_if_changed(path, "two").changed);
  CHECK(file_facts(path)->modified_ns > 1'000'000'000'005);
  CHECK(contents(path) == "two");
}

TEST_CASE("a file that must become executable is written again") {
  const TempFolder folder = scratch();
  const std::string path = join_path(folder.path(), "file");
  CHECK(write_file_if_changed(path, "one").changed);
  CHECK(write_file_if_changed(path, "one", {false, true}).changed);
  CHECK(!write_file_if_changed(path, "one", {false, true}).changed);
}

TEST_CASE("folders are made with their parents, also by several threads at once") {
  const TempFolder folder = scratch();
  const std::string path = join_path(folder.path(), "a/b/c/d");
  std::vector<std::error_code> errors(8);
  std::vector<std::thread> threads;
  for (auto& error : errors) {
    threads.emplace_back([&path, &error] { error = make_folders(path); });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(errors == std::vector<std::error_code>(8));
  CHECK(file_facts(path)->is_folder);
}

TEST_CASE("a folder cannot be made below or in place of a file") {
  const TempFolder folder = scratch();
  const std::string file = join_path(folder.path(), "file");
  CHECK(!write_file_atomically(file, ""));
  CHECK(make_folders(file) == std::errc::not_a_directory);
  CHECK(make_folders(join_path(file, "below")) == std::errc::not_a_directory);
  CHECK(!is_writable_folder(file));
  CHECK(is_writable_folder(folder.path()));
}

TEST_CASE("names of a folder come sorted by bytes") {
  const TempFolder folder = scratch();
  for (const char* name : {"b", "a10", "a2", "B"}) {
    CHECK(!write_file_atomically(join_path(folder.path(), name), ""));
  }
  CHECK(names_in(folder.path()) == Names{"B", "a10", "a2", "b"});
}

TEST_CASE("removing a tree removes links, not what they point to") {
  const TempFolder folder = scratch();
  const std::string kept = join_path(folder.path(), "kept");
  const std::string tree = join_path(folder.path(), "tree");
  CHECK(!make_folders(kept));
  CHECK(!write_file_atomically(join_path(kept, "file"), ""));
  CHECK(!make_folders(join_path(tree, "deep/deeper")));
  CHECK(::symlink(kept.c_str(), join_path(tree, "deep/link").c_str()) == 0);
  CHECK(!remove_tree(tree));
  CHECK(!remove_tree(tree));
  CHECK(names_in(folder.path()) == Names{"kept"});
  CHECK(names_in(kept) == Names{"file"});
}

TEST_CASE("a folder takes another's place, in one step or, where that cannot be, in two") {
  for (const bool may_exchange : {true, false}) {
    const TempFolder folder = scratch();
    const std::string fresh = join_path(folder.path(), "fresh");
    const std::string target = join_path(folder.path(), "target");
    for (const char* name : {"one", "two"}) {
      CHECK(!make_folders(fresh));
      CHECK(!write_file_atomically(join_path(fresh, name), ""));
      const bool existed = path_exists(target);
      const ReplaceResult replaced = replace_folder(fresh, target, may_exchange);
      CHECK(!replaced.error);
      CHECK(replaced.in_one_step == (may_exchange || !existed));
      CHECK(names_in(target) == Names{name});
      CHECK(names_in(folder.path()) == Names{"target"});
    }
  }
}

TEST_CASE("replacing by a folder that is not there is an error and leaves the target") {
  for (const bool may_exchange : {true, false}) {
    const TempFolder folder = scratch();
    const std::string target = join_path(folder.path(), "target");
    CHECK(!make_folders(join_path(target, "inside")));
    CHECK(replace_folder(join_path(folder.path(), "fresh"), target, may_exchange).error);
    CHECK(names_in(folder.path()) == Names{"target"});
    CHECK(names_in(target) == Names{"inside"});
  }
}

TEST_CASE("a temporary folder goes with its object unless released") {
  std::string gone;
  std::string kept;
  {
    TempFolder first = scratch();
    TempFolder second = scratch();
    gone = first.path();
    CHECK(!write_file_atomically(join_path(gone, "file"), ""));
    kept = second.release();
  }
  CHECK(!path_exists(gone));
  CHECK(path_exists(kept));
  CHECK(!remove_tree(kept));
}

TEST_CASE("a sweep takes the temporary folders of processes that were killed, and no others") {
  const TempFolder place = scratch();
  const auto make = [&place] {
    std::error_code error;
    auto made = TempFolder::make(place.path(), "part-", error);
    REQUIRE(made);
    return std::move(*made);
  };
  const auto age = [](const std::string& path) {
    const std::array<timespec, 2> long_ago = {timespec{1, 0}, timespec{1, 0}};
    REQUIRE(utimensat(AT_FDCWD, path.c_str(), long_ago.data(), 0) == 0);
  };
  const TempFolder in_use = make();
  age(in_use.path());
  std::string fresh;
  std::string killed;
  for (std::string* path : {&fresh, &killed}) {  // as a process that dies leaves it: unlocked
    *path = make().release();
    REQUIRE(!write_file_atomically(join_path(*path, "file"), "text"));
  }
  age(killed);
  const std::string other = join_path(place.path(), "part-of-something-else");
  REQUIRE(!make_folders(other));
  age(other);

  TempFolder::sweep(place.path(), "part-");

  CHECK(path_exists(in_use.path()));
  CHECK(path_exists(fresh));
  CHECK(!path_exists(killed));
  CHECK(path_exists(other));
}

TEST_CASE("a temporary folder that cannot be made gives the reason") {
  std::error_code error;
  CHECK(!TempFolder::make("/nonexistent", "x", error));
  CHECK(error == std::errc::no_such_file_or_directory);
}

TEST_CASE("paths are joined and split at slashes") {
  CHECK(join_path("a", "b") == "a/b");
  CHECK(join_path("a/", "b") == "a/b");
  CHECK(join_path("a", "/b") == "/b");
  CHECK(join_path("", "b") == "b");
  CHECK(parent_folder("a/b") == "a");
  CHECK(parent_folder("a//b/") == "a");
  CHECK(parent_folder("a") == ".");
  CHECK(parent_folder("/a") == "/");
  CHECK(parent_folder("/") == "/");
  CHECK(file_name("a/b.c") == "b.c");
  CHECK(file_name("b.c") == "b.c");
}

TEST_CASE("the program's folder is where this test lies") {
  CHECK(path_exists(join_path(executable_folder(), "support_test")));
}
