// SPDX-License-Identifier: Apache-2.0
// argsort along the last axis; along others it is written with dimshuffles. Stable, NaNs last.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "graph/builder.h"
#include "ops/sorted_axis.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  if (!check_sorted_axis(context)) return false;
  context.output(DType::int64, sorted_shape(context));
  return true;
}

bool comes_before(const Tensor& x, int64_t a, int64_t b) {
  if (!is_float(x.dtype())) return x.get_int(a) < x.get_int(b);
  const double left = x.get_double(a);
  const double right = x.get_double(b);
  return left < right || (std::isnan(right) && !std::isnan(left));
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  Tensor& order = context.make_output(0);
  const int64_t n = x.dims().back();
  for (int64_t first = 0; first < x.size(); first += n) {
    std::vector<int64_t> row(static_cast<size_t>(n));
    std::iota(row.begin(), row.end(), 0);
    std::stable_sort(row.begin(), row.end(),
                     [&](int64_t a, int64_t b) { return comes_before(x, first + a, first + b); });
    for (int64_t k = 0; k < n; ++k) order.set_int(first + k, row[static_cast<size_t>(k)]);
  }
}

void lower(LowerContext& context) {
  const Shape& shape = context.inputs[0].shape;
  const OperandRef x = context.contiguous(0);
  const OperandRef spare = context.temporary(DType::int64, shape);
  Routine routine;
  routine.name = "argsort";
  routine.header = "sort";
  routine.tasks = element_count({shape.begin(), shape.end() - 1});
  routine.dims = {shape.back()};
  KernelBuilder builder = context.kernel();
  context.add(builder.finish_routine(std::move(routine), {x, output_ref(0), spare},
                                     {Access::read, Access::write, Access::write}));
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  return along_last_axis(builder, inputs[0], attributes, [&](VariableId x) {
    return builder.call("argsort", {x}, {{"axis", builder.graph().type(x).rank() - 1}});
  });
}

}  // namespace

OpDef argsort_op() {
  OpDef op;
  op.name = "argsort";
  op.theano = "ArgSortOp";
  op.doc = "The positions along an axis that sort x, the smallest first: stable, NaNs last.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = sorted_axis_attributes();
  op.infer = infer;
  op.no_grad = "its results are integers";
  op.eval = eval;
  op.lower = lower;
  op.expand = expand;
  op.host_only = "sorting is a host routine";
  op.examples = {
      {R"({"op": "argsort", "inputs": ["x"]})", R"({"x": {"dtype": "float32", "shape": [3, 40]}})"},
      {R"({"op": "argsort", "inputs": ["x"], "axis": 0})",
       R"({"x": {"dtype": "int32", "shape": [5, 2],
                      "value": [[3, 1], [1, 1], [2, 0], [1, 5], [3, -1]]}})"},
      {R"({"op": "argsort", "inputs": ["x"], "flat": true})",
       R"({"x": {"dtype": "float16", "shape": [2, 3]}})"}};
  return op;
}

}  // namespace tgc
