// SPDX-License-Identifier: Apache-2.0
// Functions of indices: positions to coordinates and back, choices, one-hot rows, counts,
// permutations. Where Theano raises an error for an index, the call fails.
#include <algorithm>
#include <numeric>

#include "ops/composition.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

constexpr DType kIndex = DType::int64;

Node checked(const Given& given, const Node& index, const DimExpr& length, bool wraps = false) {
  return index.call("checked_index", {given.size(length)}, {{"wraps", wraps}});
}

// The index as the mode wants it: an error, modulo, or the nearest that is valid.
Node fitted(const Given& given, const Node& index, const DimExpr& length, const std::string& mode) {
  if (mode == "raise") return checked(given, index, length);
  const Node wide = index.cast(kIndex);
  if (mode == "wrap") return wide.call("mod", {given.size(DimExpr::max(length, 1))});
  return wide.call("clip", {wide.number(0), given.size(length - 1)});
}

bool check_integers(InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_integer(context, i)) return false;
  }
  return inputs_broadcast(context);
}

// The attribute dims, as many as `count` if that is given.
bool check_dims(InferContext& context, std::optional<size_t> count) {
  context.attributes.try_emplace("order", std::string("C"));
  const Shape& dims = *find_attr<Shape>(context.attributes, "dims");
  for (const DimExpr& dim : dims) {
    if (!require_dim(context, dim, "dims")) return false;
  }
  if (dims.empty() || (count && *count != dims.size())) {
    return context.fail("bad-attribute",
                        "dims has " + std::to_string(dims.size()) + " entries for " +
                            std::to_string(count.value_or(1)) + " indices",
                        "dims");
  }
  return true;
}

// Strides of each dim in the order "C", row-major, or "F".
Shape strides_of(const Given& given) {
  const Shape& dims = given.get<Shape>("dims");
  if (given.get<std::string>("order") == "C") return contiguous_strides(dims);
  Shape strides(dims.size(), DimExpr(1));
  for (size_t i = 1; i < dims.size(); ++i) strides[i] = strides[i - 1] * dims[i - 1];
  return strides;
}

bool check_ravel(InferContext& context) {
  context.attributes.try_emplace("mode", std::string("raise"));
  return check_dims(context, context.inputs.size()) && check_integers(context);
}

Node ravel_multi_index(const Given& given) {
  const Shape strides = strides_of(given);
  std::vector<Node> terms;
  for (size_t i = 0; i < given.x.size(); ++i) {
    const Node index =
        fitted(given, given.x[i], given.get<Shape>("dims")[i], given.get<std::string>("mode"));
    terms.push_back(strides[i].is(1) ? index : index * given.size(strides[i]));
  }
  return terms[0].call("add", {terms.begin() + 1, terms.end()});
}

bool check_unravel(InferContext& context) {
  return check_dims(context, std::nullopt) && require_integer(context, 0);
}

std::vector<Node> unravel_index(const Given& given) {
  const Shape& dims = given.get<Shape>("dims");
  const Node index = checked(given, given.x[0], element_count(dims));
  const Shape strides = strides_of(given);
  std::vector<Node> results;
  for (size_t i = 0; i < dims.size(); ++i) {
    const DimExpr stride = DimExpr::max(strides[i], 1);
    const Node part = stride.is(1) ? index : index.call("int_div", {given.size(stride)});
    results.push_back(part.call("mod", {given.size(DimExpr::max(dims[i], 1))}));
  }
  return results;
}

bool check_choose(InferContext& context) {
  context.attributes.try_emplace("mode", std::string("raise"));
  return require_integer(context, 0) && inputs_broadcast(context);
}

Node choose(const Given& given) {
  const auto count = static_cast<int64_t>(given.x.size()) - 1;
  const Node index = fitted(given, given.x[0], count, given.get<std::string>("mode"));
  Node result = given.x.back();
  for (size_t i = given.x.size() - 2; i >= 1; --i) {
    result = where(eq(index, index.number(static_cast<double>(i - 1))), given.x[i], result);
  }
  // one choice alone is taken where the index is valid, and has the index's shape
  return count > 1 ? result : where(eq(index, index.number(0)), result, result);
}

