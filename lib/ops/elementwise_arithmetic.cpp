// SPDX-License-Identifier: Apache-2.0
// Elementwise arithmetic with Theano's upcasting: sums, products, quotients, powers, extremes, and
// the functions of one argument that keep the dtype or round.
#include "ops/elementwise.h"

namespace tgc {
namespace {

using Inputs = std::vector<Node>;

Node d_add(const Node& g, const Inputs&, const Node&, size_t) {
  return g;
}

Node d_sub(const Node& g, const Inputs&, const Node&, size_t of) {
  return of == 0 ? g : -g;
}

Node d_mul(const Node& g, const Inputs& x, const Node&, size_t of) {
  Inputs others;
  for (size_t i = 0; i < x.size(); ++i) {
    if (i != of) others.push_back(x[i]);
  }
  return others.empty() ? g : g.call("mul", others);
}

Node d_true_div(const Node& g, const Inputs& x, const Node&, size_t of) {
  return of == 0 ? g / x[1] : -(g * x[0]) / (x[1] * x[1]);
}

Node d_mod(const Node& g, const Inputs& x, const Node&, size_t of) {
  return of == 0 ? g : -x[0].call("int_div", {x[1]}) * g;
}

// d/dx = y·x^(y-1); d/dy = x^y·log x, 0 where x is 0.
Node d_pow(const Node& g, const Inputs& x, const Node& y, size_t of) {
  if (of == 0 && x[1].type().dtype == DType::boolean) return g * x[1];  // 1 or x
  if (of == 0) return g * x[1] * x[0].call("pow", {x[1] - x[1].number(1)});
  const Node base = x[0].cast(y.type().dtype);
  const Node value = g * log(base) * base.call("pow", {x[1]});
  return where(eq(base, base.number(0)), value.number(0), value);
}

// All of a tie goes to the first input.
Node d_extreme(const Node& g, const Inputs& x, const Node& y, size_t of) {
  const Node first = eq(y, x[0]);
  return of == 0 ? first * g : (g.number(1) - first) * g;
}

Node d_clip(const Node& g, const Inputs& x, const Node&, size_t of) {
  if (of == 0) return ge(x[0], x[1]).call("and_", {le(x[0], x[2])}) * g;
  return (of == 1 ? lt(x[0], x[1]) : gt(x[0], x[2])) * g;
}

Node d_neg(const Node& g, const Node&, const Node&) {
  return -g;
}
Node d_abs(const Node& g, const Node& x, const Node&) {
  return g * x.call("sgn");
}
Node d_inv(const Node& g, const Node& x, const Node&) {
  return -g / (x * x);
}
Node d_sqr(const Node& g, const Node& x, const Node&) {
  return g * x * 2;
}
Node d_identity(const Node& g, const Node&, const Node&) {
  return g;
}

// Integer division and modulo fail on a zero divisor (Theano's ZeroDivisionError).
Check divisor_check(const Apply&, const std::vector<ExprRef>& args, DType result) {
  if (is_float(result)) return {};
  const ExprRef& divisor = args.at(1);
  if (const auto* known = std::get_if<Constant>(&divisor->node)) {
    if (known->integer != 0) return {};
  }
  const ExprRef ok = call(ScalarOp::neq, {divisor, constant(divisor->dtype, 0)});
  return {ok, kFailDivision, cast(divisor, DType::int64)};
}

template <ScalarOp op, ResultRule rule>
OpDef arithmetic(std::string_view name, std::string_view theano, std::string_view doc,
                 int min_inputs, int max_inputs) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = min_inputs;
  def.max_inputs = max_inputs;
  def.infer = infer_elementwise<rule, op>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = scalar_call<op>;
  return def;
}

// Integers are divided in a float that holds them, then rounded to floatX.
ExprRef true_div_scalar(const Apply&, const std::vector<ExprRef>& args, DType result) {
  DType dtype = compute_dtype(result);
  if (is_discrete(args[0]->dtype) && is_discrete(args[1]->dtype)) {
    dtype =
        promote(dtype, promote(upgrade_to_float(args[0]->dtype), upgrade_to_float(args[1]->dtype)));
  }
  const ExprRef value = call(ScalarOp::true_div, {cast(args[0], dtype), cast(args[1], dtype)});
  return cast(value, compute_dtype(result));
}

OpExample pair_example(std::string_view node) {
  return {node, R"({"x": {"dtype": "float32", "shape": [3, 4]},
                    "y": {"dtype": "float32", "shape": [1, 4], "low": 0.5, "high": 3}})"};
}

