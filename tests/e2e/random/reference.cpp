// SPDX-License-Identifier: Apache-2.0
// See reference.h.
#include "e2e/random/reference.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "e2e/random/random.h"
#include "graph/graph_symbols.h"
#include "graph/op_def.h"
#include "interp/bindings.h"
#include "support/check.h"

namespace tgc {
namespace {

// How many units in the last place, as the noise has them grow, a result may be off.
constexpr double kFactor = 64;

// Ops whose results are elements of their operands or truths about them.
const std::set<std::string_view> kExact = {"abs_",
                                           "advanced_set_subtensor",
                                           "advanced_set_subtensor1",
                                           "advanced_subtensor",
                                           "advanced_subtensor1",
                                           "all",
                                           "alloc",
                                           "any",
                                           "arange",
                                           "argmax",
                                           "argmin",
                                           "cast",
                                           "ceil",
                                           "clip",
                                           "dim",
                                           "dimshuffle",
                                           "eq",
                                           "eye",
                                           "fill",
                                           "flatten",
                                           "floor",
                                           "ge",
                                           "gt",
                                           "identity",
                                           "ifelse",
                                           "isinf",
                                           "isnan",
                                           "join",
                                           "le",
                                           "lt",
                                           "max",
                                           "max_and_argmax",
                                           "maximum",
                                           "min",
                                           "minimum",
                                           "neg",
                                           "neq",
                                           "ones",
                                           "ones_like",
                                           "reshape",
                                           "round_half_away_from_zero",
                                           "round_half_to_even",
                                           "scan",
                                           "set_subtensor",
                                           "sgn",
                                           "shape",
                                           "shape_i",
                                           "split",
                                           "squeeze",
                                           "stack",
                                           "subtensor",
                                           "switch",
                                           "take",
                                           "transpose",
                                           "trunc",
                                           "zeros",
                                           "zeros_like"};

double unit_in_last_place(DType dtype, double value) {
  const int digits = dtype == DType::float64 ? 52 : dtype == DType::float32 ? 23 : 10;
  const int lowest = dtype == DType::float64 ? -1022 : dtype == DType::float32 ? -126 : -14;
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::max(exponent - 1, lowest) - digits);
}

bool is_wild(const Tensor& tensor, bool is_strict) {
  if (!is_float(tensor.dtype())) return false;
  if (is_strict && tensor.dtype() != DType::float16) return false;
  const double limit = tensor.dtype() == DType::float16 ? 3e4 : 1e30;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (!(std::abs(tensor.get_double(i)) <= limit)) return true;
  }
  return false;
}

// A float that does not fit the integers it is cast to, or may not.
bool is_wild_cast(const Apply& apply, const std::vector<const Tensor*>& inputs, DType result) {
  const auto* carry = find_attr<DType>(apply.attributes, "acc_dtype");
  if (carry != nullptr && is_float(*carry) && !is_float(result)) return true;
  if (apply.op->name != "cast" || !is_float(inputs[0]->dtype()) || is_float(result)) return false;
  const double bits = static_cast<double>(8 * dtype_size(result));
  const double high = std::ldexp(1, static_cast<int>(bits) - (is_signed_integer(result) ? 1 : 0));
  const double low = is_signed_integer(result) ? -high : 0;
  for (int64_t i = 0; i < inputs[0]->size(); ++i) {
    const double value = inputs[0]->get_double(i);
    if (result != DType::boolean && !(value > low - 1 && value < high)) return true;
  }
  return false;
}

// Angles beyond 2^50, which the CPU's float64 code does not reduce (schemas/README.md).
bool is_wild_angle(const Apply& apply, const std::vector<const Tensor*>& inputs) {
  const std::string_view op = apply.op->name;
  if (op != "sin" && op != "cos" && op != "tan") return false;
  for (int64_t i = 0; i < inputs[0]->size(); ++i) {
    if (!(std::abs(inputs[0]->get_double(i)) <= 0x1p50)) return true;
  }
  return false;
}

// No quotients by 0: once a sum of none of them is taken before it is divided, 0 / 0 shows.
bool is_wild_quotient(const Apply& apply, const std::vector<const Tensor*>& inputs,
                      const Tensor& output) {
  if (apply.op->name != "true_div" || output.size() > 0) return false;
  for (int64_t i = 0; i < inputs[1]->size(); ++i) {
    if (inputs[1]->get_double(i) == 0) return true;
  }
  return false;
}

struct Evaluated {
  std::vector<Tensor> outputs;
  std::vector<bool> is_wild;
  std::string failure;
};

// The interpreter's evaluation by demand, with noise when `random` is given.
class NoisyEvaluation {
 public:
  NoisyEvaluation(const Graph& graph, Bindings bindings, Random* random, bool is_strict)
      : graph_(graph), bindings_(std::move(bindings)), random_(random), is_strict_(is_strict) {}

