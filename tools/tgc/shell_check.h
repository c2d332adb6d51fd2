// SPDX-License-Identifier: Apache-2.0
// The user's own check of a file or bundle, `--check 'CMD'`: a line for the shell.
#pragma once
#include <optional>
#include <string>

#include "support/diagnostic.h"

namespace tgc {

// Throws UsageError unless the line names {word} where the path goes.
void require_word(const std::string& command, const std::string& word);

// Runs the line with `path` in the place of {word}. Its exit code, 128 and more for a signal;
// nothing after reporting: the shell could not run it (126, 127).
std::optional<int> run_check(const std::string& command, const std::string& word,
                             const std::string& path, Diagnostics& diagnostics);

}  // namespace tgc
