// SPDX-License-Identifier: Apache-2.0
// Which serial loops targets end at a count.
#include "targets/counted_loop.h"

#include "catch2/catch.hpp"
#include "kernel/lowering.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

OperandLayout vector_layout(OperandRef operand) {
  OperandLayout layout;
  layout.dtype = DType::int64;
  layout.shape = {n};
  layout.strides = {1};
  layout.name = operand.kind == OperandRef::Kind::input ? "x" : "y";
  return layout;
}

struct Parts {
  KernelBuilder builder = KernelBuilder("loop", vector_layout);
  Loop loop = builder.loop(n);
  LocalId sum = builder.local(DType::int64);
  ExprRef first = builder.load(input_ref(0), {0});
  ExprRef element = builder.load(input_ref(0), {IndexExpr(loop.index)});

  ExprRef below(const ExprRef& bound) {
    return call(ScalarOp::lt, {index_value(loop.index), bound}, DType::boolean);
  }
  Serial serial(const ExprRef& condition, const ExprRef& next) {
    const Body store{builder.store(output_ref(0), {IndexExpr(loop.index)}, element)};
    const Body body{{If{condition, std::make_shared<const Body>(store)}}};
    return {
        loop, {{sum, integer_constant(DType::int64, 0), next}}, std::make_shared<const Body>(body)};
  }
  ExprRef kept(const ExprRef& condition, const ExprRef& next) {
    return call(ScalarOp::switch_, {condition, next, builder.use(sum)}, DType::int64);
  }
};

}  // namespace

TEST_CASE("a loop that does nothing from a count on ends there") {
  Parts parts;
  const ExprRef condition = parts.below(parts.first);
  const auto found = counted_loop(parts.serial(condition, parts.kept(condition, parts.element)));
  REQUIRE(found.has_value());
  CHECK(found->count == parts.first);
  CHECK(found->carried.at(0).next == parts.element);
  CHECK(found->body->size() == 1);
}

TEST_CASE("a loop goes on whose count or values change in it") {
  Parts parts;
  const ExprRef moving = parts.below(parts.element);
  CHECK_FALSE(counted_loop(parts.serial(moving, parts.kept(moving, parts.element))));
  const ExprRef condition = parts.below(parts.first);
  CHECK_FALSE(counted_loop(parts.serial(condition, parts.element)));
  const ExprRef other = parts.below(parts.first);
  CHECK_FALSE(counted_loop(parts.serial(condition, parts.kept(other, parts.element))));
}

}  // namespace tgc
