// SPDX-License-Identifier: Apache-2.0
// random_normal and its kin: samples of NumPy's distributions, bit for bit those of RandomState or
// of default_rng, as the state says.
#include "ops/random_draws.h"

namespace tgc {
namespace {

constexpr DrawRow kUniform{"uniform",
                           "RandomFunction{uniform}, UniformRV",
                           2,
                           0,
                           1,
                           "Uniform samples from the second input (0), included, to the third (1): "
                           "the new state and the sample."};
constexpr DrawRow kNormal{
    "normal",
    "RandomFunction{normal}, NormalRV",
    2,
    0,
    1,
    "Samples of the normal distribution with the mean in the second input (0) "
    "and the standard deviation in the third (1): "
    "the new state and the sample."};
constexpr DrawRow kLognormal{
    "lognormal",
    "LogNormalRV",
    2,
    0,
    1,
    "exp of samples of the normal distribution with the mean in the second "
    "input (0) and the standard deviation in the third (1): "
    "the new state and the sample."};
constexpr DrawRow kExponential{
    "exponential",
    "ExponentialRV",
    1,
    1,
    0,
    "Samples of the exponential distribution with the scale in the second "
    "input (1): "
    "the new state and the sample."};
constexpr DrawRow kGamma{
    "gamma",
    "GammaRV",
    2,
    1,
    1,
    "Samples of the gamma distribution with the shape in the second input (1) and "
    "the scale in the third (1): "
    "the new state and the sample."};
constexpr DrawRow kBeta{
    "beta",
    "BetaRV",
    2,
    1,
    1,
    "Samples of the beta distribution with the two shapes in the second and third "
    "input (1): "
    "the new state and the sample."};
constexpr DrawRow kLaplace{
    "laplace",
    "LaplaceRV",
    2,
    0,
    1,
    "Samples of Laplace's distribution with the location in the second input "
    "(0) and the scale in the third (1): "
    "the new state and the sample."};
constexpr DrawRow kLogistic{"logistic",
                            "LogisticRV",
                            2,
                            0,
                            1,
                            "Samples of the logistic distribution with the location in the second "
                            "input (0) and the scale in the third (1): "
                            "the new state and the sample."};
constexpr DrawRow kBinomial{
    "binomial",
    "RandomFunction{binomial}, BinomialRV, BernoulliRV",
    2,
    1,
    0.5,
    "How many of n trials succeed: n is the second input (1), the probability "
    "the third (0.5): "
    "the new state and the sample."};
constexpr DrawRow kPoisson{
    "poisson",
    "RandomFunction{poisson}, PoissonRV",
    1,
    1,
    0,
    "Counts of Poisson's distribution with the mean in the second input (1): "
    "the new state and the sample."};
constexpr DrawRow kGeometric{
    "geometric",
    "GeometricRV",
    1,
    0.5,
    0,
    "The number of trials up to the first success, with its probability in "
    "the second input (0.5): "
    "the new state and the sample."};
constexpr DrawRow kIntegers{
    "integers",
    "RandomFunction{random_integers_helper}, IntegersRV",
    2,
    0,
    2,
    "Integers from the second input (0), included, to the third (2), excluded: "
    "the new state and the sample."};

// A parameter may be converted where none of its values is lost.
bool check_kind(InferContext& context, size_t input, DType wanted) {
  return is_float(wanted) || require_integer(context, input);
}

}  // namespace

bool check_draw(InferContext& context, const DrawRow& row) {
  const Distribution& distribution = *find_distribution(row.name);
  if (!check_numpy_state(context) || !check_parameters(context)) return false;
  const DType dtypes[] = {distribution.first, distribution.second};
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    if (!check_kind(context, i, dtypes[i - 1])) return false;
  }
  return check_sample_dtype(context, is_float(distribution.sample));
}

std::vector<Node> draw_formula(const Given& given, const DrawRow& row) {
  const Distribution& distribution = *find_distribution(row.name);
  const Drawn made = drawn(given.x[0], row.name,
                           {parameter_or(given, 1, distribution.first, row.first),
                            parameter_or(given, 2, distribution.second, row.second)},
                           given.get<Shape>("shape"));
  return {made.state, made.sample.cast(given.get<DType>("dtype"))};
}

