// SPDX-License-Identifier: Apache-2.0
// Text in columns, for the listings.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tgc {

// Rows as lines, the columns as wide as their widest cell and two blanks apart; the last is not
// padded. Each line begins with `indent` blanks. Widths count characters, not bytes.
std::string table_text(const std::vector<std::vector<std::string>>& rows, size_t indent = 0);

// Text broken into lines of at most `columns` characters, each behind `indent` blanks.
std::string wrapped_text(const std::string& text, size_t columns, size_t indent = 0);

// Seconds as people read them: "41 ms", "2.3 s", "3 min 20 s".
std::string seconds_text(double seconds);

// "1 kernel", "2 kernels".
std::string counted(int64_t count, const std::string& noun);

}  // namespace tgc