OpExample integer_example(std::string_view node) {
  return {node, R"({"x": {"dtype": "int32", "shape": [3, 4], "low": -9, "high": 9},
                    "y": {"dtype": "int8", "shape": [4], "low": 1, "high": 5}})"};
}

template <ScalarOp op, ResultRule rule, Derivative derivative>
OpDef of_one(std::string_view name, std::string_view theano, std::string_view doc,
             std::string_view node) {
  OpDef def = arithmetic<op, rule>(name, theano, doc, 1, 1);
  def.grad = grad_unary<derivative>;
  def.examples = {{node, R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3}})"}};
  return def;
}

template <ScalarOp op, ResultRule rule>
OpDef step(std::string_view name, std::string_view theano, std::string_view doc,
           std::string_view node) {
  OpDef def = of_one<op, rule, d_neg>(name, theano, doc, node);
  def.grad = grad_zero;
  return def;
}

std::optional<DType> keep(const std::vector<DType>& inputs, DType) {
  return inputs.at(0);
}

ExprRef identity_scalar(const Apply&, const std::vector<ExprRef>& args, DType) {
  return args[0];
}

std::vector<OpDef> binary_ops() {
  using enum ScalarOp;
  OpDef add_op = arithmetic<add, upcast>("add", "Elemwise{add}", "The sum of all inputs.", 1, -1);
  add_op.grad = grad_nary<d_add>;
  add_op.examples = {pair_example(R"({"op": "add", "inputs": ["x", "y", "x"]})"),
                     integer_example(R"({"op": "add", "inputs": ["x", "y"]})")};
  OpDef mul_op =
      arithmetic<mul, upcast>("mul", "Elemwise{mul}", "The product of all inputs.", 1, -1);
  mul_op.grad = grad_nary<d_mul>;
  mul_op.examples = {pair_example(R"({"op": "mul", "inputs": ["x", "y", "x"]})"),
                     integer_example(R"({"op": "mul", "inputs": ["x", "y"]})")};
  OpDef sub_op = arithmetic<sub, upcast_no_bool>("sub", "Elemwise{sub}", "x minus y.", 2, 2);
  sub_op.grad = grad_nary<d_sub>;
  sub_op.examples = {pair_example(R"({"op": "sub", "inputs": ["x", "y"]})"),
                     integer_example(R"({"op": "sub", "inputs": ["x", "y"]})")};
  OpDef pow_op = arithmetic<pow, upcast_at_least_int8>(
      "pow", "Elemwise{pow}",
      "x to the y. Integers to a negative power give the quotient cut to an integer.", 2, 2);
  pow_op.grad = grad_nary<d_pow>;
  pow_op.examples = {{R"({"op": "pow", "inputs": ["x", "y"]})",
                      R"({"x": {"dtype": "float32", "shape": [3, 4], "low": 0.5, "high": 3},
           "y": {"dtype": "float32", "shape": [4], "low": -2, "high": 2}})"},
                     integer_example(R"({"op": "pow", "inputs": ["x", "y"]})")};
  OpDef maximum_op = arithmetic<maximum, upcast>(
      "maximum", "Elemwise{maximum}",
      "The larger of x and y, NaN where either is NaN. The gradient of a tie goes to x.", 2, 2);
  maximum_op.grad = grad_nary<d_extreme>;
  maximum_op.examples = {pair_example(R"({"op": "maximum", "inputs": ["x", "y"]})")};
  OpDef minimum_op = arithmetic<minimum, upcast>(
      "minimum", "Elemwise{minimum}",
      "The smaller of x and y, NaN where either is NaN. The gradient of a tie goes to x.", 2, 2);
  minimum_op.grad = grad_nary<d_extreme>;
  minimum_op.examples = {pair_example(R"({"op": "minimum", "inputs": ["x", "y"]})")};
  return {add_op, mul_op, sub_op, pow_op, maximum_op, minimum_op};
}

