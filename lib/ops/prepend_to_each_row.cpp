// SPDX-License-Identifier: Apache-2.0
// prepend_scalar_to_each_row, prepend_0_to_each_row, prepend_1_to_each_row: a matrix with a column
// of one number in front.
#include "graph/node.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

// The result has the matrix's dtype, as in Theano.
bool infer_matrix(InferContext& context, size_t matrix) {
  const TensorType& type = context.type(matrix);
  if (type.rank() != 2) {
    return context.fail("bad-rank",
                        context.name(matrix) + " must be a matrix, not " + type_text(type),
                        "inputs/" + std::to_string(matrix));
  }
  context.output(type.dtype, {type.shape[0], type.shape[1] + 1});
  return true;
}

bool infer_scalar(InferContext& context) {
  if (context.type(0).rank() != 0) {
    return context.fail("bad-rank", context.name(0) + " must be a scalar", "inputs/0");
  }
  return infer_matrix(context, 1);
}

bool infer_constant(InferContext& context) {
  return infer_matrix(context, 0);
}

Outputs prepend(const Node& scalar, const Node& matrix) {
  const TensorType type = matrix.type();
  const Node value = scalar.cast(type.dtype);
  Builder& builder = matrix.builder();
  const Node column(builder, builder.alloc(value.id(), {type.shape[0], 1}));
  return {{column.call("join", {matrix}, {{"axis", int64_t{1}}}).id()}};
}

Outputs expand_scalar(Builder& builder, const std::vector<VariableId>& inputs, const Attributes&) {
  return prepend({builder, inputs[0]}, {builder, inputs[1]});
}

template <int value>
Outputs expand_constant(Builder& builder, const std::vector<VariableId>& inputs,
                        const Attributes&) {
  const Node matrix(builder, inputs[0]);
  return prepend(matrix.number(value), matrix);
}

OpDef constant_op(std::string_view name, std::string_view doc, decltype(OpDef::expand) expand) {
  OpDef op;
  op.name = name;
  op.theano = "Prepend_scalar_constant_to_each_row";
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.infer = infer_constant;
  op.expand = expand;
  return op;
}

}  // namespace

std::vector<OpDef> prepend_to_each_row_ops() {
  OpDef zero = constant_op("prepend_0_to_each_row", "A matrix with a column of zeros in front.",
                           expand_constant<0>);
  zero.examples = {{R"({"op": "prepend_0_to_each_row", "inputs": ["x"]})",
                    R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};
  OpDef one = constant_op("prepend_1_to_each_row", "A matrix with a column of ones in front.",
                          expand_constant<1>);
  one.examples = {{R"({"op": "prepend_1_to_each_row", "inputs": ["x"]})",
                   R"({"x": {"dtype": "float32", "shape": [0, 3]}})"}};
  OpDef any;
  any.name = "prepend_scalar_to_each_row";
  any.theano = "Prepend_scalar_to_each_row";
  any.doc = "A matrix (the second input) with a column of the scalar in front, in its dtype.";
  any.min_inputs = any.max_inputs = 2;
  any.infer = infer_scalar;
  any.expand = expand_scalar;
  any.examples = {{R"({"op": "prepend_scalar_to_each_row", "inputs": ["value", "x"]})",
                   R"({"value": {"dtype": "float64", "shape": []},
                       "x": {"dtype": "float64", "shape": [2, 3]}})"}};
  return {std::move(zero), std::move(one), std::move(any)};
}

}  // namespace tgc
