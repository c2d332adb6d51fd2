// SPDX-License-Identifier: Apache-2.0
// What lib/kernel/expr promises, one behaviour a test.
#include "kernel/expr.h"

#include <catch2/catch.hpp>

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");
const IndexId i0{0};
const IndexId i1{1};

}  // namespace

TEST_CASE("index arithmetic collects strides per counter") {
  const IndexExpr address = IndexExpr(i0) * n + IndexExpr(i1) + IndexExpr(i0) * 2 + 5;
  CHECK(address.offset.is(5));
  CHECK(address.stride_of(i0) == n + 2);
  CHECK(address.stride_of(i1).is(1));
  CHECK(address.rest == nullptr);
}

TEST_CASE("a counter that cancels leaves no term") {
  const IndexExpr address = IndexExpr(i0) - IndexExpr(i0);
  CHECK(address.terms.empty());
  CHECK((IndexExpr(i1) * 0).terms.empty());
}

TEST_CASE("a linear expression becomes an index again") {
  const IndexExpr address = IndexExpr(i0) * 3 + IndexExpr(i1) + 2;
  const IndexExpr again = IndexExpr::of(to_expr(address));
  CHECK(again.stride_of(i0).is(3));
  CHECK(again.stride_of(i1).is(1));
  CHECK(again.offset.is(2));
  CHECK(again.rest == nullptr);
}

TEST_CASE("division of a counter is kept as a rest") {
  const IndexExpr half = floor_div(IndexExpr(i0), 2);
  CHECK(half.terms.empty());
  REQUIRE(half.rest != nullptr);
  CHECK(half.rest->dtype == DType::int64);
  CHECK(floor_div(IndexExpr(7), 2).offset.is(3));
  CHECK(mod(IndexExpr(7), 4).offset.is(3));
}

TEST_CASE("calls take their dtype from the arguments") {
  const ExprRef x = real_constant(DType::float32, 1);
  CHECK(call(ScalarOp::add, {x, x})->dtype == DType::float32);
  CHECK(call(ScalarOp::lt, {x, x})->dtype == DType::boolean);
  const ExprRef truth = integer_constant(DType::boolean, 1);
  CHECK(call(ScalarOp::switch_, {truth, x, x})->dtype == DType::float32);
}

TEST_CASE("a cast to the same dtype is the argument itself") {
  const ExprRef x = real_constant(DType::float32, 1);
  CHECK(cast(x, DType::float32) == x);
  CHECK(cast(x, DType::float64) != x);
}

TEST_CASE("scalar ops print by Theano's names") {
  CHECK(scalar_op_name(ScalarOp::switch_) == "switch");
  CHECK(scalar_op_name(ScalarOp::round_half_to_even) == "round_half_to_even");
  CHECK(scalar_op_arity(ScalarOp::clip) == 3);
}

}  // namespace tgc
