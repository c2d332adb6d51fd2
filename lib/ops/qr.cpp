// SPDX-License-Identifier: Apache-2.0
// qr by Householder's reflections, with the modes of NumPy. The gradient is that of the thin
// decomposition of the first min(m, n) columns; the columns after them are products with Q.
#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

const std::string& mode_of(const Attributes& attributes) {
  return *find_attr<std::string>(attributes, "mode");
}

bool infer(InferContext& context) {
  context.attributes.try_emplace("mode", std::string("reduced"));
  if (!require_matrix(context, 0)) return false;
  const std::string& mode = mode_of(context.attributes);
  const Shape a = context.type(0).shape;
  Shape batch = batch_of(a);
  const DimExpr m = a[batch.size()];
  const DimExpr n = a.back();
  const DimExpr k = DimExpr::min(m, n);
  const DType dtype = linalg_result(context.type(0).dtype);
  if (mode == "raw") {
    context.output(dtype, with_matrix(batch, n, m));
    batch.push_back(k);
    context.output(dtype, batch);
    return true;
  }
  const DimExpr width = mode == "complete" ? m : k;
  if (mode != "r") context.output(dtype, with_matrix(batch, m, width));
  context.output(dtype, with_matrix(batch, width, n));
  return true;
}

std::optional<Variables> expand(Builder& builder, const Variables& inputs,
                                const Attributes& attributes) {
  return in_compute_dtype(builder, "qr", inputs, attributes);
}

void put_row(const std::vector<double>& row, Tensor& stack, int64_t number) {
  const auto count = std::ssize(row);
  for (int64_t i = 0; i < count; ++i) {
    stack.set_double(number * count + i, row[static_cast<size_t>(i)]);
  }
}

void eval(EvalContext& context) {
  const std::string& mode = mode_of(context.apply.attributes);
  const Tensor& a = *context.inputs[0];
  for (size_t i = 0; i < context.apply.outputs.size(); ++i) context.make_output(i);
  const int64_t count = matrix_count(a);
  for (int64_t number = 0; number < count; ++number) {
    const ReferenceQr qr = reference_qr(matrix_of(a, number));
    if (mode == "raw") {
      Matrix h(qr.packed.columns, qr.packed.rows);
      for (int64_t i = 0; i < h.rows; ++i) {
        for (int64_t j = 0; j < h.columns; ++j) h.at(i, j) = qr.packed.at(j, i);
      }
      put_matrix(h, context.outputs[0], number);
      put_row(qr.tau, context.outputs[1], number);
      continue;
    }
    Tensor& result = context.outputs.back();
    Matrix r(result.dims()[result.dims().size() - 2], result.dims().back());
    for (int64_t i = 0; i < r.rows; ++i) {
      for (int64_t j = i; j < r.columns; ++j) r.at(i, j) = qr.packed.at(i, j);
    }
    put_matrix(r, result, number);
    if (mode != "r") put_matrix(reference_q(qr, r.rows), context.outputs[0], number);
  }
}

void lower(LowerContext& context) {
  const std::string& mode = mode_of(context.apply.attributes);
  const Shape a = context.inputs[0].shape;
  const Shape batch = batch_of(a);
  const DType dtype = context.inputs[0].dtype;
  const DimExpr m = a[batch.size()];
  const DimExpr n = a.back();
  const bool has_q = mode == "reduced" || mode == "complete";
  const DimExpr width = has_q ? context.outputs[0].shape.back() : DimExpr(0);
  const DimExpr wide = DimExpr::max(n, width);
  const DimExpr work = wide * 64 + 1;  // blocks of 64 columns
  const OperandRef matrix = context.contiguous(0);
  RoutineCall call{.name = mode == "raw" ? "qr_raw"
                           : mode == "r" ? "qr_triangle"
                                         : "qr",
                   .header = "orthogonal",
                   .inputs = {matrix},
                   .outputs = mode == "r" ? 1 : 2,
                   .dims = {m, n}};
  const auto row = [&](const DimExpr& size) {
    return context.temporary(dtype, with_matrix(batch, 1, size));
  };
  if (mode != "raw") {
    call.temporaries.push_back(context.temporary(dtype, with_matrix(batch, wide, m)));
    call.temporaries.push_back(row(DimExpr::min(m, n)));
  }
  call.temporaries.push_back(row(work));
  if (has_q) {
    call.dims.push_back(width);
    call.dims.push_back(wide);
  }
  call.dims.push_back(work);
  add_matrix_routine(context, call);
}

// The symmetric matrix with x's lower triangle.
Node mirrored(const Node& x) {
  return x * triangle_mask(x, true, 1) + transposed_matrix(x) * triangle_mask(x, false, 0);
}

