// SPDX-License-Identifier: Apache-2.0
// tgc compile MODEL: graph file -> bundle folder, or single stages of the way there.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "support/file.h"
#include "support/text.h"
#include "tgc/check_passes.h"
#include "tgc/compile_options.h"
#include "tgc/depfile.h"
#include "tgc/emit.h"
#include "tgc/table.h"

namespace tgc {
namespace {

// What is written where.
struct Outputs {
  std::string bundle;  // "": none
  std::vector<EmitOption> emits;
  std::string emit_path;  // of the stages without a path of their own

  [[nodiscard]] bool is_stdout_taken() const {
    return emit_path == "-" || std::any_of(emits.begin(), emits.end(),
                                           [](const EmitOption& emit) { return emit.path == "-"; });
  }
};

// "dir/model.json" -> "model.tgc".
std::string default_bundle(const std::string& model) {
  std::string name = file_name(model);
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) name.resize(dot);
  return name + ".tgc";
}

Outputs choose_outputs(const CompileOptions& options) {
  Outputs outputs;
  outputs.emits = emit_options(options);
  const auto bundle = std::find_if(outputs.emits.begin(), outputs.emits.end(),
                                   [](const EmitOption& emit) { return emit.stage == "bundle"; });
  const bool has_bundle = outputs.emits.empty() || bundle != outputs.emits.end();
  if (has_bundle) {
    outputs.bundle = options.output;
    if (bundle != outputs.emits.end()) {
      if (!bundle->path.empty()) outputs.bundle = bundle->path;
      outputs.emits.erase(bundle);
    }
    if (outputs.bundle.empty()) outputs.bundle = default_bundle(options.model);
    if (outputs.bundle == "-") throw UsageError("a bundle is a folder; -o - needs --emit=STAGE");
  } else {
    outputs.emit_path = options.output;
  }
  return outputs;
}

// Compiling code would be wasted on these.
bool is_text(const EmitOption& emit) {
  return emit.stage == "optimized" || emit.stage == "plan" || emit.stage == "cpp" ||
         emit.stage == "cuda";
}

std::string functions_text(const CompileResult& result) {
  std::vector<std::string> parts;
  for (const CompiledFunction& function : result.functions) {
    parts.push_back(function.name + " " + std::to_string(function.nodes_before) + " -> " +
                    std::to_string(function.nodes_after) + " nodes");
  }
  return join(parts, ", ");
}

std::string kernels_text(const CompileResult& result) {
  std::vector<std::string> parts;
  if (result.cpu_kernels > 0 || result.cuda_kernels == 0) {
    parts.push_back(std::to_string(result.cpu_kernels) + " for cpu");
  }
  if (result.cuda_kernels > 0 || !result.architectures.empty()) {
    parts.push_back(std::to_string(result.cuda_kernels) + " for cuda (" +
                    join(result.architectures, " ") + ")");
  }
  return join(parts, ", ") + (result.from_cache ? ", all from the cache" : "");
}

// The folder, its size, and the largest files.
std::string bundle_text(const CompileResult& result, const std::string& bundle) {
  std::vector<CompiledFile> files = result.files;
  std::stable_sort(files.begin(), files.end(),
                   [](const CompiledFile& a, const CompiledFile& b) { return a.bytes > b.bytes; });
  uint64_t total = 0;
  for (const CompiledFile& file : files) total += file.bytes;
  constexpr size_t kNamed = 4;
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(kNamed, files.size()); ++i) {
    parts.push_back(files[i].name + " " + bytes_text(files[i].bytes));
  }
  return bundle + "  " + bytes_text(total) + ": " + join(parts, ", ");
}

void tell_result(const CompileResult& result, const Outputs& outputs, bool is_dry_run,
                 double seconds, Console& console) {
  const auto line = [&](const std::string& label, const std::string& text) {
    console.tell("  " + label + std::string(9 - label.size(), ' ') + text + "\n");
  };
  console.tell(console.bold(result.name) + ": " + functions_text(result) + "\n");
  line("kernels", kernels_text(result));
  if (is_dry_run) {
    line("bundle", outputs.bundle + " would be written");
  } else {
    line("bundle", bundle_text(result, outputs.bundle));
  }
  if (result.checks) line("checked", checks_text(*result.checks));
  line("time", seconds_text(seconds));
}

