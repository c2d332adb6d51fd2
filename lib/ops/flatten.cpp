// SPDX-License-Identifier: Apache-2.0
// flatten: joins the trailing axes into one; written as a reshape.
#include "graph/builder.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  const Shape& shape = context.type(0).shape;
  int64_t ndim = 1;
  for (const char* const name : {"ndim", "outdim"}) {
    ndim = attr_or<int64_t>(context.attributes, name, ndim);
  }
  const int64_t rank = context.type(0).rank();
  if (ndim < 1 || (ndim > rank && ndim != 1)) {
    return context.fail("bad-attribute",
                        "ndim is " + std::to_string(ndim) + ", but " + context.name(0) + " has " +
                            std::to_string(rank) + " dimensions",
                        "ndim");
  }
  const auto keep = static_cast<size_t>(ndim - 1);
  Shape result(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(keep));
  DimExpr rest = 1;
  for (size_t i = keep; i < shape.size(); ++i) rest = rest * shape[i];
  result.push_back(rest);
  context.attributes.erase("outdim");
  context.attributes.insert_or_assign("ndim", ndim);
  context.output(context.type(0).dtype, std::move(result));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const auto ndim = static_cast<size_t>(*find_attr<int64_t>(attributes, "ndim"));
  const Shape shape = builder.graph().type(inputs[0]).shape;
  if (shape.size() == ndim) return inputs;
  Shape result(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(ndim - 1));
  result.push_back(
      element_count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(ndim - 1), shape.end())));
  return std::vector<VariableId>{builder.call("reshape", inputs, {{"shape", result}})};
}

}  // namespace

OpDef flatten_op() {
  OpDef op;
  op.name = "flatten";
  op.theano = "Flatten, Reshape";
  op.doc = "x with its axes from ndim - 1 on joined into one, so that the result has ndim axes.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"ndim", AttrKind::integer, false, "dimensions of the result; default 1"},
                   {"outdim", AttrKind::integer, false, "the older name of ndim"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "flatten", "inputs": ["x"]})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3, 2]}})"},
                 {R"({"op": "flatten", "inputs": ["x"], "ndim": 2})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3, 2]}})"}};
  return op;
}

}  // namespace tgc
