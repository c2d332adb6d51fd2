// SPDX-License-Identifier: Apache-2.0
// scan: a loop. The inner Graph is one step; its inputs are one element of each sequence, the
// states, the non-sequences; its outputs are the next states, then further results. The node's
// inputs are the sequences, the initial states and the non-sequences, its outputs the values of
// every step, stacked: those of the states (without the initial ones), then those of the results.
// There is no lowering: the plan makes a loop of it.
#include <algorithm>

#include "graph/op_def.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

struct Layout {
  size_t sequences = 0;
  size_t states = 0;
};

Layout layout_of(const Attributes& attributes) {
  return {static_cast<size_t>(attr_or<int64_t>(attributes, "n_sequences", 0)),
          static_cast<size_t>(attr_or<int64_t>(attributes, "n_states", 0))};
}

bool check_counts(InferContext& context, const Graph& step) {
  const int64_t sequences = attr_or<int64_t>(context.attributes, "n_sequences", 0);
  const int64_t states = attr_or<int64_t>(context.attributes, "n_states", 0);
  const auto count = static_cast<int64_t>(context.inputs.size());
  if (sequences < 0 || states < 0 || sequences + states > count) {
    return context.fail("bad-attribute",
                        std::to_string(sequences) + " sequences and " + std::to_string(states) +
                            " states, but " + std::to_string(count) + " inputs",
                        "n_sequences");
  }
  if (step.inputs().size() != context.inputs.size()) {
    return context.fail("wrong-arity", "the step has " + std::to_string(step.inputs().size()) +
                                           " inputs, but " + std::to_string(count) + " are given");
  }
  if (step.outputs().size() < layout_of(context.attributes).states || step.outputs().empty()) {
    return context.fail("wrong-arity", "the step has " + std::to_string(step.outputs().size()) +
                                           " outputs for " + std::to_string(states) + " states");
  }
  return true;
}

// The number of steps: the attribute, or the length of the shortest sequence.
bool find_steps(InferContext& context) {
  const size_t sequences = layout_of(context.attributes).sequences;
  for (size_t i = 0; i < sequences; ++i) {
    if (context.type(i).rank() > 0) continue;
    return context.fail("bad-rank", context.name(i) + " is a scalar, so it is no sequence",
                        "inputs/" + std::to_string(i));
  }
  const auto* given = find_attr<DimExpr>(context.attributes, "n_steps");
  if (given == nullptr) {
    if (sequences == 0) {
      return context.fail("bad-attribute", "needs n_steps or a sequence", "n_steps");
    }
    DimExpr shortest = context.type(0).shape[0];
    for (size_t i = 1; i < sequences; ++i) {
      shortest = DimExpr::min(shortest, context.type(i).shape[0]);
    }
    context.attributes.insert_or_assign("n_steps", shortest);
    return true;
  }
  if (!require_dim(context, *given, "n_steps")) return false;
  for (size_t i = 0; i < sequences; ++i) {
    const DimExpr& length = context.type(i).shape[0];
    const std::string message = "n_steps is " + given->text() + ", but " + context.name(i) +
                                " has " + length.text() + " elements";
    if (!context.require_equal(DimExpr::min(length, *given), *given, message,
                               "inputs/" + std::to_string(i))) {
      return false;
    }
  }
  return true;
}

// Reports where `given`, for the loop, is not what the step's Graph was made for.
bool check_type(InferContext& context, const TensorType& given, const TensorType& inner,
                const std::string& what, const std::string& part) {
  const std::string message =
      what + " is " + type_text(given) + ", but the step takes " + type_text(inner);
  if (given.dtype != inner.dtype) return context.fail("bad-dtype", message, part);
  if (given.rank() != inner.rank()) return context.fail("bad-rank", message, part);
  for (size_t axis = 0; axis < given.shape.size(); ++axis) {
    if (!context.require_equal(given.shape[axis], inner.shape[axis], message, part)) return false;
  }
  return true;
}

bool check_inputs(InferContext& context, const Graph& step) {
  const Layout layout = layout_of(context.attributes);
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    TensorType type = context.type(i);
    std::string what = context.name(i);
    if (i < layout.sequences) {
      type.shape.erase(type.shape.begin());
      what = "an element of " + what;
    }
    const TensorType& inner = step.type(step.inputs()[i]);
    if (!check_type(context, type, inner, what, "inputs/" + std::to_string(i))) return false;
  }
  for (size_t i = 0; i < layout.states; ++i) {
    const TensorType& next = step.type(step.outputs()[i]);
    const TensorType& state = step.type(step.inputs()[layout.sequences + i]);
    const size_t input = layout.sequences + i;
    if (!check_type(context, next, state, "the next value of state " + context.name(input),
                    "inputs/" + std::to_string(input))) {
      return false;
    }
  }
  return true;
}

bool infer(InferContext& context) {
  TGC_CHECK(context.inner.size() == 1, "scan: a loop has one inner Graph");
  const Graph& step = *context.inner[0];
  if (!check_counts(context, step) || !find_steps(context) || !check_inputs(context, step)) {
    return false;
  }
  context.attributes.try_emplace("go_backwards", false);
  const auto& inner_equalities = step.equalities();
  context.equalities.insert(context.equalities.end(), inner_equalities.begin(),
                            inner_equalities.end());
  for (const VariableId output : step.outputs()) {
    const TensorType& type = step.type(output);
    Shape shape = type.shape;
    shape.insert(shape.begin(), *find_attr<DimExpr>(context.attributes, "n_steps"));
    context.output(type.dtype, std::move(shape));
    context.outputs.back().place = type.place;
  }
  return true;
}

