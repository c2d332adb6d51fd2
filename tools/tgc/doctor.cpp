// SPDX-License-Identifier: Apache-2.0
// tgc doctor [BUNDLE]: what this machine can compile for and run, and which settings are in force;
// given a bundle, whether and how it runs here.
#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "cache/compile_cache.h"
#include "cache/maintenance.h"
#include "driver/compile.h"
#include "support/file.h"
#include "support/text.h"
#include "targets/cpu/host_compiler.h"
#include "targets/cpu/levels.h"
#include "targets/cuda/fatbin.h"
#include "targets/cuda/nvrtc.h"
#include "tgc/gpu_facts.h"
#include "tgc/manifest.h"
#include "tgc/options.h"
#include "tgc/runtime_error.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct DoctorOptions {
  std::string bundle;
  ConfigOptions config;
  OutputOptions output;
};

using Rows = std::vector<std::vector<std::string>>;

// The errors of a search as rows: what is missing and what to do about it.
void add_problems(const std::string& label, const Diagnostics& diagnostics, Rows& rows) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    rows.push_back({label, "missing: " + diagnostic.message});
    for (const DiagnosticNote& note : diagnostic.notes) rows.push_back({"", note.message});
    if (!diagnostic.hint.empty()) rows.push_back({"", diagnostic.hint});
  }
}

Rows compiler_rows(const Config& config, const EnvironmentLookup& environment) {
  Rows rows;
  Diagnostics missing;
  if (const auto host = find_host_compiler(config.text("cxx"), environment, missing)) {
    rows.push_back({"c++", join(host->command, " ") + ": " + host->version});
  }
  add_problems("c++", missing, rows);
  rows.push_back({"native", native_cpu_features()});

  CudaSearch search;
  search.environment = environment;
  Diagnostics no_nvrtc;
  if (const auto nvrtc = Nvrtc::load(search, no_nvrtc)) {
    const NvrtcFacts& facts = nvrtc->facts();
    rows.push_back({"NVRTC", facts.version_text().substr(6) + " at " + facts.path});
    std::vector<std::string> architectures;
    for (const int number : facts.architectures) architectures.push_back(std::to_string(number));
    rows.push_back({"", "compiles for compute capabilities " + join(architectures, " ")});
    if (!facts.minimum_driver.empty()) {
      rows.push_back({"", "its code needs driver " + facts.minimum_driver + " or newer"});
    }
  }
  add_problems("NVRTC", no_nvrtc, rows);
  Diagnostics no_packer;
  if (const auto packer = FatbinPacker::load(search, no_packer)) {
    rows.push_back({"fatbin", "packed by " + packer->path()});
  }
  add_problems("fatbin", no_packer, rows);
  return rows;
}

std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

std::string capability_text(int capability) {
  return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

Rows gpu_rows(const GpuFacts& facts, const EnvironmentLookup& environment) {
  Rows rows;
  if (facts.driver_version > 0) {
    rows.push_back({"driver", facts.library + ", CUDA " + cuda_version(facts.driver_version)});
  }
  for (const Gpu& gpu : facts.gpus) {
    rows.push_back({"cuda" + std::to_string(gpu.number), gpu.name + ", compute capability " +
                                                             capability_text(gpu.capability) +
                                                             ", " + bytes_text(gpu.memory_bytes)});
  }
  if (!facts.problem.empty()) rows.push_back({"none", facts.problem});
  const auto visible = environment("CUDA_VISIBLE_DEVICES");
  rows.push_back({"CUDA_VISIBLE_DEVICES", visible ? "'" + *visible + "'" : "not set"});
  return rows;
}

// `problems`: rows of setting_problems, if there are any; `config` holds the defaults then.
Rows flag_rows_set(const Config& config, const Rows& problems,
                   const EnvironmentLookup& environment) {
  Rows rows;
  for (const char* name : {"TGC_FLAGS", "THEANO_FLAGS", "AESARA_FLAGS", "PYTENSOR_FLAGS"}) {
    const auto value = environment(name);
    rows.push_back({name, value ? *value : "not set"});
  }
  for (const char* name : {"TGC_CONFIG", "THEANORC", "AESARARC", "PYTENSORRC"}) {
    if (const auto value = environment(name)) rows.push_back({name, *value});
  }
  rows.insert(rows.end(), problems.begin(), problems.end());
  if (!problems.empty()) return rows;
  const std::string files = join(config.files(), ", ");
  rows.push_back({"files read", files.empty() ? "none" : files});
  for (const FlagSetting& setting : config.non_default()) {
    rows.push_back({std::string(setting.flag->name),
                    flag_value_text(setting.value) + "  from " + setting.origin.text()});
  }
  return rows;
}

// What is wrong with the settings, so that this page tells it without what stderr says.
Rows setting_problems(const Diagnostics& diagnostics) {
  Rows rows;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity != Severity::error) continue;
    const Location& where = diagnostic.location;
    std::string place = where.file;
    if (where.line > 0) place += ":" + std::to_string(where.line);
    rows.push_back({"wrong", (place.empty() ? "" : place + ": ") + diagnostic.message});
    for (const DiagnosticNote& note : diagnostic.notes) rows.push_back({"", note.message});
  }
  rows.push_back({"in force", "the defaults alone, until that is mended"});
  return rows;
}

