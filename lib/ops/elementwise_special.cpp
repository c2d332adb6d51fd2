// SPDX-License-Identifier: Apache-2.0
// The special functions by element, Theano's and PyTensor's: error functions, the gamma function
// and its kin, Bessel functions. Values at poles and outside a domain are SciPy's. Gradients are
// Theano's, where it has none PyTensor's; none with respect to the order of a Bessel function.
#include <limits>
#include <numbers>

#include "ops/elementwise_special.h"

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
// The order v is of the result's dtype.
Node d_jv(const Node& g, const Inputs& vx, const Node&) {
  const auto &v = vx[0], &x = vx[1];
  return g * ((v - 1).call("jv", {x}) - (v + 1).call("jv", {x})) / 2;
}
Node d_iv(const Node& g, const Inputs& vx, const Node&) {
  const auto &v = vx[0], &x = vx[1];
  return g * ((v - 1).call("iv", {x}) + (v + 1).call("iv", {x})) / 2;
}
Node d_ive(const Node& g, const Inputs& vx, const Node& y) {
  const auto &v = vx[0], &x = vx[1];
  const Node around = (v - 1).call("ive", {x}) + (v + 1).call("ive", {x});
  return g * (around / 2 - x.call("sgn") * y);
}
Node d_kve(const Node& g, const Inputs& vx, const Node& y) {
  const auto &v = vx[0], &x = vx[1];
  return g * ((1 - v / x) * y - (v - 1).call("kve", {x}));
}

// The order comes first and must be whole.
std::optional<DType> of_polygamma(const std::vector<DType>& inputs, DType float_x) {
  return is_discrete(inputs.at(0)) ? upgrade({inputs.at(1)}, float_x) : std::nullopt;
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
  OpDef polygamma_op = nary_special<polygamma, d_polygamma>(
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
      nary_special<gammainc, d_gammainc>(
          "gammainc", "Elemwise{gammainc}", 2,
          "The regularised lower incomplete gamma function P(k, x); the inputs are k, then x.",
          TGC_GAMMA(gammainc)),
      nary_special<gammaincc, d_gammaincc>(
          "gammaincc", "Elemwise{gammaincc}", 2,
          "The regularised upper incomplete gamma function 1 - P(k, x), without loss where it is "
          "small.",
          TGC_GAMMA(gammaincc)),
      slope<gammainc_grad>("gammainc_grad", 2,
                           "The derivative of gammainc(k, x) with respect to k.",
                           TGC_GAMMA(gammainc_grad)),
      nary_special<betainc, d_betainc>(
          "betainc", "Elemwise{betainc}", 3,
          "The regularised incomplete beta function; the inputs are a, b, x.", TGC_BETA(betainc)),
      slope<betainc_grad_a>("betainc_grad_a", 3,
                            "The derivative of betainc(a, b, x) with respect to a.",
                            TGC_BETA(betainc_grad_a)),
      slope<betainc_grad_b>("betainc_grad_b", 3,
                            "The derivative of betainc(a, b, x) with respect to b.",
                            TGC_BETA(betainc_grad_b)),
      TGC_UNARY(j0, "j0", "The Bessel function of the first kind of order 0.", -9, 9),
      TGC_UNARY(j1, "j1", "The Bessel function of the first kind of order 1.", -9, 9),
      with_aliases(
          special_of_last<jv, d_jv>("jv", "Elemwise{jv}", 2,
                                    "The Bessel function of the first kind of real order; the "
                                    "inputs are the order, then x.",
                                    TGC_ORDER(jv, kOrderAny)),
          {"jn"}),
      TGC_UNARY(i0, "i0", "The modified Bessel function of the first kind of order 0.", -4, 4),
      TGC_UNARY(i1, "i1", "The modified Bessel function of the first kind of order 1.", -4, 4),
      special_of_last<iv, d_iv>(
          "iv", "Elemwise{iv}", 2,
          "The modified Bessel function of the first kind of real order; the inputs "
          "are the order, then x.",
          TGC_ORDER(iv, kOrderAny)),
      special_of_last<ive, d_ive>("ive", "Elemwise{ive}", 2,
                                  "iv times e^-|x|, which does not overflow.",
                                  TGC_ORDER(ive, kOrderPositive)),
      special_of_last<kve, d_kve>(
          "kve", "Elemwise{kve}", 2,
          "The modified Bessel function of the second kind of real order times e^x.",
          TGC_ORDER(kve, kOrderPositive)),
  };
}

#undef TGC_BETA
#undef TGC_ORDER
#undef TGC_GAMMA

}  // namespace tgc
