// SPDX-License-Identifier: Apache-2.0
// See compile.h.
#include "driver/compile.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "bundle/bundle.h"
#include "bundle/plan_writer.h"
#include "cache/compile_cache.h"
#include "driver/code.h"
#include "driver/pass_checks.h"
#include "graph/printer.h"
#include "json/model_reader.h"
#include "passes/pass_manager.h"
#include "plan/planner.h"
#include "support/file.h"
#include "support/sha256.h"
#include "support/text.h"

namespace tgc {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(std::vector<StageTime>& times) : times_(times) {}
  void lap(const std::string& name) {
    const auto now = std::chrono::steady_clock::now();
    times_.push_back({name, std::chrono::duration<double>(now - last_).count()});
    last_ = now;
  }

 private:
  std::vector<StageTime>& times_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Does a node, here or in a graph inside, call LAPACK?
bool needs_library(const Graph& graph) {
  for (const ApplyId id : graph.applies()) {
    const Apply& apply = graph.apply(id);
    if (apply.op->needs_library) return true;
    for (const InnerGraph& inner : apply.inner) {
      if (needs_library(*inner)) return true;
    }
  }
  return false;
}

// Kernels are numbered, so that one more changes the names of others, but not what they do.
std::string text_digest(const UniqueKernel& kernel) {
  std::string text = kernel.text;
  for (size_t at = text.find(kernel.name); at != std::string::npos;
       at = text.find(kernel.name, at)) {
    text.erase(at, kernel.name.size());
  }
  return sha256_hex(text);
}

struct WantedTargets {
  std::vector<std::string> names;
  bool cpu = false;
  bool cuda = false;
};

std::optional<WantedTargets> wanted_targets(const std::vector<std::string>& asked,
                                            Diagnostics& diagnostics) {
  WantedTargets wanted;
  wanted.names = asked.empty() ? std::vector<std::string>{"cpu", "cuda"} : asked;
  for (const std::string& name : wanted.names) {
    const std::string kind = name.substr(0, name.find(':'));
    if (kind == "cpu") {
      wanted.cpu = true;
    } else if (kind == "cuda") {
      wanted.cuda = true;
    } else {
      diagnostics.error("unknown-target", "there is no target '" + name + "'").hint =
          "targets are cpu, cpu:x86-64-v3, cpu:x86-64-v4, cpu:native, cuda, cuda:sm_90, "
          "cuda:compute_75, …";
    }
  }
  if (diagnostics.has_errors()) return std::nullopt;
  return wanted;
}

ReadOptions read_options(const Config& config) {
  ReadOptions options;
  options.float_x = parse_dtype(config.text("floatX")).value_or(DType::float64);
  const std::string& unused = config.text("on_unused_input");
  if (unused == "warn") options.on_unused_input = OnUnusedInput::warn;
  if (unused == "ignore") options.on_unused_input = OnUnusedInput::ignore;
  return options;
}

class Compilation {
 public:
  Compilation(const CompileRequest& request, const Config& config, Diagnostics& diagnostics)
      : request_(request), config_(config), diagnostics_(diagnostics), watch_(result_.times) {}

  std::optional<CompileResult> run() {
    const auto targets = wanted_targets(request_.targets, diagnostics_);
    if (!targets) return std::nullopt;
    targets_ = *targets;
    const bool is_written = !request_.output.empty() && !request_.is_dry_run;
    if (is_written && !read_runtime()) return std::nullopt;
    tell("reading", 0, 0);
    auto model = check_model(request_.model_path, config_, diagnostics_);
    if (!model) return std::nullopt;
    result_.name = model->name;
    result_.dependencies = model->source_files;
    for (const std::string& file : config_.files()) result_.dependencies.push_back(file);
    watch_.lap("read");
    if (!optimize_and_plan(*model)) return std::nullopt;
    if (!generate()) return std::nullopt;
    if (is_written && !write()) return std::nullopt;
    return std::move(result_);
  }

 private:
  void tell(const std::string& stage, size_t done, size_t total) {
    if (request_.progress) request_.progress(stage, done, total);
  }
  [[nodiscard]] bool wants(EmitStage stage) const {
    return std::find(request_.emits.begin(), request_.emits.end(), stage) != request_.emits.end();
  }
  void emit(EmitStage stage, const std::string& name, const std::string& bytes) {
    if (wants(stage)) result_.emitted.emplace_back(name, bytes);
  }

