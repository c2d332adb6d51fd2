// SPDX-License-Identifier: Apache-2.0
// See runtime_error.h.
#include "tgc/runtime_error.h"

#include "support/check.h"

namespace tgc {

ExitCode report_runtime_error(const RuntimeError& error, Diagnostics& diagnostics) {
  switch (error.status()) {
    case TGC_OK:
      break;
    case TGC_ERROR_ARGUMENT:
      diagnostics.error("call-rejected", error.what());
      return kExitRejected;
    case TGC_ERROR_BUNDLE:
      diagnostics.error("bundle-damaged", error.what());
      return kExitRejected;
    case TGC_ERROR_ENVIRONMENT:
      diagnostics.error("device-unavailable", error.what());
      return kExitEnvironment;
    case TGC_ERROR_MEMORY:
      diagnostics.error("out-of-memory", error.what());
      return kExitEnvironment;
    case TGC_ERROR_COMPUTE:
      diagnostics.error("call-failed", error.what());
      return kExitRejected;
    case TGC_ERROR_FILE:
      diagnostics.error("state-file", error.what());
      return kExitEnvironment;
    case TGC_ERROR_INTERNAL:
      throw InternalError(std::string("in the runtime: ") + error.what());
  }
  throw InternalError(std::string("the runtime failed without a status: ") + error.what());
}

}  // namespace tgc