  Evaluated run(const std::vector<Tensor>& inputs, const std::vector<bool>& are_wild) {
    Evaluated result;
    result.failure = bindings_.bind(graph_, inputs);
    if (result.failure.empty()) result.failure = bindings_.check_equalities(graph_);
    for (size_t i = 0; result.failure.empty() && i < inputs.size(); ++i) {
      values_.emplace(graph_.inputs()[i], inputs[i]);
      if (is_wild(inputs[i], is_strict_) || (i < are_wild.size() && are_wild[i])) {
        wild_.insert(graph_.inputs()[i]);
      }
    }
    for (const VariableId output : graph_.outputs()) {
      if (result.failure.empty()) result.failure = demand(output);
    }
    if (!result.failure.empty()) return result;
    for (const VariableId output : graph_.outputs()) {
      result.outputs.push_back(*value(output));
      result.is_wild.push_back(wild_.count(output) > 0);
    }
    return result;
  }

 private:
  const Tensor* value(VariableId id) {
    const Variable& variable = graph_.variable(id);
    if (variable.kind == VariableKind::constant) return variable.constant.get();
    const auto found = values_.find(id);
    return found == values_.end() ? nullptr : &found->second;
  }

  std::string demand(VariableId output) {
    std::vector<VariableId> stack{output};
    while (!stack.empty()) {
      const VariableId id = stack.back();
      if (value(id) != nullptr) {
        stack.pop_back();
        continue;
      }
      const Apply& apply = *graph_.owner(id);
      const size_t before = stack.size();
      for (const VariableId input : needed(apply)) {
        if (value(input) == nullptr) stack.push_back(input);
      }
      if (stack.size() > before) continue;
      std::string failure = evaluate_one(apply);
      if (failure.empty()) failure = bindings_.check_equalities(graph_);
      if (!failure.empty()) return failure;
    }
    return "";
  }

  std::vector<VariableId> needed(const Apply& apply) {
    if (apply.op->name != "ifelse" || !apply.inner.empty()) return apply.inputs;
    std::vector<VariableId> result{apply.inputs[0]};
    const Tensor* condition = value(apply.inputs[0]);
    if (condition == nullptr) return result;
    const size_t count = apply.outputs.size();
    const size_t first = condition->get_double(0) != 0 ? 1 : 1 + count;
    for (size_t i = 0; i < count; ++i) result.push_back(apply.inputs[first + i]);
    return result;
  }

  // `units` in the last place, for most elements.
  void disturb(Tensor& tensor, double units) {
    if (!is_float(tensor.dtype())) return;
    for (int64_t i = 0; i < tensor.size(); ++i) {
      const double value = tensor.get_double(i);
      if (value == 0 || !std::isfinite(value)) continue;
      const double step = units * unit_in_last_place(tensor.dtype(), value);
      const double moved = value + (random_->chance(0.5) ? step : -step);
      tensor.set_double(i, random_->chance(0.2) ? value : moved);
    }
  }

  // One, and more where many elements are added up: plain sums drift with their length.
  double units_of(const Apply& apply) {
    if (apply.op->is_elementwise() || apply.inputs.empty()) return 1;
    const auto dims = bindings_.evaluate(graph_.type(apply.outputs[0]).shape);
    int64_t results = 1;
    for (const int64_t dim : dims.value_or(std::vector<int64_t>())) results *= dim;
    int64_t operands = 0;
    for (const VariableId input : apply.inputs) {
      if (value(input) != nullptr) operands = std::max(operands, value(input)->size());
    }
    return 1 + static_cast<double>(operands / std::max<int64_t>(results, 1)) / 64;
  }

  std::string evaluate_one(const Apply& apply) {
    const bool is_noisy = random_ != nullptr && kExact.count(apply.op->name) == 0;
    EvalContext context{graph_, apply, {}, {}, {}, {}, {}};
    std::vector<Tensor> disturbed;
    disturbed.reserve(apply.inputs.size());
    bool is_tainted = false;
    for (const VariableId input : apply.inputs) {
      const Tensor* tensor = value(input);
      is_tainted = is_tainted || wild_.count(input) > 0;
      // the gradients of max pooling compare their first two operands
      const bool is_compared = apply.op->name.starts_with("max_pool") && context.inputs.size() < 2;
      if (is_noisy && tensor != nullptr && !is_compared) {
        disturbed.push_back(*tensor);
        disturb(disturbed.back(), units_of(apply));
        tensor = &disturbed.back();
      }
      context.inputs.push_back(tensor);
    }
    std::string failure;
    context.dim = [this](const DimExpr& dim) { return bindings_.get(dim); };
    context.eval_inner = [&](const Graph& inner, const std::vector<Tensor>& arguments) {
      Evaluated result = NoisyEvaluation(inner, bindings_, random_, is_strict_).run(arguments, {});
      for (const bool one : result.is_wild) is_tainted = is_tainted || one;
      if (!result.failure.empty()) failure = result.failure;
      return std::move(result.outputs);
    };
    apply.op->eval(context);
    if (failure.empty()) failure = context.failure;
    if (!failure.empty()) return std::string(apply.op->name) + ": " + failure;
    if (context.measured) bindings_.set(measured_symbol(apply), *context.measured);
    for (size_t i = 0; i < apply.outputs.size(); ++i) {
      Tensor& output = context.outputs.at(i);
      if (is_noisy) disturb(output, units_of(apply));
      const bool is_out =
          is_wild(output, is_strict_) || is_wild_cast(apply, context.inputs, output.dtype()) ||
          is_wild_angle(apply, context.inputs) || is_wild_quotient(apply, context.inputs, output);
      if (is_tainted || is_out) wild_.insert(apply.outputs[i]);
      bindings_.learn(graph_.type(apply.outputs[i]).shape, output.dims());
      values_.insert_or_assign(apply.outputs[i], std::move(output));
    }
    return "";
  }

