// SPDX-License-Identifier: Apache-2.0
// Distributions made of uniform samples of MRG31k3p (mrg_…, with the numbers of Theano's
// MRG_RandomStreams) and of Philox (philox_…): each gives the next state and the sample.
#include "ops/draws.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

enum class Source { mrg, philox };

// ---- checks

bool check_state(InferContext& context, Source source) {
  return source == Source::mrg ? check_mrg_state(context) : check_philox_state(context);
}

template <Source source>
bool check_floats(InferContext& context) {
  return check_sample_dtype(context, true) && check_state(context, source) &&
         check_parameters(context);
}

template <Source source>
bool check_counts(InferContext& context) {
  return check_sample_dtype(context, false) && check_state(context, source) &&
         check_parameters(context);
}

template <Source source>
bool check_rows(InferContext& context) {
  context.attributes.try_emplace("n", DimExpr(1));
  const DimExpr& n = *find_attr<DimExpr>(context.attributes, "n");
  return check_sample_dtype(context, false) && check_state(context, source) &&
         require_float(context, 1) && require_rank(context, 1, 2) && require_dim(context, n, "n");
}

template <Source source>
bool check_choice(InferContext& context) {
  if (!check_rows<source>(context)) return false;
  context.attributes.try_emplace("replace", false);
  if (*find_attr<bool>(context.attributes, "replace")) return true;
  const DimExpr& n = *find_attr<DimExpr>(context.attributes, "n");
  const DimExpr& outcomes = context.type(1).shape[1];
  return context.require_equal(DimExpr::max(n, outcomes), outcomes,
                               "Cannot sample without replacement n samples bigger than the size "
                               "of the distribution: n is " +
                                   n.text() + ", the rows have " + outcomes.text(),
                               "n");
}

// ---- formulas

// The next state and a vector of `count` uniform samples.
std::vector<Node> uniform_vector(const Given& given, Source source, const DimExpr& count,
                                 DType dtype) {
  if (source == Source::philox) return philox_uniform(given, count, dtype);
  const Attributes attributes{{"shape", Shape{count}}, {"dtype", dtype}};
  const ApplyId draw = given.builder.add("mrg_uniform", {given.x[0].id()}, attributes);
  const std::vector<VariableId> made = given.builder.graph().apply(draw).outputs;
  return {{given.builder, made[0]}, {given.builder, made[1]}};
}

const Shape& shape_of(const Given& given) {
  return given.get<Shape>("shape");
}

// The sample in its shape, times the third input, plus the second, as Theano has it.
Node scaled(const Given& given, const Node& vector) {
  Node sample = reshaped(vector, shape_of(given));
  const DType dtype = given.get<DType>("dtype");
  if (given.x.size() > 2) sample = sample * given.x[2].cast(dtype);
  return given.x.size() > 1 ? sample + given.x[1].cast(dtype) : sample;
}

std::vector<Node> uniform(const Given& given) {
  std::vector<Node> made =
      philox_uniform(given, element_count(shape_of(given)), given.get<DType>("dtype"));
  if (given.x.size() < 3) return {made[0], reshaped(made[1], shape_of(given))};
  const DType dtype = given.get<DType>("dtype");
  const Node low = given.x[1].cast(dtype);
  return {made[0], reshaped(made[1], shape_of(given)) * (given.x[2].cast(dtype) - low) + low};
}

// Box and Muller 1958: a radius and an angle give two samples. Theano takes the radius of u, which
// its generator never makes 0; Philox makes 0 and never 1.
template <Source source>
std::vector<Node> normal(const Given& given) {
  const DType dtype = given.get<DType>("dtype");
  const DimExpr count = element_count(shape_of(given));
  const DimExpr pairs = DimExpr::ceil_div(count, 2);
  const std::vector<Node> u = uniform_vector(given, source, pairs * 2, dtype);
  Node first = sliced(u[1], 0, std::nullopt, pairs);
  if (source == Source::philox) first = given.number(dtype, 1) - first;
  const Node radius = (log(first) * given.number(dtype, -2)).call("sqrt");
  const Node angle = sliced(u[1], 0, pairs, std::nullopt) * given.number(dtype, 6.283185307179586);
  const Node both = joined({radius * cos(angle), radius * sin(angle)}, 0);
  return {u[0], scaled(given, sliced(both, 0, std::nullopt, count))};
}

