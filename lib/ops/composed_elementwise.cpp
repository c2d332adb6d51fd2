// SPDX-License-Identifier: Apache-2.0
// Theano's and PyTensor's functions by element that are formulas of the elementwise ops: tests of
// closeness and of infinities, rounding to integers, extremes of several tensors, exponentials
// without overflow, and the activations elu and selu.
#include <cmath>
#include <limits>

#include "ops/composition.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

Node both(const Node& a, const Node& b) {
  return a.call("and_", {b});
}
Node either(const Node& a, const Node& b) {
  return a.call("or_", {b});
}
Node negated(const Node& a) {
  return a.call("invert");
}

// |a - b| <= atol + rtol |b| for finite numbers; infinities of one sign are close.
bool check_isclose(InferContext& context) {
  context.attributes.try_emplace("rtol", 1e-5);
  context.attributes.try_emplace("atol", 1e-8);
  context.attributes.try_emplace("equal_nan", false);
  return numbers_broadcast(context);
}

Node isclose(const Given& given) {
  const Node a = given.x[0];
  const Node b = given.x[1];
  const Node tolerance =
      given.literal(given.get<double>("atol")) + given.literal(given.get<double>("rtol")) * abs(b);
  const Node a_inf = a.call("isinf");
  const Node b_inf = b.call("isinf");
  const Node a_nan = a.call("isnan");
  const Node b_nan = b.call("isnan");
  const Node is_odd = either(either(a_nan, b_nan), either(a_inf, b_inf));
  const Node near = both(le(abs(a - b), tolerance), negated(is_odd));
  const Node close = either(near, both(both(a_inf, b_inf), eq(a, b)));
  return given.get<bool>("equal_nan") ? either(close, both(a_nan, b_nan)) : close;
}

Node allclose(const Given& given) {
  return isclose(given).call("all");
}

Node isfinite(const Given& given) {
  const Node x = given.x[0];
  return both(negated(x.call("isnan")), negated(x.call("isinf")));
}

template <int sign>
Node is_infinity(const Given& given) {
  const Node x = given.x[0];
  const bool is_small = is_float(x.type().dtype);
  return eq(x, given.number(is_small ? x.type().dtype : DType::float64, sign * INFINITY));
}

double largest_of(DType dtype) {
  if (dtype == DType::float16) return 65504;
  return dtype == DType::float32 ? std::numeric_limits<float>::max()
                                 : std::numeric_limits<double>::max();
}

bool check_nan_to_num(InferContext& context) {
  context.attributes.try_emplace("nan", 0.0);
  if (!require_float(context, 0)) return false;
  const double most = largest_of(context.type(0).dtype);
  context.attributes.try_emplace("posinf", most);
  context.attributes.try_emplace("neginf", -most);
  return true;
}

Node nan_to_num(const Given& given) {
  const Node x = given.x[0];
  const auto number = [&](std::string_view name) { return x.number(given.get<double>(name)); };
  const Node finite = where(eq(x, x.number(INFINITY)), number("posinf"),
                            where(eq(x, x.number(-INFINITY)), number("neginf"), x));
  return where(x.call("isnan"), number("nan"), finite);
}

bool check_round(InferContext& context) {
  context.attributes.try_emplace("mode", std::string("half_to_even"));
  return require_float(context, 0);
}

Node round(const Given& given) {
  return given.x[0].call("round_" + given.get<std::string>("mode"));
}

Node iround(const Given& given) {
  return round(given).cast(DType::int64);
}

bool integers_broadcast(InferContext& context) {
  return require_integer(context, 0) && require_integer(context, 1) && inputs_broadcast(context);
}

Node ceil_intdiv(const Given& given) {
  const Node quotient = given.x[0].call("int_div", {given.x[1]});
  const Node rest = given.x[0].call("mod", {given.x[1]});
  return rest.call("neq", {rest.number(0)}).cast(quotient.type().dtype) + quotient;
}