bool check_one_hot(InferContext& context) {
  context.attributes.try_emplace("dtype", context.float_x);
  return require_rank(context, 0, 1) && require_integer(context, 0) &&
         require_dim(context, *find_attr<DimExpr>(context.attributes, "nb_class"), "nb_class");
}

Node to_one_hot(const Given& given) {
  const DimExpr& count = given.dim("nb_class");
  const Node index = dimshuffled(checked(given, given.x[0], count, true), {0, -1});
  const Node columns = dimshuffled(given.range(count), {-1, 0});
  return eq(columns, index).cast(given.get<DType>("dtype"));
}

bool check_bincount(InferContext& context) {
  if (!require_rank(context, 0, 1) || !require_integer(context, 0)) return false;
  if (!require_dim(context, *find_attr<DimExpr>(context.attributes, "minlength"), "minlength")) {
    return false;
  }
  if (context.inputs.size() < 2) return true;
  if (!require_rank(context, 1, 1)) return false;
  const DimExpr& length = context.type(0).shape[0];
  const DimExpr& weights = context.type(1).shape[0];
  return context.require_equal(length, weights,
                               "lengths differ: " + length.text() + " (" + context.name(0) +
                                   ") and " + weights.text() + " (" + context.name(1) + ")",
                               "inputs/1");
}

Node bincount(const Given& given) {
  const DimExpr& count = given.dim("minlength");
  const DType dtype = given.x.back().type().dtype;
  const Node one = given.number(dtype, 1);
  const Node added = given.x.size() > 1 ? given.x[1] : allocated(one, {given.x[0].type().shape[0]});
  const Node zeros = allocated(given.number(dtype, 0), {count});
  return zeros.call("advanced_inc_subtensor1", {added, checked(given, given.x[0], count)});
}

bool check_along(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  if (!require_integer(context, 1)) return false;
  if (!context.attributes.contains("axis")) return require_rank(context, 1, 1);
  if (!require_rank(context, 1, rank) || !normalize_axis(context, "axis", rank)) return false;
  const int64_t axis = *find_attr<int64_t>(context.attributes, "axis");
  for (int64_t i = 0; i < rank; ++i) {
    const DimExpr& own = context.type(0).shape[static_cast<size_t>(i)];
    const DimExpr& other = context.type(1).shape[static_cast<size_t>(i)];
    if (i == axis || own.is(1) || other.is(1)) continue;
    const std::string message = "dimension mismatch on axis " + std::to_string(i) + ": " +
                                own.text() + " (" + context.name(0) + ") and " + other.text() +
                                " (" + context.name(1) + ")";
    if (!context.require_equal(own, other, message, "inputs/1")) return false;
  }
  return true;
}

// One index tensor for each axis: that of `axis` given, the others counting along theirs.
std::vector<Node> indices_along(const Given& given, const Shape& shape, int64_t axis,
                                const Node& indices) {
  std::vector<Node> all;
  const auto rank = static_cast<int64_t>(shape.size());
  for (int64_t i = 0; i < rank; ++i) {
    std::vector<int64_t> order(shape.size(), -1);
    order[static_cast<size_t>(i)] = 0;
    all.push_back(i == axis ? indices
                            : dimshuffled(given.range(shape[static_cast<size_t>(i)]), order));
  }
  return all;
}

std::vector<IndexEntry> entries_from(int first, size_t count) {
  std::vector<IndexEntry> index(count);
  for (size_t i = 0; i < count; ++i) {
    index[i].kind = IndexEntry::Kind::input;
    index[i].input = first + static_cast<int>(i);
  }
  return index;
}

