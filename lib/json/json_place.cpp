// SPDX-License-Identifier: Apache-2.0
// See json_place.h.
#include "json/json_place.h"

#include <algorithm>

#include "json/json_parser.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {

Location location_in(const std::string& file, const std::string& pointer) {
  Location location;
  location.file = file;
  location.pointer = pointer;
  std::error_code error;
  auto text = read_file(file, error);
  if (!text || pointer.empty()) return location;
  Diagnostics ignored;
  const auto document = parse_json(file, std::move(*text), {}, ignored);
  if (!document) return location;
  JsonValue value = document->root();
  const std::vector<std::string> steps = split(pointer, '/');
  for (size_t i = 1; i < steps.size(); ++i) {
    const std::vector<JsonValue> children = value.elements();
    const auto next = std::find_if(children.begin(), children.end(), [&](const JsonValue& child) {
      return value.is_object() ? pointer_step(child.key()) == "/" + steps[i]
                               : std::to_string(&child - children.data()) == steps[i];
    });
    if (next == children.end()) return location;
    value = *next;
  }
  return value.location();
}

}  // namespace tgc
