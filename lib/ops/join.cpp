// SPDX-License-Identifier: Apache-2.0
// join: tensors one after the other along an axis.
#include "graph/builder.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

size_t axis_of(const Attributes& attributes) {
  return static_cast<size_t>(*find_attr<int64_t>(attributes, "axis"));
}

// The dims other than `axis` must agree; the result takes the integer where there is one.
std::optional<Shape> joined_shape(InferContext& context, size_t axis) {
  Shape shape = context.type(0).shape;
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const Shape& other = context.type(i).shape;
    if (other.size() != shape.size()) {
      context.fail("bad-rank",
                   context.name(i) + " has " + std::to_string(other.size()) + " dimensions, " +
                       context.name(0) + " has " + std::to_string(shape.size()),
                   "inputs/" + std::to_string(i));
      return std::nullopt;
    }
    for (size_t k = 0; k < shape.size(); ++k) {
      if (k == axis) {
        shape[k] = shape[k] + other[k];
        continue;
      }
      const std::string message = "lengths of axis " + std::to_string(k) +
                                  " differ: " + shape[k].text() + " (" + context.name(0) +
                                  ") and " + other[k].text() + " (" + context.name(i) + ")";
      if (!context.require_equal(shape[k], other[k], message, "inputs/" + std::to_string(i))) {
        return std::nullopt;
      }
      if (other[k].is_constant()) shape[k] = other[k];
    }
  }
  return shape;
}

bool infer(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  if (rank == 0) {
    return context.fail("bad-rank", "scalars have no axis to join along", "inputs/0",
                        "use stack to make a vector of scalars");
  }
  context.attributes.try_emplace("axis", int64_t{0});
  const auto axes = context.axes(rank);
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", axes->at(0));
  const auto shape = joined_shape(context, static_cast<size_t>(axes->at(0)));
  if (!shape) return false;
  DType dtype = context.type(0).dtype;
  std::optional<std::vector<DimExpr>> value{std::in_place};
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    dtype = promote(dtype, context.type(i).dtype);
    const auto& part = context.inputs[i]->value;
    if (!part) value.reset();
    if (value) value->insert(value->end(), part->begin(), part->end());
  }
  context.output(dtype, *shape);
  if (value && rank == 1 && is_discrete(dtype)) context.output_value(std::move(*value));
  return true;
}

void grad(GradContext& context) {
  const size_t axis = axis_of(context.attributes());
  const VariableId whole = *context.output_grads[0];
  std::vector<DimExpr> sizes;
  for (const VariableId input : context.graph.apply(context.apply).inputs) {
    sizes.push_back(context.graph.type(input).shape[axis]);
  }
  const ApplyId parts = context.builder.add(
      "split", {whole}, {{"axis", static_cast<int64_t>(axis)}, {"sizes", sizes}});
  for (size_t i = 0; i < sizes.size(); ++i) {
    const DType dtype = context.graph.type(context.input(i)).dtype;
    if (!is_float(dtype)) continue;
    context.input_grads[i] = context.builder.cast(context.graph.apply(parts).outputs.at(i), dtype);
  }
}

void eval(EvalContext& context) {
  const size_t axis = axis_of(context.apply.attributes);
  Tensor& result = context.make_output(0);
  const auto strides = contiguous_strides(result.dims());
  int64_t offset = 0;
  for (const Tensor* input : context.inputs) {
    const Tensor part = input->cast_to(result.dtype());
    int64_t at = 0;
    for_each_index(part.dims(), [&](const std::vector<int64_t>& index) {
      copy_element(part, at++, result, offset * strides[axis] + flat_index(index, strides));
    });
    offset += part.dims()[axis];
  }
}

void lower(LowerContext& context) {
  const size_t axis = axis_of(context.apply.attributes);
  DimExpr offset = 0;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const OperandRef input = input_ref(static_cast<int>(i));
    KernelBuilder kernel = context.kernel();
    auto indices = kernel.outer(context.inputs[i].shape);
    const ExprRef element = kernel.load(input, indices);
    indices[axis] = indices[axis] + IndexExpr(offset);
    kernel.append(kernel.store(output_ref(0), indices, element));
    context.add(kernel.finish());
    offset = offset + context.inputs[i].shape[axis];
  }
}

}  // namespace

OpDef join_op() {
  OpDef op;
  op.name = "join";
  op.theano = "Join";
  op.doc =
      "The inputs one after the other along axis; the other axes must have equal lengths. Mixed "
      "dtypes are promoted.";
  op.min_inputs = 1;
  op.max_inputs = -1;
  op.attributes = {
      {"axis", AttrKind::integer, false, "negative ones count from the end; default 0"}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.aliases = {"concatenate"};
  op.examples = {{R"({"op": "join", "inputs": ["x", "y"], "axis": 0})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]},
                      "y": {"dtype": "float32", "shape": [1, 3]}})"},
                 {R"({"op": "join", "inputs": ["x", "y", "z"], "axis": -1})",
                  R"({"x": {"dtype": "float32", "shape": [2, 1]},
                      "y": {"dtype": "float64", "shape": [2, 3]},
                      "z": {"dtype": "float64", "shape": [2, 0]}})"}};
  return op;
}

}  // namespace tgc
