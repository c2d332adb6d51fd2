// SPDX-License-Identifier: Apache-2.0
// Failures of the runtime library as diagnostics and exit codes.
#pragma once
#include "support/diagnostic.h"
#include "tgc/runtime.hpp"
#include "tgc/subcommand.h"

namespace tgc {

// Reports the error and returns the exit code that belongs to it. A bug of the runtime is thrown
// on as InternalError.
ExitCode report_runtime_error(const RuntimeError& error, Diagnostics& diagnostics);

}  // namespace tgc
