// SPDX-License-Identifier: Apache-2.0
// diff: the differences of neighbours along an axis; written with two selections.
#include <algorithm>

#include "graph/node.h"
#include "ops/index_template.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  if (context.type(0).dtype == DType::boolean) {
    return context.fail("bad-dtype", context.name(0) + " is bool, which cannot be subtracted",
                        "inputs/0", "cast it to a number");
  }
  if (context.type(0).rank() == 0) {
    return context.fail("bad-rank", context.name(0) + " is a scalar, so it has no neighbours",
                        "inputs/0");
  }
  context.attributes.try_emplace("n", int64_t{1});
  context.attributes.try_emplace("axis", int64_t{-1});
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", axes->at(0));
  const int64_t order = *find_attr<int64_t>(context.attributes, "n");
  constexpr int64_t kMost = 100;
  if (order < 0 || order > kMost) {
    return context.fail("bad-attribute",
                        "n is " + std::to_string(order) + ", but must be from 0 to 100", "n");
  }
  Shape shape = context.type(0).shape;
  DimExpr& dim = shape[static_cast<size_t>(axes->at(0))];
  dim = DimExpr::max(dim - order, 0);
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

Node part(const Node& x, int64_t axis, std::optional<DimExpr> start, std::optional<DimExpr> stop) {
  std::vector<IndexEntry> index(static_cast<size_t>(axis) + 1);
  index.back() = slice(std::move(start), std::move(stop));
  return x.call("subtensor", {}, {{"index", index}});
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const int64_t axis = *find_attr<int64_t>(attributes, "axis");
  Node result(builder, inputs[0]);
  for (int64_t i = *find_attr<int64_t>(attributes, "n"); i > 0; --i) {
    result = part(result, axis, DimExpr(1), std::nullopt) -
             part(result, axis, std::nullopt, DimExpr(-1));
  }
  return std::vector<VariableId>{result.id()};
}

}  // namespace

OpDef diff_op() {
  OpDef op;
  op.name = "diff";
  op.theano = "DiffOp";
  op.doc = "x[1:] - x[:-1] along an axis, n times over.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"n", AttrKind::integer, false, "how often; default 1"},
                   {"axis", AttrKind::integer, false, "default: the last"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "diff", "inputs": ["x"], "n": 2, "axis": 0})",
                  R"({"x": {"dtype": "float32", "shape": [5, 2]}})"}};
  return op;
}

}  // namespace tgc
