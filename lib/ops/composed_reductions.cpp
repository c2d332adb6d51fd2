// SPDX-License-Identifier: Apache-2.0
// Reductions that are formulas of sum, prod, max and min: ptp, logsumexp, prod_without_zeros, norm,
// average, cov, count_nonzero.
#include <algorithm>
#include <cmath>

#include "ops/composition.h"
#include "ops/reduction.h"

namespace tgc {
namespace {

// Axes sorted and complete, keepdims set.
bool check_axes(InferContext& context) {
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", *axes);
  context.attributes.try_emplace("keepdims", false);
  return true;
}

bool check_extremes(InferContext& context) {
  take_no_axes_as_all(context.attributes);
  return require_number(context, 0) && check_axes(context) && require_elements(context);
}

Attributes axes_of(const Given& given, bool keepdims) {
  return {{"axis", given.get<std::vector<int64_t>>("axis")}, {"keepdims", keepdims}};
}

Node over_axes(const Given& given, std::string_view op, const Node& x) {
  return x.call(op, {}, axes_of(given, given.get<bool>("keepdims")));
}

Node ptp(const Given& given) {
  return over_axes(given, "max", given.x[0]) - over_axes(given, "min", given.x[0]);
}

// m + log Σ exp(x - m) with the largest x as m, or 0 where that is infinite.
Node logsumexp(const Given& given) {
  const Node x = given.x[0].cast(upgrade_to_float(given.x[0].type().dtype));
  const Node largest = x.call("max", {}, axes_of(given, true));
  const Node shift =
      where(largest.call("isinf"), largest.number(0), largest).call("consider_constant");
  const Node result = log(exp(x - shift).call("sum", {}, axes_of(given, true))) + shift;
  if (given.get<bool>("keepdims")) return result;
  std::vector<int64_t> kept;
  const auto& axes = given.get<std::vector<int64_t>>("axis");
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) kept.push_back(axis);
  }
  return dimshuffled(result, kept);
}

bool check_prod_without_zeros(InferContext& context) {
  for (const char* const name : {"dtype", "acc_dtype"}) {
    const auto* dtype = find_attr<DType>(context.attributes, name);
    if (dtype != nullptr && !check_accumulator(context, *dtype)) return false;
  }
  return check_axes(context);
}

Node prod_without_zeros(const Given& given) {
  const Node x = given.x[0];
  const Node factors = where(eq(x, x.number(0)), x.number(1), x);
  return factors.call("prod", {}, given.attributes);
}

Node count_nonzero(const Given& given) {
  const Node x = given.x[0];
  return over_axes(given, "sum", x.call("neq", {x.number(0)}));
}

// Of one axis a vector norm, of two a matrix norm.
bool check_norm(InferContext& context) {
  if (!require_number(context, 0) || !require_rank_at_least(context, 0, 1)) return false;
  if (!check_axes(context)) return false;
  const auto axes = *find_attr<std::vector<int64_t>>(context.attributes, "axis");
  const auto* ord = find_attr<double>(context.attributes, "ord");
  if (attr_or<bool>(context.attributes, "nuc", false) && (ord != nullptr || axes.size() != 2)) {
    return context.fail("bad-attribute", "the nuclear norm is one of matrices, without ord", "nuc");
  }
  if (ord == nullptr) return true;
  if (axes.size() == 2 && std::abs(*ord) != 1 && std::abs(*ord) != 2 && !std::isinf(*ord)) {
    return context.fail("bad-attribute",
                        "the norm of a matrix knows ord 1, -1, 2, -2, inf and -inf", "ord",
                        "without ord it is the Frobenius norm, with nuc the nuclear norm");
  }
  if (axes.empty() || axes.size() > 2) {
    return context.fail("bad-attribute", "a norm of some ord is over one or two axes", "ord",
                        "without ord any number of axes has one");
  }
  const bool is_extreme = std::isinf(*ord) || axes.size() == 2;
  return !is_extreme || require_elements(context);
}

// A reduction of the singular values of the matrices in two axes.
Node norm_of_singular_values(const Given& given, std::string_view reduction) {
  const Node& x = given.x[0];
  const auto& axes = given.get<std::vector<int64_t>>("axis");
  const int64_t rank = x.type().rank();
  std::vector<int64_t> order;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (axis != axes[0] && axis != axes[1]) order.push_back(axis);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  const Node values = dimshuffled(x, order).call("svd", {}, {{"compute_uv", false}});
  const Node result = reduced(reduction, values, {rank - 2});
  if (!attr_or<bool>(given.attributes, "keepdims", false)) return result;
  return with_new_axis(with_new_axis(result, axes[0]), axes[1]);
}

