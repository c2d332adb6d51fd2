// SPDX-License-Identifier: Apache-2.0
// See pass_runs.h.
#include "passes/pass_runs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "interp/bindings.h"
#include "passes/pass_manager.h"

namespace tgc {
namespace {

// Sizes of all symbols: the case's, else small ones.
class Dims {
 public:
  Dims(const PassCase& of, const Model& model, Sizes sizes) {
    int64_t next = 2;
    for (const DimSymbol& dim : model.dims) {
      const auto given = of.dims.find(dim.name);
      int64_t size = given != of.dims.end() ? given->second : next++;
      if (sizes != Sizes::usual) size = sizes == Sizes::ones ? 1 : 0;
      bindings_.set(dim.name, std::max(size, dim.lower));
    }
  }

  std::vector<int64_t> sizes(const Shape& shape) const {
    return bindings_.evaluate(shape).value_or(std::vector<int64_t>());
  }

 private:
  Bindings bindings_;
};

constexpr std::array<double, 12> kSpecial = {std::numeric_limits<double>::quiet_NaN(),
                                             std::numeric_limits<double>::infinity(),
                                             -std::numeric_limits<double>::infinity(),
                                             0.0,
                                             -0.0,
                                             1.0,
                                             -1.0,
                                             1e30,
                                             -1e30,
                                             1e-30,
                                             -1e-30,
                                             88.8};

using Random = std::mt19937_64;

double uniform(Random& random, double low, double high) {
  return low + (high - low) * static_cast<double>(random() >> 11U) * 0x1p-53;
}

void fill(Tensor& tensor, std::pair<double, double> range, bool special, Random& random) {
  const bool is_real = is_float(tensor.dtype()) || is_complex(tensor.dtype());
  for (int64_t i = 0; i < tensor.size(); ++i) {
    double value = uniform(random, range.first, range.second + (is_real ? 0 : 1));
    if (!is_real) value = std::floor(value);
    if (special && is_real && random() % 2 == 0) value = kSpecial[random() % kSpecial.size()];
    tensor.set_double(i, value);
  }
}

double default_tolerance(DType dtype) {
  if (!is_float(dtype) && !is_complex(dtype)) return 0;
  if (dtype == DType::float16) return 1e-2;
  return dtype == DType::float32 || dtype == DType::complex64 ? 1e-5 : 1e-10;
}

bool is_same(double a, double b, double tolerance, bool exact) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (exact) return a == b && std::signbit(a) == std::signbit(b);
  return a == b || std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

PipelineOptions options_of(const PassCase& of, std::string optimizer) {
  PipelineOptions options;
  options.optimizer = std::move(optimizer);
  options.for_cuda = of.for_cuda;
  options.excluding = of.excluding;
  options.float_x = DType::float32;
  options.verify = true;
  return options;
}

}  // namespace

bool PassRun::has_fired(const std::string& name) const {
  return std::find(fired.begin(), fired.end(), name) != fired.end();
}

PassRun run_passes(const Function& function, const PipelineOptions& options) {
  PassRun run;
  run.function = function;
  Diagnostics diagnostics;
  const auto report = optimize(run.function, options, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const bool is_expected = diagnostic.code == "rewrite-no-effect";
    if (!is_expected) run.problem += diagnostic.message + "\n";
  }
  if (!report) return run;
  for (const PassRecord& record : report->records) {
    const bool has_members =
        std::any_of(report->records.begin(), report->records.end(), [&](const PassRecord& other) {
          return other.within == record.name && other.name != record.name;
        });
    if (record.fired == 0 || has_members) continue;
    if (!run.has_fired(record.name)) run.fired.push_back(record.name);
  }
  return run;
}

PipelineOptions alone_options(const PassCase& of, std::vector<std::string> names) {
  PipelineOptions options = options_of(of, "None");
  options.including = std::move(names);
  options.including.insert(options.including.end(), of.also.begin(), of.also.end());
  return options;
}

PipelineOptions fast_run_options(const PassCase& of, const std::vector<std::string>& excluding) {
  PipelineOptions options = options_of(of, "fast_run");
  options.including = of.including;
  options.excluding.insert(options.excluding.end(), excluding.begin(), excluding.end());
  return options;
}

std::vector<Tensor> random_inputs(const PassCase& of, const Model& model, const Function& function,
                                  Sizes sizes, bool special) {
  const Dims dims(of, model, sizes);
  Random random(1);
  std::vector<Tensor> inputs;
  for (const VariableId id : function.graph.inputs()) {
    const Variable& variable = function.graph.variable(id);
    const auto shared =
        std::find_if(model.shared.begin(), model.shared.end(),
                     [&](const SharedVariable& other) { return other.name == variable.name; });
    if (variable.kind == VariableKind::shared && shared != model.shared.end()) {
      inputs.push_back(*shared->value);
      continue;
    }
    Tensor tensor(variable.type.dtype, dims.sizes(variable.type.shape));
    const bool is_real = is_float(tensor.dtype()) || is_complex(tensor.dtype());
    std::pair<double, double> range = is_real ? std::pair(-2.0, 2.0) : std::pair(0.0, 3.0);
    const auto given = of.values.find(variable.name);
    if (given != of.values.end()) range = given->second;
    fill(tensor, range, special, random);
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

std::string value_difference(const std::vector<Tensor>& wanted, const std::vector<Tensor>& got,
                             std::optional<double> tolerance, bool exact) {
  if (wanted.size() != got.size()) return "another number of outputs";
  for (size_t k = 0; k < wanted.size(); ++k) {
    const Tensor& a = wanted[k];
    const Tensor& b = got[k];
    const std::string output = "output " + std::to_string(k);
    if (a.dtype() != b.dtype() || a.dims() != b.dims()) {
      return output + " is " + tensor_text(b) + " instead of " + tensor_text(a);
    }
    for (int64_t i = 0; i < a.size(); ++i) {
      const double x = a.get_double(i);
      const double y = b.get_double(i);
      if (is_same(x, y, tolerance.value_or(default_tolerance(a.dtype())), exact)) continue;
      return output + " has " + std::to_string(y) + " instead of " + std::to_string(x) +
             " at element " + std::to_string(i);
    }
  }
  return "";
}

}  // namespace tgc
