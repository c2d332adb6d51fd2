// SPDX-License-Identifier: Apache-2.0
// The special functions by element, Theano's and PyTensor's: error functions, the gamma function
// and its kin, Bessel functions. Values at poles and outside a domain are SciPy's. Gradients are
// Theano's, where it has none PyTensor's; none with respect to the order of a Bessel function.
#include <limits>
#include <numbers>

#include "ops/elementwise.h"

namespace tgc {
namespace {

using Inputs = std::vector<Node>;
constexpr double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi;

Node d_erf(const Node& g, const Node& x, const Node&) {
  return g * kTwoOverRootPi * exp(-sqr(x));
}
Node d_erfc(const Node& g, const Node& x, const Node&) {
  return -g * kTwoOverRootPi * exp(-sqr(x));
}
Node d_erfcx(const Node& g, const Node& x, const Node& y) {
  return g * (2 * x * y - kTwoOverRootPi);
}
Node d_erfinv(const Node& g, const Node&, const Node& y) {
  return g / kTwoOverRootPi * exp(sqr(y));
}
Node d_erfcinv(const Node& g, const Node&, const Node& y) {
  return -g / kTwoOverRootPi * exp(sqr(y));
}
// -inf at 0, from either side.
Node d_log1mexp(const Node& g, const Node& x, const Node&) {
  const Node slope = -1 / (-x).call("expm1");
  const Node pole = slope.number(-std::numeric_limits<double>::infinity());
  return g * where(slope.call("isinf"), pole, slope);
}
Node d_gamma(const Node& g, const Node& x, const Node& y) {
  return g * y * x.call("psi");
}
Node d_gammaln(const Node& g, const Node& x, const Node&) {
  return g * x.call("psi");
}
Node d_psi(const Node& g, const Node& x, const Node&) {
  return g * x.call("tri_gamma");
}
Node d_tri_gamma(const Node& g, const Node& x, const Node&) {
  const Node second(g.builder(), g.builder().scalar(DType::int8, 2));
  return g * second.call("polygamma", {x});
}
Node d_polygamma(const Node& g, const Inputs& x, const Node&, size_t) {
  return g * (x[0].cast(DType::int64) + 1).call("polygamma", {x[1]});
}

// The density of the gamma distribution.
Node gamma_density(const Node& k, const Node& x) {
  return exp((k - 1) * log(x) - x - k.call("gammaln"));
}
Node d_gammainc(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node k = x[0].cast(y.type().dtype);
  return of == 0 ? g * k.call("gammainc_grad", {x[1]}) : g * gamma_density(k, x[1]);
}
Node d_gammaincc(const Node& g, const Inputs& x, const Node& y, size_t of) {
  return -d_gammainc(g, x, y, of);
}
Node d_betainc(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node a = x[0].cast(y.type().dtype), b = x[1].cast(y.type().dtype);
  if (of == 0) return g * a.call("betainc_grad_a", {b, x[2]});
  if (of == 1) return g * a.call("betainc_grad_b", {b, x[2]});
  const Node beta = a.call("gammaln") + b.call("gammaln") - (a + b).call("gammaln");
  return g * exp((-x[2]).call("log1p") * (b - 1) + log(x[2]) * (a - 1) - beta);
}

Node d_j0(const Node& g, const Node& x, const Node&) {
  return -g * x.call("j1");
}
Node d_j1(const Node& g, const Node& x, const Node& y) {
  return g * (x.call("j0") - y.number(2).call("jv", {x})) / 2;
}
Node d_i0(const Node& g, const Node& x, const Node&) {
  return g * x.call("i1");
}
Node d_i1(const Node& g, const Node& x, const Node& y) {
  return g * (x.call("i0") + y.number(2).call("iv", {x})) / 2;
}
// v is of the result's dtype.
Node d_jv(const Node& g, const Node& v, const Node& x, const Node&) {
  return g * ((v - 1).call("jv", {x}) - (v + 1).call("jv", {x})) / 2;
}
Node d_iv(const Node& g, const Node& v, const Node& x, const Node&) {
  return g * ((v - 1).call("iv", {x}) + (v + 1).call("iv", {x})) / 2;
}
Node d_ive(const Node& g, const Node& v, const Node& x, const Node& y) {
  const Node around = (v - 1).call("ive", {x}) + (v + 1).call("ive", {x});
  return g * (around / 2 - x.call("sgn") * y);
}
Node d_kve(const Node& g, const Node& v, const Node& x, const Node& y) {
  return g * ((1 - v / x) * y - (v - 1).call("kve", {x}));
}

using DerivativeOfOrder = Node (*)(const Node& g, const Node& v, const Node& x, const Node& y);
template <DerivativeOfOrder derivative>
void grad_order(GradContext& context) {
  Builder& builder = context.builder;
  if (context.wanted[0]) {
    context.diagnostics.error("no-gradient",
                              "grad: " + std::string(context.graph.apply(context.apply).op->name) +
                                  " has no gradient with respect to its first input, the order",
                              context.locate ? context.locate("cost") : Location{});
    return;
  }
  const Node y(builder, context.output(0)), x(builder, context.input(1));
  const Node g(builder, *context.output_grads[0]);
  const Node v = Node(builder, context.input(0)).cast(y.type().dtype);
  const Node slope = derivative(g, v, x, y);
  context.input_grads[1] = sum_to_shape(builder, slope.id(), x.type().shape);
}

// The order comes first and must be whole.
std::optional<DType> of_polygamma(const std::vector<DType>& inputs, DType float_x) {
  return is_discrete(inputs.at(0)) ? upgrade({inputs.at(1)}, float_x) : std::nullopt;
}

template <ScalarOp op>
OpDef special(std::string_view name, std::string_view theano, int inputs, std::string_view doc,
              std::vector<OpExample> examples) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = inputs;
  def.infer = infer_elementwise<upgrade, op>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = scalar_call<op>;
  def.examples = std::move(examples);
  return def;
}

template <ScalarOp op, Derivative derivative>
OpDef unary(std::string_view name, std::string_view theano, std::string_view doc,
            std::vector<OpExample> examples) {
  OpDef def = special<op>(name, theano, 1, doc, std::move(examples));
  def.grad = grad_unary<derivative>;
  return def;
}

template <ScalarOp op, DerivativeOf derivative>
OpDef nary(std::string_view name, std::string_view theano, int inputs, std::string_view doc,
           std::vector<OpExample> examples) {
  OpDef def = special<op>(name, theano, inputs, doc, std::move(examples));
  def.grad = grad_nary<derivative>;
  return def;
}

template <ScalarOp op, DerivativeOfOrder derivative>
OpDef bessel(std::string_view name, std::string_view theano, std::string_view doc,
             std::vector<OpExample> examples) {
  OpDef def = special<op>(name, theano, 2, doc, std::move(examples));
  def.grad = grad_order<derivative>;
  return def;
}

// Derivatives that are ops themselves; what they would lead to has no name.
template <ScalarOp op>
OpDef slope(std::string_view name, int inputs, std::string_view doc,
            std::vector<OpExample> examples) {
  OpDef def = special<op>(name, name, inputs, doc, std::move(examples));
  def.no_grad =
      "it is itself a derivative with respect to a parameter, and second ones are not "
      "defined";
  return def;
}

OpDef with_aliases(OpDef def, std::vector<std::string_view> aliases) {
  def.aliases = std::move(aliases);
  return def;
}

// Inputs of the examples.
constexpr std::string_view kGammaWide =
    R"({"k": {"dtype": "float64", "shape": [3, 1], "low": 0.3, "high": 9},
        "x": {"dtype": "float64", "shape": [7], "low": 0.1, "high": 12}})";
