// SPDX-License-Identifier: Apache-2.0
// searchsorted: where values would go in a sorted vector, by halving. The bounds close in until
// they meet; a loop of 64 steps serves every length, and does nothing once they have met.
#include <bit>

#include "ops/composition.h"
#include "ops/elementwise.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  context.attributes.try_emplace("side", std::string("left"));
  if (!require_rank(context, 0, 1)) return false;
  if (context.inputs.size() > 2) {
    if (!require_rank(context, 2, 1) || !require_integer(context, 2)) return false;
    const DimExpr& length = context.type(0).shape[0];
    const DimExpr& sorter = context.type(2).shape[0];
    if (!context.require_equal(
            length, sorter,
            "the sorter has " + sorter.text() + " entries for " + length.text() + " elements",
            "inputs/2")) {
      return false;
    }
  }
  context.output(DType::int64, context.type(1).shape);
  return true;
}

// A sorter puts the elements in order first.
std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  if (inputs.size() < 3) return std::nullopt;
  const Node sorted = taken({builder, inputs[0]}, {builder, inputs[2]}, 0);
  return {{sorted.call("searchsorted", {{builder, inputs[1]}}, attributes).id()}};
}

bool is_left(const Apply& apply) {
  return *find_attr<std::string>(apply.attributes, "side") == "left";
}

// Does the element stand before the value? NaN stands behind all numbers.
ExprRef stands_before(const ExprRef& element, const ExprRef& value, bool left) {
  const ExprRef compared = scalar_comparison(left ? ScalarOp::lt : ScalarOp::le, {element, value});
  if (!is_float(element->dtype) && !is_float(value->dtype)) return compared;
  const DType dtype = compute_dtype(promote(element->dtype, value->dtype));
  const ExprRef value_nan = call(ScalarOp::isnan, {cast(value, dtype)}, DType::boolean);
  if (!left) return call(ScalarOp::or_, {compared, value_nan}, DType::boolean);
  const ExprRef element_nan = call(ScalarOp::isnan, {cast(element, dtype)}, DType::boolean);
  const ExprRef is_number = call(ScalarOp::invert, {element_nan}, DType::boolean);
  const ExprRef both = call(ScalarOp::and_, {value_nan, is_number}, DType::boolean);
  return call(ScalarOp::or_, {compared, both}, DType::boolean);
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  const Tensor& values = *context.inputs[1];
  Tensor& result = context.make_output(0);
  const auto local = [](const Tensor& tensor, int32_t id) {
    return std::make_shared<const Expr>(Expr{tensor.dtype(), LocalValue{LocalId{id}}});
  };
  const ExprRef before = stands_before(local(x, 0), local(values, 1), is_left(context.apply));
  for (int64_t i = 0; i < values.size(); ++i) {
    int64_t low = 0;
    int64_t high = x.size();
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (evaluate(before, {element(x, middle), element(values, i)}).is_true()) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    result.set_int(i, low);
  }
}

void lower(LowerContext& context) {
  KernelBuilder kernel = context.kernel();
  const DimExpr length = context.inputs.at(0).shape[0];
  const auto known = length.constant();
  const auto bits = known ? std::bit_width(static_cast<uint64_t>(*known)) : 64;
  const auto indices = kernel.outer(context.outputs.at(0).shape);
  const ExprRef value = kernel.let(kernel.load(input_ref(1), indices));
  const LocalId low = kernel.local(DType::int64);
  const LocalId high = kernel.local(DType::int64);
  const LocalId middle = kernel.local(DType::int64);
  const LocalId before = kernel.local(DType::boolean);
  const auto integer = [](double number) { return constant(DType::int64, number); };
  const ExprRef is_open = call(ScalarOp::lt, {kernel.use(low), kernel.use(high)});
  const ExprRef sum = call(ScalarOp::add, {kernel.use(low), kernel.use(high)});
  const ExprRef found = kernel.load(input_ref(0), {IndexExpr::of(kernel.use(middle))});
  Body body;
  body.push_back({Let{middle, call(ScalarOp::int_div, {sum, integer(2)})}});
  body.push_back({Let{before, call(ScalarOp::switch_,
                                   {is_open, stands_before(found, value, is_left(context.apply)),
                                    constant(DType::boolean, 0)},
                                   DType::boolean)}});
  const ExprRef next = call(ScalarOp::add, {kernel.use(middle), integer(1)});
  const ExprRef new_low =
      call(ScalarOp::switch_, {kernel.use(before), next, kernel.use(low)}, DType::int64);
  const ExprRef shrinks =
      call(ScalarOp::and_, {is_open, call(ScalarOp::invert, {kernel.use(before)}, DType::boolean)},
           DType::boolean);
  const ExprRef new_high =
      call(ScalarOp::switch_, {shrinks, kernel.use(middle), kernel.use(high)}, DType::int64);
  kernel.append({Serial{kernel.loop(bits),
                        {{low, integer(0), new_low}, {high, dim_value(length), new_high}},
                        std::make_shared<const Body>(std::move(body))}});
  kernel.append(kernel.store(output_ref(0), indices, kernel.use(low)));
  context.add(kernel.finish());
}

}  // namespace

OpDef searchsorted_op() {
  OpDef op;
  op.name = "searchsorted";
  op.theano = "SearchsortedOp";
  op.doc =
      "The place in a sorted vector before which each value would go, of equal elements before the "
      "first (left) or behind the last (right). A third input, of integers, sorts the vector.";
  op.min_inputs = 2;
  op.max_inputs = 3;
  op.attributes = {{"side", AttrKind::text, false, "left or right (left)", {"left", "right"}}};
  op.infer = infer;
  op.grad = grad_zero;
  op.eval = eval;
  op.lower = lower;
  op.expand = expand;
  op.examples = {
      {R"({"op": "searchsorted", "inputs": ["x", "v"]})",
       R"({"x": {"dtype": "float32", "shape": [5], "value": [-1, 0, 0, 2, 5]},
           "v": {"dtype": "float64", "shape": [2, 3], "value": [[0, 7, -2], [5, 1, -1]]}})"},
      {R"({"op": "searchsorted", "inputs": ["x", "v"], "side": "right"})",
       R"({"x": {"dtype": "int32", "shape": [3], "value": [1, 1, 2]},
           "v": {"dtype": "int8", "shape": [], "value": 1}})"},
      {R"({"op": "searchsorted", "inputs": ["x", "v", "order"]})",
       R"({"x": {"dtype": "float64", "shape": [3], "value": [2, 0, 1]},
           "v": {"dtype": "float64", "shape": [2], "value": [0.5, 1.5]},
           "order": {"dtype": "int64", "shape": [3], "value": [1, 2, 0]}})"},
      {R"({"op": "searchsorted", "inputs": ["x", "v"]})",
       R"({"x": {"dtype": "float32", "shape": [0]}, "v": {"dtype": "float32", "shape": [2]}})"}};
  return op;
}

}  // namespace tgc
