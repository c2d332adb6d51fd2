// SPDX-License-Identifier: Apache-2.0
// eye: a matrix with ones on one diagonal.
#include "graph/op_def.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

const DimExpr& dim_attr(const Attributes& attributes, std::string_view name) {
  return *find_attr<DimExpr>(attributes, name);
}

bool infer(InferContext& context) {
  context.attributes.try_emplace("m", dim_attr(context.attributes, "n"));
  context.attributes.try_emplace("k", DimExpr(0));
  context.attributes.try_emplace("dtype", context.float_x);
  const DimExpr& rows = dim_attr(context.attributes, "n");
  const DimExpr& columns = dim_attr(context.attributes, "m");
  if (!require_dim(context, rows, "n") || !require_dim(context, columns, "m")) return false;
  context.output(*find_attr<DType>(context.attributes, "dtype"), {rows, columns});
  return true;
}

void eval(EvalContext& context) {
  const int64_t diagonal = context.dim(dim_attr(context.apply.attributes, "k"));
  Tensor& result = context.make_output(0);
  const int64_t columns = result.dims()[1];
  for (int64_t i = 0; i < result.size(); ++i) {
    result.set_int(i, i % columns - i / columns == diagonal ? 1 : 0);
  }
}

void lower(LowerContext& context) {
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(context.outputs[0].shape);
  const DType dtype = context.outputs[0].dtype;
  const ExprRef diagonal = dim_value(dim_attr(context.apply.attributes, "k"));
  const ExprRef on = call(ScalarOp::eq, {to_expr(indices[1] - indices[0]), diagonal});
  const ExprRef value = call(ScalarOp::switch_, {on, constant(dtype, 1), constant(dtype, 0)});
  kernel.append(kernel.store(output_ref(0), indices, value));
  context.add(kernel.finish());
}

}  // namespace

OpDef eye_op() {
  OpDef op;
  op.name = "eye";
  op.theano = "Eye";
  op.doc = "A matrix of n rows and m columns, one where column - row is k, else zero.";
  op.attributes = {{"n", AttrKind::dim, true, "rows"},
                   {"m", AttrKind::dim, false, "columns; default n"},
                   {"k", AttrKind::dim, false, "the diagonal, negative below the main; default 0"},
                   {"dtype", AttrKind::dtype, false, "default: floatX"}};
  op.infer = infer;
  op.no_grad = "it has no inputs";
  op.eval = eval;
  op.lower = lower;
  op.examples = {
      {R"({"op": "eye", "inputs": [], "n": 3, "dtype": "float32"})", "{}"},
      {R"({"op": "eye", "inputs": [], "n": 3, "m": 5, "k": -1, "dtype": "int8"})", "{}"}};
  return op;
}

}  // namespace tgc
