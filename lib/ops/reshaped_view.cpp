// SPDX-License-Identifier: Apache-2.0
// See reshaped_view.h. Both shapes are cut into the shortest groups of axes with equal products;
// a group can be seen differently when its own axes lie in one run of memory.
#include "ops/reshaped_view.h"

#include <tuple>
#include <utility>

#include "graph/builder.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

// Axes with their strides, those of length 1 left out.
struct LongAxes {
  Shape dims;
  std::vector<DimExpr> strides;
  std::vector<size_t> places;  // in the whole shape
};

LongAxes long_axes(const Shape& shape, const std::vector<DimExpr>& strides) {
  LongAxes axes;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].is(1)) continue;
    axes.dims.push_back(shape[i]);
    axes.strides.push_back(strides[i]);
    axes.places.push_back(i);
  }
  return axes;
}

// The shortest runs old[a..end_a) and new[b..end_b) with equal products: {end_a, end_b}.
std::optional<std::pair<size_t, size_t>> equal_runs(const Shape& old_dims, size_t a,
                                                    const Shape& new_dims, size_t b) {
  DimExpr old_count = 1;
  for (size_t end_a = a; end_a < old_dims.size(); ++end_a) {
    old_count = old_count * old_dims[end_a];
    DimExpr new_count = 1;
    for (size_t end_b = b; end_b < new_dims.size(); ++end_b) {
      new_count = new_count * new_dims[end_b];
      if (new_count == old_count) return {{end_a + 1, end_b + 1}};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<DimExpr>> reshaped_strides(const OperandLayout& from,
                                                     const Shape& shape) {
  std::vector<DimExpr> strides(shape.size(), DimExpr(0));
  const LongAxes old = long_axes(from.shape, from.strides);
  const LongAxes now = long_axes(shape, strides);
  size_t a = 0;
  size_t b = 0;
  while (a < old.dims.size() && b < now.dims.size()) {
    const auto ends = equal_runs(old.dims, a, now.dims, b);
    if (!ends) return std::nullopt;
    for (size_t i = a; i + 1 < ends->first; ++i) {
      if (!(old.strides[i] == old.strides[i + 1] * old.dims[i + 1])) return std::nullopt;
    }
    DimExpr stride = old.strides[ends->first - 1];
    for (size_t i = ends->second; i-- > b;) {
      strides[now.places[i]] = stride;
      stride = stride * now.dims[i];
    }
    std::tie(a, b) = *ends;
  }
  if (a != old.dims.size() || b != now.dims.size()) return std::nullopt;
  return strides;
}

void lower_to_reshape(LowerContext& context) {
  const OperandLayout& from = context.inputs[0];
  const Shape& shape = context.outputs[0].shape;
  if (from.is_contiguous()) {
    lower_to_view(context, 0, 0, 0, contiguous_strides(shape));
    return;
  }
  if (const auto strides = reshaped_strides(from, shape)) {
    lower_to_view(context, 0, 0, from.offset, *strides);
    return;
  }
  // the element at flat position p goes to position p of the contiguous output
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(from.shape);
  const auto weights = contiguous_strides(from.shape);
  IndexExpr position;
  for (size_t i = 0; i < indices.size(); ++i) position = position + indices[i] * weights[i];
  std::vector<IndexExpr> target(shape.size(), IndexExpr(0));
  if (!target.empty()) target.back() = position;
  kernel.append(kernel.store(output_ref(0), target, kernel.load(input_ref(0), indices)));
  context.add(kernel.finish());
}

void eval_reshape(EvalContext& context) {
  Tensor& result = context.make_output(0);
  const Tensor& x = *context.inputs[0];
  if (result.size() != x.size()) {
    context.failure = "cannot reshape array of size " + std::to_string(x.size()) + " into " +
                      std::to_string(result.size()) + " elements";
    return;
  }
  result = x.reshaped(result.dims());
}

void grad_reshape(GradContext& context) {
  const Shape shape = context.graph.type(context.input(0)).shape;
  context.input_grads[0] =
      context.builder.call("reshape", {*context.output_grads[0]}, {{"shape", shape}});
}

}  // namespace tgc
