// SPDX-License-Identifier: Apache-2.0
// The command line before CLI11 sees it: response files put in, GCC's spellings of the depfile
// options turned into long ones.
#pragma once
#include <string>
#include <vector>

namespace tgc {

// `@FILE` becomes the words of FILE: separated by blanks and newlines, with '…', "…" and \ as in
// GCC's response files, nested ones included. -MD, -MF and -MT become --MD, --MF and --MT. Throws
// UsageError for a file that cannot be read, an open quote, or files that name one another.
std::vector<std::string> expand_arguments(const std::vector<std::string>& arguments);

// The words of a response file's text; `file` names it in messages.
std::vector<std::string> response_words(const std::string& text, const std::string& file);

}  // namespace tgc
