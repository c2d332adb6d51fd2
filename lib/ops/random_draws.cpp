// SPDX-License-Identifier: Apache-2.0
// random_normal and its kin: samples of NumPy's distributions, bit for bit those of RandomState or
// of default_rng, as the state says. Each is `draw` of flat parameters, cast and shaped.
#include "kernel/random_value.h"
#include "ops/draws.h"

namespace tgc {
namespace {

struct Row {
  std::string_view name;  // of the distribution
  std::string_view theano;
  int parameters;
  double first, second;  // when absent
  std::string_view doc;
};

constexpr Row kUniform{"uniform",
                       "RandomFunction{uniform}, UniformRV",
                       2,
                       0,
                       1,
                       "Uniform samples from the second input (0), included, to the third (1): "
                       "the new state and the sample."};
constexpr Row kNormal{"normal",
                      "RandomFunction{normal}, NormalRV",
                      2,
                      0,
                      1,
                      "Samples of the normal distribution with the mean in the second input (0) "
                      "and the standard deviation in the third (1): "
                      "the new state and the sample."};
constexpr Row kLognormal{"lognormal",
                         "LogNormalRV",
                         2,
                         0,
                         1,
                         "exp of samples of the normal distribution with the mean in the second "
                         "input (0) and the standard deviation in the third (1): "
                         "the new state and the sample."};
constexpr Row kExponential{"exponential",
                           "ExponentialRV",
                           1,
                           1,
                           0,
                           "Samples of the exponential distribution with the scale in the second "
                           "input (1): "
                           "the new state and the sample."};
constexpr Row kGamma{"gamma",
                     "GammaRV",
                     2,
                     1,
                     1,
                     "Samples of the gamma distribution with the shape in the second input (1) and "
                     "the scale in the third (1): "
                     "the new state and the sample."};
constexpr Row kBeta{"beta",
                    "BetaRV",
                    2,
                    1,
                    1,
                    "Samples of the beta distribution with the two shapes in the second and third "
                    "input (1): "
                    "the new state and the sample."};
constexpr Row kLaplace{"laplace",
                       "LaplaceRV",
                       2,
                       0,
                       1,
                       "Samples of Laplace's distribution with the location in the second input "
                       "(0) and the scale in the third (1): "
                       "the new state and the sample."};
constexpr Row kLogistic{"logistic",
                        "LogisticRV",
                        2,
                        0,
                        1,
                        "Samples of the logistic distribution with the location in the second "
                        "input (0) and the scale in the third (1): "
                        "the new state and the sample."};
constexpr Row kBinomial{"binomial",
                        "RandomFunction{binomial}, BinomialRV, BernoulliRV",
                        2,
                        1,
                        0.5,
                        "How many of n trials succeed: n is the second input (1), the probability "
                        "the third (0.5): "
                        "the new state and the sample."};
constexpr Row kPoisson{"poisson",
                       "RandomFunction{poisson}, PoissonRV",
                       1,
                       1,
                       0,
                       "Counts of Poisson's distribution with the mean in the second input (1): "
                       "the new state and the sample."};
constexpr Row kGeometric{"geometric",
                         "GeometricRV",
                         1,
                         0.5,
                         0,
                         "The number of trials up to the first success, with its probability in "
                         "the second input (0.5): "
                         "the new state and the sample."};
constexpr Row kIntegers{"integers",
                        "RandomFunction{random_integers_helper}, IntegersRV",
                        2,
                        0,
                        2,
                        "Integers from the second input (0), included, to the third (2), excluded: "
                        "the new state and the sample."};

const Distribution& distribution_of(const Row& row) {
  return *find_distribution(row.name);
}

// A parameter may be converted where none of its values is lost.
bool check_kind(InferContext& context, size_t input, DType wanted) {
  if (is_float(wanted)) return true;
  return require_integer(context, input);
}

template <const Row& row>
bool check(InferContext& context) {
  const Distribution& distribution = distribution_of(row);
  const bool is_continuous = is_float(distribution.sample);
  context.attributes.try_emplace("dtype", is_continuous ? context.float_x : DType::int64);
  if (!check_numpy_state(context) || !check_parameters(context)) return false;
  const DType dtypes[] = {distribution.first, distribution.second};
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    if (!check_kind(context, i, dtypes[i - 1])) return false;
  }
  const DType dtype = *find_attr<DType>(context.attributes, "dtype");
  if (is_float(dtype) || (!is_continuous && is_integer(dtype))) return true;
  return context.fail("bad-dtype",
                      is_continuous ? "the samples are floats" : "the samples are counts", "dtype",
                      is_continuous ? "float16, float32 or float64" : "int64, or another number");
}

// A scalar, or a vector with an element for each sample.
Node flat_parameter(const Given& given, size_t input, DType dtype, double fallback,
                    const Shape& shape) {
  if (input >= given.x.size()) return given.number(dtype, fallback);
  Node value = given.x[input].cast(dtype);
  if (value.type().rank() == 0) return value;
  if (value.type().shape != shape) value = allocated(value, shape);
  return reshaped(value, {element_count(shape)});
}

template <const Row& row>
std::vector<Node> formula(const Given& given) {
  const Distribution& distribution = distribution_of(row);
  const Shape& shape = given.get<Shape>("shape");
  const Node first = flat_parameter(given, 1, distribution.first, row.first, shape);
  const Node second = flat_parameter(given, 2, distribution.second, row.second, shape);
  const ApplyId draw =
      given.builder.add("draw", {given.x[0].id(), first.id(), second.id()},
                        {{"distribution", std::string(row.name)}, {"count", element_count(shape)}});
  const std::vector<VariableId> made = given.builder.graph().apply(draw).outputs;
  const Node sample = Node(given.builder, made[1]).cast(given.get<DType>("dtype"));
  return {{given.builder, made[0]}, reshaped(sample, shape)};
}

template <const Row& row>
OpDef random_op(std::string_view name, std::vector<OpExample> examples) {
  OpDef op;
  op.name = name;
  op.theano = row.theano;
  op.doc = row.doc;
  op.no_grad = "a draw does not depend smoothly on its parameters";
  op.min_inputs = 1;
  op.max_inputs = 1 + row.parameters;
  const bool is_continuous = is_float(distribution_of(row).sample);
  op.attributes = {
      {"shape", AttrKind::dims, true, "dims of the sample"},
      {"dtype", AttrKind::dtype, false, is_continuous ? "default: floatX" : "default: int64"}};
  op = composed<formula<row>, check<row>>(std::move(op));
  op.examples = std::move(examples);
  return op;
}

// Any small words are a state of RandomState.
#define TGC_LEGACY R"("state": {"dtype": "uint32", "shape": [628], "low": 0, "high": 600})"
#define TGC_MODERN \
  R"("state": {"dtype": "uint64", "shape": [6], "value": [1234567, 7654321, 99, 101, 0, 0]})"
#define TGC_CALL(op, inputs, rest)                                 \
  R"({"op": ")" op R"(", "inputs": ["state")" inputs R"(], )" rest \
  R"(, "outputs": ["next", "sample"]})"

// Parameters that broadcast to [4, 3].
#define TGC_ANY R"("dtype": "float64", "low": -2, "high": 2)"
#define TGC_POSITIVE R"("dtype": "float32", "low": 0.3, "high": 5)"
#define TGC_CHANCE R"("dtype": "float64", "low": 0.1, "high": 0.9)"
#define TGC_TRIALS R"("dtype": "int32", "low": 1, "high": 200)"
#define TGC_MEANS R"("dtype": "float32", "low": 1, "high": 40)"
#define TGC_LOW R"("dtype": "int64", "low": -20, "high": 0)"
#define TGC_HIGH R"("dtype": "int64", "low": 1, "high": 20)"
#define TGC_FIRST(kind) R"(, "a": {"shape": [3], )" kind "}"
#define TGC_SECOND(kind) R"(, "b": {"shape": [4, 1], )" kind "}"

// By RandomState and by default_rng, with and without parameters, a scalar and no samples.
#define TGC_EXAMPLES(op, names, parameters, dtype)                              \
  {                                                                             \
    {TGC_CALL(op, names, R"("shape": [4, 3])"), "{" TGC_LEGACY parameters "}"}, \
        {TGC_CALL(op, names, R"("shape": [4, 3], "dtype": )" dtype),            \
         "{" TGC_MODERN parameters "}"},                                        \
        {TGC_CALL(op, "", R"("shape": [7])"), "{" TGC_MODERN "}"},              \
        {TGC_CALL(op, "", R"("shape": [])"), "{" TGC_LEGACY "}"},               \
        {TGC_CALL(op, "", R"("shape": [0, 2])"), "{" TGC_MODERN "}"},           \
  }

}  // namespace

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

#undef TGC_LEGACY
#undef TGC_MODERN
#undef TGC_CALL
#undef TGC_ANY
#undef TGC_POSITIVE
#undef TGC_CHANCE
#undef TGC_TRIALS
#undef TGC_MEANS
#undef TGC_LOW
#undef TGC_HIGH
#undef TGC_FIRST
#undef TGC_SECOND
#undef TGC_EXAMPLES

}  // namespace tgc
