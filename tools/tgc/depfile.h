// SPDX-License-Identifier: Apache-2.0
// Depfiles as make and ninja read them: what a build rule's output was made from.
#pragma once
#include <string>
#include <vector>

namespace tgc {

// "TARGET: FILE FILE …", one file a line, with make's escapes for blanks, # and $. Every file
// once, in order.
std::string depfile_text(const std::string& target, const std::vector<std::string>& files);

}  // namespace tgc
