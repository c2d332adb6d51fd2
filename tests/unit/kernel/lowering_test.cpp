// SPDX-License-Identifier: Apache-2.0
// What lib/kernel/lowering promises, one behaviour a test.
#include "kernel/lowering.h"

#include <catch2/catch.hpp>

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

OperandLayout layout(const std::string& name, Shape shape, std::vector<DimExpr> strides,
                     DimExpr offset = 0) {
  return {DType::float32, std::move(shape), std::move(offset), std::move(strides), name, {}};
}

// Two inputs and one output of [n, 4]; input 0 is a transposed view, input 1 one row.
OperandLayout example(OperandRef operand) {
  if (operand == input_ref(0)) return layout("x", {n, 4}, {1, n}, 7);
  if (operand == input_ref(1)) return layout("b", {1, 4}, {4, 1});
  return layout("out", {n, 4}, {4, 1});
}

LoweredKernel add_kernel() {
  KernelBuilder builder("add_1", example);
  const auto indices = builder.outer({n, 4});
  const ExprRef sum = call(ScalarOp::add, {builder.load_broadcast(input_ref(0), indices),
                                           builder.load_broadcast(input_ref(1), indices)});
  builder.append(builder.store(output_ref(0), indices, sum));
  return builder.finish();
}

}  // namespace

TEST_CASE("the builder puts strides, offsets and broadcasting into addresses") {
  CHECK(kernel_text(add_kernel().kernel) ==
        "kernel add_1\n"
        "  param x_0: float32 read\n"
        "  param b_1: float32 read\n"
        "  param out_2: float32 write\n"
        "  parallel i0 < n, i1 < 4\n"
        "    out_2[4*i0 + i1] = add(x_0[i0 + n*i1 + 7], b_1[i1])\n");
}

TEST_CASE("params follow the order in which operands are first used") {
  const std::vector<OperandRef> expected{input_ref(0), input_ref(1), output_ref(0)};
  CHECK(add_kernel().params == expected);
}

TEST_CASE("an operand that is read and written is one param") {
  KernelBuilder builder("scale_1", example);
  const auto indices = builder.outer({n, 4});
  const ExprRef old = builder.load(output_ref(0), indices);
  builder.append(builder.store(output_ref(0), indices, call(ScalarOp::neg, {old})));
  const LoweredKernel lowered = builder.finish();
  REQUIRE(lowered.kernel.params.size() == 1);
  CHECK(lowered.kernel.params[0].access == Access::read_write);
}

TEST_CASE("a literal operand becomes a constant without a param") {
  KernelBuilder builder("fill_1", [](OperandRef operand) {
    OperandLayout one = layout("one", {}, {});
    if (operand.kind == OperandRef::Kind::input) one.literal = real_constant(DType::float32, 2.5);
    return one;
  });
  builder.append(builder.store(output_ref(0), {}, builder.load(input_ref(0), {})));
  const LoweredKernel lowered = builder.finish();
  CHECK(lowered.params == std::vector<OperandRef>{output_ref(0)});
  CHECK(kernel_text(lowered.kernel) ==
        "kernel fill_1\n"
        "  param one_0: float32 write\n"
        "  one_0[0] = 2.5\n");
}

TEST_CASE("contiguity looks at offset and strides, not at axes of length one") {
  CHECK(layout("x", {n, 4}, {4, 1}).is_contiguous());
  CHECK(layout("x", {1, 4}, {99, 1}).is_contiguous());
  CHECK_FALSE(layout("x", {n, 4}, {1, n}).is_contiguous());
  CHECK_FALSE(layout("x", {n, 4}, {4, 1}, 1).is_contiguous());
}

}  // namespace tgc
