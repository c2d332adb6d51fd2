// SPDX-License-Identifier: Apache-2.0
// bilinear_kernel_1D, bilinear_kernel_2D and bilinear_upsampling. An image is enlarged by p/q along
// an axis as Theano does it: its borders are repeated once, the transposed convolution with stride
// p and the triangle of 2p - 1 taps follows, and of its result every q-th position from p + p // 2
// on is kept.
#include <array>
#include <memory>
#include <numeric>

#include "graph/node.h"
#include "ops/index_template.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

constexpr int64_t kLargestRatio = 4096;

// 1, 2, …, ratio, …, 2, 1; divided by ratio when normalised.
std::vector<double> triangle(int64_t ratio, bool normalize) {
  std::vector<double> taps;
  for (int64_t i = 1; i < 2 * ratio; ++i) {
    const auto height = static_cast<double>(std::min(i, 2 * ratio - i));
    taps.push_back(normalize ? height / static_cast<double>(ratio) : height);
  }
  return taps;
}

Node constant_of(Builder& builder, DType dtype, std::vector<int64_t> dims,
                 const std::vector<double>& values) {
  Tensor tensor(dtype, std::move(dims));
  for (size_t i = 0; i < values.size(); ++i) {
    tensor.set_double(static_cast<int64_t>(i), values[i]);
  }
  return {builder, builder.graph().add_constant(std::make_shared<const Tensor>(std::move(tensor)))};
}

// The triangles of rows and columns multiplied, as an array of these dims.
Node kernel_2d(Builder& builder, DType dtype, const std::array<int64_t, 2>& ratio, bool normalize,
               std::vector<int64_t> dims) {
  std::vector<double> values;
  for (const double row : triangle(ratio[0], normalize)) {
    for (const double column : triangle(ratio[1], normalize)) values.push_back(row * column);
  }
  return constant_of(builder, dtype, std::move(dims), values);
}

bool check_ratio(InferContext& context, int64_t value, std::string_view name) {
  if (value >= 1 && value <= kLargestRatio) return true;
  return context.fail("bad-attribute",
                      std::string(name) + " must be from 1 to " + std::to_string(kLargestRatio),
                      name);
}

// Ratios of rows and columns from the attribute `ratio`, one number or two.
std::array<int64_t, 2> ratios_of(const Attributes& attributes) {
  const auto& list = *find_attr<std::vector<int64_t>>(attributes, "ratio");
  return {list.front(), list.back()};
}

bool check_ratios(InferContext& context, size_t most) {
  const auto& list = *find_attr<std::vector<int64_t>>(context.attributes, "ratio");
  if (list.empty() || list.size() > most) {
    return context.fail("bad-attribute",
                        std::string("ratio must be an integer") + (most > 1 ? " or two" : ""),
                        "ratio");
  }
  for (const int64_t value : list) {
    if (!check_ratio(context, value, "ratio")) return false;
  }
  return true;
}

bool infer_kernel_1d(InferContext& context) {
  if (!check_ratios(context, 1)) return false;
  context.output(context.float_x, {2 * ratios_of(context.attributes)[0] - 1});
  return true;
}

Outputs expand_kernel_1d(Builder& builder, const std::vector<VariableId>&,
                         const Attributes& attributes) {
  const int64_t ratio = ratios_of(attributes)[0];
  const auto taps = triangle(ratio, attr_or(attributes, "normalize", true));
  return {{constant_of(builder, builder.float_x(), {2 * ratio - 1}, taps).id()}};
}

bool infer_kernel_2d(InferContext& context) {
  if (!check_ratios(context, 2)) return false;
  const auto ratio = ratios_of(context.attributes);
  context.output(context.float_x, {2 * ratio[0] - 1, 2 * ratio[1] - 1});
  return true;
}

Outputs expand_kernel_2d(Builder& builder, const std::vector<VariableId>&,
                         const Attributes& attributes) {
  const auto ratio = ratios_of(attributes);
  const bool normalize = attr_or(attributes, "normalize", true);
  return {
      {kernel_2d(builder, builder.float_x(), ratio, normalize, {2 * ratio[0] - 1, 2 * ratio[1] - 1})
           .id()}};
}

// An axis is enlarged by up / down.
struct Enlargement {
  int64_t up = 1;
  int64_t down = 1;
  [[nodiscard]] DimExpr size(const DimExpr& input) const {
    return DimExpr::floor_div(input * DimExpr(up) - 1, down) + 1;
  }
};

