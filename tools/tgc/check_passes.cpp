// SPDX-License-Identifier: Apache-2.0
// See check_passes.h.
#include "tgc/check_passes.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "json/tensor_archive.h"
#include "support/file.h"
#include "support/text.h"
#include "tgc/run_inputs.h"
#include "tgc/table.h"

namespace tgc {
namespace {

// A model's inputs by name, whichever function takes them.
std::vector<ManifestValue> inputs_of(const Model& model) {
  std::vector<ManifestValue> inputs;
  for (const Function& function : model.functions) {
    for (const VariableId id : function.graph.inputs()) {
      const Variable& input = function.graph.variable(id);
      const bool is_known = std::any_of(inputs.begin(), inputs.end(), [&](const auto& known) {
        return known.name == input.name;
      });
      if (input.kind != VariableKind::input || is_known) continue;
      ManifestValue value{input.name, std::string(dtype_name(input.type.dtype)), {}};
      for (const DimExpr& dim : input.type.shape) value.shape.push_back(dim.text());
      inputs.push_back(std::move(value));
    }
  }
  return inputs;
}

// "x=VALUE" as of `tgc run --in`; a file of many arrays stands for one of each of its members.
std::optional<std::vector<InputOption>> expanded(const std::vector<std::string>& words,
                                                 Diagnostics& diagnostics) {
  std::vector<std::string> options;
  for (const std::string& word : words) {
    if (!word.ends_with(".npz") && !word.ends_with(".safetensors")) {
      options.push_back(word);
      continue;
    }
    if (word.find('=') != std::string::npos && !path_exists(word)) {
      options.push_back(word);
      continue;
    }
    Location where;
    where.file = word;
    const auto archive = TensorArchive::open(word, where, diagnostics);
    if (!archive) return std::nullopt;
    for (const std::string& name : archive->names()) options.push_back(name + "=" + word);
  }
  for (const std::string& option : options) {
    if (option.find('=') != std::string::npos) continue;
    throw UsageError("--check-inputs " + option +
                     ": expected FILE.npz, FILE.safetensors or NAME=VALUE, e.g. x=x.npy");
  }
  return input_options(options);
}

std::optional<NamedTensors> read_check_inputs(const std::vector<std::string>& words,
                                              const Model& model, Diagnostics& diagnostics) {
  const auto options = expanded(words, diagnostics);
  if (!options) return std::nullopt;
  const std::vector<ManifestValue> inputs = inputs_of(model);
  std::vector<std::string> names;
  for (const ManifestValue& input : inputs) names.push_back(input.name);
  NamedTensors values;
  bool is_good = true;
  for (const InputOption& option : *options) {
    const auto wanted = std::find(names.begin(), names.end(), option.name);
    if (wanted == names.end()) {
      const std::string nearest = nearest_name(option.name, names);
      diagnostics.error("input-name", "no function has an input '" + option.name + "'").hint =
          nearest.empty() ? "the inputs are " + join(names, ", ")
                          : "did you mean '" + nearest + "'?";
      is_good = false;
      continue;
    }
    auto value =
        read_input(option, inputs[static_cast<size_t>(wanted - names.begin())], false, diagnostics);
    if (value) values.emplace(option.name, std::move(*value));
    is_good = is_good && value.has_value();
  }
  if (!is_good) return std::nullopt;
  return values;
}

}  // namespace

void add_check_options(CLI::App& app, CompileOptions& options) {
  const char* group = "Checking";
  app.add_flag("--check-passes", options.checks_passes,
               "Theano's DebugMode: evaluate what each rewrite replaces, before and after, and "
               "report the first that changes a result. Takes one evaluation by the reference "
               "interpreter for each step of the pipeline: for small sizes")
      ->group(group);
  app.add_option("--check-inputs", options.check_inputs,
                 "What to check on: FILE.npz, or as --in of tgc run; the rest is random")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--check-seed", options.check_seed, "Seed of the random inputs (1)")
      ->type_name("SEED")
      ->group(group);
  app.add_option("--rewrite-limit", options.rewrite_limit,
                 "Apply the first N rewrites and no further ones; the last one is told")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N")
      ->group(group);
}

void add_checks(const CompileOptions& options, const std::string& bundle, CompileRequest& request,
                Invocation& invocation) {
  request.checks_passes = options.checks_passes;
  request.check_seed = options.check_seed;
  request.rewrite_limit = options.rewrite_limit;
  std::string beside = bundle;
  if (beside.empty() || beside == "/dev/null") beside = file_name(options.model);
  while (beside.size() > 1 && beside.back() == '/') beside.pop_back();
  request.check_folder = beside + ".check";
  if (options.check_inputs.empty()) return;
  request.check_inputs = [&](const Model& model) {
    return read_check_inputs(options.check_inputs, model, invocation.diagnostics);
  };
}

std::string checks_text(const CheckCounts& counts) {
  if (counts.functions.empty()) return "nothing, the reference interpreter stopped on the inputs";
  std::string text = counted(counts.replacements, "replacement") + " in " +
                     counted(static_cast<int64_t>(counts.functions.size()), "function") +
                     ": no result changed";
  if (counts.harmless > 0) {
    text += ", " + counted(counts.harmless, "value") + " in between did";
  }
  if (counts.unchecked > 0) text += "; " + std::to_string(counts.unchecked) + " not checked";
  return text;
}

std::string limit_text(const CompileResult& result, int64_t limit) {
  if (result.rewrites < limit) {
    return "all " + counted(result.rewrites, "rewrite") + " were applied\n";
  }
  std::string text = "stopped after " + counted(limit, "rewrite");
  if (!result.last_rewrite.empty()) text += "; the last: " + result.last_rewrite;
  return text + "\n";
}

}  // namespace tgc
