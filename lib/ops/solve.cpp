// SPDX-License-Identifier: Apache-2.0
// solve and solve_triangular: X of A X = B. The kernels take matrices B and one batch; vectors,
// transposed triangles and batches that broadcast are put into that form first.
#include <algorithm>

#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

// Whether B holds vectors: an attribute b_ndim of 1, or as many axes as a vector has.
bool has_vectors(const Attributes& attributes) {
  return *find_attr<int64_t>(attributes, "b_ndim") == 1;
}

Shape common_batch(const Shape& a, const Shape& b) {
  const size_t rank = std::max(a.size(), b.size());
  Shape common;
  for (size_t axis = 0; axis < rank; ++axis) {
    const size_t a_missing = rank - a.size();
    const size_t b_missing = rank - b.size();
    const DimExpr left = axis < a_missing ? DimExpr(1) : a[axis - a_missing];
    const DimExpr right = axis < b_missing ? DimExpr(1) : b[axis - b_missing];
    common.push_back(left.is(1) || (right.constant() && !right.is(1)) ? right : left);
  }
  return common;
}

bool batches_agree(InferContext& context, const Shape& a, const Shape& b) {
  for (size_t i = 1; i <= std::min(a.size(), b.size()); ++i) {
    const DimExpr& left = a[a.size() - i];
    const DimExpr& right = b[b.size() - i];
    if (left.is(1) || right.is(1)) continue;
    const std::string message =
        differ("batch dimensions", left, context.name(0), right, context.name(1));
    if (!context.require_equal(left, right, message, "inputs/1")) return false;
  }
  return true;
}

bool infer(InferContext& context) {
  if (!require_square(context, 0) || !require_number(context, 1) ||
      !require_rank_at_least(context, 1, 1)) {
    return false;
  }
  const Shape a = context.type(0).shape;
  Shape b = context.type(1).shape;
  context.attributes.try_emplace("b_ndim", int64_t{b.size() == 1 ? 1 : 2});
  const int64_t core = *find_attr<int64_t>(context.attributes, "b_ndim");
  if (core != 1 && core != 2) {
    return context.fail("bad-attribute", "b_ndim is 1 or 2, not " + std::to_string(core), "b_ndim");
  }
  if (!require_rank_at_least(context, 1, core)) return false;
  if (core == 1) b.emplace_back(1);
  const DimExpr& rows = b[b.size() - 2];
  if (!context.require_equal(a.back(), rows,
                             differ("rows", a.back(), context.name(0), rows, context.name(1)),
                             "inputs/1") ||
      !batches_agree(context, batch_of(a), batch_of(b))) {
    return false;
  }
  Shape shape = with_matrix(common_batch(batch_of(a), batch_of(b)), a.back(), b.back());
  if (core == 1) shape.pop_back();
  context.output(linalg_result(promote(context.type(0).dtype, context.type(1).dtype)),
                 std::move(shape));
  return true;
}

bool infer_solve(InferContext& context) {
  context.attributes.try_emplace("assume_a", std::string("gen"));
  return infer(context);
}

bool infer_triangular(InferContext& context) {
  context.attributes.try_emplace("trans", int64_t{0});
  const int64_t trans = *find_attr<int64_t>(context.attributes, "trans");
  if (trans < 0 || trans > 2) {
    return context.fail("bad-attribute", "trans is 0, 1 or 2, not " + std::to_string(trans),
                        "trans");
  }
  return require_flag(context, "lower", false) && require_flag(context, "unit_diagonal", false) &&
         infer(context);
}

// The op on one batch and matrices B of one dtype; nullopt where it is that already.
std::optional<Variables> in_normal_form(Builder& builder, std::string_view op,
                                        const Variables& inputs, Attributes attributes) {
  const Node a(builder, inputs[0]);
  Node b(builder, inputs[1]);
  const bool vectors = has_vectors(attributes);
  if (vectors) b = with_new_axis(b, b.type().rank());
  const Shape a_shape = a.type().shape;
  const Shape b_shape = b.type().shape;
  const Shape batch = common_batch(batch_of(a_shape), batch_of(b_shape));
  const Node wide_a = allocated(a, with_matrix(batch, a_shape.back(), a_shape.back()));
  const Node wide_b = allocated(b, with_matrix(batch, a_shape.back(), b_shape.back()));
  attributes.insert_or_assign("b_ndim", int64_t{2});
  if (!vectors && wide_a.id() == a.id() && wide_b.id() == b.id()) {
    return in_compute_dtype(builder, op, inputs, attributes);
  }
  const Node x = wide_a.call(op, {wide_b}, attributes);
  if (!vectors) return Variables{x.id()};
  Shape shape = x.type().shape;
  shape.pop_back();
  return Variables{reshaped(x, shape).id()};
}

