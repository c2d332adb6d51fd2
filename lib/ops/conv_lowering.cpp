// SPDX-License-Identifier: Apache-2.0
// See conv_lowering.h.
#include "ops/conv_lowering.h"

#include <utility>

#include "ops/contraction.h"

namespace tgc {
namespace {

// The axes from `first` on are one run of memory whose last axis has stride 1.
bool is_run(const OperandLayout& layout, size_t first) {
  const auto strides = contiguous_strides(layout.shape);
  for (size_t i = first; i < layout.shape.size(); ++i) {
    if (!layout.shape[i].is(1) && !(layout.strides[i] == strides[i])) return false;
  }
  return layout.strides.back().is(1);
}

// Conditions joined by "and"; null stands for no condition.
void require(ExprRef& condition, const ExprRef& more) {
  condition = condition ? call(ScalarOp::and_, {condition, more}) : more;
}

ExprRef at_least_zero(const IndexExpr& index) {
  return call(ScalarOp::ge, {to_expr(index), integer_constant(DType::int64, 0)});
}

ExprRef below(const IndexExpr& index, const DimExpr& end) {
  return call(ScalarOp::lt, {to_expr(index), dim_value(end)});
}

ExprRef where(const ExprRef& condition, const ExprRef& value) {
  if (!condition) return value;
  return call(ScalarOp::switch_, {condition, value, constant(value->dtype, 0)});
}

// Position along the input of output position `i` and tap `r`.
IndexExpr input_position(const ConvAxis& axis, bool flip, const IndexExpr& i, const IndexExpr& r) {
  const IndexExpr tap = flip ? IndexExpr(axis.filter - 1) - r : r;
  return i * DimExpr(axis.stride) + tap * DimExpr(axis.dilation) - IndexExpr(axis.pad_before);
}

// Output position (t + pad - tap·dilation) / stride of input position t, if there is one.
IndexExpr output_position(const ConvAxis& axis, bool flip, const IndexExpr& position,
                          const IndexExpr& r, ExprRef& condition) {
  const IndexExpr tap = flip ? IndexExpr(axis.filter - 1) - r : r;
  const IndexExpr scaled = position + IndexExpr(axis.pad_before) - tap * DimExpr(axis.dilation);
  IndexExpr output = floor_div(scaled, axis.stride);
  if (axis.stride != 1) {
    require(condition, call(ScalarOp::eq, {to_expr(mod(scaled, axis.stride)),
                                           integer_constant(DType::int64, 0)}));
  }
  if (!axis.filter.is(1)) require(condition, at_least_zero(scaled));
  require(condition, below(output, axis.output));
  return output;
}

std::vector<IndexExpr> joined(std::vector<IndexExpr> first, const std::vector<IndexExpr>& more,
                              size_t from = 0) {
  first.insert(first.end(), more.begin() + static_cast<std::ptrdiff_t>(from), more.end());
  return first;
}

}  // namespace

CounterPair split_counter(const Loop& loop, const DimExpr& count) {
  const IndexExpr index(loop.index);
  return {floor_div(index, count), mod(index, count)};
}

std::vector<IndexExpr> unravel(const IndexExpr& flat, const Shape& dims) {
  std::vector<IndexExpr> indices(dims.size());
  IndexExpr rest = flat;
  for (size_t i = dims.size(); i-- > 1;) {
    indices[i] = mod(rest, dims[i]);
    rest = floor_div(rest, dims[i]);
  }
  if (!dims.empty()) indices[0] = rest;
  return indices;
}

std::vector<IndexExpr> flat_position(const ConvGeometry& geometry, const IndexExpr& image,
                                     const IndexExpr& channel, const IndexExpr& flat) {
  std::vector<IndexExpr> indices(geometry.axes.size() + 2);
  indices[0] = image;
  indices[1] = channel;
  indices.back() = flat;
  return indices;
}

std::vector<IndexExpr> flat_tap(const ConvGeometry& geometry, const IndexExpr& filter,
                                const IndexExpr& position, const IndexExpr& flat) {
  const size_t rank = geometry.axes.size();
  std::vector<IndexExpr> indices(geometry.is_unshared ? 2 * rank + 2 : rank + 2);
  indices[0] = filter;
  if (geometry.is_unshared) indices[rank] = position;
  indices.back() = flat;
  return indices;
}

const OperandLayout& ConvOperands::layout(OperandRef operand) const {
  const auto index = static_cast<size_t>(operand.index);
  return operand.kind == OperandRef::Kind::input ? context_.inputs.at(index)
                                                 : context_.outputs.at(index);
}

ExprRef ConvOperands::filter(OperandRef filters, const IndexExpr& outer, const IndexExpr& position,
                             const IndexExpr& flat, const std::vector<IndexExpr>& tap) const {
  if (is_run(layout(filters), 1)) {
    return kernel_.load(filters, flat_tap(geometry_, outer, position, flat));
  }
  std::vector<IndexExpr> indices = {outer};
  if (geometry_.is_unshared) indices = joined(indices, unravel(position, geometry_.output_sizes()));
  return kernel_.load(filters, joined(std::move(indices), tap));
}

ExprRef ConvOperands::input(OperandRef input, const IndexExpr& image, const IndexExpr& channel,
                            const IndexExpr& flat, const std::vector<IndexExpr>& tap) const {
  bool is_pointwise = is_run(layout(input), 2);
  for (const ConvAxis& axis : geometry_.axes) {
    is_pointwise = is_pointwise && axis.filter.is(1) && axis.stride == 1 && axis.pad_before.is(0) &&
                   axis.pad_after.is(0);
  }
  if (is_pointwise) return kernel_.load(input, flat_position(geometry_, image, channel, flat));
  const auto out = unravel(flat, geometry_.output_sizes());
  std::vector<IndexExpr> indices = {image, channel};
  ExprRef inside;
  for (size_t i = 0; i < geometry_.axes.size(); ++i) {
    const ConvAxis& axis = geometry_.axes[i];
    indices.push_back(input_position(axis, geometry_.flip, out[i], tap[i + 1]));
    if (!axis.pad_before.is(0)) require(inside, at_least_zero(indices.back()));
    if (!axis.pad_after.is(0)) require(inside, below(indices.back(), axis.input));
  }
  return where(inside, kernel_.load(input, indices));
}

ExprRef ConvOperands::output(OperandRef output, const IndexExpr& image, const IndexExpr& channel,
                             const IndexExpr& flat) const {
  if (is_run(layout(output), 2)) {
    return kernel_.load(output, flat_position(geometry_, image, channel, flat));
  }
  return kernel_.load(output, joined({image, channel}, unravel(flat, geometry_.output_sizes())));
}

ConvOperands::Reached ConvOperands::reached(const IndexExpr& flat,
                                            const std::vector<IndexExpr>& tap) const {
  Reached result;
  const auto position = unravel(flat, geometry_.input_sizes());
  for (size_t i = 0; i < geometry_.axes.size(); ++i) {
    result.position.push_back(
        output_position(geometry_.axes[i], geometry_.flip, position[i], tap[i + 1], result.exists));
  }
  return result;
}

ExprRef ConvOperands::output_reached(OperandRef output, const IndexExpr& image,
                                     const IndexExpr& channel, const IndexExpr& flat,
                                     const std::vector<IndexExpr>& tap) const {
  const Reached found = reached(flat, tap);
  return where(found.exists, kernel_.load(output, joined({image, channel}, found.position)));
}

ExprRef ConvOperands::filter_reached(OperandRef filters, const IndexExpr& outer,
                                     const IndexExpr& channel, const IndexExpr& flat,
                                     const std::vector<IndexExpr>& tap) const {
  const Reached found = reached(flat, tap);
  std::vector<IndexExpr> indices = joined({outer}, found.position);
  indices.push_back(channel);
  return where(found.exists, kernel_.load(filters, joined(std::move(indices), tap, 1)));
}

LoweredKernel finish_conv(const LowerContext& context, KernelBuilder& kernel,
                          const std::array<Loop, 4>& loops, const ExprRef& a, const ExprRef& b,
                          const std::vector<IndexExpr>& position) {
  const DType dtype = context.outputs[0].dtype;
  Contraction contraction;
  contraction.batch = loops[0];
  contraction.m = loops[1];
  contraction.n = loops[2];
  contraction.k = loops[3];
  contraction.a = cast(a, dtype);
  contraction.b = cast(b, dtype);
  contraction.accumulator = carry_dtype(dtype);
  contraction.result = kernel.local(contraction.accumulator);
  contraction.epilogue.push_back(
      kernel.store(output_ref(0), position, kernel.use(contraction.result)));
  return kernel.finish_contraction(std::move(contraction));
}

void set_all(Tensor& tensor, const std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    tensor.set_double(static_cast<int64_t>(i), values[i]);
  }
}

}  // namespace tgc
