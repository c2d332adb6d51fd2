// SPDX-License-Identifier: Apache-2.0
// eigh, eigvalsh and eig. The kernels of the first two take one symmetric matrix; A v = w B v is
// put into that form with the Cholesky factor of B. Their gradients are those of perturbation
// theory.
#include <cmath>

#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

bool takes_lower(const Attributes& attributes) {
  const std::string* const uplo = find_attr<std::string>(attributes, "UPLO");
  return uplo != nullptr ? *uplo == "L" : attr_or<bool>(attributes, "lower", true);
}

// a, or a and b of one shape.
bool check_matrices(InferContext& context) {
  if (!require_square(context, 0)) return false;
  if (context.inputs.size() == 1) return true;
  if (!require_square(context, 1) || !require_rank(context, 1, context.type(0).rank()))
    return false;
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  for (size_t axis = 0; axis < a.size(); ++axis) {
    const std::string message = differ("sizes of axis " + std::to_string(axis), a[axis],
                                       context.name(0), b[axis], context.name(1));
    if (!context.require_equal(a[axis], b[axis], message, "inputs/1")) return false;
  }
  return true;
}

DType result_dtype(const InferContext& context) {
  DType common = context.type(0).dtype;
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    common = promote(common, context.type(i).dtype);
  }
  return linalg_result(common);
}

void put_values(InferContext& context) {
  Shape shape = context.type(0).shape;
  shape.pop_back();
  context.output(result_dtype(context), std::move(shape));
}

void put_vectors(InferContext& context) {
  context.output(result_dtype(context), context.type(0).shape);
}

bool infer_eigh(InferContext& context) {
  context.attributes.try_emplace("UPLO", std::string("L"));
  if (!check_matrices(context)) return false;
  put_values(context);
  put_vectors(context);
  return true;
}

bool infer_eigvalsh(InferContext& context) {
  if (!require_flag(context, "lower", true) || !check_matrices(context)) return false;
  put_values(context);
  return true;
}

bool infer_eig(InferContext& context) {
  if (!check_matrices(context)) return false;
  put_values(context);
  put_vectors(context);
  return true;
}

Attributes of_lower(std::string_view op, bool lower) {
  if (op == "eigvalsh") return {{"lower", lower}};
  return {{"UPLO", std::string(lower ? "L" : "U")}};
}

// The symmetric matrix of one triangle of a.
Node symmetric(const Node& a, bool lower) {
  return a * triangle_mask(a, lower, 1) + transposed_matrix(a) * triangle_mask(a, !lower, 0);
}

// With b = l l^T and c = l^-1 a l^-T, whose eigenvalues are those of a and b, a vector u of c is
// v = l^-T u.
Variables generalised(Builder& builder, std::string_view op, const Variables& inputs, bool lower) {
  const DType common =
      promote(builder.graph().type(inputs[0]).dtype, builder.graph().type(inputs[1]).dtype);
  const Node a = Node(builder, inputs[0]).cast(linalg_compute(common));
  const Node b = Node(builder, inputs[1]).cast(linalg_compute(common));
  const Node l = (lower ? b : transposed_matrix(b)).call("cholesky");
  const auto solved = [&](const Node& x, int64_t trans) {
    return l.call("solve_triangular", {x}, {{"lower", true}, {"trans", trans}});
  };
  const Node half = solved(symmetric(a, lower), 0);
  const Node c = solved(transposed_matrix(half), 0);
  std::vector<Node> results = outputs_of(c, op, {}, of_lower(op, true));
  if (results.size() == 2) results[1] = solved(results[1], 1);
  Variables converted;
  for (const Node& result : results) converted.push_back(result.cast(linalg_result(common)).id());
  return converted;
}

std::optional<Variables> expand_to(Builder& builder, std::string_view op, const Variables& inputs,
                                   const Attributes& attributes) {
  if (inputs.size() == 2) return generalised(builder, op, inputs, takes_lower(attributes));
  return in_compute_dtype(builder, op, inputs, attributes);
}

