// SPDX-License-Identifier: Apache-2.0
// mrg_uniform: the combined multiple recursive generator MRG31k3p (L'Ecuyer and Touzin 2000), with
// the numbers of Theano's MRG_RandomStreams. Sample k belongs to stream k mod n_streams; streams
// are independent, the samples of one follow each other. All integers fit in int64.
#include <array>

#include "graph/builder.h"
#include "ops/draws.h"
#include "ops/strided_copy.h"

namespace tgc {

bool check_mrg_state(InferContext& context) {
  const TensorType& state = context.type(0);
  const std::string wanted = "the state must be an int32 matrix of 6 columns";
  if (state.dtype != DType::int32 || state.rank() != 2) {
    return context.fail("bad-dtype", wanted, "inputs/0",
                        "a row a stream: a shared variable, updated with the first output");
  }
  if (!context.require_equal(state.shape[1], 6, wanted, "inputs/0")) return false;
  if (state.shape[0].is(0)) {
    return context.fail("shape-mismatch", "the state has no streams", "inputs/0",
                        "give it a row at least");
  }
  return true;
}

namespace {

constexpr int64_t kModulus1 = 2147483647;            // 2^31 - 1
constexpr int64_t kModulus2 = 2147462579;            // 2^31 - 21069
constexpr double kHalfNorm = 3.045797348022461e-05;  // the float16 of 3.0458e-05, below 2^-15
constexpr float kFloatNorm = 4.6566126e-10F;         // keeps 2^31 - 1 below 1 too
constexpr double kDoubleNorm = 1.0 / 2147483648.0;

const Shape& shape_of(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "shape");
}

bool infer(InferContext& context) {
  context.attributes.try_emplace("dtype", context.float_x);
  if (!check_mrg_state(context)) return false;
  const DType dtype = *find_attr<DType>(context.attributes, "dtype");
  if (!is_float(dtype)) {
    return context.fail("bad-dtype", "uniform samples are floats", "dtype",
                        "float16, float32 or float64");
  }
  for (const DimExpr& dim : shape_of(context.attributes)) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  context.output(DType::int32, {context.type(0).shape[0], DimExpr(6)});
  context.output(dtype, shape_of(context.attributes));
  return true;
}

// The primitive makes vectors.
std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const Shape& shape = shape_of(attributes);
  if (shape.size() == 1) return std::nullopt;
  Attributes flat = attributes;
  flat["shape"] = Shape{element_count(shape)};
  const ApplyId draw = builder.add("mrg_uniform", inputs, flat);
  const std::vector<VariableId> made = builder.graph().apply(draw).outputs;
  return {{made[0], builder.call("reshape", {made[1]}, {{"shape", shape}})}};
}

// ---- by the recurrences' definition

// Each half holds numbers below its modulus, not all 0: from 0 it would never move.
bool is_valid(const int32_t* x) {
  const auto is_half = [](const int32_t* half, int64_t modulus) {
    const auto fits = [modulus](int32_t value) { return 0 <= value && value < modulus; };
    return fits(half[0]) && fits(half[1]) && fits(half[2]) && (half[0] | half[1] | half[2]) != 0;
  };
  return is_half(x, kModulus1) && is_half(x + 3, kModulus2);
}

void eval(EvalContext& context) {
  const Tensor& before = *context.inputs[0];
  Tensor& state = context.make_output(0);
  Tensor& sample = context.make_output(1);
  for (int64_t row = 0; row < before.dims()[0]; ++row) {
    if (is_valid(before.data<int32_t>() + row * 6)) continue;
    context.failure = bad_state_text(row);
    return;
  }
  for (int64_t i = 0; i < before.size(); ++i) state.set_int(i, before.get_int(i));
  for (int64_t k = 0; k < sample.size(); ++k) {
    int32_t* x = state.data<int32_t>() + k % before.dims()[0] * 6;
    const int64_t first = ((int64_t{x[1]} << 22) + int64_t{x[2]} * 129) % kModulus1;
    const int64_t second = ((int64_t{x[3]} << 15) + int64_t{x[5]} * 32769) % kModulus2;
    for (const int last : {2, 5}) {
      x[last] = x[last - 1];
      x[last - 1] = x[last - 2];
    }
    x[0] = static_cast<int32_t>(first);
    x[3] = static_cast<int32_t>(second);
    const int64_t z = first <= second ? first - second + kModulus1 : first - second;
    switch (sample.dtype()) {
      case DType::float16:
        sample.set_double(k, static_cast<double>(z % 32768 + 1) * kHalfNorm);
        break;
      case DType::float32:
        sample.set_double(k, double{static_cast<float>(z) * kFloatNorm});
        break;
      default:
        sample.set_double(k, static_cast<double>(z) * kDoubleNorm);
    }
  }
}