std::vector<OpDef> division_ops() {
  using enum ScalarOp;
  OpDef true_div_op = arithmetic<true_div, true_division>(
      "true_div", "Elemwise{true_div}", "x divided by y; two integers give floatX.", 2, 2);
  true_div_op.scalar = true_div_scalar;
  true_div_op.grad = grad_nary<d_true_div>;
  true_div_op.examples = {pair_example(R"({"op": "true_div", "inputs": ["x", "y"]})"),
                          integer_example(R"({"op": "true_div", "inputs": ["x", "y"]})")};
  OpDef int_div_op = arithmetic<int_div, upcast>(
      "int_div", "Elemwise{int_div}",
      "x divided by y, rounded toward minus infinity. An integer 0 as y fails the call.", 2, 2);
  int_div_op.scalar_check = divisor_check;
  int_div_op.grad = grad_zero;
  int_div_op.aliases = {"floor_div"};
  int_div_op.examples = {pair_example(R"({"op": "int_div", "inputs": ["x", "y"]})"),
                         integer_example(R"({"op": "int_div", "inputs": ["x", "y"]})")};
  OpDef mod_op = arithmetic<mod, upcast>(
      "mod", "Elemwise{mod}",
      "x modulo y with the sign of y, as in Python. An integer 0 as y fails the call.", 2, 2);
  mod_op.scalar_check = divisor_check;
  mod_op.grad = grad_nary<d_mod>;
  mod_op.examples = {pair_example(R"({"op": "mod", "inputs": ["x", "y"]})"),
                     integer_example(R"({"op": "mod", "inputs": ["x", "y"]})")};
  OpDef clip_op = arithmetic<clip, upcast>(
      "clip", "Elemwise{clip}",
      "x, but low where it is below low, and high where it is above high; the inputs are x, low, "
      "high.",
      3, 3);
  clip_op.grad = grad_nary<d_clip>;
  clip_op.examples = {{R"({"op": "clip", "inputs": ["x", "low", "high"]})",
                       R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3},
           "low": {"dtype": "float32", "shape": [], "low": -1, "high": -0.9},
           "high": {"dtype": "float32", "shape": [4], "low": 0.5, "high": 1}})"}};
  return {true_div_op, int_div_op, mod_op, clip_op};
}

std::vector<OpDef> unary_ops() {
  using enum ScalarOp;
  OpDef abs_op = of_one<abs, keep, d_abs>("abs_", "Elemwise{abs_}", "The absolute value.",
                                          R"({"op": "abs_", "inputs": ["x"]})");
  abs_op.aliases = {"abs"};
  OpDef sqr_op = of_one<sqr, keep, d_sqr>("sqr", "Elemwise{sqr}", "x times x.",
                                          R"({"op": "sqr", "inputs": ["x"]})");
  sqr_op.aliases = {"square"};
  OpDef identity_op = of_one<add, keep, d_identity>(
      "identity", "Elemwise{identity}", "A copy of x.", R"({"op": "identity", "inputs": ["x"]})");
  identity_op.scalar = identity_scalar;
  identity_op.aliases = {"tensor_copy"};
  return {
      abs_op,
      sqr_op,
      identity_op,
      of_one<neg, upcast_no_bool, d_neg>("neg", "Elemwise{neg}", "Minus x.",
                                         R"({"op": "neg", "inputs": ["x"]})"),
      of_one<inv, upgrade, d_inv>("inv", "Elemwise{inv}", "1 divided by x.",
                                  R"({"op": "inv", "inputs": ["x"]})"),
      step<sgn, upcast_no_bool>("sgn", "Elemwise{sgn}", "-1, 0 or 1 by the sign; NaN stays.",
                                R"({"op": "sgn", "inputs": ["x"]})"),
      step<ceil, upgrade>("ceil", "Elemwise{ceil}", "The smallest integer not below x, as a float.",
                          R"({"op": "ceil", "inputs": ["x"]})"),
      step<floor, upgrade>("floor", "Elemwise{floor}",
                           "The largest integer not above x, as a float.",
                           R"({"op": "floor", "inputs": ["x"]})"),
      step<trunc, upgrade>("trunc", "Elemwise{trunc}", "x without its fraction, as a float.",
                           R"({"op": "trunc", "inputs": ["x"]})"),
      step<round_half_to_even, floats_only>("round_half_to_even", "Elemwise{round_half_to_even}",
                                            "The nearest integer, of two the even one.",
                                            R"({"op": "round_half_to_even", "inputs": ["x"]})"),
      step<round_half_away_from_zero, floats_only>(
          "round_half_away_from_zero", "Elemwise{round_half_away_from_zero}",
          "The nearest integer, of two the one further from 0.",
          R"({"op": "round_half_away_from_zero", "inputs": ["x"]})"),
  };
}

}  // namespace

std::vector<OpDef> elementwise_arithmetic_ops() {
  std::vector<OpDef> ops = binary_ops();
  for (auto* more : {division_ops, unary_ops}) {
    for (OpDef& op : more()) ops.push_back(std::move(op));
  }
  return ops;
}

}  // namespace tgc
