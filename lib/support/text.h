// SPDX-License-Identifier: Apache-2.0
// Small text helpers shared by all layers: joining, splitting, numbers that round-trip,
// and the nearest known name for "did you mean".
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

// Shortest decimal text that reads back as the same double; "nan", "inf", "-inf" for the others.
std::string number_text(double value);

// Bytes inserted, removed, replaced or swapped with their neighbour.
size_t edit_distance(std::string_view a, std::string_view b);

// The known name nearest to `name`, or "" when none is near enough to be a likely misspelling
// (distance at most a third of the length, at least 1).
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

// "1.5 kB", "12 MB": decimal units, at most three significant digits.
std::string bytes_text(uint64_t bytes);

}  // namespace tgc
