// SPDX-License-Identifier: Apache-2.0
// random_permutation, random_multinomial and random_choice: draws of NumPy's generators that are
// more than a number each. The state tells the generator, as for random_normal.
#include "ops/random_draws.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

const Shape& shape_of(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "shape");
}

// ---- random_permutation

bool infer_permutation(InferContext& context) {
  if (!check_numpy_state(context) || !check_shape(context)) return false;
  const DimExpr& n = *find_attr<DimExpr>(context.attributes, "n");
  if (!require_dim(context, n, "n")) return false;
  context.output(context.type(0).dtype, context.type(0).shape);
  Shape shape = shape_of(context.attributes);
  shape.push_back(n);
  context.output(DType::int64, std::move(shape));
  return true;
}

void eval_permutation(EvalContext& context) {
  if (Tensor* const state = begin_draw(context)) draw_orders(*state, context.outputs[1]);
}

void lower_permutation(LowerContext& context) {
  add_draw_routine(context, "draw_permutation", {context.contiguous(0)}, {},
                   {element_count(shape_of(context.apply.attributes)),
                    *find_attr<DimExpr>(context.apply.attributes, "n")});
}

// ---- random_multinomial: of int64 n and float pvals that have one row or one a sample

bool infer_multinomial(InferContext& context) {
  context.attributes.try_emplace("shrinks", false);
  if (!check_numpy_state(context) || !check_shape(context)) return false;
  if (!require_integer(context, 1) || !require_float(context, 2)) return false;
  if (!require_rank_at_least(context, 2, 1)) return false;
  if (!check_rows(context, 1, 0) || !check_rows(context, 2, 1)) return false;
  Shape result = shape_of(context.attributes);
  result.push_back(context.type(2).shape.back());
  context.output(context.type(0).dtype, context.type(0).shape);
  context.output(DType::int64, std::move(result));
  return true;
}

bool is_single(const Shape& shape, size_t kept) {
  for (size_t axis = 0; axis + kept < shape.size(); ++axis) {
    if (!shape[axis].is(1)) return false;
  }
  return true;
}

// Gives n and pvals the sample's axes where they have more than one row, and pvals a float type
// that is computed in.
std::optional<std::vector<VariableId>> expand_multinomial(Builder& builder,
                                                          const std::vector<VariableId>& inputs,
                                                          const Attributes& attributes) {
  Node n(builder, inputs[1]);
  Node pvals(builder, inputs[2]);
  Shape shape = shape_of(attributes);
  Node n_fit = n.cast(DType::int64);
  if (!is_single(n.type().shape, 0)) n_fit = allocated(n_fit, shape);
  Node p_fit = pvals.type().dtype == DType::float16 ? pvals.cast(DType::float32) : pvals;
  shape.push_back(pvals.type().shape.back());
  if (!is_single(pvals.type().shape, 1)) p_fit = allocated(p_fit, shape);
  if (n_fit.id() == inputs[1] && p_fit.id() == inputs[2]) return std::nullopt;
  const ApplyId draw =
      builder.add("random_multinomial", {inputs[0], n_fit.id(), p_fit.id()}, attributes);
  return builder.graph().apply(draw).outputs;
}

void eval_multinomial(EvalContext& context) {
  Tensor* const state = begin_draw(context);
  if (state == nullptr) return;
  const auto failed =
      draw_counts(*state, *context.inputs[1], *context.inputs[2],
                  *find_attr<bool>(context.apply.attributes, "shrinks"), context.outputs[1]);
  if (failed) context.failure = bad_parameter_text(*failed);
}

void lower_multinomial(LowerContext& context) {
  const Shape pvals = context.inputs[2].shape;
  const DimExpr k = pvals.back();
  const OperandRef spare = context.temporary(context.inputs[2].dtype, {k});
  const DimExpr step_n(is_single(context.inputs[1].shape, 0) ? 0 : 1);
  const DimExpr step_p = is_single(pvals, 1) ? DimExpr(0) : k;
  const DimExpr shrinks(*find_attr<bool>(context.apply.attributes, "shrinks") ? 1 : 0);
  add_draw_routine(context, "draw_multinomial",
                   {context.contiguous(0), context.contiguous(1), context.contiguous(2)}, {spare},
                   {element_count(shape_of(context.apply.attributes)), k, step_n, step_p, shrinks});
}