// Positive definite matrices go by their Cholesky factor, which tells if they are not.
std::optional<Variables> expand_solve(Builder& builder, const Variables& inputs,
                                      const Attributes& attributes) {
  if (*find_attr<std::string>(attributes, "assume_a") != "pos") {
    return in_normal_form(builder, "solve", inputs, attributes);
  }
  const DType dtype = linalg_result(
      promote(builder.graph().type(inputs[0]).dtype, builder.graph().type(inputs[1]).dtype));
  const Node l = Node(builder, inputs[0]).call("cholesky");
  const AttrValue core = *find_attr<int64_t>(attributes, "b_ndim");
  const Node y =
      l.call("solve_triangular", {Node(builder, inputs[1])}, {{"lower", true}, {"b_ndim", core}});
  return Variables{
      l.call("solve_triangular", {y}, {{"lower", true}, {"trans", int64_t{1}}, {"b_ndim", core}})
          .cast(dtype)
          .id()};
}

std::optional<Variables> expand_triangular(Builder& builder, const Variables& inputs,
                                           const Attributes& attributes) {
  if (*find_attr<int64_t>(attributes, "trans") == 0) {
    return in_normal_form(builder, "solve_triangular", inputs, attributes);
  }
  Attributes plain = attributes;
  plain.insert_or_assign("trans", int64_t{0});
  plain.insert_or_assign("lower", !*find_attr<bool>(attributes, "lower"));
  const Node a = transposed_matrix(Node(builder, inputs[0]));
  return Variables{a.call("solve_triangular", {Node(builder, inputs[1])}, plain).id()};
}

void eval(EvalContext& context) {
  const bool* const lower = find_attr<bool>(context.apply.attributes, "lower");
  Tensor& result = context.make_output(0);
  const int64_t count = matrix_count(result);
  for (int64_t number = 0; number < count; ++number) {
    const Matrix a = matrix_of(*context.inputs[0], number);
    const Matrix b = matrix_of(*context.inputs[1], number);
    const auto x =
        lower == nullptr
            ? reference_solve(a, b)
            : reference_solve_triangular(
                  a, b, *lower, *find_attr<bool>(context.apply.attributes, "unit_diagonal"));
    if (!x) {
      context.failure = "Singular matrix (number " + std::to_string(number) + " of its batch)";
      return;
    }
    put_matrix(*x, result, number);
  }
}

void lower_solve(LowerContext& context) {
  const Shape a = context.inputs[0].shape;
  Shape rows = a;
  rows.pop_back();
  const OperandRef matrix = context.contiguous(0);
  const OperandRef right = context.contiguous(1);
  const OperandRef factors = context.temporary(context.inputs[0].dtype, a);
  const OperandRef pivots = context.temporary(DType::int32, rows);
  add_matrix_routine(context, {.name = "solve",
                               .inputs = {matrix, right},
                               .temporaries = {factors, pivots},
                               .dims = {a.back(), context.inputs[1].shape.back()}});
}

void lower_triangular(LowerContext& context) {
  const auto flag = [&](std::string_view name) {
    return DimExpr(*find_attr<bool>(context.apply.attributes, name) ? 1 : 0);
  };
  const OperandRef matrix = context.contiguous(0);
  const OperandRef right = context.contiguous(1);
  add_matrix_routine(context,
                     {.name = "solve_triangle",
                      .inputs = {matrix, right},
                      .dims = {context.inputs[0].shape.back(), context.inputs[1].shape.back(),
                               flag("lower"), flag("unit_diagonal")}});
}

// B's gradient solves with A^T; A's is minus its product with X^T, where A is read.
void grad(GradContext& context) {
  Builder& builder = context.builder;
  Attributes attributes = context.attributes();
  const bool is_triangular = attributes.contains("lower");
  const bool lower = attr_or<bool>(attributes, "lower", false);
  const Node a(builder, context.input(0));
  const Node x(builder, context.output(0));
  const Node g(builder, *context.output_grads[0]);
  if (is_triangular) attributes.insert_or_assign("lower", !lower);
  const Node of_b =
      transposed_matrix(a).call(is_triangular ? "solve_triangular" : "solve", {g}, attributes);
  if (context.wanted[1]) context.input_grads[1] = of_b.id();
  if (!context.wanted[0]) return;
  Node of_a = -product(of_b, transposed_matrix(x));
  if (is_triangular) {
    const double diagonal = attr_or<bool>(attributes, "unit_diagonal", false) ? 0 : 1;
    of_a = of_a * triangle_mask(a, lower, diagonal);
  }
  context.input_grads[0] = of_a.id();
}