// |x| to the p summed, then to the 1/p.
Node norm(const Given& given) {
  const Node x = given.x[0];
  const auto& axes = given.get<std::vector<int64_t>>("axis");
  if (attr_or<bool>(given.attributes, "nuc", false)) return norm_of_singular_values(given, "sum");
  if (!given.has("ord")) return sqrt(over_axes(given, "sum", sqr(abs(x))));
  const double ord = given.get<double>("ord");
  const bool is_matrix = axes.size() == 2;
  if (is_matrix && std::abs(ord) == 2) {
    return norm_of_singular_values(given, ord > 0 ? "max" : "min");
  }
  if (is_matrix) {
    const int64_t summed = std::abs(ord) == 1 ? axes[0] : axes[1];
    const Node sums = reduced("sum", abs(x), {summed}, true);
    return over_axes(given, ord > 0 ? "max" : "min", sums);
  }
  if (std::isinf(ord)) return over_axes(given, ord > 0 ? "max" : "min", abs(x));
  if (ord == 0) return over_axes(given, "sum", x.call("neq", {x.number(0)}));
  if (ord == 1) return over_axes(given, "sum", abs(x));
  const Node power = abs(x).call("pow", {given.literal(ord)});
  return over_axes(given, "sum", power).call("pow", {given.literal(1 / ord)});
}

bool check_average(InferContext& context) {
  if (context.inputs.size() > 1) {
    if (!inputs_broadcast(context)) return false;
    if (context.type(1).rank() > context.type(0).rank()) {
      return context.fail("bad-rank", "the weights must not have more dimensions than the values",
                          "inputs/1");
    }
  }
  return check_axes(context);
}

// Σ w x / Σ w, the weights broadcast to x.
Node average(const Given& given) {
  const Node x = given.x[0];
  if (given.x.size() == 1) return over_axes(given, "mean", x);
  const Node weights = allocated(given.x[1], x.type().shape);
  return over_axes(given, "sum", x * weights) / over_axes(given, "sum", weights);
}

// Rows are variables (columns with rowvar false, unless there is one row only), a second input has
// more of them.
bool check_cov(InferContext& context) {
  context.attributes.try_emplace("rowvar", true);
  context.attributes.try_emplace("bias", false);
  const bool bias = *find_attr<bool>(context.attributes, "bias");
  context.attributes.try_emplace("ddof", int64_t{bias ? 0 : 1});
  const bool rowvar = *find_attr<bool>(context.attributes, "rowvar");
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_rank(context, i, 2) || !require_number(context, i)) return false;
  }
  if (context.inputs.size() < 2) return true;
  const size_t axis = rowvar ? 1 : 0;
  const DimExpr& a = context.type(0).shape[axis];
  const DimExpr& b = context.type(1).shape[axis];
  return context.require_equal(a, b,
                               "the observations differ in number: " + a.text() + " (" +
                                   context.name(0) + ") and " + b.text() + " (" + context.name(1) +
                                   ")",
                               "inputs/1");
}

Node cov(const Given& given) {
  std::vector<Node> parts;
  for (const Node& x : given.x) {
    const bool is_turned = !given.get<bool>("rowvar");
    parts.push_back(is_turned ? dimshuffled(x, {1, 0}) : x);
  }
  Node m = joined(parts, 0);
  const Node count = given.size(m.type().shape[1] - given.integer("ddof"));
  m = m - reduced("mean", m, {1}, true);
  const Node product = m.call("dot", {dimshuffled(m, {1, 0})});
  const Node scaled = product * (given.number(DType::int8, 1) / count);
  return scaled.call("squeeze");
}

constexpr std::string_view kMatrix = R"({"x": {"dtype": "float32", "shape": [3, 4]}})";

OpDef over(OpDef op) {
  auto attributes = reduction_attributes();
  attributes.insert(attributes.end(), op.attributes.begin(), op.attributes.end());
  op.attributes = std::move(attributes);
  op.min_inputs = 1;
  op.max_inputs = std::max(op.max_inputs, 1);
  return op;
}

