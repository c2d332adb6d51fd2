// SPDX-License-Identifier: Apache-2.0
// See read_text.h.
#include "unit/json/read_text.h"

#include <algorithm>

#include "graph/op_def.h"
#include "interp/interpreter.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {

ReadResult read_text(const std::string& text, const ReadOptions& options) {
  ReadResult result;
  Diagnostics diagnostics;
  result.model = read_model_text("graph.json", text, options, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const Location& where = diagnostic.location;
    result.problems.push_back(std::to_string(where.line) + ":" + std::to_string(where.column) +
                              " " + diagnostic.code + ": " + diagnostic.message);
  }
  return result;
}

std::string file_with(const std::string& sections, const std::string& function) {
  return "{\"tgc\": 1, \"name\": \"test\",\n" + sections + (sections.empty() ? "" : ",\n") +
         "\"functions\": {\"f\": " + function + "}}";
}

const Function& function_of(const ReadResult& result, const std::string& name) {
  TGC_CHECK(result.model.has_value(), join(result.problems, "\n"));
  for (const Function& function : result.model->functions) {
    if (function.name == name) return function;
  }
  TGC_CHECK(false, "no function " + name);
}

std::vector<std::string> nodes_of(const Function& function) {
  const Graph& graph = function.graph;
  std::vector<std::string> lines;
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    for (const VariableId input : apply.inputs) inputs.push_back(display_name(graph, input));
    for (const VariableId output : apply.outputs) {
      outputs.push_back(display_name(graph, output) + ": " + type_text(graph.type(output)));
    }
    lines.push_back(std::string(apply.op->name) + "(" + join(inputs, ", ") + ") -> " +
                    join(outputs, ", "));
  }
  return lines;
}

std::vector<std::vector<double>> run(const ReadResult& result, const std::string& function,
                                     const std::vector<std::pair<std::string, Tensor>>& arguments) {
  const Graph& graph = function_of(result, function).graph;
  std::vector<Tensor> inputs;
  for (const VariableId id : graph.inputs()) {
    const std::string& name = graph.variable(id).name;
    const auto given = std::find_if(arguments.begin(), arguments.end(),
                                    [&](const auto& argument) { return argument.first == name; });
    if (given != arguments.end()) {
      inputs.push_back(given->second);
      continue;
    }
    const auto& shared = result.model->shared;
    const auto known = std::find_if(shared.begin(), shared.end(),
                                    [&](const auto& variable) { return variable.name == name; });
    TGC_CHECK(known != shared.end(), "no argument " + name);
    inputs.push_back(*known->value);
  }
  const EvaluateResult evaluated = evaluate(graph, inputs);
  TGC_CHECK(evaluated.failure.empty(), evaluated.failure);
  std::vector<std::vector<double>> values;
  for (const Tensor& output : evaluated.outputs) {
    values.emplace_back();
    for (int64_t i = 0; i < output.size(); ++i) values.back().push_back(output.get_double(i));
  }
  return values;
}

}  // namespace tgc
