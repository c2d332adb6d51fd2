// SPDX-License-Identifier: Apache-2.0
// transpose: permutes axes; written as a dimshuffle.
#include <numeric>

#include "graph/builder.h"

namespace tgc {
namespace {

std::vector<int64_t> axes_of(const Attributes& attributes, int64_t rank) {
  if (const auto* given = find_attr<std::vector<int64_t>>(attributes, "axes")) return *given;
  std::vector<int64_t> axes(static_cast<size_t>(rank));
  std::iota(axes.rbegin(), axes.rend(), 0);
  return axes;
}

bool infer(InferContext& context) {
  const Shape& shape = context.type(0).shape;
  const auto sorted = context.axes(context.type(0).rank(), "axes");
  if (!sorted) return false;
  std::vector<int64_t> axes = axes_of(context.attributes, context.type(0).rank());
  if (axes.size() != shape.size()) {
    return context.fail("bad-attribute",
                        "axes has " + std::to_string(axes.size()) + " entries, but " +
                            context.name(0) + " has " + std::to_string(shape.size()) +
                            " dimensions",
                        "axes");
  }
  Shape result;
  for (int64_t& axis : axes) {
    if (axis < 0) axis += context.type(0).rank();
    result.push_back(shape[static_cast<size_t>(axis)]);
  }
  context.attributes.insert_or_assign("axes", axes);
  context.output(context.type(0).dtype, std::move(result));
  if (context.inputs[0]->value) context.output_value(*context.inputs[0]->value);
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const auto& axes = *find_attr<std::vector<int64_t>>(attributes, "axes");
  return std::vector<VariableId>{builder.call("dimshuffle", inputs, {{"order", axes}})};
}

}  // namespace

OpDef transpose_op() {
  OpDef op;
  op.name = "transpose";
  op.theano = "DimShuffle";
  op.doc = "Axis i of the result is axis axes[i] of x; without axes their order is reversed.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"axes", AttrKind::integers, false, "a permutation; default: all reversed"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "transpose", "inputs": ["x"]})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3, 4]}})"},
                 {R"({"op": "transpose", "inputs": ["x"], "axes": [1, -1, 0]})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3, 4]}})"}};
  return op;
}

}  // namespace tgc
