// SPDX-License-Identifier: Apache-2.0
// Where CUDA's libraries are looked for, in folders made for the test, and what is said when there
// are none.
#include "targets/cuda/libraries.h"

#include <map>

#include "catch2/catch.hpp"
#include "support/file.h"
#include "support/text.h"
#include "targets/cuda/fatbin.h"

using namespace tgc;

namespace {

using Names = std::vector<std::string>;

TempFolder scratch() {
  std::error_code error;
  auto folder = TempFolder::make("", "tgc-cuda-test-", error);
  REQUIRE(folder);
  return std::move(*folder);
}

// Nothing of this machine: an empty environment, and folders below `root`.
CudaSearch search_in(const std::string& root, std::map<std::string, std::string> variables = {}) {
  CudaSearch search;
  search.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found != variables.end() ? std::optional(found->second) : std::nullopt;
  };
  search.program_folder = root + "/build/bin";
  search.system_folders = {root + "/local"};
  search.loader_path = false;
  return search;
}

// A file that is not a library, or a copy of one.
void put(const std::string& path, bool library) {
  std::error_code error;
  REQUIRE(!make_folders(parent_folder(path)));
  const auto bytes = library ? read_file("/lib/x86_64-linux-gnu/libm.so.6", error) : "not ELF";
  REQUIRE(bytes);
  REQUIRE(!write_file_atomically(path, *bytes, {false, true}));
}

}  // namespace

TEST_CASE("CUDA is looked for in TGC_CUDA_PATH, beside tgc, then in toolkits, newest first") {
  const TempFolder folder = scratch();
  const std::string& root = folder.path();
  for (const char* name : {"cuda-12.9", "cuda-13.0", "cuda-9.2", "other", "cuda"}) {
    REQUIRE(!make_folders(root + "/local/" + name));
  }
  const CudaSearch search =
      search_in(root, {{"TGC_CUDA_PATH", "/mine"}, {"CUDA_PATH", "/path"}, {"CUDA_HOME", "/home"}});
  CHECK(cuda_roots(search, false) == Names{"/mine", root + "/build/cuda-pypi", "/path", "/home",
                                           root + "/local/cuda", root + "/local/cuda-13.0",
                                           root + "/local/cuda-12.9", root + "/local/cuda-9.2"});
  CHECK(cuda_roots(search, true) == Names{"/mine"});
}

TEST_CASE("a virtual environment beside tgc is searched as a folder of wheels") {
  const TempFolder folder = scratch();
  REQUIRE(!make_folders(folder.path() + "/build/cuda-pypi/lib/python3.11/site-packages"));
  const auto roots = cuda_roots(search_in(folder.path()), false);
  REQUIRE(roots.size() >= 2);
  CHECK(roots[1] == folder.path() + "/build/cuda-pypi/lib/python3.11/site-packages");
}

TEST_CASE("a library is found in the folders of toolkits and wheels") {
  for (const char* place : {"local/cuda/lib64", "local/cuda-13.0/targets/x86_64-linux/lib",
                            "build/cuda-pypi/lib", "build/cuda-pypi/nvidia/cu13/lib"}) {
    const TempFolder folder = scratch();
    const std::string path = folder.path() + "/" + place + "/libtgc-test.so.1";
    put(path, true);
    const LoadedLibrary library =
        load_cuda_library(search_in(folder.path()), {"libtgc-test.so.1"}, false);
    CAPTURE(place);
    CHECK(library.handle != nullptr);
    CHECK(library.path == path);
    CHECK(library.identity.size() == 40);
  }
}

TEST_CASE("a file that cannot be loaded is complained about and the search goes on") {
  const TempFolder folder = scratch();
  put(folder.path() + "/build/cuda-pypi/lib/libtgc-test.so.1", false);
  const std::string path = folder.path() + "/local/cuda/lib64/libtgc-test.so.1";
  put(path, true);
  const LoadedLibrary library =
      load_cuda_library(search_in(folder.path()), {"libtgc-test.so.1"}, false);
  CHECK(library.path == path);
  REQUIRE(library.complaints.size() == 1);
  CHECK(library.complaints[0].find("cuda-pypi/lib/libtgc-test.so.1") != std::string::npos);
}

TEST_CASE("without NVRTC the message says what was missing, where it looked and what to do") {
  Diagnostics diagnostics;
  CHECK(Nvrtc::load(search_in("/nonexistent"), diagnostics) == nullptr);
  REQUIRE(diagnostics.all().size() == 1);
  const Diagnostic& error = diagnostics.all()[0];
  CHECK(error.code == "cuda-compiler-missing");
  CHECK(error.message == "the cuda target needs NVRTC (libnvrtc.so.13), which was not found");
  REQUIRE(error.notes.size() == 1);
  CHECK(error.notes[0].message ==
        "looked in /nonexistent/build/cuda-pypi, /nonexistent/local/cuda");
  CHECK(error.hint ==
        "install it with `pip install --target DIR nvidia-cuda-nvrtc==13.0.88 "
        "nvidia-nvfatbin==13.0.85` and set TGC_CUDA_PATH=DIR, or compile with `--target cpu`");
}

TEST_CASE("a TGC_CUDA_PATH without NVRTC is not passed over in silence") {
  Diagnostics diagnostics;
  CHECK(Nvrtc::load(search_in("/", {{"TGC_CUDA_PATH", "/nonexistent"}}), diagnostics) == nullptr);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].notes[0].message == "looked in /nonexistent");
}

TEST_CASE("a library that is not NVRTC is not taken for it") {
  const TempFolder folder = scratch();
  put(folder.path() + "/local/cuda/lib64/libnvrtc.so.13", true);
  Diagnostics diagnostics;
  CHECK(Nvrtc::load(search_in(folder.path()), diagnostics) == nullptr);
  CHECK(diagnostics.error_count() == 1);
}

TEST_CASE("a missing compiler and a missing packer are both reported") {
  Diagnostics diagnostics;
  CHECK(!load_cuda_toolchain(search_in("/nonexistent"), diagnostics));
  REQUIRE(diagnostics.all().size() == 2);
  CHECK(diagnostics.all()[1].message ==
        "the cuda target needs a fatbin packer (libnvfatbin.so.13 or the program fatbinary), "
        "which was not found");
}

TEST_CASE("the wheels that messages name are those that the set-up installs") {
  std::error_code error;
  const auto pins = read_file(TGC_SOURCE_DIR "/tools/cuda_requirements.txt", error);
  REQUIRE(pins);
  CHECK(pins->find(std::string("\n") + kNvrtcWheel + " ") != std::string::npos);
  CHECK(pins->find(std::string("\n") + kNvfatbinWheel + " ") != std::string::npos);
}