// ---- random_choice

// With p the number to choose from is its length.
DimExpr population_of(const InferContext& context) {
  return context.inputs.size() > 1 ? context.type(1).shape[0]
                                   : *find_attr<DimExpr>(context.attributes, "n");
}

bool infer_choice(InferContext& context) {
  context.attributes.try_emplace("replace", false);
  if (!check_numpy_state(context) || !check_shape(context)) return false;
  const bool has_p = context.inputs.size() > 1;
  if (has_p && (!require_float(context, 1) || !require_rank(context, 1, 1))) return false;
  if (has_p == context.attributes.contains("n")) {
    return context.fail("bad-attribute",
                        has_p ? "n is the number of probabilities, it cannot be given too"
                              : "without probabilities it needs n, the number to choose from",
                        "n", R"({"n": 10}, or the probabilities as the second input)");
  }
  if (!has_p && !require_dim(context, *find_attr<DimExpr>(context.attributes, "n"), "n")) {
    return false;
  }
  const DimExpr population = population_of(context);
  const DimExpr count = element_count(shape_of(context.attributes));
  if (!*find_attr<bool>(context.attributes, "replace")) {
    const std::string message =
        "Cannot take a larger sample than population when replace is "
        "False: " +
        count.text() + " of " + population.text();
    if (!context.require_equal(DimExpr::max(count, population), population, message, "shape")) {
      return false;
    }
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  context.output(DType::int64, shape_of(context.attributes));
  return true;
}

std::vector<VariableId> shaped(Builder& builder, ApplyId draw, const Shape& shape) {
  const std::vector<VariableId> made = builder.graph().apply(draw).outputs;
  return {made[0], reshaped({builder, made[1]}, shape).id()};
}

// With replacement: integers, or places of uniform samples among the sums of p. RandomState
// without: the first of a permutation. What is left are vectors of different positions.
std::optional<std::vector<VariableId>> expand_choice(Builder& builder,
                                                     const std::vector<VariableId>& inputs,
                                                     const Attributes& attributes) {
  const Shape& shape = shape_of(attributes);
  const DimExpr count = element_count(shape);
  const bool replaces = *find_attr<bool>(attributes, "replace");
  const auto draw = [&](const char* what, VariableId first, VariableId second) {
    return builder.add("draw", {inputs[0], first, second},
                       {{"distribution", std::string(what)}, {"count", count}});
  };
  if (inputs.size() == 1) {
    const DimExpr n = *find_attr<DimExpr>(attributes, "n");
    if (replaces) {
      const VariableId above = builder.call("dim", {}, {{"value", n}});
      return shaped(builder, draw("integers", builder.scalar(DType::int64, 0), above), shape);
    }
    if (builder.graph().type(inputs[0]).dtype == DType::uint64) {
      if (shape.size() == 1) return std::nullopt;
      Attributes flat = attributes;
      flat["shape"] = Shape{count};
      return shaped(builder, builder.add("random_choice", inputs, flat), shape);
    }
    const ApplyId order = builder.add("random_permutation", inputs, {{"n", n}, {"shape", Shape{}}});
    const std::vector<VariableId> made = builder.graph().apply(order).outputs;
    const Node first = sliced({builder, made[1]}, 0, std::nullopt, count);
    return {{made[0], reshaped(first, shape).id()}};
  }
  const Node p = Node(builder, inputs[1]).cast(DType::float64);
  if (replaces) {
    const ApplyId made =
        draw("uniform", builder.scalar(DType::float64, 0), builder.scalar(DType::float64, 1));
    const std::vector<VariableId> samples = builder.graph().apply(made).outputs;
    const Node sums = p.call("cumsum", {}, {{"axis", int64_t{0}}});
    const Node whole = sliced(sums, 0, p.type().shape[0] - 1, std::nullopt);
    const Node places =
        (sums / reshaped(whole, {}))
            .call("searchsorted", {{builder, samples[1]}}, {{"side", std::string("right")}});
    return {{samples[0], reshaped(places.cast(DType::int64), shape).id()}};
  }
  if (p.id() == inputs[1] && shape.size() == 1) return std::nullopt;
  const ApplyId made = builder.add("random_choice", {inputs[0], p.id()},
                                   {{"shape", Shape{count}}, {"replace", false}});
  return shaped(builder, made, shape);
}

void eval_choice(EvalContext& context) {
  Tensor* const state = begin_draw(context);
  if (state == nullptr) return;
  if (context.inputs.size() == 1) {
    const DimExpr& n = *find_attr<DimExpr>(context.apply.attributes, "n");
    draw_positions(*state, context.dim(n), context.outputs[1]);
    return;
  }
  const auto failed = draw_distinct(*state, *context.inputs[1], context.outputs[1]);
  if (failed) context.failure = bad_parameter_text(*failed);
}

void lower_choice(LowerContext& context) {
  if (context.inputs.size() == 1) {
    const DimExpr& population = *find_attr<DimExpr>(context.apply.attributes, "n");
    const OperandRef order = context.temporary(DType::int64, {population});
    add_draw_routine(context, "draw_positions", {context.contiguous(0)}, {order},
                     {context.outputs[1].shape[0], population});
    return;
  }
  const DimExpr n = context.inputs[1].shape[0];
  const OperandRef spare = context.temporary(DType::float64, {n * 2});
  add_draw_routine(context, "draw_choice", {context.contiguous(0), context.contiguous(1)}, {spare},
                   {context.outputs[1].shape[0], n});
}

// ---- records

OpDef sequence_op(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"shape", AttrKind::dims, false, "how many draws, as dims ([])"}};
  op.no_grad = "its results are integers";
  op.host_only = "a generator's words follow each other";
  return op;
}

