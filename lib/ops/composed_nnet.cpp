// SPDX-License-Identifier: Apache-2.0
// The functions of theano.tensor.nnet that put others together: cross entropies of a softmax with
// their by-products, and the softmax of two levels.
#include "ops/composition.h"

namespace tgc {
namespace {

// x, then a bias if `first_target` is 2, then the columns to find.
template <int first_target>
bool check_crossentropy(InferContext& context) {
  if (!require_rank(context, 0, 2) || !require_float(context, 0)) return false;
  const Shape x = context.type(0).shape;
  if (!require_rank(context, first_target, 1) || !require_integer(context, first_target)) {
    return false;
  }
  const DimExpr& rows = context.type(first_target).shape[0];
  if (!context.require_equal(x[0], rows,
                             context.name(0) + " has " + x[0].text() + " rows, " +
                                 context.name(first_target) + " " + rows.text() + " targets",
                             "inputs/" + std::to_string(first_target))) {
    return false;
  }
  if (first_target == 1) return true;
  if (!require_rank(context, 1, 1)) return false;
  if (context.type(1).dtype != context.type(0).dtype) {
    return context.fail("bad-dtype", "the bias must have the dtype of x", "inputs/1");
  }
  const DimExpr& width = context.type(1).shape[0];
  return context.require_equal(
      x[1], width, "the bias has " + width.text() + " elements for " + x[1].text() + " columns",
      "inputs/1");
}

// The loss, the softmax and the largest column of each row; without a bias it is zero.
std::vector<Node> with_argmax(const Given& given) {
  const bool has_bias = given.x.size() > 2;
  const Node x = given.x[0];
  const Node bias = has_bias ? given.x[1] : allocated(x.number(0), {x.type().shape[1]});
  const ApplyId apply = given.builder.add("crossentropy_softmax_argmax_1hot_with_bias",
                                          {x.id(), bias.id(), given.x.back().id()});
  std::vector<Node> results;
  for (const VariableId output : given.builder.graph().apply(apply).outputs) {
    results.emplace_back(given.builder, output);
  }
  return results;
}

std::vector<Node> loss_and_softmax(const Given& given) {
  const auto all = with_argmax(given);
  return {all[0], all[1]};
}

std::vector<Node> with_max_and_argmax(const Given& given) {
  const auto all = with_argmax(given);
  return {all[0], all[1], reduced("max", all[1], {1}), reduced("argmax", all[1], {1})};
}

// x (n, d), W1 (d, c), b1 (c), W2 (c, d, o), b2 (c, o), and maybe the targets (n).
bool check_h_softmax(InferContext& context) {
  constexpr int64_t kRanks[] = {2, 2, 1, 3, 2, 1};
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_rank(context, i, kRanks[i])) return false;
    if (i < 5 && !require_float(context, i)) return false;
  }
  if (context.inputs.size() > 5 && !require_integer(context, 5)) return false;
  const auto dim = [&](size_t input, size_t axis) { return context.type(input).shape[axis]; };
  struct Equal {
    size_t a, a_axis, b, b_axis;
  };
  std::vector<Equal> equal = {{0, 1, 1, 0}, {1, 1, 2, 0}, {1, 1, 3, 0},
                              {0, 1, 3, 1}, {1, 1, 4, 0}, {3, 2, 4, 1}};
  if (context.inputs.size() > 5) equal.push_back({0, 0, 5, 0});
  for (const Equal& pair : equal) {
    const DimExpr a = dim(pair.a, pair.a_axis);
    const DimExpr b = dim(pair.b, pair.b_axis);
    const std::string message = "dimensions differ: " + a.text() + " (" + context.name(pair.a) +
                                ") and " + b.text() + " (" + context.name(pair.b) + ")";
    if (!context.require_equal(a, b, message, "inputs/" + std::to_string(pair.b))) return false;
  }
  const DimExpr all = dim(3, 0) * dim(3, 2);
  context.attributes.try_emplace("n_outputs", all);
  const DimExpr wanted = *find_attr<DimExpr>(context.attributes, "n_outputs");
  return context.require_equal(DimExpr::min(wanted, all), wanted,
                               "n_outputs is " + wanted.text() + ", but W2 has " + all.text(),
                               "n_outputs");
}

// p(class | x) p(output | class, x): of the targets alone, or of all outputs.
Node h_softmax(const Given& given) {
  const std::vector<Node>& in = given.x;
  const Shape w2 = in[3].type().shape;
  const Node classes = (in[0].call("dot", {in[1]}) + in[2]).call("softmax");
  if (in.size() > 5) {
    const Node width = given.size(DimExpr::max(w2[2], 1));
    const Node target = in[5].cast(DType::int64);
    const Node own = target.call("int_div", {width});
    const Node place = target.call("mod", {width});
    const Node weights = taken(in[3], own, 0);
    const Node scores = in[0].call("batched_dot", {weights}) + taken(in[4], own, 0);
    const auto chosen = [&](const Node& of, const Node& column) {
      return of.call("take_along_axis", {with_new_axis(column, 1)}, {{"axis", int64_t{1}}});
    };
    return chosen(classes, own) * chosen(scores.call("softmax"), place);
  }
  const DimExpr rows = in[0].type().shape[0];
  const Node products = dimshuffled(
      in[0].call("tensordot", {in[3]},
                 {{"a_axes", std::vector<int64_t>{1}}, {"b_axes", std::vector<int64_t>{1}}}),
      {0, 1, 2});
  const Node scores = reshaped(products + in[4], {rows * w2[0], w2[2]});
  const Node inside = reshaped(scores.call("softmax"), {rows, w2[0], w2[2]});
  const Node all = reshaped(inside * with_new_axis(classes, 2), {rows, w2[0] * w2[2]});
  return sliced(all, 1, std::nullopt, given.dim("n_outputs"));
}

