// SPDX-License-Identifier: Apache-2.0
// Functions that move, add, join and repeat axes: formulas of dimshuffle, reshape, alloc, join and
// slices.
#include <algorithm>
#include <numeric>

#include "ops/composition.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Integers = std::vector<int64_t>;

Integers all_axes(int64_t rank) {
  Integers axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

bool contains(const Integers& list, int64_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// The attribute's axes from 0 to rank - 1, in the order given, each once.
bool ordered_axes(InferContext& context, std::string_view attribute, int64_t rank) {
  auto list = *find_attr<Integers>(context.attributes, attribute);
  if (!context.axes(rank, attribute)) return false;
  for (int64_t& axis : list) axis += axis < 0 ? rank : 0;
  context.attributes.insert_or_assign(std::string(attribute), list);
  return true;
}

bool check_moveaxis(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  if (!ordered_axes(context, "source", rank) || !ordered_axes(context, "destination", rank)) {
    return false;
  }
  const size_t from = find_attr<Integers>(context.attributes, "source")->size();
  const size_t to = find_attr<Integers>(context.attributes, "destination")->size();
  if (from == to) return true;
  return context.fail(
      "bad-attribute",
      "source names " + std::to_string(from) + " axes, destination " + std::to_string(to),
      "destination");
}

Node moveaxis(const Given& given) {
  const Node x = given.x[0];
  const auto& source = given.get<Integers>("source");
  const auto& destination = given.get<Integers>("destination");
  Integers rest;
  for (const int64_t axis : all_axes(x.type().rank())) {
    if (!contains(source, axis)) rest.push_back(axis);
  }
  Integers order(static_cast<size_t>(x.type().rank()), -1);
  for (size_t i = 0; i < source.size(); ++i) {
    order[static_cast<size_t>(destination[i])] = source[i];
  }
  auto next = rest.begin();
  for (int64_t& axis : order) {
    if (axis < 0) axis = *next++;
  }
  return dimshuffled(x, order);
}

bool check_expand_dims(InferContext& context) {
  const auto count = find_attr<Integers>(context.attributes, "axis")->size();
  const auto axes = context.axes(context.type(0).rank() + static_cast<int64_t>(count));
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", *axes);
  return true;
}

Node expand_dims(const Given& given) {
  Integers order = all_axes(given.x[0].type().rank());
  for (const int64_t axis : given.get<Integers>("axis")) order.insert(order.begin() + axis, -1);
  return dimshuffled(given.x[0], order);
}

bool check_padaxis(InferContext& context) {
  return normalize_axis(context, "axis", context.type(0).rank() + 1);
}

Node shape_padaxis(const Given& given) {
  return with_new_axis(given.x[0], given.integer("axis"));
}

bool check_ones(InferContext& context) {
  context.attributes.try_emplace("n_ones", int64_t{1});
  const int64_t count = *find_attr<int64_t>(context.attributes, "n_ones");
  if (count >= 0 && count <= 32) return true;
  return context.fail("bad-attribute", "n_ones must be from 0 to 32", "n_ones");
}

template <bool is_left>
Node shape_pad(const Given& given) {
  Integers order = all_axes(given.x[0].type().rank());
  order.insert(is_left ? order.begin() : order.end(), static_cast<size_t>(given.integer("n_ones")),
               -1);
  return dimshuffled(given.x[0], order);
}

bool check_atleast_nd(InferContext& context) {
  context.attributes.try_emplace("left", true);
  const int64_t n = *find_attr<int64_t>(context.attributes, "n");
  if (n >= 0 && n <= 32) return true;
  return context.fail("bad-attribute", "n must be from 0 to 32", "n");
}

Node at_least(const Node& x, int64_t n, bool left) {
  Integers order = all_axes(x.type().rank());
  const auto missing = static_cast<size_t>(std::max<int64_t>(n - x.type().rank(), 0));
  order.insert(left ? order.begin() : order.end(), missing, -1);
  return missing == 0 ? x : dimshuffled(x, order);
}

Node atleast_nd(const Given& given) {
  return at_least(given.x[0], given.integer("n"), given.get<bool>("left"));
}

template <int n>
Node atleast(const Given& given) {
  return at_least(given.x[0], n, true);
}

bool matrices(InferContext& context) {
  return require_rank_at_least(context, 0, 2);
}

Node matrix_transpose(const Given& given) {
  const int64_t rank = given.x[0].type().rank();
  return given.x[0].call("swapaxes", {}, {{"axis1", rank - 2}, {"axis2", rank - 1}});
}

std::vector<Node> broadcast_arrays(const Given& given) {
  const Shape shape = common_shape(given.x);
  std::vector<Node> results;
  for (const Node& x : given.x) results.push_back(allocated(x, shape));
  return results;
}

// -1 leaves a dim as it is.
bool check_specified(InferContext& context) {
  Shape shape = *find_attr<Shape>(context.attributes, "shape");
  const Shape own = context.type(0).shape;
  if (shape.size() != own.size()) {
    return context.fail("bad-rank",
                        "the shape has " + std::to_string(shape.size()) + " dims, " +
                            context.name(0) + " has " + std::to_string(own.size()),
                        "shape");
  }
  for (size_t axis = 0; axis < own.size(); ++axis) {
    if (shape[axis].is(-1)) shape[axis] = own[axis];
    const std::string message = "axis " + std::to_string(axis) + " of " + context.name(0) +
                                " has length " + own[axis].text() + ", not " + shape[axis].text();
    if (!context.require_equal(shape[axis], own[axis], message, "shape")) return false;
    if (own[axis].is_constant()) shape[axis] = own[axis];
  }
  context.attributes.insert_or_assign("shape", shape);
  return true;
}

Node specify_shape(const Given& given) {
  return reshaped(given.x[0], given.get<Shape>("shape"));
}

// The axes get the length 1, which only the call can tell where it is no number yet.
bool check_broadcastable(InferContext& context) {
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", *axes);
  for (const int64_t axis : *axes) {
    const DimExpr& dim = context.type(0).shape[static_cast<size_t>(axis)];
    const std::string message = "axis " + std::to_string(axis) + " of " + context.name(0) +
                                " has length " + dim.text() + ", not 1";
    if (!context.require_equal(dim, 1, message, "axis")) return false;
  }
  return true;
}

Node addbroadcast(const Given& given) {
  Shape shape = given.x[0].type().shape;
  for (const int64_t axis : given.get<Integers>("axis")) shape[static_cast<size_t>(axis)] = 1;
  return reshaped(given.x[0], shape);
}

bool check_join_dims(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  context.attributes.try_emplace("start_axis", int64_t{0});
  const int64_t start = *find_attr<int64_t>(context.attributes, "start_axis");
  const int64_t first = start < 0 ? start + rank : start;
  context.attributes.try_emplace("n_axes", rank - first);
  const int64_t count = *find_attr<int64_t>(context.attributes, "n_axes");
  if (first < 0 || first > rank || count < 0 || count > rank - first) {
    return context.fail("bad-attribute",
                        "axes " + std::to_string(start) + " and the " + std::to_string(count) +
                            " from it on are not all among the " + std::to_string(rank) + " of " +
                            context.name(0),
                        "start_axis");
  }
  context.attributes.insert_or_assign("start_axis", first);
  return true;
}

Node join_dims(const Given& given) {
  Shape shape = given.x[0].type().shape;
  const auto first = shape.begin() + given.integer("start_axis");
  const auto last = first + given.integer("n_axes");
  const DimExpr whole = element_count(Shape(first, last));
  shape.insert(shape.erase(first, last), whole);
  return reshaped(given.x[0], shape);
}

bool check_split_dims(InferContext& context) {
  if (!normalize_axis(context, "axis", context.type(0).rank(), 0)) return false;
  const auto& shape = *find_attr<Shape>(context.attributes, "shape");
  for (const DimExpr& dim : shape) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  const auto axis = static_cast<size_t>(*find_attr<int64_t>(context.attributes, "axis"));
  const DimExpr& dim = context.type(0).shape[axis];
  return context.require_equal(dim, element_count(shape),
                               "axis " + std::to_string(axis) + " of " + context.name(0) +
                                   " has length " + dim.text() + ", which " + shape_text(shape) +
                                   " does not split",
                               "shape");
}

Node split_dims(const Given& given) {
  Shape shape = given.x[0].type().shape;
  const Shape& parts = given.get<Shape>("shape");
  const auto at = shape.erase(shape.begin() + given.integer("axis"));
  shape.insert(at, parts.begin(), parts.end());
  return reshaped(given.x[0], shape);
}

bool check_flip(InferContext& context) {
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", *axes);
  return true;
}

Node flip(const Given& given) {
  Node x = given.x[0];
  for (const int64_t axis : given.get<Integers>("axis")) {
    x = sliced(x, axis, std::nullopt, std::nullopt, -1);
  }
  return x;
}

bool check_roll(InferContext& context) {
  if (!context.attributes.contains("axis")) return true;
  return normalize_axis(context, "axis", context.type(0).rank());
}

// The last `shift` elements, then the others.
Node roll(const Given& given) {
  const Shape shape = given.x[0].type().shape;
  const Node x = given.has("axis") ? given.x[0] : flattened(given.x[0]);
  const int64_t axis = given.has("axis") ? given.integer("axis") : 0;
  const DimExpr length = x.type().shape[static_cast<size_t>(axis)];
  const DimExpr shift = DimExpr::mod(given.dim("shift"), DimExpr::max(length, 1));
  if (shift.is(0)) return given.x[0];
  const DimExpr cut = length - shift;
  const Node behind = sliced(x, axis, cut, std::nullopt);
  const Node whole = joined({behind, sliced(x, axis, std::nullopt, cut)}, axis);
  return reshaped(whole, shape);
}

template <int axis>
bool check_stack(InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_rank(context, i, 2)) return false;
    const DimExpr& first = context.type(0).shape[1 - axis];
    const DimExpr& other = context.type(i).shape[1 - axis];
    const std::string message = "lengths of axis " + std::to_string(1 - axis) +
                                " differ: " + first.text() + " (" + context.name(0) + ") and " +
                                other.text() + " (" + context.name(i) + ")";
    if (!context.require_equal(first, other, message, "inputs/" + std::to_string(i))) return false;
  }
  return true;
}

