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

// Output position (t + pad - tap·dilation) / stride of input position t, if there is one.
IndexExpr reached(const ConvAxis& axis, bool flip, const IndexExpr& position, const IndexExpr& r,
                  ExprRef& condition) {
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

}  // namespace

ImageAndGroup image_and_group(const Loop& batch, const ConvGeometry& geometry) {
  const IndexExpr index(batch.index);
  return {floor_div(index, geometry.groups), mod(index, geometry.groups)};
}

const OperandLayout& ConvOperands::layout(OperandRef operand) const {
  const auto index = static_cast<size_t>(operand.index);
  return operand.kind == OperandRef::Kind::input ? context_.inputs.at(index)
                                                 : context_.outputs.at(index);
}

ExprRef ConvOperands::filter(OperandRef filters, const IndexExpr& outer, const IndexExpr& flat,
                             const std::vector<IndexExpr>& tap) const {
  if (is_run(layout(filters), 1)) {
    return kernel_.load(filters, {outer, IndexExpr(0), IndexExpr(0), flat});
  }
  return kernel_.load(filters, {outer, tap[0], tap[1], tap[2]});
}

ExprRef ConvOperands::input(OperandRef input, const IndexExpr& image, const IndexExpr& channel,
                            const IndexExpr& flat, const std::vector<IndexExpr>& tap) const {
  const auto& [rows, columns] = geometry_.axes;
  bool is_pointwise = is_run(layout(input), 2);
  for (const ConvAxis& axis : geometry_.axes) {
    is_pointwise = is_pointwise && axis.filter.is(1) && axis.stride == 1 && axis.pad_before.is(0) &&
                   axis.pad_after.is(0);
  }
  if (is_pointwise) return kernel_.load(input, {image, channel, IndexExpr(0), flat});
  const auto out = unravel(flat, {rows.output, columns.output});
  std::array<IndexExpr, 2> position;
  ExprRef inside;
  for (size_t i = 0; i < 2; ++i) {
    const ConvAxis& axis = geometry_.axes[i];
    position[i] = conv_input_position(axis, geometry_.flip, out[i], tap[i + 1]);
    if (!axis.pad_before.is(0)) require(inside, at_least_zero(position[i]));
    if (!axis.pad_after.is(0)) require(inside, below(position[i], axis.input));
  }
  return where(inside, kernel_.load(input, {image, channel, position[0], position[1]}));
}

ExprRef ConvOperands::output(OperandRef output, const IndexExpr& image, const IndexExpr& channel,
                             const IndexExpr& flat) const {
  if (is_run(layout(output), 2)) {
    return kernel_.load(output, {image, channel, IndexExpr(0), flat});
  }
  const auto& [rows, columns] = geometry_.axes;
  const auto position = unravel(flat, {rows.output, columns.output});
  return kernel_.load(output, {image, channel, position[0], position[1]});
}

ExprRef ConvOperands::output_reached(OperandRef output, const IndexExpr& image,
                                     const IndexExpr& channel, const IndexExpr& flat,
                                     const IndexExpr& r, const IndexExpr& s) const {
  const auto& [rows, columns] = geometry_.axes;
  const auto position = unravel(flat, {rows.input, columns.input});
  ExprRef exists;
  const IndexExpr i = reached(rows, geometry_.flip, position[0], r, exists);
  const IndexExpr j = reached(columns, geometry_.flip, position[1], s, exists);
  return where(exists, kernel_.load(output, {image, channel, i, j}));
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
