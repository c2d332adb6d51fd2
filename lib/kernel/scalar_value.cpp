// SPDX-License-Identifier: Apache-2.0
// See scalar_value.h. Floats go through double, integers through int64 (uint64 through its bits).
#include "kernel/scalar_value.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "kernel/special_value.h"
#include "support/check.h"

namespace tgc {
namespace {

double rounded(DType dtype, double value) {
  return real_dtype(dtype) == DType::float64 ? value
                                             : static_cast<double>(static_cast<float>(value));
}

int64_t wrapped(DType dtype, int64_t value) {
  if (dtype == DType::boolean) return value != 0 ? 1 : 0;
  return visit_dtype(dtype, [&](auto sample) {
    return static_cast<int64_t>(static_cast<decltype(sample)>(value));
  });
}

// Out of range gives the nearest value, NaN 0: harmless, as Kernel IR asks.
int64_t truncated(DType dtype, double value) {
  if (dtype == DType::boolean) return value != 0 ? 1 : 0;
  if (std::isnan(value)) return 0;
  if (dtype == DType::uint64) {
    if (value <= 0) return 0;
    if (value >= 0x1p64) return -1;
    return std::bit_cast<int64_t>(static_cast<uint64_t>(value));
  }
  if (value >= 0x1p63) return wrapped(dtype, std::numeric_limits<int64_t>::max());
  if (value <= -0x1p63) return wrapped(dtype, std::numeric_limits<int64_t>::min());
  return wrapped(dtype, static_cast<int64_t>(value));
}

// Theano's piecewise approximation of the logistic function.
double ultra_fast_sigmoid(double x) {
  const double half = 0.5 * std::abs(x);
  double z = 0.99505475368673;
  if (half < 1.7) {
    z = 1.5 * half / (1 + half);
  } else if (half < 3) {
    z = 0.935409070603099 + 0.0458812946797165 * (half - 1.7);
  }
  return 0.5 * ((x >= 0 ? z : -z) + 1);
}

double sign_of(double x) {
  if (std::isnan(x)) return x;
  return x > 0 ? 1 : (x < 0 ? -1 : 0);
}

double modulo(double x, double y) {
  double r = std::fmod(x, y);
  if (r != 0 && (r < 0) != (y < 0)) r += y;
  return r != 0 ? r : std::copysign(0.0, y);
}

// The floor of the exact quotient, also where x / y rounds up to the next integer.
double floor_quotient(double x, double y) {
  if (y == 0 || !std::isfinite(x) || !std::isfinite(y)) return std::floor(x / y);
  return std::round((x - modulo(x, y)) / y);
}

double real_unary(ScalarOp op, double x) {
  switch (op) {
    case ScalarOp::neg:
      return -x;
    case ScalarOp::abs:
      return std::abs(x);
    case ScalarOp::sgn:
      return sign_of(x);
    case ScalarOp::inv:
      return 1 / x;
    case ScalarOp::sqr:
      return x * x;
    case ScalarOp::sqrt:
      return std::sqrt(x);
    case ScalarOp::exp:
      return std::exp(x);
    case ScalarOp::exp2:
      return std::exp2(x);
    case ScalarOp::expm1:
      return std::expm1(x);
    case ScalarOp::log:
      return std::log(x);
    case ScalarOp::log2:
      return std::log2(x);
    case ScalarOp::log10:
      return std::log10(x);
    case ScalarOp::log1p:
      return std::log1p(x);
    case ScalarOp::ceil:
      return std::ceil(x);
    case ScalarOp::floor:
      return std::floor(x);
    case ScalarOp::trunc:
      return std::trunc(x);
    case ScalarOp::round_half_to_even:
      return std::nearbyint(x);
    case ScalarOp::round_half_away_from_zero:
      return std::round(x);
    case ScalarOp::deg2rad:
      return x * (std::numbers::pi / 180);
    case ScalarOp::rad2deg:
      return x * (180 / std::numbers::pi);
    case ScalarOp::sin:
      return std::sin(x);
    case ScalarOp::cos:
      return std::cos(x);
    case ScalarOp::tan:
      return std::tan(x);
    case ScalarOp::arcsin:
      return std::asin(x);
    case ScalarOp::arccos:
      return std::acos(x);
    case ScalarOp::arctan:
      return std::atan(x);
    case ScalarOp::sinh:
      return std::sinh(x);
    case ScalarOp::cosh:
      return std::cosh(x);
    case ScalarOp::tanh:
      return std::tanh(x);
    case ScalarOp::arcsinh:
      return std::asinh(x);
    case ScalarOp::arccosh:
      return std::acosh(x);
    case ScalarOp::arctanh:
      return std::atanh(x);
    case ScalarOp::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ScalarOp::softplus:
      return std::fmax(x, 0) + std::log1p(std::exp(-std::abs(x)));
    case ScalarOp::ultra_fast_sigmoid:
      return ultra_fast_sigmoid(x);
    case ScalarOp::hard_sigmoid:
      return 0.2 * x + 0.5 < 0 ? 0 : (0.2 * x + 0.5 > 1 ? 1 : 0.2 * x + 0.5);
    case ScalarOp::softsign:
      return x / (1 + std::abs(x));
    case ScalarOp::xlogx:
      return x == 0 ? 0 : x * std::log(x);
    default:
      break;
  }
  throw InternalError("no real unary " + std::string(scalar_op_name(op)));
}

double real_nary(ScalarOp op, const std::vector<double>& a) {
  switch (op) {
    case ScalarOp::add:
      return a[0] + a[1];
    case ScalarOp::sub:
      return a[0] - a[1];
    case ScalarOp::mul:
      return a[0] * a[1];
    case ScalarOp::true_div:
      return a[0] / a[1];
    case ScalarOp::int_div:
      return floor_quotient(a[0], a[1]);
    case ScalarOp::mod:
      return modulo(a[0], a[1]);
    case ScalarOp::pow:
      return std::pow(a[0], a[1]);
    case ScalarOp::maximum:
      return std::isnan(a[0]) || a[0] > a[1] ? a[0] : a[1];
    case ScalarOp::minimum:
      return std::isnan(a[0]) || a[0] < a[1] ? a[0] : a[1];
    case ScalarOp::clip:
      return a[0] < a[1] ? a[1] : (a[0] > a[2] ? a[2] : a[0]);
    case ScalarOp::arctan2:
      return std::atan2(a[0], a[1]);
    case ScalarOp::hypot:
      return std::hypot(a[0], a[1]);
    case ScalarOp::xlogy0:
      return a[0] == 0 ? 0 : a[0] * std::log(a[1]);
    default:
      break;
  }
  throw InternalError("no real " + std::string(scalar_op_name(op)));
}

template <class T>
bool compare(ScalarOp op, T a, T b) {
  switch (op) {
    case ScalarOp::eq:
      return a == b;
    case ScalarOp::neq:
      return a != b;
    case ScalarOp::lt:
      return a < b;
    case ScalarOp::le:
      return a <= b;
    case ScalarOp::gt:
      return a > b;
    case ScalarOp::ge:
      return a >= b;
    default:
      break;
  }
  throw InternalError("no comparison " + std::string(scalar_op_name(op)));
}

bool is_comparison(ScalarOp op) {
  return op >= ScalarOp::eq && op <= ScalarOp::ge;
}

template <class T>  // int64_t or uint64_t
T floor_division(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<uint64_t>(a));
    const T q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
  } else {
    return a / b;
  }
}

