// SPDX-License-Identifier: Apache-2.0
// What each op makes of complex inputs: linear and structural ops act on both parts, functions are
// formulas in the parts, all others refuse. Gradients follow from the parts, so that of a product
// has the conjugate of the other factor.
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "ops/complex_parts.h"
#include "support/check.h"

namespace tgc {

Parts parts_of(Builder& builder, VariableId variable) {
  const Node z(builder, variable);
  return {z.call("real"), z.call("imag")};
}

Node joined(const Parts& parts) {
  return parts.re.call("complex", {parts.im});
}

namespace {

using Complex = std::complex<double>;
using Ids = std::vector<VariableId>;
constexpr size_t kAll = std::numeric_limits<size_t>::max();

Parts operator*(const Parts& a, const Parts& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
Parts operator*(const Parts& a, double b) {
  return {a.re * b, a.im * b};
}
Node length(const Parts& z) {
  return z.re.call("hypot", {z.im});
}
// The divisor is scaled by its larger part, so that its square is between 1 and 2. No gradient
// flows through the scale, of which the quotient does not depend.
Parts operator/(const Parts& a, const Parts& b) {
  const Node scale = abs(b.re).call("maximum", {abs(b.im)}).call("consider_constant");
  const Node re = b.re / scale, im = b.im / scale;
  const Node square = (sqr(re) + sqr(im)) * scale;
  return {(a.re * re + a.im * im) / square, (a.im * re - a.re * im) / square};
}

Parts p_sqr(const Parts& z) {
  return z * z;
}
Parts p_inv(const Parts& z) {
  const Parts one{z.re.number(1), z.re.number(0)};
  return one / z;
}
Parts p_exp(const Parts& z) {
  const Node e = exp(z.re);
  return {e * cos(z.im), e * sin(z.im)};
}
Parts p_log(const Parts& z) {
  return {log(length(z)), z.im.call("arctan2", {z.re})};
}
Parts p_exp2(const Parts& z) {
  return p_exp(z * std::numbers::ln2);
}
Parts p_log2(const Parts& z) {
  return p_log(z) * (1 / std::numbers::ln2);
}
Parts p_log10(const Parts& z) {
  return p_log(z) * (1 / std::numbers::ln10);
}
Parts p_expm1(const Parts& z) {
  const Node half = sin(z.im * 0.5), e = exp(z.re);
  return {z.re.call("expm1") * cos(z.im) - 2 * sqr(half), e * sin(z.im)};
}
Parts p_log1p(const Parts& z) {
  return p_log({1 + z.re, z.im});
}
// t = sqrt((|x| + |z|) / 2) is the larger part, y / (2 t) the other.
Parts p_sqrt(const Parts& z) {
  const Node t = sqrt((abs(z.re) + length(z)) * 0.5);
  const Node is_zero = eq(t, t.number(0));
  const Node other = z.im / (2 * where(is_zero, t.number(1), t));
  const Node is_right = ge(z.re, z.re.number(0));
  const Node signed_t = where(lt(z.im, z.im.number(0)), -t, t);
  return {where(is_right, t, abs(other)), where(is_right, other, signed_t)};
}
Parts p_sin(const Parts& z) {
  return {sin(z.re) * cosh(z.im), cos(z.re) * sinh(z.im)};
}
Parts p_cos(const Parts& z) {
  return {cos(z.re) * cosh(z.im), -(sin(z.re) * sinh(z.im))};
}
Parts p_sinh(const Parts& z) {
  return {sinh(z.re) * cos(z.im), cosh(z.re) * sin(z.im)};
}
Parts p_cosh(const Parts& z) {
  return {cosh(z.re) * cos(z.im), sinh(z.re) * sin(z.im)};
}
// (sinh 2x + i sin 2y) / (cosh 2x + cos 2y); beyond |x| = 20 the hyperbolic tangent is 1.
Parts p_tanh(const Parts& z) {
  const Node x = 2 * z.re.call("clip", {z.re.number(-20), z.re.number(20)}), y = 2 * z.im;
  const Node below = cosh(x) + cos(y);
  return {sinh(x) / below, sin(y) / below};
}
Parts p_tan(const Parts& z) {  // tan z = -i tanh(iz)
  const Parts turned = p_tanh({-z.im, z.re});
  return {turned.im, -turned.re};
}
// Kahan, Branch Cuts for Complex Elementary Functions (1987): formulas that lose nothing near the
// cuts, made of the roots of 1 - z and 1 + z. The parts of conj(u) v are those of u and v mixed.
Parts conjugate(const Parts& z) {
  return {z.re, -z.im};
}
Parts root_below(const Parts& z) {  // sqrt(1 - z)
  return p_sqrt({1 - z.re, -z.im});
}
Parts root_above(const Parts& z) {  // sqrt(1 + z)
  return p_sqrt({1 + z.re, z.im});
}
Parts p_arcsin(const Parts& z) {
  const Parts below = root_below(z), above = root_above(z);
  return {z.re.call("arctan2", {(below * above).re}),
          (conjugate(below) * above).im.call("arcsinh")};
}
Parts p_arccos(const Parts& z) {
  const Parts below = root_below(z), above = root_above(z);
  return {2 * below.re.call("arctan2", {above.re}), (conjugate(above) * below).im.call("arcsinh")};
}
Parts p_arcsinh(const Parts& z) {  // arcsinh z = -i arcsin(iz)
  const Parts turned = p_arcsin({-z.im, z.re});
  return {turned.im, -turned.re};
}
Parts p_arccosh(const Parts& z) {
  const Parts minus = p_sqrt({z.re - 1, z.im}), plus = root_above(z);
  return {(conjugate(minus) * plus).re.call("arcsinh"), 2 * minus.im.call("arctan2", {plus.re})};
}
Parts p_arctanh(const Parts& z) {
  const Node x = z.re, y = z.im;
  const Node ratio = 4 * x / (sqr(1 - x) + sqr(y));
  return {0.25 * ratio.call("log1p"), 0.5 * (2 * y).call("arctan2", {(1 - x) * (1 + x) - sqr(y)})};
}
Parts p_arctan(const Parts& z) {  // arctan z = -i arctanh(iz)
  const Parts turned = p_arctanh({-z.im, z.re});
  return {turned.im, -turned.re};
}
// e^(b log a); 0 to a power is 0, to the power 0 it is 1.
Parts p_pow(const Parts& a, const Parts& b) {
  const Node is_zero = eq(length(a), a.re.number(0));
  const Parts base{where(is_zero, a.re.number(1), a.re), a.im};
  const Parts value = p_exp(b * p_log(base));
  const Node one = eq(length(b), b.re.number(0)).cast(value.re.type().dtype);
  return {where(is_zero, one, value.re), where(is_zero, value.im.number(0), value.im)};
}

Ids added(Builder& builder, const OpDef& op, Ids inputs, const Attributes& attributes) {
  NodeSpec spec;
  spec.op = &op;
  spec.inputs = std::move(inputs);
  spec.attributes = attributes;
  spec.origin = builder.origin();
  Diagnostics diagnostics;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  TGC_CHECK(outputs.has_value(), std::string(op.name) + ": refuses a part");
  return *outputs;
}
Node is_nonzero(const Parts& z) {
  const Node re = z.re.call("neq", {z.re.number(0)}), im = z.im.call("neq", {z.im.number(0)});
  return re.call("or_", {im});
}

template <Parts (*formula)(const Parts&)>
Ids of_one(Builder& builder, const OpDef&, const Ids& inputs, const Attributes&) {
  return {joined(formula(parts_of(builder, inputs[0]))).id()};
}
Ids product(Builder& builder, const OpDef&, const Ids& inputs, const Attributes&) {
  std::optional<Node> scale;  // the product of the real factors
  std::optional<Parts> value;
  for (const VariableId input : inputs) {
    const Node factor(builder, input);
    if (is_complex(factor.type().dtype)) {
      const Parts parts = parts_of(builder, input);
      value = value ? *value * parts : parts;
    } else {
      scale = scale ? *scale * factor : factor;
    }
  }
  if (scale) value = Parts{value->re * *scale, value->im * *scale};
  return {joined(*value).id()};
}
Ids quotient(Builder& builder, const OpDef&, const Ids& inputs, const Attributes&) {
  const Parts a = parts_of(builder, inputs[0]);
  const Node b(builder, inputs[1]);
  if (!is_complex(b.type().dtype)) return {joined({a.re / b, a.im / b}).id()};
  return {joined(a / parts_of(builder, inputs[1])).id()};
}
// The exponent if it is one small whole number, for which products are exact and faster.
std::optional<int64_t> whole_exponent(const Graph& graph, VariableId id, int64_t rank) {
  constexpr double kMost = 32;
  if (graph.type(id).rank() > rank) return std::nullopt;
  const Apply* owner = graph.owner(id);
  if (owner != nullptr && owner->op->name == "dimshuffle") id = owner->inputs[0];
  const auto constant = graph.variable(id).constant;
  if (!constant || constant->size() != 1) return std::nullopt;
  const Complex value = constant->get_complex(0);
  const bool is_small = value.imag() == 0 && value.real() != 0 && std::abs(value.real()) <= kMost;
  if (!is_small || std::floor(value.real()) != value.real()) return std::nullopt;
  return static_cast<int64_t>(value.real());
}
Parts p_pow(const Parts& z, int64_t exponent) {
  Parts square = exponent < 0 ? p_inv(z) : z;
  std::optional<Parts> result;
  for (int64_t rest = std::abs(exponent);; square = square * square) {
    if (rest % 2 != 0) result = result ? *result * square : square;
    rest /= 2;
    if (rest == 0) return *result;
  }
}
Ids power(Builder& builder, const OpDef&, const Ids& inputs, const Attributes&) {
  const Graph& graph = builder.graph();
  const DType base = graph.type(inputs[0]).dtype;
  if (const auto exponent = whole_exponent(graph, inputs[1], graph.type(inputs[0]).rank())) {
    const bool keeps_dtype = promote(base, graph.type(inputs[1]).dtype) == base;
    if (keeps_dtype) return {joined(p_pow(parts_of(builder, inputs[0]), *exponent)).id()};
  }
  return {joined(p_pow(parts_of(builder, inputs[0]), parts_of(builder, inputs[1]))).id()};
}
Ids absolute(Builder& builder, const OpDef&, const Ids& inputs, const Attributes&) {
  return {length(parts_of(builder, inputs[0])).id()};
}
// eq, isfinite: of both parts; neq, isnan, isinf: of either.
Ids test_of_parts(Builder& builder, const OpDef& op, const Ids& inputs, const Attributes&) {
  const Parts a = parts_of(builder, inputs[0]);
  const std::string_view both = op.name == "eq" || op.name == "isfinite" ? "and_" : "or_";
  if (inputs.size() == 1) return {a.re.call(op.name).call(both, {a.im.call(op.name)}).id()};
  const Parts b = parts_of(builder, inputs[1]);
  return {a.re.call(op.name, {b.re}).call(both, {a.im.call(op.name, {b.im})}).id()};
}
// Ops that ask only which elements are 0.
Ids of_nonzero(Builder& builder, const OpDef& op, const Ids& inputs, const Attributes& attributes) {
  return added(builder, op, {is_nonzero(parts_of(builder, inputs[0])).id()}, attributes);
}
// The product of the lengths at the sum of the angles.
Ids long_product(Builder& builder, const OpDef& op, const Ids& inputs,
                 const Attributes& attributes) {
  const Parts z = parts_of(builder, inputs[0]);
  const Node size = length(z).call(op.name, {}, attributes);
  const std::string_view added_up = op.name == "prod" ? "sum" : "cumsum";
  const Node angle = z.im.call("arctan2", {z.re}).call(added_up, {}, attributes);
  return {joined({size * cos(angle), size * sin(angle)}).id()};
}
// dot and its kin: op(a, b) of the parts, added as in a product.
Ids bilinear(Builder& builder, const OpDef& op, const Ids& inputs, const Attributes& attributes) {
  const Parts a = parts_of(builder, inputs[0]), b = parts_of(builder, inputs[1]);
  const auto of = [&](const Node& x, const Node& y) { return x.call(op.name, {y}, attributes); };
  const bool is_real = !is_complex(builder.graph().type(inputs[0]).dtype);
  if (is_real) return {joined({of(a.re, b.re), of(a.re, b.im)}).id()};
  if (!is_complex(builder.graph().type(inputs[1]).dtype)) {
    return {joined({of(a.re, b.re), of(a.im, b.re)}).id()};
  }
  return {joined({of(a.re, b.re) - of(a.im, b.im), of(a.re, b.im) + of(a.im, b.re)}).id()};
}

// op of the real parts and op of the imaginary ones. Inputs begin … end - 1 are numbers; of the
// others a complex one is a condition (switch) or only asked for its shape (fill, shape), or else
// refused.
template <size_t begin, size_t end>
Ids by_parts(Builder& builder, const OpDef& op, const Ids& inputs, const Attributes& attributes) {
  std::vector<Ids> of_part(2);
  bool is_number = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool has_parts = is_complex(builder.graph().type(inputs[i]).dtype);
    const Parts z = parts_of(builder, inputs[i]);
    if (i >= begin && i < end) {
      is_number = is_number || has_parts;
      of_part[0].push_back(z.re.id());
      of_part[1].push_back(z.im.id());
      continue;
    }
    const bool is_condition = has_parts && op.name == "switch";
    if (has_parts && !is_condition && op.name != "fill" && begin < end) return {};
    const Node shared = is_condition ? is_nonzero(z) : z.re;
    for (Ids& ids : of_part) ids.push_back(shared.id());
  }
  const Ids real = added(builder, op, of_part[0], attributes);
  if (!is_number) return real;
  const Ids imaginary = added(builder, op, of_part[1], attributes);
  Ids outputs;
  for (size_t i = 0; i < real.size(); ++i) {
    outputs.push_back(joined({Node(builder, real[i]), Node(builder, imaginary[i])}).id());
  }
  return outputs;
}
// Changes of a tensor, which keeps its dtype: what is put into a real one is real.
Ids put_parts(Builder& builder, const OpDef& op, const Ids& inputs, const Attributes& attributes) {
  if (!is_complex(builder.graph().type(inputs[0]).dtype)) return {};
  return by_parts<0, 2>(builder, op, inputs, attributes);
}

using OnComplex = decltype(OpDef::on_complex);
struct Rule {
  std::string_view op;
  OnComplex rule;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> list = {
      {"abs_", absolute},
      {"add", by_parts<0, kAll>},
      {"addbroadcast", by_parts<0, 1>},
      {"advanced_inc_subtensor", put_parts},
      {"advanced_inc_subtensor1", put_parts},
      {"advanced_set_subtensor", put_parts},
      {"advanced_set_subtensor1", put_parts},
      {"advanced_subtensor", by_parts<0, 1>},
      {"advanced_subtensor1", by_parts<0, 1>},
      {"all", of_nonzero},
      {"alloc", by_parts<0, 1>},
      {"alloc_diag", by_parts<0, 1>},
      {"any", of_nonzero},
      {"arccos", of_one<p_arccos>},
      {"arccosh", of_one<p_arccosh>},
      {"arcsin", of_one<p_arcsin>},
      {"arcsinh", of_one<p_arcsinh>},
      {"arctan", of_one<p_arctan>},
      {"arctanh", of_one<p_arctanh>},
      {"assert", by_parts<0, 1>},
      {"atleast_1d", by_parts<0, 1>},
      {"atleast_2d", by_parts<0, 1>},
      {"atleast_3d", by_parts<0, 1>},
      {"atleast_Nd", by_parts<0, 1>},
      {"batched_dot", bilinear},
      {"batched_tensordot", bilinear},
      {"consider_constant", by_parts<0, 1>},
      {"cos", of_one<p_cos>},
      {"cosh", of_one<p_cosh>},
      {"cumprod", long_product},
      {"cumsum", by_parts<0, 1>},
      {"diag", by_parts<0, 1>},
      {"diagonal", by_parts<0, 1>},
      {"diagonal_subtensor", by_parts<0, 1>},
      {"diff", by_parts<0, 1>},
      {"dimshuffle", by_parts<0, 1>},
      {"disconnected_grad", by_parts<0, 1>},
      {"dot", bilinear},
      {"empty", by_parts<0, 0>},
      {"eq", test_of_parts},
      {"exp", of_one<p_exp>},
      {"exp2", of_one<p_exp2>},
      {"expand_dims", by_parts<0, 1>},
      {"expm1", of_one<p_expm1>},
      {"eye", by_parts<0, 0>},
      {"fill", by_parts<1, 2>},
      {"fill_diagonal", put_parts},
      {"flatten", by_parts<0, 1>},
      {"flip", by_parts<0, 1>},
      {"full", by_parts<0, 1>},
      {"grad_scale", by_parts<0, 1>},
      {"horizontal_stack", by_parts<0, kAll>},
      {"identity", by_parts<0, 1>},
      {"inc_diagonal_subtensor", put_parts},
      {"inc_subtensor", put_parts},
      {"inner", bilinear},
      {"inv", of_one<p_inv>},
      {"isfinite", test_of_parts},
      {"isinf", test_of_parts},
      {"isnan", test_of_parts},
      {"join", by_parts<0, kAll>},
      {"join_dims", by_parts<0, 1>},
      {"kron", bilinear},
      {"log", of_one<p_log>},
      {"log10", of_one<p_log10>},
      {"log1p", of_one<p_log1p>},
      {"log2", of_one<p_log2>},
      {"matmul", bilinear},
      {"matrix_transpose", by_parts<0, 1>},
      {"matvec", bilinear},
      {"mean", by_parts<0, 1>},
      {"moveaxis", by_parts<0, 1>},
      {"mul", product},
      {"neg", by_parts<0, 1>},
      {"neq", test_of_parts},
      {"nonzero", of_nonzero},
      {"outer", bilinear},
      {"pow", power},
      {"prod", long_product},
      {"repeat", by_parts<0, 1>},
      {"reshape", by_parts<0, 1>},
      {"roll", by_parts<0, 1>},
      {"set_subtensor", put_parts},
      {"shape", by_parts<1, 1>},
      {"shape_i", by_parts<1, 1>},
      {"shape_padaxis", by_parts<0, 1>},
      {"shape_padleft", by_parts<0, 1>},
      {"shape_padright", by_parts<0, 1>},
      {"sin", of_one<p_sin>},
      {"sinh", of_one<p_sinh>},
      {"specify_shape", by_parts<0, 1>},
      {"split", by_parts<0, 1>},
      {"split_dims", by_parts<0, 1>},
      {"sqr", of_one<p_sqr>},
      {"sqrt", of_one<p_sqrt>},
      {"squeeze", by_parts<0, 1>},
      {"stack", by_parts<0, kAll>},
      {"sub", by_parts<0, 2>},
      {"subtensor", by_parts<0, 1>},
      {"sum", by_parts<0, 1>},
      {"swapaxes", by_parts<0, 1>},
      {"switch", by_parts<1, 3>},
      {"take", by_parts<0, 1>},
      {"take_along_axis", by_parts<0, 1>},
      {"tan", of_one<p_tan>},
      {"tanh", of_one<p_tanh>},
      {"tensordot", bilinear},
      {"tile", by_parts<0, 1>},
      {"trace", by_parts<0, 1>},
      {"transpose", by_parts<0, 1>},
      {"tri", by_parts<0, 0>},
      {"tril", by_parts<0, 1>},
      {"triu", by_parts<0, 1>},
      {"true_div", quotient},
      {"vecmat", bilinear},
      {"vertical_stack", by_parts<0, kAll>},
      {"zero_grad", by_parts<0, 1>},
  };
  return list;
}

}  // namespace

void add_complex_rules(std::vector<OpDef>& records) {
  // Passes make internal ops of what is in the graph already: groups of ops, copies between places.
  // The others that take complex inputs themselves are written with ops that know them, or only
  // hand values on.
  constexpr std::string_view kAsTheyAre[] = {"advanced_boolean_inc_subtensor",
                                             "advanced_boolean_set_subtensor",
                                             "advanced_boolean_subtensor",
                                             "count_nonzero",
                                             "flatnonzero",
                                             "identity_like",
                                             "ifelse",
                                             "matrix_dot",
                                             "nonzero_values",
                                             "norm",
                                             "ones",
                                             "ones_like",
                                             "scan",
                                             "zeros",
                                             "zeros_like"};
  for (OpDef& record : records) {
    const bool is_listed = std::find(std::begin(kAsTheyAre), std::end(kAsTheyAre), record.name) !=
                           std::end(kAsTheyAre);
    record.accepts_complex |= record.is_internal || is_listed;
  }
  for (const auto& [name, rule] : rules()) {
    const auto found = std::find_if(records.begin(), records.end(),
                                    [&](const OpDef& record) { return record.name == name; });
    TGC_CHECK(found != records.end(), "no op " + std::string(name));
    found->on_complex = rule;
  }
}

}  // namespace tgc
