// SPDX-License-Identifier: Apache-2.0
// Elementwise comparisons and tests (bool, as in Theano since 0.9), bitwise operations (logical on
// bools) and the choice between two values.
#include "ops/elementwise.h"

namespace tgc {
namespace {

template <ScalarOp op>
OpDef comparison(std::string_view name, std::string_view theano, std::string_view doc,
                 std::string_view node) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = 2;
  def.infer = infer_elementwise<truth, op>;
  def.grad = grad_zero;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = comparison_call<op>;
  def.examples = {{node, R"({"x": {"dtype": "int32", "shape": [3, 4], "low": 0, "high": 3},
                            "y": {"dtype": "float32", "shape": [4], "low": 0.5, "high": 2}})"}};
  return def;
}

template <ScalarOp op>
OpDef test(std::string_view name, std::string_view theano, std::string_view doc,
           std::string_view node) {
  OpDef def = comparison<op>(name, theano, doc, node);
  def.min_inputs = def.max_inputs = 1;
  def.examples = {{node, R"({"x": {"dtype": "float32", "shape": [3, 4]}})"}};
  return def;
}

template <ScalarOp op>
OpDef bitwise(std::string_view name, std::string_view theano, std::string_view alias,
              std::string_view doc, std::string_view node) {
  OpDef def = comparison<op>(name, theano, doc, node);
  def.infer = infer_elementwise<bits_only, op>;
  def.scalar = scalar_call<op>;
  def.aliases = {alias};
  def.examples = {{node, R"({"x": {"dtype": "int32", "shape": [3, 4], "low": -9, "high": 9},
                            "y": {"dtype": "int8", "shape": [4], "low": 0, "high": 9}})"},
                  {node, R"({"x": {"dtype": "bool", "shape": [3, 4]},
                            "y": {"dtype": "bool", "shape": [4]}})"}};
  return def;
}

ExprRef switch_scalar(const Apply&, const std::vector<ExprRef>& args, DType result) {
  const DType dtype = compute_dtype(result);
  const ExprRef condition = cast(args[0], DType::boolean);
  return call(ScalarOp::switch_, {condition, cast(args[1], dtype), cast(args[2], dtype)}, dtype);
}

Node d_switch(const Node& g, const std::vector<Node>& x, const Node&, size_t of) {
  if (of == 0) return {g.builder(), g.builder().zeros_like(x[0].id())};
  return of == 1 ? where(x[0], g, g.number(0)) : where(x[0], g.number(0), g);
}

OpDef switch_op() {
  OpDef def;
  def.name = "switch";
  def.theano = "Elemwise{switch}";
  def.doc = "The second input where the first is not 0, else the third.";
  def.min_inputs = def.max_inputs = 3;
  def.infer = infer_elementwise<of_branches, ScalarOp::switch_>;
  def.grad = grad_nary<d_switch>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = switch_scalar;
  def.aliases = {"where"};
  def.examples = {{R"({"op": "switch", "inputs": ["condition", "x", "y"]})",
                   R"({"condition": {"dtype": "bool", "shape": [3, 1]},
                       "x": {"dtype": "float32", "shape": [3, 4]},
                       "y": {"dtype": "float32", "shape": []}})"}};
  return def;
}

}  // namespace

std::vector<OpDef> elementwise_logic_ops() {
  using enum ScalarOp;
  OpDef invert_op = bitwise<invert>("invert", "Elemwise{invert}", "bitwise_not",
                                    "Every bit turned around; not, for bools.",
                                    R"({"op": "invert", "inputs": ["x"]})");
  invert_op.min_inputs = invert_op.max_inputs = 1;
  invert_op.examples = {
      {R"({"op": "invert", "inputs": ["x"]})", R"({"x": {"dtype": "int32", "shape": [3, 4]}})"},
      {R"({"op": "invert", "inputs": ["x"]})", R"({"x": {"dtype": "bool", "shape": [3, 4]}})"}};
  return {
      comparison<eq>("eq", "Elemwise{eq}", "Whether x equals y.",
                     R"({"op": "eq", "inputs": ["x", "y"]})"),
      comparison<neq>("neq", "Elemwise{neq}", "Whether x differs from y.",
                      R"({"op": "neq", "inputs": ["x", "y"]})"),
      comparison<lt>("lt", "Elemwise{lt}", "Whether x is below y.",
                     R"({"op": "lt", "inputs": ["x", "y"]})"),
      comparison<le>("le", "Elemwise{le}", "Whether x is at most y.",
                     R"({"op": "le", "inputs": ["x", "y"]})"),
      comparison<gt>("gt", "Elemwise{gt}", "Whether x is above y.",
                     R"({"op": "gt", "inputs": ["x", "y"]})"),
      comparison<ge>("ge", "Elemwise{ge}", "Whether x is at least y.",
                     R"({"op": "ge", "inputs": ["x", "y"]})"),
      test<isnan>("isnan", "Elemwise{isnan}", "Whether x is NaN.",
                  R"({"op": "isnan", "inputs": ["x"]})"),
      test<isinf>("isinf", "Elemwise{isinf}", "Whether x is infinite.",
                  R"({"op": "isinf", "inputs": ["x"]})"),
      bitwise<and_>("and_", "Elemwise{and_}", "bitwise_and", "The bits that both have.",
                    R"({"op": "and_", "inputs": ["x", "y"]})"),
      bitwise<or_>("or_", "Elemwise{or_}", "bitwise_or", "The bits that either has.",
                   R"({"op": "or_", "inputs": ["x", "y"]})"),
      bitwise<xor_>("xor", "Elemwise{xor}", "bitwise_xor", "The bits that one of both has.",
                    R"({"op": "xor", "inputs": ["x", "y"]})"),
      invert_op,
      switch_op(),
  };
}

}  // namespace tgc
