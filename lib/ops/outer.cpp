// SPDX-License-Identifier: Apache-2.0
// outer: all products of an element of x and one of y; written as the dot of a column and a row.
#include "graph/node.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  context.output(promote(context.type(0).dtype, context.type(1).dtype),
                 {element_count(context.type(0).shape), element_count(context.type(1).shape)});
  return true;
}

Node flat(const Node& x) {
  const Shape shape = x.type().shape;
  if (shape.size() == 1) return x;
  return x.call("reshape", {}, {{"shape", Shape{element_count(shape)}}});
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes&) {
  const Node column =
      flat({builder, inputs[0]}).call("dimshuffle", {}, {{"order", std::vector<int64_t>{0, -1}}});
  const Node row =
      flat({builder, inputs[1]}).call("dimshuffle", {}, {{"order", std::vector<int64_t>{-1, 0}}});
  return std::vector<VariableId>{column.call("dot", {row}).id()};
}

}  // namespace

OpDef outer_op() {
  OpDef op;
  op.name = "outer";
  op.theano = "Dot";
  op.doc = "The matrix of all products x[i]*y[j]; inputs of other ranks are flattened.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "outer", "inputs": ["x", "y"]})",
                  R"({"x": {"dtype": "float32", "shape": [3]},
                      "y": {"dtype": "float32", "shape": [2, 2]}})"}};
  return op;
}

}  // namespace tgc
