// SPDX-License-Identifier: Apache-2.0
// One golden test: a text file that says which commands to run on which input files and the exact
// text they print. The format, in this order:
//   # a comment                         any number of `run:` lines, each a shell command; they run
//   needs: nvrtc                        in turn, in a fresh folder, until one fails
//   run: {tgc} check {dir}/graph.json   {tgc} {dir} {source} {runner} stand for paths
//   --- input graph.json                a file made before the first command
//   --- stdout | --- stderr             what all commands print; a missing section means: nothing
//   --- exit: 1                         the last command's exit code; a missing section means: 0
// A text that does not end in a newline is shown with a last line "\ no newline at end".
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tgc::golden {

struct Outcome {
  std::string standard_output;
  std::string standard_error;
  int exit_code = 0;
  bool operator==(const Outcome&) const = default;
};

struct Case {
  std::string head;  // all text before the expected outcome, kept as it is by an update
  std::vector<std::string> needs;
  std::vector<std::string> commands;
  std::vector<std::pair<std::string, std::string>> inputs;  // file name, content
  Outcome expected;
};

// Reads a case; on a malformed file, nothing, and `error` says what and in which line.
std::optional<Case> parse_case(const std::string& text, std::string& error);

// The sections an outcome is written as, ready to follow `Case::head`.
std::string outcome_text(const Outcome& outcome);

// Both texts line by line, "-" before what was expected only, "+" before what came instead.
std::string line_diff(const std::string& expected, const std::string& actual);

std::string replace_all(std::string text, const std::string& from, const std::string& to);

}  // namespace tgc::golden
