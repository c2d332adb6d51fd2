// SPDX-License-Identifier: Apache-2.0
// JSON text -> JsonDocument. Strict JSON plus comments (// and /* */). Refuses what a hostile file
// might hold: invalid UTF-8, deep nesting, too many values, huge strings, keys given twice.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "json/json_value.h"
#include "support/diagnostic.h"

namespace tgc {

struct JsonLimits {
  size_t max_bytes = size_t{64} << 20;
  size_t max_values = size_t{4} << 20;
  size_t max_string = size_t{64} << 10;  // bytes
  int max_depth = 200;
};

// `file` only names the source in diagnostics. Null after reporting.
std::unique_ptr<const JsonDocument> parse_json(std::string file, std::string text,
                                               const JsonLimits& limits, Diagnostics& diagnostics);

// The same, but mistakes that leave the rest readable give a document all the same, so that a
// reader finds further ones: of a key given twice the first value is kept, a number beyond float64
// reads as 0.
std::unique_ptr<const JsonDocument> parse_json_with_mistakes(std::string file, std::string text,
                                                             const JsonLimits& limits,
                                                             Diagnostics& diagnostics);

}  // namespace tgc
