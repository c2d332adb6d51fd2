// SPDX-License-Identifier: Apache-2.0
// What lib/kernel/kernel promises, one behaviour a test.
#include "kernel/kernel.h"

#include <catch2/catch.hpp>

#include "kernel/lowering.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

KernelBuilder make_builder(const std::string& name) {
  return {name, [](OperandRef operand) {
            OperandLayout layout;
            layout.shape = {n, n};
            layout.strides = {n, 1};
            layout.name = operand.kind == OperandRef::Kind::input ? "x" : "y";
            return layout;
          }};
}

Kernel row_kernel() {
  KernelBuilder builder = make_builder("row_1");
  const IndexExpr row = builder.outer(n);
  const Loop loop = builder.loop(n);
  const ExprRef sum = builder.reduce(ReduceKind::sum, {loop},
                                     builder.load(input_ref(0), {row, IndexExpr(loop.index)}));
  const ExprRef ok = call(ScalarOp::gt, {sum, constant(DType::float32, 0)});
  builder.append({Check{ok, kFailAssert, integer_constant(DType::int64, 3)}});
  const Loop each = builder.loop(n);
  Body body{builder.store(output_ref(0), {row, IndexExpr(each.index)}, sum, Combine::add)};
  builder.append({ForEach{{each}, std::make_shared<const Body>(body)}});
  builder.append({If{ok, std::make_shared<const Body>(body)}});
  return builder.finish().kernel;
}

}  // namespace

TEST_CASE("a kernel prints one statement a line") {
  CHECK(kernel_text(row_kernel()) ==
        "kernel row_1\n"
        "  param x_0: float32 read\n"
        "  param y_1: float32 read_write\n"
        "  parallel i0 < n\n"
        "    t0 = sum over i1 < n: x_0[n*i0 + i1]\n"
        "    check gt(t0, 0) else fail 3 with 3\n"
        "    each i2 < n\n"
        "      y_1[n*i0 + i2] += t0\n"
        "    if gt(t0, 0)\n"
        "      y_1[n*i0 + i2] += t0\n");
}

TEST_CASE("a kernel with a check is fallible") {
  CHECK(is_fallible(row_kernel()));
  KernelBuilder builder = make_builder("plain_1");
  const auto indices = builder.outer({n, n});
  builder.append(builder.store(output_ref(0), indices, builder.load(input_ref(0), indices)));
  CHECK_FALSE(is_fallible(builder.finish().kernel));
}

TEST_CASE("serial loops print their carried values") {
  KernelBuilder builder = make_builder("scan_1");
  const Loop loop = builder.loop(n);
  const LocalId carried = builder.local(DType::float32);
  const IndexExpr i(loop.index);
  Body body{builder.store(output_ref(0), {0, i}, builder.use(carried))};
  builder.append(
      {Serial{loop,
              {{carried, constant(DType::float32, 1),
                call(ScalarOp::mul, {builder.use(carried), builder.load(input_ref(0), {0, i})})}},
              std::make_shared<const Body>(body)}});
  CHECK(kernel_text(builder.finish().kernel) ==
        "kernel scan_1\n"
        "  param y_0: float32 write\n"
        "  param x_1: float32 read\n"
        "  serial i0 < n, t0 = 1\n"
        "    y_0[i0] = t0\n"
        "    next t0 = mul(t0, x_1[i0])\n");
}

TEST_CASE("a contraction prints its sum and its epilogue") {
  KernelBuilder builder = make_builder("dot_1");
  Contraction dot{
      builder.loop(1), builder.loop(n), builder.loop(n), builder.loop(n), {}, {}, {}, {}, {}};
  const IndexExpr m(dot.m.index);
  const IndexExpr k(dot.k.index);
  const IndexExpr column(dot.n.index);
  dot.a = builder.load(input_ref(0), {m, k});
  dot.b = builder.load(input_ref(0), {k, column});
  dot.accumulator = DType::float32;
  dot.result = builder.local(DType::float32);
  dot.epilogue = {builder.store(output_ref(0), {m, column}, builder.use(dot.result))};
  CHECK(kernel_text(builder.finish_contraction(dot).kernel) ==
        "kernel dot_1\n"
        "  param x_0: float32 read\n"
        "  param y_1: float32 write\n"
        "  parallel i0 < 1, i1 < n, i2 < n\n"
        "    t0 = sum in float32 over i3 < n: x_0[n*i1 + i3] * x_0[i2 + n*i3]\n"
        "    y_1[n*i1 + i2] = t0\n");
}

}  // namespace tgc
