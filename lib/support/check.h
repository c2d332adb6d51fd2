// SPDX-License-Identifier: Apache-2.0
// TGC_CHECK states what must hold if tgc itself is right. A failure is our bug, never the user's:
// it throws InternalError, which only the command's main() catches (exit code 4).
#pragma once
#include <stdexcept>
#include <string>

namespace tgc {

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               const std::string& message);

}  // namespace tgc

#define TGC_CHECK(condition, message)                                 \
  do {                                                                \
    if (!(condition)) {                                               \
      ::tgc::check_failed(#condition, __FILE__, __LINE__, (message)); \
    }                                                                 \
  } while (false)
