// SPDX-License-Identifier: Apache-2.0
// Activations where their operands are no floats.
#include "catch2/catch.hpp"
#include "unit/ops/op_run.h"

namespace tgc {

TEST_CASE("a slope of relu that is a bool or unsigned does not wrap") {
  const Tensor x = tensor(DType::float32, {3}, {-1, 0.5, -2});
  const OpRun by_bool = run_op({"relu", {x, tensor(DType::boolean, {3}, {1, 0, 0})}});
  CHECK(values_of(by_bool.outputs.at(0)) == std::vector<double>{-1, 0.5, 0});
  const OpRun by_number = run_op({"relu", {x, tensor(DType::uint8, {3}, {3, 3, 2})}});
  CHECK(values_of(by_number.outputs.at(0)) == std::vector<double>{-3, 0.5, -4});
}

}  // namespace tgc
