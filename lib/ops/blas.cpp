// SPDX-License-Identifier: Apache-2.0
// The products that rewrites make of dot and its surroundings, Theano's BLAS ops:
//   dot22(x, y) = x·y   dot22scalar(x, y, a) = a·(x·y)   gemm(z, a, x, y, b) = b·z + a·(x·y)
//   gemv(z, a, x, y, b) = b·z + a·(x·y) for a matrix x and a vector y   ger(z, a, x, y) = z +
//   a·x·yᵀ
// A literal b of 0 means that z is not read. z may be destroyed.
#include "graph/op_def.h"
#include "ops/contraction.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

// Positions of the operands among an op's inputs; -1: it has none.
struct Operands {
  int z = -1;
  int alpha = -1;
  int x = 0;
  int y = 1;
  int beta = -1;
};

constexpr Operands kDot22{-1, -1, 0, 1, -1};
constexpr Operands kDot22Scalar{-1, 2, 0, 1, -1};
constexpr Operands kGemm{0, 1, 2, 3, 4};
constexpr Operands kGer{0, 1, 2, 3, -1};

bool check_rank(InferContext& context, int input, int64_t rank) {
  const auto position = static_cast<size_t>(input);
  const TensorType& type = context.type(position);
  if (type.rank() == rank) return true;
  return context.fail("bad-rank",
                      context.name(position) + " must have " + std::to_string(rank) +
                          " dimensions, not " + std::to_string(type.rank()),
                      "inputs/" + std::to_string(input));
}

bool check_dtypes(InferContext& context) {
  const DType dtype = context.type(0).dtype;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (context.type(i).dtype == dtype && is_float(dtype)) continue;
    return context.fail("bad-dtype",
                        "all inputs must be of one float dtype, but " + context.name(i) + " is " +
                            type_text(context.type(i)),
                        "inputs/" + std::to_string(i));
  }
  return true;
}

bool same(InferContext& context, const DimExpr& a, const DimExpr& b) {
  return context.require_equal(a, b, "dimensions differ: " + a.text() + " and " + b.text());
}

// z, if there is one, has the product's shape.
bool finish(InferContext& context, const Operands& operands, const Shape& product) {
  for (const int scalar : {operands.alpha, operands.beta}) {
    if (scalar >= 0 && !check_rank(context, scalar, 0)) return false;
  }
  if (operands.z >= 0) {
    if (!check_rank(context, operands.z, static_cast<int64_t>(product.size()))) return false;
    const Shape z = context.type(static_cast<size_t>(operands.z)).shape;
    for (size_t axis = 0; axis < z.size(); ++axis) {
      if (!same(context, z[axis], product[axis])) return false;
    }
  }
  context.output(context.type(0).dtype, product);
  return true;
}

template <const Operands& operands, int y_rank>
bool infer_product(InferContext& context) {
  if (!check_dtypes(context) || !check_rank(context, operands.x, 2) ||
      !check_rank(context, operands.y, y_rank)) {
    return false;
  }
  const Shape x = context.type(static_cast<size_t>(operands.x)).shape;
  const Shape y = context.type(static_cast<size_t>(operands.y)).shape;
  if (!same(context, x[1], y[0])) return false;
  return finish(context, operands, y_rank == 2 ? Shape{x[0], y[1]} : Shape{x[0]});
}

bool infer_ger(InferContext& context) {
  if (!check_dtypes(context) || !check_rank(context, kGer.x, 1) ||
      !check_rank(context, kGer.y, 1)) {
    return false;
  }
  return finish(context, kGer, {context.type(2).shape[0], context.type(3).shape[0]});
}

// b·z + a·product with what there is of them.
ExprRef combined(LowerContext& context, KernelBuilder& builder, const Operands& operands,
                 const ExprRef& product, const std::vector<IndexExpr>& indices) {
  const DType dtype = product->dtype;
  ExprRef value = product;
  if (operands.alpha >= 0) {
    value = call(ScalarOp::mul, {cast(builder.load(input_ref(operands.alpha), {}), dtype), value});
  }
  if (operands.z < 0) return value;
  ExprRef beta = constant(dtype, 1);
  if (operands.beta >= 0) beta = cast(builder.load(input_ref(operands.beta), {}), dtype);
  const auto* literal = std::get_if<Constant>(&beta->node);
  if (literal != nullptr && literal->real == 0) return value;
  ExprRef z = cast(builder.load(context.source(operands.z), indices), dtype);
  if (literal == nullptr || literal->real != 1) z = call(ScalarOp::mul, {beta, z});
  return call(ScalarOp::add, {z, value});
}

template <const Operands& operands>
void lower_with(LowerContext& context) {
  Product product;
  product.a = input_ref(operands.x);
  product.b = input_ref(operands.y);
  product.result = output_ref(0);
  product.dtype = context.outputs.at(0).dtype;
  product.epilogue = [&](KernelBuilder& builder, const ExprRef& value,
                         const std::vector<IndexExpr>& indices) {
    return combined(context, builder, operands, value, indices);
  };
  lower_product(context, product);
}

