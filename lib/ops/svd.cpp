// SPDX-License-Identifier: Apache-2.0
// svd and pinv: singular values, with their vectors, and the pseudo-inverse that they make. The
// gradient of pinv is a formula of its own, so that equal singular values do not disturb it.
#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

constexpr double kDefaultRcond = 1e-15;  // NumPy's

struct MatrixSizes {
  DimExpr m;
  DimExpr n;
  DimExpr k;
};

MatrixSizes sizes_of(const Shape& a) {
  const DimExpr& m = a[a.size() - 2];
  return {m, a.back(), DimExpr::min(m, a.back())};
}

// The size of LAPACK's workspace: what its documentation asks for, and room for blocks.
DimExpr work_size(const MatrixSizes& sizes, bool has_vectors) {
  const DimExpr base = (sizes.m + sizes.n) * 65 + sizes.k * 10;
  return has_vectors ? base + sizes.k * sizes.k * 4 : base;
}

Shape with_row(Shape batch, const DimExpr& n) {
  batch.push_back(n);
  return batch;
}

bool flag(const Attributes& attributes, std::string_view name) {
  return attr_or<bool>(attributes, name, true);
}

bool infer_svd(InferContext& context) {
  if (!require_flag(context, "full_matrices", true) || !require_flag(context, "compute_uv", true) ||
      !require_matrix(context, 0)) {
    return false;
  }
  const Shape a = context.type(0).shape;
  const Shape batch = batch_of(a);
  const MatrixSizes sizes = sizes_of(a);
  const bool is_full = flag(context.attributes, "full_matrices");
  const DType dtype = linalg_result(context.type(0).dtype);
  if (!flag(context.attributes, "compute_uv")) {
    context.output(dtype, with_row(batch, sizes.k));
    return true;
  }
  context.output(dtype, with_matrix(batch, sizes.m, is_full ? sizes.m : sizes.k));
  context.output(dtype, with_row(batch, sizes.k));
  context.output(dtype, with_matrix(batch, is_full ? sizes.n : sizes.k, sizes.n));
  return true;
}

std::optional<Variables> expand_svd(Builder& builder, const Variables& inputs,
                                    const Attributes& attributes) {
  return in_compute_dtype(builder, "svd", inputs, attributes);
}

void eval_svd(EvalContext& context) {
  const bool has_vectors = context.apply.outputs.size() == 3;
  for (size_t i = 0; i < context.apply.outputs.size(); ++i) context.make_output(i);
  Tensor& s = context.outputs[has_vectors ? 1 : 0];
  const int64_t count = matrix_count(*context.inputs[0]);
  for (int64_t number = 0; number < count; ++number) {
    const ReferenceSvd svd = reference_svd(matrix_of(*context.inputs[0], number));
    const auto values = std::ssize(svd.s);
    for (int64_t i = 0; i < values; ++i) {
      s.set_double(number * values + i, svd.s[static_cast<size_t>(i)]);
    }
    if (!has_vectors) continue;
    Matrix u(svd.u.rows, context.outputs[0].dims().back());
    Matrix vt(context.outputs[2].dims()[context.outputs[2].dims().size() - 2], svd.v.rows);
    for (int64_t i = 0; i < u.rows; ++i) {
      for (int64_t j = 0; j < u.columns; ++j) u.at(i, j) = svd.u.at(i, j);
    }
    for (int64_t i = 0; i < vt.rows; ++i) {
      for (int64_t j = 0; j < vt.columns; ++j) vt.at(i, j) = svd.v.at(j, i);
    }
    put_matrix(u, context.outputs[0], number);
    put_matrix(vt, context.outputs[2], number);
  }
}

