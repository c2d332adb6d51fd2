// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of one argument that give a float: exponentials, logarithms, circular and
// hyperbolic functions. Integers are upgraded first: 8 and 16 bits to float32, others to float64.
#include <cmath>
#include <numbers>

#include "ops/elementwise.h"

namespace tgc {
namespace {

Node d_sqrt(const Node& g, const Node&, const Node& y) {
  return (g * 0.5) / y;
}
Node d_exp(const Node& g, const Node&, const Node& y) {
  return g * y;
}
Node d_exp2(const Node& g, const Node&, const Node& y) {
  return g * y * std::numbers::ln2;
}
Node d_expm1(const Node& g, const Node& x, const Node&) {
  return g * exp(x);
}
Node d_log(const Node& g, const Node& x, const Node&) {
  return g / x;
}
Node d_log2(const Node& g, const Node& x, const Node&) {
  return g / (x * std::numbers::ln2);
}
Node d_log10(const Node& g, const Node& x, const Node&) {
  return g / (x * std::numbers::ln10);
}
Node d_log1p(const Node& g, const Node& x, const Node&) {
  return g / (1 + x);
}
Node d_deg2rad(const Node& g, const Node&, const Node&) {
  return g * (std::numbers::pi / 180);
}
Node d_rad2deg(const Node& g, const Node&, const Node&) {
  return g * (180 / std::numbers::pi);
}
Node d_sin(const Node& g, const Node& x, const Node&) {
  return g * cos(x);
}
Node d_cos(const Node& g, const Node& x, const Node&) {
  return -(g * sin(x));
}
Node d_tan(const Node& g, const Node& x, const Node&) {
  return g / sqr(cos(x));
}
Node d_arcsin(const Node& g, const Node& x, const Node&) {
  return g / sqrt(1 - sqr(x));
}
Node d_arccos(const Node& g, const Node& x, const Node&) {
  return -(g / sqrt(1 - sqr(x)));
}
Node d_arctan(const Node& g, const Node& x, const Node&) {
  return g / (1 + sqr(x));
}
Node d_sinh(const Node& g, const Node& x, const Node&) {
  return g * cosh(x);
}
Node d_cosh(const Node& g, const Node& x, const Node&) {
  return g * sinh(x);
}
Node d_tanh(const Node& g, const Node&, const Node& y) {
  return g * (1 - sqr(y));
}
Node d_arcsinh(const Node& g, const Node& x, const Node&) {
  return g / sqrt(sqr(x) + 1);
}
Node d_arccosh(const Node& g, const Node& x, const Node&) {
  return g / sqrt(sqr(x) - 1);
}
Node d_arctanh(const Node& g, const Node& x, const Node&) {
  return g / (1 - sqr(x));
}
Node d_xlogx(const Node& g, const Node& x, const Node&) {
  return g * (1 + log(x));
}

template <ScalarOp op, Derivative derivative>
OpDef unary(std::string_view name, std::string_view theano, std::string_view doc,
            OpExample example) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = 1;
  def.infer = infer_elementwise<upgrade, op>;
  def.grad = grad_unary<derivative>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = scalar_call<op>;
  def.examples = {example};
  return def;
}

Node d_arctan2(const Node& g, const std::vector<Node>& x, const Node&, size_t of) {
  const Node square = sqr(x[0]) + sqr(x[1]);
  return of == 0 ? g * x[1] / square : -(g * x[0]) / square;
}

Node d_xlogy0(const Node& g, const std::vector<Node>& x, const Node&, size_t of) {
  return of == 0 ? g * log(x[1]) : g * x[0] / x[1];
}

template <ScalarOp op, DerivativeOf derivative>
OpDef binary(std::string_view name, std::string_view theano, std::string_view doc,
             OpExample example) {
  OpDef def = unary<op, d_exp>(name, theano, doc, example);
  def.min_inputs = def.max_inputs = 2;
  def.grad = grad_nary<derivative>;
  return def;
}

}  // namespace

// (name, doc, the range of x in its example)
#define TGC_UNARY(name, doc, low, high)              \
  unary<ScalarOp::name, d_##name>(                   \
      #name, "Elemwise{" #name "}", doc,             \
      {R"({"op": ")" #name R"(", "inputs": ["x"]})", \
       R"({"x": {"dtype": "float32", "shape": [3, 4], "low": )" #low R"(, "high": )" #high "}}"})

std::vector<OpDef> elementwise_math_ops() {
  return {
      TGC_UNARY(sqrt, "The square root; NaN below 0.", 0.5, 4),
      TGC_UNARY(exp, "e to the x.", -2, 2),
      TGC_UNARY(exp2, "2 to the x.", -2, 2),
      TGC_UNARY(expm1, "e to the x minus 1, exact for small x.", -2, 2),
      TGC_UNARY(log, "The natural logarithm.", 0.5, 4),
      TGC_UNARY(log2, "The logarithm to base 2.", 0.5, 4),
      TGC_UNARY(log10, "The logarithm to base 10.", 0.5, 4),
      TGC_UNARY(log1p, "The natural logarithm of 1 + x, exact for small x.", -0.5, 2),
      TGC_UNARY(deg2rad, "Degrees to radians.", -180, 180),
      TGC_UNARY(rad2deg, "Radians to degrees.", -3, 3),
      TGC_UNARY(sin, "The sine of x radians.", -3, 3),
      TGC_UNARY(cos, "The cosine of x radians.", -3, 3),
      TGC_UNARY(tan, "The tangent of x radians.", -1, 1),
      TGC_UNARY(arcsin, "The angle in [-pi/2, pi/2] whose sine is x.", -0.9, 0.9),
      TGC_UNARY(arccos, "The angle in [0, pi] whose cosine is x.", -0.9, 0.9),
      TGC_UNARY(arctan, "The angle in [-pi/2, pi/2] whose tangent is x.", -2, 2),
      TGC_UNARY(sinh, "The hyperbolic sine.", -2, 2),
      TGC_UNARY(cosh, "The hyperbolic cosine.", -2, 2),
      TGC_UNARY(tanh, "The hyperbolic tangent.", -2, 2),
      TGC_UNARY(arcsinh, "The inverse of sinh.", -2, 2),
      TGC_UNARY(arccosh, "The inverse of cosh that is at least 0; x at least 1.", 1.5, 4),
      TGC_UNARY(arctanh, "The inverse of tanh; x in (-1, 1).", -0.9, 0.9),
      TGC_UNARY(xlogx, "x times log x, 0 at 0.", 0.5, 4),
      binary<ScalarOp::xlogy0, d_xlogy0>("xlogy0", "Elemwise{xlogy0}",
                                         "x times log y, 0 where x is 0.",
                                         {R"({"op": "xlogy0", "inputs": ["x", "y"]})",
                                          R"({"x": {"dtype": "float32", "shape": [3, 4]},
               "y": {"dtype": "float32", "shape": [4], "low": 0.5, "high": 4}})"}),
      binary<ScalarOp::arctan2, d_arctan2>(
          "arctan2", "Elemwise{arctan2}",
          "The angle of the point (x, y) in (-pi, pi]; the inputs are y, then x.",
          {R"({"op": "arctan2", "inputs": ["y", "x"]})",
           R"({"y": {"dtype": "float32", "shape": [3, 1]},
               "x": {"dtype": "float32", "shape": [4]}})"}),
  };
}

#undef TGC_UNARY

}  // namespace tgc
