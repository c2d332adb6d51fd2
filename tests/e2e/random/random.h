// SPDX-License-Identifier: Apache-2.0
// Random draws that are the same on every machine: one generator, and arithmetic of our own where
// the standard leaves the distributions open.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

namespace tgc {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t bits() { return engine_(); }
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }  // [0, 1)
  bool chance(double probability) { return unit() < probability; }
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items.at(static_cast<size_t>(below(static_cast<int64_t>(items.size()))));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tgc
