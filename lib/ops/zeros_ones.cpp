// SPDX-License-Identifier: Apache-2.0
// zeros, ones, zeros_like, ones_like: alloc of a scalar, under Theano's names.
#include "graph/builder.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

DType dtype_of(const Attributes& attributes) {
  return *find_attr<DType>(attributes, "dtype");
}

bool infer_shaped(InferContext& context) {
  context.attributes.try_emplace("dtype", context.float_x);
  const Shape& shape = *find_attr<Shape>(context.attributes, "shape");
  for (const DimExpr& dim : shape) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  context.output(dtype_of(context.attributes), shape);
  return true;
}

bool infer_like(InferContext& context) {
  context.attributes.try_emplace("dtype", context.type(0).dtype);
  context.output(dtype_of(context.attributes), context.type(0).shape);
  return true;
}

template <int kValue>
Outputs expand_shaped(Builder& builder, const std::vector<VariableId>&,
                      const Attributes& attributes) {
  const VariableId value = builder.scalar(dtype_of(attributes), kValue);
  return std::vector<VariableId>{builder.alloc(value, *find_attr<Shape>(attributes, "shape"))};
}

template <int kValue>
Outputs expand_like(Builder& builder, const std::vector<VariableId>& inputs,
                    const Attributes& attributes) {
  const VariableId value = builder.scalar(dtype_of(attributes), kValue);
  const Shape shape = builder.graph().type(inputs[0]).shape;
  return std::vector<VariableId>{builder.alloc(value, shape)};
}

OpDef shaped(std::string_view name, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = "Alloc";
  op.doc = doc;
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the result"},
                   {"dtype", AttrKind::dtype, false, "default: floatX"}};
  op.infer = infer_shaped;
  return op;
}

OpDef like(std::string_view name, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = "Elemwise{second}";
  op.doc = doc;
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"dtype", AttrKind::dtype, false, "default: that of the input"}};
  op.infer = infer_like;
  return op;
}

}  // namespace

std::vector<OpDef> zeros_ones_ops() {
  OpDef zeros = shaped("zeros", "A tensor of zeros.");
  zeros.expand = expand_shaped<0>;
  zeros.examples = {{R"({"op": "zeros", "inputs": [], "shape": [2, 3], "dtype": "int32"})", "{}"}};
  OpDef ones = shaped("ones", "A tensor of ones.");
  ones.expand = expand_shaped<1>;
  ones.examples = {{R"({"op": "ones", "inputs": [], "shape": [3]})", "{}"}};
  OpDef zeros_like = like("zeros_like", "Zeros in the shape of the input.");
  zeros_like.expand = expand_like<0>;
  zeros_like.examples = {{R"({"op": "zeros_like", "inputs": ["x"]})",
                          R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};
  OpDef ones_like = like("ones_like", "Ones in the shape of the input.");
  ones_like.expand = expand_like<1>;
  ones_like.examples = {{R"({"op": "ones_like", "inputs": ["x"], "dtype": "float64"})",
                         R"({"x": {"dtype": "int8", "shape": [2, 3]}})"}};
  return {std::move(zeros), std::move(ones), std::move(zeros_like), std::move(ones_like)};
}

}  // namespace tgc