Node along(const Given& given, const Node& x, const Node& indices, int64_t axis) {
  const Shape shape = x.type().shape;
  return x.call("advanced_subtensor", indices_along(given, shape, axis, indices),
                {{"index", entries_from(1, shape.size())}});
}

Node take_along_axis(const Given& given) {
  if (given.has("axis")) return along(given, given.x[0], given.x[1], given.integer("axis"));
  return along(given, flattened(given.x[0]), given.x[1], 0);
}

bool check_permute(InferContext& context) {
  context.attributes.try_emplace("inverse", false);
  return require_integer(context, 1) && require_rank_at_least(context, 0, 1) &&
         require_rank_at_least(context, 1, 1) && inputs_broadcast(context);
}

// x[…, y[…, j]], or for the inverse the result in which y[…, j] gets x[…, j].
Node permuted(const Given& given, const Node& x, const Node& y, bool is_inverse) {
  const Shape shape = common_shape({x, y});
  const auto axis = static_cast<int64_t>(shape.size()) - 1;
  const Node rows = allocated(x, shape);
  const Node order = allocated(y, shape);
  if (!is_inverse) return along(given, rows, order, axis);
  std::vector<Node> inputs = indices_along(given, shape, axis, order);
  inputs.insert(inputs.begin(), rows);
  return allocated(x.number(0), shape)
      .call("advanced_set_subtensor", inputs, {{"index", entries_from(2, shape.size())}});
}

Node permute_row_elements(const Given& given) {
  return permuted(given, given.x[0], given.x[1], given.get<bool>("inverse"));
}

bool check_permutation(InferContext& context) {
  return require_integer(context, 0) && require_rank_at_least(context, 0, 1);
}

Node inverse_permutation(const Given& given) {
  const Node order = given.x[0];
  const Node places = given.range(order.type().shape.back()).cast(order.type().dtype);
  return permuted(given, places, order, true);
}

bool check_compress(InferContext& context) {
  const auto& condition = *find_attr<std::vector<int64_t>>(context.attributes, "condition");
  const bool has_axis = context.attributes.contains("axis");
  if (has_axis && !normalize_axis(context, "axis", context.type(0).rank())) return false;
  DimExpr length = element_count(context.type(0).shape);
  if (has_axis) {
    const int64_t axis = *find_attr<int64_t>(context.attributes, "axis");
    length = context.type(0).shape[static_cast<size_t>(axis)];
  }
  const auto count = static_cast<int64_t>(condition.size());
  return context.require_equal(DimExpr::max(length, count), length,
                               "the condition has " + std::to_string(count) +
                                   " entries for an axis of length " + length.text(),
                               "condition");
}

Node compress(const Given& given) {
  const auto& condition = given.get<std::vector<int64_t>>("condition");
  std::vector<int64_t> kept;
  for (size_t i = 0; i < condition.size(); ++i) {
    if (condition[i] != 0) kept.push_back(static_cast<int64_t>(i));
  }
  const bool has_axis = given.has("axis");
  const Node x = has_axis ? given.x[0] : flattened(given.x[0]);
  return taken(x, integers(given.builder, {static_cast<int64_t>(kept.size())}, kept),
               has_axis ? given.integer("axis") : 0);
}

const AttrDef kMode = {"mode",
                       AttrKind::text,
                       false,
                       "what an index out of bounds does (raise)",
                       {"raise", "wrap", "clip"}};
const AttrDef kOrder = {
    "order", AttrKind::text, false, "C: the last index runs fastest (C)", {"C", "F"}};

