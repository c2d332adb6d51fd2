// SPDX-License-Identifier: Apache-2.0
// The line of a graph file that a JSON pointer leads to, for messages long after it was read.
#pragma once
#include <string>

#include "support/diagnostic.h"

namespace tgc {

// File and pointer alone where the file cannot be read any more or has no such place.
Location location_in(const std::string& file, const std::string& pointer);

}  // namespace tgc
