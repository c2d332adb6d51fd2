// SPDX-License-Identifier: Apache-2.0
// What lib/types/dtype promises, one behaviour a test.
#include "types/dtype.h"

#include <catch2/catch.hpp>
#include <string>

namespace tgc {
namespace {

// Row by row promote(row, column) in the order of the dtypes' values, in NumPy's type letters; from
// numpy.promote_types of NumPy 1.21.
constexpr std::string_view kLetters = "?bhilBHILefdFD";
constexpr std::string_view kPromotions[] = {
    "?bhilBHILefdFD", "bbhilhildefdFD", "hhhilhildffdFD", "iiiiliilddddDD", "llllllllddddDD",
    "BhhilBHILefdFD", "HiiilHHILffdFD", "IllllIIILdddDD", "LddddLLLLdddDD", "eefddefddefdFD",
    "fffddffddffdFD", "ddddddddddddDD", "FFFDDFFDDFFDFD", "DDDDDDDDDDDDDD"};

}  // namespace

TEST_CASE("promotion is NumPy's") {
  for (const DType a : all_dtypes()) {
    for (const DType b : all_dtypes()) {
      INFO(dtype_name(a) << " and " << dtype_name(b));
      const char expected = kPromotions[static_cast<size_t>(a)][static_cast<size_t>(b)];
      CHECK(kLetters[static_cast<size_t>(promote(a, b))] == expected);
    }
  }
}

TEST_CASE("names and dtypes translate both ways") {
  for (const DType dtype : all_dtypes()) CHECK(parse_dtype(dtype_name(dtype)) == dtype);
  CHECK(!parse_dtype("float"));
  CHECK(!parse_dtype(""));
}

TEST_CASE("transcendental functions upgrade integers by their width") {
  CHECK(upgrade_to_float(DType::boolean) == DType::float32);
  CHECK(upgrade_to_float(DType::int16) == DType::float32);
  CHECK(upgrade_to_float(DType::uint32) == DType::float64);
  CHECK(upgrade_to_float(DType::float16) == DType::float16);
}

}  // namespace tgc
