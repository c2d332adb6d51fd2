// SPDX-License-Identifier: Apache-2.0
// See pass_checker.h.
#include "check/pass_checker.h"

#include <algorithm>

#include "check/smallest_graph.h"
#include "graph/op_def.h"
#include "interp/interpreter.h"
#include "json/json_place.h"
#include "passes/rewrite_names.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

constexpr size_t kMostCalls = 2;  // of an inner Graph that are looked at, for each sample

Origin origin_of(const Graph& graph, VariableId id) {
  const Apply* owner = graph.owner(id);
  return owner != nullptr ? owner->origin : graph.variable(id).origin;
}

// Evaluates, with what tgc itself gets wrong as a failure too.
const Tensor* try_find(Evaluation& evaluation, VariableId id, std::string& failure) {
  try {
    const Tensor* value = evaluation.find(id);
    failure = evaluation.failure();
    evaluation.clear_failure();
    return value;
  } catch (const InternalError& error) {
    failure = error.what();
    return nullptr;
  }
}

EvaluateResult try_evaluate(const Graph& graph, const std::vector<Tensor>& inputs,
                            const Bindings& bindings) {
  try {
    return evaluate(graph, inputs, bindings);
  } catch (const InternalError& error) {
    return {{}, error.what()};
  }
}

}  // namespace

PassChecker::PassChecker(const Model& model, const PipelineOptions& options, CheckSettings settings,
                         CheckCounts& counts, Diagnostics& diagnostics)
    : model_(model),
      options_(options),
      settings_(std::move(settings)),
      counts_(counts),
      diagnostics_(diagnostics) {}

Tolerance PassChecker::tolerance(DType dtype) const {
  return tolerance_of(dtype, coarsest_, settings_.sloppiness);
}

void PassChecker::note_precision(const Graph& graph) {
  const auto note = [this](const TensorType& type) {
    const DType dtype = real_dtype(type.dtype);
    if (is_float(dtype) && dtype_size(dtype) < dtype_size(coarsest_)) coarsest_ = dtype;
  };
  for (const VariableId id : graph.inputs()) note(graph.type(id));
  for (const ApplyId id : graph.applies()) {
    for (const VariableId output : graph.apply(id).outputs) note(graph.type(output));
    for (const InnerGraph& inner : graph.apply(id).inner) note_precision(*inner);
  }
}

// Text of why the Graph cannot be evaluated on these inputs, or "".
std::string PassChecker::add_sample(Frame& frame, std::vector<Tensor> inputs,
                                    const Bindings& bindings) {
  Sample sample;
  sample.inputs = std::move(inputs);
  sample.bindings = bindings;
  EvaluateResult result = try_evaluate(*frame.graph, sample.inputs, bindings);
  if (!result.failure.empty()) return result.failure;
  sample.results = std::move(result.outputs);
  frame.samples.push_back(std::move(sample));
  Sample& kept = frame.samples.back();
  kept.evaluation = std::make_unique<Evaluation>(*frame.graph, bindings);
  return kept.evaluation->bind(kept.inputs);
}

void PassChecker::begin(const Function& function) {
  function_ = function.name;
  coarsest_ = DType::float64;
  note_precision(function.graph);
  frames_.clear();
  Frame frame;
  frame.graph = &function.graph;
  frame.what = "function '" + function.name + "'";
  frame.samples.reserve(2);  // their inputs are pointed at
  std::string failure;
  for (const Draw draw : {Draw::positive, Draw::normal}) {
    for (int attempt = 0; attempt < kSampleTries; ++attempt) {
      SampleInputs sample =
          sample_inputs(function.graph, model_, settings_.inputs, draw, settings_.seed, attempt);
      if (sample.failure.empty()) {
        sample.failure = add_sample(frame, std::move(sample.values), {});
      }
      if (sample.failure.empty()) break;
      if (failure.empty()) failure = sample.failure;
    }
  }
  if (frame.samples.empty()) {
    warn_unchecked(frame, failure);
  } else {
    counts_.functions.insert(function.name);
    if (settings_.finite_only) warn_not_finite(frame);
  }
  frames_.push_back(std::move(frame));
}