// ---- by shifts: a power of two times x, modulo 2^31 - c, needs no division

ExprRef number(int64_t value) {
  return integer_constant(DType::int64, value);
}
ExprRef plus(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::add, {a, b});
}
ExprRef minus(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::sub, {a, b});
}
ExprRef times(const ExprRef& a, int64_t b) {
  return call(ScalarOp::mul, {a, number(b)});
}
ExprRef high_part(const ExprRef& x, int bits) {
  return call(ScalarOp::int_div, {x, number(int64_t{1} << bits)});
}
ExprRef low_part(const ExprRef& x, int bits) {
  return call(ScalarOp::and_, {x, number((int64_t{1} << bits) - 1)});
}

class Step {
 public:
  Step(KernelBuilder& kernel, Body& body) : kernel_(kernel), body_(body) {}

  ExprRef let(const ExprRef& value) {
    const LocalId local = kernel_.local(value->dtype);
    body_.push_back({Let{local, value}});
    return kernel_.use(local);
  }
  // sum mod modulus, for sums below twice the modulus
  ExprRef reduced(const ExprRef& sum, int64_t modulus) {
    const ExprRef value = let(sum);
    return let(
        call(ScalarOp::switch_,
             {call(ScalarOp::lt, {value, number(modulus)}), value, minus(value, number(modulus))},
             DType::int64));
  }
  // 2^22 x2 + (2^7 + 1) x3
  ExprRef first(const ExprRef& x2, const ExprRef& x3) {
    const ExprRef a = plus(times(low_part(x2, 9), int64_t{1} << 22), high_part(x2, 9));
    const ExprRef b = plus(times(low_part(x3, 24), int64_t{1} << 7), high_part(x3, 24));
    return reduced(plus(reduced(plus(a, b), kModulus1), x3), kModulus1);
  }
  // 2^15 x1 + (2^15 + 1) x3
  ExprRef second(const ExprRef& x1, const ExprRef& x3) {
    const auto shifted = [&](const ExprRef& x) {
      const ExprRef low = times(low_part(x, 16), int64_t{1} << 15);
      return reduced(plus(low, times(high_part(x, 16), 21069)), kModulus2);
    };
    const ExprRef b = reduced(plus(shifted(x3), x3), kModulus2);
    return reduced(plus(b, shifted(x1)), kModulus2);
  }
  // Their difference, from 1 to 2^31 - 1, as a sample.
  ExprRef sample(const ExprRef& first, const ExprRef& second, DType dtype) {
    const ExprRef difference = let(minus(first, second));
    const ExprRef wrapped = plus(difference, number(kModulus1));
    const ExprRef z =
        let(call(ScalarOp::switch_, {call(ScalarOp::le, {first, second}), wrapped, difference},
                 DType::int64));
    if (dtype == DType::float16) {
      const ExprRef kept = cast(plus(low_part(z, 15), number(1)), DType::float64);
      return cast(call(ScalarOp::mul, {kept, constant(DType::float64, kHalfNorm)}), dtype);
    }
    const double norm = dtype == DType::float32 ? double{kFloatNorm} : kDoubleNorm;
    return call(ScalarOp::mul, {cast(z, dtype), constant(dtype, norm)});
  }

 private:
  KernelBuilder& kernel_;
  Body& body_;
};

ExprRef is_valid(const std::array<ExprRef, 3>& half, int64_t modulus) {
  ExprRef any = half[0];
  for (size_t i = 1; i < 3; ++i) any = call(ScalarOp::or_, {any, half[i]});
  ExprRef ok = call(ScalarOp::neq, {any, number(0)});
  for (const ExprRef& x : half) {
    ok = call(ScalarOp::and_, {ok, call(ScalarOp::ge, {x, number(0)})});
    ok = call(ScalarOp::and_, {ok, call(ScalarOp::lt, {x, number(modulus)})});
  }
  return ok;
}

