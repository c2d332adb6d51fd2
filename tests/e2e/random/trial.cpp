// SPDX-License-Identifier: Apache-2.0
// See trial.h.
#include "e2e/random/trial.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "driver/compile.h"
#include "e2e/random/reference.h"
#include "flags/config.h"
#include "flags/load_config.h"
#include "helpers/arrays.h"
#include "helpers/emulation/emulated_module.h"
#include "support/file.h"
#include "tgc/runtime.hpp"

namespace tgc {
namespace {

constexpr int kSamples = 5;
constexpr int kManySamples = 60;  // before a difference is believed

std::string messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics.all()) text += one.message + "\n";
  return text.substr(0, 3000);
}

std::optional<Config> config_of(std::vector<std::string> assignments) {
  assignments.insert(assignments.begin(), "on_unused_input=ignore");
  ConfigRequest request;
  request.assignments = std::move(assignments);
  request.is_isolated = true;
  request.project_folder = "";
  Diagnostics diagnostics;
  return load_config(request, diagnostics);
}

bool same_bits(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.dims() == b.dims() &&
         (a.byte_count() == 0 || std::memcmp(a.bytes(), b.bytes(), a.byte_count()) == 0);
}

// The reference of all calls, with the state that each begins with.
struct Course {
  const Function* function = nullptr;
  const Sketch* sketch = nullptr;
  std::vector<std::map<std::string, Tensor>> states;
  std::vector<std::vector<Tensor>> inputs;  // of the graph
  std::vector<std::vector<Array>> arguments;
  std::vector<Reference> references;
};

Course make_course(const Function& function, const Sketch& sketch, bool is_strict) {
  Course course{&function, &sketch, {}, {}, {}, {}};
  std::map<std::string, Tensor> state;
  for (const SketchValue& value : sketch.values) {
    if (value.kind == SketchValue::Kind::shared) state.emplace(value.name, value.values[0]);
  }
  for (size_t call = 0; call < kCalls; ++call) {
    course.states.push_back(state);
    std::vector<Tensor> inputs;
    for (const VariableId id : function.graph.inputs()) {
      const Variable& variable = function.graph.variable(id);
      inputs.push_back(variable.kind == VariableKind::shared
                           ? state.at(variable.name)
                           : sketch.find(variable.name)->values.at(call));
    }
    std::vector<Array> arguments;
    for (const SketchValue& value : sketch.values) {
      if (value.kind == SketchValue::Kind::input) arguments.push_back(to_array(value.values[call]));
    }
    Reference reference = make_reference(function, inputs, kSamples, is_strict);
    if (reference.failure.empty() && !reference.is_doubtful) {
      for (const Update& update : function.updates) {
        state.insert_or_assign(update.shared, reference.outputs.at(update.output).value);
      }
    }
    course.inputs.push_back(std::move(inputs));
    course.arguments.push_back(std::move(arguments));
    course.references.push_back(std::move(reference));
  }
  return course;
}

struct CallResult {
  std::string failure;
  std::vector<Array> outputs;  // results, then the shared variables in order of course.states
};

CallResult make_call(Context& context, const Engine& engine, const Course& course, size_t call) {
  CallResult result;
  State state = context.state();
  for (const auto& [name, value] : course.states[call]) state.set(name, to_array(value));
  try {
    result.outputs = context.call(engine.function(course.function->name), course.arguments[call]);
  } catch (const std::exception& error) {
    result.failure = error.what();
    if (result.failure.empty()) result.failure = "failed without a message";
  }
  for (const auto& [name, value] : course.states[call]) result.outputs.push_back(state.value(name));
  return result;
}

class Trial {
 public:
  Trial(const std::vector<Sketch>& sketches, const TrialOptions& options)
      : sketches_(sketches), options_(options) {}

  TrialResult run() {
    const std::string path = options_.folder + "/random.json";
    if (write_file_atomically(path, model_json(sketches_))) {
      report(0, "writing", "cannot write " + path);
      return result_;
    }
    Diagnostics diagnostics;
    const auto config = config_of({});
    const auto model = check_model(path, *config, diagnostics);
    if (!model) {
      report(0, "reading", messages(diagnostics));
      return result_;
    }
    for (const Sketch& sketch : sketches_) {
      for (const Function& function : model->functions) {
        if (function.name != sketch.function) continue;
        courses_.push_back(make_course(function, sketch, options_.is_strict));
      }
    }
    for (const std::string& optimizer : options_.optimizers) compile_and_run(path, optimizer);
    return result_;
  }

 private:
  void report(size_t sketch, const std::string& where, const std::string& text) {
    result_.findings.push_back({sketches_[sketch].seed, where, text});
  }

  void compile_and_run(const std::string& path, const std::string& optimizer) {
    std::vector<std::string> flags = options_.flags;
    flags.push_back("optimizer=" + optimizer);
    const auto config = config_of(flags);
    if (!config) return report(0, "flags", "bad flags");
    CompileRequest request;
    request.model_path = path;
    request.targets = {"cpu:x86-64-v3"};
    if (options_.is_cuda) {
      request.targets.push_back("cuda:sm_90");
      request.emits = {EmitStage::cuda};
    }
    request.output = options_.folder + "/" + optimizer + ".tgc";
    request.is_cached = false;
    request.threads = 1;
    request.environment = process_environment();
    Diagnostics diagnostics;
    const auto compiled = compile(request, *config, diagnostics);
    if (!compiled) return report(0, optimizer + ", compiling", messages(diagnostics));
    run_on_cpu(request.output, optimizer);
    if (options_.is_cuda) run_on_standin(request.output, optimizer, *compiled);
  }

