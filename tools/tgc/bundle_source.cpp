// SPDX-License-Identifier: Apache-2.0
// See bundle_source.h.
#include "tgc/bundle_source.h"

#include "tgc/compile_options.h"
#include "tgc/gpu_facts.h"

namespace tgc {
namespace {

// Only what this machine needs: for a GPU its own architecture, where the driver tells it.
std::string target_for(const std::string& device) {
  if (device == "cpu") return "cpu";
  const GpuFacts facts = gpu_facts();
  const std::string number = device.size() > 4 ? device.substr(4) : "0";
  for (const Gpu& gpu : facts.gpus) {
    if (std::to_string(gpu.number) == number) return "cuda:sm_" + std::to_string(gpu.capability);
  }
  return "cuda";
}

}  // namespace

std::optional<BundleSource> open_bundle_source(const std::string& path, const std::string& device,
                                               const ConfigOptions& options, const Config& config,
                                               Invocation& invocation, int& code) {
  const auto facts = file_facts(path);
  if (!facts || facts->is_folder) return BundleSource{path, std::nullopt};

  std::error_code error;
  TempFolder::sweep("", "tgc-run-");
  auto folder = TempFolder::make("", "tgc-run-", error);
  if (!folder) {
    invocation.diagnostics.error("cannot-write",
                                 "cannot make a temporary folder: " + error.message());
    code = kExitEnvironment;
    return std::nullopt;
  }
  CompileOptions compile_options;
  compile_options.model = path;
  compile_options.config = options;
  compile_options.targets = {target_for(device)};
  CompileRequest request = make_request(compile_options, config, invocation);
  request.output = join_path(folder->path(), "bundle.tgc");
  const auto result = compile(request, config, invocation.diagnostics);
  invocation.console.clear_progress();
  invocation.console.report(invocation.diagnostics);
  if (!result) {
    code = exit_code(invocation.diagnostics, config);
    return std::nullopt;
  }
  return BundleSource{request.output, std::move(folder)};
}

}  // namespace tgc
