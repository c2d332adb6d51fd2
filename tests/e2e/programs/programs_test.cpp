// SPDX-License-Identifier: Apache-2.0
// Whole programs, differentially: every function of every model in models/ gives, compiled by each
// optimizer, and with guards, and run with one thread and two, what the reference interpreter makes
// of the graph as it was read: results and new values of shared variables, twice in a row. A model
// is here because something in it was once wrong, or is a trap; its comments say what.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "catch2/catch.hpp"
#include "driver/compile.h"
#include "flags/config.h"
#include "flags/load_config.h"
#include "helpers/arrays.h"
#include "interp/interpreter.h"
#include "support/file.h"
#include "tgc/runtime.hpp"

namespace tgc {
namespace {

const std::string kModels = std::string(TGC_SOURCE_DIR) + "/tests/e2e/programs/models";

// Arguments that matter: "function.input" -> values.
const std::map<std::string, std::vector<double>> kValues = {
    {"narrow_product.k", {100000}},
    {"branch_view.c", {-1}},
    {"different_captures.c", {-1}},
    {"gradient_of_branch.c", {-1}},
    {"empty_rows.k", {0}},
    {"no_steps.steps", {0}},
    {"early.top", {4}},
    {"early_end.top", {4}},
};

Config config_with(const std::vector<std::string>& assignments) {
  ConfigRequest request;
  request.assignments = assignments;
  request.is_isolated = true;
  request.project_folder = "";
  Diagnostics diagnostics;
  auto config = load_config(request, diagnostics);
  REQUIRE(config.has_value());
  return *config;
}

std::string messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) text += diagnostic.message + "\n";
  return text;
}

// Repeatable values in [-1.5, 1.5) or, of integers, from 0 to 2.
double some_value(DType dtype, size_t i) {
  const auto hash = static_cast<double>((i * 2654435761U + 12345U) % 1000U);
  return is_float(dtype) ? hash / 1000 * 3 - 1.5 : std::floor(hash / 334);
}

class Arguments {
 public:
  Arguments(const Model& model, const Function& function, int64_t size)
      : model_(model), function_(function), size_(size) {}

  Tensor value(const Variable& variable) const {
    std::vector<int64_t> dims;
    for (const DimExpr& dim : variable.type.shape) dims.push_back(size_of(dim));
    Tensor tensor(variable.type.dtype, dims);
    const auto given = kValues.find(function_.name + "." + variable.name);
    for (int64_t i = 0; i < tensor.size(); ++i) {
      const auto at = static_cast<size_t>(i);
      if (given != kValues.end() && is_discrete(tensor.dtype())) {
        tensor.set_int(i, static_cast<int64_t>(given->second.at(at)));
      } else {
        tensor.set_double(
            i, given != kValues.end() ? given->second.at(at) : some_value(tensor.dtype(), at));
      }
    }
    return tensor;
  }

 private:
  int64_t size_of(const DimExpr& dim) const {
    const auto value = dim.evaluate([&](std::string_view name) -> std::optional<int64_t> {
      for (const DimSymbol& symbol : model_.dims) {
        if (symbol.name == name && symbol.hint) return std::max(size_, symbol.lower) + *symbol.hint;
      }
      return size_;
    });
    return value.value();
  }

  const Model& model_;
  const Function& function_;
  int64_t size_;
};

double tolerance_of(DType dtype) {
  if (!is_float(dtype)) return 0;
  return dtype == DType::float64 ? 1e-12 : dtype == DType::float32 ? 2e-5 : 4e-3;
}

// What evaluating a function gives, by name: results, then "shared NAME".
using Values = std::vector<std::pair<std::string, Tensor>>;

std::string difference(const Values& got, const Values& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, right] = expected[i];
    const Tensor& value = got.at(i).second;
    if (value.dtype() != right.dtype() || value.dims() != right.dims()) return name + ": type";
    for (int64_t at = 0; at < right.size(); ++at) {
      const double a = value.get_double(at);
      const double b = right.get_double(at);
      const bool is_equal = a == b || (std::isnan(a) && std::isnan(b)) ||
                            std::abs(a - b) <= tolerance_of(right.dtype()) * (1 + std::abs(b));
      if (!is_equal) {
        return name + "[" + std::to_string(at) + "] is " + std::to_string(a) + ", expected " +
               std::to_string(b);
      }
    }
  }
  return "";
}