OpDef draw_record(std::string_view name, const DrawRow& row) {
  OpDef op;
  op.name = name;
  op.theano = row.theano;
  op.doc = row.doc;
  op.no_grad = "a draw does not depend smoothly on its parameters";
  op.min_inputs = 1;
  op.max_inputs = 1 + row.parameters;
  const bool is_continuous = is_float(find_distribution(row.name)->sample);
  op.attributes = {
      {"shape", AttrKind::dims, true, "dims of the sample"},
      {"dtype", AttrKind::dtype, false, is_continuous ? "default: floatX" : "default: int64"}};
  return op;
}

std::vector<OpDef> random_draws_ops() {
  std::vector<OpDef> ops;
  ops.push_back(random_op<kUniform>(
      "random_uniform", TGC_EXAMPLES("random_uniform", R"(, "a", "b")",
                                     TGC_FIRST(TGC_ANY) TGC_SECOND(TGC_POSITIVE), R"("float32")")));
  ops.push_back(random_op<kNormal>(
      "random_normal", TGC_EXAMPLES("random_normal", R"(, "a", "b")",
                                    TGC_FIRST(TGC_ANY) TGC_SECOND(TGC_POSITIVE), R"("float32")")));
  ops.push_back(random_op<kLognormal>(
      "random_lognormal",
      TGC_EXAMPLES("random_lognormal", R"(, "a", "b")", TGC_FIRST(TGC_ANY) TGC_SECOND(TGC_POSITIVE),
                   R"("float32")")));
  ops.push_back(random_op<kExponential>(
      "random_exponential",
      TGC_EXAMPLES("random_exponential", R"(, "a")", TGC_FIRST(TGC_POSITIVE), R"("float32")")));
  ops.push_back(random_op<kGamma>(
      "random_gamma",
      TGC_EXAMPLES("random_gamma", R"(, "a", "b")",
                   TGC_FIRST(TGC_POSITIVE) TGC_SECOND(TGC_POSITIVE), R"("float32")")));
  ops.push_back(random_op<kBeta>(
      "random_beta",
      TGC_EXAMPLES("random_beta", R"(, "a", "b")", TGC_FIRST(TGC_POSITIVE) TGC_SECOND(TGC_POSITIVE),
                   R"("float32")")));
  ops.push_back(random_op<kLaplace>(
      "random_laplace", TGC_EXAMPLES("random_laplace", R"(, "a", "b")",
                                     TGC_FIRST(TGC_ANY) TGC_SECOND(TGC_POSITIVE), R"("float32")")));
  ops.push_back(random_op<kLogistic>(
      "random_logistic",
      TGC_EXAMPLES("random_logistic", R"(, "a", "b")", TGC_FIRST(TGC_ANY) TGC_SECOND(TGC_POSITIVE),
                   R"("float32")")));
  ops.push_back(random_op<kBinomial>(
      "random_binomial", TGC_EXAMPLES("random_binomial", R"(, "a", "b")",
                                      TGC_FIRST(TGC_TRIALS) TGC_SECOND(TGC_CHANCE), R"("int32")")));
  ops.push_back(random_op<kPoisson>(
      "random_poisson",
      TGC_EXAMPLES("random_poisson", R"(, "a")", TGC_FIRST(TGC_MEANS), R"("int32")")));
  ops.push_back(random_op<kGeometric>(
      "random_geometric",
      TGC_EXAMPLES("random_geometric", R"(, "a")", TGC_FIRST(TGC_CHANCE), R"("int32")")));
  ops.push_back(random_op<kIntegers>(
      "random_integers", TGC_EXAMPLES("random_integers", R"(, "a", "b")",
                                      TGC_FIRST(TGC_LOW) TGC_SECOND(TGC_HIGH), R"("int32")")));
  return ops;
}

}  // namespace tgc