// With A = [X Y] and R = [U W], X of k columns, so that X = Q U and Y = Q W: what reaches Q, gQ and
// Y gW^T, joins gU in the formula of Walter and Lehmann; Y gets Q gW.
Node thin_gradient(const Node& a, const Node& q, const Node& r, const Node& gq, const Node& gr) {
  const int64_t last = a.type().rank() - 1;
  const DimExpr n = a.type().shape.back();
  const DimExpr k = q.type().shape.back();
  const bool is_wide = !(n == k);
  const auto first = [&](const Node& x) { return is_wide ? sliced(x, last, DimExpr(0), k) : x; };
  const auto rest = [&](const Node& x) { return sliced(x, last, k, n); };
  const Node u = first(r);
  Node reaching = gq;
  if (is_wide) reaching = reaching + product(rest(a), transposed_matrix(rest(gr)));
  const Node middle =
      product(u, transposed_matrix(first(gr))) - product(transposed_matrix(reaching), q);
  const Node right = reaching + product(q, mirrored(middle));
  const Node x =
      transposed_matrix(u.call("solve_triangular", {transposed_matrix(right)}, {{"lower", false}}));
  return is_wide ? joined({x, product(q, rest(gr))}, last) : x;
}

void grad(GradContext& context) {
  if (!context.wanted[0]) return;
  Builder& builder = context.builder;
  const std::string mode = mode_of(context.attributes());
  const Node a(builder, context.input(0));
  const Shape shape = a.type().shape;
  const DimExpr m = shape[shape.size() - 2];
  const bool is_tall = !(DimExpr::min(m, shape.back()) == m);
  if (mode == "raw") return refuse_gradient(context, "in mode raw");
  if (mode == "complete" && is_tall) {
    return refuse_gradient(context, "in mode complete of a matrix with more rows than columns");
  }
  const std::vector<Node> g = whole_gradients(context);
  if (mode == "r") {
    const auto thin = outputs_of(a, "qr", {}, {{"mode", std::string("reduced")}});
    const Node none(builder, builder.zeros_like(thin[0].id()));
    context.input_grads[0] = thin_gradient(a, thin[0], thin[1], none, g[0]).id();
    return;
  }
  const Node q(builder, context.output(0));
  const Node r(builder, context.output(1));
  context.input_grads[0] = thin_gradient(a, q, r, g[0], g[1]).id();
}

constexpr std::string_view kTall = R"({"a": {"dtype": "float64", "shape": [3, 2],
    "value": [[1, 2], [-0.5, 1], [3, -1]]}})";
constexpr std::string_view kWide = R"({"a": {"dtype": "float64", "shape": [2, 3],
    "value": [[1, 2, -0.5], [1, 3, -1]]}})";
constexpr std::string_view kSquares = R"({"a": {"dtype": "float32", "shape": [2, 2, 2],
    "value": [[[3, 1], [1, 2]], [[1, -1], [2, 0.5]]]}})";
constexpr std::string_view kIntegers =
    R"({"a": {"dtype": "int8", "shape": [2, 2], "value": [[1, 3], [3, 2]]}})";
constexpr std::string_view kEmpty = R"({"a": {"dtype": "float64", "shape": [2, 3, 0]}})";

}  // namespace

OpDef qr_op() {
  OpDef op;
  op.name = "qr";
  op.theano = "QRFull, QRIncomplete";
  op.doc =
      "q with orthonormal columns and the upper triangular r with a = q r, for each matrix in the "
      "last two axes. Mode raw has no gradient, complete none where a is tall.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"mode",
                    AttrKind::text,
                    false,
                    "reduced (default): min(m, n) columns of q; complete: m of them; r: r alone; "
                    "raw: the reflections h, transposed, and their factors tau",
                    {"reduced", "complete", "r", "raw"}}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.expand = expand;
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  op.examples = {
      {R"({"op": "qr", "inputs": ["a"], "outputs": ["q", "r"]})", kTall},
      {R"({"op": "qr", "inputs": ["a"], "outputs": ["q", "r"]})", kWide},
      {R"({"op": "qr", "inputs": ["a"], "outputs": ["q", "r"]})", kSquares},
      {R"({"op": "qr", "inputs": ["a"], "mode": "complete", "outputs": ["q", "r"]})", kTall},
      {R"({"op": "qr", "inputs": ["a"], "mode": "complete", "outputs": ["q", "r"]})", kWide},
      {R"({"op": "qr", "inputs": ["a"], "mode": "complete", "outputs": ["q", "r"]})", kEmpty},
      {R"({"op": "qr", "inputs": ["a"], "mode": "r"})", kTall},
      {R"({"op": "qr", "inputs": ["a"], "mode": "r"})", kIntegers},
      {R"({"op": "qr", "inputs": ["a"], "mode": "raw", "outputs": ["h", "tau"]})", kTall}};
  return op;
}

}  // namespace tgc