// Stage texts: dumps are named FUNCTION-NUMBER-STAGE, what is printed "FUNCTION: STAGE".
void show_stage(const std::string& stage, const std::string& text, const CompileOptions& options,
                Invocation& invocation) {
  if (stage.find(": ") != std::string::npos) {
    invocation.console.show("; " + stage + "\n" + text);
    return;
  }
  const std::string path = join_path(options.dump_folder, stage + ".txt");
  if (const auto error = write_file_atomically(path, text)) {
    invocation.diagnostics.error("cannot-write", "cannot write " + path + ": " + error.message());
  }
}

bool prepare_dump_folder(const CompileOptions& options, Invocation& invocation) {
  if (options.dump_folder.empty()) return true;
  const std::error_code error = make_folders(options.dump_folder);
  if (!error) return true;
  invocation.diagnostics.error(
      "cannot-write", "cannot make the folder " + options.dump_folder + ": " + error.message());
  return false;
}

std::string without_end(std::string text, char end) {
  while (text.size() > 1 && text.back() == end) text.pop_back();
  return text;
}

bool write_depfile(const CompileOptions& options, const Outputs& outputs,
                   const std::vector<std::string>& written, const CompileResult& result,
                   Invocation& invocation) {
  if (!options.has_depfile && options.depfile.empty()) return true;
  std::string target = options.depfile_target;
  if (target.empty() && !outputs.bundle.empty()) {
    target = join_path(outputs.bundle, "manifest.json");
  }
  if (target.empty() && !written.empty()) target = written.front();
  const std::string beside = outputs.bundle.empty() ? target : without_end(outputs.bundle, '/');
  const std::string path = options.depfile.empty() ? beside + ".d" : options.depfile;
  if (path == "-") {
    invocation.console.print(depfile_text(target, result.dependencies));
    return true;
  }
  const auto done = write_file_if_changed(path, depfile_text(target, result.dependencies));
  if (!done.error) return true;
  invocation.diagnostics.error("cannot-write",
                               "cannot write the depfile " + path + ": " + done.error.message());
  return false;
}

CompileRequest bundle_request(const CompileOptions& options, const Outputs& outputs,
                              const Config& config, Invocation& invocation) {
  CompileRequest request = make_request(options, config, invocation);
  if (outputs.bundle != "/dev/null") request.output = outputs.bundle;
  for (const EmitOption& emit : outputs.emits) {
    request.emits.push_back(*parse_emit_stage(emit.stage));
  }
  if (options.is_dry_run) request.emits.push_back(EmitStage::plan);
  if (outputs.bundle.empty() && std::all_of(outputs.emits.begin(), outputs.emits.end(), is_text)) {
    request.is_dry_run = true;
  }
  add_checks(options, outputs.bundle, request, invocation);
  request.print_after = print_after_names(options.print_after);
  request.print_changed = options.prints_changed;
  request.dump_stages = !options.dump_folder.empty();
  if (request.dump_stages || request.print_changed || !request.print_after.empty()) {
    request.stage_text = [&](const std::string& stage, const std::string& text) {
      show_stage(stage, text, options, invocation);
    };
  }
  return request;
}

int failed(const Config& config, const Invocation& invocation) {
  const int code = exit_code(invocation.diagnostics, config);
  return code == kExitOk ? kExitRejected : code;
}