template <int axis>
Node stack_matrices(const Given& given) {
  return joined(given.x, axis);
}

constexpr std::string_view kCube = R"({"x": {"dtype": "float32", "shape": [2, 3, 4]}})";
constexpr std::string_view kMatrix = R"({"x": {"dtype": "float32", "shape": [3, 4]}})";
constexpr std::string_view kVector = R"({"x": {"dtype": "float32", "shape": [3]}})";
constexpr std::string_view kPair = R"({"x": {"dtype": "float32", "shape": [3, 4]},
                                      "y": {"dtype": "float64", "shape": [3, 4]}})";

OpDef of_one(OpDef op) {
  op.min_inputs = op.max_inputs = 1;
  return op;
}

std::vector<OpDef> axis_ops() {
  return {
      composed<moveaxis, check_moveaxis>(of_one(
          {.name = "moveaxis",
           .theano = "DimShuffle",
           .doc = "x with some axes at other places, the rest in order.",
           .attributes = {{"source", AttrKind::integers, true, "the axes"},
                          {"destination", AttrKind::integers, true, "their places"}},
           .examples = {{R"({"op": "moveaxis", "inputs": ["x"], "source": 0, "destination": -1})",
                         kCube},
                        {R"({"op": "moveaxis", "inputs": ["x"], "source": [0, 1],
                             "destination": [2, 0]})",
                         kCube}}})),
      composed<expand_dims, check_expand_dims>(of_one(
          {.name = "expand_dims",
           .theano = "DimShuffle",
           .doc = "x with axes of length 1 where the result is to have them.",
           .attributes = {{"axis", AttrKind::integers, true, "the new axes, of the result"}},
           .examples = {{R"({"op": "expand_dims", "inputs": ["x"], "axis": [0, -1]})", kMatrix}}})),
      composed<shape_padaxis, check_padaxis>(of_one(
          {.name = "shape_padaxis",
           .theano = "DimShuffle",
           .doc = "x with one more axis, of length 1.",
           .attributes = {{"axis", AttrKind::integer, true, "the new axis, of the result"}},
           .examples = {{R"({"op": "shape_padaxis", "inputs": ["x"], "axis": 1})", kMatrix}}})),
      composed<shape_pad<true>, check_ones>(of_one(
          {.name = "shape_padleft",
           .theano = "DimShuffle",
           .doc = "x with axes of length 1 in front.",
           .attributes = {{"n_ones", AttrKind::integer, false, "how many (1)"}},
           .examples = {{R"({"op": "shape_padleft", "inputs": ["x"], "n_ones": 2})", kMatrix}}})),
      composed<shape_pad<false>, check_ones>(
          of_one({.name = "shape_padright",
                  .theano = "DimShuffle",
                  .doc = "x with axes of length 1 behind.",
                  .attributes = {{"n_ones", AttrKind::integer, false, "how many (1)"}},
                  .examples = {{R"({"op": "shape_padright", "inputs": ["x"]})", kMatrix}}})),
      composed<atleast_nd, check_atleast_nd>(of_one(
          {.name = "atleast_Nd",
           .theano = "DimShuffle",
           .doc = "x with at least n axes; new ones have length 1.",
           .attributes = {{"n", AttrKind::integer, true, "axes of the result"},
                          {"left", AttrKind::boolean, false, "new axes come in front (true)"}},
           .examples = {{R"({"op": "atleast_Nd", "inputs": ["x"], "n": 4, "left": false})",
                         kMatrix}}})),
      composed<atleast<1>, any_input>(
          of_one({.name = "atleast_1d",
                  .theano = "DimShuffle",
                  .doc = "x, a scalar as a vector.",
                  .examples = {{R"({"op": "atleast_1d", "inputs": ["x"]})",
                                R"({"x": {"dtype": "float32", "shape": []}})"}}})),
      composed<atleast<2>, any_input>(
          of_one({.name = "atleast_2d",
                  .theano = "DimShuffle",
                  .doc = "x, a vector as a row.",
                  .examples = {{R"({"op": "atleast_2d", "inputs": ["x"]})", kVector}}})),
      composed<atleast<3>, any_input>(
          of_one({.name = "atleast_3d",
                  .theano = "DimShuffle",
                  .doc = "x with axes of length 1 in front until there are three.",
                  .examples = {{R"({"op": "atleast_3d", "inputs": ["x"]})", kVector}}})),
      composed<matrix_transpose, matrices>(
          of_one({.name = "matrix_transpose",
                  .theano = "DimShuffle",
                  .doc = "x with its last two axes in each other's place.",
                  .examples = {{R"({"op": "matrix_transpose", "inputs": ["x"]})", kCube}}})),
  };
}