void lower(LowerContext& context) {
  KernelBuilder kernel = context.kernel();
  const DimExpr streams = context.inputs[0].shape[0];
  const DimExpr count = context.outputs[1].shape[0];
  const IndexExpr stream = kernel.outer(streams);
  std::array<ExprRef, 6> before;
  for (size_t i = 0; i < 6; ++i) {
    const IndexExpr column(static_cast<int64_t>(i));
    before[i] = kernel.let(cast(kernel.load(input_ref(0), {stream, column}), DType::int64));
  }
  const ExprRef ok = call(ScalarOp::and_, {is_valid({before[0], before[1], before[2]}, kModulus1),
                                           is_valid({before[3], before[4], before[5]}, kModulus2)});
  kernel.append({Check{ok, kFailRandomState, to_expr(stream)}});
  std::array<LocalId, 6> x;
  for (LocalId& local : x) local = kernel.local(DType::int64);
  const Loop draws = kernel.loop(DimExpr::ceil_div(count, streams));
  const IndexExpr at = IndexExpr(draws.index) * streams + stream;

  Body body;
  Step step(kernel, body);
  const ExprRef first = step.first(kernel.use(x[1]), kernel.use(x[2]));
  const ExprRef second = step.second(kernel.use(x[3]), kernel.use(x[5]));
  const ExprRef value = step.sample(first, second, context.outputs[1].dtype);
  const ExprRef is_due = step.let(call(ScalarOp::lt, {to_expr(at), dim_value(count)}));
  Body write{kernel.store(output_ref(1), {at}, value)};
  body.push_back({If{is_due, std::make_shared<const Body>(std::move(write))}});

  const std::array<ExprRef, 6> next{first,  kernel.use(x[0]), kernel.use(x[1]),
                                    second, kernel.use(x[3]), kernel.use(x[4])};
  std::vector<Carried> carried;
  for (size_t i = 0; i < x.size(); ++i) {
    carried.push_back({x[i], before[i],
                       call(ScalarOp::switch_, {is_due, next[i], kernel.use(x[i])}, DType::int64)});
  }
  kernel.append({Serial{draws, carried, std::make_shared<const Body>(std::move(body))}});
  for (size_t i = 0; i < x.size(); ++i) {
    const IndexExpr column(static_cast<int64_t>(i));
    kernel.append(kernel.store(output_ref(0), {stream, column}, kernel.use(x[i])));
  }
  context.add(kernel.finish());
}

}  // namespace

OpDef mrg_uniform_op() {
  OpDef op;
  op.name = "mrg_uniform";
  op.theano = "mrg_uniform";
  op.doc =
      "Uniform samples between 0 and 1, both excluded, with the numbers of Theano's "
      "MRG_RandomStreams. Its results are the new state, with which the shared variable that holds "
      "the state (a row a stream) is updated, and the sample.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the sample"},
                   {"dtype", AttrKind::dtype, false, "default: floatX"}};
  op.infer = infer;
  op.no_grad = "a draw does not depend smoothly on its state";
  op.eval = eval;
  op.lower = lower;
  op.expand = expand;
  constexpr std::string_view kStates = R"({"state": {"dtype": "int32", "shape": [3, 6], "value":
      [[12345, 12345, 12345, 12345, 12345, 12345],
       [2147483646, 2147483646, 2147483646, 2147462578, 2147462578, 2147462578],
       [0, 0, 1, 0, 0, 1]]}})";
  op.examples = {
      {R"({"op": "mrg_uniform", "inputs": ["state"], "shape": [11], "dtype": "float32",
           "outputs": ["next", "sample"]})",
       kStates},
      {R"({"op": "mrg_uniform", "inputs": ["state"], "shape": [2, 5, 3], "dtype": "float64",
           "outputs": ["next", "sample"]})",
       kStates},
      {R"({"op": "mrg_uniform", "inputs": ["state"], "shape": [40], "dtype": "float16",
           "outputs": ["next", "sample"]})",
       kStates},
      {R"({"op": "mrg_uniform", "inputs": ["state"], "shape": [0], "dtype": "float32",
           "outputs": ["next", "sample"]})",
       kStates}};
  return op;
}

}  // namespace tgc