void lower_ger(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const auto indices = builder.outer(context.outputs.at(0).shape);
  const DType dtype = compute_dtype(context.outputs[0].dtype);
  const ExprRef x = cast(builder.load(input_ref(kGer.x), {indices[0]}), dtype);
  const ExprRef y = cast(builder.load(input_ref(kGer.y), {indices[1]}), dtype);
  const ExprRef value = combined(context, builder, kGer, call(ScalarOp::mul, {x, y}), indices);
  builder.append(builder.store(output_ref(0), indices, value));
  context.add(builder.finish());
}

// Adds b·z and the factor a to a product that was computed in float64.
void combine_values(EvalContext& context, const Operands& operands, const Tensor& product) {
  const auto scalar = [&](int input) {
    return input < 0 ? 1.0 : context.inputs[static_cast<size_t>(input)]->get_double(0);
  };
  const double alpha = scalar(operands.alpha);
  const double beta = scalar(operands.beta);
  Tensor& output = context.make_output(0);
  for (int64_t i = 0; i < output.size(); ++i) {
    double value = product.get_double(i);
    if (operands.alpha >= 0) value *= alpha;
    if (operands.z >= 0 && beta != 0) {
      value += beta * context.inputs[static_cast<size_t>(operands.z)]->get_double(i);
    }
    output.set_double(i, value);
  }
}

template <const Operands& operands>
void eval_with(EvalContext& context) {
  Tensor product(DType::float64, context.output_dims(0));
  eval_product(*context.inputs[static_cast<size_t>(operands.x)],
               *context.inputs[static_cast<size_t>(operands.y)], false, product);
  combine_values(context, operands, product);
}

void eval_ger(EvalContext& context) {
  Tensor product(DType::float64, context.output_dims(0));
  const int64_t columns = product.dims().at(1);
  for (int64_t i = 0; i < product.size(); ++i) {
    product.set_double(
        i, context.inputs[2]->get_double(i / columns) * context.inputs[3]->get_double(i % columns));
  }
  combine_values(context, kGer, product);
}

OpDef record(std::string_view name, std::string_view theano, std::string_view doc, int inputs,
             OpExample example) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = inputs;
  op.no_grad = "rewrites make it after gradients are taken";
  op.examples = {example};
  return op;
}

}  // namespace

std::vector<OpDef> blas_ops() {
  OpDef dot22 = record("dot22", "Dot22", "The product of two float matrices.", 2,
                       {R"({"op": "dot22", "inputs": ["x", "y"]})",
                        R"({"x": {"dtype": "float32", "shape": [3, 4]},
                            "y": {"dtype": "float32", "shape": [4, 5]}})"});
  dot22.infer = infer_product<kDot22, 2>;
  dot22.eval = eval_with<kDot22>;
  dot22.lower = lower_with<kDot22>;
  OpDef scaled = record("dot22scalar", "Dot22Scalar", "a times the product of two matrices.", 3,
                        {R"({"op": "dot22scalar", "inputs": ["x", "y", "a"]})",
                         R"({"x": {"dtype": "float32", "shape": [3, 4]},
                             "y": {"dtype": "float32", "shape": [4, 5]},
                             "a": {"dtype": "float32", "shape": []}})"});
  scaled.infer = infer_product<kDot22Scalar, 2>;
  scaled.eval = eval_with<kDot22Scalar>;
  scaled.lower = lower_with<kDot22Scalar>;
  OpDef gemm = record("gemm", "Gemm", "b z + a (x y) of matrices; the inputs are z, a, x, y, b.", 5,
                      {R"({"op": "gemm", "inputs": ["z", "a", "x", "y", "b"]})",
                       R"({"z": {"dtype": "float32", "shape": [3, 5]},
                           "a": {"dtype": "float32", "shape": []},
                           "x": {"dtype": "float32", "shape": [3, 4]},
                           "y": {"dtype": "float32", "shape": [4, 5]},
                           "b": {"dtype": "float32", "shape": []}})"});
  gemm.infer = infer_product<kGemm, 2>;
  gemm.eval = eval_with<kGemm>;
  gemm.lower = lower_with<kGemm>;
  OpDef gemv =
      record("gemv", "Gemv",
             "b z + a (x y) for a matrix x and vectors y, z; the inputs are z, a, x, y, b.", 5,
             {R"({"op": "gemv", "inputs": ["z", "a", "x", "y", "b"]})",
              R"({"z": {"dtype": "float32", "shape": [3]},
                           "a": {"dtype": "float32", "shape": []},
                           "x": {"dtype": "float32", "shape": [3, 4]},
                           "y": {"dtype": "float32", "shape": [4]},
                           "b": {"dtype": "float32", "shape": []}})"});
  gemv.infer = infer_product<kGemm, 1>;
  gemv.eval = eval_with<kGemm>;
  gemv.lower = lower_with<kGemm>;
  OpDef ger = record("ger", "Ger", "z + a x yT for vectors x and y; the inputs are z, a, x, y.", 4,
                     {R"({"op": "ger", "inputs": ["z", "a", "x", "y"]})",
                      R"({"z": {"dtype": "float32", "shape": [3, 5]},
                          "a": {"dtype": "float32", "shape": []},
                          "x": {"dtype": "float32", "shape": [3]},
                          "y": {"dtype": "float32", "shape": [5]}})"});
  ger.infer = infer_ger;
  ger.eval = eval_ger;
  ger.lower = lower_ger;
  return {dot22, scaled, gemm, gemv, ger};
}

}  // namespace tgc
