// SPDX-License-Identifier: Apache-2.0
// pad: a tensor with a border, one axis after the other (PyTensor's and NumPy's pad). A border is
// gathered from the tensor, or joined to it.
#include "ops/composition.h"

namespace tgc {
namespace {

using Integers = std::vector<int64_t>;

bool check(InferContext& context) {
  Attributes& attributes = context.attributes;
  attributes.try_emplace("mode", std::string("constant"));
  attributes.try_emplace("constant_values", 0.0);
  attributes.try_emplace("end_values", 0.0);
  const auto rank = static_cast<size_t>(context.type(0).rank());
  const auto* given = find_attr<Integers>(attributes, "pad_width");
  if (given == nullptr) {  // the name of a convolution's border
    return context.fail("bad-attribute", "pad_width is a number of elements, not a name",
                        "pad_width", "one number, one for each axis, or pairs [before, behind]");
  }
  auto widths = *given;
  if (widths.size() == 1) widths = Integers(2 * rank, widths[0]);
  if (widths.size() != 2 * rank) {
    return context.fail("bad-attribute",
                        "pad_width is for " + std::to_string(widths.size() / 2) + " axes, but " +
                            context.name(0) + " has " + std::to_string(rank),
                        "pad_width", "one number, one for each axis, or pairs [before, behind]");
  }
  attributes.insert_or_assign("pad_width", widths);
  const std::string mode = *find_attr<std::string>(attributes, "mode");
  if (attr_or<int64_t>(attributes, "stat_length", 1) < 1) {
    return context.fail("bad-attribute", "stat_length must be at least 1", "stat_length");
  }
  if ((mode == "linear_ramp" || mode == "mean") && !require_number(context, 0)) return false;
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t before = widths[2 * axis];
    const int64_t behind = widths[2 * axis + 1];
    if (before < 0 || behind < 0) {
      return context.fail("bad-attribute", "pad_width holds a negative number", "pad_width");
    }
    if (mode == "constant" || before + behind == 0) continue;
    const DimExpr& dim = context.type(0).shape[axis];
    const std::string message =
        "axis " + std::to_string(axis) + " of " + context.name(0) + " has no elements to pad with";
    if (!context.require_equal(DimExpr::max(dim, 1), dim, message, "inputs/0")) return false;
  }
  return true;
}

// Where the elements of the padded axis come from.
Node sources(const Given& given, const std::string& mode, const DimExpr& length, int64_t before,
             int64_t behind) {
  const Node at = given.range(length + (before + behind)) - given.size(before);
  const Node count = given.size(length);
  if (mode == "edge") return at.call("clip", {at.number(0), given.size(length - 1)});
  if (mode == "wrap") return at.call("mod", {given.size(DimExpr::max(length, 1))});
  // there and back again: with the ends twice, or once
  const bool is_symmetric = mode == "symmetric";
  const DimExpr period = DimExpr::max(is_symmetric ? length * 2 : length * 2 - 2, 1);
  const Node folded = at.call("mod", {given.size(period)});
  const Node back = given.size(is_symmetric ? period - 1 : period) - folded;
  return where(lt(folded, count), folded, back);
}

Shape with_length(const Node& x, int64_t axis, const DimExpr& length) {
  Shape shape = x.type().shape;
  shape[static_cast<size_t>(axis)] = length;
  return shape;
}

// The slice of length 1 that fills a side: the extreme or the mean of what is next to it.
Node statistic(const Given& given, const Node& x, int64_t axis, bool is_before) {
  const std::string mode = given.get<std::string>("mode");
  Node part = x;
  if (given.has("stat_length")) {
    const DimExpr dim = x.type().shape[static_cast<size_t>(axis)];
    const DimExpr length = DimExpr::min(given.integer("stat_length"), dim);
    part = is_before ? sliced(x, axis, std::nullopt, length)
                     : sliced(x, axis, dim - length, std::nullopt);
  }
  const char* const op = mode == "maximum" ? "max" : mode == "minimum" ? "min" : "mean";
  return reduced(op, part, {axis}, true).cast(x.type().dtype);
}

// From the end value at the rim to the edge, which it does not reach.
Node ramp(const Given& given, const Node& x, int64_t axis, int64_t width, bool is_before) {
  const DimExpr dim = x.type().shape[static_cast<size_t>(axis)];
  const Node found = is_before ? sliced(x, axis, std::nullopt, DimExpr(1))
                               : sliced(x, axis, dim - 1, std::nullopt);
  const Node edge = reshaped(found, with_length(x, axis, 1));  // where dim is a symbol, too
  std::vector<int64_t> order(x.type().shape.size(), -1);
  order[static_cast<size_t>(axis)] = 0;
  const DType dtype = is_float(x.type().dtype) ? x.type().dtype : DType::float64;
  const Node end = given.number(dtype, given.get<double>("end_values"));
  const Node steps =
      dimshuffled(given.range(width), order).cast(dtype) / static_cast<double>(width);
  const Node line = (end + (edge.cast(dtype) - end) * steps).cast(x.type().dtype);
  return is_before ? line : sliced(line, axis, std::nullopt, std::nullopt, -1);
}

Node side(const Given& given, const Node& x, int64_t axis, int64_t width, bool is_before) {
  const std::string mode = given.get<std::string>("mode");
  if (mode == "linear_ramp") return ramp(given, x, axis, width, is_before);
  const Node value = mode == "constant" ? x.number(given.get<double>("constant_values"))
                                        : statistic(given, x, axis, is_before);
  return allocated(value, with_length(x, axis, width));
}

Node pad(const Given& given) {
  const std::string mode = given.get<std::string>("mode");
  const auto& widths = given.get<Integers>("pad_width");
  const bool gathers = mode == "edge" || mode == "wrap" || mode == "symmetric" || mode == "reflect";
  Node x = given.x[0];
  for (int64_t axis = 0; axis < given.x[0].type().rank(); ++axis) {
    const int64_t before = widths[static_cast<size_t>(2 * axis)];
    const int64_t behind = widths[static_cast<size_t>(2 * axis + 1)];
    if (before + behind == 0) continue;
    if (gathers) {
      const DimExpr length = x.type().shape[static_cast<size_t>(axis)];
      x = taken(x, sources(given, mode, length, before, behind), axis);
      continue;
    }
    std::vector<Node> parts{x};
    if (before > 0) parts.insert(parts.begin(), side(given, x, axis, before, true));
    if (behind > 0) parts.push_back(side(given, x, axis, behind, false));
    x = joined(parts, axis);
  }
  return x;
}

}  // namespace

