// SPDX-License-Identifier: Apache-2.0
// See smallest_graph.h.
#include "check/smallest_graph.h"

#include "interp/interpreter.h"
#include "json/model_reader.h"
#include "passes/pass_manager.h"
#include "support/check.h"

namespace tgc {
namespace {

constexpr int kMostLevels = 24;

// Does optimising the file's function change its result?
bool shows(const GraphFile& file, const PipelineOptions& options,
           const std::function<Tolerance(DType)>& tolerance) {
  Diagnostics ignored;
  ReadOptions reading;
  reading.float_x = options.float_x;
  reading.on_unused_input = OnUnusedInput::ignore;
  const auto model = read_model_text("graph.json", file.text, reading, ignored);
  if (!model) return false;
  std::vector<Tensor> inputs;
  for (const NamedTensor& input : file.inputs) inputs.push_back(input.tensor);
  Function optimized = model->functions.at(0);
  const EvaluateResult before = evaluate(optimized.graph, inputs);
  if (!before.failure.empty()) return false;
  PipelineOptions plain = options;
  plain.hooks = {};
  plain.watch = nullptr;
  plain.budget = nullptr;
  if (!optimize(optimized, plain, ignored)) return false;
  const EvaluateResult after = evaluate(optimized.graph, inputs);
  if (!after.failure.empty()) return true;
  const DType dtype = before.outputs.at(0).dtype();
  return difference_of(before.outputs[0], after.outputs.at(0), tolerance(dtype)).has_value();
}

}  // namespace

std::optional<GraphFile> smallest_graph(const Graph& graph, VariableId variable,
                                        Evaluation& evaluation, const PipelineOptions& options,
                                        const std::function<Tolerance(DType)>& tolerance) {
  for (int levels = 1; levels <= kMostLevels; ++levels) {
    auto file = graph_file(graph, {variable}, levels, "smallest", evaluation);
    if (!file) return std::nullopt;
    try {
      if (shows(*file, options, tolerance)) return file;
    } catch (const InternalError&) {
      return file;  // it shows more than was asked for
    }
    if (!reaches_further(graph, {variable}, levels)) break;
  }
  return std::nullopt;
}

}  // namespace tgc
