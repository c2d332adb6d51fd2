// SPDX-License-Identifier: Apache-2.0
// What tgc tells a user: diagnostics, collected here and printed only by the command.
// Codes are slugs listed in diagnostic_codes.def with the text of `tgc explain CODE`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

enum class Severity { error, warning, note };

// A place in a file. `pointer` is a JSON pointer ("/nodes/3/inputs/1"); line and column start at 1,
// 0 means unknown; `length` counts the columns to underline.
struct Location {
  std::string file;
  std::string pointer;
  int line = 0;
  int column = 0;
  int length = 0;
};

struct DiagnosticNote {
  std::string message;
  Location location;
};

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;
  std::string message;
  Location location;
  std::vector<DiagnosticNote> notes;
  std::string hint;
};

// Collects diagnostics. After `kMaxErrors` errors further ones are counted, not kept.
class Diagnostics {
 public:
  static constexpr int kMaxErrors = 20;

  Diagnostic& error(std::string_view code, std::string message, Location location = {});
  Diagnostic& warning(std::string_view code, std::string message, Location location = {});
  Diagnostic& note(std::string_view code, std::string message, Location location = {});
  Diagnostic& add(Diagnostic diagnostic);

  [[nodiscard]] bool has_errors() const { return error_count_ > 0; }
  [[nodiscard]] int error_count() const { return error_count_; }
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }
  [[nodiscard]] std::vector<Diagnostic>& all() { return all_; }

 private:
  std::vector<Diagnostic> all_;
  Diagnostic dropped_;
  int error_count_ = 0;
};

struct DiagnosticCode {
  std::string_view code;
  std::string_view explanation;
};

// All codes in alphabetical order.
const std::vector<DiagnosticCode>& diagnostic_codes();
const DiagnosticCode* find_diagnostic_code(std::string_view code);

}  // namespace tgc
