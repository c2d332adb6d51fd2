// SPDX-License-Identifier: Apache-2.0
// Making complex numbers of two parts and taking them apart. The gradient of a real cost with
// respect to a complex z = x + iy is dcost/dx + i dcost/dy.
#include "ops/complex_parts.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

using Ids = std::vector<VariableId>;
using Expansion = std::optional<Ids>;

std::optional<DType> of_parts(const std::vector<DType>& inputs, DType float_x) {
  const DType dtype = *upcast(inputs, float_x);
  if (is_complex(dtype)) return std::nullopt;
  return complex_dtype(dtype);
}
std::optional<DType> part_dtype(const std::vector<DType>& inputs, DType) {
  return real_dtype(inputs.at(0));
}
std::optional<DType> no_bool(const std::vector<DType>& inputs, DType) {
  return inputs.at(0) == DType::boolean ? DType::int8 : inputs.at(0);
}
std::optional<DType> to_float64(const std::vector<DType>&, DType) {
  return DType::float64;
}

ExprRef complex_scalar(const Apply&, const std::vector<ExprRef>& args, DType result) {
  const DType part = real_dtype(result);
  return call(ScalarOp::complex, {cast(args[0], part), cast(args[1], part)}, result);
}
template <ScalarOp op>
ExprRef part_scalar(const Apply&, const std::vector<ExprRef>& args, DType) {
  return call(op, args);
}

Node d_complex(const Node& g, const std::vector<Node>&, const Node&, size_t of) {
  return g.call(of == 0 ? "real" : "imag");
}
Node d_real(const Node& g, const Node&, const Node&) {
  return g.call("complex", {g.number(0)});
}
Node d_imag(const Node& g, const Node&, const Node&) {
  return g.number(0).call("complex", {g});
}
// At 0 the gradient is 0.
Node d_hypot(const Node& g, const std::vector<Node>& x, const Node& y, size_t of) {
  const Node is_zero = eq(y, y.number(0));
  return g * x[of] / where(is_zero, y.number(1), y);
}

// What is already at hand needs no op: the part of a number just made, and of a constant.
Expansion expand_part(Builder& builder, VariableId z, size_t part) {
  Graph& graph = builder.graph();
  const TensorType type = graph.type(z);
  const DType dtype = real_dtype(type.dtype);
  if (!is_complex(type.dtype)) return {{part == 0 ? z : builder.zeros_like(z)}};
  const Apply* owner = graph.owner(z);
  if (owner != nullptr && owner->op->name == "complex") {
    return {{builder.alloc(builder.cast(owner->inputs[part], dtype), type.shape)}};
  }
  if (const auto value = graph.variable(z).constant) {
    Tensor own(dtype, value->dims());
    for (int64_t i = 0; i < own.size(); ++i) {
      const std::complex<double> element = value->get_complex(i);
      own.set_double(i, part == 0 ? element.real() : element.imag());
    }
    return {{graph.add_constant(std::make_shared<const Tensor>(std::move(own)))}};
  }
  return std::nullopt;
}
Expansion expand_real(Builder& builder, const Ids& inputs, const Attributes&) {
  return expand_part(builder, inputs[0], 0);
}
Expansion expand_imag(Builder& builder, const Ids& inputs, const Attributes&) {
  return expand_part(builder, inputs[0], 1);
}
Expansion expand_conj(Builder& builder, const Ids& inputs, const Attributes&) {
  const Node x(builder, inputs[0]);
  if (!is_complex(x.type().dtype)) {
    return {{(x.type().dtype == DType::boolean ? x.cast(DType::int8) : x.call("identity")).id()}};
  }
  const Parts z = parts_of(builder, inputs[0]);
  return {{joined({z.re, -z.im}).id()}};
}
Expansion expand_angle(Builder& builder, const Ids& inputs, const Attributes&) {
  const Parts z = parts_of(builder, inputs[0]);
  return {{z.im.cast(DType::float64).call("arctan2", {z.re.cast(DType::float64)}).id()}};
}
Expansion expand_polar(Builder& builder, const Ids& inputs, const Attributes&) {
  Node radius(builder, inputs[0]), turn(builder, inputs[1]);
  const DType dtype = real_dtype(*of_parts({radius.type().dtype, turn.type().dtype}, {}));
  radius = radius.cast(dtype);
  turn = turn.cast(dtype);
  return {{joined({radius * cos(turn), radius * sin(turn)}).id()}};
}

