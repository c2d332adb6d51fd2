// SPDX-License-Identifier: Apache-2.0
// tgc run BUNDLE FUNCTION: calls a function once, or goes over its inputs in batches and epochs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "driver/compile.h"
#include "support/file.h"
#include "support/text.h"
#include "tgc/batches.h"
#include "tgc/bundle_source.h"
#include "tgc/run_inputs.h"
#include "tgc/run_outputs.h"
#include "tgc/runtime_error.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct RunOptions {
  std::string bundle;
  std::string function;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string device;
  int64_t batch_size = 0;
  int64_t epochs = 1;
  std::optional<uint64_t> shuffle_seed;
  std::string save_state;
  std::string load_state;
  bool allow_downcast = false;
  bool has_profile = false;
  ConfigOptions config;
  OutputOptions output_options;

  [[nodiscard]] bool is_batched() const {
    return batch_size > 0 || epochs > 1 || shuffle_seed.has_value();
  }
};

const ManifestFunction& choose_function(const RunOptions& options, const Manifest& manifest) {
  std::vector<std::string> names;
  for (const ManifestFunction& function : manifest.functions) names.push_back(function.name);
  if (options.function.empty() && names.size() == 1) return manifest.functions.front();
  if (options.function.empty()) {
    throw UsageError("which function? " + options.bundle + " has " + join(names, ", "));
  }
  if (const ManifestFunction* found = manifest.find_function(options.function)) return *found;
  const std::string nearest = nearest_name(options.function, names);
  throw UsageError(
      options.bundle + " has no function '" + options.function + "'; " +
      (nearest.empty() ? "it has " + join(names, ", ") : "did you mean '" + nearest + "'?"));
}

// The runtime reads flags from the environment; it shall see those in force here and no others.
void hand_flags_to_runtime(const Config& config, bool is_isolated) {
  std::string flags;
  for (const FlagSetting& setting : config.settings()) {
    if (setting.origin.kind == OriginKind::default_value) continue;  // TGC_CONFIG may have another
    if (setting.flag->scope == FlagScope::compile) continue;
    const std::string value = flag_value_text(setting.value);
    const char quote = value.find('"') == std::string::npos ? '"' : '\'';
    flags +=
        (flags.empty() ? "" : ",") + std::string(setting.flag->name) + "=" + quote + value + quote;
  }
  setenv("TGC_FLAGS", flags.c_str(), 1);
  unsetenv("THEANO_FLAGS");
  if (is_isolated) unsetenv("TGC_CONFIG");
}

// What was given for a compilation, though the bundle is compiled already.
void tell_late_flags(const Config& config, const std::string& bundle, Diagnostics& diagnostics) {
  for (const FlagSetting& setting : config.settings()) {
    if (setting.flag->scope != FlagScope::compile) continue;
    if (setting.origin.kind != OriginKind::command_line) continue;
    diagnostics.warning("flag-no-effect",
                        setting.origin.raw + " is for compiling, and " + bundle +
                            " is compiled already; compile it anew with this flag");
  }
}

// On failure errno says why.
bool can_write(const std::string& path) {
  const std::string place = followed_path(path);
  const auto facts = file_facts(place);
  if (facts && facts->is_folder) {
    errno = EISDIR;
    return false;
  }
  if (facts && !facts->is_file) return access(place.c_str(), W_OK) == 0;
  return access(parent_folder(place).c_str(), W_OK | X_OK) == 0;
}

class Run {
 public:
  Run(const RunOptions& options, const ManifestFunction& function, const std::string& bundle,
      const EngineOptions& engine_options, bool has_profile, Invocation& invocation)
      : options_(options),
        has_profile_(has_profile),
        function_(function),
        invocation_(invocation),
        console_(invocation.console),
        outputs_(output_options(options.outputs, function)),
        engine_(bundle, engine_options),
        context_(engine_),
        number_(engine_.function(function.name)),
        results_(function, kept_outputs()) {}

  int execute() {
    const auto inputs = read_inputs(input_options(options_.inputs), function_,
                                    options_.allow_downcast, invocation_.diagnostics);
    if (!inputs) return exit_code(invocation_.diagnostics);
    if (!can_write_all()) return kExitEnvironment;
    if (!options_.load_state.empty() && !load_state()) return kExitRejected;
    if (has_profile_) context_.profile();
    const int code = options_.is_batched() ? run_epochs(*inputs) : run_once(*inputs);
    if (code != kExitOk) return code;
    if (!options_.save_state.empty()) context_.state().save(options_.save_state);
    return print_results();
  }