OpDef permutation_op() {
  OpDef op = sequence_op("random_permutation", "RandomFunction{permutation_helper}, PermutationRV",
                         "The numbers below n in an order drawn at random, one order for each "
                         "element of the shape: the new state and the sample.");
  op.attributes.push_back({"n", AttrKind::dim, true, "the length of an order"});
  op.infer = infer_permutation;
  op.eval = eval_permutation;
  op.lower = lower_permutation;
  op.examples = {{R"({"op": "random_permutation", "inputs": ["state"], "n": 7, "shape": [2, 3],
           "outputs": ["next", "orders"]})",
                  "{" TGC_LEGACY "}"},
                 {R"({"op": "random_permutation", "inputs": ["state"], "n": 40,
           "outputs": ["next", "order"]})",
                  "{" TGC_MODERN "}"},
                 {R"({"op": "random_permutation", "inputs": ["state"], "n": 0, "shape": [3],
           "outputs": ["next", "orders"]})",
                  "{" TGC_MODERN "}"}};
  return op;
}

OpDef multinomial_op() {
  OpDef op = sequence_op(
      "random_multinomial", "RandomFunction{multinomial_helper}, MultinomialRV",
      "How often each outcome comes in n draws with the probabilities in the last axis of the "
      "third input; n is the second input. One row of counts for each element of the shape: the "
      "new state and the sample.");
  op.min_inputs = op.max_inputs = 3;
  op.attributes.push_back({"shrinks", AttrKind::boolean, false,
                           "make probabilities that add up to just above 1, or whose last is "
                           "close to 0, smaller first, as Theano does (false)"});
  op.infer = infer_multinomial;
  op.expand = expand_multinomial;
  op.eval = eval_multinomial;
  op.lower = lower_multinomial;
#define TGC_ROWS                                                                   \
  R"(, "n": {"dtype": "int64", "shape": [2, 1], "value": [[50], [200]]},)"         \
  R"( "p": {"dtype": "float64", "shape": [3, 4], "value": [[0.1, 0.2, 0.3, 0.4],)" \
  R"( [0.25, 0.25, 0.5, 0], [0.5, 0.125, 0.125, 0.25]]}})"
  op.examples = {{R"({"op": "random_multinomial", "inputs": ["state", "n", "p"], "shape": [2, 3],
           "shrinks": true, "outputs": ["next", "counts"]})",
                  "{" TGC_LEGACY TGC_ROWS},
                 {R"({"op": "random_multinomial", "inputs": ["state", "n", "p"], "shape": [2, 3],
           "outputs": ["next", "counts"]})",
                  "{" TGC_MODERN TGC_ROWS},
                 {R"({"op": "random_multinomial", "inputs": ["state", "n", "p"],
           "outputs": ["next", "counts"]})",
                  "{" TGC_LEGACY R"(, "n": {"dtype": "int32", "shape": [], "value": 9},
         "p": {"dtype": "float32", "shape": [3], "value": [0.25, 0.25, 0.5]}})"},
                 {R"({"op": "random_multinomial", "inputs": ["state", "n", "p"], "shape": [0],
           "outputs": ["next", "counts"]})",
                  "{" TGC_MODERN R"(, "n": {"dtype": "int64", "shape": [], "value": 9},
         "p": {"dtype": "float32", "shape": [2], "value": [0.25, 0.75]}})"}};
