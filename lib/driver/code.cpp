// SPDX-License-Identifier: Apache-2.0
// See code.h.
#include "driver/code.h"

#include <algorithm>
#include <utility>

#include "support/text.h"
#include "targets/cpu/cpu_emitter.h"
#include "targets/cpu/host_compiler.h"
#include "targets/cpu/levels.h"
#include "targets/cuda/cuda_emitter.h"
#include "targets/prelude_headers.h"

namespace tgc {
namespace {

constexpr size_t kKernelsPerUnit = 12;

std::string comment_of(const UniqueKernel& kernel) {
  return kernel.nodes.empty() ? "" : "// " + join(kernel.nodes, ", ") + "\n";
}

bool is_wanted(const CompileRequest& request, EmitStage stage) {
  return std::find(request.emits.begin(), request.emits.end(), stage) != request.emits.end();
}

}  // namespace

// Kernels as texts for NVRTC, most of whose time for a small one is the same for all.
struct CudaUnits {
  std::vector<CudaUnit> units;
  std::vector<size_t> unit_of;  // each kernel of the set
};

constexpr int kSmallKernels = 8;  // in a unit; contractions are large and have one each

CudaUnits make_cuda_units(const KernelSet& set, const std::string& name, int kernels_a_unit) {
  constexpr const char* kHead = "#include \"tgc/cuda_prelude.h\"\n";
  CudaUnits result;
  size_t open = 0;
  int room = 0;
  for (const UniqueKernel& kernel : set.kernels) {
    size_t at = result.units.size();
    if (kernel.is_contraction || room == 0) {
      result.units.push_back({kernel.name, kHead, {}});
      if (!kernel.is_contraction) {
        open = at;
        room = kernels_a_unit;
      }
    } else {
      at = open;
      result.units[at].name = name + "_" + std::to_string(at + 1);
    }
    if (!kernel.is_contraction) --room;
    CudaUnit& unit = result.units[at];
    unit.text += "\n" + comment_of(kernel) + kernel.text;
    unit.origins.push_back(kernel_label(kernel));
    result.unit_of.push_back(at);
  }
  return result;
}

std::vector<bool> kernels_at(const Plan& plan, bool on_device) {
  std::vector<bool> selected(plan.kernels.size(), false);
  for (const PlanProgram& program : plan.programs) {
    for (const PlanStep& step : program.steps) {
      if (step.kind == StepKind::kernel && step.place.is_host() != on_device) {
        selected[static_cast<size_t>(step.kernel)] = true;
      }
    }
  }
  return selected;
}

std::optional<CpuCode> make_cpu_code(const Plan& plan, const std::vector<std::string>& targets,
                                     const CompileRequest& request, const Config& config,
                                     const BlobStore& store, Diagnostics& diagnostics) {
  CpuCode code;
  code.set = make_kernel_set(plan.kernels, kernels_at(plan, false), [](const Kernel& kernel) {
    return std::vector<EmittedKernel>{emit_cpu_kernel(kernel)};
  });
  std::vector<std::string> cpu_targets;
  for (const std::string& target : targets) {
    if (target.rfind("cpu", 0) == 0) cpu_targets.push_back(target);
  }
  // host steps of a cuda plan need CPU code too, with the default levels
  if (cpu_targets.empty()) cpu_targets.emplace_back("cpu");
  const std::vector<CpuLevel> levels = parse_cpu_targets(cpu_targets, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  for (const CpuLevel& level : levels) {
    if (!level.features.empty()) code.features = split(level.features, ',');
  }
  const size_t count = (code.set.kernels.size() + kKernelsPerUnit - 1) / kKernelsPerUnit;
  const CpuUnits units = make_cpu_units(code.set, levels, plan.name, std::max<size_t>(1, count));
  for (const std::string& unit : units.kernels) code.source += unit + "\n";
  code.source += units.table;
  if (request.is_dry_run) return code;

  const auto compiler = find_host_compiler(config.text("cxx"), request.environment, diagnostics);
  if (!compiler) return std::nullopt;
  code.compiler = compiler->version;
  CpuCompileOptions options;
  options.headers = cpu_prelude_headers();
  options.processes = request.threads;
  for (const std::string& flag : split(config.text("gcc.cxxflags"), ' ')) {
    if (!flag.empty()) options.flags.push_back(flag);
  }
  options.keep_folder = request.output.empty() ? "" : request.output + ".failed";
  if (request.progress) {
    options.progress = [&](const CpuProgress& progress) {
      request.progress("compiling for cpu", progress.done, progress.total);
    };
  }
  const std::vector<CpuSource> sources = make_cpu_sources(units, levels, units.origins);
  auto library =
      build_cpu_library(sources, "lib" + plan.name + ".so", *compiler, options, store, diagnostics);
  if (!library) return std::nullopt;
  if (is_wanted(request, EmitStage::object)) {
    options.progress =
        nullptr;  // the objects were just made, and come from the cache where there is one
    auto object =
        build_cpu_object(sources, plan.name + ".o", *compiler, options, store, diagnostics);
    if (!object) return std::nullopt;
    code.object = std::move(*object);
  }
  code.library = std::move(library->bytes);
  code.from_cache = library->from_cache;
  return code;
}

std::optional<CudaCode> make_cuda_code(const Plan& plan, const std::vector<std::string>& targets,
                                       const CompileRequest& request, const Config& config,
                                       const BlobStore& store, Diagnostics& diagnostics) {
  CudaCode code;
  code.set = make_kernel_set(plan.kernels, kernels_at(plan, true),
                             [](const Kernel& kernel) { return emit_cuda_kernel(kernel); });
  code.architectures = parse_cuda_targets(targets, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  const CudaUnits grouped = make_cuda_units(code.set, plan.name, kSmallKernels);
  for (const CudaUnit& unit : grouped.units) code.source += unit.text + "\n";
  if (request.is_dry_run) return code;
  CudaSearch search;
  if (request.environment) search.environment = request.environment;
  const auto toolchain = load_cuda_toolchain(search, diagnostics);
  if (!toolchain) return std::nullopt;
  const NvrtcFacts& facts = toolchain->nvrtc->facts();
  code.compiler = facts.version_text();
  code.minimum_driver = static_cast<uint32_t>(facts.driver_api);
  if (!check_architectures(code.architectures, facts.architectures, code.compiler, diagnostics)) {
    return std::nullopt;
  }
  CudaCompileOptions options;
  options.headers = cuda_prelude_headers();
  options.threads = request.threads;
  // Kernel IR never contracts a multiplication and an addition
  options.flags.emplace_back(config.boolean("fast_math") ? "--use_fast_math" : "-fmad=false");
  options.keep_folder = request.output.empty() ? "" : request.output + ".failed";
  if (request.progress) {
    options.progress = [&](const CudaProgress& progress) {
      request.progress("compiling for cuda", progress.done, progress.total);
    };
  }
  const std::vector<CudaUnit>& units = grouped.units;
  Diagnostics of_units;
  auto fatbin = build_fatbin(units, code.architectures, *toolchain, options, store, of_units);
  if (!fatbin) {  // once more, so that the message names the kernel
    build_fatbin(make_cuda_units(code.set, plan.name, 1).units, code.architectures, *toolchain,
                 options, store, diagnostics);
    if (diagnostics.has_errors()) return std::nullopt;
    for (const Diagnostic& diagnostic : of_units.all()) diagnostics.add(diagnostic);
    return std::nullopt;
  }
  code.fatbin = std::move(*fatbin);
  for (const size_t unit : grouped.unit_of) code.modules.push_back(code.fatbin.modules.at(unit));
  const auto wants = [&](EmitStage stage) { return is_wanted(request, stage); };
  if (wants(EmitStage::ptx) || wants(EmitStage::cubin)) {
    options.progress = nullptr;  // all images come from the fatbin's compilation just made
    const auto images =
        compile_cuda(units, code.architectures, *toolchain->nvrtc, options, store, diagnostics);
    if (!images) return std::nullopt;
    for (const CudaImage& image : *images) {
      const bool is_ptx = image.architecture.ptx;
      if (!wants(is_ptx ? EmitStage::ptx : EmitStage::cubin)) continue;
      code.images.emplace_back(
          units[image.unit].name + "." + image.architecture.text() + (is_ptx ? ".ptx" : ".cubin"),
          image.code);
    }
  }
  return code;
}

}  // namespace tgc