// The normal distribution's inverse cumulative function of samples between its values at -2 and 2.
// The samples' standard deviation is the one given, as in Theano: that of the whole distribution is
// larger by 1 / 0.8796….
std::vector<Node> truncated_normal(const Given& given) {
  constexpr double kErf = 0.95449973610364158;  // erf(sqrt(2))
  constexpr double kDeviation = 0.87962566103423978;
  const DType dtype = given.get<DType>("dtype");
  const DType work = dtype == DType::float16 ? DType::float32 : dtype;
  const std::vector<Node> u = philox_uniform(given, element_count(shape_of(given)), work);
  const Node inside = (u[1] * 2.0 - 1.0) * kErf;
  const Node sample = inside.call("erfinv") * 1.4142135623730951;
  const bool has_deviation = given.x.size() > 2;
  const Node unit = has_deviation ? sample * (1 / kDeviation) : sample;
  return {u[0], scaled(given, unit.cast(dtype))};
}

// With n trials a sample is the number of uniform samples below p.
template <Source source>
std::vector<Node> binomial(const Given& given) {
  Shape shape = shape_of(given);
  const DimExpr n = given.has("n") ? given.dim("n") : DimExpr(1);
  const bool is_one = n.is(1);
  if (!is_one) shape.push_back(n);
  const std::vector<Node> u =
      uniform_vector(given, source, element_count(shape), given.builder.float_x());
  Node p = given.x.size() > 1 ? given.x[1] : given.literal(0.5);
  if (!is_one) p = with_new_axis(p, p.type().rank());
  const Node hits = lt(reshaped(u[1], shape), p);
  const auto dtype = given.get<DType>("dtype");
  if (is_one) return {u[0], hits.cast(dtype)};
  const auto last = static_cast<int64_t>(shape.size()) - 1;
  return {u[0], reduced("sum", hits.cast(DType::int64), {last}).cast(dtype)};
}

// Of each row of the second input.
template <Source source, bool is_choice>
std::vector<Node> from_rows(const Given& given) {
  const DimExpr& n = given.dim("n");
  const DimExpr count = given.x[1].type().shape[0] * n;
  const std::vector<Node> u = uniform_vector(given, source, count, given.builder.float_x());
  Attributes attributes{{"n", n}, {"dtype", given.get<DType>("dtype")}};
  if (is_choice) attributes["replace"] = given.get<bool>("replace");
  const char* const op = is_choice ? "choice_from_uniform" : "multinomial_from_uniform";
  return {u[0], given.x[1].call(op, {u[1]}, attributes)};
}

// ---- records

constexpr std::string_view kNew = "none: new in tgc";
constexpr std::string_view kStream = "none: a method of MRG_RandomStreams";

OpDef sample_op(std::string_view name, Source source, std::string_view doc, int inputs,
                std::string_view dtype) {
  OpDef op;
  op.name = name;
  op.theano = source == Source::mrg ? kStream : kNew;
  op.doc = doc;
  op.min_inputs = 1;
  op.max_inputs = inputs;
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the sample"},
                   {"dtype", AttrKind::dtype, false, dtype}};
  return op;
}

OpDef rows_op(std::string_view name, Source source, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = source == Source::mrg ? kStream : kNew;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 2;
  op.attributes = {{"n", AttrKind::dim, false, "draws from each row (1)"},
                   {"dtype", AttrKind::dtype, false, "of the sample (int64)"}};
  return op;
}

constexpr std::string_view kFloatX = "default: floatX";
constexpr std::string_view kInt = "default: int64";
constexpr std::string_view kNormalDoc =
    "Samples of the normal distribution, by Box and Muller's transform, with the mean in the "
    "second input (0) and the standard deviation in the third (1): the new state and the sample.";
constexpr std::string_view kBinomialDoc =
    "How many of n trials succeed, each with the probability in the second input (0.5): the new "
    "state and the sample.";
constexpr std::string_view kMultinomialDoc =
    "How often each outcome is drawn in n draws from each row of a matrix of probabilities: the "
    "new state and the counts, a row each.";
constexpr std::string_view kChoiceDoc =
    "The outcomes of n draws from each row of a matrix of probabilities, without replacement "
    "unless asked for: the new state and the positions, a row each.";

