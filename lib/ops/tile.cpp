// SPDX-License-Identifier: Apache-2.0
// tile and repeat: a tensor many times over. Both give every axis a neighbour of the wanted length,
// fill it by broadcasting and join the two: tile in front of the axis, repeat behind it.
#include "graph/node.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

// Shapes of x as in NumPy's tile: the shorter of `reps` and the shape is filled up with ones.
Shape padded(const Shape& shape, size_t rank) {
  Shape result(rank - shape.size(), DimExpr(1));
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

bool infer_tile(InferContext& context) {
  const Shape reps = *find_attr<Shape>(context.attributes, "reps");
  for (const DimExpr& count : reps) {
    if (!require_dim(context, count, "reps")) return false;
  }
  const size_t rank = std::max(reps.size(), context.type(0).shape.size());
  const Shape counts = padded(reps, rank);
  context.attributes.insert_or_assign("reps", counts);
  Shape shape = padded(context.type(0).shape, rank);
  for (size_t i = 0; i < rank; ++i) shape[i] = shape[i] * counts[i];
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

// x with axis i (of `shape`) as the axes 2i and 2i + 1, of which `counted` says the new one.
Outputs spread(Builder& builder, VariableId x, const Shape& shape, const Shape& counts,
               bool counts_first) {
  const auto missing = static_cast<int64_t>(shape.size()) - builder.graph().type(x).rank();
  std::vector<int64_t> order;
  Shape wide;
  Shape joined;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t axis = static_cast<int64_t>(i) - missing;
    order.push_back(counts_first ? -1 : std::max<int64_t>(axis, -1));
    order.push_back(counts_first ? std::max<int64_t>(axis, -1) : -1);
    wide.push_back(counts_first ? counts[i] : shape[i]);
    wide.push_back(counts_first ? shape[i] : counts[i]);
    joined.push_back(shape[i] * counts[i]);
  }
  const VariableId apart = builder.call("dimshuffle", {x}, {{"order", order}});
  const VariableId filled = builder.alloc(apart, wide);
  return std::vector<VariableId>{builder.call("reshape", {filled}, {{"shape", joined}})};
}

Outputs expand_tile(Builder& builder, const std::vector<VariableId>& inputs,
                    const Attributes& attributes) {
  const Shape counts = *find_attr<Shape>(attributes, "reps");
  return spread(builder, inputs[0], padded(builder.graph().type(inputs[0]).shape, counts.size()),
                counts, true);
}

bool infer_repeat(InferContext& context) {
  const DimExpr& repeats = *find_attr<DimExpr>(context.attributes, "repeats");
  if (!require_dim(context, repeats, "repeats")) return false;
  Shape shape = context.type(0).shape;
  if (context.attributes.count("axis") == 0) {
    context.output(context.type(0).dtype, {repeats * element_count(shape)});
    return true;
  }
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", axes->at(0));
  DimExpr& dim = shape[static_cast<size_t>(axes->at(0))];
  dim = dim * repeats;
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

Outputs expand_repeat(Builder& builder, const std::vector<VariableId>& inputs,
                      const Attributes& attributes) {
  VariableId x = inputs[0];
  Shape shape = builder.graph().type(x).shape;
  const auto* axis = find_attr<int64_t>(attributes, "axis");
  if (axis == nullptr && shape.size() != 1) {
    shape = {element_count(shape)};
    x = builder.call("reshape", {x}, {{"shape", shape}});
  }
  Shape counts(shape.size(), DimExpr(1));
  counts[axis == nullptr ? 0 : static_cast<size_t>(*axis)] =
      *find_attr<DimExpr>(attributes, "repeats");
  return spread(builder, x, shape, counts, false);
}

}  // namespace

std::vector<OpDef> tile_ops() {
  OpDef tile;
  tile.name = "tile";
  tile.theano = "Alloc, Reshape";
  tile.doc = "x side by side, reps[i] times along axis i.";
  tile.min_inputs = tile.max_inputs = 1;
  tile.attributes = {{"reps", AttrKind::dims, true, "copies along each axis, the last axes last"}};
  tile.infer = infer_tile;
  tile.expand = expand_tile;
  tile.examples = {{R"({"op": "tile", "inputs": ["x"], "reps": [2, 1, 3]})",
                    R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                   {R"({"op": "tile", "inputs": ["x"], "reps": [2]})",
                    R"({"x": {"dtype": "float64", "shape": [2, 3]}})"}};
  OpDef repeat;
  repeat.name = "repeat";
  repeat.theano = "RepeatOp";
  repeat.doc = "Each element of x, or each slice along an axis, so many times in a row.";
  repeat.min_inputs = repeat.max_inputs = 1;
  repeat.attributes = {{"repeats", AttrKind::dim, true, "how often"},
                       {"axis", AttrKind::integer, false, "default: x is flattened"}};
  repeat.infer = infer_repeat;
  repeat.expand = expand_repeat;
  repeat.examples = {{R"({"op": "repeat", "inputs": ["x"], "repeats": 3, "axis": 0})",
                      R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                     {R"({"op": "repeat", "inputs": ["x"], "repeats": 2})",
                      R"({"x": {"dtype": "float64", "shape": [2, 2]}})"}};
  return {std::move(tile), std::move(repeat)};
}

}  // namespace tgc
