// SPDX-License-Identifier: Apache-2.0
// Says in plain words what is wrong where the JSON parser stopped: a trailing comma, a missing
// quote, NaN, Python's True, …
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tgc {

struct SyntaxError {
  size_t begin = 0;  // bytes of `text` to underline
  size_t end = 0;
  std::string message;
  std::string hint;
};

// Where the parser gave up: `after` stands behind the last value it had accepted, `position` bytes
// had been read; `complete`: the outermost value had ended before.
struct ParseStop {
  size_t after = 0;
  size_t position = 0;
  bool complete = false;
};

SyntaxError explain_syntax_error(std::string_view text, const ParseStop& stop);

}  // namespace tgc
