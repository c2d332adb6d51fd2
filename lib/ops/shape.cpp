// SPDX-License-Identifier: Apache-2.0
// shape, shape_i and dim: sizes as int64 values. Their value is known when dims are bound, so they
// can stand wherever a number is asked for.
#include "graph/op_def.h"

namespace tgc {
namespace {

constexpr std::string_view kNoGrad = "sizes are integers and do not vary with the elements";

bool infer_shape(InferContext& context) {
  const Shape shape = context.type(0).shape;
  context.output(DType::int64, {DimExpr(context.type(0).rank())});
  context.outputs.back().place = {};
  context.output_value(shape);
  return true;
}

bool infer_shape_i(InferContext& context) {
  const auto axis = context.axes(context.type(0).rank(), "i");
  if (!axis) return false;
  context.attributes.insert_or_assign("i", axis->at(0));
  context.output(DType::int64, {});
  context.outputs.back().place = {};
  context.output_value({context.type(0).shape[static_cast<size_t>(axis->at(0))]});
  return true;
}

bool infer_dim(InferContext& context) {
  context.output(DType::int64, {});
  context.output_value({*find_attr<DimExpr>(context.attributes, "value")});
  return true;
}

// The numbers the output holds.
Shape numbers(const Graph& graph, const Apply& apply) {
  if (apply.op->name == "dim") return {*find_attr<DimExpr>(apply.attributes, "value")};
  const Shape& shape = graph.type(apply.inputs[0]).shape;
  if (apply.op->name == "shape") return shape;
  return {shape.at(static_cast<size_t>(*find_attr<int64_t>(apply.attributes, "i")))};
}

void eval(EvalContext& context) {
  Tensor& result = context.make_output(0);
  int64_t at = 0;
  for (const DimExpr& number : numbers(context.graph, context.apply)) {
    result.set_int(at++, context.dim(number));
  }
}

void lower(LowerContext& context) {
  KernelBuilder kernel = context.kernel();
  const bool is_vector = !context.outputs[0].shape.empty();
  const Shape values = numbers(context.graph, context.apply);
  if (values.empty()) return;  // the shape of a scalar has no elements
  int64_t at = 0;
  for (const DimExpr& number : values) {
    std::vector<IndexExpr> index;
    if (is_vector) index.emplace_back(at++);
    kernel.append(kernel.store(output_ref(0), index, dim_value(number)));
  }
  context.add(kernel.finish());
}

OpDef common(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.no_grad = kNoGrad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

}  // namespace

std::vector<OpDef> shape_ops() {
  OpDef shape = common("shape", "Shape", "The dims of x as an int64 vector.");
  shape.min_inputs = shape.max_inputs = 1;
  shape.infer = infer_shape;
  shape.examples = {
      {R"({"op": "shape", "inputs": ["x"]})", R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};

  OpDef shape_i = common("shape_i", "Shape_i", "Dim i of x as an int64 scalar.");
  shape_i.min_inputs = shape_i.max_inputs = 1;
  shape_i.attributes = {
      {"i", AttrKind::integer, true, "the axis; negative ones count from the end"}};
  shape_i.infer = infer_shape_i;
  shape_i.examples = {{R"({"op": "shape_i", "inputs": ["x"], "i": -1})",
                       R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};

  OpDef dim =
      common("dim", "Constant, Shape_i", "A dim, or arithmetic on dims, as an int64 scalar.");
  dim.attributes = {{"value", AttrKind::dim, true, "the number"}};
  dim.infer = infer_dim;
  dim.examples = {{R"({"op": "dim", "inputs": [], "value": 7})", "{}"}};
  return {std::move(shape), std::move(shape_i), std::move(dim)};
}

}  // namespace tgc