  void run_on_cpu(const std::string& bundle, const std::string& optimizer) {
    const Engine one(bundle, {"cpu", 1});
    const Engine two(bundle, {"cpu", 2});
    for (size_t i = 0; i < courses_.size(); ++i) {
      Context first(one);
      Context second(two);
      for (size_t call = 0; call < kCalls; ++call) {
        const std::string where = optimizer + ", cpu, call " + std::to_string(call);
        const CallResult result = make_call(first, one, courses_[i], call);
        check(i, call, result, where);
        check_same(i, result, make_call(second, two, courses_[i], call), where);
      }
    }
  }

  void run_on_standin(const std::string& bundle, const std::string& optimizer,
                      const CompileResult& compiled) {
    std::vector<EmulatedText> texts;
    for (const auto& [file, text] : compiled.emitted) texts.push_back({file, text});
    const std::string kernels = bundle + ".kernels.so";
    std::string error;
    if (!build_emulated_library(texts, true, kernels, error)) {
      return report(0, optimizer + ", emulated kernels", error.substr(0, 3000));
    }
    setenv("TGC_CUDA_DRIVER", TGC_STANDIN_DRIVER, 1);
    setenv("TGC_STANDIN_KERNELS", kernels.c_str(), 1);
    const Engine engine(bundle, {"cuda0", 1});
    for (size_t i = 0; i < courses_.size(); ++i) {
      Context context(engine);
      for (size_t call = 0; call < kCalls; ++call) {
        check(i, call, make_call(context, engine, courses_[i], call),
              optimizer + ", cuda, call " + std::to_string(call));
      }
    }
  }

  void check(size_t number, size_t call, const CallResult& got, const std::string& where) {
    const Course& course = courses_[number];
    const Reference& reference = course.references[call];
    ++result_.calls;
    if (reference.is_doubtful) {
      ++result_.doubtful_calls;
      return;
    }
    if (reference.failure.empty() != got.failure.empty()) {
      return report(number, where,
                    got.failure.empty() ? "succeeds, expected failure: " + reference.failure
                                        : "fails: " + got.failure);
    }
    if (!reference.failure.empty()) ++result_.failing_calls;
    check_state(number, call, got, where);
    if (!reference.failure.empty()) return;
    const size_t results = course.function->output_names.size();
    for (size_t i = 0; i < results; ++i) {
      check_value(number, call, i, to_tensor(got.outputs.at(i)),
                  where + ", output " + course.function->output_names[i] + " (" +
                      course.sketch->outputs.at(i) + ")");
    }
  }

  // Shared variables: their new values, or the old ones bit for bit.
  void check_state(size_t number, size_t call, const CallResult& got, const std::string& where) {
    const Course& course = courses_[number];
    const Reference& reference = course.references[call];
    size_t at = reference.failure.empty() ? course.function->output_names.size() : 0;
    for (const auto& [name, before] : course.states[call]) {
      const Array& value = got.outputs.at(at++);
      bool is_updated = false;
      for (const Update& update : course.function->updates) {
        if (update.shared != name || !reference.failure.empty()) continue;
        is_updated = true;
        check_value(number, call, update.output, to_tensor(value), where + ", update of " + name);
      }
      if (!is_updated && !same_bits(value, to_array(before))) {
        report(number, where, "shared variable " + name + " changed");
      }
    }
  }

  void check_value(size_t number, size_t call, size_t output, const Tensor& got,
                   const std::string& where) {
    const Course& course = courses_[number];
    Comparison comparison = compare(got, course.references[call].outputs.at(output));
    if (!comparison.difference.empty()) {
      const Reference better =
          make_reference(*course.function, course.inputs[call], kManySamples, options_.is_strict);
      if (better.is_doubtful) return;
      comparison = compare(got, better.outputs.at(output));
    }
    result_.compared += comparison.compared;
    result_.skipped += comparison.skipped;
    if (!comparison.difference.empty()) report(number, where, comparison.difference);
  }

  // Threads change no bit.
  void check_same(size_t number, const CallResult& one, const CallResult& two,
                  const std::string& where) {
    bool is_same =
        one.failure.empty() == two.failure.empty() && one.outputs.size() == two.outputs.size();
    for (size_t i = 0; is_same && i < one.outputs.size(); ++i) {
      is_same = same_bits(one.outputs[i], two.outputs[i]);
    }
    if (!is_same) report(number, where, "one thread and two give different results");
  }

  const std::vector<Sketch>& sketches_;
  const TrialOptions& options_;
  std::vector<Course> courses_;
  TrialResult result_;
};

}  // namespace

TrialResult run_trial(const std::vector<Sketch>& sketches, const TrialOptions& options) {
  return Trial(sketches, options).run();
}

}  // namespace tgc
