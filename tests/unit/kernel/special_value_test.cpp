// SPDX-License-Identifier: Apache-2.0
// The reference interpreter's special functions against the table of values.
#include <catch2/catch.hpp>

#include "kernel/expr.h"
#include "kernel/scalar_value.h"
#include "unit/prelude/special_tolerance.h"

namespace tgc {
namespace {

ScalarOp op_named(const std::string& name) {
  int number = 0;
  while (scalar_op_name(static_cast<ScalarOp>(number)) != name) ++number;
  return static_cast<ScalarOp>(number);
}

}  // namespace

TEST_CASE("the interpreter's special functions have the values of the table") {
  for (const SpecialValue& row : kSpecialValues) {
    const ScalarOp op = op_named(row.name);
    std::vector<ScalarValue> args;
    for (const double x : row.args) args.push_back(scalar_value(DType::float64, x));
    args.resize(static_cast<size_t>(scalar_op_arity(op)));
    const double got = evaluate(op, args, DType::float64).real;
    INFO(special_call(row) << " = " << got << ", not " << row.value);
    CHECK(is_close(row, got));
  }
}

}  // namespace tgc
