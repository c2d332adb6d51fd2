// SPDX-License-Identifier: Apache-2.0
// ifelse: one of two lists of values, of which only the chosen one is computed.
// Two forms. Flat, as the user writes it: inputs condition, then-values, else-values. Nested, after
// a pass has moved what only one branch needs into it: two inner Graphs, inputs condition, the
// inputs of the first Graph, those of the second; attribute n_then counts the former.
// There is no lowering: the plan makes a branch of it.
#include <algorithm>

#include "graph/builder.h"

namespace tgc {
namespace {

size_t then_count(const Attributes& attributes) {
  return static_cast<size_t>(attr_or<int64_t>(attributes, "n_then", 0));
}

bool check_pair(InferContext& context, const TensorType& then_type, const TensorType& else_type,
                size_t number) {
  const std::string message = "the branches differ in value " + std::to_string(number) + ": " +
                              type_text(then_type) + " and " + type_text(else_type);
  if (then_type.dtype != else_type.dtype) return context.fail("bad-dtype", message, "inputs");
  if (then_type.rank() != else_type.rank()) return context.fail("bad-rank", message, "inputs");
  Shape shape = then_type.shape;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!context.require_equal(shape[axis], else_type.shape[axis], message, "inputs")) {
      return false;
    }
    if (else_type.shape[axis].is_constant()) shape[axis] = else_type.shape[axis];
  }
  context.output(then_type.dtype, std::move(shape));
  context.outputs.back().place = then_type.place;
  return true;
}

bool infer_nested(InferContext& context) {
  const Graph& first = *context.inner.at(0);
  const Graph& second = *context.inner.at(1);
  TGC_CHECK(first.outputs().size() == second.outputs().size() &&
                then_count(context.attributes) == first.inputs().size() &&
                1 + first.inputs().size() + second.inputs().size() == context.inputs.size(),
            "ifelse: inputs and inner Graphs do not fit");
  for (const auto& inner : context.inner) {
    const auto& more = inner->equalities();
    context.equalities.insert(context.equalities.end(), more.begin(), more.end());
  }
  for (size_t i = 0; i < first.outputs().size(); ++i) {
    if (!check_pair(context, first.type(first.outputs()[i]), second.type(second.outputs()[i]), i)) {
      return false;
    }
  }
  return true;
}

bool infer(InferContext& context) {
  if (context.type(0).rank() != 0) {
    return context.fail("bad-rank",
                        "the condition must be a scalar, but " + context.name(0) + " is " +
                            type_text(context.type(0)),
                        "inputs/0");
  }
  if (is_complex(context.type(0).dtype)) {
    return context.fail("bad-dtype", "the condition must be a real number", "inputs/0",
                        "neq compares it with 0");
  }
  if (!context.inner.empty()) return infer_nested(context);
  const size_t count = context.inputs.size() - 1;
  if (count % 2 != 0) {
    return context.fail("wrong-arity",
                        "needs as many values for one branch as for the other, got " +
                            std::to_string(count) + " in all",
                        "inputs");
  }
  for (size_t i = 0; i < count / 2; ++i) {
    if (!check_pair(context, context.type(1 + i), context.type(1 + count / 2 + i), i)) {
      return false;
    }
  }
  return true;
}

// then_i gets ifelse(condition, g_i, 0), else_i gets ifelse(condition, 0, g_i).
void grad(GradContext& context) {
  const Apply apply = context.graph.apply(context.apply);
  TGC_CHECK(apply.inner.empty(), "ifelse: gradients are made before branches are nested");
  const size_t count = apply.outputs.size();
  for (const bool is_then : {true, false}) {
    std::vector<size_t> known;
    std::vector<VariableId> grads;
    std::vector<VariableId> zeros;
    for (size_t i = 0; i < count; ++i) {
      const size_t input = 1 + i + (is_then ? 0 : count);
      if (!context.output_grads[i] || !context.wanted[input]) continue;
      known.push_back(input);
      grads.push_back(*context.output_grads[i]);
      zeros.push_back(context.builder.zeros_like(*context.output_grads[i]));
    }
    if (known.empty()) continue;
    std::vector<VariableId> inputs = {apply.inputs[0]};
    const auto& first = is_then ? grads : zeros;
    const auto& second = is_then ? zeros : grads;
    inputs.insert(inputs.end(), first.begin(), first.end());
    inputs.insert(inputs.end(), second.begin(), second.end());
    const ApplyId result = context.builder.add("ifelse", inputs);
    for (size_t i = 0; i < known.size(); ++i) {
      context.input_grads[known[i]] = context.graph.apply(result).outputs[i];
    }
  }
}

void eval(EvalContext& context) {
  const Tensor& condition = *context.inputs[0];
  const bool is_true =
      is_float(condition.dtype()) ? condition.get_double(0) != 0 : condition.get_int(0) != 0;
  const size_t count = context.apply.outputs.size();
  if (context.apply.inner.empty()) {
    for (size_t i = 0; i < count; ++i) {
      context.make_output(i) = *context.inputs[1 + i + (is_true ? 0 : count)];
    }
    return;
  }
  const Graph& branch = *context.apply.inner[is_true ? 0 : 1];
  const size_t begin = 1 + (is_true ? 0 : then_count(context.apply.attributes));
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < branch.inputs().size(); ++i) inputs.push_back(*context.inputs[begin + i]);
  context.outputs = context.eval_inner(branch, inputs);
}

}  // namespace

OpDef ifelse_op() {
  OpDef op;
  op.name = "ifelse";
  op.theano = "IfElse";
  op.doc =
      "Inputs: a scalar condition, the values if it is not zero, as many values if it is. Only "
      "what the chosen values need is computed. Both must have the same dtypes and shapes.";
  op.min_inputs = 3;
  op.max_inputs = -1;
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.examples = {{R"({"op": "ifelse", "inputs": ["condition", "x", "y"]})",
                  R"({"condition": {"dtype": "bool", "shape": [], "value": false},
                      "x": {"dtype": "float64", "shape": [3]},
                      "y": {"dtype": "float64", "shape": [3]}})"},
                 {R"({"op": "ifelse", "inputs": ["condition", "a", "b", "c", "d"],
                      "outputs": ["first", "second"]})",
                  R"({"condition": {"dtype": "int64", "shape": [], "value": 2},
                      "a": {"dtype": "float64", "shape": [2]},
                      "b": {"dtype": "float32", "shape": []},
                      "c": {"dtype": "float64", "shape": [2]},
                      "d": {"dtype": "float32", "shape": []}})"}};
  return op;
}

}  // namespace tgc