template <class T>
T integer_power(T base, T exponent) {
  if constexpr (std::is_signed_v<T>) {
    if (exponent < 0) {
      if (base == 1) return 1;
      return base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
    }
  }
  uint64_t product = 1;
  auto factor = static_cast<uint64_t>(base);
  for (auto left = static_cast<uint64_t>(exponent); left != 0; left >>= 1) {
    if ((left & 1) != 0) product *= factor;
    factor *= factor;
  }
  return static_cast<T>(product);
}

// In two's complement the ring operations are the same for both T.
template <class T>
T integer_op(ScalarOp op, const std::vector<T>& a) {
  const auto bits = [&](size_t i) { return static_cast<uint64_t>(a[i]); };
  switch (op) {
    case ScalarOp::add:
      return static_cast<T>(bits(0) + bits(1));
    case ScalarOp::sub:
      return static_cast<T>(bits(0) - bits(1));
    case ScalarOp::mul:
      return static_cast<T>(bits(0) * bits(1));
    case ScalarOp::int_div:
      return floor_division(a[0], a[1]);
    case ScalarOp::mod:
      return a[1] == 0 ? T{0}
                       : static_cast<T>(
                             bits(0) - static_cast<uint64_t>(floor_division(a[0], a[1])) * bits(1));
    case ScalarOp::pow:
      return integer_power(a[0], a[1]);
    case ScalarOp::maximum:
      return std::max(a[0], a[1]);
    case ScalarOp::minimum:
      return std::min(a[0], a[1]);
    case ScalarOp::clip:
      return a[0] < a[1] ? a[1] : (a[0] > a[2] ? a[2] : a[0]);
    case ScalarOp::and_:
      return static_cast<T>(bits(0) & bits(1));
    case ScalarOp::or_:
      return static_cast<T>(bits(0) | bits(1));
    case ScalarOp::xor_:
      return static_cast<T>(bits(0) ^ bits(1));
    case ScalarOp::invert:
      return static_cast<T>(~bits(0));
    case ScalarOp::neg:
      return static_cast<T>(0 - bits(0));
    case ScalarOp::abs:
      return a[0] < 0 ? static_cast<T>(0 - bits(0)) : a[0];
    case ScalarOp::sgn:
      return static_cast<T>(a[0] > 0 ? 1 : (a[0] < 0 ? -1 : 0));
    case ScalarOp::sqr:
      return static_cast<T>(bits(0) * bits(0));
    default:
      break;
  }
  throw InternalError("no integer " + std::string(scalar_op_name(op)));
}

