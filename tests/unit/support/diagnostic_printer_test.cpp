// SPDX-License-Identifier: Apache-2.0
// The layout of diagnostics.
#include "support/diagnostic_printer.h"

#include <catch2/catch.hpp>

namespace tgc {
namespace {

DiagnosticStyle style_with(std::string line) {
  DiagnosticStyle style;
  style.source_line = [line = std::move(line)](const std::string&, int) {
    return std::optional(line);
  };
  return style;
}

Diagnostic at_column(int column, int length) {
  Diagnostic diagnostic;
  diagnostic.code = "shape-mismatch";
  diagnostic.message = "m";
  diagnostic.location = {"g.json", "", 14, column, length};
  return diagnostic;
}

// Lines 2 and 3 of the text: the excerpt.
std::string excerpt(const Diagnostic& diagnostic, const DiagnosticStyle& style) {
  const std::string text = diagnostic_text(diagnostic, style);
  return text.substr(text.find('\n') + 1);
}

}  // namespace

TEST_CASE("a diagnostic shows place, message, code, pointer, excerpt, notes and hint") {
  Diagnostic diagnostic;
  diagnostic.code = "shape-mismatch";
  diagnostic.message = "dot: inner dimensions differ: 784 (x) and 512 (w)";
  diagnostic.location = {"graph.json", "/nodes/3/inputs/1", 14, 34, 3};
  diagnostic.notes.push_back({"'w' is float32[512, 10]", {"", "/shared/w", 0, 0, 0}});
  diagnostic.notes.push_back({"first given here", {"graph.json", "", 3, 1, 1}});
  diagnostic.hint = "transpose w";
  CHECK(
      diagnostic_text(diagnostic, style_with(R"(    {"op": "dot", "inputs": ["x", "w"]},)")) ==
      R"(graph.json:14:34: error: dot: inner dimensions differ: 784 (x) and 512 (w) [shape-mismatch]
  at /nodes/3/inputs/1
   14 |     {"op": "dot", "inputs": ["x", "w"]},
      |                                  ^^^
  note: 'w' is float32[512, 10], declared at /shared/w
  note: first given here (line 3)
  hint: transpose w
)");
}

TEST_CASE("without a place only severity, message and code are shown") {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::warning;
  diagnostic.code = "unused-input";
  diagnostic.message = "m";
  CHECK(diagnostic_text(diagnostic, {}) == "warning: m [unused-input]\n");
}

TEST_CASE("colours surround place, severity and carets") {
  DiagnosticStyle style = style_with("abc");
  style.color = true;
  CHECK(diagnostic_text(at_column(2, 1), style) ==
        "\033[1mg.json:14:2: \033[0m\033[1;31merror: \033[0m\033[1mm\033[0m [shape-mismatch]\n"
        "   14 | abc\n      |  \033[1;32m^\033[0m\n");
}

TEST_CASE("long lines are cut around the place") {
  DiagnosticStyle style = style_with(std::string(50, 'a') + "HERE" + std::string(50, 'b'));
  style.excerpt_columns = 20;
  CHECK(excerpt(at_column(51, 4), style) ==
        "   14 | …aaaaaaaaaaHEREbbbbbb…\n      |            ^^^^\n");
  CHECK(excerpt(at_column(1, 99), style) ==
        "   14 | aaaaaaaaaaaaaaaaaaaa…\n      | ^^^^^^^^^^^^^^^^^^^^\n");
  CHECK(excerpt(at_column(105, 1), style).find('^') != std::string::npos);
}

TEST_CASE("columns count characters") {
  CHECK(excerpt(at_column(3, 1), style_with("äö!")) == "   14 | äö!\n      |   ^\n");
}

TEST_CASE("control characters of the user's files do not reach the terminal") {
  Diagnostic diagnostic = at_column(1, 1);
  diagnostic.message = "name 'a\033[31m\xC2\x9Bz'";
  diagnostic.location.pointer = "/a\nb";
  const std::string text = diagnostic_text(diagnostic, style_with("\t\033]0;x\007"));
  CHECK(text ==
        "g.json:14:1: error: name 'a?[31m?z' [shape-mismatch]\n  at /a?b\n"
        "   14 |  ?]0;x?\n      | ^\n");
}

TEST_CASE("a line without a column stands alone") {
  const std::string text = diagnostic_text(at_column(0, 0), style_with("abc"));
  CHECK(text == "g.json:14: error: m [shape-mismatch]\n");
}

TEST_CASE("errors beyond the limit are counted") {
  Diagnostics diagnostics;
  for (int i = 0; i < Diagnostics::kMaxErrors + 2; ++i) diagnostics.error("shape-mismatch", "m");
  const std::string text = diagnostics_text(diagnostics, {});
  CHECK(text.ends_with("error: m [shape-mismatch]\n… and 2 more errors\n"));
}

}  // namespace tgc