constexpr std::string_view kGammaNarrow =
    R"({"k": {"dtype": "float32", "shape": [], "low": 0.3, "high": 9},
        "x": {"dtype": "float32", "shape": [5], "low": 0.1, "high": 12}})";
constexpr std::string_view kBeta =
    R"({"a": {"dtype": "float64", "shape": [3, 1], "low": 0.5, "high": 6},
        "b": {"dtype": "float64", "shape": [7], "low": 0.5, "high": 6},
        "x": {"dtype": "float64", "shape": [7], "low": 0.05, "high": 0.95}})";
constexpr std::string_view kOrderAny =
    R"({"v": {"dtype": "int32", "shape": [4, 1], "low": -3, "high": 9},
        "x": {"dtype": "float64", "shape": [7], "low": -9, "high": 9}})";
constexpr std::string_view kOrderPositive =
    R"({"v": {"dtype": "int32", "shape": [4, 1], "low": -3, "high": 9},
        "x": {"dtype": "float64", "shape": [7], "low": 0.5, "high": 30}})";
constexpr std::string_view kOrderNarrow =
    R"({"v": {"dtype": "int8", "shape": [], "low": 0, "high": 4},
        "x": {"dtype": "float32", "shape": [5], "low": 0.5, "high": 9}})";

}  // namespace