std::vector<Node> divmod(const Given& given) {
  return {given.x[0].call("int_div", {given.x[1]}), given.x[0].call("mod", {given.x[1]})};
}

// Two tensors broadcast; more are stacked, so that their shapes must be equal.
bool check_extremes(InferContext& context) {
  if (context.inputs.size() == 2) return inputs_broadcast(context);
  const Shape first = context.type(0).shape;
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const Shape& other = context.type(i).shape;
    const std::string part = "inputs/" + std::to_string(i);
    if (!require_rank(context, i, context.type(0).rank())) return false;
    for (size_t axis = 0; axis < first.size(); ++axis) {
      const std::string message = "lengths of axis " + std::to_string(axis) +
                                  " differ: " + first[axis].text() + " (" + context.name(0) +
                                  ") and " + other[axis].text() + " (" + context.name(i) + ")";
      if (!context.require_equal(first[axis], other[axis], message, part)) return false;
    }
  }
  return true;
}

Node extreme(const Given& given, bool is_largest) {
  const std::vector<Node>& x = given.x;
  if (x.size() == 2) return where(is_largest ? gt(x[0], x[1]) : lt(x[0], x[1]), x[0], x[1]);
  const Node all = x[0].call("stack", {x.begin() + 1, x.end()});
  return reduced(is_largest ? "max" : "min", all, {0});
}
Node largest(const Given& given) {
  return extreme(given, true);
}
Node smallest(const Given& given) {
  return extreme(given, false);
}

// m + log Σ exp(x - m) with the largest x as m, or 0 where that is infinite.
Node logaddexp(const Given& given) {
  Node most = given.x[0];
  for (size_t i = 1; i < given.x.size(); ++i) most = most.call("maximum", {given.x[i]});
  most = where(most.call("isinf"), most.number(0), most).call("consider_constant");
  std::vector<Node> powers;
  for (const Node& x : given.x) powers.push_back(exp(x - most));
  const Node sum = powers[0].call("add", {powers.begin() + 1, powers.end()});
  return log(sum) + most;
}

bool check_elu(InferContext& context) {
  context.attributes.try_emplace("alpha", 1.0);
  return context.inputs.size() == 1 ? require_number(context, 0) : numbers_broadcast(context);
}

Node elu_of(const Given& given, const Node& alpha) {
  const Node x = given.x[0];
  return where(gt(x, given.number(DType::int8, 0)), x, alpha * x.call("expm1"));
}

// A whole number is an int8, as a Python integer is.
Node elu(const Given& given) {
  if (given.x.size() > 1) return elu_of(given, given.x[1]);
  const double alpha = given.get<double>("alpha");
  const bool is_short = alpha == std::floor(alpha) && std::abs(alpha) < 128;
  return elu_of(given, is_short ? given.number(DType::int8, alpha) : given.literal(alpha));
}

// The constants of Klambauer et al., "Self-Normalizing Neural Networks", 2017.
Node selu(const Given& given) {
  constexpr double kAlpha = 1.6732632423543772848170429916717;
  constexpr double kScale = 1.0507009873554804934193349852946;
  return given.literal(kScale) * elu_of(given, given.literal(kAlpha));
}

bool one_number(InferContext& context) {
  return require_number(context, 0);
}

constexpr std::string_view kPair = R"({"x": {"dtype": "float32", "shape": [3, 4]},
                                      "y": {"dtype": "float32", "shape": [4]}})";
constexpr std::string_view kOne =
    R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3}})";