ScalarValue test_value(ScalarOp op, const std::vector<ScalarValue>& args) {
  const ScalarValue& a = args[0];
  bool truth = false;
  if (op == ScalarOp::isnan || op == ScalarOp::isinf) {
    truth = is_float(a.dtype) && (op == ScalarOp::isnan ? std::isnan(a.real) : std::isinf(a.real));
  } else if (is_float(a.dtype)) {
    truth = compare(op, a.real, args[1].real);
  } else if (a.dtype == DType::uint64) {
    truth = compare(op, static_cast<uint64_t>(a.integer), static_cast<uint64_t>(args[1].integer));
  } else {
    truth = compare(op, a.integer, args[1].integer);
  }
  return scalar_value_int(DType::boolean, truth ? 1 : 0);
}

ScalarValue integer_value(ScalarOp op, const std::vector<ScalarValue>& args, DType result) {
  if (result == DType::boolean && op == ScalarOp::invert) {
    return scalar_value_int(result, args[0].integer == 0 ? 1 : 0);
  }
  if (result == DType::uint64) {
    std::vector<uint64_t> bits;
    for (const ScalarValue& arg : args) bits.push_back(static_cast<uint64_t>(arg.integer));
    return scalar_value_int(result, static_cast<int64_t>(integer_op(op, bits)));
  }
  std::vector<int64_t> integers;
  for (const ScalarValue& arg : args) integers.push_back(arg.integer);
  return scalar_value_int(result, integer_op(op, integers));
}

struct ExprValue {
  const Expr& expr;
  const std::vector<ScalarValue>& locals;

