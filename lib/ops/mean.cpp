// SPDX-License-Identifier: Apache-2.0
// mean, var and std as Theano composes them: a sum divided by the number of elements. Integers give
// float64; float16 is summed to float32 first, since its sums overflow early.
#include "ops/reduction.h"

namespace tgc {
namespace {

std::vector<AttrDef> variance_attributes() {
  auto list = reduction_attributes();
  list.push_back({"ddof", AttrKind::integer, false,
                  "subtracted from the length of every reduced axis in the divisor (0)"});
  list.push_back({"corrected", AttrKind::boolean, false,
                  "subtract the squared mean of the centred values: the corrected two-pass form "
                  "(false)"});
  return list;
}

DType mean_dtype(const Attributes& attributes, DType input) {
  if (const auto* dtype = find_attr<DType>(attributes, "dtype")) {
    return is_float(*dtype) ? *dtype : DType::float64;
  }
  return is_float(input) ? input : DType::float64;
}

bool infer_mean(InferContext& context) {
  const auto* carry = find_attr<DType>(context.attributes, "acc_dtype");
  if (carry != nullptr && !check_accumulator(context, *carry)) return false;
  return infer_reduction(context, mean_dtype(context.attributes, context.type(0).dtype));
}

bool infer_variance(InferContext& context) {
  const DType input = context.type(0).dtype;
  DType dtype = is_float(input) ? input : DType::float64;
  // The divisor n - ddof is an int64: Theano's upcast.
  if (attr_or<int64_t>(context.attributes, "ddof", 0) != 0) dtype = DType::float64;
  return infer_reduction(context, dtype);
}

// Product of the reduced dims, each less `less`, as a node of dtype `dtype`.
Node reduced_count(const Node& x, const std::vector<int64_t>& axes, int64_t less, DType dtype) {
  DimExpr count = 1;
  const Shape shape = x.type().shape;
  for (const int64_t axis : axes) count = count * (shape[static_cast<size_t>(axis)] - less);
  Builder& builder = x.builder();
  if (const auto known = count.constant()) {
    return {builder, builder.scalar(dtype, static_cast<double>(*known))};
  }
  return Node(builder, builder.call("dim", {}, {{"value", count}})).cast(dtype);
}

Attributes axis_only(const Attributes& attributes) {
  return {{"axis", attributes.at("axis")}};
}

std::optional<std::vector<VariableId>> expand_mean(Builder& builder,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes) {
  const Node x(builder, inputs[0]);
  const DType input = x.type().dtype;
  const DType result = mean_dtype(attributes, input);
  Attributes summing = attributes;
  summing.erase("keepdims");
  if (attributes.count("dtype") == 0 && input == DType::float16) {
    summing.insert_or_assign("dtype", DType::float32);
  }
  const Node sum = x.call("sum", {}, summing);
  const DType sum_dtype = sum.type().dtype;
  const bool is_small = sum_dtype == DType::float16 || sum_dtype == DType::float32;
  const DType count_dtype = is_small ? DType::float32 : DType::float64;
  Node mean = sum / reduced_count(x, reduced_axes(attributes), 0, count_dtype);
  mean = mean.cast(result);
  if (attr_or(attributes, "keepdims", false)) mean = keep_axes(mean, x, attributes);
  return {{mean.id()}};
}

Node variance(const Node& x, const Attributes& attributes) {
  const Attributes axis = axis_only(attributes);
  Attributes wide = axis;
  wide.insert_or_assign("keepdims", true);
  const Node centered = x - x.call("mean", {}, wide);
  const int64_t ddof = attr_or<int64_t>(attributes, "ddof", 0);
  const auto axes = reduced_axes(attributes);
  const auto divided = [&](const Node& sum, bool twice) {
    const Node value = sum / reduced_count(x, axes, ddof, DType::int64);
    return twice ? value / reduced_count(x, axes, 0, DType::int64) : value;
  };
  Node result = ddof == 0 ? sqr(centered).call("mean", {}, axis)
                          : divided(sqr(centered).call("sum", {}, axis), false);
  if (attr_or(attributes, "corrected", false)) {
    const Node error = ddof == 0 ? sqr(centered.call("mean", {}, axis))
                                 : divided(sqr(centered.call("sum", {}, axis)), true);
    result = result - error;
  }
  if (attr_or(attributes, "keepdims", false)) result = keep_axes(result, x, attributes);
  return result;
}

std::optional<std::vector<VariableId>> expand_var(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return {{variance({builder, inputs[0]}, attributes).id()}};
}

std::optional<std::vector<VariableId>> expand_std(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return {{sqrt(variance({builder, inputs[0]}, attributes)).id()}};
}

}  // namespace

std::vector<OpDef> mean_ops() {
  OpDef mean;
  mean.name = "mean";
  mean.theano = "Sum, true_div";
  mean.doc = "The mean over axes; integers give float64.";
  mean.min_inputs = mean.max_inputs = 1;
  mean.attributes = reduction_attributes();
  mean.attributes.push_back(
      {"dtype", AttrKind::dtype, false, "the dtype of the sum and of the result"});
  mean.attributes.push_back(
      {"acc_dtype", AttrKind::dtype, false, "the dtype to add in, as in sum"});
  mean.infer = infer_mean;
  mean.expand = expand_mean;
  mean.examples = {
      {R"({"op": "mean", "inputs": ["x"]})", R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
      {R"({"op": "mean", "inputs": ["x"], "axis": 1, "keepdims": true})",
       R"({"x": {"dtype": "int32", "shape": [2, 3], "low": -9, "high": 9}})"},
      {R"({"op": "mean", "inputs": ["x"], "axis": 0})",
       R"({"x": {"dtype": "float16", "shape": [2, 3]}})"}};
  OpDef var;
  var.name = "var";
  var.theano = "Sum, true_div, sqr";
  var.doc = "The variance over axes: the mean square of the distance to the mean.";
  var.min_inputs = var.max_inputs = 1;
  var.attributes = variance_attributes();
  var.infer = infer_variance;
  var.expand = expand_var;
  var.examples = {{R"({"op": "var", "inputs": ["x"], "axis": 0})",
                   R"({"x": {"dtype": "float32", "shape": [4, 3]}})"},
                  {R"({"op": "var", "inputs": ["x"], "ddof": 1, "keepdims": true})",
                   R"({"x": {"dtype": "float64", "shape": [4, 3]}})"},
                  {R"({"op": "var", "inputs": ["x"], "axis": [1], "ddof": 1, "corrected": true})",
                   R"({"x": {"dtype": "float64", "shape": [4, 3]}})"}};
  OpDef std_op = var;
  std_op.name = "std";
  std_op.theano = "Sum, true_div, sqr, sqrt";
  std_op.doc = "The standard deviation over axes: the square root of var.";
  std_op.expand = expand_std;
  std_op.examples = {{R"({"op": "std", "inputs": ["x"], "axis": 1})",
                      R"({"x": {"dtype": "float32", "shape": [3, 4]}})"}};
  return {mean, var, std_op};
}

}  // namespace tgc