std::vector<OpDef> position_ops() {
  constexpr std::string_view kPair =
      R"({"i": {"dtype": "int64", "shape": [4], "value": [0, 1, 2, 2]},
          "j": {"dtype": "int32", "shape": [4], "value": [3, 0, 2, 1]}})";
  constexpr std::string_view kWild =
      R"({"i": {"dtype": "int64", "shape": [3], "value": [-1, 7, 1]},
          "j": {"dtype": "int8", "shape": [], "value": 5}})";
  constexpr std::string_view kFlat =
      R"({"i": {"dtype": "int32", "shape": [2, 2], "value": [[0, 11], [7, 4]]}})";
  return {
      composed<ravel_multi_index, check_ravel>(
          {.name = "ravel_multi_index",
           .theano = "RavelMultiIndex",
           .doc = "Positions in a flattened tensor from one index for each of its dims.",
           .min_inputs = 1,
           .max_inputs = -1,
           .attributes = {{"dims", AttrKind::dims, true, "the dims of the tensor"}, kMode, kOrder},
           .examples = {{R"({"op": "ravel_multi_index", "inputs": ["i", "j"], "dims": [3, 4]})",
                         kPair},
                        {R"({"op": "ravel_multi_index", "inputs": ["i", "j"], "dims": [3, 4],
                             "mode": "wrap", "order": "F"})",
                         kWild},
                        {R"({"op": "ravel_multi_index", "inputs": ["i", "j"], "dims": [3, 4],
                             "mode": "clip"})",
                         kWild}}}),
      composed<unravel_index, check_unravel>(
          {.name = "unravel_index",
           .theano = "UnravelIndex",
           .doc =
               "One index for each dim of a tensor from positions in it when it is flattened: as "
               "many outputs as dims. A position outside of it fails the call.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"dims", AttrKind::dims, true, "the dims of the tensor"}, kOrder},
           .examples = {{R"({"op": "unravel_index", "inputs": ["i"], "dims": [3, 4],
                             "outputs": ["row", "column"]})",
                         kFlat},
                        {R"({"op": "unravel_index", "inputs": ["i"], "dims": [2, 3, 2],
                             "order": "F", "outputs": ["a", "b", "c"]})",
                         kFlat}}}),
      composed<choose, check_choose>(
          {.name = "choose",
           .theano = "Choose",
           .doc =
               "The first input says of which of the others each element is taken, counting from "
               "0; all broadcast.",
           .min_inputs = 2,
           .max_inputs = -1,
           .attributes = {kMode},
           .examples = {{R"({"op": "choose", "inputs": ["i", "x", "y"]})",
                         R"({"i": {"dtype": "int32", "shape": [3], "value": [1, 0, 1]},
                             "x": {"dtype": "float32", "shape": [3]},
                             "y": {"dtype": "float32", "shape": [2, 3]}})"},
                        {R"({"op": "choose", "inputs": ["i", "x", "y", "x"], "mode": "wrap"})",
                         R"({"i": {"dtype": "int64", "shape": [3], "value": [-1, 4, 1]},
                             "x": {"dtype": "float64", "shape": [3]},
                             "y": {"dtype": "float32", "shape": []}})"}}}),
      composed<to_one_hot, check_one_hot>(
          {.name = "to_one_hot",
           .theano = "AdvancedIncSubtensor",
           .doc = "Rows with a one at the position that the vector says, zeros elsewhere.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"nb_class", AttrKind::dim, true, "columns"},
                          {"dtype", AttrKind::dtype, false, "default: floatX"}},
           .examples = {{R"({"op": "to_one_hot", "inputs": ["y"], "nb_class": 4})",
                         R"({"y": {"dtype": "int32", "shape": [3], "value": [3, 0, -2]}})"}}}),
      composed<bincount, check_bincount>(
          {.name = "bincount",
           .theano = "AdvancedIncSubtensor1",
           .doc = "How often each number from 0 to minlength - 1 occurs, or the sum of the weights "
                  "where it does; another number fails the call.",
           .min_inputs = 1,
           .max_inputs = 2,
           .attributes = {{"minlength", AttrKind::dim, true, "the length of the result"}},
           .examples = {{R"({"op": "bincount", "inputs": ["x"], "minlength": 5})",
                         R"({"x": {"dtype": "int64", "shape": [5], "value": [3, 0, 3, 1, 3]}})"},
                        {R"({"op": "bincount", "inputs": ["x", "w"], "minlength": 4})",
                         R"({"x": {"dtype": "uint8", "shape": [3], "value": [3, 0, 3]},
                             "w": {"dtype": "float32", "shape": [3]}})"}}}),
  };
}

