// SPDX-License-Identifier: Apache-2.0
// Collecting diagnostics and the list of their codes.
#include "support/diagnostic.h"

#include <algorithm>
#include <utility>

#include "support/check.h"

namespace tgc {

Diagnostic& Diagnostics::error(std::string_view code, std::string message, Location location) {
  return add({Severity::error, std::string(code), std::move(message), std::move(location), {}, {}});
}

Diagnostic& Diagnostics::warning(std::string_view code, std::string message, Location location) {
  return add(
      {Severity::warning, std::string(code), std::move(message), std::move(location), {}, {}});
}

Diagnostic& Diagnostics::note(std::string_view code, std::string message, Location location) {
  return add({Severity::note, std::string(code), std::move(message), std::move(location), {}, {}});
}

Diagnostic& Diagnostics::add(Diagnostic diagnostic) {
  TGC_CHECK(find_diagnostic_code(diagnostic.code) != nullptr,
            "unlisted diagnostic code " + diagnostic.code);
  if (diagnostic.severity == Severity::error) {
    ++error_count_;
    if (error_count_ > kMaxErrors) {
      dropped_ = std::move(diagnostic);
      return dropped_;
    }
  }
  all_.push_back(std::move(diagnostic));
  return all_.back();
}

const std::vector<DiagnosticCode>& diagnostic_codes() {
  static const std::vector<DiagnosticCode> codes = [] {
    std::vector<DiagnosticCode> list = {
#define TGC_DIAGNOSTIC_CODE(code, explanation) {code, explanation},
#include "support/diagnostic_codes.def"
#undef TGC_DIAGNOSTIC_CODE
    };
    std::sort(list.begin(), list.end(),
              [](const auto& a, const auto& b) { return a.code < b.code; });
    return list;
  }();
  return codes;
}

const DiagnosticCode* find_diagnostic_code(std::string_view code) {
  const auto& codes = diagnostic_codes();
  const auto found = std::lower_bound(codes.begin(), codes.end(), code,
                                      [](const auto& a, auto b) { return a.code < b; });
  return found != codes.end() && found->code == code ? &*found : nullptr;
}

}  // namespace tgc