OpDef norm_op() {
  return composed<norm, check_norm>(over(
      {.name = "norm",
       .theano = "norm",
       .doc = "The norm of vectors along one axis or of matrices over two: (Σ|x|^ord)^(1/ord); "
              "without ord Euclid's and Frobenius's.",
       .attributes = {{"ord", AttrKind::real, false,
                       "vectors: any number, \"inf\" or \"-inf\"; matrices: 1, -1, 2, -2, \"inf\" "
                       "or \"-inf\""},
                      {"nuc", AttrKind::boolean, false,
                       "matrices: the sum of the singular values (false)"}},
       .examples = {{R"({"op": "norm", "inputs": ["x"]})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "axis": 1, "ord": 3})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "axis": 0, "ord": 1,
                              "keepdims": true})",
                     kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "axis": 0, "ord": "-inf"})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "axis": 0, "ord": 0})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "ord": "inf"})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "ord": -1})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "ord": 2})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "ord": -2, "keepdims": true})", kMatrix},
                    {R"({"op": "norm", "inputs": ["x"], "axis": [0, 2], "nuc": true})",
                     R"({"x": {"dtype": "float64", "shape": [2, 2, 3]}})"}}}));
}

OpDef cov_op() {
  return composed<cov, check_cov>(
      {.name = "cov",
       .theano = "cov",
       .doc =
           "The covariance matrix of variables, one a row; a second input has more of them. Axes "
           "of length 1 are dropped.",
       .min_inputs = 1,
       .max_inputs = 2,
       .attributes = {{"rowvar", AttrKind::boolean, false, "whether rows are variables (true)"},
                      {"bias", AttrKind::boolean, false, "divide by n instead of n - 1 (false)"},
                      {"ddof", AttrKind::integer, false, "divide by n - ddof; overrides bias"}},
       .examples = {{R"({"op": "cov", "inputs": ["x"]})", kMatrix},
                    {R"({"op": "cov", "inputs": ["x", "y"], "rowvar": false, "bias": true})",
                     R"({"x": {"dtype": "float64", "shape": [4, 3]},
                         "y": {"dtype": "float64", "shape": [4, 2]}})"}}});
}

}  // namespace

std::vector<OpDef> composed_reductions_ops() {
  return {
      composed<ptp, check_extremes>(
          over({.name = "ptp",
                .theano = "MaxAndArgmax, CAReduce{minimum}",
                .doc = "The largest element over axes minus the smallest.",
                .examples = {{R"({"op": "ptp", "inputs": ["x"]})", kMatrix},
                             {R"({"op": "ptp", "inputs": ["x"], "axis": 1, "keepdims": true})",
                              kMatrix}}})),
      composed<logsumexp, check_extremes>(
          over({.name = "logsumexp",
                .theano = "LogSumExp",
                .doc = "log Σ exp(x) over axes without overflow; -inf where all are -inf.",
                .examples = {{R"({"op": "logsumexp", "inputs": ["x"]})", kMatrix},
                             {R"({"op": "logsumexp", "inputs": ["x"], "axis": 0,
                                  "keepdims": true})",
                              R"({"x": {"dtype": "float64", "shape": [3, 4], "low": 900,
                                        "high": 1000}})"},
                             {R"({"op": "logsumexp", "inputs": ["x"], "axis": -1})",
                              R"({"x": {"dtype": "int8", "shape": [3, 4]}})"}}})),
      composed<prod_without_zeros, check_prod_without_zeros>(over(
          {.name = "prod_without_zeros",
           .theano = "ProdWithoutZeros",
           .doc = "The product over axes of the elements that are not 0.",
           .attributes = {{"dtype", AttrKind::dtype, false, "as in prod"},
                          {"acc_dtype", AttrKind::dtype, false, "as in prod"}},
           .examples = {{R"({"op": "prod_without_zeros", "inputs": ["x"], "axis": 1})",
                         R"({"x": {"dtype": "int32", "shape": [3, 4], "low": -2, "high": 2}})"},
                        {R"({"op": "prod_without_zeros", "inputs": ["x"]})",
                         R"({"x": {"dtype": "float64", "shape": [3], "value": [2, 0.5, 3]}})"}}})),
      composed<count_nonzero, check_axes>(over(
          {.name = "count_nonzero",
           .theano = "Elemwise{neq}, Sum",
           .doc = "How many elements over axes are not 0.",
           .examples = {{R"({"op": "count_nonzero", "inputs": ["x"], "axis": 0})",
                         R"({"x": {"dtype": "int32", "shape": [3, 4], "low": 0, "high": 1}})"}}})),
      norm_op(),
      composed<average, check_average>(over(
          {.name = "average",
           .theano = "Sum, true_div",
           .doc = "The mean over axes, of elements that count as much as the second input says.",
           .max_inputs = 2,
           .examples = {{R"({"op": "average", "inputs": ["x", "w"], "axis": 1})",
                         R"({"x": {"dtype": "float32", "shape": [3, 4]},
                                  "w": {"dtype": "float32", "shape": [4], "low": 0.5, "high": 2}})"},
                        {R"({"op": "average", "inputs": ["x"]})", kMatrix}}})),
      cov_op(),
  };
}

}  // namespace tgc
