// SPDX-License-Identifier: Apache-2.0
// Which CUDA text a kernel gets: packs, their ends, tiles and units of matrix products. That the
// texts are right is the emulation's to show (tests/emulation).
#include "targets/cuda/cuda_emitter.h"

#include "catch2/catch.hpp"
#include "kernel/lowering.h"

namespace tgc {
namespace {

using Catch::Matchers::Contains;

OperandLayout matrix(DType dtype, const DimExpr& rows, const DimExpr& columns, std::string name) {
  OperandLayout layout;
  layout.dtype = dtype;
  layout.shape = {rows, columns};
  layout.strides = contiguous_strides(layout.shape);
  layout.name = std::move(name);
  return layout;
}

// y = x + row, x and y of rows x columns.
Kernel sum_with_row(DType dtype, const DimExpr& rows, const DimExpr& columns, int64_t alignment) {
  OperandLayout row = matrix(dtype, 1, columns, "row");
  const std::vector<OperandLayout> inputs = {matrix(dtype, rows, columns, "x"), row};
  const OperandLayout output = matrix(dtype, rows, columns, "y");
  KernelBuilder builder("add", [&](OperandRef operand) {
    return operand.kind == OperandRef::Kind::output ? output
                                                    : inputs[static_cast<size_t>(operand.index)];
  });
  const auto at = builder.outer(output.shape);
  const ExprRef sum = call(ScalarOp::add, {builder.load_broadcast(input_ref(0), at),
                                           builder.load_broadcast(input_ref(1), at)});
  builder.append(builder.store(output_ref(0), at, sum));
  Kernel kernel = builder.finish().kernel;
  for (KernelParam& param : kernel.params) param.alignment = alignment;
  return kernel;
}

// c = a · b, m x k by k x n.
Kernel product(DType dtype, const DimExpr& m, const DimExpr& k, const DimExpr& n) {
  const std::vector<OperandLayout> inputs = {matrix(dtype, m, k, "a"), matrix(dtype, k, n, "b")};
  const OperandLayout output = matrix(dtype, m, n, "c");
  KernelBuilder builder("dot", [&](OperandRef operand) {
    return operand.kind == OperandRef::Kind::output ? output
                                                    : inputs[static_cast<size_t>(operand.index)];
  });
  Contraction c;
  c.batch = builder.loop(1);
  c.m = builder.loop(m);
  c.n = builder.loop(n);
  c.k = builder.loop(k);
  const IndexExpr row(c.m.index);
  const IndexExpr column(c.n.index);
  const IndexExpr depth(c.k.index);
  c.accumulator = dtype == DType::float16 ? DType::float32 : dtype;
  c.a = cast(builder.load(input_ref(0), {row, depth}), c.accumulator);
  c.b = cast(builder.load(input_ref(1), {depth, column}), c.accumulator);
  c.result = builder.local(c.accumulator);
  c.epilogue = {builder.store(output_ref(0), {row, column}, builder.use(c.result))};
  Kernel kernel = builder.finish_contraction(std::move(c)).kernel;
  for (KernelParam& param : kernel.params) param.alignment = 16;
  return kernel;
}

std::string text_of(const Kernel& kernel) {
  return emit_cuda_kernel(kernel).front().body;
}

const DimExpr kN = DimExpr::symbol("n");

}  // namespace

TEST_CASE("neighbours move together where rows are aligned") {
  const std::string text = text_of(sum_with_row(DType::float32, kN, 100, 16));
  CHECK_THAT(text, Contains("tgc_load_pack<4>(x") && Contains("tgc_load_pack<4>(row"));
  CHECK_THAT(text, Contains("tgc_store_pack(y") && !Contains("left"));
  CHECK_THAT(text_of(sum_with_row(DType::float64, kN, 100, 16)), Contains("tgc_load_pack<2>(x"));
  CHECK_THAT(text_of(sum_with_row(DType::float16, kN, 104, 16)), Contains("tgc_load_pack<8>(x"));
  CHECK_THAT(text_of(sum_with_row(DType::float32, kN, 10, 16)), Contains("tgc_load_pack<2>(x"));
}

TEST_CASE("nothing moves in packs where alignment is not known") {
  for (const Kernel& kernel :
       {sum_with_row(DType::float32, kN, 100, 4), sum_with_row(DType::float32, 8, 7, 16),
        sum_with_row(DType::float32, 8, kN, 16)}) {
    CHECK_THAT(text_of(kernel), !Contains("tgc_load_pa") && !Contains("tgc_store_pa"));
  }
}

TEST_CASE("a single loop of any extent ends in part of a pack") {
  const std::string text = text_of(sum_with_row(DType::float32, 1, kN, 16));
  CHECK_THAT(text, Contains("tgc_load_part<4>(x") && Contains("tgc_store_part(y"));
}

TEST_CASE("matrix operands move in packs where the extents are multiples") {
  const auto variants = emit_cuda_kernel(product(DType::float32, kN, 64, 100));
  for (const EmittedKernel& variant : variants) {
    CHECK_THAT(variant.body, Contains("tgc_make_matrix<4, true>(a"));
    CHECK_THAT(variant.body, Contains("tgc_make_matrix<4, false>(b"));
  }
  CHECK_THAT(text_of(product(DType::float32, kN, 64, 10)), Contains("tgc_make_matrix<1, false>(b"));
}

TEST_CASE("a product of unknown sizes has a variant for multiples of the pack") {
  const DimExpr k = DimExpr::symbol("k");
  const auto variants = emit_cuda_kernel(product(DType::float32, kN, k, DimExpr::symbol("m")));
  REQUIRE(variants.size() > 1);
  REQUIRE(variants[0].predicate.has_value());
  CHECK_THAT(variants[0].body, Contains("tgc_make_matrix<4, true>(a"));
  CHECK_THAT(variants[1].body, Contains("tgc_make_matrix<1, true>(a"));
  CHECK_FALSE(variants.back().predicate.has_value());
  const auto value = [&](int64_t size, int64_t depth) {
    return variants[0].predicate->evaluate([&](std::string_view name) -> std::optional<int64_t> {
      return name == "k" ? depth : size;
    });
  };
  CHECK(value(4096, 4096).value() != 0);
  CHECK(value(4096, 4097).value() == 0);
  CHECK(value(8, 8).value() == 0);
}

TEST_CASE("products of float16 go to the tensor cores") {
  const std::string text = text_of(product(DType::float16, kN, 64, 64));
  CHECK_THAT(text, Contains("tgc_tensor_contraction<tgc_tensor_tile<") && Contains("tgc_half>("));
  CHECK_THAT(text, Contains("tgc_make_matrix<8, true>(a"));
  CHECK_THAT(text_of(product(DType::float32, kN, 64, 64)), !Contains("tensor"));
}

}  // namespace tgc