#undef TGC_ROWS
  return op;
}

OpDef choice_op() {
  OpDef op = sequence_op(
      "random_choice", "RandomFunction{choice_helper}, ChoiceWithoutReplacement",
      "Positions drawn from n equally likely ones, or from as many as the second input has "
      "probabilities, without replacement unless asked for: the new state and the sample.");
  op.max_inputs = 2;
  op.attributes.push_back({"n", AttrKind::dim, false, "how many there are, without probabilities"});
  op.attributes.push_back(
      {"replace", AttrKind::boolean, false, "may a position be drawn twice (false)"});
  op.infer = infer_choice;
  op.expand = expand_choice;
  op.eval = eval_choice;
  op.lower = lower_choice;
#define TGC_CHANCES \
  R"(, "p": {"dtype": "float64", "shape": [5], "value": [0.5, 0.25, 0, 0.125, 0.125]}})"
  op.examples = {{R"({"op": "random_choice", "inputs": ["state"], "n": 9, "shape": [2, 3],
                      "outputs": ["next", "chosen"]})",
                  "{" TGC_LEGACY "}"},
                 {R"({"op": "random_choice", "inputs": ["state"], "n": 9, "shape": [2, 3],
                      "outputs": ["next", "chosen"]})",
                  "{" TGC_MODERN "}"},
                 {R"({"op": "random_choice", "inputs": ["state"], "n": 9, "shape": [9],
                      "outputs": ["next", "chosen"]})",
                  "{" TGC_MODERN "}"},
                 {R"({"op": "random_choice", "inputs": ["state"], "n": 10100, "shape": [300],
                      "outputs": ["next", "chosen"]})",
                  "{" TGC_MODERN "}"},
                 {R"({"op": "random_choice", "inputs": ["state"], "n": 9, "shape": [13],
                      "replace": true, "outputs": ["next", "chosen"]})",
                  "{" TGC_MODERN "}"},
                 {R"({"op": "random_choice", "inputs": ["state", "p"], "shape": [2, 2],
                      "outputs": ["next", "chosen"]})",
                  "{" TGC_MODERN TGC_CHANCES},
                 {R"({"op": "random_choice", "inputs": ["state", "p"], "shape": [4],
                      "outputs": ["next", "chosen"]})",
                  "{" TGC_LEGACY TGC_CHANCES},
                 {R"({"op": "random_choice", "inputs": ["state", "p"], "shape": [3, 3],
                      "replace": true, "outputs": ["next", "chosen"]})",
                  "{" TGC_LEGACY TGC_CHANCES}};
#undef TGC_CHANCES
  return op;
}

}  // namespace

std::vector<OpDef> random_sequences_ops() {
  return {permutation_op(), multinomial_op(), choice_op()};
}

}  // namespace tgc
