// SPDX-License-Identifier: Apache-2.0
// See check_op.h.
#include "ops/check_op.h"

#include <algorithm>
#include <cmath>

#include "graph/grad.h"
#include "graph/node.h"
#include "interp/interpreter.h"
#include "interp/kernel_interpreter.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

// Values of all variables of the graph: the same graph with everything as its outputs.
EvaluateResult evaluate_all(const Graph& graph, const std::vector<Tensor>& inputs,
                            std::vector<VariableId>& variables) {
  Graph all = graph;
  variables.clear();
  for (const ApplyId id : graph.topological_order()) {
    for (const VariableId output : graph.apply(id).outputs) variables.push_back(output);
  }
  const size_t first = all.outputs().size();
  for (const VariableId variable : variables) all.add_output(variable);
  EvaluateResult result = evaluate(all, inputs);
  if (result.failure.empty()) {
    result.outputs.erase(result.outputs.begin(),
                         result.outputs.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return result;
}

// The elements of vector `j` of a stack's matrix: a column, or a row.
struct VectorAt {
  Tensor& stack;
  int64_t matrix;
  int64_t j;
  bool is_row;

  [[nodiscard]] int64_t rows() const { return stack.dims()[stack.dims().size() - 2]; }
  [[nodiscard]] int64_t columns() const { return stack.dims().back(); }
  [[nodiscard]] int64_t size() const { return is_row ? columns() : rows(); }
  [[nodiscard]] int64_t position(int64_t i) const {
    return matrix * rows() * columns() + (is_row ? j * columns() + i : i * columns() + j);
  }
};

// Turns the vector where it points away from the expected one; whether it did.
bool turn(const VectorAt& vector, const Tensor& expected) {
  double along = 0;
  for (int64_t i = 0; i < vector.size(); ++i) {
    along += vector.stack.get_double(vector.position(i)) * expected.get_double(vector.position(i));
  }
  for (int64_t i = 0; i < vector.size() && along < 0; ++i) {
    vector.stack.set_double(vector.position(i), -vector.stack.get_double(vector.position(i)));
  }
  return along < 0;
}

// Eigenvectors and singular vectors have the sign that the algorithm gives them. Those of u and vt
// turn together, but for the ones that no singular value belongs to.
void align_signs(const OpDef& op, std::vector<Tensor>& got, const std::vector<Tensor>& expected) {
  const bool is_svd = op.name == "svd" && got.size() == 3;
  if (!is_svd && op.name != "eigh" && op.name != "eig") return;
  Tensor& vectors = got[is_svd ? 0 : 1];
  const VectorAt any{vectors, 0, 0, false};
  const int64_t area = any.rows() * any.columns();
  for (int64_t k = 0; area > 0 && k < vectors.size() / area; ++k) {
    for (int64_t j = 0; j < any.columns(); ++j) {
      const bool turned = turn({vectors, k, j, false}, expected[is_svd ? 0 : 1]);
      if (!is_svd || j >= got[1].dims().back()) continue;
      const VectorAt row{got[2], k, j, true};
      for (int64_t i = 0; i < row.size() && turned; ++i) {
        row.stack.set_double(row.position(i), -row.stack.get_double(row.position(i)));
      }
    }
    for (int64_t j = got[1].dims().back(); is_svd && j < VectorAt{got[2], k, 0, true}.rows(); ++j) {
      turn({got[2], k, j, true}, expected[2]);
    }
  }
}

class KernelCheck {
 public:
  KernelCheck(const Graph& graph, const std::vector<Tensor>& inputs,
              const KernelCheckOptions& options)
      : graph_(graph), options_(options) {
    failure_ = bindings_.bind(graph, inputs);
    for (size_t i = 0; i < inputs.size(); ++i) values_[graph.inputs()[i]] = inputs[i];
    std::vector<VariableId> variables;
    EvaluateResult all = evaluate_all(graph, inputs, variables);
    failing_ = !all.failure.empty();
    for (size_t i = 0; i < all.outputs.size(); ++i) {
      bindings_.learn(graph.type(variables[i]).shape, all.outputs[i].dims());
      values_[variables[i]] = std::move(all.outputs[i]);
    }
  }

  std::string run() {
    if (!failure_.empty()) return failure_;
    for (const ApplyId id : graph_.topological_order()) {
      const Apply& apply = graph_.apply(id);
      if (apply.op->lower == nullptr) continue;
      if (!options_.runs_routines && has_routine(graph_, apply)) continue;
      for (const bool strided : {false, true}) {
        for (const bool backwards : {false, true}) {
          if (!options_.is_thorough && (strided || backwards)) continue;
          const std::string text = compare(apply, {strided, backwards, options_.runner});
          if (!text.empty()) return text;
        }
      }
      const std::string text = in_place(apply);
      if (!text.empty()) return text;
    }
    return "";
  }

 private:
  std::string compare(const Apply& apply, const LoweredOptions& options) {
    std::vector<Tensor> inputs;
    for (const VariableId input : apply.inputs) {
      const Variable& variable = graph_.variable(input);
      inputs.push_back(variable.kind == VariableKind::constant ? *variable.constant
                                                               : values_.at(input));
    }
    const std::string where = std::string(apply.op->name) + (options.strided ? " strided" : "") +
                              (options.backwards ? " backwards" : "") +
                              (apply.destroys.empty() ? "" : " in place") + ": ";
    LoweredResult result = run_lowered(graph_, apply, inputs, bindings_, options);
    if (failing_ != (result.failure.code != 0)) {
      return where + "kernel " + (failing_ ? "succeeds where eval fails" : "fails");
    }
    if (failing_) return "";
    std::vector<Tensor> expected;
    for (const VariableId output : apply.outputs) expected.push_back(values_.at(output));
    align_signs(*apply.op, result.outputs, expected);
    for (size_t i = 0; i < result.outputs.size(); ++i) {
      const std::string text =
          difference(result.outputs[i], expected[i], tolerance(loosest(apply)));
      if (!text.empty()) return where + "output " + std::to_string(i) + " " + text;
    }
    return "";
  }

  // The narrowest float among inputs and outputs: what the values passed through.
  DType loosest(const Apply& apply) {
    DType dtype = DType::float64;
    for (const auto* list : {&apply.inputs, &apply.outputs}) {
      for (const VariableId id : *list) {
        const DType own = graph_.type(id).dtype;
        if (is_continuous(own)) dtype = std::min(dtype, real_dtype(own));
      }
    }
    return dtype;
  }

  std::string in_place(const Apply& original) {
    if (!original.op->is_elementwise()) return "";
    for (size_t i = 0; i < original.inputs.size(); ++i) {
      const Variable& input = graph_.variable(original.inputs[i]);
      if (!(input.type == graph_.type(original.outputs[0])) ||
          input.kind == VariableKind::constant) {
        continue;
      }
      if (std::count(original.inputs.begin(), original.inputs.end(), input.id) > 1) continue;
      Apply apply = original;
      apply.destroys = {{0, static_cast<int>(i)}};
      const std::string text = compare(apply, {false, true, options_.runner});
      if (!text.empty()) return text;
    }
    return "";
  }

  const Graph& graph_;
  const KernelCheckOptions& options_;
  Bindings bindings_;
  std::map<VariableId, Tensor> values_;
  std::string failure_;
  bool failing_ = false;
};

// The cost is the last output.
double total_cost(const Graph& graph, const std::vector<Tensor>& inputs) {
  const EvaluateResult result = evaluate(graph, inputs);
  return result.failure.empty() ? result.outputs.back().get_double(0) : NAN;
}

// A constant of pseudo-random weights with a known shape.
VariableId weights_like(Graph& graph, const std::vector<int64_t>& dims, DType dtype) {
  Tensor weights(dtype, dims);
  for (int64_t i = 0; i < weights.size(); ++i) {
    weights.set_double(i, std::sin(static_cast<double>(i) * 1.7 + 0.9) + 0.3);
  }
  return graph.add_constant(std::make_shared<const Tensor>(std::move(weights)));
}

// The weighted sum of the float outputs; nullopt when there are none.
std::optional<VariableId> add_cost(Builder& builder, const std::vector<Tensor>& values) {
  Graph& graph = builder.graph();
  std::optional<Node> cost;
  for (size_t i = 0; i < values.size(); ++i) {
    const VariableId output = graph.outputs()[i];
    const DType dtype = values[i].dtype();
    if (!is_continuous(dtype)) continue;
    const Node weights(builder, weights_like(graph, values[i].dims(), real_dtype(dtype)));
    Node weighted = Node(builder, output).call("real") * weights;
    if (is_complex(dtype)) {
      weighted = weighted + Node(builder, output).call("imag") * (1 - 0.7 * weights);
    }
    const Node sum = weighted.call("sum").cast(DType::float64);
    cost = cost ? *cost + sum : sum;
  }
  if (!cost) return std::nullopt;
  return cost->id();
}

std::string compare_differences(const Graph& cost_graph, const std::vector<Tensor>& inputs,
                                size_t input, const Tensor& gradient) {
  const bool has_parts = is_complex(gradient.dtype());
  const DType wide = has_parts ? DType::complex128 : DType::float64;
  Tensor numeric(wide, inputs[input].dims());
  for (int64_t i = 0; i < numeric.size(); ++i) {
    const std::complex<double> x = inputs[input].get_complex(i);
    const double step = 1e-5 * std::max(1.0, std::abs(x));
    const auto slope = [&](std::complex<double> way) {
      std::vector<Tensor> moved = inputs;
      moved[input].set_complex(i, x + step * way);
      const double above = total_cost(cost_graph, moved);
      moved[input].set_complex(i, x - step * way);
      return (above - total_cost(cost_graph, moved)) / (2 * step);
    };
    numeric.set_complex(i, {slope(1), has_parts ? slope({0, 1}) : 0});
  }
  return difference(gradient.cast_to(wide), numeric, 2e-6);
}

// The parts of complex numbers as a last axis.
Tensor with_parts(const Tensor& whole) {
  std::vector<int64_t> dims = whole.dims();
  dims.push_back(2);
  Tensor parts(DType::float64, std::move(dims));
  for (int64_t i = 0; i < whole.size(); ++i) {
    parts.set_double(2 * i, whole.get_complex(i).real());
    parts.set_double(2 * i + 1, whole.get_complex(i).imag());
  }
  return parts;
}

}  // namespace

std::string difference(const Tensor& got, const Tensor& expected, double relative) {
  if (got.dtype() != expected.dtype() || got.dims() != expected.dims()) {
    return "is " + tensor_text(got) + ", expected " + tensor_text(expected);
  }
  if (is_complex(got.dtype())) return difference(with_parts(got), with_parts(expected), relative);
  double magnitude = 0;
  for (int64_t i = 0; i < expected.size(); ++i) {
    const double value = std::abs(expected.get_double(i));
    if (std::isfinite(value)) magnitude = std::max(magnitude, value);
  }
  for (int64_t i = 0; i < expected.size(); ++i) {
    const double a = got.get_double(i);
    const double b = expected.get_double(i);
    if (a == b || (std::isnan(a) && std::isnan(b))) {
      if (is_float(got.dtype()) || got.get_int(i) == expected.get_int(i)) continue;
    }
    if (is_float(got.dtype()) && std::abs(a - b) <= relative * (magnitude + 1e-3)) continue;
    return "differs at " + std::to_string(i) + ": " + std::to_string(a) + ", expected " +
           std::to_string(b);
  }
  return "";
}

double tolerance(DType dtype) {
  if (dtype == DType::float16) return 2e-3;
  return dtype == DType::float32 ? 1e-6 : 1e-13;
}

std::string check_kernels(const Graph& graph, const std::vector<Tensor>& inputs,
                          const KernelCheckOptions& options) {
  return KernelCheck(graph, inputs, options).run();
}

std::string check_gradients(const Graph& graph, const std::vector<Tensor>& inputs,
                            Graph* gradient_graph) {
  const EvaluateResult values = evaluate(graph, inputs);
  if (!values.failure.empty()) return values.failure;
  Graph work = graph;
  Builder builder(work, op_registry());
  const auto cost = add_cost(builder, values.outputs);
  if (gradient_graph != nullptr) *gradient_graph = graph;
  if (!cost) return "";
  work.add_output(*cost);
  std::vector<VariableId> wrt;
  std::vector<size_t> positions;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!is_continuous(inputs[i].dtype())) continue;
    wrt.push_back(work.inputs()[i]);
    positions.push_back(i);
  }
  const Graph cost_graph = work;
  Diagnostics diagnostics;
  GradOptions options;
  options.disconnected_inputs = DisconnectedInputs::ignore;
  const auto gradients = grad(builder, *cost, wrt, options, diagnostics);
  if (!gradients) return diagnostics.all().at(0).message;
  const size_t first = work.outputs().size();
  for (const VariableId gradient : *gradients) work.add_output(gradient);
  const EvaluateResult result = evaluate(work, inputs);
  if (!result.failure.empty()) return result.failure;
  if (gradient_graph != nullptr) *gradient_graph = work;
  for (size_t k = 0; k < wrt.size(); ++k) {
    const std::string text =
        compare_differences(cost_graph, inputs, positions[k], result.outputs[first + k]);
    if (!text.empty()) return "gradient of input " + std::to_string(positions[k]) + " " + text;
  }
  return "";
}

}  // namespace tgc
