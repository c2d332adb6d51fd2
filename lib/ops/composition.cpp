// SPDX-License-Identifier: Apache-2.0
// See composition.h.
#include "ops/composition.h"

#include <numeric>

#include "ops/index_template.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

std::vector<Node> nodes_of(Builder& builder, const std::vector<VariableId>& inputs) {
  std::vector<Node> nodes;
  for (const VariableId input : inputs) nodes.emplace_back(builder, input);
  return nodes;
}

std::string part_of(size_t input) {
  return "inputs/" + std::to_string(input);
}

bool refuse_dtype(InferContext& context, size_t input, const std::string& wanted) {
  return context.fail("bad-dtype",
                      context.name(input) + " must be " + wanted + ", not " +
                          std::string(dtype_name(context.type(input).dtype)),
                      part_of(input), "cast it first");
}

}  // namespace

Node Given::number(DType dtype, double value) const {
  return {builder, builder.scalar(dtype, value)};
}

Node Given::literal(double value) const {
  const DType float_x = builder.float_x();
  if (float_x != DType::float64) return number(float_x, value);
  const bool is_short = static_cast<double>(static_cast<float>(value)) == value;
  return number(is_short ? DType::float32 : DType::float64, value);
}

Node Given::size(const DimExpr& dim) const {
  return {builder, builder.call("dim", {}, {{"value", dim}})};
}

Node Given::range(const DimExpr& count) const {
  return size(count).call("arange");
}

bool infer_formulas(InferContext& context, const Formulas& formulas) {
  Graph graph;
  Builder builder(graph, op_registry(), context.float_x);
  std::vector<VariableId> inputs;
  for (const Variable* input : context.inputs) {
    if (input->constant) {
      inputs.push_back(graph.add_constant(input->constant, input->name, {}, input->type.place));
    } else {
      inputs.push_back(graph.add_input(input->type, input->name));
    }
    if (input->value) graph.set_value(inputs.back(), *input->value);
  }
  const auto failure = builder.attempt([&] {
    for (const Node& result : formulas({builder, nodes_of(builder, inputs), context.attributes})) {
      const Variable& output = graph.variable(result.id());
      context.outputs.push_back(output.type);
      context.output_values.push_back(output.value);
    }
  });
  return !failure || context.fail_in_part(*failure);
}

std::vector<VariableId> expand_formulas(Builder& builder, const std::vector<VariableId>& inputs,
                                        const Attributes& attributes, const Formulas& formulas) {
  std::vector<VariableId> outputs;
  for (const Node& result : formulas({builder, nodes_of(builder, inputs), attributes})) {
    outputs.push_back(result.id());
  }
  return outputs;
}

bool any_input(InferContext&) {
  return true;
}

bool inputs_broadcast(InferContext& context) {
  std::vector<size_t> all(context.inputs.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return context.broadcast(all).has_value();
}

bool numbers_broadcast(InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_number(context, i)) return false;
  }
  return inputs_broadcast(context);
}

bool floats_broadcast(InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_float(context, i)) return false;
  }
  return inputs_broadcast(context);
}

bool require_number(InferContext& context, size_t input) {
  if (context.type(input).dtype != DType::boolean) return true;
  return refuse_dtype(context, input, "a number");
}

bool require_float(InferContext& context, size_t input) {
  if (is_float(context.type(input).dtype)) return true;
  return refuse_dtype(context, input, "a float");
}

bool require_integer(InferContext& context, size_t input) {
  if (is_integer(context.type(input).dtype)) return true;
  return refuse_dtype(context, input, "an integer");
}

bool require_rank(InferContext& context, size_t input, int64_t rank) {
  if (context.type(input).rank() == rank) return true;
  return context.fail("bad-rank",
                      context.name(input) + " must have " + std::to_string(rank) +
                          " dimensions, but is " + type_text(context.type(input)),
                      part_of(input));
}

bool require_rank_at_least(InferContext& context, size_t input, int64_t rank) {
  if (context.type(input).rank() >= rank) return true;
  return context.fail("bad-rank",
                      context.name(input) + " must have at least " + std::to_string(rank) +
                          " dimensions, but is " + type_text(context.type(input)),
                      part_of(input));
}

bool normalize_axis(InferContext& context, std::string_view attribute, int64_t rank,
                    std::optional<int64_t> fallback) {
  if (fallback) context.attributes.try_emplace(std::string(attribute), *fallback);
  const auto axes = context.axes(rank, attribute);
  if (!axes) return false;
  context.attributes.insert_or_assign(std::string(attribute), axes->at(0));
  return true;
}

Node dimshuffled(const Node& x, std::vector<int64_t> order) {
  return x.call("dimshuffle", {}, {{"order", std::move(order)}});
}

Node reshaped(const Node& x, const Shape& shape) {
  if (x.type().shape == shape) return x;
  return x.call("reshape", {}, {{"shape", shape}});
}

Node flattened(const Node& x) {
  return x.type().rank() == 1 ? x : reshaped(x, {element_count(x.type().shape)});
}

Node with_new_axis(const Node& x, int64_t axis) {
  std::vector<int64_t> order(static_cast<size_t>(x.type().rank()));
  std::iota(order.begin(), order.end(), 0);
  order.insert(order.begin() + axis, -1);
  return dimshuffled(x, std::move(order));
}

Node sliced(const Node& x, int64_t axis, std::optional<DimExpr> start, std::optional<DimExpr> stop,
            int64_t step) {
  std::vector<IndexEntry> index(static_cast<size_t>(axis) + 1);
  index.back() = slice(std::move(start), std::move(stop), step);
  return x.call("subtensor", {}, {{"index", index}});
}

Node taken(const Node& x, const Node& indices, int64_t axis) {
  return x.call("take", {indices}, {{"axis", axis}});
}

Node joined(const std::vector<Node>& parts, int64_t axis) {
  return parts.at(0).call("join", {parts.begin() + 1, parts.end()}, {{"axis", axis}});
}

Node reduced(std::string_view op, const Node& x, std::vector<int64_t> axes, bool keepdims) {
  return x.call(op, {}, {{"axis", std::move(axes)}, {"keepdims", keepdims}});
}

Shape common_shape(const std::vector<Node>& x) {
  size_t rank = 0;
  for (const Node& node : x) rank = std::max(rank, node.type().shape.size());
  Shape result(rank, DimExpr(1));
  for (const Node& node : x) {
    const Shape shape = node.type().shape;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      DimExpr& dim = result[rank - shape.size() + axis];
      if (dim.is(1) || (shape[axis].is_constant() && !shape[axis].is(1))) dim = shape[axis];
    }
  }
  return result;
}

Node integers(Builder& builder, std::vector<int64_t> dims, const std::vector<int64_t>& elements) {
  Tensor tensor(DType::int64, std::move(dims));
  for (size_t i = 0; i < elements.size(); ++i) {
    tensor.set_int(static_cast<int64_t>(i), elements[i]);
  }
  return {builder, builder.graph().add_constant(std::make_shared<const Tensor>(std::move(tensor)))};
}

Node on_diagonal(const Given& given, const DimExpr& rows, const DimExpr& columns,
                 const DimExpr& offset) {
  const Node row = dimshuffled(given.range(rows), {0, -1});
  const Node column = dimshuffled(given.range(columns), {-1, 0});
  return eq(column, row + given.size(offset));
}

Node allocated(const Node& value, const Shape& shape) {
  return {value.builder(), value.builder().alloc(value.id(), shape)};
}

}  // namespace tgc
