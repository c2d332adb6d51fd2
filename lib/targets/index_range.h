// SPDX-License-Identifier: Apache-2.0
// What is known of the value of an index expression, so that a division of counters can be that of
// unsigned numbers: floor division and Python's modulo cost several times as much.
#pragma once
#include <map>
#include <optional>

#include "kernel/kernel.h"

namespace tgc {

// 0 <= lower <= value <= upper where lower is set; nothing known where it is not.
struct IndexRange {
  std::optional<int64_t> lower;
  std::optional<int64_t> upper;
};

class IndexRanges {
 public:
  explicit IndexRanges(const Kernel& kernel);
  [[nodiscard]] IndexRange of(const ExprRef& expr) const;

 private:
  void add(const std::vector<Loop>& loops);
  void add(const Body& body);

  std::map<IndexId, IndexRange> counters_;
};

}  // namespace tgc
