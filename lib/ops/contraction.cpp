// SPDX-License-Identifier: Apache-2.0
// See contraction.h.
#include "ops/contraction.h"

#include <utility>

#include "ops/elementwise.h"
#include "support/check.h"

namespace tgc {
namespace {

// How an operand's axes map to batch, its own loop and the summed one; -1: it has no such axis.
struct Axes {
  int batch = -1;
  int own = -1;
  int summed = 0;
};

Axes left_axes(size_t rank, bool batched) {
  const int first = batched ? 1 : 0;
  const bool has_own = rank == static_cast<size_t>(first) + 2;
  return {batched ? 0 : -1, has_own ? first : -1, has_own ? first + 1 : first};
}

Axes right_axes(size_t rank, bool batched) {
  const int first = batched ? 1 : 0;
  const bool has_own = rank == static_cast<size_t>(first) + 2;
  return {batched ? 0 : -1, has_own ? first + 1 : -1, first};
}

template <class T>
T at_or(const std::vector<T>& values, int axis, T missing) {
  return axis < 0 ? missing : values.at(static_cast<size_t>(axis));
}

const OperandLayout& layout(const LowerContext& context, OperandRef operand) {
  TGC_CHECK(operand.kind == OperandRef::Kind::input, "products read inputs");
  return context.inputs.at(static_cast<size_t>(operand.index));
}

std::vector<IndexExpr> indices_of(const Axes& axes, size_t rank, const IndexExpr& batch,
                                  const IndexExpr& own, const IndexExpr& summed) {
  std::vector<IndexExpr> indices(rank);
  if (axes.batch >= 0) indices[static_cast<size_t>(axes.batch)] = batch;
  if (axes.own >= 0) indices[static_cast<size_t>(axes.own)] = own;
  indices[static_cast<size_t>(axes.summed)] = summed;
  return indices;
}

template <class T>
void store_sum(Tensor& result, int64_t at, T sum) {
  if constexpr (std::is_same_v<T, double>) {
    result.set_double(at, sum);
  } else {
    result.set_int(at, static_cast<int64_t>(sum));
  }
}

template <class T, class Get>
void multiply(const Tensor& a, const Tensor& b, bool batched, Tensor& result, const Get& get) {
  const Axes left = left_axes(a.dims().size(), batched);
  const Axes right = right_axes(b.dims().size(), batched);
  const auto a_steps = contiguous_strides(a.dims());
  const auto b_steps = contiguous_strides(b.dims());
  const int64_t batch = at_or<int64_t>(a.dims(), left.batch, 1);
  const int64_t m = at_or<int64_t>(a.dims(), left.own, 1);
  const int64_t n = at_or<int64_t>(b.dims(), right.own, 1);
  const int64_t count = a.dims().at(static_cast<size_t>(left.summed));
  const int64_t a_step = a_steps[static_cast<size_t>(left.summed)];
  const int64_t b_step = b_steps[static_cast<size_t>(right.summed)];
  int64_t position = 0;
  for (int64_t i = 0; i < batch * m * n; ++i) {
    const int64_t row = i / n % m;
    const int64_t block = i / n / m;
    int64_t from_a =
        at_or<int64_t>(a_steps, left.batch, 0) * block + at_or<int64_t>(a_steps, left.own, 0) * row;
    int64_t from_b = at_or<int64_t>(b_steps, right.batch, 0) * block +
                     at_or<int64_t>(b_steps, right.own, 0) * (i % n);
    T sum = 0;
    for (int64_t k = 0; k < count; ++k, from_a += a_step, from_b += b_step) {
      sum += get(a, from_a) * get(b, from_b);
    }
    store_sum(result, position++, sum);
  }
}

}  // namespace

DType multiply_dtype(DType result) {
  if (is_float(result)) return result;
  return dtype_size(result) < 4 ? DType::int32 : result;
}

DType carry_dtype(DType result) {
  return compute_dtype(multiply_dtype(result));
}

void lower_product(LowerContext& context, const Product& product) {
  KernelBuilder builder = context.kernel();
  const OperandLayout& a = layout(context, product.a);
  const OperandLayout& b = layout(context, product.b);
  const Axes left = left_axes(a.shape.size(), product.batched);
  const Axes right = right_axes(b.shape.size(), product.batched);
  Contraction contraction;
  contraction.batch = builder.loop(at_or<DimExpr>(a.shape, left.batch, 1));
  contraction.m = builder.loop(at_or<DimExpr>(a.shape, left.own, 1));
  contraction.n = builder.loop(at_or<DimExpr>(b.shape, right.own, 1));
  contraction.k = builder.loop(a.shape.at(static_cast<size_t>(left.summed)));
  const IndexExpr batch(contraction.batch.index);
  const IndexExpr m(contraction.m.index);
  const IndexExpr n(contraction.n.index);
  const IndexExpr k(contraction.k.index);
  const DType dtype = multiply_dtype(product.dtype);
  contraction.a =
      cast(builder.load(product.a, indices_of(left, a.shape.size(), batch, m, k)), dtype);
  contraction.b =
      cast(builder.load(product.b, indices_of(right, b.shape.size(), batch, n, k)), dtype);
  contraction.accumulator = carry_dtype(product.dtype);
  contraction.result = builder.local(contraction.accumulator);
  std::vector<IndexExpr> indices;
  if (product.batched) indices.push_back(batch);
  if (left.own >= 0) indices.push_back(m);
  if (right.own >= 0) indices.push_back(n);
  ExprRef value = builder.use(contraction.result);
  if (product.epilogue) value = product.epilogue(builder, value, indices);
  contraction.epilogue = {builder.store(product.result, indices, value)};
  context.add(builder.finish_contraction(std::move(contraction)));
}

void eval_product(const Tensor& a, const Tensor& b, bool batched, Tensor& result) {
  if (is_float(result.dtype())) {
    multiply<double>(a, b, batched, result,
                     [](const Tensor& x, int64_t i) { return x.get_double(i); });
  } else {
    multiply<uint64_t>(a, b, batched, result, [](const Tensor& x, int64_t i) {
      return static_cast<uint64_t>(x.get_int(i));
    });
  }
}

}  // namespace tgc
