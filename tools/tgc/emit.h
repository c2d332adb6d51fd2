// SPDX-License-Identifier: Apache-2.0
// Where the single stages of a compilation go: files beside you, the files and folders that -o and
// --emit=STAGE=PATH name, or stdout.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tgc/compile_options.h"

namespace tgc {

// Writes what was emitted. `output` is -o's path for the stages without one of their own: "" is the
// current folder. The paths written, "-" for stdout; nothing after reporting.
std::optional<std::vector<std::string>> write_emitted(const CompileResult& result,
                                                      const std::vector<EmitOption>& emits,
                                                      const std::string& output,
                                                      Invocation& invocation);

}  // namespace tgc