  PipelineOptions pipeline(bool for_cuda, const std::string& function) {
    PipelineOptions options = pipeline_options(config_, for_cuda);
    const std::string prefix = function + (for_cuda ? ".cuda" : "");
    if (config_.boolean("optimizer_verbose") && request_.verbose) {
      const auto ignored = split(config_.text("optimizer_verbose_ignore"), ',');
      options.hooks.verbose = [this, ignored](const std::string& line) {
        const std::string rewrite = line.substr(0, line.find(' '));
        if (std::find(ignored.begin(), ignored.end(), rewrite) == ignored.end()) {
          request_.verbose(line);
        }
      };
    }
    options.hooks.print_after = request_.print_after;
    options.hooks.print_changed = request_.print_changed;
    if (request_.stage_text) {
      options.hooks.print = [this, prefix](const std::string& name, const std::string& text) {
        request_.stage_text(prefix + ": " + name, text);
      };
      if (request_.dump_stages) {
        options.hooks.dump = [this, prefix](int number, const std::string& name,
                                            const std::string& text) {
          const std::string digits = std::to_string(number);
          request_.stage_text(prefix + "-" +
                                  std::string(3 - std::min<size_t>(3, digits.size()), '0') +
                                  digits + "-" + name,
                              text);
        };
      }
    }
    return options;
  }

  bool optimize_and_plan(const Model& model) {
    plan_.shared = model.shared;
    plan_.name = model.name;
    std::string optimized_text;
    PassChecks checks(request_, config_, diagnostics_);
    if (!checks.prepare(model)) return false;
    for (const bool for_cuda : {false, true}) {
      if (!(for_cuda ? targets_.cuda : targets_.cpu)) continue;
      std::vector<Function> functions = model.functions;
      for (size_t i = 0; i < functions.size(); ++i) {
        tell("optimizing", i, functions.size());
        PipelineOptions options = pipeline(for_cuda, functions[i].name);
        checks.attach(model, options);
        const auto report = optimize(functions[i], options, diagnostics_);
        if (!report) return false;
        optimized_text += "function " + functions[i].name + (for_cuda ? " for cuda\n" : "\n") +
                          graph_text(functions[i].graph) + "\n";
        record(functions[i].name, *report);
      }
      watch_.lap(for_cuda ? "optimize for cuda" : "optimize");
      for (const Function& function : functions) {
        needs_lapack_ = needs_lapack_ || needs_library(function.graph);
      }
      add_programs(model, functions, for_cuda, plan_);
      watch_.lap(for_cuda ? "plan for cuda" : "plan");
    }
    checks.tell(result_);
    emit(EmitStage::optimized, model.name + ".graph.txt", optimized_text);
    emit(EmitStage::plan, model.name + ".plan.txt", plan_text(plan_));
    return true;
  }

  void record(const std::string& name, const PipelineReport& report) {
    for (const CompiledFunction& known : result_.functions) {
      if (known.name == name) return;
    }
    CompiledFunction function;
    function.name = name;
    function.nodes_before = static_cast<int64_t>(report.nodes_before);
    function.nodes_after = static_cast<int64_t>(report.nodes_after);
    for (const auto& pass : report.records) {
      function.passes.push_back({pass.name, pass.fired,
                                 static_cast<double>(pass.microseconds) * 1e-6, pass.within,
                                 pass.calls, static_cast<int64_t>(pass.nodes_before),
                                 static_cast<int64_t>(pass.nodes_after)});
    }
    result_.functions.push_back(std::move(function));
  }

