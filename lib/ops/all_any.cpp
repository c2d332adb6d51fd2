// SPDX-License-Identifier: Apache-2.0
// all and any: whether every or some element over axes is not 0.
#include "ops/elementwise.h"
#include "ops/reduction.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  return infer_reduction(context, DType::boolean);
}

template <ReduceKind kind>
void eval(EvalContext& context) {
  eval_reduction(context, kind, DType::boolean);
}
template <ReduceKind kind>
void lower(LowerContext& context) {
  lower_reduction(context, kind, DType::boolean);
}

std::optional<std::vector<VariableId>> expand_all(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return expand_keepdims(builder, "all", inputs, attributes);
}
std::optional<std::vector<VariableId>> expand_any(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return expand_keepdims(builder, "any", inputs, attributes);
}

template <ReduceKind kind>
OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = reduction_attributes();
  op.infer = infer;
  op.grad = grad_zero;
  op.eval = eval<kind>;
  op.lower = lower<kind>;
  return op;
}

}  // namespace

std::vector<OpDef> all_any_ops() {
  OpDef all = record<ReduceKind::all>("all", "All",
                                      "Whether every element over axes is not 0; true for none.");
  all.expand = expand_all;
  all.examples = {{R"({"op": "all", "inputs": ["x"], "axis": 0})",
                   R"({"x": {"dtype": "bool", "shape": [2, 5]}})"}};
  OpDef any = record<ReduceKind::any>("any", "Any",
                                      "Whether some element over axes is not 0; false for none.");
  any.expand = expand_any;
  any.examples = {{R"({"op": "any", "inputs": ["x"], "axis": 1, "keepdims": true})",
                   R"({"x": {"dtype": "int32", "shape": [5, 2], "low": -1, "high": 1}})"}};
  return {all, any};
}

}  // namespace tgc
