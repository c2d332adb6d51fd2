// SPDX-License-Identifier: Apache-2.0
// See sorted_axis.h.
#include "ops/sorted_axis.h"

#include <numeric>

#include "graph/node.h"

namespace tgc {

std::vector<AttrDef> sorted_axis_attributes() {
  return {{"axis", AttrKind::integer, false, "default: the last"},
          {"flat", AttrKind::boolean, false,
           "all elements as one vector, Theano's axis=None; default false"}};
}

bool check_sorted_axis(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  context.attributes.try_emplace("flat", false);
  if (is_flat(context.attributes)) {
    if (context.attributes.contains("axis") && sorted_axis(context.attributes) != 0) {
      return context.fail("bad-attribute", "a flattened tensor has axis 0 alone", "axis",
                          "leave out axis or flat");
    }
    context.attributes.insert_or_assign("axis", int64_t{0});
    return true;
  }
  if (rank == 0) {
    return context.fail("bad-rank", context.name(0) + " is a scalar, which has no axis to sort",
                        "inputs/0");
  }
  context.attributes.try_emplace("axis", int64_t{-1});
  const auto axes = context.axes(rank);
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", axes->at(0));
  return true;
}

Shape sorted_shape(const InferContext& context) {
  const Shape& shape = context.type(0).shape;
  return is_flat(context.attributes) ? Shape{element_count(shape)} : shape;
}

int64_t sorted_axis(const Attributes& attributes) {
  return *find_attr<int64_t>(attributes, "axis");
}

bool is_flat(const Attributes& attributes) {
  return attr_or<bool>(attributes, "flat", false);
}

std::optional<std::vector<VariableId>> along_last_axis(
    Builder& builder, VariableId x, const Attributes& attributes,
    const std::function<VariableId(VariableId)>& f) {
  if (is_flat(attributes)) return std::vector<VariableId>{f(builder.call("flatten", {x}))};
  const int64_t last = builder.graph().type(x).rank() - 1;
  const int64_t axis = sorted_axis(attributes);
  if (axis == last) return std::nullopt;
  std::vector<int64_t> order(static_cast<size_t>(last) + 1);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(axis)], order[static_cast<size_t>(last)]);
  const VariableId moved = builder.call("dimshuffle", {x}, {{"order", order}});
  return std::vector<VariableId>{builder.call("dimshuffle", {f(moved)}, {{"order", order}})};
}

VariableId take_along_last(Builder& builder, VariableId x, VariableId order) {
  const Shape source = builder.graph().type(x).shape;
  const Shape shape = builder.graph().type(order).shape;
  if (source.size() == 1) return builder.call("advanced_subtensor1", {x, order});
  const Shape rows(source.begin(), source.end() - 1);
  const VariableId count = builder.call("dim", {}, {{"value", element_count(rows)}});
  const VariableId number = builder.call("arange", {count});
  Shape column = rows;
  column.emplace_back(1);
  const Node begin =
      Node(builder, builder.call("reshape", {number}, {{"shape", column}}))
          .call("mul", {Node(builder, builder.call("dim", {}, {{"value", source.back()}}))});
  const Node at = begin + Node(builder, order);
  const VariableId flat = builder.call("flatten", {x});
  const VariableId positions = at.call("flatten").id();
  const VariableId taken = builder.call("advanced_subtensor1", {flat, positions});
  return builder.call("reshape", {taken}, {{"shape", shape}});
}

}  // namespace tgc