std::vector<OpDef> rearranging_ops() {
  constexpr std::string_view kRows =
      R"({"x": {"dtype": "float32", "shape": [2, 3]},
          "y": {"dtype": "int64", "shape": [2, 3], "value": [[2, 0, 1], [1, 0, 2]]}})";
  return {
      composed<take_along_axis, check_along>(
          {.name = "take_along_axis",
           .theano = "AdvancedSubtensor",
           .doc = "x[i, indices[i, j]] and the like: along one axis the elements that a tensor of "
                  "the same rank names; without axis of the flattened x.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {{"axis", AttrKind::integer, false, "the axis"}},
           .examples = {{R"({"op": "take_along_axis", "inputs": ["x", "y"], "axis": 1})", kRows},
                        {R"({"op": "take_along_axis", "inputs": ["x", "y"], "axis": 0})",
                         R"({"x": {"dtype": "float64", "shape": [3, 2]},
                             "y": {"dtype": "int32", "shape": [1, 2], "value": [[2, -1]]}})"},
                        {R"({"op": "take_along_axis", "inputs": ["x", "y"]})",
                         R"({"x": {"dtype": "float64", "shape": [3, 2]},
                             "y": {"dtype": "int32", "shape": [2], "value": [5, 0]}})"}}}),
      composed<permute_row_elements, check_permute>(
          {.name = "permute_row_elements",
           .theano = "PermuteRowElements",
           .doc =
               "The rows of x in the orders that the rows of y name, or, inverse, the rows whose "
               "permutation x is. x and y broadcast.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {{"inverse", AttrKind::boolean, false, "undo the permutation (false)"}},
           .examples = {{R"({"op": "permute_row_elements", "inputs": ["x", "y"]})", kRows},
                        {R"({"op": "permute_row_elements", "inputs": ["x", "y"],
                             "inverse": true})",
                         kRows},
                        {R"({"op": "permute_row_elements", "inputs": ["x", "y"],
                             "inverse": true})",
                         R"({"x": {"dtype": "float64", "shape": [2, 3]},
                             "y": {"dtype": "int32", "shape": [3], "value": [1, 2, 0]}})"}}}),
      composed<inverse_permutation, check_permutation>(
          {.name = "inverse_permutation",
           .theano = "PermuteRowElements",
           .doc = "The permutations that undo those of the rows.",
           .min_inputs = 1,
           .max_inputs = 1,
           .examples = {{R"({"op": "inverse_permutation", "inputs": ["p"]})",
                         R"({"p": {"dtype": "int64", "shape": [4], "value": [2, 0, 3, 1]}})"}}}),
      composed<compress, check_compress>(
          {.name = "compress",
           .theano = "AdvancedSubtensor1",
           .doc =
               "The slices of x along an axis for which the condition is not 0; without axis its "
               "elements in row-major order.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"condition", AttrKind::integers, true, "a 0 or 1 for each slice"},
                          {"axis", AttrKind::integer, false, "default: x is flattened"}},
           .examples = {{R"({"op": "compress", "inputs": ["x"], "condition": [0, 1, 1],
                             "axis": 0})",
                         R"({"x": {"dtype": "float32", "shape": [3, 2]}})"},
                        {R"({"op": "compress", "inputs": ["x"], "condition": [1, 0, 0, 1]})",
                         R"({"x": {"dtype": "float32", "shape": [3, 2]}})"}}}),
  };
}

}  // namespace

std::vector<OpDef> composed_indices_ops() {
  std::vector<OpDef> ops = position_ops();
  for (OpDef& op : rearranging_ops()) ops.push_back(std::move(op));
  return ops;
}

}  // namespace tgc
