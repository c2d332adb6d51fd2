// SPDX-License-Identifier: Apache-2.0
// Ops written as one formula of other ops. The formula tells the result's types too: to infer them
// it runs in a Graph of its own, once a check has accepted the inputs. So a check must refuse, with
// a message, whatever an op inside the formula would refuse.
#pragma once
#include <functional>
#include <type_traits>
#include <vector>

#include "graph/node.h"
#include "graph/op_def.h"

namespace tgc {

// What a formula is of.
struct Given {
  Builder& builder;
  std::vector<Node> x;
  const Attributes& attributes;  // as the check left them

  [[nodiscard]] Node number(DType dtype, double value) const;  // a 0-d constant
  // A number in a formula, in the dtype Theano gives a Python float.
  [[nodiscard]] Node literal(double value) const;
  [[nodiscard]] Node size(const DimExpr& dim) const;     // an int64 scalar
  [[nodiscard]] Node range(const DimExpr& count) const;  // 0, 1, … as int64
  template <class T>
  [[nodiscard]] const T& get(std::string_view name) const {
    return std::get<T>(attributes.find(name)->second);
  }
  [[nodiscard]] int64_t integer(std::string_view name) const { return get<int64_t>(name); }
  [[nodiscard]] const DimExpr& dim(std::string_view name) const { return get<DimExpr>(name); }
  [[nodiscard]] bool has(std::string_view name) const { return attributes.contains(name); }
};

using Formulas = std::function<std::vector<Node>(const Given&)>;
bool infer_formulas(InferContext& context, const Formulas& formulas);
std::vector<VariableId> expand_formulas(Builder& builder, const std::vector<VariableId>& inputs,
                                        const Attributes& attributes, const Formulas& formulas);

// A formula gives a Node, or a vector of them: one an output.
template <auto formula>
std::vector<Node> results_of(const Given& given) {
  if constexpr (std::is_same_v<decltype(formula(given)), Node>) {
    return {formula(given)};
  } else {
    return formula(given);
  }
}

// The record `op` with infer and expand of the formula.
template <auto formula, bool (*check)(InferContext&)>
OpDef composed(OpDef op) {
  op.infer = [](InferContext& context) {
    return check(context) && infer_formulas(context, results_of<formula>);
  };
  op.expand = [](Builder& builder, const std::vector<VariableId>& inputs,
                 const Attributes& attributes) {
    return std::optional(expand_formulas(builder, inputs, attributes, results_of<formula>));
  };
  return op;
}

// Checks that many compositions need.
bool any_input(InferContext& context);
bool inputs_broadcast(InferContext& context);              // all inputs to one shape
bool numbers_broadcast(InferContext& context);             // and none of them is bool
bool floats_broadcast(InferContext& context);              // and all of them are floats
bool require_number(InferContext& context, size_t input);  // not bool
bool require_float(InferContext& context, size_t input);
bool require_integer(InferContext& context, size_t input);  // neither float nor bool
bool require_rank(InferContext& context, size_t input, int64_t rank);
bool require_rank_at_least(InferContext& context, size_t input, int64_t rank);
// The attribute as an axis from 0 to rank - 1; sets it to `fallback` when absent.
bool normalize_axis(InferContext& context, std::string_view attribute, int64_t rank,
                    std::optional<int64_t> fallback = {});

// Parts of formulas.
Node dimshuffled(const Node& x, std::vector<int64_t> order);  // -1: a new axis
Node reshaped(const Node& x, const Shape& shape);
Node flattened(const Node& x);
Node with_new_axis(const Node& x, int64_t axis);
// x[:, …, start:stop:step] on the axis.
Node sliced(const Node& x, int64_t axis, std::optional<DimExpr> start, std::optional<DimExpr> stop,
            int64_t step = 1);
Node taken(const Node& x, const Node& indices, int64_t axis);
Node joined(const std::vector<Node>& parts, int64_t axis);
Node reduced(std::string_view op, const Node& x, std::vector<int64_t> axes, bool keepdims = false);
Node allocated(const Node& value, const Shape& shape);
// What shapes that inputs_broadcast has accepted become: integers win over symbols.
Shape common_shape(const std::vector<Node>& x);
// A constant of int64 elements.
Node integers(Builder& builder, std::vector<int64_t> dims, const std::vector<int64_t>& elements);
// Where column - row is `offset`, as a bool matrix.
Node on_diagonal(const Given& given, const DimExpr& rows, const DimExpr& columns,
                 const DimExpr& offset);

}  // namespace tgc