 private:
  [[nodiscard]] std::vector<bool> kept_outputs() const {
    std::vector<bool> is_kept(function_.outputs.size(), false);
    for (const OutputOption& option : outputs_) {
      for (const size_t output : option.outputs) is_kept[output] = true;
    }
    return is_kept;
  }

  // Known before a training of hours rather than after it.
  [[nodiscard]] bool can_write_all() {
    std::vector<std::string> paths;
    for (const OutputOption& option : outputs_) paths.push_back(option.path);
    if (!options_.save_state.empty()) paths.push_back(options_.save_state);
    for (const std::string& path : paths) {
      if (can_write(path)) continue;
      invocation_.diagnostics.error("cannot-write",
                                    "cannot write " + path + ": " + std::strerror(errno));
      return false;
    }
    return true;
  }

  // A state that cannot be read is the user's mistake, one that cannot be written the machine's.
  bool load_state() {
    try {
      context_.state().load(options_.load_state);
      return true;
    } catch (const RuntimeError& error) {
      if (error.status() != TGC_ERROR_FILE) throw;
      invocation_.diagnostics.error("state-file", error.what());
      return false;
    }
  }

  bool call(const std::vector<tgc_tensor>& inputs, int64_t rows) {
    outputs_memory_.assign(function_.outputs.size(), tgc_tensor());
    context_.call(number_, inputs, outputs_memory_);
    return results_.add(outputs_memory_, rows, invocation_.diagnostics);
  }

  int run_once(const std::vector<Tensor>& inputs) {
    Batches whole(inputs, std::vector<bool>(inputs.size(), false), 1, 1);
    return call(whole.take(0), 1) ? kExitOk : kExitRejected;
  }

  int run_epochs(const std::vector<Tensor>& inputs) {
    const std::vector<bool> is_cut = inputs_to_cut(function_, inputs);
    const auto rows = row_count(function_, inputs, is_cut, invocation_.diagnostics);
    if (!rows) return kExitRejected;
    tell_what_is_whole(function_, is_cut, invocation_.diagnostics);
    Batches batches(inputs, is_cut, *rows, options_.batch_size);
    for (int64_t epoch = 1; epoch <= options_.epochs; ++epoch) {
      const auto start = std::chrono::steady_clock::now();
      results_.clear();
      if (options_.shuffle_seed) {
        batches.set_order(shuffled_rows(*rows, *options_.shuffle_seed, epoch));
      }
      for (int64_t batch = 0; batch < batches.count(); ++batch) {
        if (!call(batches.take(batch), batches.rows_in(batch))) return kExitRejected;
        draw(epoch, batch + 1, batches.count());
      }
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      tell_epoch(epoch, passed.count());
    }
    return kExitOk;
  }

  [[nodiscard]] std::string epoch_text(int64_t epoch) const {
    const std::string last = std::to_string(options_.epochs);
    const std::string number = std::to_string(epoch);
    return "epoch " + std::string(last.size() - number.size(), ' ') + number + "/" + last + "  ";
  }

  void draw(int64_t epoch, int64_t done, int64_t count) {
    if (!console_.shows_progress()) return;
    constexpr int64_t kWidth = 24;
    const auto filled = static_cast<size_t>(done * kWidth / count);
    console_.progress(epoch_text(epoch) + "[" + std::string(filled, '=') +
                      std::string(kWidth - filled, ' ') + "] " + std::to_string(done) + "/" +
                      std::to_string(count) + "  " + results_.short_text());
  }

  void tell_epoch(int64_t epoch, double seconds) {
    const std::string scalars = results_.short_text();
    console_.remark(epoch_text(epoch) + scalars + (scalars.empty() ? "" : "  ") +
                    seconds_text(seconds) + "\n");
  }

  int print_results() {
    for (const OutputOption& option : outputs_) {
      const auto error = write_file_atomically(option.path, results_.file_bytes(option));
      if (!error) continue;
      invocation_.diagnostics.error("cannot-write",
                                    "cannot write " + option.path + ": " + error.message());
      return kExitEnvironment;
    }
    const std::vector<bool> is_kept = kept_outputs();
    for (size_t i = 0; i < function_.outputs.size(); ++i) {
      if (results_.is_scalar(i) || !is_kept[i]) console_.print(results_.text(i));
    }
    for (const OutputOption& option : outputs_) console_.tell("wrote " + option.path + "\n");
    if (has_profile_) console_.print(context_.profile());
    return kExitOk;
  }