std::vector<OpDef> test_ops() {
  const std::vector<AttrDef> tolerances = {
      {"rtol", AttrKind::real, false, "the part of |y| that may differ (1e-5)"},
      {"atol", AttrKind::real, false, "what may differ besides (1e-8)"},
      {"equal_nan", AttrKind::boolean, false, "whether NaN is close to NaN (false)"}};
  return {
      composed<isclose, check_isclose>(
          {.name = "isclose",
           .theano = "isclose",
           .doc = "Whether |x - y| is at most atol + rtol |y|; infinities must be equal.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = tolerances,
           .examples = {{R"({"op": "isclose", "inputs": ["x", "y"], "atol": 0.5})", kPair},
                        {R"({"op": "isclose", "inputs": ["x", "x"], "equal_nan": true})", kOne}}}),
      composed<allclose, check_isclose>(
          {.name = "allclose",
           .theano = "allclose",
           .doc = "Whether isclose holds for all elements.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = tolerances,
           .examples = {{R"({"op": "allclose", "inputs": ["x", "y"], "rtol": 0.1})", kPair}}}),
      composed<isfinite, any_input>(
          {.name = "isfinite",
           .theano = "isfinite",
           .doc = "Whether x is neither NaN nor infinite.",
           .min_inputs = 1,
           .max_inputs = 1,
           .examples = {{R"({"op": "isfinite", "inputs": ["x"]})", kOne}}}),
      composed<is_infinity<1>, any_input>(
          {.name = "isposinf",
           .theano = "isposinf",
           .doc = "Whether x is plus infinity.",
           .min_inputs = 1,
           .max_inputs = 1,
           .examples = {{R"({"op": "isposinf", "inputs": ["x"]})", kOne}}}),
      composed<is_infinity<-1>, any_input>(
          {.name = "isneginf",
           .theano = "isneginf",
           .doc = "Whether x is minus infinity.",
           .min_inputs = 1,
           .max_inputs = 1,
           .examples = {{R"({"op": "isneginf", "inputs": ["x"]})", kOne}}}),
      composed<nan_to_num, check_nan_to_num>(
          {.name = "nan_to_num",
           .theano = "nan_to_num",
           .doc = "x with numbers in the place of NaN and the infinities.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"nan", AttrKind::real, false, "for NaN (0)"},
                          {"posinf", AttrKind::real, false, "for infinity (the largest number)"},
                          {"neginf", AttrKind::real, false, "for -infinity (minus the largest)"}},
           .examples = {{R"({"op": "nan_to_num", "inputs": ["x"], "nan": 0.5})", kOne}}}),
  };
}

