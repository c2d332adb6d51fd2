// SPDX-License-Identifier: Apache-2.0
// PassChecker: Theano's DebugMode. Every replacement a rewrite makes is evaluated with the
// reference interpreter, before and after, on given or random inputs; the first that changes a
// result of the function is reported with the user's node, the values, and the smallest graph that
// shows it. What changes a value in between but no result is counted, not reported: rewrites for
// stability do.
//
// Values are kept, so a replacement costs its new Applies alone; each step costs the whole Graph
// once. Permissions to overwrite change no value here: the verifier judges them.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "check/sample_inputs.h"
#include "check/values.h"
#include "interp/evaluation.h"
#include "passes/pipeline.h"
#include "support/diagnostic.h"

namespace tgc {

struct CheckSettings {
  NamedTensors inputs = {};
  uint64_t seed = 1;
  int sloppiness = 0;        // tensor.cmp_sloppy
  bool finite_only = false;  // DebugMode.check_finite: warn of results that are not finite
  std::string file;          // the graph file, for places
  std::string folder;        // where the smallest graph goes; "": nowhere
};

struct CheckCounts {
  int64_t replacements = 0;  // that were compared
  int64_t harmless = 0;      // changed a value, but no result
  int64_t unchecked = 0;     // replacements in what could not be evaluated
  std::set<std::string> functions = {};
};

class PassChecker : public PassWatch {
 public:
  // `model`, `options` (with which the function is optimised) and `diagnostics` must outlive this.
  PassChecker(const Model& model, const PipelineOptions& options, CheckSettings settings,
              CheckCounts& counts, Diagnostics& diagnostics);

  void begin(const Function& function) override;
  void replacing(const Graph& graph, std::string_view rewrite, VariableId old,
                 VariableId replacement) override;
  void finished_step(const Graph& graph, std::string_view step, bool is_mandatory) override;
  void enter(const Graph& outside, ApplyId apply, size_t body, const Graph& copy) override;
  void leave() override;
  void finish() override {}

 private:
  // One set of inputs of a Graph.
  struct Sample {
    std::vector<Tensor> inputs;
    Bindings bindings;  // of the surroundings
    std::unique_ptr<Evaluation> evaluation;
    std::vector<Tensor> results;
  };
  struct Frame {
    const Graph* graph = nullptr;
    std::string what;  // "function 'f'", "the body of 'h' in function 'f'"
    std::vector<Sample> samples;
  };
  struct Change {
    std::string rewrite;
    VariableId old;
    VariableId replacement;
    std::string value;   // what became of the replaced value
    std::string result;  // … and of a result
  };

  [[nodiscard]] Tolerance tolerance(DType dtype) const;
  void note_precision(const Graph& graph);
  std::string add_sample(Frame& frame, std::vector<Tensor> inputs, const Bindings& bindings);
  void warn_unchecked(const Frame& frame, const std::string& why);
  void warn_not_finite(const Frame& frame);
  std::optional<std::string> value_change(Sample& sample, VariableId old, VariableId replacement);
  std::optional<std::string> result_change(const Sample& sample, const Graph& changed) const;
  void report(const Frame& frame, Sample& sample, const Change& change);
  void report_step(const Frame& frame, std::string_view step, const std::string& result);
  void add_smallest_graph(const Frame& frame, Sample& sample, const Change& change,
                          Diagnostic& diagnostic) const;

  const Model& model_;
  const PipelineOptions& options_;
  const CheckSettings settings_;
  CheckCounts& counts_;
  Diagnostics& diagnostics_;
  DType coarsest_ = DType::float64;
  std::string function_;
  std::vector<Frame> frames_;  // the function's Graph, then the inner Graphs around this one
  bool is_reported_ = false;
};

}  // namespace tgc
