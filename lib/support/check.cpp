// SPDX-License-Identifier: Apache-2.0
// The throwing half of TGC_CHECK. Only the file's name is shown, so that no build path leaks.
#include "support/check.h"

#include <string_view>

namespace tgc {

void check_failed(const char* condition, const char* file, int line, const std::string& message) {
  std::string_view name(file);
  if (const size_t slash = name.rfind("/lib/"); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  throw InternalError(std::string(name) + ":" + std::to_string(line) +
                      ": check failed: " + condition + ": " + message);
}

}  // namespace tgc
