// SPDX-License-Identifier: Apache-2.0
// When --check-passes takes two values for the same.
#include "check/values.h"

#include <catch2/catch.hpp>
#include <limits>

#include "helpers/values.h"

namespace tgc {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::string text(const Tensor& before, const Tensor& after, int sloppiness = 0) {
  const DType dtype = before.dtype();
  const auto found = difference_of(before, after, tolerance_of(dtype, dtype, sloppiness));
  return found ? found->text : "";
}

TEST_CASE("rounding is no difference, more is") {
  CHECK(text(vector_of({1, 2}), vector_of({1 + 1e-12, 2})).empty());
  CHECK(text(vector_of({1, 2}), vector_of({1, 2.5})) ==
        "[1] was 2, is 2.5; 1 of 2 elements differ");
  CHECK(text(make_tensor(DType::float32, {}, {0}), make_tensor(DType::float32, {}, {1})) ==
        "the value was 0, is 1");
  CHECK(!text(make_tensor(DType::float32, {}, {1}), make_tensor(DType::float32, {}, {1.001}))
             .empty());
  CHECK(text(make_tensor(DType::float32, {}, {1}), make_tensor(DType::float32, {}, {1.001}), 2)
            .empty());
  CHECK(text(make_tensor(DType::int32, {1}, {1}), make_tensor(DType::int32, {1}, {2})) ==
        "[0] was 1, is 2; 1 of 1 elements differ");
}

TEST_CASE("what was not finite may become anything, what was may not become NaN") {
  CHECK(text(vector_of({kNan, kInf, 1}), vector_of({1, 2, 1})).empty());
  CHECK(text(vector_of({1}), vector_of({kNan})) == "[0] was 1, is nan; 1 of 1 elements differ");
}

TEST_CASE("other dims are a difference") {
  CHECK(text(vector_of({1}), vector_of({1, 2})) == "it was float64[1], it is float64[2]");
}

}  // namespace
}  // namespace tgc