std::array<Enlargement, 2> enlargements_of(const Attributes& attributes) {
  if (const auto* ratio = find_attr<std::vector<int64_t>>(attributes, "ratio")) {
    return {Enlargement{ratio->front(), 1}, Enlargement{ratio->front(), 1}};
  }
  const auto& list = *find_attr<std::vector<int64_t>>(attributes, "frac_ratio");
  std::array<Enlargement, 2> result;
  for (size_t i = 0; i < 2; ++i) {
    const size_t first = list.size() == 4 ? 2 * i : 0;
    const int64_t common = std::gcd(list[first], list[first + 1]);
    result[i] = {list[first] / common, list[first + 1] / common};
  }
  return result;
}

bool infer_upsampling(InferContext& context) {
  const TensorType& x = context.type(0);
  if (x.rank() != 4 || !is_float(x.dtype)) {
    return context.fail(
        x.rank() != 4 ? "bad-rank" : "bad-dtype",
        context.name(0) + " must be a float tensor of 4 dimensions, not " + type_text(x),
        "inputs/0");
  }
  const auto* frac = find_attr<std::vector<int64_t>>(context.attributes, "frac_ratio");
  const bool has_ratio = context.attributes.contains("ratio");
  if (has_ratio == (frac != nullptr)) {
    return context.fail("bad-attribute", "takes either ratio or frac_ratio",
                        has_ratio ? "frac_ratio" : "");
  }
  if (has_ratio && !check_ratios(context, 1)) return false;
  if (frac != nullptr) {
    if (frac->size() != 2 && frac->size() != 4) {
      return context.fail("bad-attribute",
                          "frac_ratio must be numerator and denominator, of both axes or of rows, "
                          "then columns",
                          "frac_ratio");
    }
    for (const int64_t value : *frac) {
      if (!check_ratio(context, value, "frac_ratio")) return false;
    }
  }
  const auto enlargements = enlargements_of(context.attributes);
  Shape shape = x.shape;
  for (size_t i = 0; i < 2; ++i) {
    const std::string empty = context.name(0) + " has no border to repeat: " + shape_text(x.shape);
    if (x.shape[i + 2].is(0)) return context.fail("shape-mismatch", empty, "inputs/0");
    shape[i + 2] = enlargements[i].size(x.shape[i + 2]);
  }
  context.output(promote(x.dtype, context.float_x), std::move(shape));
  return true;
}

Node part(const Node& x, size_t axis, std::optional<DimExpr> start, std::optional<DimExpr> stop,
          int64_t step = 1) {
  std::vector<IndexEntry> index(axis + 1, slice(std::nullopt, std::nullopt));
  index.back() = slice(std::move(start), std::move(stop), step);
  return x.call("subtensor", {}, {{"index", index}});
}

// First and last position along the axis twice.
Node with_borders(const Node& x, size_t axis) {
  const Node first = part(x, axis, DimExpr(0), DimExpr(1));
  const Node last = part(x, axis, DimExpr(-1), std::nullopt);
  return first.call("join", {x, last}, {{"axis", static_cast<int64_t>(axis)}});
}

// The transposed convolution of x, whose borders are repeated along the axes that grow (given by
// `grows`), with a kernel of these axes.
Node enlarge(const Node& x, const Node& kernel, const Shape& inner,
             const std::array<Enlargement, 2>& by, const std::array<bool, 2>& grows) {
  Shape shape = x.type().shape;
  std::vector<int64_t> steps(2, 1);
  std::vector<int64_t> pads(4, 0);
  for (size_t i = 0; i < 2; ++i) {
    if (!grows[i]) continue;
    const int64_t up = by[i].up;
    shape[i + 2] = inner[i] * DimExpr(up);
    steps[i] = up;
    pads[2 * i] = pads[2 * i + 1] = up + up / 2;
  }
  Node result = x.call("conv2d_grad_wrt_inputs", {kernel},
                       {{"input_shape", shape}, {"subsample", steps}, {"border_mode", pads}});
  for (size_t i = 0; i < 2; ++i) {
    if (!grows[i] || by[i].down == 1) continue;
    result = part(result, i + 2, std::nullopt, std::nullopt, by[i].down);
  }
  return result;
}

