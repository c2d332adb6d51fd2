// SPDX-License-Identifier: Apache-2.0
// sum and prod over axes. Theano's dtypes: bool and integers give int64 or uint64, floats stay;
// float16 is summed in float32 and float32 in float64 unless acc_dtype says otherwise.
#include "ops/reduction.h"

namespace tgc {
namespace {

DType widest_integer(DType dtype) {
  return is_unsigned_integer(dtype) ? DType::uint64 : DType::int64;
}

DType default_accumulator(DType dtype) {
  if (is_discrete(dtype)) return widest_integer(dtype);
  return dtype == DType::float16 ? DType::float32 : DType::float64;
}

DType accumulator(const Apply& apply) {
  return *find_attr<DType>(apply.attributes, "acc_dtype");
}

bool infer(InferContext& context) {
  const DType input = context.type(0).dtype;
  const DType dtype =
      attr_or(context.attributes, "dtype", is_discrete(input) ? widest_integer(input) : input);
  const DType carry = attr_or(context.attributes, "acc_dtype", default_accumulator(input));
  if (!check_accumulator(context, carry)) return false;
  context.attributes.insert_or_assign("acc_dtype", carry);
  context.attributes.insert_or_assign("dtype", dtype);
  return infer_reduction(context, dtype);
}

void eval_sum(EvalContext& context) {
  eval_reduction(context, ReduceKind::sum, accumulator(context.apply));
}
void eval_prod(EvalContext& context) {
  eval_reduction(context, ReduceKind::prod, accumulator(context.apply));
}
void lower_sum(LowerContext& context) {
  lower_reduction(context, ReduceKind::sum, accumulator(context.apply));
}
void lower_prod(LowerContext& context) {
  lower_reduction(context, ReduceKind::prod, accumulator(context.apply));
}

std::optional<std::vector<VariableId>> expand_sum(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return expand_keepdims(builder, "sum", inputs, attributes);
}
std::optional<std::vector<VariableId>> expand_prod(Builder& builder,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes) {
  return expand_keepdims(builder, "prod", inputs, attributes);
}

void grad_sum(GradContext& context) {
  if (!context.wanted[0]) return;
  const Attributes attributes = context.attributes();
  const Node x(context.builder, context.input(0));
  const Node g(context.builder, *context.output_grads[0]);
  context.input_grads[0] = x.call("fill", {keep_axes(g, x, attributes)}).id();
}

// g times the product of the others: prod / x without zeros in the group; with exactly one zero
// that element alone gets the product of the others; with more, nobody gets anything.
void grad_prod(GradContext& context) {
  if (!context.wanted[0]) return;
  Attributes attributes = context.attributes();
  const Node x(context.builder, context.input(0));
  const Node g = keep_axes({context.builder, *context.output_grads[0]}, x, attributes);
  if (attr_or(attributes, "no_zeros_in_input", false)) {
    const Node whole = keep_axes({context.builder, context.output(0)}, x, attributes);
    context.input_grads[0] = (g * whole / x).id();
    return;
  }
  const Node is_zero = eq(x, x.number(0));
  const Attributes axes = {{"axis", attributes.at("axis")}};
  const Node zeros = keep_axes(is_zero.call("sum", {}, axes), x, attributes);
  const Node product =
      keep_axes(where(is_zero, x.number(1), x).call("prod", {}, attributes), x, attributes)
          .cast(x.type().dtype);
  const Node alone = eq(zeros, zeros.number(1)).call("and_", {is_zero});
  const Node others =
      where(eq(zeros, zeros.number(0)), product / x, where(alone, product, product.number(0)));
  context.input_grads[0] = (g * others).id();
}

OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = reduction_attributes();
  op.attributes.push_back({"dtype", AttrKind::dtype, false,
                           "the result's dtype (floats: the input's; others: int64, uint64)"});
  op.attributes.push_back({"acc_dtype", AttrKind::dtype, false,
                           "the dtype to add in (float16: float32; float32: float64)"});
  op.infer = infer;
  return op;
}

}  // namespace

OpDef sum_op() {
  OpDef op = record("sum", "Sum", "The sum over axes; of nothing it is 0.");
  op.grad = grad_sum;
  op.eval = eval_sum;
  op.lower = lower_sum;
  op.expand = expand_sum;
  op.examples = {{R"({"op": "sum", "inputs": ["x"], "axis": 0})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                 {R"({"op": "sum", "inputs": ["x"], "axis": [0, -1], "keepdims": true})",
                  R"({"x": {"dtype": "float64", "shape": [2, 3, 5]}})"},
                 {R"({"op": "sum", "inputs": ["x"]})",
                  R"({"x": {"dtype": "int8", "shape": [7, 5], "low": -100, "high": 100}})"},
                 {R"({"op": "sum", "inputs": ["x"], "axis": []})",
                  R"({"x": {"dtype": "float16", "shape": [2, 3]}})"}};
  return op;
}

OpDef prod_op() {
  OpDef op = record("prod", "Prod", "The product over axes; of nothing it is 1.");
  op.attributes.push_back({"no_zeros_in_input", AttrKind::boolean, false,
                           "the gradient may divide by the elements (false)"});
  op.grad = grad_prod;
  op.eval = eval_prod;
  op.lower = lower_prod;
  op.expand = expand_prod;
  op.examples = {{R"({"op": "prod", "inputs": ["x"], "axis": 1})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3], "low": 0.5, "high": 2}})"},
                 {R"({"op": "prod", "inputs": ["x"], "axis": 0, "no_zeros_in_input": true})",
                  R"({"x": {"dtype": "float64", "shape": [3, 2], "low": 0.5, "high": 2}})"},
                 {R"({"op": "prod", "inputs": ["x"], "keepdims": true})",
                  R"({"x": {"dtype": "int8", "shape": [2, 3], "low": -3, "high": 3}})"}};
  return op;
}

}  // namespace tgc