void lower_svd(LowerContext& context) {
  const Shape a = context.inputs[0].shape;
  const Shape batch = batch_of(a);
  const DType dtype = context.inputs[0].dtype;
  const MatrixSizes sizes = sizes_of(a);
  const bool has_vectors = context.outputs.size() == 3;
  const DimExpr work = work_size(sizes, has_vectors);
  const OperandRef matrix = context.contiguous(0);
  RoutineCall call{.name = "singular_values",
                   .header = "decompositions",
                   .inputs = {matrix},
                   .dims = {sizes.m, sizes.n}};
  call.temporaries.push_back(context.temporary(dtype, a));
  if (has_vectors) {
    call.name = "svd";
    call.outputs = 3;
    call.dims.push_back(context.outputs[0].shape.back());
    call.dims.push_back(context.outputs[2].shape[batch.size()]);
    call.temporaries.push_back(context.temporary(dtype, context.outputs[0].shape));
    call.temporaries.push_back(context.temporary(dtype, context.outputs[2].shape));
  }
  call.dims.push_back(work);
  call.temporaries.push_back(context.temporary(dtype, with_row(batch, work)));
  call.temporaries.push_back(context.temporary(DType::int32, with_row(batch, sizes.k * 8)));
  add_matrix_routine(context, call);
}

// x, or what is as far from 0 as keeps quotients finite.
Node off_zero(const Node& x) {
  const Node sign = where(lt(x, x.number(0)), x.number(-1), x.number(1));
  return abs(x).call("maximum", {x.number(1e-8)}) * sign;
}

// What of x lies outside of the space of b's columns: x - b b^T x.
Node outside(const Node& b, const Node& x) {
  return x - product(b, product(transposed_matrix(b), x));
}

// Of the thin decomposition, after Townsend and Seeger: with F[i, j] = 1 / (s[j]^2 - s[i]^2) and
// the skew parts K of U^T gU and L of V^T gV,
// U (F*K S + diag(gs) + S F*L) V^T, and what gU and gV have outside of the spaces of U and V.
Node thin_gradient(const std::vector<Node>& results, const std::vector<Node>& g,
                   const MatrixSizes& sizes) {
  const Node& u = results[0];
  const Node& s = results[1];
  const Node& vt = results[2];
  const Node v = transposed_matrix(vt);
  const Node gv = transposed_matrix(g[2]);
  const Node unit = identity_matrix(s.builder(), s.type().dtype, sizes.k);
  const Node difference = off_zero(per_column(s) - per_row(s));
  const Node sum = off_zero(per_column(s) + per_row(s));
  const Node factors = (1 - unit) / (difference * sum);
  const auto skew = [&](const Node& x, const Node& gx) {
    const Node along = product(transposed_matrix(x), gx);
    return factors * (along - transposed_matrix(along));
  };
  const Node middle =
      skew(u, g[0]) * per_column(s) + per_row(g[1]) * unit + per_row(s) * skew(v, gv);
  Node gradient = product(product(u, middle), vt);
  if (!(sizes.m == sizes.k)) gradient = gradient + product(outside(u, g[0]) / per_column(s), vt);
  if (!(sizes.n == sizes.k)) {
    gradient = gradient + product(u, transposed_matrix(outside(v, gv) / per_column(s)));
  }
  return gradient;
}

void grad_svd(GradContext& context) {
  if (!context.wanted[0]) return;
  Builder& builder = context.builder;
  const Attributes attributes = context.attributes();
  const Node a(builder, context.input(0));
  const MatrixSizes sizes = sizes_of(a.type().shape);
  const bool has_vectors = flag(attributes, "compute_uv");
  const bool of_values_alone =
      !has_vectors || (!context.output_grads[0] && !context.output_grads[2]);
  if (of_values_alone) {
    const auto thin = outputs_of(a, "svd", {}, {{"full_matrices", false}, {"compute_uv", true}});
    const Node g(builder, *context.output_grads[has_vectors ? 1 : 0]);
    context.input_grads[0] = product(thin[0] * per_column(g), thin[2]).id();
    return;
  }
  if (flag(attributes, "full_matrices") && !(sizes.m == sizes.n)) {
    return refuse_gradient(context, "through vectors of full_matrices");
  }
  const std::vector<Node> results = {Node(builder, context.output(0)),
                                     Node(builder, context.output(1)),
                                     Node(builder, context.output(2))};
  context.input_grads[0] = thin_gradient(results, whole_gradients(context), sizes).id();
}