constexpr std::string_view kRows =
    R"({"x": {"dtype": "float32", "shape": [3, 4]},
        "y": {"dtype": "int32", "shape": [3], "value": [3, 0, 1]}})";
constexpr std::string_view kBiased =
    R"({"x": {"dtype": "float32", "shape": [3, 4]}, "b": {"dtype": "float32", "shape": [4]},
        "y": {"dtype": "int64", "shape": [3], "value": [3, 0, 1]}})";

OpDef crossentropy(std::string_view name, std::string_view doc, int inputs, OpExample example) {
  return {.name = name,
          .theano = "CrossentropySoftmaxArgmax1HotWithBias",
          .doc = doc,
          .min_inputs = inputs,
          .max_inputs = inputs,
          .examples = {example}};
}

std::vector<OpDef> crossentropy_ops() {
  return {
      composed<loss_and_softmax, check_crossentropy<1>>(crossentropy(
          "crossentropy_softmax_1hot",
          "For each row the cross entropy of its softmax with column y[i], and the softmax.", 2,
          {R"({"op": "crossentropy_softmax_1hot", "inputs": ["x", "y"],
               "outputs": ["loss", "p"]})",
           kRows})),
      composed<loss_and_softmax, check_crossentropy<2>>(
          crossentropy("crossentropy_softmax_1hot_with_bias",
                       "The same for the rows of x + b; the inputs are x, b, y.", 3,
                       {R"({"op": "crossentropy_softmax_1hot_with_bias", "inputs": ["x", "b", "y"],
               "outputs": ["loss", "p"]})",
                        kBiased})),
      composed<with_max_and_argmax, check_crossentropy<1>>(crossentropy(
          "crossentropy_softmax_max_and_argmax_1hot",
          "Cross entropies, softmax, its largest element in each row and that one's column.", 2,
          {R"({"op": "crossentropy_softmax_max_and_argmax_1hot", "inputs": ["x", "y"],
               "outputs": ["loss", "p", "most", "column"]})",
           kRows})),
      composed<with_max_and_argmax, check_crossentropy<2>>(
          crossentropy("crossentropy_softmax_max_and_argmax_1hot_with_bias",
                       "The same for the rows of x + b; the inputs are x, b, y.", 3,
                       {R"({"op": "crossentropy_softmax_max_and_argmax_1hot_with_bias",
               "inputs": ["x", "b", "y"], "outputs": ["loss", "p", "most", "column"]})",
                        kBiased})),
  };
}

OpDef h_softmax_op() {
  return composed<h_softmax, check_h_softmax>(
      {.name = "h_softmax",
       .theano = "h_softmax",
       .doc = "The softmax of two levels, classes and their outputs: of x, W1, b1, W2, b2 the "
              "probabilities of all outputs, with target as the sixth input a column with those of "
              "the targets.",
       .min_inputs = 5,
       .max_inputs = 6,
       .attributes = {{"n_outputs", AttrKind::dim, false, "outputs in use; default: all of W2"}},
       .examples = {{R"({"op": "h_softmax", "inputs": ["x", "W1", "b1", "W2", "b2"],
                         "n_outputs": 5})",
                     R"({"x": {"dtype": "float32", "shape": [3, 4]},
                         "W1": {"dtype": "float32", "shape": [4, 2]},
                         "b1": {"dtype": "float32", "shape": [2]},
                         "W2": {"dtype": "float32", "shape": [2, 4, 3]},
                         "b2": {"dtype": "float32", "shape": [2, 3]}})"},
                    {R"({"op": "h_softmax", "inputs": ["x", "W1", "b1", "W2", "b2", "y"]})",
                     R"({"x": {"dtype": "float64", "shape": [3, 4]},
                         "W1": {"dtype": "float64", "shape": [4, 2]},
                         "b1": {"dtype": "float64", "shape": [2]},
                         "W2": {"dtype": "float64", "shape": [2, 4, 3]},
                         "b2": {"dtype": "float64", "shape": [2, 3]},
                         "y": {"dtype": "int32", "shape": [3], "value": [5, 0, 3]}})"}}});
}

}  // namespace

std::vector<OpDef> composed_nnet_ops() {
  std::vector<OpDef> ops = crossentropy_ops();
  ops.push_back(h_softmax_op());
  return ops;
}

}  // namespace tgc
