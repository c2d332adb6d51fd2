// SPDX-License-Identifier: Apache-2.0
// See pool_geometry.h. Sizes are those of Theano's Pool.out_shape for both values of ignore_border.
#include "ops/pool_geometry.h"

#include <algorithm>
#include <limits>

#include "ops/strided_copy.h"

namespace tgc {
namespace {

const std::vector<int64_t>& integers(const Attributes& attributes, std::string_view name) {
  return *find_attr<std::vector<int64_t>>(attributes, name);
}

// The attribute has one integer for each of `rank` axes; 0: for at least one.
bool check_list(InferContext& context, std::string_view name, size_t rank, int64_t least) {
  const auto& values = integers(context.attributes, name);
  bool is_good = rank == 0 ? !values.empty() : values.size() == rank;
  for (const int64_t value : values) is_good = is_good && value >= least;
  if (is_good) return true;
  constexpr const char* kCounts[] = {"one or more integers", "one integer", "two integers",
                                     "three integers"};
  const std::string count = rank < 4 ? kCounts[rank] : std::to_string(rank) + " integers";
  return context.fail(
      "bad-attribute",
      std::string(name) + " must be " + count + " of at least " + std::to_string(least), name);
}

bool complete_attributes(InferContext& context, size_t rank) {
  auto& attributes = context.attributes;
  if (!check_list(context, "ws", rank, 1)) return false;
  const auto windows = integers(attributes, "ws");
  attributes.try_emplace("ignore_border", false);
  attributes.try_emplace("stride", windows);
  attributes.try_emplace("pad", std::vector<int64_t>(windows.size(), 0));
  if (!check_list(context, "stride", windows.size(), 1)) return false;
  if (!check_list(context, "pad", windows.size(), 0)) return false;
  for (size_t i = 0; i < windows.size(); ++i) {
    const int64_t pad = integers(attributes, "pad")[i];
    if (pad == 0) continue;
    if (!*find_attr<bool>(attributes, "ignore_border")) {
      return context.fail("bad-attribute", "pad works with ignore_border true only", "pad");
    }
    if (pad >= windows[i]) {
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
      {"ws", AttrKind::integers, true, "sizes of a window along the last axes"},
      {"ignore_border", AttrKind::boolean, false,
       "leave out windows that reach over the end; default false"},
      {"stride", AttrKind::integers, false, "steps from window to window; default ws"},
      {"pad", AttrKind::integers, false,
       "padding on both sides of each axis, with ignore_border only; default 0"}};
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
  const size_t rank = integers(attributes, "ws").size();
  const size_t lead = input.size() - rank;
  geometry.lead.assign(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(lead));
  for (size_t i = 0; i < rank; ++i) {
    PoolAxis axis;
    axis.input = input[lead + i];
    axis.window = integers(attributes, "ws")[i];
    axis.stride = integers(attributes, "stride")[i];
    axis.pad = integers(attributes, "pad")[i];
    axis.ignore_border = *find_attr<bool>(attributes, "ignore_border");
    axis.output = pooled_size(axis);
    geometry.axes.push_back(std::move(axis));
  }
  return geometry;
}

std::optional<PoolGeometry> check_pool(InferContext& context, const Shape& input, size_t rank) {
  if (!complete_attributes(context, rank)) return std::nullopt;
  const size_t least = integers(context.attributes, "ws").size();
  if (input.size() < least) {
    context.fail("bad-rank", "needs at least " + std::to_string(least) + " dimensions, got " +
                                 std::to_string(input.size()));
    return std::nullopt;
  }
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
  std::vector<int64_t> outputs = {dim(element_count(geometry.lead))};
  std::vector<int64_t> windows;
  std::vector<int64_t> inputs;
  for (const PoolAxis& axis : geometry.axes) {
    outputs.push_back(dim(axis.output));
    windows.push_back(axis.window);
    inputs.push_back(dim(axis.input));
  }
  int64_t output = -1;
  for_each_index(outputs, [&](const std::vector<int64_t>& at) {
    ++output;
    int64_t count = 1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      count *= count_along(geometry.axes[i], geometry.mode, inputs[i], at[i + 1]);
    }
    for_each_index(windows, [&](const std::vector<int64_t>& tap) {
      int64_t flat = at[0];
      for (size_t i = 0; i < inputs.size(); ++i) {
        const PoolAxis& axis = geometry.axes[i];
        const int64_t position = at[i + 1] * axis.stride - axis.pad + tap[i];
        if (position < 0 || position >= inputs[i]) return;
        flat = flat * inputs[i] + position;
      }
      visit(flat, output, count);
    });
  });
}

Constant lowest_of(DType dtype) {
  if (is_float(dtype)) return {-std::numeric_limits<double>::infinity(), 0};
  if (is_unsigned_integer(dtype)) return {};
  const auto bits = static_cast<int>(8 * dtype_size(dtype));
  return {0, std::numeric_limits<int64_t>::min() >> (64 - bits)};
}

ExprRef lowest(DType dtype) {
  return std::make_shared<const Expr>(Expr{dtype, lowest_of(dtype)});
}

PoolLoops inputs_under(KernelBuilder& kernel, const PoolGeometry& geometry,
                       const std::vector<IndexExpr>& output) {
  PoolLoops result;
  const size_t lead = geometry.lead.size();
  result.indices.assign(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(lead));
  for (size_t i = 0; i < geometry.axes.size(); ++i) {
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
  for (size_t i = 0; i < geometry.axes.size(); ++i) {
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
  for (size_t i = 0; i < geometry.axes.size(); ++i) {
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
