// SPDX-License-Identifier: Apache-2.0
// sparse_block_gemv, sparse_block_outer, sparse_block_dot: products with chosen blocks of a matrix
// of matrices W [iBlocks, oBlocks, iSize, oSize], written with selections and batched products. And
// h_softmax, the two-level softmax of J. Goodman, "Classes for Fast Maximum Entropy Training"
// (2001), which computes one class of outputs for each row of its input that way.
#include <array>

#include "graph/node.h"
#include "ops/elementwise.h"
#include "ops/index_template.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

bool check_rank(InferContext& context, size_t input, int64_t rank, bool is_index) {
  const TensorType& type = context.type(input);
  const std::string part = "inputs/" + std::to_string(input);
  if (type.rank() != rank) {
    return context.fail("bad-rank",
                        context.name(input) + " must have " + std::to_string(rank) +
                            " dimensions, it has " + std::to_string(type.rank()),
                        part);
  }
  if (is_index ? is_integer(type.dtype) : is_float(type.dtype)) return true;
  return context.fail("bad-dtype",
                      context.name(input) + " must be " + (is_index ? "integers" : "floats") +
                          ", not " + std::string(dtype_name(type.dtype)),
                      part);
}

bool check_dim(InferContext& context, size_t input, size_t axis, size_t other, size_t other_axis) {
  const DimExpr& a = context.type(input).shape[axis];
  const DimExpr& b = context.type(other).shape[other_axis];
  return context.require_equal(a, b,
                               context.name(input) + " " + shape_text(context.type(input).shape) +
                                   " and " + context.name(other) + " " +
                                   shape_text(context.type(other).shape) + " do not fit together",
                               "inputs/" + std::to_string(input));
}

// x[i, j, …] with vectors of positions for the leading axes.
Node select(const Node& x, const std::vector<Node>& positions) {
  std::vector<IndexEntry> index;
  for (size_t i = 0; i < positions.size(); ++i) {
    IndexEntry entry;
    entry.kind = IndexEntry::Kind::input;
    entry.input = static_cast<int>(i) + 1;
    index.push_back(entry);
  }
  return x.call("advanced_subtensor", positions, {{"index", index}});
}

Node shuffled(const Node& x, std::vector<int64_t> order) {
  return x.call("dimshuffle", {}, {{"order", std::move(order)}});
}

Node reshaped(const Node& x, const Shape& shape) {
  return x.call("reshape", {}, {{"shape", shape}});
}