  const RunOptions& options_;
  const bool has_profile_;
  const ManifestFunction& function_;
  Invocation& invocation_;
  Console& console_;
  std::vector<OutputOption> outputs_;
  Engine engine_;
  Context context_;
  uint32_t number_;
  Results results_;
  std::vector<tgc_tensor> outputs_memory_;
};

int run_function(const RunOptions& options, Invocation& invocation) {
  apply(options.output_options, invocation.console);
  ConfigOptions config_options = options.config;
  if (!options.device.empty()) config_options.flags.push_back("device=" + options.device);
  invocation.inputs = {options.bundle};
  for (const InputOption& input : input_options(options.inputs)) {
    if (const std::string file = source_file(input); !file.empty()) {
      invocation.inputs.push_back(file);
    }
  }
  int code = kExitOk;
  const auto config = load_config(config_options, invocation, code);
  if (!config) return code;
  const auto source = open_bundle_source(options.bundle, config->text("device"), config_options,
                                         *config, invocation, code);
  if (!source) return code;
  if (source->path == options.bundle) {
    tell_late_flags(*config, options.bundle, invocation.diagnostics);
  }
  const auto manifest = read_manifest(source->path, invocation.diagnostics);
  if (!manifest) return kExitRejected;
  const ManifestFunction& function = choose_function(options, *manifest);

  hand_flags_to_runtime(*config, options.config.is_isolated);
  EngineOptions engine_options;
  // left unset, TGC_CONFIG has a say
  const bool is_device_set = config->setting("device").origin.kind != OriginKind::default_value;
  if (is_device_set) engine_options.device = config->text("device");
  engine_options.threads = static_cast<int>(config->integer("threads"));
  try {
    const bool has_profile = options.has_profile || config->boolean("profile");
    return Run(options, function, source->path, engine_options, has_profile, invocation).execute();
  } catch (const RuntimeError& error) {
    return report_runtime_error(error, invocation.diagnostics);
  }
}

std::string check_count(const std::string& text) {
  const bool is_count = text.find_first_not_of("0123456789") == std::string::npos &&
                        text.find_first_not_of('0') != std::string::npos;
  return is_count ? "" : "'" + text + "' is no number of at least 1";
}

void add_batch_options(CLI::App& app, RunOptions& options) {
  const char* group = "Batches";
  app.add_option("--batch-size", options.batch_size, "Cut the leading dim of the inputs in batches")
      ->check(check_count)
      ->type_name("N")
      ->group(group);
  app.add_option("--epochs", options.epochs, "Go over all rows so often")
      ->check(check_count)
      ->type_name("N")
      ->group(group);
  app.add_option("--shuffle", options.shuffle_seed, "Another order of the rows in each epoch")
      ->type_name("SEED")
      ->group(group);
}

}  // namespace

Action declare_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  app.add_option("bundle", options->bundle, "A bundle's folder, or a graph file to compile first")
      ->type_name("BUNDLE")
      ->required();
  app.add_option("function", options->function, "The function to call")->type_name("FUNCTION");
  app.add_option("--in", options->inputs,
                 "NAME=VALUE: a number, a list such as [[1, 2], [3, 4]], FILE.npy, "
                 "FILE.npz:MEMBER, FILE.safetensors:TENSOR")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--out", options->outputs,
                 "Write an output, the next or NAME, to FILE.npy; or all to FILE.npz")
      ->type_name("[NAME=]FILE")
      ->allow_extra_args(false);
  app.add_option("--device", options->device, "cpu, cuda or cudaN (the flag device, else cpu)")
      ->type_name("DEVICE");
  app.add_flag("--allow-downcast,--allow-input-downcast", options->allow_downcast,
               "Convert inputs even where that loses precision");
  app.add_option("--load-state", options->load_state, "Shared variables to begin with")
      ->type_name("FILE.safetensors");
  app.add_option("--save-state", options->save_state,
                 "Where to save the shared variables at the end")
      ->type_name("FILE.safetensors");
  app.add_flag("--profile", options->has_profile, "Print where the time went, step by step");
  add_batch_options(app, *options);
  add_config_options(app, options->config);
  add_output_options(app, options->output_options);
  return [options](Invocation& invocation) { return run_function(*options, invocation); };
}

}  // namespace tgc