  const Graph& graph_;
  Bindings bindings_;
  Random* random_;
  bool is_strict_;
  std::map<VariableId, Tensor> values_;
  std::set<VariableId> wild_;
};

bool same_kind(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

// The root mean square of the samples' distances, times the factor, and a little of our own.
void set_tolerance(ReferenceOutput& output, const std::vector<Evaluated>& samples, size_t number) {
  const Tensor& value = output.value;
  for (int64_t i = 0; i < value.size(); ++i) {
    double size = 0;
    bool is_same = true;
    for (const Evaluated& sample : samples) {
      const Tensor& other = sample.outputs[number];
      if (other.dims() != value.dims()) {
        is_same = false;
        continue;
      }
      const double distance = other.get_double(i) - value.get_double(i);
      // NaN and infinities: the same in every sample, or not compared
      const bool is_finite = std::isfinite(value.get_double(i)) && std::isfinite(distance);
      if (is_finite) size = std::hypot(size, distance);  // whose squares may be subnormal
      if (!is_finite) is_same = is_same && same_kind(other.get_double(i), value.get_double(i));
      if (!is_float(value.dtype())) is_same = is_same && other.get_int(i) == value.get_int(i);
    }
    const double infinite = std::numeric_limits<double>::infinity();
    double tolerance = is_same ? 0 : infinite;
    if (is_float(value.dtype())) {
      tolerance = kFactor * size / std::sqrt(static_cast<double>(samples.size())) +
                  (std::isfinite(value.get_double(i))
                       ? 2 * unit_in_last_place(value.dtype(), value.get_double(i))
                       : 0);
      if (!std::isfinite(tolerance) || !is_same) tolerance = infinite;
    }
    output.tolerance.push_back(tolerance);
  }
}

}  // namespace

Reference make_reference(const Function& function, const std::vector<Tensor>& inputs, int samples,
                         bool is_strict) {
  Reference reference;
  Evaluated exact = NoisyEvaluation(function.graph, {}, nullptr, is_strict).run(inputs, {});
  reference.failure = exact.failure;
  std::vector<Evaluated> others;
  for (int sample = 0; sample < samples; ++sample) {
    Random random(static_cast<uint64_t>(sample) + 1);
    Evaluated noisy = NoisyEvaluation(function.graph, {}, &random, is_strict).run(inputs, {});
    if (noisy.failure.empty() != exact.failure.empty()) {
      reference.is_doubtful = true;
      return reference;
    }
    others.push_back(std::move(noisy));
  }
  if (!exact.failure.empty()) return reference;
  for (size_t i = 0; i < exact.outputs.size(); ++i) {
    ReferenceOutput output;
    output.value = std::move(exact.outputs[i]);
    output.is_wild = exact.is_wild[i];
    for (const Evaluated& sample : others) output.is_wild = output.is_wild || sample.is_wild[i];
    set_tolerance(output, others, i);
    reference.outputs.push_back(std::move(output));
  }
  return reference;
}

Comparison compare(const Tensor& got, const ReferenceOutput& expected) {
  Comparison result;
  const Tensor& value = expected.value;
  if (got.dtype() != value.dtype() || got.dims() != value.dims()) {
    result.difference = "is " + tensor_text(got) + ", expected " + tensor_text(value);
    return result;
  }
  if (expected.is_wild) {
    result.skipped = value.size();
    return result;
  }
  for (int64_t i = 0; i < value.size(); ++i) {
    const double tolerance = expected.tolerance[static_cast<size_t>(i)];
    const bool is_skipped = std::isinf(tolerance);
    ++(is_skipped ? result.skipped : result.compared);
    if (is_skipped || got.get_int(i) == value.get_int(i)) {
      if (is_skipped || !is_float(value.dtype())) continue;
    }
    const double distance = std::abs(got.get_double(i) - value.get_double(i));
    if (is_float(value.dtype()) && distance <= tolerance) continue;
    if (is_float(value.dtype()) && same_kind(got.get_double(i), value.get_double(i))) continue;
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), "[%lld] is %.17g, expected %.17g within %.3g",
                  static_cast<long long>(i), got.get_double(i), value.get_double(i), tolerance);
    result.difference = text.data();
    return result;
  }
  return result;
}

}  // namespace tgc
