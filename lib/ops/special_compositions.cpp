// SPDX-License-Identifier: Apache-2.0
// Functions by element that are compositions of special functions, and the test for an interval.
#include "ops/elementwise.h"

namespace tgc {
namespace {

using Ids = std::vector<VariableId>;
using Expansion = std::optional<Ids>;

Node node(Builder& builder, const Ids& inputs, size_t i) {
  return {builder, inputs[i]};
}
// Integers by the rule for floats.
Node real_node(Builder& builder, const Ids& inputs, size_t i) {
  const Node x = node(builder, inputs, i);
  return x.cast(upgrade_to_float(x.type().dtype));
}

Expansion expand_gammau(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node k = real_node(builder, inputs, 0), x = node(builder, inputs, 1);
  return {{(k.call("gammaincc", {x}) * k.call("gamma")).id()}};
}
Expansion expand_gammal(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node k = real_node(builder, inputs, 0), x = node(builder, inputs, 1);
  return {{(k.call("gammainc", {x}) * k.call("gamma")).id()}};
}
// Below 0 all of the distribution lies above.
Expansion expand_chi2sf(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node x = node(builder, inputs, 0).cast(DType::float64);
  const Node k = node(builder, inputs, 1).cast(DType::float64);
  return {{(k * 0.5).call("gammaincc", {x.call("maximum", {x.number(0)}) * 0.5}).id()}};
}
Expansion expand_betaln(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node a = real_node(builder, inputs, 0), b = real_node(builder, inputs, 1);
  return {{(a.call("gammaln") + b.call("gammaln") - (a + b).call("gammaln")).id()}};
}
Expansion expand_kv(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node v = node(builder, inputs, 0), x = real_node(builder, inputs, 1);
  return {{(v.call("kve", {x}) * exp(-x)).id()}};
}
Expansion expand_logit(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node x = real_node(builder, inputs, 0);
  return {{log(x / (1 - x)).id()}};
}
Expansion expand_inrange(Builder& builder, const Ids& inputs, const Attributes& attributes) {
  const Node x = node(builder, inputs, 0);
  const Node low = node(builder, inputs, 1), high = node(builder, inputs, 2);
  const Node above = attr_or(attributes, "openlow", false) ? gt(x, low) : ge(x, low);
  const Node below = attr_or(attributes, "openhi", false) ? lt(x, high) : le(x, high);
  return {{above.call("and_", {below}).id()}};
}

std::optional<DType> to_float64(const std::vector<DType>&, DType) {
  return DType::float64;
}

template <ResultRule rule>
bool infer(InferContext& context) {
  std::vector<DType> dtypes;
  for (const Variable* input : context.inputs) dtypes.push_back(input->type.dtype);
  return infer_broadcast(context, rule(dtypes, context.float_x), std::nullopt);
}

template <ResultRule rule>
OpDef composition(std::string_view name, std::string_view theano, int inputs, std::string_view doc,
                  decltype(OpDef::expand) expand, std::vector<OpExample> examples) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = inputs;
  def.infer = infer<rule>;
  def.expand = expand;
  def.examples = std::move(examples);
  return def;
}

OpDef inrange_op() {
  constexpr std::string_view kInputs =
      R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -2, "high": 4},
          "low": {"dtype": "float32", "shape": [4], "low": -1, "high": 1},
          "high": {"dtype": "float64", "shape": []}})";
  OpDef def = composition<truth>(
      "inrange", "Elemwise{inrange}", 3,
      "Whether x lies between low and high; the inputs are x, low, high. The ends belong to it "
      "unless they are open.",
      expand_inrange,
      {{R"({"op": "inrange", "inputs": ["x", "low", "high"]})", kInputs},
       {R"({"op": "inrange", "inputs": ["x", "low", "high"], "openlow": true, "openhi": true})",
        R"({"x": {"dtype": "int32", "shape": [9], "low": -3, "high": 3},
            "low": {"dtype": "int8", "shape": [], "value": -2},
            "high": {"dtype": "int64", "shape": [], "value": 2}})"}});
  def.attributes = {{"openlow", AttrKind::boolean, false, "low does not belong to it (false)"},
                    {"openhi", AttrKind::boolean, false, "high does not belong to it (false)"}};
  return def;
}

// Of k in [0.3, 9] and x in [0.1, 12].
std::vector<OpExample> gamma_examples(std::string_view node) {
  return {{node, R"({"k": {"dtype": "float64", "shape": [3, 1], "low": 0.3, "high": 5},
                     "x": {"dtype": "float64", "shape": [7], "low": 0.1, "high": 12}})"},
          {node, R"({"k": {"dtype": "int8", "shape": [], "low": 1, "high": 4},
                     "x": {"dtype": "float32", "shape": [5], "low": 0.1, "high": 6}})"}};
}

}  // namespace

std::vector<OpDef> special_compositions_ops() {
  return {
      composition<upgrade>("gammau", "Elemwise{gammau}", 2,
                           "The upper incomplete gamma function; the inputs are k, then x.",
                           expand_gammau,
                           gamma_examples(R"({"op": "gammau", "inputs": ["k", "x"]})")),
      composition<upgrade>("gammal", "Elemwise{gammal}", 2,
                           "The lower incomplete gamma function; the inputs are k, then x.",
                           expand_gammal,
                           gamma_examples(R"({"op": "gammal", "inputs": ["k", "x"]})")),
      composition<to_float64>(
          "chi2sf", "Elemwise{chi2sf}", 2,
          "The probability that a chi-squared variable with k degrees of freedom is above x, as "
          "float64; the inputs are x, then k.",
          expand_chi2sf, gamma_examples(R"({"op": "chi2sf", "inputs": ["x", "k"]})")),
      composition<upgrade>("betaln", "betaln", 2, "The logarithm of the beta function.",
                           expand_betaln,
                           {{R"({"op": "betaln", "inputs": ["a", "b"]})",
                             R"({"a": {"dtype": "float64", "shape": [3, 1], "low": 0.3, "high": 5},
                                 "b": {"dtype": "float64", "shape": [7], "low": 0.3, "high": 5}})"}}),
      composition<upgrade>(
          "kv", "kv", 2,
          "The modified Bessel function of the second kind of real order; the inputs are the "
          "order, then x.",
          expand_kv,
          {{R"({"op": "kv", "inputs": ["v", "x"]})",
            R"({"v": {"dtype": "int32", "shape": [3, 1], "low": -2, "high": 5},
                "x": {"dtype": "float64", "shape": [7], "low": 0.5, "high": 9}})"}}),
      composition<upgrade>(
          "logit", "logit", 1, "log(x / (1 - x)), the inverse of sigmoid.", expand_logit,
          {{R"({"op": "logit", "inputs": ["x"]})",
            R"({"x": {"dtype": "float32", "shape": [3, 4], "low": 0.1, "high": 0.9}})"}}),
      inrange_op(),
  };
}

}  // namespace tgc