// (o, W, h, inputIdx, outputIdx)
bool infer_gemv(InferContext& context) {
  const int64_t ranks[] = {3, 4, 3, 2, 2};
  for (size_t i = 0; i < 5; ++i) {
    if (!check_rank(context, i, ranks[i], i >= 3)) return false;
  }
  for (const auto& [input, axis, other, other_axis] : {std::array<size_t, 4>{2, 0, 0, 0},
                                                       {3, 0, 2, 0},
                                                       {3, 1, 2, 1},
                                                       {4, 0, 0, 0},
                                                       {4, 1, 0, 1},
                                                       {2, 2, 1, 2},
                                                       {0, 2, 1, 3}}) {
    if (!check_dim(context, input, axis, other, other_axis)) return false;
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  return true;
}

// o[b, j] + Σ_i h[b, i] · W[inputIdx[b, i], outputIdx[b, j]]: one product for each (b, j).
Node gemv(const Node& o, const Node& w, const Node& h, const Node& input, const Node& output) {
  const Shape from = h.type().shape;
  const Shape to = o.type().shape;
  const Node blocks = select(w, {shuffled(input, {0, -1, 1}), shuffled(output, {0, 1, -1})});
  const DimExpr batch = to[0] * to[1];
  const DimExpr depth = from[1] * from[2];
  const Node left = Node(h.builder(), h.builder().alloc(shuffled(h, {0, -1, 1, 2}).id(),
                                                        {to[0], to[1], from[1], from[2]}));
  const Node product = reshaped(left, {batch, 1, depth})
                           .call("batched_dot", {reshaped(blocks, {batch, depth, to[2]})});
  return (o + reshaped(product, to)).cast(o.type().dtype);
}

Outputs expand_gemv(Builder& builder, const std::vector<VariableId>& inputs, const Attributes&) {
  std::vector<Node> x;
  for (const VariableId input : inputs) x.emplace_back(builder, input);
  return {{gemv(x[0], x[1], x[2], x[3], x[4]).id()}};
}

// (o, x, y, xIdx, yIdx)
bool infer_outer(InferContext& context) {
  const int64_t ranks[] = {4, 3, 3, 2, 2};
  for (size_t i = 0; i < 5; ++i) {
    if (!check_rank(context, i, ranks[i], i >= 3)) return false;
  }
  for (const auto& [input, axis, other, other_axis] : {std::array<size_t, 4>{2, 0, 1, 0},
                                                       {3, 0, 1, 0},
                                                       {3, 1, 1, 1},
                                                       {4, 0, 2, 0},
                                                       {4, 1, 2, 1},
                                                       {1, 2, 0, 2},
                                                       {2, 2, 0, 3}}) {
    if (!check_dim(context, input, axis, other, other_axis)) return false;
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  return true;
}

Outputs expand_outer(Builder& builder, const std::vector<VariableId>& inputs, const Attributes&) {
  const Node o(builder, inputs[0]);
  const Node x = shuffled({builder, inputs[1]}, {0, 1, -1, 2, -1});
  const Node y = shuffled({builder, inputs[2]}, {0, -1, 1, -1, 2});
  const Node blocks = (x * y).cast(o.type().dtype);
  std::vector<IndexEntry> index(2);
  for (size_t i = 0; i < 2; ++i) {
    index[i].kind = IndexEntry::Kind::input;
    index[i].input = static_cast<int>(i) + 2;
  }
  const Node rows = shuffled({builder, inputs[3]}, {0, 1, -1});
  const Node columns = shuffled({builder, inputs[4]}, {0, -1, 1});
  return {{o.call("advanced_inc_subtensor", {blocks, rows, columns}, {{"index", index}}).id()}};
}

// (W, h, inputIdx, b, outputIdx), the last four without batch as well
bool infer_dot(InferContext& context) {
  const int64_t rank = context.type(1).rank() == 2 ? 2 : 3;
  const int64_t ranks[] = {4, rank, rank - 1, 2, rank - 1};
  for (size_t i = 0; i < 5; ++i) {
    if (!check_rank(context, i, ranks[i], i == 2 || i == 4)) return false;
  }
  const auto last = static_cast<size_t>(rank - 1);
  for (size_t axis = 0; axis < last; ++axis) {
    if (!check_dim(context, 2, axis, 1, axis)) return false;
  }
  if (rank == 3 && !check_dim(context, 4, 0, 1, 0)) return false;
  if (!check_dim(context, 1, last, 0, 2)) return false;
  if (!check_dim(context, 3, 0, 0, 1) || !check_dim(context, 3, 1, 0, 3)) return false;
  const Shape& output = context.type(4).shape;
  const DimExpr batch = rank == 3 ? output[0] : DimExpr(1);
  context.output(context.type(3).dtype, {batch, output.back(), context.type(3).shape[1]});
  return true;
}

Outputs expand_dot(Builder& builder, const std::vector<VariableId>& inputs, const Attributes&) {
  Node h(builder, inputs[1]);
  Node input(builder, inputs[2]);
  Node output(builder, inputs[4]);
  if (h.type().rank() == 2) {
    h = shuffled(h, {-1, 0, 1});
    input = shuffled(input, {-1, 0});
    output = shuffled(output, {-1, 0});
  }
  const Node bias = select({builder, inputs[3]}, {output});
  return {{gemv(bias, {builder, inputs[0]}, h, input, output).id()}};
}

// (x, W1, b1, W2, b2[, target])
bool infer_h_softmax(InferContext& context) {
  const int64_t ranks[] = {2, 2, 1, 3, 2};
  for (size_t i = 0; i < 5; ++i) {
    if (!check_rank(context, i, ranks[i], false)) return false;
  }
  for (const char* name : {"n_outputs", "n_classes", "n_outputs_per_class"}) {
    if (*find_attr<int64_t>(context.attributes, name) >= 1) continue;
    return context.fail("bad-attribute", std::string(name) + " must be at least 1", name);
  }
  const auto number = [&](const char* name) {
    return DimExpr(*find_attr<int64_t>(context.attributes, name));
  };
  const DimExpr classes = number("n_classes");
  const DimExpr each = number("n_outputs_per_class");
  const Shape& x = context.type(0).shape;
  const Shape expected[] = {
      {x[0], x[1]}, {x[1], classes}, {classes}, {classes, x[1], each}, {classes, each}};
  for (size_t i = 1; i < 5; ++i) {
    const std::string message = context.name(i) + " is " + shape_text(context.type(i).shape) +
                                ", but must be " + shape_text(expected[i]);
    for (size_t axis = 0; axis < expected[i].size(); ++axis) {
      if (!context.require_equal(context.type(i).shape[axis], expected[i][axis], message,
                                 "inputs/" + std::to_string(i))) {
        return false;
      }
    }
  }
  DType dtype = context.type(0).dtype;
  for (size_t i = 1; i < 5; ++i) dtype = promote(dtype, context.type(i).dtype);
  if (context.inputs.size() == 5) {
    context.output(dtype, {x[0], DimExpr::min(number("n_outputs"), classes * each)});
    return true;
  }
  const TensorType& target = context.type(5);
  if (!is_integer(target.dtype)) {
    return context.fail("bad-dtype", context.name(5) + " must be integers", "inputs/5");
  }
  if (!context.require_equal(element_count(target.shape), x[0],
                             "there are " + x[0].text() + " rows and " +
                                 element_count(target.shape).text() + " targets",
                             "inputs/5")) {
    return false;
  }
  context.output(dtype, {x[0]});
  return true;
}

Outputs expand_h_softmax(Builder& builder, const std::vector<VariableId>& inputs,
                         const Attributes& attributes) {
  std::vector<Node> in;
  for (const VariableId input : inputs) in.emplace_back(builder, input);
  const Node& x = in[0];
  const DimExpr rows = x.type().shape[0];
  const int64_t each = *find_attr<int64_t>(attributes, "n_outputs_per_class");
  const int64_t classes = *find_attr<int64_t>(attributes, "n_classes");
  const Node by_class = (x.call("dot", {in[1]}) + in[2]).call("softmax");
  if (in.size() == 5) {
    const std::vector<int64_t> one{1};
    const Node activations =
        x.call("tensordot", {in[3]}, {{"a_axes", one}, {"b_axes", one}}) + in[4];
    const Node within = reshaped(activations, {rows * DimExpr(classes), each}).call("softmax");
    const Node all = shuffled(by_class, {0, 1, -1}) * reshaped(within, {rows, classes, each});
    const Node flat = reshaped(all, {rows, classes * each});
    const DimExpr outputs = *find_attr<int64_t>(attributes, "n_outputs");
    const std::vector<IndexEntry> index = {slice(std::nullopt, std::nullopt),
                                           slice(std::nullopt, outputs)};
    return {{flat.call("subtensor", {}, {{"index", index}}).id()}};
  }
  const Node target = reshaped(in[5].cast(DType::int64), {rows});
  const Node chosen = target.call("int_div", {target.number(static_cast<double>(each))});
  const Node place = target.call("mod", {target.number(static_cast<double>(each))});
  const Node product = shuffled(x, {0, -1, 1}).call("batched_dot", {select(in[3], {chosen})});
  const Node activations = reshaped(product, {rows, each}) + select(in[4], {chosen});
  const Node count(builder, builder.call("dim", {}, {{"value", rows}}));
  const Node number = count.call("arange");
  const Node share = select(activations.call("softmax"), {number, place});
  return {{(select(by_class, {number, chosen}) * share).id()}};
}

OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 5;
  return op;
}

OpDef h_softmax() {
  OpDef op = record("h_softmax", "Softmax, Dot, AdvancedSubtensor",
                    "Two-level softmax of x with W1, b1 (classes) and W2, b2 (outputs within a "
                    "class): the probabilities of all outputs, or of each row's target where the "
                    "sixth input has them.");
  op.max_inputs = 6;
  op.attributes = {
      {"n_outputs", AttrKind::integer, true, "number of outputs"},
      {"n_classes", AttrKind::integer, true, "number of classes"},
      {"n_outputs_per_class", AttrKind::integer, true, "number of outputs in each class"},
      {"batch_size", AttrKind::dim, false, "the number of rows, as in Theano; not needed"}};
  op.infer = infer_h_softmax;
  op.expand = expand_h_softmax;
  op.examples = {
      {R"({"op": "h_softmax", "inputs": ["x", "w1", "b1", "w2", "b2"], "n_outputs": 5,
           "n_classes": 2, "n_outputs_per_class": 3})",
       R"({"x": {"dtype": "float32", "shape": [4, 3]}, "w1": {"dtype": "float32", "shape": [3, 2]},
           "b1": {"dtype": "float32", "shape": [2]},
           "w2": {"dtype": "float32", "shape": [2, 3, 3]},
           "b2": {"dtype": "float32", "shape": [2, 3]}})"},
      {R"({"op": "h_softmax", "inputs": ["x", "w1", "b1", "w2", "b2", "target"], "n_outputs": 5,
           "n_classes": 2, "n_outputs_per_class": 3})",
       R"({"x": {"dtype": "float32", "shape": [4, 3]}, "w1": {"dtype": "float32", "shape": [3, 2]},
           "b1": {"dtype": "float32", "shape": [2]},
           "w2": {"dtype": "float32", "shape": [2, 3, 3]},
           "b2": {"dtype": "float32", "shape": [2, 3]},
           "target": {"dtype": "int32", "shape": [4], "value": [0, 4, 3, 2]}})"}};
  return op;
}

}  // namespace