  bool generate() {
    std::shared_ptr<CompileCache> cache;
    if (request_.is_cached && !request_.is_dry_run) {
      CacheOptions options;
      options.folder = config_.text("cache_dir");
      if (options.folder.empty()) options.folder = cache_folder_from(request_.environment);
      options.limit_bytes = cache_limit_from(request_.environment, diagnostics_);
      options.verbose = request_.verbose;
      if (!options.folder.empty()) cache = CompileCache::open(options, diagnostics_);
    }
    const BlobStore store = blob_store(cache);
    const auto host = kernels_at(plan_, false);
    const bool any_host = std::find(host.begin(), host.end(), true) != host.end();
    if (targets_.cpu || any_host) {
      cpu_ = make_cpu_code(plan_, targets_.names, request_, config_, store, diagnostics_);
      if (!cpu_) return false;
      result_.cpu_kernels = static_cast<int64_t>(cpu_->set.kernels.size());
      emit(EmitStage::cpp, plan_.name + ".cpp", cpu_->source);
      emit(EmitStage::object, plan_.name + ".o", cpu_->object);
      watch_.lap("compile for cpu");
    }
    if (targets_.cuda) {
      cuda_ = make_cuda_code(plan_, targets_.names, request_, config_, store, diagnostics_);
      if (!cuda_) return false;
      result_.cuda_kernels = static_cast<int64_t>(cuda_->set.kernels.size());
      for (const CudaArchitecture& architecture : cuda_->architectures) {
        result_.architectures.push_back(architecture.text());
      }
      emit(EmitStage::cuda, plan_.name + ".cu", cuda_->source);
      emit(EmitStage::fatbin, plan_.name + ".fatbin", cuda_->fatbin.bytes);
      for (const auto& [name, bytes] : cuda_->images) result_.emitted.emplace_back(name, bytes);
      watch_.lap("compile for cuda");
    }
    const bool cpu_cached = !cpu_ || cpu_->from_cache;
    const bool cuda_cached = !cuda_ || cuda_->fatbin.from_cache;
    result_.from_cache = !request_.is_dry_run && cpu_cached && cuda_cached;
    return true;
  }

  // The runtime library and its headers lie beside the command: bin/../lib, bin/../include.
  bool read_runtime() {
    const std::string root = join_path(executable_folder(), "..");
    std::error_code error;
    auto library = read_file(join_path(root, "lib/libtgc_runtime.so"), error);
    if (!library) {
      diagnostics_
          .error("runtime-missing",
                 "cannot read " + root + "/lib/libtgc_runtime.so: " + error.message())
          .hint =
          "the command finds the runtime library at ../lib from its own folder; install both";
      return false;
    }
    runtime_.push_back({"libtgc_runtime.so", std::move(*library), true});
    for (const char* name : {"tgc/runtime.h", "tgc/runtime.hpp", "tgc/bundle_abi.h"}) {
      for (const char* folder : {"include", "../runtime/include"}) {
        if (auto text = read_file(join_path(join_path(root, folder), name), error)) {
          runtime_.push_back({name, std::move(*text), false});
          break;
        }
      }
    }
    return true;
  }

  bool write() {
    tell("writing", 0, 0);
    std::vector<BundleFile> files;
    const WeightsFile weights = write_weights(plan_.shared);
    PlanFileParts parts{plan_, nullptr, nullptr, {}, {}, {}, 0, weights};
    if (cpu_) {
      parts.cpu = &cpu_->set;
      parts.code_sha256 = sha256(cpu_->library);
      files.push_back({"lib" + plan_.name + ".so", cpu_->library, true});
    }
    if (cuda_) {
      parts.cuda = &cuda_->set;
      parts.modules = cuda_->modules;
      parts.fatbin_sha256 = sha256(cuda_->fatbin.bytes);
      parts.minimum_driver = cuda_->minimum_driver;
      files.push_back({plan_.name + ".fatbin", cuda_->fatbin.bytes, false});
    }
    files.push_back({plan_.name + ".plan", write_plan(parts), false});
    files.push_back({"weights.safetensors", weights.bytes, false});
    files.push_back({plan_.name + ".h", header_text(plan_), false});
    for (BundleFile& file : runtime_) files.push_back(std::move(file));
    for (const BundleFile& file : files) result_.files.push_back({file.name, file.bytes.size()});
    std::string manifest = manifest_text(manifest_facts(), plan_, files);
    result_.files.push_back({"manifest.json", manifest.size()});
    if (!write_bundle(request_.output, std::move(files), std::move(manifest), diagnostics_)) {
      return false;
    }
    watch_.lap("write");
    return true;
  }