std::optional<Variables> expand_eigh(Builder& builder, const Variables& inputs,
                                     const Attributes& attributes) {
  return expand_to(builder, "eigh", inputs, attributes);
}

std::optional<Variables> expand_eigvalsh(Builder& builder, const Variables& inputs,
                                         const Attributes& attributes) {
  return expand_to(builder, "eigvalsh", inputs, attributes);
}

std::optional<Variables> expand_eig(Builder& builder, const Variables& inputs,
                                    const Attributes& attributes) {
  return expand_to(builder, "eig", inputs, attributes);
}

void put_numbers(const std::vector<double>& numbers, Tensor& stack, int64_t number) {
  const auto count = std::ssize(numbers);
  for (int64_t i = 0; i < count; ++i) {
    stack.set_double(number * count + i, numbers[static_cast<size_t>(i)]);
  }
}

void eval_symmetric(EvalContext& context) {
  const bool has_vectors = context.apply.outputs.size() == 2;
  const bool lower = takes_lower(context.apply.attributes);
  context.make_output(0);
  if (has_vectors) context.make_output(1);
  const int64_t count = matrix_count(*context.inputs[0]);
  for (int64_t number = 0; number < count; ++number) {
    const ReferenceEigen eigen = reference_eigh(matrix_of(*context.inputs[0], number), lower);
    put_numbers(eigen.w, context.outputs[0], number);
    if (has_vectors) put_matrix(eigen.v, context.outputs[1], number);
  }
}

void eval_eig(EvalContext& context) {
  context.make_output(0);
  context.make_output(1);
  const int64_t count = matrix_count(*context.inputs[0]);
  for (int64_t number = 0; number < count; ++number) {
    const auto eigen = reference_eig(matrix_of(*context.inputs[0], number));
    if (!eigen) {
      context.failure = "eigenvalues are complex (matrix number " + std::to_string(number) +
                        " of its batch), which real results cannot hold";
      return;
    }
    put_numbers(eigen->w, context.outputs[0], number);
    put_matrix(eigen->v, context.outputs[1], number);
  }
}

// The sizes that LAPACK's documentation asks for, and room for blocks of 64 columns.
void lower_symmetric(LowerContext& context) {
  const bool has_vectors = context.outputs.size() == 2;
  const Shape a = context.inputs[0].shape;
  const DType dtype = context.inputs[0].dtype;
  const DimExpr n = a.back();
  const DimExpr work = has_vectors ? n * n * 2 + n * 66 + 1 : n * 66 + 1;
  const DimExpr integers = has_vectors ? n * 5 + 3 : DimExpr(1);
  const Shape batch = batch_of(a);
  const OperandRef matrix = context.contiguous(0);
  const OperandRef columns = context.temporary(dtype, a);
  const OperandRef space = context.temporary(dtype, with_matrix(batch, 1, work));
  const OperandRef integer_space = context.temporary(DType::int32, with_matrix(batch, 1, integers));
  add_matrix_routine(context,
                     {.name = has_vectors ? "eigh" : "eigvalsh",
                      .header = "decompositions",
                      .inputs = {matrix},
                      .outputs = has_vectors ? 2 : 1,
                      .temporaries = {columns, space, integer_space},
                      .dims = {n, takes_lower(context.apply.attributes) ? 1 : 0, work, integers}});
}

void lower_eig(LowerContext& context) {
  const Shape a = context.inputs[0].shape;
  const DType dtype = context.inputs[0].dtype;
  const DimExpr n = a.back();
  const DimExpr work = n * 66 + 1;
  const OperandRef matrix = context.contiguous(0);
  const OperandRef columns = context.temporary(dtype, a);
  const OperandRef vectors = context.temporary(dtype, a);
  const OperandRef imaginary = context.temporary(dtype, with_matrix(batch_of(a), 1, n));
  const OperandRef space = context.temporary(dtype, with_matrix(batch_of(a), 1, work));
  add_matrix_routine(context, {.name = "eig",
                               .header = "decompositions",
                               .inputs = {matrix},
                               .outputs = 2,
                               .temporaries = {columns, vectors, imaginary, space},
                               .dims = {n, work}});
}

