// SPDX-License-Identifier: Apache-2.0
// take: elements of x along an axis by integer indices; written as an advanced subtensor.
#include "graph/builder.h"
#include "ops/index_template.h"

namespace tgc {
namespace {

// x with one axis to take from: flattened when no axis is given.
bool infer(InferContext& context) {
  if (is_float(context.type(1).dtype) || context.type(1).dtype == DType::boolean) {
    return context.fail("bad-dtype", "the indices must be integers", "inputs/1");
  }
  Shape shape = context.type(1).shape;
  const Shape& source = context.type(0).shape;
  DimExpr length = element_count(source);
  size_t number = 0;
  if (context.attributes.contains("axis")) {
    const auto axes = context.axes(context.type(0).rank());
    if (!axes) return false;
    context.attributes.insert_or_assign("axis", axes->at(0));
    number = static_cast<size_t>(axes->at(0));
    length = source[number];
    const auto axis = source.begin() + static_cast<std::ptrdiff_t>(axes->at(0));
    shape.insert(shape.begin(), source.begin(), axis);
    shape.insert(shape.end(), axis + 1, source.end());
  }
  const auto& known = context.inputs[1]->value;
  if (known && context.type(1).rank() == 0 &&
      !check_position(context, known->front(), length, number, "inputs/1")) {
    return false;
  }
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const auto* axis = find_attr<int64_t>(attributes, "axis");
  const VariableId x = axis != nullptr ? inputs[0] : builder.call("flatten", {inputs[0]});
  const int64_t at = axis != nullptr ? *axis : 0;
  if (at == 0 && builder.graph().type(inputs[1]).rank() == 1) {
    return std::vector<VariableId>{builder.call("advanced_subtensor1", {x, inputs[1]})};
  }
  std::vector<IndexEntry> index(static_cast<size_t>(at) + 1);
  index.back().kind = IndexEntry::Kind::input;
  index.back().input = 1;
  const bool is_scalar = builder.graph().type(inputs[1]).rank() == 0;
  const char* const op = is_scalar ? "subtensor" : "advanced_subtensor";
  return std::vector<VariableId>{builder.call(op, {x, inputs[1]}, {{"index", index}})};
}

}  // namespace

OpDef take_op() {
  OpDef op;
  op.name = "take";
  op.theano = "AdvancedSubtensor1, AdvancedSubtensor";
  op.doc =
      "The elements of x at the given indices along axis, whose place the axes of the indices "
      "take. Without axis x is flattened first.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = {{"axis", AttrKind::integer, false, "negative ones count from the end"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "take", "inputs": ["x", "indices"], "axis": -1})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]},
                      "indices": {"dtype": "int64", "shape": [4], "value": [2, 0, -1, 2]}})"},
                 {R"({"op": "take", "inputs": ["x", "indices"]})",
                  R"({"x": {"dtype": "float64", "shape": [2, 3]},
                      "indices": {"dtype": "int32", "shape": [2, 2], "value": [[5, 0], [-2, 5]]}})"}};
  return op;
}

}  // namespace tgc
