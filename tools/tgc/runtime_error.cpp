// SPDX-License-Identifier: Apache-2.0
// See runtime_error.h.
#include "tgc/runtime_error.h"

#include "support/check.h"

namespace tgc {
namespace {

// The runtime's first line is the message, those below it are a note.
void add(Diagnostics& diagnostics, const char* code, const std::string& text) {
  const size_t end = text.find('\n');
  Diagnostic& diagnostic = diagnostics.error(code, text.substr(0, end));
  if (end != std::string::npos) diagnostic.notes.push_back({text.substr(end + 1), {}});
}

}  // namespace

ExitCode report_runtime_error(const RuntimeError& error, Diagnostics& diagnostics) {
  switch (error.status()) {
    case TGC_OK:
      break;
    case TGC_ERROR_ARGUMENT:
      add(diagnostics, "call-rejected", error.what());
      return kExitRejected;
    case TGC_ERROR_BUNDLE:
      add(diagnostics, "bundle-damaged", error.what());
      return kExitRejected;
    case TGC_ERROR_ENVIRONMENT:
      add(diagnostics, "device-unavailable", error.what());
      return kExitEnvironment;
    case TGC_ERROR_MEMORY:
      add(diagnostics, "out-of-memory", error.what());
      return kExitEnvironment;
    case TGC_ERROR_COMPUTE:
      add(diagnostics, "call-failed", error.what());
      return kExitRejected;
    case TGC_ERROR_FILE:
      add(diagnostics, "state-file", error.what());
      return kExitEnvironment;
    case TGC_ERROR_INTERNAL:
      throw InternalError(std::string("in the runtime: ") + error.what());
  }
  throw InternalError(std::string("the runtime failed without a status: ") + error.what());
}

}  // namespace tgc
