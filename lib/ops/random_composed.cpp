// SPDX-License-Identifier: Apache-2.0
// random_cauchy and others: formulas of NumPy's draws, with the draws, and their order, that
// PyTensor and SciPy make.
#include "ops/linalg.h"
#include "ops/random_draws.h"

namespace tgc {
namespace {

constexpr double kPi = 3.14159265358979323846;

// ---- formulas

const Shape& shape_of(const Given& given) {
  return given.get<Shape>("shape");
}
Node real(const Given& given, size_t input, double fallback = 0) {
  return parameter_or(given, input, DType::float64, fallback);
}
// A parameter in its own dtype, as NumPy computes with it before it meets a float64.
Node own(const Given& given, size_t input, double fallback) {
  if (input >= given.x.size()) return given.number(DType::float64, fallback);
  const Node& x = given.x[input];
  return is_float(x.type().dtype) ? x : x.cast(DType::float64);
}
Node number(const Given& given, double value) {
  return given.number(DType::float64, value);
}
std::vector<Node> result_of(const Given& given, const Node& state, const Node& sample) {
  Node whole = sample;
  if (whole.type().shape != shape_of(given)) whole = allocated(whole, shape_of(given));
  return {state, whole.cast(given.get<DType>("dtype"))};
}
Drawn uniform(const Given& given) {
  return drawn(given.x[0], "uniform", {number(given, 0), number(given, 1)}, shape_of(given));
}
Drawn standard_normal(const Given& given, const Shape& shape) {
  return drawn(given.x[0], "normal", {number(given, 0), number(given, 1)}, shape);
}
Node power(const Node& a, const Node& b) {
  return a.call("pow", {b});
}
// location + scale x, with the inputs of these numbers
std::vector<Node> placed(const Given& given, const Drawn& unit, size_t location, size_t scale) {
  return result_of(given, unit.state, unit.sample * real(given, scale, 1) + real(given, location));
}

std::vector<Node> triangular(const Given& given) {
  const Node left = real(given, 1), mode = real(given, 2, 0.5), right = real(given, 3, 1);
  const Node base = right - left;
  const Node rise = mode - left;
  const Drawn u = uniform(given);
  const Node below = left + sqrt(u.sample * (rise * base));
  const Node above = right - sqrt((1.0 - u.sample) * ((right - mode) * base));
  return result_of(given, u.state, where(le(u.sample, rise / base), below, above));
}

std::vector<Node> halfnormal(const Given& given) {
  Drawn z = standard_normal(given, shape_of(given));
  z.sample = abs(z.sample);
  return placed(given, z, 1, 2);
}

std::vector<Node> invgamma(const Given& given) {
  const Node rate = 1.0 / own(given, 2, 1);
  const Drawn gamma = drawn(given.x[0], "gamma", {real(given, 1, 1), rate}, shape_of(given));
  return result_of(given, gamma.state, 1.0 / gamma.sample);
}

std::vector<Node> pareto(const Given& given) {
  const Drawn u = uniform(given);
  const Node unit = power(1.0 - u.sample, -1.0 / own(given, 1, 1));
  return result_of(given, u.state, unit * real(given, 2, 1));
}

std::vector<Node> gumbel(const Given& given) {
  Drawn u = uniform(given);
  u.sample = -log(-log(u.sample));
  return placed(given, u, 1, 2);
}

// tan(pi (u - 1/2)), from the nearer end.
std::vector<Node> cauchy(const Given& given) {
  Drawn u = uniform(given);
  const Node near = where(gt(u.sample, u.sample.number(0.5)), u.sample - 1.0, u.sample);
  u.sample = -1.0 / (near * kPi).call("tan");
  return placed(given, u, 1, 2);
}

std::vector<Node> halfcauchy(const Given& given) {
  Drawn u = uniform(given);
  u.sample = (u.sample * (kPi / 2)).call("tan");
  return placed(given, u, 1, 2);
}

std::vector<Node> truncexpon(const Given& given) {
  Drawn u = uniform(given);
  const Node whole = (-own(given, 1, 1)).call("expm1");
  u.sample = -(u.sample * whole).call("log1p");
  return placed(given, u, 2, 3);
}

std::vector<Node> student(const Given& given) {
  return placed(given, drawn(given.x[0], "standard_t", {real(given, 1, 1)}, shape_of(given)), 2, 3);
}

std::vector<Node> gengamma(const Given& given) {
  const Node p = own(given, 2, 1);
  const Drawn gamma =
      drawn(given.x[0], "gamma", {own(given, 1, 1) / p, number(given, 1)}, shape_of(given));
  return result_of(given, gamma.state, power(gamma.sample, 1.0 / p) * real(given, 3, 1));
}

// All probabilities are drawn before all counts.
std::vector<Node> betabinom(const Given& given) {
  const Shape& shape = shape_of(given);
  const Drawn p = drawn(given.x[0], "beta", {real(given, 2, 1), real(given, 3, 1)}, shape);
  const Drawn count = drawn(p.state, "binomial", {given.x[1], p.sample}, shape);
  return result_of(given, count.state, count.sample);
}

// How many sums of probabilities are below a uniform sample.
std::vector<Node> categorical(const Given& given) {
  const Drawn u = uniform(given);
  const auto rank = static_cast<int64_t>(shape_of(given).size());
  const Node sums = given.x[1].call("cumsum", {}, {{"axis", int64_t{-1}}}).cast(DType::float64);
  const Node below = lt(sums, with_new_axis(u.sample, rank)).cast(DType::int64);
  return result_of(given, u.state, reduced("sum", below, {rank}));
}

// A of A A^T = covariance
Node factor_of(const Given& given, const Node& covariance) {
  const auto& method = given.get<std::string>("method");
  if (method == "cholesky") return covariance.call("cholesky");
  const ApplyId apply = given.builder.add(method, {covariance.id()}, {});
  const std::vector<VariableId> made = given.builder.graph().apply(apply).outputs;
  const Node values(given.builder, made[method == "svd" ? 1 : 0]);
  const Node vectors(given.builder, made[method == "svd" ? 0 : 1]);
  return vectors * with_new_axis(sqrt(values), values.type().rank() - 1);
}

std::vector<Node> multivariate_normal(const Given& given) {
  Shape shape = shape_of(given);
  const Node mean = real(given, 1);
  const Node factor = factor_of(given, own(given, 2, 0)).cast(DType::float64);
  const DimExpr n = mean.type().shape.back();
  shape.push_back(n);
  const Drawn z = standard_normal(given, shape);
  const auto last = static_cast<int64_t>(shape.size());
  const Node turned = factor.type().rank() == 2
                          ? reshaped(reshaped(z.sample, {element_count(shape_of(given)), n})
                                         .call("dot", {dimshuffled(factor, {1, 0})}),
                                     shape)
                          : reduced("sum", factor * with_new_axis(z.sample, last - 1), {last});
  return {z.state, (turned + mean).cast(given.get<DType>("dtype"))};
}

// ---- checks

bool check_floats(InferContext& context) {
  return check_numpy_state(context) && check_parameters(context) &&
         check_sample_dtype(context, true);
}

bool check_betabinom(InferContext& context) {
  return check_numpy_state(context) && check_parameters(context) && require_integer(context, 1) &&
         check_sample_dtype(context, false);
}

bool check_categorical(InferContext& context) {
  return check_numpy_state(context) && check_shape(context) && require_float(context, 1) &&
         require_rank_at_least(context, 1, 1) && check_rows(context, 1, 1) &&
         check_sample_dtype(context, false);
}

bool check_multivariate_normal(InferContext& context) {
  const auto given = context.attributes.try_emplace("method", std::string("cholesky")).first;
  const std::string method = std::get<std::string>(given->second);
  if (method != "cholesky" && method != "svd" && method != "eigh") {
    return context.fail("bad-attribute", "unknown method '" + method + "'", "method",
                        "cholesky, svd or eigh");
  }
  if (!check_numpy_state(context) || !check_shape(context) || !check_sample_dtype(context, true) ||
      !require_number(context, 1) || !require_number(context, 2) ||
      !require_rank_at_least(context, 1, 1) || !require_rank_at_least(context, 2, 2) ||
      !check_rows(context, 1, 1) || !check_rows(context, 2, 2)) {
    return false;
  }
  const DimExpr& n = context.type(1).shape.back();
  const Shape covariance = context.type(2).shape;
  const std::string message = "the covariance " + shape_text(covariance) +
                              " is not that of a mean of " + n.text() + " elements";
  return context.require_equal(covariance[covariance.size() - 2], n, message, "inputs/2") &&
         context.require_equal(covariance.back(), n, message, "inputs/2");
}

// ---- records

OpDef sample_op(std::string_view name, std::string_view theano, int min_parameters, int parameters,
                std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = 1 + min_parameters;
  op.max_inputs = 1 + parameters;
  op.no_grad = "a draw does not depend smoothly on its state";
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the sample"},
                   {"dtype", AttrKind::dtype, false, "default: floatX"}};
  return op;
}

template <auto formula, bool (*check)(InferContext&) = check_floats>
OpDef sampled(OpDef op, std::vector<OpExample> examples) {
  op = composed<formula, check>(std::move(op));
  op.examples = std::move(examples);
  return op;
}

#define TGC_THIRD(kind) R"(, "c": {"shape": [], )" kind "}"
#define TGC_TWO(op, first, second) \
  TGC_EXAMPLES(op, R"(, "a", "b")", TGC_FIRST(first) TGC_SECOND(second), R"("float32")")
#define TGC_THREE(op, first, second, third)                                                    \
  TGC_EXAMPLES(op, R"(, "a", "b", "c")", TGC_FIRST(first) TGC_SECOND(second) TGC_THIRD(third), \
               R"("float32")")
#define TGC_BELOW R"("dtype": "float64", "low": -3, "high": -1)"
#define TGC_AMID R"("dtype": "float32", "low": -0.5, "high": 0.5)"
#define TGC_ABOVE R"("dtype": "float64", "low": 1, "high": 3)"

std::vector<OpDef> two_parameters() {
  return {
      sampled<halfnormal>(
          sample_op("random_halfnormal", "HalfNormalRV", 0, 2,
                    "The location in the second input (0) plus the sizes of samples of the normal "
                    "distribution with the standard deviation in the third (1): the new state and "
                    "the sample."),
          TGC_TWO("random_halfnormal", TGC_ANY, TGC_POSITIVE)),
      sampled<invgamma>(
          sample_op("random_invgamma", "InvGammaRV", 0, 2,
                    "Samples of the inverse gamma distribution with the shape in the second input "
                    "(1) and the scale in the third (1): the new state and the sample."),
          TGC_TWO("random_invgamma", TGC_POSITIVE, TGC_POSITIVE)),
      sampled<pareto>(
          sample_op("random_pareto", "ParetoRV", 0, 2,
                    "Samples of Pareto's distribution, from the scale on, with the exponent in the "
                    "second input (1) and the scale in the third (1): the new state and the "
                    "sample."),
          TGC_TWO("random_pareto", TGC_POSITIVE, TGC_POSITIVE)),
      sampled<gumbel>(
          sample_op("random_gumbel", "GumbelRV", 0, 2,
                    "Samples of Gumbel's distribution of maxima with the location in the second "
                    "input (0) and the scale in the third (1): the new state and the sample."),
          TGC_TWO("random_gumbel", TGC_ANY, TGC_POSITIVE)),
      sampled<cauchy>(
          sample_op(
              "random_cauchy", "CauchyRV", 0, 2,
              "Samples of Cauchy's distribution with the location in the second input (0) and "
              "the scale in the third (1): the new state and the sample."),
          TGC_TWO("random_cauchy", TGC_ANY, TGC_POSITIVE)),
      sampled<halfcauchy>(
          sample_op("random_halfcauchy", "HalfCauchyRV", 0, 2,
                    "Samples of the half of Cauchy's distribution above the location in the second "
                    "input (0), with the scale in the third (1): the new state and the sample."),
          TGC_TWO("random_halfcauchy", TGC_ANY, TGC_POSITIVE)),
  };
}

std::vector<OpDef> three_parameters() {
  OpDef counts = sample_op("random_betabinom", "BetaBinomialRV", 1, 3,
                           "How many of n trials succeed with a probability drawn from the beta "
                           "distribution: n is the second input, the two shapes are the third and "
                           "the fourth (1). The new state and the sample.");
  counts.attributes[1].doc = "default: int64";
  return {
      sampled<triangular>(
          sample_op("random_triangular", "TriangularRV", 0, 3,
                    "Samples of the triangular distribution from the second input (0) to the "
                    "fourth (1) with the mode in the third (0.5): the new state and the sample."),
          TGC_THREE("random_triangular", TGC_BELOW, TGC_AMID, TGC_ABOVE)),
      sampled<truncexpon>(
          sample_op("random_truncexpon", "TruncExponentialRV", 0, 3,
                    "Samples of the exponential distribution cut off above: the cut, in scales, is "
                    "the second input (1), the location the third (0), the scale the fourth (1). "
                    "The new state and the sample."),
          TGC_THREE("random_truncexpon", TGC_POSITIVE, TGC_ANY, TGC_POSITIVE)),
      sampled<student>(
          sample_op("random_t", "StudentTRV", 0, 3,
                    "Samples of Student's distribution with the degrees of freedom in the second "
                    "input (1), the location in the third (0) and the scale in the fourth (1): the "
                    "new state and the sample."),
          TGC_THREE("random_t", TGC_POSITIVE, TGC_ANY, TGC_POSITIVE)),
      sampled<gengamma>(
          sample_op("random_gengamma", "GenGammaRV", 0, 3,
                    "Samples of the generalised gamma distribution (Stacy 1962) with alpha in the "
                    "second input (1), p in the third (1) and lambda in the fourth (1): the new "
                    "state and the sample."),
          TGC_THREE("random_gengamma", TGC_POSITIVE, TGC_POSITIVE, TGC_POSITIVE)),
      sampled<betabinom, check_betabinom>(
          std::move(counts),
          {{TGC_CALL("random_betabinom", R"(, "a", "b", "c")",
                     R"("shape": [4, 3], "dtype": "float32")"),
            "{" TGC_MODERN TGC_FIRST(TGC_TRIALS) TGC_SECOND(TGC_POSITIVE)
                TGC_THIRD(TGC_POSITIVE) "}"},
           {TGC_CALL("random_betabinom", ", 40", R"("shape": [5])"), "{" TGC_LEGACY "}"},
           {TGC_CALL("random_betabinom", ", 40", R"("shape": [0])"), "{" TGC_MODERN "}"}}),
  };
}

std::vector<OpDef> rows() {
  OpDef places = sample_op("random_categorical", "CategoricalRV", 1, 1,
                           "Positions drawn with the probabilities in the last axis of the second "
                           "input: the new state and the sample.");
  places.attributes[1].doc = "default: int64";
  OpDef vectors = sample_op("random_multivariate_normal", "MvNormalRV", 2, 2,
                            "Vectors of the normal distribution with the mean in the last axis of "
                            "the second input and the covariance in the last two of the third, one "
                            "for each element of the shape: the new state and the sample.");
  vectors.attributes.push_back(
      {"method", AttrKind::text, false, "what takes the covariance apart: cholesky, svd or eigh"});
  vectors.needs_library = true;
  for (OpDef* const op : {&places, &vectors}) {
    op->attributes[0] = {"shape", AttrKind::dims, false, "how many draws, as dims ([])"};
  }
#define TGC_P(shape, value) \
  R"(, "p": {"dtype": "float64", "shape": )" shape R"(, "value": )" value "}}"
#define TGC_MOMENTS R"(, "m": {"dtype": "float64", "shape": [2, 3]}, "v": {"dtype": "float64")"
#define TGC_COVARIANCE R"([[2, 0.5, 0.25], [0.5, 1, 0.125], [0.25, 0.125, 3]])"
  return {
      sampled<categorical, check_categorical>(
          std::move(places),
          {{TGC_CALL("random_categorical", R"(, "p")", R"("shape": [4, 2])"),
            "{" TGC_MODERN TGC_P("[2, 3]", "[[0.25, 0.5, 0.25], [0.1, 0.1, 0.8]]")},
           {TGC_CALL("random_categorical", R"(, "p")", R"("shape": [9], "dtype": "int32")"),
            "{" TGC_LEGACY TGC_P("[3]", "[0.25, 0.5, 0.25]")},
           {TGC_CALL("random_categorical", R"(, "p")", R"("shape": [])"),
            "{" TGC_LEGACY TGC_P("[3]", "[0.25, 0.5, 0.25]")},
           {TGC_CALL("random_categorical", R"(, "p")", R"("shape": [0])"),
            "{" TGC_MODERN TGC_P("[3]", "[0.25, 0.5, 0.25]")}}),
      sampled<multivariate_normal, check_multivariate_normal>(
          std::move(vectors),
          {{TGC_CALL("random_multivariate_normal", R"(, "m", "v")", R"("shape": [4, 2])"),
            "{" TGC_MODERN TGC_MOMENTS R"(, "shape": [3, 3], "value": )" TGC_COVARIANCE "}}"},
           {TGC_CALL("random_multivariate_normal", R"(, "m", "v")",
                     R"("shape": [2], "dtype": "float32")"),
            "{" TGC_LEGACY TGC_MOMENTS R"(, "shape": [2, 3, 3], "value": [)" TGC_COVARIANCE
            ", " TGC_COVARIANCE "]}}"}}),
  };
#undef TGC_P
#undef TGC_MOMENTS
#undef TGC_COVARIANCE
}

#undef TGC_THIRD
#undef TGC_TWO
#undef TGC_THREE
#undef TGC_BELOW
#undef TGC_AMID
#undef TGC_ABOVE

}  // namespace

std::vector<OpDef> random_composed_ops() {
  std::vector<OpDef> ops = two_parameters();
  for (const auto& family : {three_parameters, rows}) {
    for (OpDef& op : family()) ops.push_back(std::move(op));
  }
  return ops;
}

}  // namespace tgc