AttrDef b_ndim_attribute() {
  return {"b_ndim", AttrKind::integer, false,
          "1: B holds vectors in its last axis, 2: matrices (default, but for a B of one axis)"};
}

OpDef of_matrices(std::string_view name) {
  OpDef op;
  op.name = name;
  op.min_inputs = op.max_inputs = 2;
  op.grad = grad;
  op.eval = eval;
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  return op;
}

constexpr std::string_view kSquare =
    R"({"a": {"dtype": "float64", "shape": [3, 3],
              "value": [[1.5, 2, 1], [3, 1.25, -1], [1, -1, 2]]},
        "b": {"dtype": "float64", "shape": [3, 2]}})";
constexpr std::string_view kVector =
    R"({"a": {"dtype": "float32", "shape": [2, 2], "value": [[3, 1], [1, 2]]},
        "b": {"dtype": "float32", "shape": [2]}})";
constexpr std::string_view kBatch =
    R"({"a": {"dtype": "float64", "shape": [2, 1, 2, 2],
              "value": [[[[3, 1], [1, 2]]], [[[1, -1], [2, 2]]]]},
        "b": {"dtype": "float64", "shape": [3, 2, 2]}})";
constexpr std::string_view kIntegers =
    R"({"a": {"dtype": "int32", "shape": [2, 2], "value": [[3, 1], [1, 2]]},
        "b": {"dtype": "int32", "shape": [2, 1]}})";

OpDef make_solve() {
  OpDef op = of_matrices("solve");
  op.theano = "Solve";
  op.doc =
      "X of A X = B for each matrix in the last two axes of A; the axes before them broadcast. A "
      "singular A is an error.";
  op.attributes = {
      {"assume_a",
       AttrKind::text,
       false,
       "what A is: gen (default), sym, or pos: positive definite, from its lower triangle",
       {"gen", "sym", "pos"}},
      b_ndim_attribute()};
  op.infer = infer_solve;
  op.lower = lower_solve;
  op.expand = expand_solve;
  op.examples = {
      {R"({"op": "solve", "inputs": ["a", "b"]})", kSquare},
      {R"({"op": "solve", "inputs": ["a", "b"]})", kVector},
      {R"({"op": "solve", "inputs": ["a", "b"]})", kBatch},
      {R"({"op": "solve", "inputs": ["a", "b"], "b_ndim": 1})",
       R"({"a": {"dtype": "float64", "shape": [2, 2], "value": [[3, 1], [1, 2]]},
           "b": {"dtype": "float64", "shape": [3, 2]}})"},
      {R"({"op": "solve", "inputs": ["a", "b"], "assume_a": "pos"})", kVector},
      {R"({"op": "solve", "inputs": ["a", "b"], "assume_a": "sym"})", kIntegers},
      {R"({"op": "solve", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float64", "shape": [0, 0]}, "b": {"dtype": "float64", "shape": [0, 2]}})"}};
  return op;
}

OpDef make_triangular() {
  OpDef op = of_matrices("solve_triangular");
  op.theano = "Solve{lower_triangular}, Solve{upper_triangular}, SolveTriangular";
  op.doc =
      "X of T X = B, or of T^T X = B, where T is one triangle of each matrix in the last two axes "
      "of A; the axes before them broadcast. A zero on its diagonal is an error.";
  op.attributes = {{"lower", AttrKind::boolean, false, "the lower triangle; default: the upper"},
                   {"trans", AttrKind::integer, false, "1 or 2: solve with T^T; default 0: with T"},
                   {"unit_diagonal", AttrKind::boolean, false,
                    "take the diagonal for ones, whatever A has there; default false"},
                   b_ndim_attribute()};
  op.infer = infer_triangular;
  op.lower = lower_triangular;
  op.expand = expand_triangular;
  op.examples = {
      {R"({"op": "solve_triangular", "inputs": ["a", "b"]})", kSquare},
      {R"({"op": "solve_triangular", "inputs": ["a", "b"], "lower": true})", kVector},
      {R"({"op": "solve_triangular", "inputs": ["a", "b"], "lower": true, "trans": 1})", kBatch},
      {R"({"op": "solve_triangular", "inputs": ["a", "b"], "unit_diagonal": true})", kSquare},
      {R"({"op": "solve_triangular", "inputs": ["a", "b"], "lower": true})", kIntegers}};
  return op;
}

}  // namespace

std::vector<OpDef> solve_ops() {
  return {make_solve(), make_triangular()};
}

}  // namespace tgc