// The example's node; x between low and high as float32 and float64.
#define TGC_NODE(name, inputs) R"({"op": ")" #name R"(", "inputs": )" inputs "}"
#define TGC_X(dtype, shape, low, high)                                                            \
  R"({"x": {"dtype": ")" #dtype R"(", "shape": )" shape R"(, "low": )" #low R"(, "high": )" #high \
  "}}"
#define TGC_UNARY(name, theano, doc, low, high)                           \
  unary<ScalarOp::name, d_##name>(                                        \
      #name, "Elemwise{" theano "}", doc,                                 \
      {{TGC_NODE(name, R"(["x"])"), TGC_X(float32, "[3, 4]", low, high)}, \
       {TGC_NODE(name, R"(["x"])"), TGC_X(float64, "[33]", low, high)},   \
       {TGC_NODE(name, R"(["x"])"), TGC_X(float32, "[0, 2]", low, high)}})
#define TGC_GAMMA(name)                              \
  {                                                  \
    {TGC_NODE(name, R"(["k", "x"])"), kGammaWide}, { \
      TGC_NODE(name, R"(["k", "x"])"), kGammaNarrow  \
    }                                                \
  }
#define TGC_ORDER(name, wide)                       \
  {                                                 \
    {TGC_NODE(name, R"(["v", "x"])"), wide}, {      \
      TGC_NODE(name, R"(["v", "x"])"), kOrderNarrow \
    }                                               \
  }
#define TGC_BETA(name)                              \
  {                                                 \
    { TGC_NODE(name, R"(["a", "b", "x"])"), kBeta } \
  }