// {state} and what else is given.
#define TGC_MRG_STATE \
  R"({"state": {"dtype": "int32", "shape": [2, 6], "value": [[12345, 12345, 12345, 12345, 12345, 12345], [1, 2, 3, 4, 5, 6]]})"
#define TGC_PHILOX_STATE \
  R"({"state": {"dtype": "uint32", "shape": [6], "value": [4294967290, 7, 0, 0, 12, 34]})"
#define TGC_MOMENTS \
  R"(, "mean": {"dtype": "float32", "shape": [3]}, "deviation": {"dtype": "float32", "shape": [2, 1]}})"
#define TGC_CHANCES R"(, "p": {"dtype": "float32", "shape": [3], "value": [0.1, 0.5, 0.9]}})"
#define TGC_ROWS \
  R"(, "pvals": {"dtype": "float32", "shape": [2, 3], "value": [[0.25, 0.5, 0.25], [0.1, 0.1, 0.8]]}})"

std::vector<OpExample> normal_examples(Source source, bool is_truncated) {
  if (source == Source::mrg) {
    return {{R"({"op": "mrg_normal", "inputs": ["state", "mean", "deviation"], "shape": [2, 3],
                 "dtype": "float64", "outputs": ["next", "sample"]})",
             TGC_MRG_STATE TGC_MOMENTS},
            {R"({"op": "mrg_normal", "inputs": ["state"], "shape": [5], "dtype": "float64",
                 "outputs": ["next", "sample"]})",
             TGC_MRG_STATE "}"},
            {R"({"op": "mrg_normal", "inputs": ["state"], "shape": [0, 2], "dtype": "float32",
                 "outputs": ["next", "sample"]})",
             TGC_MRG_STATE "}"}};
  }
  if (is_truncated) {
    return {{R"({"op": "philox_truncated_normal", "inputs": ["state", "mean", "deviation"],
                 "shape": [2, 3], "dtype": "float64", "outputs": ["next", "sample"]})",
             TGC_PHILOX_STATE TGC_MOMENTS},
            {R"({"op": "philox_truncated_normal", "inputs": ["state"], "shape": [7],
                 "dtype": "float64", "outputs": ["next", "sample"]})",
             TGC_PHILOX_STATE "}"},
            {R"({"op": "philox_truncated_normal", "inputs": ["state"], "shape": [0],
                 "dtype": "float16", "outputs": ["next", "sample"]})",
             TGC_PHILOX_STATE "}"}};
  }
  return {{R"({"op": "philox_normal", "inputs": ["state"], "shape": [5, 3], "dtype": "float64",
               "outputs": ["next", "sample"]})",
           TGC_PHILOX_STATE "}"},
          {R"({"op": "philox_normal", "inputs": ["state", "mean", "deviation"], "shape": [2, 3],
               "dtype": "float64", "outputs": ["next", "sample"]})",
           TGC_PHILOX_STATE TGC_MOMENTS},
          {R"({"op": "philox_normal", "inputs": ["state"], "shape": [0], "dtype": "float32",
               "outputs": ["next", "sample"]})",
           TGC_PHILOX_STATE "}"}};
}

OpDef philox_uniform_op() {
  OpDef op = sample_op(
      "philox_uniform", Source::philox,
      "Uniform samples from the second input (0), included, to the third (1), excluded, from the "
      "words of philox_words: the new state and the sample.",
      3, kFloatX);
  op = composed<uniform, check_floats<Source::philox>>(std::move(op));
  op.examples = {
      {R"({"op": "philox_uniform", "inputs": ["state"], "shape": [3, 5], "dtype": "float32",
           "outputs": ["next", "sample"]})",
       TGC_PHILOX_STATE "}"},
      {R"({"op": "philox_uniform", "inputs": ["state", "low", "high"], "shape": [2, 3],
           "dtype": "float64", "outputs": ["next", "sample"]})",
       TGC_PHILOX_STATE
       R"(, "low": {"dtype": "float64", "shape": [3]}, "high": {"dtype": "float32", "shape": []}})"},
      {R"({"op": "philox_uniform", "inputs": ["state"], "shape": [0], "dtype": "float16",
           "outputs": ["next", "sample"]})",
       TGC_PHILOX_STATE "}"}};
  return op;
}