std::vector<OpDef> shape_ops_of_known_length() {
  return {
      composed<broadcast_arrays, inputs_broadcast>(
          {.name = "broadcast_arrays",
           .theano = "Alloc",
           .doc = "All inputs broadcast to one shape: as many outputs.",
           .min_inputs = 1,
           .max_inputs = -1,
           .examples = {{R"({"op": "broadcast_arrays", "inputs": ["x", "y"],
                             "outputs": ["a", "b"]})",
                         R"({"x": {"dtype": "float32", "shape": [3, 1]},
                             "y": {"dtype": "int32", "shape": [4]}})"}}}),
      composed<specify_shape, check_specified>(of_one(
          {.name = "specify_shape",
           .theano = "SpecifyShape",
           .doc = "x with dims that are told; a call with others fails.",
           .attributes = {{"shape", AttrKind::dims, true, "the dims; -1 where nothing is told"}},
           .examples = {{R"({"op": "specify_shape", "inputs": ["x"], "shape": [3, -1]})",
                         kMatrix}}})),
      composed<addbroadcast, check_broadcastable>(of_one(
          {.name = "addbroadcast",
           .theano = "Rebroadcast",
           .doc = "x with axes that are told to have length 1, so that they broadcast; a call with "
                  "other lengths fails.",
           .attributes = {{"axis", AttrKind::integers, true, "the axes"}},
           .aliases = {"specify_broadcastable"},
           .examples = {{R"({"op": "addbroadcast", "inputs": ["x"], "axis": 1})",
                         R"({"x": {"dtype": "float32", "shape": [3, 1]}})"}}})),
      composed<join_dims, check_join_dims>(of_one(
          {.name = "join_dims",
           .theano = "JoinDims",
           .doc = "x with neighbouring axes joined into one.",
           .attributes = {{"start_axis", AttrKind::integer, false, "the first of them (0)"},
                          {"n_axes", AttrKind::integer, false, "how many; default: all behind"}},
           .examples = {{R"({"op": "join_dims", "inputs": ["x"], "start_axis": 1})", kCube},
                        {R"({"op": "join_dims", "inputs": ["x"], "n_axes": 0})", kMatrix}}})),
      composed<split_dims, check_split_dims>(of_one(
          {.name = "split_dims",
           .theano = "SplitDims",
           .doc = "x with one axis split into several.",
           .attributes = {{"shape", AttrKind::dims, true, "the dims that the axis becomes"},
                          {"axis", AttrKind::integer, false, "the axis (0)"}},
           .examples = {{R"({"op": "split_dims", "inputs": ["x"], "shape": [2, 2], "axis": 1})",
                         kMatrix}}})),
      composed<flip, check_flip>(
          of_one({.name = "flip",
                  .theano = "Subtensor",
                  .doc = "x backwards along axes, all of them by default.",
                  .attributes = {{"axis", AttrKind::integers, false, "the axes"}},
                  .examples = {{R"({"op": "flip", "inputs": ["x"]})", kMatrix},
                               {R"({"op": "flip", "inputs": ["x"], "axis": -1})", kMatrix}}})),
      composed<roll, check_roll>(of_one(
          {.name = "roll",
           .theano = "Join, Subtensor",
           .doc =
               "x moved on along an axis, what leaves at the end coming in at the start; without "
               "axis through the elements in row-major order.",
           .attributes = {{"shift", AttrKind::dim, true, "how far; negative goes back"},
                          {"axis", AttrKind::integer, false, "default: x is flattened for it"}},
           .examples = {{R"({"op": "roll", "inputs": ["x"], "shift": 2, "axis": 1})", kMatrix},
                        {R"({"op": "roll", "inputs": ["x"], "shift": -5})", kMatrix}}})),
      composed<stack_matrices<0>, check_stack<0>>(
          {.name = "vertical_stack",
           .theano = "Join",
           .doc = "Matrices one below the other.",
           .min_inputs = 1,
           .max_inputs = -1,
           .examples = {{R"({"op": "vertical_stack", "inputs": ["x", "y"]})", kPair}}}),
      composed<stack_matrices<1>, check_stack<1>>(
          {.name = "horizontal_stack",
           .theano = "Join",
           .doc = "Matrices side by side.",
           .min_inputs = 1,
           .max_inputs = -1,
           .examples = {{R"({"op": "horizontal_stack", "inputs": ["x", "y"]})", kPair}}}),
  };
}

}  // namespace

std::vector<OpDef> composed_axes_ops() {
  std::vector<OpDef> ops = axis_ops();
  for (OpDef& op : shape_ops_of_known_length()) ops.push_back(std::move(op));
  return ops;
}

}  // namespace tgc