std::vector<OpDef> elementwise_special_ops() {
  using enum ScalarOp;
  OpDef polygamma_op = nary<polygamma, d_polygamma>(
      "polygamma", "Elemwise{polygamma}", 2,
      "The derivative of order n of psi(x), n the first input: a whole number of an integer dtype.",
      {{R"({"op": "polygamma", "inputs": ["n", "x"]})",
        R"({"n": {"dtype": "int32", "shape": [4, 1], "low": 0, "high": 5},
            "x": {"dtype": "float64", "shape": [7], "low": 0.3, "high": 20}})"},
       {R"({"op": "polygamma", "inputs": ["n", "x"]})",
        R"({"n": {"dtype": "int8", "shape": [], "low": 1, "high": 4},
            "x": {"dtype": "float32", "shape": [5], "low": 0.3, "high": 5}})"}});
  polygamma_op.infer = infer_elementwise<of_polygamma, polygamma>;
  return {
      TGC_UNARY(erf, "erf", "The error function.", -3, 3),
      TGC_UNARY(erfc, "erfc", "1 - erf(x), without loss where that is small.", -3, 3),
      TGC_UNARY(erfcx, "erfcx", "e^(x^2) erfc(x), which neither overflows nor vanishes for x > 0.",
                -1, 4),
      TGC_UNARY(erfinv, "erfinv", "The inverse of erf; x in [-1, 1].", -0.9, 0.9),
      TGC_UNARY(erfcinv, "erfcinv", "The inverse of erfc; x in [0, 2].", 0.1, 1.9),
      TGC_UNARY(log1mexp, "log1mexp", "log(1 - e^x) for x <= 0, without loss at either end.", -3,
                -0.1),
      TGC_UNARY(gamma, "gamma", "The gamma function; NaN at negative whole numbers.", 0.4, 4),
      with_aliases(TGC_UNARY(gammaln, "gammaln", "The logarithm of |gamma(x)|.", 0.3, 9),
                   {"loggamma"}),
      with_aliases(
          TGC_UNARY(psi, "psi", "The derivative of log gamma(x), also called digamma.", 0.3, 9),
          {"digamma"}),
      with_aliases(TGC_UNARY(tri_gamma, "tri_gamma", "The derivative of psi(x).", 0.3, 9),
                   {"trigamma"}),
      polygamma_op,
      nary<gammainc, d_gammainc>(
          "gammainc", "Elemwise{gammainc}", 2,
          "The regularised lower incomplete gamma function P(k, x); the inputs are k, then x.",
          TGC_GAMMA(gammainc)),
      nary<gammaincc, d_gammaincc>(
          "gammaincc", "Elemwise{gammaincc}", 2,
          "The regularised upper incomplete gamma function 1 - P(k, x), without loss where it is "
          "small.",
          TGC_GAMMA(gammaincc)),
      slope<gammainc_grad>("gammainc_grad", 2,
                           "The derivative of gammainc(k, x) with respect to k.",
                           TGC_GAMMA(gammainc_grad)),
      nary<betainc, d_betainc>("betainc", "Elemwise{betainc}", 3,
                               "The regularised incomplete beta function; the inputs are a, b, x.",
                               TGC_BETA(betainc)),
      slope<betainc_grad_a>("betainc_grad_a", 3,
                            "The derivative of betainc(a, b, x) with respect to a.",
                            TGC_BETA(betainc_grad_a)),
      slope<betainc_grad_b>("betainc_grad_b", 3,
                            "The derivative of betainc(a, b, x) with respect to b.",
                            TGC_BETA(betainc_grad_b)),
      TGC_UNARY(j0, "j0", "The Bessel function of the first kind of order 0.", -9, 9),
      TGC_UNARY(j1, "j1", "The Bessel function of the first kind of order 1.", -9, 9),
      with_aliases(bessel<jv, d_jv>("jv", "Elemwise{jv}",
                                    "The Bessel function of the first kind of real order; the "
                                    "inputs are the order, then x.",
                                    TGC_ORDER(jv, kOrderAny)),
                   {"jn"}),
      TGC_UNARY(i0, "i0", "The modified Bessel function of the first kind of order 0.", -4, 4),
      TGC_UNARY(i1, "i1", "The modified Bessel function of the first kind of order 1.", -4, 4),
      bessel<iv, d_iv>("iv", "Elemwise{iv}",
                       "The modified Bessel function of the first kind of real order; the inputs "
                       "are the order, then x.",
                       TGC_ORDER(iv, kOrderAny)),
      bessel<ive, d_ive>("ive", "Elemwise{ive}", "iv times e^-|x|, which does not overflow.",
                         TGC_ORDER(ive, kOrderPositive)),
      bessel<kve, d_kve>("kve", "Elemwise{kve}",
                         "The modified Bessel function of the second kind of real order times e^x.",
                         TGC_ORDER(kve, kOrderPositive)),
  };
}

#undef TGC_BETA
#undef TGC_ORDER
#undef TGC_GAMMA
#undef TGC_UNARY
#undef TGC_X
#undef TGC_NODE

}  // namespace tgc