bool infer_pinv(InferContext& context) {
  if (!require_matrix(context, 0)) return false;
  if (context.inputs.size() == 2 && (!require_number(context, 1) || !require_rank(context, 1, 0))) {
    return false;
  }
  const Shape a = context.type(0).shape;
  const MatrixSizes sizes = sizes_of(a);
  context.output(linalg_result(context.type(0).dtype), with_matrix(batch_of(a), sizes.n, sizes.m));
  return true;
}

std::optional<Variables> expand_pinv(Builder& builder, const Variables& inputs,
                                     const Attributes& attributes) {
  const DType own = builder.graph().type(inputs[0]).dtype;
  const DType compute = linalg_compute(own);
  const bool is_whole = inputs.size() == 2;
  if (is_whole && own == compute && builder.graph().type(inputs[1]).dtype == compute) {
    return std::nullopt;
  }
  const VariableId rcond =
      is_whole ? builder.cast(inputs[1], compute) : builder.scalar(compute, kDefaultRcond);
  const ApplyId apply = builder.add("pinv", {builder.cast(inputs[0], compute), rcond}, attributes);
  return Variables{builder.cast(builder.graph().apply(apply).outputs[0], linalg_result(own))};
}

void eval_pinv(EvalContext& context) {
  Tensor& result = context.make_output(0);
  const int64_t count = matrix_count(result);
  for (int64_t number = 0; number < count; ++number) {
    const Matrix a = matrix_of(*context.inputs[0], number);
    put_matrix(reference_pinv(a, context.inputs[1]->get_double(0)), result, number);
  }
}

void lower_pinv(LowerContext& context) {
  const Shape a = context.inputs[0].shape;
  const Shape batch = batch_of(a);
  const DType dtype = context.inputs[0].dtype;
  const MatrixSizes sizes = sizes_of(a);
  const DimExpr work = work_size(sizes, true);
  const OperandRef matrix = context.contiguous(0);
  const OperandRef rcond = context.contiguous(1);
  const OperandRef columns = context.temporary(dtype, a);
  const OperandRef s = context.temporary(dtype, with_row(batch, sizes.k));
  const OperandRef u = context.temporary(dtype, with_matrix(batch, sizes.k, sizes.m));
  const OperandRef vt = context.temporary(dtype, with_matrix(batch, sizes.n, sizes.k));
  const OperandRef space = context.temporary(dtype, with_row(batch, work));
  const OperandRef integers = context.temporary(DType::int32, with_row(batch, sizes.k * 8));
  add_matrix_routine(context, {.name = "pinv",
                               .header = "decompositions",
                               .inputs = {matrix, rcond},
                               .temporaries = {columns, s, u, vt, space, integers},
                               .dims = {sizes.m, sizes.n, work}});
}

// With P = A+: -P^T G P^T + (1 - A P) G^T P P^T + P^T P G^T (1 - P A), by Golub and Pereyra.
void grad_pinv(GradContext& context) {
  if (!context.wanted[0]) return;
  const Node a(context.builder, context.input(0));
  const Node p(context.builder, context.output(0));
  const Node g(context.builder, *context.output_grads[0]);
  const Node back = transposed_matrix(p);
  const Node turned = transposed_matrix(g);
  const Node left = product(product(turned, p), back);
  const Node right = product(product(back, p), turned);
  const Node gradient = left - product(product(a, p), left) + right -
                        product(right, product(p, a)) - product(product(back, g), back);
  context.input_grads[0] = gradient.id();
}