Outputs expand_upsampling(Builder& builder, const std::vector<VariableId>& inputs,
                          const Attributes& attributes) {
  const DType dtype = promote(builder.graph().type(inputs[0]).dtype, builder.float_x());
  const Node x = Node(builder, inputs[0]).cast(dtype);
  const Shape shape = x.type().shape;
  const auto by = enlargements_of(attributes);
  const Shape inner = {shape[2], shape[3]};
  const Shape single = {shape[0] * shape[1], 1, shape[2], shape[3]};
  Node image = x.call("reshape", {}, {{"shape", single}});
  image = with_borders(with_borders(image, 2), 3);
  if (attr_or(attributes, "use_1D_kernel", true)) {
    const auto rows = triangle(by[0].up, true);
    const auto columns = triangle(by[1].up, true);
    const Node down = constant_of(builder, dtype, {1, 1, 2 * by[0].up - 1, 1}, rows);
    const Node across = constant_of(builder, dtype, {1, 1, 1, 2 * by[1].up - 1}, columns);
    image = enlarge(image, down, inner, by, {true, false});
    image = enlarge(image, across, inner, by, {false, true});
  } else {
    const Node kernel = kernel_2d(builder, dtype, {by[0].up, by[1].up}, true,
                                  {1, 1, 2 * by[0].up - 1, 2 * by[1].up - 1});
    image = enlarge(image, kernel, inner, by, {true, true});
  }
  const Shape whole = {shape[0], shape[1], by[0].size(shape[2]), by[1].size(shape[3])};
  return {{image.call("reshape", {}, {{"shape", whole}}).id()}};
}

OpDef kernel(std::string_view name, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = "ARange, Join";
  op.doc = doc;
  op.min_inputs = op.max_inputs = 0;
  op.attributes = {
      {"ratio", AttrKind::integers, true, "how much larger the images become"},
      {"normalize", AttrKind::boolean, false, "divide by ratio along each axis; default true"}};
  return op;
}

}  // namespace

std::vector<OpDef> bilinear_ops() {
  OpDef one = kernel("bilinear_kernel_1D",
                     "1, 2, …, ratio, …, 2, 1: the taps of linear interpolation along one axis.");
  one.infer = infer_kernel_1d;
  one.expand = expand_kernel_1d;
  one.examples = {{R"({"op": "bilinear_kernel_1D", "inputs": [], "ratio": 3})", R"({})"}};
  OpDef two = kernel("bilinear_kernel_2D",
                     "The product of two bilinear_kernel_1D, of rows and of columns; ratio may be "
                     "two numbers.");
  two.infer = infer_kernel_2d;
  two.expand = expand_kernel_2d;
  two.examples = {{R"({"op": "bilinear_kernel_2D", "inputs": [], "ratio": [2, 3],
                       "normalize": false})",
                   R"({})"}};
  OpDef up;
  up.name = "bilinear_upsampling";
  up.theano = "AbstractConv2d_gradInputs, Join";
  up.doc =
      "Images (batch, channels, rows, columns) enlarged by ratio, or by a fraction, with bilinear "
      "interpolation; rows and columns of the border count twice.";
  up.min_inputs = up.max_inputs = 1;
  up.attributes = {
      {"ratio", AttrKind::integers, false, "how much larger rows and columns become"},
      {"frac_ratio", AttrKind::integers, false,
       "instead of ratio: numerator and denominator, of both axes or of rows, then of columns"},
      {"use_1D_kernel", AttrKind::boolean, false,
       "enlarge rows first, then columns, instead of both at once; default true"}};
  up.infer = infer_upsampling;
  up.expand = expand_upsampling;
  up.examples = {
      {R"({"op": "bilinear_upsampling", "inputs": ["x"], "ratio": 2})",
       R"({"x": {"dtype": "float64", "shape": [2, 2, 3, 2]}})"},
      {R"({"op": "bilinear_upsampling", "inputs": ["x"], "ratio": 3, "use_1D_kernel": false})",
       R"({"x": {"dtype": "float32", "shape": [1, 1, 2, 3]}})"},
      {R"({"op": "bilinear_upsampling", "inputs": ["x"], "frac_ratio": [5, 2, 4, 3],
           "use_1D_kernel": false})",
       R"({"x": {"dtype": "float64", "shape": [1, 2, 3, 4]}})"}};
  return {std::move(one), std::move(two), std::move(up)};
}

}  // namespace tgc