Rows cache_rows(const Config& config, const EnvironmentLookup& environment,
                Diagnostics& diagnostics) {
  std::string folder = config.text("cache_dir");
  if (folder.empty()) folder = cache_folder_from(environment);
  if (folder.empty()) return {{"folder", "none: set TGC_CACHE_DIR or HOME"}};
  Rows rows = {{"folder", folder}};
  if (!path_exists(folder)) {
    rows.push_back({"state", "not made yet"});
  } else if (!is_writable_folder(folder)) {
    rows.push_back({"state", "cannot be written: everything is compiled afresh"});
  } else {
    const CacheStats stats = cache_stats(folder);
    rows.push_back({"state", std::to_string(stats.count) + " entries, " + bytes_text(stats.bytes) +
                                 " of at most " +
                                 bytes_text(cache_limit_from(environment, diagnostics))});
  }
  rows.push_back({"compile logs",
                  "printed when a compiler fails; its sources and headers are kept "
                  "in BUNDLE.failed beside the bundle"});
  return rows;
}

// How the GPU gets the bundle's code.
std::string code_text(const Manifest& manifest, int capability) {
  std::string native;
  std::string translated;
  for (const std::string& architecture : manifest.architectures) {
    const size_t underscore = architecture.find('_');
    const int number = std::atoi(architecture.c_str() + underscore + 1);
    const bool is_machine_code = architecture.rfind("sm_", 0) == 0;
    if (number > capability) continue;
    if (is_machine_code && number / 10 == capability / 10 && native.empty()) native = architecture;
    if (!is_machine_code && translated.empty()) translated = architecture;
  }
  if (!native.empty()) return "native code, " + native;
  if (!translated.empty()) return "compiled by the driver from " + translated;
  return "no code for it";
}

// Checks the bundle on each device; the exit code is that of the default device.
int check_on_devices(const std::string& bundle, const Manifest& manifest, const Config& config,
                     const GpuFacts& gpus, Invocation& invocation) {
  std::vector<std::pair<std::string, std::string>> devices = {{"cpu", ""}};
  for (const Gpu& gpu : gpus.gpus) {
    devices.emplace_back("cuda" + std::to_string(gpu.number), code_text(manifest, gpu.capability));
  }
  if (gpus.gpus.empty() && !manifest.architectures.empty()) devices.emplace_back("cuda0", "");
  std::string wanted = config.text("device");
  if (wanted == "cuda") wanted = "cuda0";
  Rows rows;
  int code = kExitOk;
  for (const auto& [device, how] : devices) {
    tgc_options options = {};
    options.size = sizeof options;
    options.device = device.c_str();
    tgc_error error = {};
    error.size = sizeof error;
    const tgc_status status = tgc_bundle_check(bundle.c_str(), &options, &error);
    if (status == TGC_OK) {
      rows.push_back({device, "runs" + (how.empty() ? "" : ": " + how)});
      continue;
    }
    rows.push_back({device, std::string("does not run: ") + error.message});
    if (device == wanted) {
      code = report_runtime_error(RuntimeError(status, error.message), invocation.diagnostics);
    }
  }
  invocation.console.print(invocation.console.bold(bundle) + "\n" + table_text(rows, 2));
  return code;
}

// The libraries that the bundle's functions load when they first need them: those that the runtime
// would load (tgc/routines/lapack.h).
int check_libraries(const Manifest& manifest, Invocation& invocation) {
  if (std::find(manifest.needs.begin(), manifest.needs.end(), "lapack") == manifest.needs.end()) {
    return kExitOk;
  }
  std::vector<std::string> names = {"libopenblas.so.0", "liblapack.so.3"};
  if (const char* path = std::getenv("TGC_LAPACK"); path != nullptr && *path != 0) names = {path};
  for (const std::string& name : names) {
    void* const library = dlopen(name.c_str(), RTLD_LAZY);
    if (library == nullptr || dlsym(library, "dgesdd_") == nullptr) continue;
    invocation.console.print(table_text({{"lapack", name}}, 2));
    return kExitOk;
  }
  invocation.console.print(table_text({{"lapack", "missing: no " + join(names, ", no ")}}, 2));
  invocation.diagnostics
      .error("library-missing", "the bundle calls LAPACK, but " + join(names, " and ") +
                                    (names.size() > 1 ? " are" : " is") + " not there or no LAPACK")
      .hint =
      "install OpenBLAS (Debian: apt install libopenblas0), or set TGC_LAPACK to the "
      "library's path";
  return kExitEnvironment;
}

int examine(const DoctorOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  // Wrong settings are one more finding: who calls for the doctor needs the others all the more.
  int settings_code = kExitOk;
  auto config = load_config(options.config, invocation, settings_code);
  Rows problems;
  if (!config) {
    problems = setting_problems(invocation.diagnostics);
    config.emplace();
  }
  const EnvironmentLookup environment = tool_environment(options.config, invocation);
  Console& console = invocation.console;
  const auto section = [&](const std::string& title, const Rows& rows) {
    console.print(console.bold(title) + "\n" + table_text(rows, 2));
  };
  const GpuFacts gpus = gpu_facts();
  console.print("tgc " + std::string(kVersion) + "\n");
  section("compilers", compiler_rows(*config, environment));
  section("GPUs", gpu_rows(gpus, invocation.environment));
  section("flags", flag_rows_set(*config, problems, invocation.environment));
  section("cache", cache_rows(*config, environment, invocation.diagnostics));
  if (options.bundle.empty()) return settings_code;
  const auto manifest = read_manifest(options.bundle, invocation.diagnostics);
  if (!manifest) return kExitRejected;
  const int code = check_on_devices(options.bundle, *manifest, *config, gpus, invocation);
  const int library_code = check_libraries(*manifest, invocation);
  if (code != kExitOk) return code;
  return library_code == kExitOk ? settings_code : library_code;
}

}  // namespace

Action declare_doctor(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  app.add_option("bundle", options->bundle, "Also tell whether and how this bundle runs here")
      ->type_name("BUNDLE");
  add_config_options(app, options->config);
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return examine(*options, invocation); };
}

}  // namespace tgc
