// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text:
//   graph.json:14:35: error: dot: inner dimensions differ: 784 (x) and 512 (w) [shape-mismatch]
//     at /nodes/3/inputs/1
//      14 |     {"op": "dot", "inputs": ["x", "w"]},
//         |                                   ^^^
//     note: 'w' is float32[512, 10], declared at /shared/w
//     hint: …
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/diagnostic.h"

namespace tgc {

struct DiagnosticStyle {
  bool color = false;
  int excerpt_columns = 100;  // longer source lines are cut around the place
  // Line `line` (from 1) of a file, without its newline; nullopt: no excerpt is shown.
  std::function<std::optional<std::string>(const std::string& file, int line)> source_line;
};

// Each ends in a newline. Control characters that come from the user's files are shown as "?".
std::string diagnostic_text(const Diagnostic& diagnostic, const DiagnosticStyle& style);
// All of them, and how many errors were counted but not kept.
std::string diagnostics_text(const Diagnostics& diagnostics, const DiagnosticStyle& style);

// "error", "warning", "note"
std::string_view severity_name(Severity severity);

// Reads source lines for DiagnosticStyle from the files themselves, each file once.
class SourceLines {
 public:
  std::optional<std::string> operator()(const std::string& file, int line);

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace tgc