void PassChecker::warn_unchecked(const Frame& frame, const std::string& why) {
  Diagnostic& warning = diagnostics_.warning(
      "passes-not-checked", "the passes of " + frame.what + " are not checked: the reference " +
                                "interpreter stops on its inputs: " + why);
  warning.location.file = settings_.file;
  warning.hint = "give inputs that fit: --check-inputs FILE.npz, or --check-inputs NAME=VALUE";
}

void PassChecker::warn_not_finite(const Frame& frame) {
  for (const Sample& sample : frame.samples) {
    for (size_t i = 0; i < sample.results.size(); ++i) {
      if (is_all_finite(sample.results[i])) continue;
      const VariableId output = frame.graph->outputs()[i];
      Diagnostic& warning = diagnostics_.warning(
          "value-not-finite", display_name(*frame.graph, output) + " in " + frame.what +
                                  " is not finite on the inputs it is checked on");
      warning.location = location_in(settings_.file, origin_of(*frame.graph, output).pointer);
      warning.hint = "give other inputs with --check-inputs, or set DebugMode.check_finite=False";
      return;
    }
  }
}

// What the replacement does to the value, in words; nothing where it keeps it.
std::optional<std::string> PassChecker::value_change(Sample& sample, VariableId old,
                                                     VariableId replacement) {
  std::string failure;
  const Tensor* const before = try_find(*sample.evaluation, old, failure);
  if (before == nullptr) return std::nullopt;  // of the branch that is not taken
  const Tensor* const after = try_find(*sample.evaluation, replacement, failure);
  if (after == nullptr) return "it cannot be computed any more: " + failure;
  const auto difference = difference_of(*before, *after, tolerance(before->dtype()));
  if (!difference) return std::nullopt;
  return difference->text;
}

std::optional<std::string> PassChecker::result_change(const Sample& sample,
                                                      const Graph& changed) const {
  const EvaluateResult result = try_evaluate(changed, sample.inputs, sample.bindings);
  if (!result.failure.empty()) return "the graph cannot be evaluated any more: " + result.failure;
  for (size_t i = 0; i < std::min(result.outputs.size(), sample.results.size()); ++i) {
    const auto difference =
        difference_of(sample.results[i], result.outputs[i], tolerance(sample.results[i].dtype()));
    if (!difference) continue;
    return "result " + std::to_string(i) + " (" + display_name(changed, changed.outputs()[i]) +
           "): " + difference->text;
  }
  return std::nullopt;
}

void PassChecker::replacing(const Graph& graph, std::string_view rewrite, VariableId old,
                            VariableId replacement) {
  if (is_reported_ || frames_.empty() || frames_.back().graph != &graph) return;
  Frame& frame = frames_.back();
  if (frame.samples.empty()) {
    ++counts_.unchecked;
    return;
  }
  ++counts_.replacements;
  for (Sample& sample : frame.samples) {
    const auto value = value_change(sample, old, replacement);
    if (!value) continue;
    Graph changed = graph;
    changed.replace(old, replacement, rewrite);
    const auto result = result_change(sample, changed);
    if (!result) {
      ++counts_.harmless;
      continue;
    }
    report(frame, sample, {std::string(rewrite), old, replacement, *value, *result});
    return;
  }
}

void PassChecker::report(const Frame& frame, Sample& sample, const Change& change) {
  is_reported_ = true;
  const Graph& graph = *frame.graph;
  const Origin origin = origin_of(graph, change.old);
  Diagnostic& error = diagnostics_.error(
      "pass-changed-value",
      "the rewrite '" + change.rewrite + "' changes the value of " + "'" +
          (origin.nodes.empty() ? variable_label(graph, change.old) : origin.nodes[0]) + "'" +
          " in " + frame.what + ": " + change.value,
      location_in(settings_.file, origin.pointer));
  const auto note = [&](const std::string& text) { error.notes.push_back({text, {}}); };
  if (!origin.trace.empty()) note("made at " + join(origin.trace, ", "));
  note(variable_label(graph, change.old) + " becomes " + variable_label(graph, change.replacement));
  note(change.result);
  const bool can_exclude = match_rewrite(change.rewrite).has_value();
  error.hint =
      can_exclude ? "--flags optimizer_excluding=" + change.rewrite + " goes around it" : "";
  add_smallest_graph(frame, sample, change, error);
}