  ManifestFacts manifest_facts() {
    ManifestFacts facts;
    facts.name = plan_.name;
    facts.tgc_version = kVersion;
    if (cpu_) facts.tools.emplace_back("c++", cpu_->compiler);
    if (cuda_) facts.tools.emplace_back("nvrtc", cuda_->compiler);
    for (const FlagSetting& setting : config_.non_default()) {
      // where things lie differs between machines and changes no byte of what is made
      if (setting.flag->type == FlagType::path) continue;
      facts.flags.push_back(
          {std::string(setting.flag->name), flag_value_text(setting.value), setting.origin.text()});
    }
    facts.targets = targets_.names;
    facts.cpu_features = cpu_ ? cpu_->features : std::vector<std::string>();
    facts.architectures = result_.architectures;
    facts.minimum_driver = cuda_ ? cuda_->minimum_driver : 0;
    if (needs_lapack_) facts.needs.emplace_back("lapack");
    for (const CompiledFunction& function : result_.functions) {
      FunctionRecord record{function.name, function.nodes_before, function.nodes_after, {}};
      for (const PassTiming& pass : function.passes) {
        if (pass.times > 0) record.passes.push_back(pass.name);
      }
      facts.functions.push_back(std::move(record));
    }
    const auto add_kernels = [&](const KernelSet& set, const char* target) {
      for (const UniqueKernel& kernel : set.kernels) {
        facts.kernels.push_back({kernel.name, target, kernel.nodes, text_digest(kernel)});
      }
    };
    if (cpu_) add_kernels(cpu_->set, "cpu");
    if (cuda_) add_kernels(cuda_->set, "cuda");
    return facts;
  }

  const CompileRequest& request_;
  const Config& config_;
  Diagnostics& diagnostics_;
  CompileResult result_;
  Stopwatch watch_;
  WantedTargets targets_;
  Plan plan_;
  bool needs_lapack_ = false;
  std::optional<CpuCode> cpu_;
  std::optional<CudaCode> cuda_;
  std::vector<BundleFile> runtime_;  // the library and its headers, as a bundle holds them
};

struct StageName {
  EmitStage stage;
  const char* name;
};
constexpr StageName kStages[] = {
    {EmitStage::optimized, "optimized"}, {EmitStage::plan, "plan"},     {EmitStage::cpp, "cpp"},
    {EmitStage::cuda, "cuda"},           {EmitStage::ptx, "ptx"},       {EmitStage::cubin, "cubin"},
    {EmitStage::fatbin, "fatbin"},       {EmitStage::object, "object"},
};

}  // namespace

std::optional<EmitStage> parse_emit_stage(const std::string& name) {
  for (const StageName& stage : kStages) {
    if (name == stage.name) return stage.stage;
  }
  return std::nullopt;
}

std::vector<std::string> emit_stage_names() {
  std::vector<std::string> names;
  for (const StageName& stage : kStages) names.emplace_back(stage.name);
  return names;
}

std::optional<Model> check_model(const std::string& path, const Config& config,
                                 Diagnostics& diagnostics) {
  return read_model(path, read_options(config), diagnostics);
}

std::optional<CompileResult> compile(const CompileRequest& request, const Config& config,
                                     Diagnostics& diagnostics) {
  return Compilation(request, config, diagnostics).run();
}

int exit_code(const Diagnostics& diagnostics) {
  const std::set<std::string> usage = {"input-name", "input-value", "nothing-to-emit",
                                       "unknown-architecture", "unknown-target"};
  const std::set<std::string> environment = {"cannot-write",          "cpu-compiler-broken",
                                             "cpu-compiler-missing",  "cpu-flags-rejected",
                                             "cuda-compiler-missing", "runtime-missing"};
  const std::set<std::string> internal = {"cpu-compiler-failed", "cuda-compiler-failed"};
  int code = 0;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity != Severity::error) continue;
    if (internal.count(diagnostic.code) != 0) return 4;
    const bool is_usage = usage.count(diagnostic.code) != 0;
    if (!is_usage && environment.count(diagnostic.code) == 0) return 1;
    if (code != 2) code = is_usage ? 2 : 3;
  }
  return code;
}

}  // namespace tgc