// 1 / (w[j] - w[i]) for column j and row i, 0 on the diagonal.
Node inverse_gaps(const Node& w) {
  const Node gaps = per_column(w) - per_row(w);
  const Node unit = identity_matrix(w.builder(), w.type().dtype, w.type().shape.back());
  return (1 - unit) / (gaps + unit);
}

// V (diag(gw) + F * (V^T gv)) V^T with the inverse gaps F.
Node eigh_gradient(const Node& w, const Node& v, const Node& gw, const Node& gv, bool lower) {
  const Node up = transposed_matrix(v);
  const Node unit = identity_matrix(w.builder(), w.type().dtype, w.type().shape.back());
  const Node middle = per_row(gw) * unit + inverse_gaps(w) * product(up, gv);
  return to_triangle(product(product(v, middle), up), lower);
}

void grad_eigh(GradContext& context) {
  if (!context.wanted[0]) return;
  const bool lower = takes_lower(context.attributes());
  const Node w(context.builder, context.output(0));
  const Node v(context.builder, context.output(1));
  const std::vector<Node> g = whole_gradients(context);
  context.input_grads[0] = eigh_gradient(w, v, g[0], g[1], lower).id();
}

void grad_eigvalsh(GradContext& context) {
  if (!context.wanted[0]) return;
  const bool lower = takes_lower(context.attributes());
  const Node a(context.builder, context.input(0));
  const Node g(context.builder, *context.output_grads[0]);
  const Node v = outputs_of(a, "eigh", {}, of_lower("eigh", lower))[1];
  const Node gradient = product(v * per_column(g), transposed_matrix(v));
  context.input_grads[0] = to_triangle(gradient, lower).id();
}

// Theano's op classes of gradients, which exported graphs hold.
bool check_eigh_grad(InferContext& context) {
  context.attributes.try_emplace("UPLO", std::string("L"));
  if (!require_square(context, 0)) return false;
  for (size_t i = 1; i < 5; ++i) {
    if (!require_float(context, i)) return false;
    const int64_t rank = context.type(0).rank() - (i % 2 == 1 ? 1 : 0);
    if (!require_rank(context, i, rank)) return false;
    for (size_t axis = 0; axis < context.type(i).shape.size(); ++axis) {
      const DimExpr& own = context.type(i).shape[axis];
      const DimExpr& other = context.type(0).shape[axis];
      const std::string message = differ("sizes of axis " + std::to_string(axis), other,
                                         context.name(0), own, context.name(i));
      if (!context.require_equal(other, own, message, "inputs/" + std::to_string(i))) return false;
    }
  }
  return true;
}

Node eigh_grad(const Given& given) {
  const bool lower = takes_lower(given.attributes);
  DType common = given.x[0].type().dtype;
  for (const Node& x : given.x) common = promote(common, x.type().dtype);
  std::vector<Node> x;
  for (const Node& input : given.x) x.push_back(input.cast(linalg_result(common)));
  return eigh_gradient(x[1], x[2], x[3], x[4], lower);
}

bool check_eigvalsh_grad(InferContext& context) {
  if (!require_flag(context, "lower", true) || !require_square(context, 0)) return false;
  if (!require_square(context, 1) || !require_rank(context, 1, 2) || !require_rank(context, 0, 2) ||
      !require_rank(context, 2, 1) || !require_float(context, 2)) {
    return false;
  }
  const DimExpr n = context.type(0).shape[0];
  for (size_t i = 1; i < 3; ++i) {
    const DimExpr& own = context.type(i).shape[0];
    if (!context.require_equal(n, own, differ("rows", n, context.name(0), own, context.name(i)),
                               "inputs/" + std::to_string(i))) {
      return false;
    }
  }
  return true;
}

