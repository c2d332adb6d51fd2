// SPDX-License-Identifier: Apache-2.0
// Programs every Linux has, run without a shell unless the shell is what is run.
#include "support/process.h"

#include <chrono>

#include "catch2/catch.hpp"

using namespace tgc;

namespace {

double seconds_of(const std::vector<Command>& commands, int parallel) {
  const auto start = std::chrono::steady_clock::now();
  run_commands(commands, parallel);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("both outputs and the exit code of a command are captured") {
  const ProcessResult result =
      run_command({{"sh", "-c", "echo out; echo err >&2; exit 3"}, "", {}});
  CHECK(result.started);
  CHECK(!result.ok());
  CHECK(result.exit_code == 3);
  CHECK(result.output == "out\nerr\n");
  CHECK(result.status_text() == "exit code 3");
}

TEST_CASE("arguments reach the program letter by letter") {
  const ProcessResult result = run_command({{"printf", "%s|", "a b", "$HOME", "*", "'"}, "", {}});
  CHECK(result.ok());
  CHECK(result.output == "a b|$HOME|*|'|");
}

TEST_CASE("a program that is not there says so") {
  const ProcessResult result = run_command({{"tgc-no-such-program"}, "", {}});
  CHECK(!result.started);
  CHECK(result.status_text() == "could not be started: No such file or directory");
  CHECK(!run_command({{}, "", {}}).started);
}

TEST_CASE("a program ended by a signal is told from one that exits") {
  const ProcessResult result = run_command({{"sh", "-c", "kill -9 $$"}, "", {}});
  CHECK(result.signal == 9);
  CHECK(!result.ok());
  CHECK(result.status_text() == "killed by signal 9 (Killed)");
}

TEST_CASE("folder, environment and an empty input are the command's own") {
  const Command command{{"sh", "-c", "pwd; echo $TGC_TEST_VARIABLE; cat; echo ${HOME-unset}"},
                        "/",
                        {{"TGC_TEST_VARIABLE", "v"}, {"HOME", std::nullopt}}};
  CHECK(run_command(command).output == "/\nv\nunset\n");
}

TEST_CASE("output larger than a pipe is captured whole") {
  const ProcessResult result = run_command({{"head", "-c", "1000000", "/dev/zero"}, "", {}});
  CHECK(result.output == std::string(1'000'000, '\0'));
}

TEST_CASE("commands run at the same time up to the limit, results keep their order") {
  std::vector<Command> commands;
  for (const char* text : {"sleep 0.2; echo a", "sleep 0.1; echo b", "echo c"}) {
    commands.push_back({{"sh", "-c", text}, "", {}});
  }
  std::vector<size_t> order;
  const auto results = run_commands(commands, 3, [&](size_t index) { order.push_back(index); });
  CHECK(results[0].output == "a\n");
  CHECK(results[1].output == "b\n");
  CHECK(results[2].output == "c\n");
  CHECK(order == std::vector<size_t>{2, 1, 0});
}

TEST_CASE("a limit of one runs commands one after the other") {
  const std::vector<Command> commands(3, Command{{"sleep", "0.1"}, "", {}});
  CHECK(seconds_of(commands, 1) >= 0.3);
  CHECK(seconds_of(commands, 3) < 0.3);
}

TEST_CASE("one command that cannot start does not keep the others from running") {
  const auto results =
      run_commands({{{"tgc-no-such-program"}, "", {}}, {{"echo", "x"}, "", {}}}, 1);
  CHECK(!results[0].started);
  CHECK(results[1].output == "x\n");
}

TEST_CASE("a command is shown as one would type it") {
  CHECK(shell_text({"g++", "-I", "a b", "-DX='1'", "", "$x"}) ==
        R"(g++ -I 'a b' '-DX='\''1'\''' '' '$x')");
}

TEST_CASE("programs are found as the shell finds them") {
  CHECK(find_program("sh").ends_with("/sh"));
  CHECK(find_program("/bin/sh") == "/bin/sh");
  CHECK(find_program("tgc-no-such-program").empty());
  CHECK(find_program("/etc/passwd").empty());
  CHECK(find_program("").empty());
}
