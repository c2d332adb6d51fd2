// SPDX-License-Identifier: Apache-2.0
// The functions of theano.tensor.nnet that give cross entropies of a softmax with their
// by-products.
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

}  // namespace

std::vector<OpDef> composed_nnet_ops() {
  return crossentropy_ops();
}

}  // namespace tgc
