// SPDX-License-Identifier: Apache-2.0
// cast: the values in another dtype. Floats become integers by cutting off the fraction.
#include "ops/complex_parts.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

DType target_dtype(const Attributes& attributes) {
  return *find_attr<DType>(attributes, "dtype");
}

bool infer_cast(InferContext& context) {
  const DType dtype = target_dtype(context.attributes);
  const DType from = context.type(0).dtype;
  if (is_complex(from) && !is_complex(dtype)) {
    return context.fail("bad-dtype",
                        "from " + std::string(dtype_name(from)) + " to " +
                            std::string(dtype_name(dtype)) + " is ambiguous",
                        "dtype", "real, imag, angle and abs_ give real numbers");
  }
  // `identity` has no arithmetic: add of one input keeps known values.
  return infer_broadcast(context, dtype, ScalarOp::add);
}

// Complex numbers are cast by their parts; a cast to the same dtype is a copy.
std::optional<std::vector<VariableId>> expand_cast(Builder& builder,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes) {
  const DType dtype = target_dtype(attributes);
  if (!is_complex(dtype)) return std::nullopt;
  const Parts z = parts_of(builder, inputs[0]);
  const DType part = real_dtype(dtype);
  return {{joined({z.re.cast(part), z.im.cast(part)}).id()}};
}

ExprRef cast_scalar(const Apply& apply, const std::vector<ExprRef>& args, DType) {
  return cast(args[0], target_dtype(apply.attributes));
}

Node d_cast(const Node& g, const Node& x, const Node&) {
  return g.cast(x.type().dtype);
}

}  // namespace

OpDef cast_op() {
  OpDef def;
  def.name = "cast";
  def.theano = "Elemwise{Cast}";
  def.doc = "x converted to another dtype; floats lose their fraction, bool is x != 0.";
  def.min_inputs = def.max_inputs = 1;
  def.attributes = {{"dtype", AttrKind::dtype, true, "the new dtype"}};
  def.infer = infer_cast;
  def.grad = grad_unary<d_cast>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = cast_scalar;
  def.expand = expand_cast;
  def.accepts_complex = true;
  def.examples = {{R"({"op": "cast", "inputs": ["x"], "dtype": "float64"})",
                   R"({"x": {"dtype": "float32", "shape": [3, 4]}})"},
                  {R"({"op": "cast", "inputs": ["x"], "dtype": "int32"})",
                   R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -9, "high": 9}})"},
                  {R"({"op": "cast", "inputs": ["x"], "dtype": "float16"})",
                   R"({"x": {"dtype": "int64", "shape": [], "low": 0, "high": 9}})"}};
  return def;
}

}  // namespace tgc