template <ResultRule rule>
bool infer(InferContext& context) {
  std::vector<DType> dtypes;
  for (const Variable* input : context.inputs) dtypes.push_back(input->type.dtype);
  return infer_broadcast(context, rule(dtypes, context.float_x), std::nullopt);
}

template <ResultRule rule>
OpDef complex_op(std::string_view name, std::string_view theano, int inputs, std::string_view doc) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = inputs;
  def.infer = infer<rule>;
  def.accepts_complex = true;
  return def;
}

void make_elementwise(OpDef& def, decltype(OpDef::scalar) scalar) {
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = scalar;
}

constexpr std::string_view kComplex = R"({"z": {"dtype": "complex64", "shape": [3, 4]}})";
constexpr std::string_view kWide = R"({"z": {"dtype": "complex128", "shape": [5]}})";
constexpr std::string_view kPair =
    R"({"x": {"dtype": "float32", "shape": [3, 1]}, "y": {"dtype": "float32", "shape": [4]}})";

}  // namespace

std::vector<OpDef> complex_ops() {
  OpDef make = complex_op<of_parts>("complex", "Elemwise{complex}", 2,
                                    "The complex number x + iy; complex64 for float32 and narrower "
                                    "parts, else complex128.");
  make_elementwise(make, complex_scalar);
  make.grad = grad_nary<d_complex>;
  make.examples = {{R"({"op": "complex", "inputs": ["x", "y"]})", kPair},
                   {R"({"op": "complex", "inputs": ["x", "y"]})",
                    R"({"x": {"dtype": "int32", "shape": [7]},
                        "y": {"dtype": "float64", "shape": []}})"}};
  OpDef real = complex_op<part_dtype>("real", "Elemwise{real}", 1,
                                      "The real part; a real number is its own.");
  make_elementwise(real, part_scalar<ScalarOp::real>);
  real.grad = grad_unary<d_real>;
  real.expand = expand_real;
  real.examples = {{R"({"op": "real", "inputs": ["z"]})", kComplex},
                   {R"({"op": "real", "inputs": ["z"]})", kWide}};
  OpDef imag = complex_op<part_dtype>("imag", "Elemwise{imag}", 1,
                                      "The imaginary part, 0 for a real number.");
  make_elementwise(imag, part_scalar<ScalarOp::imag>);
  imag.grad = grad_unary<d_imag>;
  imag.expand = expand_imag;
  imag.examples = {{R"({"op": "imag", "inputs": ["z"]})", kComplex},
                   {R"({"op": "imag", "inputs": ["z"]})", kWide}};
  OpDef conj = complex_op<no_bool>("conj", "Elemwise{conj}", 1, "x - iy for x + iy.");
  conj.expand = expand_conj;
  conj.examples = {
      {R"({"op": "conj", "inputs": ["z"]})", kComplex},
      {R"({"op": "conj", "inputs": ["x"]})", R"({"x": {"dtype": "float32", "shape": [3]}})"}};
  OpDef angle = complex_op<to_float64>(
      "angle", "Elemwise{angle}", 1,
      "The angle of x + iy in (-pi, pi], as float64: 0 or pi for a real number.");
  angle.expand = expand_angle;
  angle.examples = {{R"({"op": "angle", "inputs": ["z"]})", kComplex},
                    {R"({"op": "angle", "inputs": ["x"]})",
                     R"({"x": {"dtype": "float32", "shape": [5], "low": -2, "high": 2}})"}};
  OpDef polar = complex_op<of_parts>("complex_from_polar", "Elemwise{complex_from_polar}", 2,
                                     "The complex number of a length and an angle.");
  polar.expand = expand_polar;
  polar.examples = {{R"({"op": "complex_from_polar", "inputs": ["x", "y"]})", kPair}};
  OpDef length = complex_op<upgrade>("hypot", "hypot", 2,
                                     "sqrt(x^2 + y^2) without overflow; the length of x + iy.");
  length.accepts_complex = false;
  make_elementwise(length, scalar_call<ScalarOp::hypot>);
  length.grad = grad_nary<d_hypot>;
  length.examples = {{R"({"op": "hypot", "inputs": ["x", "y"]})", kPair}};
  return {make, real, imag, conj, angle, polar, length};
}

}  // namespace tgc