template <Source source>
std::vector<OpDef> counting_ops() {
  const bool is_mrg = source == Source::mrg;
  OpDef binomials =
      sample_op(is_mrg ? "mrg_binomial" : "philox_binomial", source, kBinomialDoc, 2, kInt);
  binomials.attributes.push_back({"n", AttrKind::dim, false, "trials a sample (1)"});
  OpDef multinomial =
      rows_op(is_mrg ? "mrg_multinomial" : "philox_multinomial", source, kMultinomialDoc);
  OpDef choice = rows_op(is_mrg ? "mrg_choice" : "philox_choice", source, kChoiceDoc);
  choice.attributes.push_back(
      {"replace", AttrKind::boolean, false, "may an outcome be drawn twice (false)"});
  if (is_mrg) {
    binomials.examples = {{R"({"op": "mrg_binomial", "inputs": ["state", "p"], "shape": [4, 3],
                               "outputs": ["next", "sample"]})",
                           TGC_MRG_STATE TGC_CHANCES},
                          {R"({"op": "mrg_binomial", "inputs": ["state"], "shape": [5], "n": 3,
                               "dtype": "float32", "outputs": ["next", "sample"]})",
                           TGC_MRG_STATE "}"}};
    multinomial.examples = {{R"({"op": "mrg_multinomial", "inputs": ["state", "pvals"], "n": 4,
                                 "outputs": ["next", "counts"]})",
                             TGC_MRG_STATE TGC_ROWS}};
    choice.examples = {{R"({"op": "mrg_choice", "inputs": ["state", "pvals"], "n": 2,
                            "dtype": "int32", "outputs": ["next", "chosen"]})",
                        TGC_MRG_STATE TGC_ROWS}};
  } else {
    binomials.examples = {{R"({"op": "philox_binomial", "inputs": ["state", "p"], "shape": [4, 3],
                               "n": 6, "outputs": ["next", "sample"]})",
                           TGC_PHILOX_STATE TGC_CHANCES},
                          {R"({"op": "philox_binomial", "inputs": ["state"], "shape": [5],
                               "dtype": "float32", "outputs": ["next", "sample"]})",
                           TGC_PHILOX_STATE "}"}};
    multinomial.examples = {{R"({"op": "philox_multinomial", "inputs": ["state", "pvals"], "n": 4,
                                 "outputs": ["next", "counts"]})",
                             TGC_PHILOX_STATE TGC_ROWS}};
    choice.examples = {{R"({"op": "philox_choice", "inputs": ["state", "pvals"], "n": 2,
                            "replace": true, "outputs": ["next", "chosen"]})",
                        TGC_PHILOX_STATE TGC_ROWS}};
  }
  return {composed<binomial<source>, check_counts<source>>(std::move(binomials)),
          composed<from_rows<source, false>, check_rows<source>>(std::move(multinomial)),
          composed<from_rows<source, true>, check_choice<source>>(std::move(choice))};
}

#undef TGC_MRG_STATE
#undef TGC_PHILOX_STATE
#undef TGC_MOMENTS
#undef TGC_CHANCES
#undef TGC_ROWS

}  // namespace

std::vector<OpDef> composed_draws_ops() {
  std::vector<OpDef> ops;
  OpDef mrg = sample_op("mrg_normal", Source::mrg, kNormalDoc, 3, kFloatX);
  ops.push_back(composed<normal<Source::mrg>, check_floats<Source::mrg>>(std::move(mrg)));
  ops.back().examples = normal_examples(Source::mrg, false);
  OpDef philox = sample_op("philox_normal", Source::philox, kNormalDoc, 3, kFloatX);
  ops.push_back(composed<normal<Source::philox>, check_floats<Source::philox>>(std::move(philox)));
  ops.back().examples = normal_examples(Source::philox, false);
  OpDef truncated = sample_op(
      "philox_truncated_normal", Source::philox,
      "Samples of the normal distribution cut off at two standard deviations, with the mean in the "
      "second input (0) and the samples' own standard deviation in the third (0.8796): the new "
      "state and the sample.",
      3, kFloatX);
  ops.push_back(composed<truncated_normal, check_floats<Source::philox>>(std::move(truncated)));
  ops.back().examples = normal_examples(Source::philox, true);
  ops.push_back(philox_uniform_op());
  for (OpDef& op : counting_ops<Source::mrg>()) ops.push_back(std::move(op));
  for (OpDef& op : counting_ops<Source::philox>()) ops.push_back(std::move(op));
  return ops;
}

}  // namespace tgc
