// SPDX-License-Identifier: Apache-2.0
// See diagnostic_printer.h.
#include "support/diagnostic_printer.h"

#include <algorithm>
#include <utility>

#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

constexpr int kNumberColumns = 5;

// Bytes of the UTF-8 character at the beginning of `text`; 0: it is none.
size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead > 0xF4 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

// Escape sequences would reach the terminal, and so would bytes that are no characters.
std::string printable(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const size_t length = character_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_control = byte < 0x20 || byte == 0x7F ||
                            (byte == 0xC2 && length == 2 &&
                             static_cast<unsigned char>(text[i + 1]) <= 0x9F);  // U+0080 to U+009F
    if (length == 0 || is_control) {
      result += byte == '\t' ? ' ' : '?';
    } else {
      result += text.substr(i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return result;
}

// One entry a character: byte offsets, and the end.
std::vector<size_t> character_offsets(std::string_view text) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) offsets.push_back(i);
  }
  offsets.push_back(text.size());
  return offsets;
}

class Printer {
 public:
  explicit Printer(const DiagnosticStyle& style) : style_(style) {}

  std::string print(const Diagnostic& diagnostic) {
    const Location& where = diagnostic.location;
    if (!where.file.empty()) {
      std::string place = printable(where.file);
      if (where.line > 0) {
        place += ":" + std::to_string(where.line);
        if (where.column > 0) place += ":" + std::to_string(where.column);
      }
      text_ += painted(place + ": ", kBold);
    }
    text_ += painted(std::string(severity_name(diagnostic.severity)) + ": ",
                     severity_color(diagnostic.severity));
    const std::vector<std::string> lines = split(diagnostic.message, '\n');
    text_ += painted(printable(lines[0]), kBold) + " [" + diagnostic.code + "]\n";
    for (size_t i = 1; i < lines.size(); ++i) text_ += "  " + printable(lines[i]) + "\n";
    if (!where.pointer.empty()) text_ += "  at " + printable(where.pointer) + "\n";
    excerpt(where);
    for (const DiagnosticNote& note : diagnostic.notes) print_note(note);
    if (!diagnostic.hint.empty()) text_ += "  hint: " + printable(diagnostic.hint) + "\n";
    return std::move(text_);
  }

 private:
  static constexpr const char* kBold = "\033[1m";
  static constexpr const char* kRed = "\033[1;31m";
  static constexpr const char* kMagenta = "\033[1;35m";
  static constexpr const char* kCyan = "\033[1;36m";
  static constexpr const char* kGreen = "\033[1;32m";

  static const char* severity_color(Severity severity) {
    switch (severity) {
      case Severity::error:
        return kRed;
      case Severity::warning:
        return kMagenta;
      case Severity::note:
        return kCyan;
    }
    return kBold;
  }

  [[nodiscard]] std::string painted(const std::string& text, const char* color) const {
    return style_.color ? color + text + "\033[0m" : text;
  }

  // Notes may have several lines, such as what a compiler printed.
  void print_note(const DiagnosticNote& note) {
    std::string message = note.message;
    while (!message.empty() && message.back() == '\n') message.pop_back();
    text_ += "  note: ";
    const std::vector<std::string> lines = split(message, '\n');
    for (size_t i = 0; i < lines.size(); ++i)
      text_ += (i > 0 ? "\n    " : "") + printable(lines[i]);
    if (!note.location.pointer.empty()) {
      text_ += ", declared at " + printable(note.location.pointer);
    } else if (note.location.line > 0) {
      text_ += " (line " + std::to_string(note.location.line) + ")";
    }
    text_ += "\n";
  }

  void excerpt(const Location& where) {
    if (!style_.source_line || where.line <= 0 || where.column <= 0) return;
    const auto line = style_.source_line(where.file, where.line);
    if (!line || line->empty()) return;
    const std::vector<size_t> offsets = character_offsets(*line);
    const int characters = static_cast<int>(offsets.size()) - 1;
    const int column = std::min(where.column, characters + 1);
    const int columns = std::max(style_.excerpt_columns, 20);
    int first = 1;
    if (characters > columns && column > columns / 2) first = column - columns / 2;
    const int last = std::min(characters, first + columns - 1);
    const size_t begin = offsets[static_cast<size_t>(first) - 1];
    const size_t end = offsets[static_cast<size_t>(std::max(last, first - 1))];
    const std::string lead = first > 1 ? "…" : "";
    const std::string tail = last < characters ? "…" : "";
    std::string number = std::to_string(where.line);
    number.insert(
        0, static_cast<size_t>(std::max(0, kNumberColumns - static_cast<int>(number.size()))), ' ');
    text_ += number + " | " + lead + printable(line->substr(begin, end - begin)) + tail + "\n";
    const int indent = column - first + (first > 1 ? 1 : 0);
    const int length = std::clamp(where.length, 1, std::max(1, last - column + 1));
    text_ += std::string(number.size(), ' ') + " | " +
             std::string(static_cast<size_t>(indent), ' ') +
             painted(std::string(static_cast<size_t>(length), '^'), kGreen) + "\n";
  }

  const DiagnosticStyle& style_;
  std::string text_;
};

}  // namespace

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "";
}

std::string diagnostic_text(const Diagnostic& diagnostic, const DiagnosticStyle& style) {
  return Printer(style).print(diagnostic);
}

std::string diagnostics_text(const Diagnostics& diagnostics, const DiagnosticStyle& style) {
  std::string text;
  int errors = 0;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    text += diagnostic_text(diagnostic, style);
    if (diagnostic.severity == Severity::error) ++errors;
  }
  if (const int more = diagnostics.error_count() - errors; more > 0) {
    text += "… and " + std::to_string(more) + (more == 1 ? " more error\n" : " more errors\n");
  }
  return text;
}

std::optional<std::string> SourceLines::operator()(const std::string& file, int line) {
  auto known = files_.find(file);
  if (known == files_.end()) {
    std::error_code error;
    const auto facts = file_facts(file);
    auto text = facts && facts->is_file ? read_file(file, error) : std::nullopt;
    if (text && text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);  // shown by no editor
    known = files_.emplace(file, text ? split(*text, '\n') : std::vector<std::string>()).first;
  }
  const auto& lines = known->second;
  if (line < 1 || static_cast<size_t>(line) > lines.size()) return std::nullopt;
  std::string found = lines[static_cast<size_t>(line) - 1];
  if (!found.empty() && found.back() == '\r') found.pop_back();
  return found;
}

}  // namespace tgc