  ScalarValue operator()(const Constant& value) const {
    return {expr.dtype, value.real, value.integer};
  }
  ScalarValue operator()(const DimValue&) const { throw InternalError("dim in a plain value"); }
  ScalarValue operator()(const IndexValue&) const { throw InternalError("index in a plain value"); }
  ScalarValue operator()(const LocalValue& value) const { return locals.at(value.local.index()); }
  ScalarValue operator()(const Load&) const { throw InternalError("load in a plain value"); }
  ScalarValue operator()(const Call& call) const {
    if (call.op == ScalarOp::switch_) {
      const bool first = evaluate(call.args[0], locals).is_true();
      return evaluate(call.args[first ? 1 : 2], locals);
    }
    std::vector<ScalarValue> args;
    for (const ExprRef& arg : call.args) args.push_back(evaluate(arg, locals));
    return evaluate(call.op, args, expr.dtype);
  }
  ScalarValue operator()(const Cast& node) const {
    return cast(evaluate(node.arg, locals), expr.dtype);
  }
};

}  // namespace

double ScalarValue::as_double() const {
  if (is_continuous(dtype)) return real;
  if (dtype == DType::uint64) return static_cast<double>(static_cast<uint64_t>(integer));
  return static_cast<double>(integer);
}

bool ScalarValue::is_true() const {
  return is_discrete(dtype) ? integer != 0 : real != 0 || imaginary != 0;
}

ScalarValue scalar_value(DType dtype, double value) {
  if (is_continuous(dtype)) return {dtype, rounded(dtype, value), 0};
  return {dtype, 0, truncated(dtype, value)};
}

ScalarValue scalar_value_int(DType dtype, int64_t value) {
  TGC_CHECK(is_discrete(dtype), "integer value of a float dtype");
  return {dtype, 0, wrapped(dtype, value)};
}

ScalarValue element(const Tensor& tensor, int64_t index) {
  if (is_complex(tensor.dtype())) {
    const std::complex<double> value = tensor.get_complex(index);
    return {tensor.dtype(), value.real(), 0, value.imag()};
  }
  if (is_float(tensor.dtype())) return {tensor.dtype(), tensor.get_double(index), 0};
  return {tensor.dtype(), 0, tensor.get_int(index)};
}

void set_element(Tensor& tensor, int64_t index, const ScalarValue& value) {
  const ScalarValue fitting = cast(value, tensor.dtype());
  if (is_complex(fitting.dtype)) {
    tensor.set_complex(index, {fitting.real, fitting.imaginary});
  } else if (is_float(fitting.dtype)) {
    tensor.set_double(index, fitting.real);
  } else {
    tensor.set_int(index, fitting.integer);
  }
}

ScalarValue cast(const ScalarValue& value, DType dtype) {
  if (value.dtype == dtype) return value;
  if (is_discrete(dtype)) {
    return {
        dtype, 0,
        is_continuous(value.dtype) ? truncated(dtype, value.real) : wrapped(dtype, value.integer)};
  }
  const double real = value.as_double();
  if (is_complex(dtype)) {
    return {dtype, rounded(dtype, real), 0, rounded(dtype, value.imaginary)};
  }
  if (dtype == DType::float16)
    return {dtype, half_to_float(float_to_half(static_cast<float>(real))), 0};
  return {dtype, rounded(dtype, real), 0};
}

ScalarValue evaluate(ScalarOp op, const std::vector<ScalarValue>& args, DType result) {
  if (op == ScalarOp::switch_) return args[0].is_true() ? args[1] : args[2];
  if (is_comparison(op) || op == ScalarOp::isnan || op == ScalarOp::isinf) {
    return test_value(op, args);
  }
  if (op == ScalarOp::complex) {
    return {result, rounded(result, args[0].real), 0, rounded(result, args[1].real)};
  }
  if (op == ScalarOp::real) return {result, args[0].real, 0};
  if (op == ScalarOp::imag) return {result, args[0].imaginary, 0};
  if (is_discrete(result)) return integer_value(op, args, result);
  std::vector<double> reals;
  for (const ScalarValue& arg : args) reals.push_back(arg.real);
  if (is_special(op)) return {result, rounded(result, special_value(op, reals)), 0};
  const double value = reals.size() == 1 ? real_unary(op, reals[0]) : real_nary(op, reals);
  return {result, rounded(result, value), 0};
}

ScalarValue evaluate(const ExprRef& expr, const std::vector<ScalarValue>& locals) {
  return std::visit(ExprValue{*expr, locals}, expr->node);
}

}  // namespace tgc