std::vector<Node> eigvalsh_grad(const Given& given) {
  const bool lower = takes_lower(given.attributes);
  const DType common =
      promote(promote(given.x[0].type().dtype, given.x[1].type().dtype), given.x[2].type().dtype);
  const Variables found =
      generalised(given.builder, "eigh", {given.x[0].id(), given.x[1].id()}, lower);
  const Node w = Node(given.builder, found[0]).cast(linalg_result(common));
  const Node v = Node(given.builder, found[1]).cast(linalg_result(common));
  const Node g = given.x[2].cast(linalg_result(common));
  const auto with = [&](const Node& weights) {
    return to_triangle(product(v * per_column(weights), transposed_matrix(v)), lower);
  };
  return {with(g), with(-(g * w))};
}

constexpr std::string_view kSymmetric = R"({"a": {"dtype": "float64", "shape": [3, 3],
    "value": [[2, 0.5, 1], [0.5, -1, 0.25], [1, 0.25, 4]]}})";
constexpr std::string_view kBatch = R"({"a": {"dtype": "float32", "shape": [2, 2, 2],
    "value": [[[3, 1], [1, 2]], [[1, -1], [-1, 2]]]}})";
constexpr std::string_view kIntegers =
    R"({"a": {"dtype": "int8", "shape": [2, 2], "value": [[1, 3], [3, 2]]}})";
constexpr std::string_view kEmpty = R"({"a": {"dtype": "float64", "shape": [2, 0, 0]}})";
constexpr std::string_view kPair = R"({"a": {"dtype": "float64", "shape": [3, 3],
    "value": [[2, 0.5, 1], [0.5, -1, 0.25], [1, 0.25, 4]]},
    "b": {"dtype": "float64", "shape": [3, 3],
    "value": [[2, 0.25, 0], [0.25, 1, 0.5], [0, 0.5, 3]]}})";
constexpr std::string_view kAny = R"({"a": {"dtype": "float64", "shape": [3, 3],
    "value": [[2, 1, 0.5], [0.25, -1, 1], [1, 0.5, 5]]}})";

AttrDef uplo() {
  return {"UPLO", AttrKind::text, false, "the triangle that is read: L (default) or U", {"L", "U"}};
}

AttrDef lower_triangle() {
  return {"lower", AttrKind::boolean, false, "the triangle that is read: the lower one (default)"};
}

OpDef of_library(OpDef op) {
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  return op;
}

OpDef make_eigh() {
  OpDef op;
  op.name = "eigh";
  op.theano = "Eigh";
  op.doc =
      "The eigenvalues w, ascending, and eigenvectors v, the columns, of each symmetric matrix a "
      "in the last two axes; with a positive definite b those of a v = w b v.";
  op.min_inputs = 1;
  op.max_inputs = 2;
  op.attributes = {uplo()};
  op.infer = infer_eigh;
  op.grad = grad_eigh;
  op.eval = eval_symmetric;
  op.lower = lower_symmetric;
  op.expand = expand_eigh;
  op.examples = {{R"({"op": "eigh", "inputs": ["a"], "outputs": ["w", "v"]})", kSymmetric},
                 {R"({"op": "eigh", "inputs": ["a"], "UPLO": "U", "outputs": ["w", "v"]})", kBatch},
                 {R"({"op": "eigh", "inputs": ["a"], "outputs": ["w", "v"]})", kIntegers},
                 {R"({"op": "eigh", "inputs": ["a"], "outputs": ["w", "v"]})", kEmpty},
                 {R"({"op": "eigh", "inputs": ["a", "b"], "outputs": ["w", "v"]})", kPair}};
  return of_library(op);
}

OpDef make_eigvalsh() {
  OpDef op;
  op.name = "eigvalsh";
  op.theano = "Eigvalsh";
  op.doc =
      "The eigenvalues, ascending, of each symmetric matrix a in the last two axes; with a "
      "positive "
      "definite b those of a v = w b v.";
  op.min_inputs = 1;
  op.max_inputs = 2;
  op.attributes = {lower_triangle()};
  op.infer = infer_eigvalsh;
  op.grad = grad_eigvalsh;
  op.eval = eval_symmetric;
  op.lower = lower_symmetric;
  op.expand = expand_eigvalsh;
  op.examples = {{R"({"op": "eigvalsh", "inputs": ["a"]})", kSymmetric},
                 {R"({"op": "eigvalsh", "inputs": ["a"], "lower": false})", kBatch},
                 {R"({"op": "eigvalsh", "inputs": ["a", "b"], "lower": false})", kPair},
                 {R"({"op": "eigvalsh", "inputs": ["a", "b"]})", kPair},
                 {R"({"op": "eigvalsh", "inputs": ["a"]})", kIntegers},
                 {R"({"op": "eigvalsh", "inputs": ["a"]})", kEmpty}};
  return of_library(op);
}

