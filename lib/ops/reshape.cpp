// SPDX-License-Identifier: Apache-2.0
// reshape: the same elements in row-major order under another shape.
#include "ops/reshaped_view.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

// The shape asked for: the attribute, or the known value of a second input.
std::optional<Shape> wanted_shape(const InferContext& context) {
  const auto* attribute = find_attr<Shape>(context.attributes, "shape");
  if (attribute != nullptr) return *attribute;
  if (context.inputs.size() < 2) {
    context.fail("bad-attribute", "needs the attribute shape or a second input");
    return std::nullopt;
  }
  if (context.inputs[1]->value && context.type(1).rank() == 1) return *context.inputs[1]->value;
  context.fail("unknown-value", "the shape must be known before the call, as an integer vector",
               "inputs/1", "give the attribute shape with integers and dims");
  return std::nullopt;
}

// Replaces a -1 by the dim that makes the element counts agree.
bool fill_unknown(InferContext& context, Shape& shape) {
  std::optional<size_t> unknown;
  DimExpr rest = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!shape[i].is(-1)) {
      rest = rest * shape[i];
      continue;
    }
    if (unknown) return context.fail("bad-attribute", "shape holds -1 twice", "shape");
    unknown = i;
  }
  if (!unknown) return true;
  if (rest.is(0)) {
    return context.fail("bad-attribute", "-1 has no meaning beside a dim that is 0", "shape");
  }
  shape[*unknown] = DimExpr::floor_div(element_count(context.type(0).shape), rest);
  return true;
}

bool infer(InferContext& context) {
  const auto given = wanted_shape(context);
  if (!given) return false;
  Shape shape = *given;
  if (!fill_unknown(context, shape)) return false;
  for (const DimExpr& dim : shape) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  const DimExpr before = element_count(context.type(0).shape);
  const DimExpr after = element_count(shape);
  const std::string message = "cannot reshape " + shape_text(context.type(0).shape) + " (" +
                              context.name(0) + ", " + before.text() + " elements) to " +
                              shape_text(*given);
  if (!context.require_equal(before, after, message, "shape")) return false;
  context.attributes.insert_or_assign("shape", shape);
  const bool keeps_value = context.inputs[0]->value && shape.size() <= 1;
  context.output(context.type(0).dtype, std::move(shape));
  if (keeps_value) context.output_value(*context.inputs[0]->value);
  return true;
}

}  // namespace

OpDef reshape_op() {
  OpDef op;
  op.name = "reshape";
  op.theano = "Reshape";
  op.doc =
      "The elements of x in row-major order under another shape with the same number of elements. "
      "One dim may be -1: it is computed from the others.";
  op.min_inputs = 1;
  op.max_inputs = 2;
  op.attributes = {
      {"shape", AttrKind::dims, false, "the new shape; default: the value of the second input"}};
  op.infer = infer;
  op.grad = grad_reshape;
  op.eval = eval_reshape;
  op.lower = lower_to_reshape;
  op.examples = {{R"({"op": "reshape", "inputs": ["x"], "shape": [6]})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                 {R"({"op": "reshape", "inputs": ["x"], "shape": [4, -1, 1]})",
                  R"({"x": {"dtype": "float64", "shape": [2, 2, 3]}})"},
                 {R"({"op": "reshape", "inputs": ["x"], "shape": []})",
                  R"({"x": {"dtype": "int32", "shape": [1, 1]}})"}};
  return op;
}

}  // namespace tgc
