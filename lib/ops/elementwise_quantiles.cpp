// SPDX-License-Identifier: Apache-2.0
// More special functions by element, PyTensor's: inverses of the incomplete gamma and beta
// functions and of the normal distribution's logarithm, Owen's T and Gauss's hypergeometric
// function. Values at ends and outside a domain are SciPy's.
#include <cmath>
#include <numbers>

#include "ops/elementwise_special.h"

namespace tgc {
namespace {

using Inputs = std::vector<Node>;
constexpr double kTwoPi = 2 * std::numbers::pi;

Node inverse_gamma_slope(const Node& k, const Node& x) {
  return exp(x - (k - 1) * log(x) + k.call("gammaln"));
}
Node d_gammaincinv(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node k = x[0].cast(y.type().dtype), slope = g * inverse_gamma_slope(k, y);
  return of == 0 ? -slope * k.call("gammainc_grad", {y}) : slope;
}
Node d_gammainccinv(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node slope = d_gammaincinv(g, x, y, of);
  return of == 0 ? slope : -slope;
}
Node d_betaincinv(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node a = x[0].cast(y.type().dtype), b = x[1].cast(y.type().dtype);
  const Node beta = a.call("gammaln") + b.call("gammaln") - (a + b).call("gammaln");
  const Node slope = g * exp(beta - (a - 1) * log(y) - (b - 1) * (-y).call("log1p"));
  if (of == 0) return -slope * a.call("betainc_grad_a", {b, y});
  return of == 1 ? -slope * a.call("betainc_grad_b", {b, y}) : slope;
}
Node d_ndtri_exp(const Node& g, const Node& x, const Node& y) {
  return g * std::sqrt(kTwoPi) * exp(x + sqr(y) / 2);
}
Node d_owens_t(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node h = x[0].cast(y.type().dtype), a = x[1].cast(y.type().dtype);
  if (of == 0) {
    const Node inner = (a * h * std::numbers::sqrt2 / 2).call("erf");
    return -g * exp(-sqr(h) / 2) * inner / (2 * std::sqrt(kTwoPi));
  }
  const Node square = sqr(a) + 1;
  return g * exp(-square * sqr(h) / 2) / (kTwoPi * square);
}
Node d_hyp2f1(const Node& g, const Inputs& x, const Node&) {
  const Node &a = x[0], &b = x[1], &c = x[2];
  return g * a * b / c * (a + 1).call("hyp2f1", {b + 1, c + 1, x[3]});
}

constexpr std::string_view kWide =
    R"({"k": {"dtype": "float64", "shape": [3, 1], "low": 0.3, "high": 9},
        "p": {"dtype": "float64", "shape": [7], "low": 0.05, "high": 0.95}})";
constexpr std::string_view kNarrow =
    R"({"k": {"dtype": "float32", "shape": [], "low": 0.6, "high": 5},
        "p": {"dtype": "float32", "shape": [5], "low": 0.1, "high": 0.9}})";
constexpr std::string_view kBeta =
    R"({"a": {"dtype": "float64", "shape": [3, 1], "low": 0.5, "high": 6},
        "b": {"dtype": "float64", "shape": [7], "low": 0.5, "high": 6},
        "p": {"dtype": "float64", "shape": [7], "low": 0.05, "high": 0.95}})";
constexpr std::string_view kOwen =
    R"({"h": {"dtype": "float64", "shape": [4, 1], "low": -3, "high": 3},
        "a": {"dtype": "float64", "shape": [7], "low": -4, "high": 4}})";
constexpr std::string_view kOwenNarrow =
    R"({"h": {"dtype": "float32", "shape": [5], "low": -2, "high": 2},
        "a": {"dtype": "float32", "shape": [], "low": 0.2, "high": 0.8}})";
constexpr std::string_view kGauss =
    R"({"a": {"dtype": "int32", "shape": [], "low": -2, "high": 4},
        "b": {"dtype": "int32", "shape": [5], "low": 1, "high": 4},
        "c": {"dtype": "int32", "shape": [], "low": 1, "high": 5},
        "z": {"dtype": "float64", "shape": [4, 1], "low": -3, "high": 0.9}})";
constexpr std::string_view kGaussNarrow =
    R"({"a": {"dtype": "int8", "shape": [], "low": 1, "high": 3},
        "b": {"dtype": "int8", "shape": [], "low": 1, "high": 3},
        "c": {"dtype": "uint8", "shape": [], "low": 1, "high": 4},
        "z": {"dtype": "float32", "shape": [6], "low": -2, "high": 0.7}})";

}  // namespace

#define TGC_PAIR(name, inputs, wide, narrow) \
  {                                          \
    {TGC_NODE(name, inputs), wide}, {        \
      TGC_NODE(name, inputs), narrow         \
    }                                        \
  }

std::vector<OpDef> elementwise_quantiles_ops() {
  using enum ScalarOp;
  return {
      nary_special<gammaincinv, d_gammaincinv>(
          "gammaincinv", "Elemwise{gammaincinv}", 2,
          "The inverse of gammainc in its second input: x with gammainc(k, x) = p; the inputs are "
          "k, then p.",
          TGC_PAIR(gammaincinv, R"(["k", "p"])", kWide, kNarrow)),
      nary_special<gammainccinv, d_gammainccinv>(
          "gammainccinv", "Elemwise{gammainccinv}", 2,
          "The inverse of gammaincc in its second input: x with gammaincc(k, x) = p; the inputs "
          "are k, then p.",
          TGC_PAIR(gammainccinv, R"(["k", "p"])", kWide, kNarrow)),
      nary_special<betaincinv, d_betaincinv>(
          "betaincinv", "Elemwise{betaincinv}", 3,
          "The inverse of betainc in its last input: x with betainc(a, b, x) = p; the inputs are "
          "a, b, p.",
          {{TGC_NODE(betaincinv, R"(["a", "b", "p"])"), kBeta}}),
      TGC_UNARY(ndtri_exp, "ndtri_exp",
                "The inverse of the logarithm of the normal distribution's function; x <= 0.", -9,
                -0.1),
      nary_special<owens_t, d_owens_t>(
          "owens_t", "Elemwise{owens_t}", 2,
          "Owen's T: the probability that X > h and 0 < Y < a X for independent normal X and Y; "
          "the inputs are h, then a.",
          TGC_PAIR(owens_t, R"(["h", "a"])", kOwen, kOwenNarrow)),
      special_of_last<hyp2f1, d_hyp2f1>(
          "hyp2f1", "Elemwise{hyp2f1}", 4,
          "Gauss's hypergeometric function F(a, b; c; z) for z <= 1; the inputs are a, b, c, z. It "
          "has a gradient with respect to z alone.",
          TGC_PAIR(hyp2f1, R"(["a", "b", "c", "z"])", kGauss, kGaussNarrow)),
  };
}

#undef TGC_PAIR

}  // namespace tgc
