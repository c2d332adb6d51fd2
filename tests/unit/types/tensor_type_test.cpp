// SPDX-License-Identifier: Apache-2.0
// What lib/types/tensor_type promises, one behaviour a test.
#include "types/tensor_type.h"

#include <catch2/catch.hpp>

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

}  // namespace

TEST_CASE("types print with dtype, shape and place") {
  CHECK(type_text({DType::float32, {n, 64}, {}}) == "float32[n, 64]");
  CHECK(type_text({DType::int64, {}, {}}) == "int64[]");
  CHECK(type_text({DType::float32, {2}, {"cuda"}}) == "cuda:float32[2]");
}

TEST_CASE("only the integer one broadcasts") {
  const TensorType type{DType::float32, {1, n, 2}, {}};
  CHECK(type.broadcasts(0));
  CHECK_FALSE(type.broadcasts(1));
  CHECK_FALSE(type.broadcasts(2));
}

TEST_CASE("strides are row-major") {
  const std::vector<DimExpr> strides = contiguous_strides(Shape{2, n, 3});
  CHECK(strides == std::vector<DimExpr>{n * 3, 3, 1});
  CHECK(contiguous_strides(std::vector<int64_t>{2, 5, 3}) == std::vector<int64_t>{15, 3, 1});
}

TEST_CASE("element counts notice overflow in elements and in bytes") {
  CHECK(element_count(Shape{2, n}) == n * 2);
  CHECK(element_count({2, 3}, 8) == 6);
  CHECK(element_count({5, 0, 7}, 8) == 0);
  CHECK_FALSE(element_count({int64_t{1} << 31, int64_t{1} << 30}, 8));
  CHECK_FALSE(element_count({-1}, 1));
}

}  // namespace tgc