// Element `at` along the first axis.
Tensor element(const Tensor& sequence, int64_t at) {
  std::vector<int64_t> dims(sequence.dims().begin() + 1, sequence.dims().end());
  Tensor result(sequence.dtype(), dims);
  const auto bytes = static_cast<size_t>(result.byte_size());
  if (bytes > 0) std::memcpy(result.bytes(), sequence.bytes() + at * result.byte_size(), bytes);
  return result;
}

void eval(EvalContext& context) {
  const Graph& step = *context.apply.inner.at(0);
  const Attributes& attributes = context.apply.attributes;
  const Layout layout = layout_of(attributes);
  const int64_t steps = context.dim(*find_attr<DimExpr>(attributes, "n_steps"));
  const bool backwards = attr_or<bool>(attributes, "go_backwards", false);
  for (size_t i = 0; i < context.apply.outputs.size(); ++i) context.make_output(i);
  std::vector<Tensor> inputs;
  for (const Tensor* input : context.inputs) inputs.push_back(*input);
  for (int64_t t = 0; t < steps; ++t) {
    for (size_t i = 0; i < layout.sequences; ++i) {
      const Tensor& sequence = *context.inputs[i];
      inputs[i] = element(sequence, backwards ? sequence.dims()[0] - 1 - t : t);
    }
    std::vector<Tensor> results = context.eval_inner(step, inputs);
    for (size_t i = 0; i < results.size(); ++i) {
      const auto bytes = static_cast<size_t>(results[i].byte_size());
      if (bytes == 0) continue;
      std::memcpy(context.outputs[i].bytes() + t * results[i].byte_size(), results[i].bytes(),
                  bytes);
    }
    for (size_t i = 0; i < layout.states; ++i) {
      inputs[layout.sequences + i] = std::move(results[i]);
    }
  }
}

}  // namespace

OpDef scan_op() {
  OpDef op;
  op.name = "scan";
  op.theano = "Scan";
  op.doc =
      "Repeats a step. Inputs: sequences, of which each step sees one element, initial states, "
      "and values that stay. Outputs: the states after every step, then the step's other results.";
  op.min_inputs = 0;
  op.max_inputs = -1;
  op.attributes = {
      {"n_sequences", AttrKind::integer, false, "how many of the inputs are sequences; default 0"},
      {"n_states", AttrKind::integer, false,
       "how many inputs after them are initial states; "
       "default 0"},
      {"n_steps", AttrKind::dim, false, "default: the length of the shortest sequence"},
      {"go_backwards", AttrKind::boolean, false,
       "read the sequences from their end; default false"}};
  op.infer = infer;
  op.examples = {
      {R"({"op": "scan", "sequences": {"x_t": "x"}, "states": {"h": "h0"},
           "body": {"nodes": [{"op": "mul", "inputs": ["h", "decay"], "name": "kept"},
                              {"op": "add", "inputs": ["kept", "x_t"], "name": "h_new"}],
                    "next": {"h": "h_new"}},
           "outputs": ["hs"]})",
       R"({"x": {"dtype": "float64", "shape": [4, 3]}, "h0": {"dtype": "float64", "shape": [3]},
           "decay": {"dtype": "float64", "shape": []}})"},
      {R"({"op": "scan", "states": {"a": "first", "b": "second"}, "n_steps": 5,
           "body": {"nodes": [{"op": "add", "inputs": ["a", "b"], "name": "total"}],
                    "next": {"a": "b", "b": "total"}, "outputs": ["a"]},
           "outputs": ["as", "bs", "before"]})",
       R"({"first": {"dtype": "int64", "shape": [], "value": 0},
           "second": {"dtype": "int64", "shape": [], "value": 1}})"},
      {R"({"op": "scan", "sequences": {"x_t": "x", "y_t": "y"}, "go_backwards": true,
           "body": {"nodes": [{"op": "mul", "inputs": ["x_t", "y_t"], "name": "product"}],
                    "outputs": ["product"]},
           "outputs": ["products"]})",
       R"({"x": {"dtype": "float64", "shape": [3, 2]}, "y": {"dtype": "float64", "shape": [3]}})"}};
  op.no_grad = "the gradient of a loop is a loop of its own, which tgc does not build yet";
  op.eval = eval;
  op.examples = {{R"({"op": "scan", "sequences": {"x_t": "x"}, "states": {"h": "h0"},
                      "body": {"nodes": [{"op": "mul", "inputs": ["h", "w"], "name": "hw"},
                                         {"op": "add", "inputs": ["hw", "x_t"], "name": "next"}],
                               "next": {"h": "next"}, "outputs": ["hw"]},
                      "outputs": ["states", "products"]})",
                  R"({"x": {"dtype": "float64", "shape": [5, 3]},
                      "h0": {"dtype": "float64", "shape": [3]},
                      "w": {"dtype": "float64", "shape": [3]}})"}};
  return op;
}

}  // namespace tgc