constexpr std::string_view kTall = R"({"a": {"dtype": "float64", "shape": [3, 2],
    "value": [[1, 2], [-0.5, 1], [3, -1]]}})";
constexpr std::string_view kWide = R"({"a": {"dtype": "float64", "shape": [2, 3],
    "value": [[1, 2, -0.5], [1, 3, -1]]}})";
constexpr std::string_view kSquares = R"({"a": {"dtype": "float32", "shape": [2, 2, 2],
    "value": [[[3, 1], [1, 2]], [[1, -1], [2, 0.5]]]}})";
constexpr std::string_view kIntegers =
    R"({"a": {"dtype": "int8", "shape": [2, 2], "value": [[1, 3], [3, 2]]}})";
constexpr std::string_view kEmpty = R"({"a": {"dtype": "float64", "shape": [2, 0, 3]}})";

OpDef make_svd() {
  OpDef op;
  op.name = "svd";
  op.theano = "SVD";
  op.doc =
      "u, s and vt with a = u diag(s) vt for each matrix in the last two axes, s descending; s "
      "alone without compute_uv. Vectors of full_matrices have a gradient where a is square.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"full_matrices", AttrKind::boolean, false,
                    "square u and vt (default), else min(m, n) columns and rows of them"},
                   {"compute_uv", AttrKind::boolean, false, "give u and vt too (default)"}};
  op.infer = infer_svd;
  op.grad = grad_svd;
  op.eval = eval_svd;
  op.lower = lower_svd;
  op.expand = expand_svd;
  op.examples = {
      {R"({"op": "svd", "inputs": ["a"], "outputs": ["u", "s", "vt"]})", kTall},
      {R"({"op": "svd", "inputs": ["a"], "outputs": ["u", "s", "vt"]})", kWide},
      {R"({"op": "svd", "inputs": ["a"], "full_matrices": false, "outputs": ["u", "s", "vt"]})",
       kTall},
      {R"({"op": "svd", "inputs": ["a"], "full_matrices": false, "outputs": ["u", "s", "vt"]})",
       kWide},
      {R"({"op": "svd", "inputs": ["a"], "outputs": ["u", "s", "vt"]})", kSquares},
      {R"({"op": "svd", "inputs": ["a"], "compute_uv": false})", kTall},
      {R"({"op": "svd", "inputs": ["a"], "compute_uv": false})", kIntegers},
      {R"({"op": "svd", "inputs": ["a"], "outputs": ["u", "s", "vt"]})", kEmpty}};
  return op;
}

OpDef make_pinv() {
  OpDef op;
  op.name = "pinv";
  op.theano = "MatrixPinv";
  op.doc =
      "The pseudo-inverse of each matrix in the last two axes. Singular values up to rcond times "
      "the largest count as zeros.";
  op.min_inputs = 1;
  op.max_inputs = 2;
  op.infer = infer_pinv;
  op.grad = grad_pinv;
  op.eval = eval_pinv;
  op.lower = lower_pinv;
  op.expand = expand_pinv;
  op.examples = {{R"({"op": "pinv", "inputs": ["a"]})", kTall},
                 {R"({"op": "pinv", "inputs": ["a"]})", kWide},
                 {R"({"op": "pinv", "inputs": ["a"]})", kSquares},
                 {R"({"op": "pinv", "inputs": ["a", "rcond"]})",
                  R"({"a": {"dtype": "float64", "shape": [2, 2], "value": [[3, 0.5], [0.25, 0.5]]},
           "rcond": {"dtype": "float64", "shape": [], "value": 0.01}})"},
                 {R"({"op": "pinv", "inputs": ["a"]})", kIntegers},
                 {R"({"op": "pinv", "inputs": ["a"]})", kEmpty}};
  return op;
}

OpDef of_library(OpDef op) {
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  return op;
}

}  // namespace

std::vector<OpDef> svd_ops() {
  return {of_library(make_svd()), of_library(make_pinv())};
}

}  // namespace tgc