class Reference {
 public:
  explicit Reference(const Model& model) {
    for (const SharedVariable& shared : model.shared) state_.emplace(shared.name, *shared.value);
  }

  Values call(const Function& function, const Arguments& arguments) {
    std::vector<Tensor> inputs;
    for (const VariableId id : function.graph.inputs()) {
      const Variable& variable = function.graph.variable(id);
      inputs.push_back(variable.kind == VariableKind::shared ? state_.at(variable.name)
                                                             : arguments.value(variable));
    }
    EvaluateResult result = evaluate(function.graph, inputs);
    REQUIRE(result.failure == "");
    Values values;
    for (size_t i = 0; i < function.output_names.size(); ++i) {
      values.emplace_back(function.output_names[i], result.outputs.at(i));
    }
    for (const Update& update : function.updates) {
      state_.insert_or_assign(update.shared, result.outputs.at(update.output));
    }
    for (const auto& [name, value] : state_) values.emplace_back("shared " + name, value);
    return values;
  }

 private:
  std::map<std::string, Tensor> state_;
};

Values call_bundle(Context& context, const Engine& engine, const Function& function,
                   const Arguments& arguments) {
  std::vector<Array> inputs;
  for (const VariableId id : function.graph.inputs()) {
    const Variable& variable = function.graph.variable(id);
    if (variable.kind != VariableKind::shared)
      inputs.push_back(to_array(arguments.value(variable)));
  }
  Values values;
  const std::vector<Array> outputs = context.call(engine.function(function.name), inputs);
  for (size_t i = 0; i < outputs.size(); ++i) {
    values.emplace_back(function.output_names[i], to_tensor(outputs[i]));
  }
  std::map<std::string, Tensor> state;
  for (const ValueInfo& shared : engine.shared()) {
    state.emplace(shared.name, to_tensor(context.state().value(shared.name)));
  }
  for (const auto& [name, value] : state) values.emplace_back("shared " + name, value);
  return values;
}

void check_bundle(const std::string& bundle, const Model& model) {
  for (const int threads : {1, 2}) {
    const Engine engine(bundle, {"cpu", threads});
    for (const Function& function : model.functions) {
      Reference reference(model);
      Context context(engine);
      for (const int64_t size : {3, 3, 1, 40}) {
        const Arguments arguments(model, function, size);
        INFO(function.name << ", size " << size << ", " << threads << " threads");
        const Values expected = reference.call(function, arguments);
        Values got;
        REQUIRE_NOTHROW(got = call_bundle(context, engine, function, arguments));
        CHECK(difference(got, expected) == "");
      }
    }
  }
}

}  // namespace

TEST_CASE("programs give what the interpreter gives") {
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-programs-", error);
  REQUIRE(folder.has_value());
  const auto files = list_folder(kModels, error);
  REQUIRE(files.has_value());
  for (const std::string& file : *files) {
    const std::string path = join_path(kModels, file);
    Diagnostics diagnostics;
    const auto model = check_model(path, config_with({}), diagnostics);
    INFO(file << ": " << messages(diagnostics));
    REQUIRE(model.has_value());
    // All are compiled to one place, while what was there before is still in use.
    std::vector<std::unique_ptr<Engine>> in_use;
    // The guards of the last one see everything and mind nothing.
    const std::vector<std::vector<std::string>> settings = {
        {"optimizer=fast_run"},
        {"optimizer=fast_compile"},
        {"optimizer=None"},
        {"mode=NanGuardMode", "NanGuardMode.nan_is_error=False", "NanGuardMode.inf_is_error=False",
         "NanGuardMode.big_is_error=False"}};
    for (const std::vector<std::string>& setting : settings) {
      CompileRequest request;
      request.model_path = path;
      request.targets = {"cpu:x86-64-v3"};
      request.output = join_path(folder->path(), file + ".tgc");
      request.environment = process_environment();
      const auto result = compile(request, config_with(setting), diagnostics);
      INFO(setting[0] << ": " << messages(diagnostics));
      REQUIRE(result.has_value());
      check_bundle(request.output, *model);
      in_use.push_back(std::make_unique<Engine>(request.output, EngineOptions{"cpu", 1}));
    }
  }
}

}  // namespace tgc