std::vector<OpDef> rounding_ops() {
  const std::vector<AttrDef> mode = {{"mode",
                                      AttrKind::text,
                                      false,
                                      "what becomes of halves (half_to_even)",
                                      {"half_to_even", "half_away_from_zero"}}};
  return {
      composed<round, check_round>(
          {.name = "round",
           .theano = "Elemwise{round_half_to_even}, Elemwise{round_half_away_from_zero}",
           .doc = "The nearest integer, as a float.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = mode,
           .examples = {{R"({"op": "round", "inputs": ["x"]})", kOne},
                        {R"({"op": "round", "inputs": ["x"], "mode": "half_away_from_zero"})",
                         kOne}}}),
      composed<iround, check_round>({.name = "iround",
                                     .theano = "Elemwise{round_half_to_even}, Cast",
                                     .doc = "The nearest integer, as an int64.",
                                     .min_inputs = 1,
                                     .max_inputs = 1,
                                     .attributes = mode,
                                     .examples = {{R"({"op": "iround", "inputs": ["x"]})", kOne}}}),
      composed<ceil_intdiv, integers_broadcast>(
          {.name = "ceil_intdiv",
           .theano = "Elemwise{int_div}",
           .doc = "The integer x divided by the integer y, rounded up.",
           .min_inputs = 2,
           .max_inputs = 2,
           .examples = {{R"({"op": "ceil_intdiv", "inputs": ["x", "y"]})",
                         R"({"x": {"dtype": "int32", "shape": [3, 4], "low": -9, "high": 9},
                             "y": {"dtype": "int8", "shape": [4], "low": 1, "high": 5}})"}}}),
      composed<divmod, inputs_broadcast>(
          {.name = "divmod",
           .theano = "Elemwise{int_div}, Elemwise{mod}",
           .doc = "int_div and mod: two outputs.",
           .min_inputs = 2,
           .max_inputs = 2,
           .examples = {{R"({"op": "divmod", "inputs": ["x", "y"], "outputs": ["q", "r"]})",
                         R"({"x": {"dtype": "int32", "shape": [3, 4], "low": -9, "high": 9},
                             "y": {"dtype": "int32", "shape": [4], "low": 1, "high": 5}})"},
                        {R"({"op": "divmod", "inputs": ["x", "y"], "outputs": ["q", "r"]})",
                         R"({"x": {"dtype": "float64", "shape": [3], "low": 0.1, "high": 0.9},
                             "y": {"dtype": "float64", "shape": [3], "low": 1, "high": 5}})"}}}),
  };
}

OpDef extremes(std::string_view name, std::string_view theano, std::string_view doc,
               std::string_view two, std::string_view three) {
  return {.name = name,
          .theano = theano,
          .doc = doc,
          .min_inputs = 1,
          .max_inputs = -1,
          .examples = {{two, kPair}, {three, R"({"x": {"dtype": "float32", "shape": [2, 3]},
                                   "y": {"dtype": "float32", "shape": [2, 3]},
                                   "z": {"dtype": "float32", "shape": [2, 3]}})"}}};
}

std::vector<OpDef> function_ops() {
  return {
      composed<largest, check_extremes>(
          extremes("largest", "Elemwise{switch}, CAReduce{maximum}",
                   "The largest of the inputs by element; of a tie or with NaN the second. Two "
                   "inputs broadcast, more must have one shape.",
                   R"({"op": "largest", "inputs": ["x", "y"]})",
                   R"({"op": "largest", "inputs": ["x", "y", "z"]})")),
      composed<smallest, check_extremes>(
          extremes("smallest", "Elemwise{switch}, CAReduce{minimum}",
                   "The smallest of the inputs by element; of a tie or with NaN the second. Two "
                   "inputs broadcast, more must have one shape.",
                   R"({"op": "smallest", "inputs": ["x", "y"]})",
                   R"({"op": "smallest", "inputs": ["x", "y", "z"]})")),
      composed<logaddexp, floats_broadcast>(
          {.name = "logaddexp",
           .theano = "LogAddExp",
           .doc = "log(exp(x) + exp(y) + …) without overflow.",
           .min_inputs = 2,
           .max_inputs = -1,
           .examples = {{R"({"op": "logaddexp", "inputs": ["x", "y"]})", kPair},
                        {R"({"op": "logaddexp", "inputs": ["x", "y", "x"]})", kPair}}}),
      composed<elu, check_elu>(
          {.name = "elu",
           .theano = "elu",
           .doc = "x where it is positive, elsewhere alpha (exp(x) - 1); alpha is an attribute or "
                  "the second input.",
           .min_inputs = 1,
           .max_inputs = 2,
           .attributes = {{"alpha", AttrKind::real, false, "the scale below 0 (1)"}},
           .examples = {{R"({"op": "elu", "inputs": ["x"]})", kOne},
                        {R"({"op": "elu", "inputs": ["x"], "alpha": 0.3})", kOne},
                        {R"({"op": "elu", "inputs": ["x", "y"]})", kPair}}}),
      composed<selu, one_number>({.name = "selu",
                                  .theano = "selu",
                                  .doc = "The self-normalizing elu, scaled by 1.0507….",
                                  .min_inputs = 1,
                                  .max_inputs = 1,
                                  .examples = {{R"({"op": "selu", "inputs": ["x"]})", kOne}}}),
  };
}

}  // namespace

std::vector<OpDef> composed_elementwise_ops() {
  std::vector<OpDef> ops = test_ops();
  for (auto* more : {rounding_ops, function_ops}) {
    for (OpDef& op : more()) ops.push_back(std::move(op));
  }
  return ops;
}

}  // namespace tgc