void PassChecker::add_smallest_graph(const Frame& frame, Sample& sample, const Change& change,
                                     Diagnostic& diagnostic) const {
  if (settings_.folder.empty()) return;
  const auto file = smallest_graph(*frame.graph, change.old, *sample.evaluation, options_,
                                   [this](DType dtype) { return tolerance(dtype); });
  if (!file) {
    diagnostic.notes.push_back({"no smaller graph that shows it could be written", {}});
    return;
  }
  const std::string graph = join_path(settings_.folder, "graph.json");
  const std::string inputs = join_path(settings_.folder, "inputs.npz");
  std::error_code error = make_folders(settings_.folder);
  if (!error) error = write_file_atomically(graph, file->text);
  if (!error) error = write_file_atomically(inputs, npz_bytes(file->inputs));
  diagnostic.notes.push_back({error ? "the smallest graph that shows it cannot be written to " +
                                          settings_.folder + ": " + error.message()
                                    : "the smallest graph that shows it: tgc compile " + graph +
                                          " --check-passes --check-inputs " + inputs,
                              {}});
}

void PassChecker::finished_step(const Graph& graph, std::string_view step, bool is_mandatory) {
  if (is_reported_ || frames_.empty() || frames_.back().graph != &graph) return;
  Frame& frame = frames_.back();
  for (Sample& sample : frame.samples) {
    const auto result = result_change(sample, graph);
    const bool is_guard = is_mandatory && options_.nan_guard.has_value();
    if (result && !is_guard) {
      report_step(frame, step, *result);
      return;
    }
    // a stage may have made the Graph anew, with other ids
    sample.evaluation = std::make_unique<Evaluation>(graph, sample.bindings);
    sample.evaluation->bind(sample.inputs);
  }
}

void PassChecker::report_step(const Frame& frame, std::string_view step,
                              const std::string& result) {
  is_reported_ = true;
  Diagnostic& error =
      diagnostics_.error("pass-changed-value", "the step '" + std::string(step) + "' changes " +
                                                   frame.what + ": " + result);
  error.location.file = settings_.file;
  error.hint = match_rewrite(std::string(step))
                   ? "--flags optimizer_excluding=" + std::string(step) + " goes around it"
                   : "it cannot be left out; please report it with the graph file";
}

void PassChecker::enter(const Graph& outside, ApplyId apply, size_t body, const Graph& copy) {
  Frame frame;
  frame.graph = &copy;
  const Apply& loop = outside.apply(apply);
  const std::string name = loop.origin.nodes.empty() ? loop.name : loop.origin.nodes[0];
  frame.what = "the body of " + std::string(loop.op->name) + " '" + name + "' in function '" +
               function_ + "'";
  const Graph* const inner = loop.inner.at(body).get();
  std::vector<std::pair<std::vector<Tensor>, Bindings>> calls;
  const bool is_known = !frames_.empty() && frames_.back().graph == &outside && !is_reported_;
  for (size_t i = 0; is_known && i < frames_.back().samples.size(); ++i) {
    Evaluation& evaluation = *frames_.back().samples[i].evaluation;
    const size_t most = calls.size() + kMostCalls;
    evaluation.on_inner = [&](const Graph& called, const std::vector<Tensor>& inputs,
                              const Bindings& bindings) {
      if (&called == inner && calls.size() < most) calls.emplace_back(inputs, bindings);
    };
    try {
      evaluation.repeat(apply);
    } catch (const InternalError&) {
      calls.clear();
    }
    evaluation.on_inner = {};
    evaluation.clear_failure();
  }
  frame.samples.reserve(calls.size());
  for (auto& [inputs, bindings] : calls) {
    add_sample(frame, std::move(inputs), bindings);
  }
  frames_.push_back(std::move(frame));
}

void PassChecker::leave() {
  frames_.pop_back();
}

}  // namespace tgc