std::vector<OpDef> sparse_block_ops() {
  OpDef gemv_op = record("sparse_block_gemv", "SparseBlockGemv",
                         "o[b, j] plus the sum over i of h[b, i] W[inputIdx[b, i], outputIdx[b, "
                         "j]], the inputs in the order o, W, h, inputIdx, outputIdx.");
  gemv_op.infer = infer_gemv;
  gemv_op.expand = expand_gemv;
  gemv_op.examples = {
      {R"({"op": "sparse_block_gemv", "inputs": ["o", "W", "h", "inputIdx", "outputIdx"]})",
       R"({"o": {"dtype": "float64", "shape": [2, 1, 3]},
           "W": {"dtype": "float64", "shape": [3, 2, 4, 3]},
           "h": {"dtype": "float64", "shape": [2, 2, 4]},
           "inputIdx": {"dtype": "int64", "shape": [2, 2], "value": [[0, 2], [1, -1]]},
           "outputIdx": {"dtype": "int64", "shape": [2, 1], "value": [[1], [0]]}})"}};
  OpDef outer_op = record("sparse_block_outer", "SparseBlockOuter",
                          "o with the outer product of x[b, i] and y[b, j] added to block [xIdx[b, "
                          "i], yIdx[b, j]], the inputs in the order o, x, y, xIdx, yIdx.");
  outer_op.infer = infer_outer;
  outer_op.expand = expand_outer;
  outer_op.examples = {
      {R"({"op": "sparse_block_outer", "inputs": ["o", "x", "y", "xIdx", "yIdx"]})",
       R"({"o": {"dtype": "float64", "shape": [3, 2, 2, 3]},
           "x": {"dtype": "float64", "shape": [2, 2, 2]},
           "y": {"dtype": "float64", "shape": [2, 1, 3]},
           "xIdx": {"dtype": "int64", "shape": [2, 2], "value": [[0, 2], [0, 1]]},
           "yIdx": {"dtype": "int64", "shape": [2, 1], "value": [[1], [1]]}})"}};
  OpDef dot_op = record("sparse_block_dot", "SparseBlockGemv",
                        "sparse_block_gemv with o taken from the bias b [oBlocks, oSize], the "
                        "inputs in the order W, h, inputIdx, b, outputIdx.");
  dot_op.infer = infer_dot;
  dot_op.expand = expand_dot;
  dot_op.examples = {
      {R"({"op": "sparse_block_dot", "inputs": ["W", "h", "inputIdx", "b", "outputIdx"]})",
       R"({"W": {"dtype": "float32", "shape": [3, 2, 4, 3]},
           "h": {"dtype": "float32", "shape": [2, 4]},
           "inputIdx": {"dtype": "int32", "shape": [2], "value": [2, 0]},
           "b": {"dtype": "float32", "shape": [2, 3]},
           "outputIdx": {"dtype": "int32", "shape": [2], "value": [1, 0]}})"}};
  return {std::move(gemv_op), std::move(outer_op), std::move(dot_op), h_softmax()};
}

}  // namespace tgc
