// SPDX-License-Identifier: Apache-2.0
// float16 storage: every half is exact in float, and floats round to the nearest half.
#include <cmath>
#include <cstring>
#include <vector>

#include "catch2/catch.hpp"
#include "kernels.h"

namespace {

// The value of a half, from its definition.
double value_of(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

std::vector<uint16_t> all_halves() {
  std::vector<uint16_t> halves(65536);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  return halves;
}

}  // namespace

TEST_CASE("every half converts to its exact value and back") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  const std::vector<uint16_t> halves = all_halves();
  for (int s = 0; s < count; ++s) {
    std::vector<float> floats(65536);
    std::vector<uint16_t> back(65536);
    sets[s]->halves_to_floats(halves.data(), floats.data(), 65536);
    sets[s]->floats_to_halves(floats.data(), back.data(), 65536);
    for (size_t i = 0; i < 65536; ++i) {
      const bool special = (i & 0x7c00) == 0x7c00;
      if (special && (i & 1023) != 0) {
        REQUIRE(std::isnan(floats[i]));
        REQUIRE(back[i] == (i | 0x200));
        continue;
      }
      if (special) REQUIRE(std::isinf(floats[i]));
      if (!special) REQUIRE(floats[i] == value_of(uint16_t(i)));
      REQUIRE(std::signbit(floats[i]) == (i >= 0x8000));
      REQUIRE(back[i] == i);
    }
  }
}

TEST_CASE("floats between two halves round to the nearest, ties to the even one") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  for (int s = 0; s < count; ++s) {
    for (uint16_t i = 0; i < 0x7bff; ++i) {
      const float low = float(value_of(i)), high = float(value_of(uint16_t(i + 1)));
      const float middle = (low + high) / 2;
      const float inputs[3] = {std::nextafter(middle, 0.0f), middle, std::nextafter(middle, high)};
      uint16_t results[3];
      sets[s]->floats_to_halves(inputs, results, 3);
      REQUIRE(results[0] == i);
      REQUIRE(results[1] == (i % 2 == 0 ? i : i + 1));
      REQUIRE(results[2] == i + 1);
    }
  }
}

TEST_CASE("floats beyond the largest half become infinite") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  for (int s = 0; s < count; ++s) {
    const float inputs[4] = {65519.996f, 65520.0f, -1e30f, 1e-9f};
    uint16_t results[4];
    sets[s]->floats_to_halves(inputs, results, 4);
    CHECK(results[0] == 0x7bff);
    CHECK(results[1] == 0x7c00);
    CHECK(results[2] == 0xfc00);
    CHECK(results[3] == 0);
  }
}