int compile_model(const CompileOptions& options, Invocation& invocation) {
  apply(options.output_options, invocation.console);
  invocation.inputs = {options.model};
  const auto start = std::chrono::steady_clock::now();
  const Outputs outputs = choose_outputs(options);
  int code = kExitOk;
  const auto config = load_config(options.config, invocation, code);
  if (!config) return code;
  if (!prepare_dump_folder(options, invocation)) return kExitEnvironment;
  const CompileRequest request = bundle_request(options, outputs, *config, invocation);
  const auto result = compile(request, *config, invocation.diagnostics);
  invocation.console.clear_progress();
  invocation.console.report(invocation.diagnostics);
  if (!result || invocation.diagnostics.has_errors()) return failed(*config, invocation);

  std::vector<std::string> written;
  if (!options.is_dry_run) {
    const auto paths = write_emitted(*result, outputs.emits, outputs.emit_path, invocation);
    if (!paths) return failed(*config, invocation);
    written = *paths;
    if (!write_depfile(options, outputs, written, *result, invocation))
      return failed(*config, invocation);
  }
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  if (!outputs.bundle.empty() && !outputs.is_stdout_taken()) {
    tell_result(*result, outputs, options.is_dry_run, passed.count(), invocation.console);
  }
  if (!outputs.is_stdout_taken()) {
    for (const std::string& path : written) invocation.console.tell("  wrote    " + path + "\n");
  }
  if (options.is_dry_run) {
    for (const auto& [name, text] : result->emitted) invocation.console.print(text);
  }
  if (options.rewrite_limit && !outputs.is_stdout_taken()) {
    invocation.console.remark(limit_text(*result, *options.rewrite_limit));
  }
  if (config->boolean("profile_optimizer") && !outputs.is_stdout_taken()) {
    invocation.console.print(optimizer_profile_text(*result));
  }
  if (options.has_timing && !outputs.is_stdout_taken()) {
    invocation.console.print(timing_text(*result));
  }
  return kExitOk;
}

std::string check_jobs(const std::string& text) {
  constexpr size_t kMostDigits = 4;
  const bool is_count = !text.empty() && text.size() <= kMostDigits &&
                        text.find_first_not_of("0123456789") == std::string::npos;
  return is_count ? "" : "'" + text + "' is no number from 0 to 9999";
}

void add_stage_options(CLI::App& app, CompileOptions& options) {
  const char* group = "Stages";
  app.add_option("--emit", options.emits,
                 "Write single stages instead of the bundle: " + join(emit_stage_names(), ", ") +
                     ", bundle; STAGE=PATH says where to")
      ->type_name("STAGE,...")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--print-after", options.print_after,
                 "Print the graph after these rewrites (patterns with * are allowed)")
      ->type_name("NAME,...")
      ->allow_extra_args(false)
      ->group(group);
  app.add_flag("--print-changed", options.prints_changed,
               "Print the graph after each step that changed it")
      ->group(group);
  app.add_option("--dump-stages", options.dump_folder, "Write the graph after each step to a file")
      ->type_name("FOLDER")
      ->group(group);
}

}  // namespace

Action declare_compile(CLI::App& app) {
  auto options = std::make_shared<CompileOptions>();
  app.add_option("model", options->model, "The graph file")->type_name("MODEL.json")->required();
  app.add_option("-o,--output", options->output,
                 "The bundle's folder (MODEL.tgc); with --emit a file, a folder or - for stdout")
      ->type_name("PATH");
  app.add_option(
         "--target", options->targets,
         "cpu, cuda, cpu:native, cpu:x86-64-v4, cuda:sm_90, cuda:compute_75, ... (cpu,cuda)")
      ->type_name("TARGET,...")
      ->allow_extra_args(false);
  app.add_flag("--dry-run", options->is_dry_run,
               "Print kernels and plan; compile and write nothing");
  app.add_flag("--timing", options->has_timing, "Print how long each part took");
  app.add_flag("--no-cache", options->is_uncached, "Neither read nor fill the compile cache");
  app.add_option("-j,--jobs", options->jobs, "Compilers at a time; 0: one a core")
      ->check(check_jobs)
      ->type_name("N");
  add_check_options(app, *options);
  const char* group = "Depfile";
  app.add_flag("--MD", options->has_depfile, "-MD: write a depfile, BUNDLE.d")->group(group);
  app.add_option("--MF", options->depfile, "-MF FILE: write the depfile there; - for stdout")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--MT", options->depfile_target,
                 "-MT NAME: its target, instead of BUNDLE/manifest.json")
      ->type_name("NAME")
      ->group(group);
  add_stage_options(app, *options);
  options->config.tells_mappings = true;
  add_config_options(app, options->config);
  add_output_options(app, options->output_options);
  return [options](Invocation& invocation) { return compile_model(*options, invocation); };
}

}  // namespace tgc