OpDef pad_op() {
  constexpr std::string_view kMatrix = R"({"x": {"dtype": "float32", "shape": [2, 3]}})";
  constexpr std::string_view kVector = R"({"x": {"dtype": "float64", "shape": [3]}})";
  return composed<pad, check>(
      {.name = "pad",
       .theano = "Pad",
       .doc = "x with a border: of a constant, of its edge, of what lies across (wrap), of what it "
              "mirrors (symmetric with the edge, reflect without), of an extreme or the mean along "
              "the axis, or of a ramp from a number to the edge.",
       .min_inputs = 1,
       .max_inputs = 1,
       .attributes = {{"pad_width", AttrKind::padding, true,
                       "how wide: a number, one for each axis, or pairs [before, behind]"},
                      {"mode",
                       AttrKind::text,
                       false,
                       "what the border holds (constant)",
                       {"constant", "edge", "wrap", "symmetric", "reflect", "linear_ramp",
                        "maximum", "minimum", "mean"}},
                      {"constant_values", AttrKind::real, false, "the constant (0)"},
                      {"end_values", AttrKind::real, false, "where ramps begin (0)"},
                      {"stat_length", AttrKind::integer, false,
                       "how many elements next to the border count; default: all"}},
       .examples = {
           {R"({"op": "pad", "inputs": ["x"], "pad_width": [[1, 2], [0, 1]],
                "constant_values": 0.5})",
            kMatrix},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": 2, "mode": "edge"})", kMatrix},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": [[4, 5]], "mode": "wrap"})", kVector},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": [[7, 5]], "mode": "symmetric"})",
            kVector},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": [[7, 5]], "mode": "reflect"})", kVector},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": [[2, 3]], "mode": "linear_ramp",
                "end_values": 2})",
            kVector},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": 1, "mode": "mean"})", kMatrix},
           {R"({"op": "pad", "inputs": ["x"], "pad_width": [[1, 2]], "mode": "maximum",
                "stat_length": 2})",
            kVector}}});
}

}  // namespace tgc
