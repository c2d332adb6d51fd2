// SPDX-License-Identifier: Apache-2.0
// scan: a loop (scan.h tells how it is laid out). There is no lowering: the plan makes a loop of
// it.
#include "ops/scan.h"

#include <algorithm>
#include <utility>

#include "ops/strided_copy.h"

namespace tgc {
namespace {

// `taps` holds the taps of all states, each state's followed by a 0.
std::vector<int64_t> taps_of(const Attributes& attributes) {
  return attr_or<std::vector<int64_t>>(attributes, "taps", {});
}

bool check_counts(InferContext& context, const Graph& step) {
  const std::vector<int64_t> taps = taps_of(context.attributes);
  const bool are_past = std::all_of(taps.begin(), taps.end(), [](int64_t tap) { return tap <= 0; });
  if (!are_past || (!taps.empty() && taps.back() != 0)) {
    return context.fail("bad-attribute", "taps are negative, those of each state end with a 0",
                        "taps");
  }
  const ScanLayout layout = scan_layout(context.attributes);
  const size_t count = context.inputs.size();
  if (layout.loop_rest > count) {
    return context.fail("bad-attribute",
                        std::to_string(layout.sequences) + " sequences and " +
                            std::to_string(layout.states.size()) + " states, but " +
                            std::to_string(count) + " inputs",
                        "n_sequences");
  }
  const size_t wanted = layout.step_rest + (count - layout.loop_rest);
  if (step.inputs().size() != wanted) {
    return context.fail("wrong-arity", "the step has " + std::to_string(step.inputs().size()) +
                                           " inputs, but " + std::to_string(wanted) + " are given");
  }
  const size_t outputs = step.outputs().size() - (layout.has_until ? 1 : 0);
  if (step.outputs().empty() || outputs < layout.states.size() || outputs == 0) {
    return context.fail("wrong-arity", "the step has " + std::to_string(step.outputs().size()) +
                                           " outputs for " + std::to_string(layout.states.size()) +
                                           " states");
  }
  if (layout.has_until) {
    const TensorType& type = step.type(step.outputs().back());
    if (type.dtype != DType::boolean || type.rank() != 0) {
      return context.fail(
          "bad-dtype", "the until condition is " + type_text(type) + ", it must be a bool scalar",
          "until", "a comparison of scalars gives one");
    }
  }
  return true;
}

// The number of steps: the attribute, or the length of the shortest sequence.
bool find_steps(InferContext& context) {
  const size_t sequences = scan_layout(context.attributes).sequences;
  for (size_t i = 0; i < sequences; ++i) {
    if (context.type(i).rank() > 0) continue;
    return context.fail("bad-rank", context.name(i) + " is a scalar, so it is no sequence",
                        "inputs/" + std::to_string(i));
  }
  const auto* given = find_attr<DimExpr>(context.attributes, "n_steps");
  if (given == nullptr) {
    if (sequences == 0) {
      return context.fail("bad-attribute", "needs n_steps or a sequence", "n_steps",
                          "with until, n_steps is how many there are at most");
    }
    DimExpr shortest = context.type(0).shape[0];
    for (size_t i = 1; i < sequences; ++i) {
      shortest = DimExpr::min(shortest, context.type(i).shape[0]);
    }
    context.attributes.insert_or_assign("n_steps", shortest);
    return true;
  }
  if (!require_dim(context, *given, "n_steps")) return false;
  const DimExpr steps = DimExpr::max(*given, 0);  // so that shapes know it, too
  for (size_t i = 0; i < sequences; ++i) {
    const DimExpr& length = context.type(i).shape[0];
    const std::string message = "n_steps is " + given->text() + ", but " + context.name(i) +
                                " has " + length.text() + " elements";
    if (!context.require_equal(DimExpr::min(length, steps), steps, message,
                               "inputs/" + std::to_string(i))) {
      return false;
    }
  }
  context.attributes.insert_or_assign("n_steps", steps);
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

bool check_sequences(InferContext& context, const Graph& step, const ScanLayout& layout) {
  for (size_t i = 0; i < layout.sequences; ++i) {
    TensorType type = context.type(i);
    type.shape.erase(type.shape.begin());
    if (!check_type(context, type, step.type(step.inputs()[i]), "an element of " + context.name(i),
                    "inputs/" + std::to_string(i))) {
      return false;
    }
  }
  return true;
}

bool check_states(InferContext& context, const Graph& step, const ScanLayout& layout) {
  for (size_t i = 0; i < layout.states.size(); ++i) {
    const ScanState& state = layout.states[i];
    const size_t input = layout.sequences + i;
    const std::string part = "inputs/" + std::to_string(input);
    TensorType type = context.type(input);
    if (type.rank() == 0) {
      return context.fail("bad-rank", context.name(input) + " has no axis of initial values", part);
    }
    const std::string message = context.name(input) + " has " + type.shape[0].text() +
                                " initial values, the step looks back " +
                                std::to_string(state.depth) + " steps";
    if (!context.require_equal(type.shape[0], state.depth, message, part)) return false;
    type.shape.erase(type.shape.begin());
    for (size_t k = 0; k < state.taps.size(); ++k) {
      const TensorType& inner = step.type(step.inputs()[state.first_tap + k]);
      if (!check_type(context, type, inner, context.name(input), part)) return false;
      const TensorType& next = step.type(step.outputs()[i]);
      if (!check_type(context, next, inner, "the next value of state " + context.name(input),
                      part)) {
        return false;
      }
    }
  }
  return true;
}

bool check_rest(InferContext& context, const Graph& step, const ScanLayout& layout) {
  for (size_t i = layout.loop_rest; i < context.inputs.size(); ++i) {
    const VariableId inner = step.inputs()[i - layout.loop_rest + layout.step_rest];
    if (!check_type(context, context.type(i), step.type(inner), context.name(i),
                    "inputs/" + std::to_string(i))) {
      return false;
    }
  }
  return true;
}

bool infer(InferContext& context) {
  TGC_CHECK(context.inner.size() == 1, "scan: a loop has one inner Graph");
  const Graph& step = *context.inner[0];
  if (!check_counts(context, step) || !find_steps(context)) return false;
  const ScanLayout layout = scan_layout(context.attributes);
  if (!check_sequences(context, step, layout) || !check_states(context, step, layout) ||
      !check_rest(context, step, layout)) {
    return false;
  }
  context.attributes.try_emplace("go_backwards", false);
  const auto& inner_equalities = step.equalities();
  context.equalities.insert(context.equalities.end(), inner_equalities.begin(),
                            inner_equalities.end());
  const DimExpr steps = layout.has_until ? context.measured_size()
                                         : *find_attr<DimExpr>(context.attributes, "n_steps");
  for (size_t i = 0; i + (layout.has_until ? 1 : 0) < step.outputs().size(); ++i) {
    const TensorType& type = step.type(step.outputs()[i]);
    Shape shape = type.shape;
    if (i >= layout.states.size()) {
      shape.insert(shape.begin(), steps);
    } else if (layout.states[i].is_last_only) {
      shape.insert(shape.begin(), DimExpr(1));
    } else {
      shape.insert(shape.begin(), steps + layout.states[i].depth);
    }
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

void copy_to_row(const Tensor& value, Tensor& rows, int64_t row) {
  const auto bytes = static_cast<size_t>(value.byte_size());
  if (bytes > 0) std::memcpy(rows.bytes() + row * value.byte_size(), value.bytes(), bytes);
}

// The first rows: of a loop that ended early.
Tensor first_rows(const Tensor& all, int64_t count) {
  std::vector<int64_t> dims = all.dims();
  dims[0] = count;
  Tensor rows(all.dtype(), dims);
  const auto bytes = static_cast<size_t>(rows.byte_size());
  if (bytes > 0) std::memcpy(rows.bytes(), all.bytes(), bytes);
  return rows;
}

// All values of a state: the initial ones, and room for one a step.
Tensor make_trace(const Tensor& initial, int64_t steps) {
  std::vector<int64_t> dims = initial.dims();
  dims[0] += steps;
  Tensor trace(initial.dtype(), dims);
  const auto bytes = static_cast<size_t>(initial.byte_size());
  if (bytes > 0) std::memcpy(trace.bytes(), initial.bytes(), bytes);
  return trace;
}

void eval(EvalContext& context) {
  const Graph& step = *context.apply.inner.at(0);
  const ScanLayout layout = scan_layout(context.apply.attributes);
  const int64_t steps = context.dim(*find_attr<DimExpr>(context.apply.attributes, "n_steps"));
  std::vector<Tensor> traces;
  for (size_t i = 0; i < layout.states.size(); ++i) {
    traces.push_back(make_trace(*context.inputs[layout.sequences + i], steps));
  }
  const size_t states = traces.size();
  context.outputs.resize(context.apply.outputs.size());
  for (size_t i = states; i < context.apply.outputs.size(); ++i) {
    const TensorType& type = step.type(step.outputs()[i]);
    std::vector<int64_t> dims{steps};
    for (const DimExpr& dim : type.shape) dims.push_back(context.dim(dim));
    context.outputs[i] = Tensor(type.dtype, dims);
  }
  int64_t done = 0;
  bool is_over = false;
  for (; done < steps && !is_over; ++done) {
    const int64_t t = done;
    std::vector<Tensor> inputs;
    for (size_t i = 0; i < layout.sequences; ++i) {
      const Tensor& sequence = *context.inputs[i];
      inputs.push_back(element(sequence, layout.is_backwards ? sequence.dims()[0] - 1 - t : t));
    }
    for (size_t i = 0; i < states; ++i) {
      for (const int64_t tap : layout.states[i].taps) {
        inputs.push_back(element(traces[i], t + layout.states[i].depth + tap));
      }
    }
    for (size_t i = layout.loop_rest; i < context.inputs.size(); ++i) {
      inputs.push_back(*context.inputs[i]);
    }
    const std::vector<Tensor> results = context.eval_inner(step, inputs);
    if (results.empty()) return;  // it failed
    if (layout.has_until) is_over = results.back().get_int(0) != 0;
    for (size_t i = 0; i < context.apply.outputs.size(); ++i) {
      if (i < states) {
        copy_to_row(results[i], traces[i], t + layout.states[i].depth);
      } else {
        copy_to_row(results[i], context.outputs[i], t);
      }
    }
  }
  if (layout.must_end && done == steps && !is_over) {
    context.failure = "the loop has reached its limit of " + std::to_string(steps) +
                      " steps; its until condition never held";
    return;
  }
  for (size_t i = 0; i < states; ++i) {
    const int64_t depth = layout.states[i].depth;
    if (layout.states[i].is_last_only) {
      std::vector<int64_t> dims = traces[i].dims();
      dims[0] = 1;
      context.outputs[i] = Tensor(traces[i].dtype(), dims);
      copy_to_row(element(traces[i], done + depth - 1), context.outputs[i], 0);
    } else {
      context.outputs[i] =
          done == steps ? std::move(traces[i]) : first_rows(traces[i], done + depth);
    }
  }
  for (size_t i = states; done < steps && i < context.outputs.size(); ++i) {
    context.outputs[i] = first_rows(context.outputs[i], done);
  }
  if (layout.has_until) context.measured = done;
}

}  // namespace

ScanLayout scan_layout(const Attributes& attributes) {
  ScanLayout layout;
  layout.sequences = static_cast<size_t>(attr_or<int64_t>(attributes, "n_sequences", 0));
  layout.is_backwards = attr_or<bool>(attributes, "go_backwards", false);
  layout.has_until = attr_or<bool>(attributes, "until", false);
  layout.must_end = attr_or<bool>(attributes, "must_end", false);
  layout.step_rest = layout.sequences;
  ScanState state;
  for (const int64_t tap : taps_of(attributes)) {
    if (tap != 0) {
      state.taps.push_back(tap);
      state.depth = std::max(state.depth, -tap);
      continue;
    }
    state.first_tap = layout.step_rest;
    layout.step_rest += state.taps.size();
    layout.states.push_back(std::exchange(state, {}));
  }
  for (const int64_t i : attr_or<std::vector<int64_t>>(attributes, "last_only", {})) {
    layout.states.at(static_cast<size_t>(i)).is_last_only = true;
  }
  layout.loop_rest = layout.sequences + layout.states.size();
  return layout;
}

Attributes scan_attributes(size_t sequences, const std::vector<std::vector<int64_t>>& taps,
                           const std::optional<DimExpr>& steps) {
  std::vector<int64_t> all;
  for (const std::vector<int64_t>& of_state : taps) {
    all.insert(all.end(), of_state.begin(), of_state.end());
    all.push_back(0);
  }
  Attributes attributes = {{"n_sequences", static_cast<int64_t>(sequences)}, {"taps", all}};
  if (steps) attributes.emplace("n_steps", *steps);
  return attributes;
}

OpDef scan_op() {
  OpDef op;
  op.name = "scan";
  op.theano = "Scan";
  op.doc =
      "Repeats a body of nodes that sees one element of each sequence, the states of the steps "
      "before, and every variable around it. Its outputs are the states after each step, then the "
      "body's outputs, stacked. In a file: \"sequences\" {name: variable, or {\"variable\", "
      "\"tap\"}}, "
      "\"states\" {name: initial value, or {\"initial\", \"taps\": {name: -1, name: -2}}}, "
      "\"body\" "
      "{\"nodes\", \"next\": {state: its new value}, \"outputs\"}; the attributes n_sequences, "
      "taps "
      "and last_only follow from these.";
  op.min_inputs = 0;
  op.max_inputs = -1;
  op.attributes = {
      {"n_sequences", AttrKind::integer, false, "how many of the inputs are sequences"},
      {"taps", AttrKind::integers, false,
       "how far back a step looks, those of each state followed by a 0"},
      {"last_only", AttrKind::integers, false, "states of which only the last value is wanted"},
      {"n_steps", AttrKind::dim, false, "default: the length of the shortest sequence"},
      {"go_backwards", AttrKind::boolean, false,
       "read the sequences from their end; default false"},
      {"truncate_gradient", AttrKind::integer, false,
       "the gradient goes back so many steps; default -1: all"},
      {"until", AttrKind::boolean, false,
       "the step's last output is a condition, after which there is no further step"},
      {"must_end", AttrKind::boolean, false,
       "n_steps is a limit: reaching it without the condition fails the call"},
      {"size", AttrKind::text, false,
       "with until: a name for the number of steps done, which dims of later nodes may use"}};
  op.measures = [](const Attributes& attributes) {
    return attr_or<bool>(attributes, "until", false);
  };
  op.infer = infer;
  op.grad = scan_grad;
  op.eval = eval;
  op.examples = {
      {R"({"op": "scan", "sequences": {"x_t": "x"}, "states": {"h": "h0"},
                      "body": {"nodes": [{"op": "mul", "inputs": ["h", "w"], "name": "hw"},
                                         {"op": "add", "inputs": ["hw", "x_t"], "name": "next"}],
                               "next": {"h": "next"}, "outputs": ["hw"]},
                      "outputs": ["states", "products"]})",
       R"({"x": {"dtype": "float64", "shape": [5, 3]}, "h0": {"dtype": "float64", "shape": [3]},
           "w": {"dtype": "float64", "shape": [3]}})"},
      {R"({"op": "scan", "states": {"a": {"initial": "first", "taps": {"before": -2, "last": -1}}},
           "n_steps": 6,
           "body": {"nodes": [{"op": "mul", "inputs": ["before", "c"], "name": "part"},
                              {"op": "add", "inputs": ["part", "last"], "name": "total"}],
                    "next": {"a": "total"}},
           "outputs": ["as"]})",
       R"({"first": {"dtype": "float64", "shape": [2]}, "c": {"dtype": "float64", "shape": []}})"},
      {R"({"op": "scan", "sequences": {"x_t": "x", "y_t": "y"}, "go_backwards": true,
           "body": {"nodes": [{"op": "mul", "inputs": ["x_t", "y_t"], "name": "product"}],
                    "outputs": ["product"]},
           "outputs": ["products"]})",
       R"({"x": {"dtype": "float64", "shape": [3, 2]}, "y": {"dtype": "float64", "shape": [3]}})"},
      {R"({"op": "scan", "sequences": {"past": {"variable": "x", "tap": -2}, "now": "x"},
           "states": {"s": "first"}, "n_steps": 3,
           "body": {"nodes": [{"op": "mul", "inputs": ["past", "now"], "name": "product"},
                              {"op": "mul", "inputs": ["s", "past"], "name": "kept"},
                              {"op": "add", "inputs": ["product", "kept"], "name": "next"}],
                    "next": {"s": "next"}},
           "outputs": ["all"]})",
       R"({"x": {"dtype": "float64", "shape": [6]}, "first": {"dtype": "float64", "shape": []}})"}};
  return op;
}

}  // namespace tgc
