// SPDX-License-Identifier: Apache-2.0
// Filling the caller's error struct.
#include "failure.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace tgc::runtime {

tgc_status report(tgc_error* error, tgc_status status, const char* message) noexcept {
  if (error == nullptr || error->size < offsetof(tgc_error, message) + 1) return status;
  error->status = status;
  const size_t room = std::min(error->size, sizeof(tgc_error)) - offsetof(tgc_error, message);
  const size_t length = std::min(std::strlen(message), room - 1);
  std::memcpy(error->message, message, length);
  error->message[length] = '\0';
  return status;
}

}  // namespace tgc::runtime

extern "C" const char* tgc_status_text(tgc_status status) {
  switch (status) {
    case TGC_OK:
      return "ok";
    case TGC_ERROR_ARGUMENT:
      return "bad argument";
    case TGC_ERROR_BUNDLE:
      return "bad bundle";
    case TGC_ERROR_ENVIRONMENT:
      return "environment";
    case TGC_ERROR_MEMORY:
      return "out of memory";
    case TGC_ERROR_COMPUTE:
      return "computation failed";
    case TGC_ERROR_FILE:
      return "file error";
    case TGC_ERROR_INTERNAL:
      return "internal error";
  }
  return "unknown status";
}

extern "C" int tgc_runtime_version(void) {
  return TGC_RUNTIME_VERSION;
}
