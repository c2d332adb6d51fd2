// SPDX-License-Identifier: Apache-2.0
// See pool_geometry.h. Sizes are those of Theano's Pool.out_shape for both values of ignore_border.
#include "ops/pool_geometry.h"

#include <algorithm>

#include "ops/strided_copy.h"

namespace tgc {
namespace {

const std::vector<int64_t>& integers(const Attributes& attributes, std::string_view name) {
  return *find_attr<std::vector<int64_t>>(attributes, name);
}

bool check_pair(InferContext& context, std::string_view name, int64_t least) {
  const auto& values = integers(context.attributes, name);
  if (values.size() == 2 && values[0] >= least && values[1] >= least) return true;
  return context.fail(
      "bad-attribute",
      std::string(name) + " must be two integers of at least " + std::to_string(least), name);
}

bool complete_attributes(InferContext& context) {
  auto& attributes = context.attributes;
  attributes.try_emplace("ignore_border", false);
  attributes.try_emplace("stride", integers(attributes, "ws"));
  attributes.try_emplace("pad", std::vector<int64_t>{0, 0});
  if (!check_pair(context, "ws", 1) || !check_pair(context, "stride", 1) ||
      !check_pair(context, "pad", 0)) {
    return false;
  }
  for (size_t i = 0; i < 2; ++i) {
    const int64_t pad = integers(attributes, "pad")[i];
    if (pad == 0) continue;
    if (!*find_attr<bool>(attributes, "ignore_border")) {
      return context.fail("bad-attribute", "pad works with ignore_border true only", "pad");
    }
    if (pad >= integers(attributes, "ws")[i]) {
      return context.fail("bad-attribute", "pad must be smaller than ws", "pad");
    }
  }
  return true;
}

PoolMode mode_of(const Attributes& attributes) {
  const auto text = attr_or<std::string>(attributes, "mode", "max");
  if (text == "sum") return PoolMode::sum;
  if (text == "average_inc_pad") return PoolMode::average_inc_pad;
  if (text == "average_exc_pad") return PoolMode::average_exc_pad;
  return PoolMode::max;
}

DimExpr pooled_size(const PoolAxis& axis) {
  const DimExpr size = axis.input + DimExpr(2 * axis.pad);
  if (axis.ignore_border) {
    if (axis.window == axis.stride) return DimExpr::floor_div(size, axis.stride);
    return DimExpr::max(0, DimExpr::floor_div(size - axis.window, axis.stride) + 1);
  }
  if (axis.stride >= axis.window) return DimExpr::floor_div(size - 1, axis.stride) + 1;
  const DimExpr more = DimExpr::floor_div(size - 1 - axis.window + axis.stride, axis.stride);
  return DimExpr::max(0, more) + 1;
}

void require(ExprRef& condition, const ExprRef& more) {
  condition = condition ? call(ScalarOp::and_, {condition, more}) : more;
}

ExprRef number(int64_t value) {
  return integer_constant(DType::int64, value);
}

// Elements of the window at `o` that an average counts.
int64_t count_along(const PoolAxis& axis, PoolMode mode, int64_t input, int64_t o) {
  const int64_t start = o * axis.stride;
  const int64_t end = std::min(start + axis.window, input + 2 * axis.pad);
  if (mode != PoolMode::average_exc_pad) return end - start;
  return std::min(end, input + axis.pad) - std::max(start, axis.pad);
}

}  // namespace

Shape PoolGeometry::output_shape() const {
  Shape shape = lead;
  for (const PoolAxis& axis : axes) shape.push_back(axis.output);
  return shape;
}

std::vector<AttrDef> pool_attributes(bool with_mode) {
  std::vector<AttrDef> defs = {
      {"ws", AttrKind::integers, true, "rows and columns of a window"},
      {"ignore_border", AttrKind::boolean, false,
       "leave out windows that reach over the end; default false"},
      {"stride", AttrKind::integers, false, "steps from window to window; default ws"},
      {"pad", AttrKind::integers, false,
       "rows and columns of padding on both sides, with ignore_border only; default [0, 0]"}};
  if (with_mode) {
    defs.push_back({"mode",
                    AttrKind::text,
                    false,
                    "what is done with a window; default max",
                    {"max", "sum", "average_inc_pad", "average_exc_pad"}});
  }
  return defs;
}

PoolGeometry pool_geometry(const Attributes& attributes, const Shape& input) {
  PoolGeometry geometry;
  geometry.mode = mode_of(attributes);
  geometry.lead.assign(input.begin(), input.end() - 2);
  for (size_t i = 0; i < 2; ++i) {
    PoolAxis& axis = geometry.axes[i];
    axis.input = input[input.size() - 2 + i];
    axis.window = integers(attributes, "ws")[i];
    axis.stride = integers(attributes, "stride")[i];
    axis.pad = integers(attributes, "pad")[i];
    axis.ignore_border = *find_attr<bool>(attributes, "ignore_border");
    axis.output = pooled_size(axis);
  }
  return geometry;
}

std::optional<PoolGeometry> check_pool(InferContext& context, const Shape& input) {
  if (input.size() < 2) {
    context.fail("bad-rank", "needs at least 2 dimensions, got " + std::to_string(input.size()));
    return std::nullopt;
  }
  if (!complete_attributes(context)) return std::nullopt;
  PoolGeometry geometry = pool_geometry(context.attributes, input);
  const bool is_average =
      geometry.mode == PoolMode::average_inc_pad || geometry.mode == PoolMode::average_exc_pad;
  const DType dtype = context.type(0).dtype;
  if (dtype == DType::boolean || (is_average && !is_float(dtype))) {
    context.fail(
        "bad-dtype",
        std::string(dtype_name(dtype)) + (is_average ? " cannot be averaged" : " cannot be pooled"),
        "inputs/0", "cast it to a float dtype");
    return std::nullopt;
  }
  return geometry;
}

bool check_pool_output(InferContext& context, const PoolGeometry& geometry, size_t input) {
  const Shape expected = geometry.output_shape();
  const Shape& given = context.type(input).shape;
  const std::string message = context.name(input) + " is " + shape_text(given) +
                              ", but the pooled output is " + shape_text(expected);
  const std::string part = "inputs/" + std::to_string(input);
  if (given.size() != expected.size()) return context.fail("bad-rank", message, part);
  for (size_t axis = 0; axis < expected.size(); ++axis) {
    if (!context.require_equal(given[axis], expected[axis], message, part)) return false;
  }
  return true;
}

void for_each_pooled(const PoolGeometry& geometry,
                     const std::function<int64_t(const DimExpr&)>& dim,
                     const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  const PoolAxis& rows = geometry.axes[0];
  const PoolAxis& columns = geometry.axes[1];
  const int64_t height = dim(rows.input);
  const int64_t width = dim(columns.input);
  int64_t output = -1;
  for_each_index({dim(element_count(geometry.lead)), dim(rows.output), dim(columns.output)},
                 [&](const std::vector<int64_t>& at) {
                   ++output;
                   const int64_t count = count_along(rows, geometry.mode, height, at[1]) *
                                         count_along(columns, geometry.mode, width, at[2]);
                   for_each_index({rows.window, columns.window},
                                  [&](const std::vector<int64_t>& tap) {
                                    const int64_t y = at[1] * rows.stride - rows.pad + tap[0];
                                    const int64_t x = at[2] * columns.stride - columns.pad + tap[1];
                                    if (y < 0 || y >= height || x < 0 || x >= width) return;
                                    visit((at[0] * height + y) * width + x, output, count);
                                  });
                 });
}

PoolLoops inputs_under(KernelBuilder& kernel, const PoolGeometry& geometry,
                       const std::vector<IndexExpr>& output) {
  PoolLoops result;
  const size_t lead = geometry.lead.size();
  result.indices.assign(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(lead));
  for (size_t i = 0; i < 2; ++i) {
    const PoolAxis& axis = geometry.axes[i];
    const Loop loop = kernel.loop(axis.window);
    const IndexExpr position =
        output[lead + i] * DimExpr(axis.stride) + IndexExpr(loop.index) - IndexExpr(axis.pad);
    if (axis.pad > 0) {
      require(result.valid, call(ScalarOp::ge, {to_expr(position), number(0)}));
    }
    if (axis.pad > 0 || !axis.ignore_border) {
      require(result.valid, call(ScalarOp::lt, {to_expr(position), dim_value(axis.input)}));
    }
    result.loops.push_back(loop);
    result.indices.push_back(position);
  }
  return result;
}

PoolLoops windows_over(KernelBuilder& kernel, const PoolGeometry& geometry,
                       const std::vector<IndexExpr>& input) {
  PoolLoops result;
  const size_t lead = geometry.lead.size();
  result.indices.assign(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(lead));
  for (size_t i = 0; i < 2; ++i) {
    const PoolAxis& axis = geometry.axes[i];
    // the last window that begins at or before the position, and those before it
    const Loop loop = kernel.loop((axis.window + axis.stride - 1) / axis.stride);
    const IndexExpr position = input[lead + i] + IndexExpr(axis.pad);
    const IndexExpr window = floor_div(position, axis.stride) - IndexExpr(loop.index);
    const IndexExpr within = position - window * DimExpr(axis.stride);
    if (!loop.extent.is(1)) {
      require(result.valid, call(ScalarOp::ge, {to_expr(window), number(0)}));
    }
    require(result.valid, call(ScalarOp::lt, {to_expr(window), dim_value(axis.output)}));
    if (axis.window % axis.stride != 0) {
      require(result.valid, call(ScalarOp::lt, {to_expr(within), number(axis.window)}));
    }
    result.loops.push_back(loop);
    result.indices.push_back(window);
  }
  return result;
}

ExprRef pool_count(const PoolGeometry& geometry, const std::vector<IndexExpr>& output) {
  ExprRef product;
  const size_t lead = geometry.lead.size();
  for (size_t i = 0; i < 2; ++i) {
    const PoolAxis& axis = geometry.axes[i];
    const bool skips_pad = geometry.mode == PoolMode::average_exc_pad && axis.pad > 0;
    ExprRef count = number(axis.window);
    if (skips_pad || !axis.ignore_border) {
      const ExprRef start = to_expr(output[lead + i] * DimExpr(axis.stride) - IndexExpr(axis.pad));
      const ExprRef end =
          call(ScalarOp::minimum,
               {call(ScalarOp::add, {start, number(axis.window)}), dim_value(axis.input)});
      count = call(ScalarOp::sub, {end, call(ScalarOp::maximum, {start, number(0)})});
    }
    product = product ? call(ScalarOp::mul, {product, count}) : count;
  }
  return product;
}

ExprRef where_valid(const ExprRef& valid, const ExprRef& value, const ExprRef& otherwise) {
  if (!valid) return value;
  return call(ScalarOp::switch_, {valid, value, otherwise});
}

}  // namespace tgc
