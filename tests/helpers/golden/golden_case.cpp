// SPDX-License-Identifier: Apache-2.0
// Reading, writing and comparing golden cases; the format is described in the header.
#include "helpers/golden/golden_case.h"

#include <algorithm>
#include <cstddef>

namespace tgc::golden {
namespace {

constexpr const char* kNoNewline = "\\ no newline at end\n";

bool starts_with(const std::string& text, const char* prefix) {
  return text.rfind(prefix, 0) == 0;
}

std::string after(const std::string& line, const char* prefix) {
  size_t begin = line.find_first_not_of(' ', std::string(prefix).size());
  return begin == std::string::npos ? "" : line.substr(begin);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string section_text(const char* name, const std::string& content) {
  if (content.empty()) return "";
  std::string text = std::string("--- ") + name + "\n" + content;
  if (text.back() != '\n') text += std::string("\n") + kNoNewline;
  return text;
}

void undo_no_newline(std::string& content) {
  const std::string mark = std::string("\n") + kNoNewline;
  if (content.size() >= mark.size() && content.ends_with(mark)) {
    content.resize(content.size() - mark.size());
  }
}

// The text that the following lines of the file belong to.
enum class Section { kHead, kInput, kOutput, kError, kExit };

struct Parser {
  Case result;
  Section section = Section::kHead;
  std::string error;

  void line(const std::string& line) {
    if (marker(line)) return;
    switch (section) {
      case Section::kHead:
        head_line(line);
        break;
      case Section::kInput:
        result.inputs.back().second += line + "\n";
        break;
      case Section::kOutput:
        result.expected.standard_output += line + "\n";
        break;
      case Section::kError:
        result.expected.standard_error += line + "\n";
        break;
      case Section::kExit:
        error = "text after '--- exit:'";
        break;
    }
  }

  void enter(Section next) {
    if (next < section || (next == section && next != Section::kInput)) {
      error = "sections are out of order: input, stdout, stderr, exit";
    }
    section = next;
  }

  bool marker(const std::string& line) {
    if (starts_with(line, "--- input ")) {
      enter(Section::kInput);
      result.inputs.emplace_back(after(line, "--- input "), "");
    } else if (line == "--- stdout") {
      enter(Section::kOutput);
    } else if (line == "--- stderr") {
      enter(Section::kError);
    } else if (starts_with(line, "--- exit:")) {
      enter(Section::kExit);
      const std::string number = after(line, "--- exit:");
      if (number.empty() || number.size() > 3 ||
          number.find_first_not_of("0123456789") != std::string::npos) {
        error = "'--- exit:' wants a number";
        return true;
      }
      result.expected.exit_code = std::stoi(number);
    } else {
      return false;
    }
    return true;
  }

  void head_line(const std::string& line) {
    if (starts_with(line, "run:")) {
      result.commands.push_back(after(line, "run:"));
    } else if (starts_with(line, "needs:")) {
      result.needs.push_back(after(line, "needs:"));
    } else if (!line.empty() && line[0] != '#') {
      error = "expected 'run:', 'needs:', '#' or a '---' section";
    }
  }
};

}  // namespace

std::optional<Case> parse_case(const std::string& text, std::string& error) {
  Parser parser;
  size_t number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    parser.line(line);
    if (!parser.error.empty()) {
      error = "line " + std::to_string(number) + ": " + parser.error;
      return std::nullopt;
    }
    if (parser.section <= Section::kInput) parser.result.head += line + "\n";
  }
  if (parser.result.commands.empty()) {
    error = "no 'run:' line";
    return std::nullopt;
  }
  undo_no_newline(parser.result.expected.standard_output);
  undo_no_newline(parser.result.expected.standard_error);
  return parser.result;
}

std::string outcome_text(const Outcome& outcome) {
  std::string text = section_text("stdout", outcome.standard_output);
  text += section_text("stderr", outcome.standard_error);
  if (outcome.exit_code != 0) text += "--- exit: " + std::to_string(outcome.exit_code) + "\n";
  return text;
}

std::string line_diff(const std::string& expected, const std::string& actual) {
  const std::vector<std::string> a = lines_of(expected);
  const std::vector<std::string> b = lines_of(actual);
  // common[i][j]: length of the longest common subsequence of a[i…] and b[j…].
  std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::string text;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      text += "  " + a[i] + "\n";
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      text += "- " + a[i++] + "\n";
    } else {
      text += "+ " + b[j++] + "\n";
    }
  }
  return text;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  if (from.empty()) return text;
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace tgc::golden
