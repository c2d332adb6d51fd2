// SPDX-License-Identifier: Apache-2.0
// What differs between two bundles, as a list of facts.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "support/diagnostic.h"

namespace tgc {

struct BundleChange {
  std::string area;    // "bundle", "function train", "kernels cpu", "weights", "files"
  std::string name;    // of what differs: "passes", "dot_1", "w"
  std::string before;  // in A; "" where it is added
  std::string after;   // in B; "" where it is removed
};

// Nothing after reporting: one of the two cannot be read.
std::optional<std::vector<BundleChange>> bundle_changes(const std::string& a, const std::string& b,
                                                        Diagnostics& diagnostics);

}  // namespace tgc