OpDef make_eig() {
  OpDef op;
  op.name = "eig";
  op.theano = "Eig";
  op.doc =
      "The eigenvalues w and right eigenvectors v, the columns, of each square matrix in the last "
      "two axes, as real numbers: complex eigenvalues are an error.";
  op.min_inputs = op.max_inputs = 1;
  op.infer = infer_eig;
  op.no_grad = "Theano has none; eigh has one, for symmetric matrices";
  op.eval = eval_eig;
  op.lower = lower_eig;
  op.expand = expand_eig;
  op.examples = {{R"({"op": "eig", "inputs": ["a"], "outputs": ["w", "v"]})", kAny},
                 {R"({"op": "eig", "inputs": ["a"], "outputs": ["w", "v"]})", kBatch},
                 {R"({"op": "eig", "inputs": ["a"], "outputs": ["w", "v"]})", kIntegers},
                 {R"({"op": "eig", "inputs": ["a"], "outputs": ["w", "v"]})", kEmpty}};
  return of_library(op);
}

OpDef make_eigh_grad() {
  OpDef op;
  op.name = "eigh_grad";
  op.theano = "EighGrad";
  op.doc = "The gradient of eigh of a: from w, v and the gradients gw and gv of both.";
  op.min_inputs = op.max_inputs = 5;
  op.attributes = {uplo()};
  op.examples = {{R"({"op": "eigh_grad", "inputs": ["a", "w", "v", "gw", "gv"]})",
                  R"({"a": {"dtype": "float64", "shape": [2, 2]},
                      "w": {"dtype": "float64", "shape": [2], "value": [1.5, 3]},
                      "v": {"dtype": "float64", "shape": [2, 2]},
                      "gw": {"dtype": "float64", "shape": [2]},
                      "gv": {"dtype": "float64", "shape": [2, 2]}})"},
                 {R"({"op": "eigh_grad", "inputs": ["a", "w", "v", "gw", "gv"], "UPLO": "U"})",
                  R"({"a": {"dtype": "float32", "shape": [3, 3]},
                      "w": {"dtype": "float32", "shape": [3], "value": [-1, 0.5, 2]},
                      "v": {"dtype": "float32", "shape": [3, 3]},
                      "gw": {"dtype": "float32", "shape": [3]},
                      "gv": {"dtype": "float32", "shape": [3, 3]}})"}};
  return composed<eigh_grad, check_eigh_grad>(op);
}

OpDef make_eigvalsh_grad() {
  OpDef op;
  op.name = "eigvalsh_grad";
  op.theano = "EigvalshGrad";
  op.doc = "The gradients of eigvalsh of a and b, from that of its result.";
  op.min_inputs = op.max_inputs = 3;
  op.attributes = {lower_triangle()};
  op.needs_library = true;
  op.examples = {{R"({"op": "eigvalsh_grad", "inputs": ["a", "b", "g"], "outputs": ["ga", "gb"]})",
                  R"({"a": {"dtype": "float64", "shape": [2, 2], "value": [[2, 0.5], [0.5, 4]]},
           "b": {"dtype": "float64", "shape": [2, 2], "value": [[2, 0.25], [0.25, 1]]},
           "g": {"dtype": "float64", "shape": [2]}})"}};
  return composed<eigvalsh_grad, check_eigvalsh_grad>(op);
}

}  // namespace

std::vector<OpDef> eigen_ops() {
  return {make_eigh(), make_eigvalsh(), make_eig(), make_eigh_grad(), make_eigvalsh_grad()};
}

}  // namespace tgc
