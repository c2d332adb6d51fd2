// SPDX-License-Identifier: Apache-2.0
// Generated C++ and CUDA text: the headers it includes, and what of it counts for a cache key.
#pragma once
#include <map>
#include <string>

namespace tgc {

// Header texts by the names they are included by ("tgc/kernel_prelude.h").
using HeaderTexts = std::map<std::string, std::string>;

// The text without comments, without blanks at the ends of lines and without empty lines: what the
// compiled code depends on as long as the text does not use __LINE__, in which case it is returned
// as it is.
std::string text_without_comments(const std::string& text);

}  // namespace tgc
