// SPDX-License-Identifier: Apache-2.0
// gpu_pack_kernels OUT TARGETS [EVERY]
// Writes OUT/cases.bin and OUT/kernels.fatbin: the kernels of the op registry's examples, compiled
// for TARGETS ("cuda", "cuda:sm_90,cuda:compute_75"); with EVERY, only each EVERY-th case. With
// TGC_KEEP_TEXTS=FOLDER the texts given to NVRTC are written there, for the stand-in driver.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>

#include "cache/compile_cache.h"
#include "gpu/case_file.h"
#include "helpers/kernel_cases/kernel_cases.h"
#include "ops/check_op.h"
#include "support/file.h"
#include "support/text.h"
#include "targets/cuda/cuda_emitter.h"
#include "targets/cuda/fatbin.h"
#include "targets/prelude_headers.h"

namespace tgc {
namespace {

constexpr size_t kKernelsPerText = 60;  // of one module, as tests/emulation has them

int fail(const std::string& message, int code) {
  std::cerr << "gpu_pack_kernels: " << message << "\n";
  return code;
}

std::string bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.bytes()), static_cast<size_t>(tensor.byte_size())};
}

// Floating-point sums of atomics depend on their order.
bool is_deterministic(const Kernel& kernel) {
  const auto* nest = std::get_if<LoopNest>(&kernel.body);
  return nest == nullptr || !nest->conflicts;
}

gpu::CaseBuffer make_buffer(const KernelCase& one, size_t i) {
  const KernelParam& param = one.kernel.params[i];
  const uint32_t access = param.access == Access::read    ? gpu::kRead
                          : param.access == Access::write ? gpu::kWrite
                                                          : gpu::kReadWrite;
  return {param.name, static_cast<uint32_t>(param.dtype), access, bytes_of(one.before[i]),
          bytes_of(one.after[i])};
}

gpu::LaunchCase make_case(const KernelCase& one, const EmittedKernel& emitted) {
  gpu::LaunchCase launch;
  launch.what = one.what;
  for (size_t axis = 0; axis < 3; ++axis) {
    launch.grid[axis] = static_cast<uint32_t>(one.bindings.get(emitted.grid[axis]));
    launch.block[axis] = static_cast<uint32_t>(emitted.block[axis]);
  }
  launch.shared_bytes = static_cast<uint32_t>(emitted.scratch);
  for (size_t i = 0; i < one.kernel.params.size(); ++i) {
    launch.buffers.push_back(make_buffer(one, i));
  }
  launch.dims = one.dims(emitted);
  launch.failure_code = one.failure.code;
  launch.failure_value = one.failure.value;
  launch.tolerance = tolerance(one.loosest());
  launch.is_deterministic = is_deterministic(one.kernel);
  return launch;
}

struct Request {
  std::string folder;
  std::vector<std::string> targets;
  size_t every = 1;
};

std::vector<KernelCase> chosen_cases(const Request& request, gpu::CaseFile& file) {
  std::vector<KernelCase> chosen;
  std::vector<KernelCase> all = registry_cases();
  for (size_t i = 0; i < all.size(); ++i) {
    const bool is_failing = all[i].failure.code != 0;
    if (i % request.every == 0 || is_failing) {
      chosen.push_back(std::move(all[i]));
    } else {
      ++file.left_out;
    }
  }
  return chosen;
}

// The kernels joined to units; which unit each is in.
std::vector<CudaUnit> make_units(const KernelSet& set, std::map<std::string, uint32_t>& unit_of) {
  std::vector<CudaUnit> units;
  for (size_t i = 0; i < set.kernels.size(); ++i) {
    if (i % kKernelsPerText == 0) {
      units.push_back(
          {"ops_" + std::to_string(units.size()), "#include \"tgc/cuda_prelude.h\"\n", {}});
    }
    units.back().text += "\n" + set.kernels[i].text;
    unit_of[set.kernels[i].name] = static_cast<uint32_t>(units.size() - 1);
  }
  return units;
}

bool keep_texts(const std::vector<CudaUnit>& units) {
  const char* folder = std::getenv("TGC_KEEP_TEXTS");
  if (folder == nullptr) return true;
  for (const CudaUnit& unit : units) {
    if (write_file_atomically(join_path(folder, unit.name + ".cu"), unit.text)) return false;
  }
  return true;
}

std::optional<Fatbin> compile_units(const std::vector<CudaUnit>& units, const Request& request,
                                    gpu::CaseFile& file, Diagnostics& diagnostics) {
  const auto architectures = parse_cuda_targets(request.targets, diagnostics);
  const auto toolchain = load_cuda_toolchain(CudaSearch{}, diagnostics);
  if (!toolchain || diagnostics.has_errors()) return std::nullopt;
  file.architectures = architectures_text(architectures);
  file.compiler = toolchain->nvrtc->facts().version_text();
  CacheOptions cache;
  cache.folder = cache_folder_from(process_environment());
  const BlobStore store =
      blob_store(cache.folder.empty() ? nullptr : CompileCache::open(cache, diagnostics));
  CudaCompileOptions options;
  options.headers = cuda_prelude_headers();
  options.flags.emplace_back("-fmad=false");
  return build_fatbin(units, architectures, *toolchain, options, store, diagnostics);
}

int pack(const Request& request) {
  gpu::CaseFile file;
  const std::vector<KernelCase> cases = chosen_cases(request, file);
  const KernelSet set = make_case_set(cases, emit_cuda_kernel);
  std::map<std::string, uint32_t> unit_of;
  const std::vector<CudaUnit> units = make_units(set, unit_of);
  for (size_t i = 0; i < cases.size(); ++i) {
    const KernelSet::Use& use = set.uses[i];
    for (size_t variant = 0; variant < use.variants.size(); ++variant) {
      gpu::LaunchCase one = make_case(cases[i], use.variants[variant]);
      one.kernel = set.kernels[static_cast<size_t>(use.kernels[variant])].name;
      one.module = unit_of.at(one.kernel);
      file.cases.push_back(std::move(one));
    }
  }
  Diagnostics diagnostics;
  const auto fatbin = compile_units(units, request, file, diagnostics);
  if (!fatbin) {
    const Diagnostic& first = diagnostics.all().at(0);
    return fail(first.message, first.code == "cuda-compiler-missing" ? 3 : 1);
  }
  for (const FatbinModule& module : fatbin->modules) {
    file.modules.push_back({module.offset, module.size});
  }
  const bool is_written =
      keep_texts(units) &&
      !write_file_atomically(join_path(request.folder, "kernels.fatbin"), fatbin->bytes) &&
      !write_file_atomically(join_path(request.folder, "cases.bin"), case_file_bytes(file));
  if (!is_written) return fail("cannot write into " + request.folder, 3);
  std::cout << file.cases.size() << " cases of " << set.kernels.size() << " kernels for "
            << file.architectures << ", " << file.left_out << " left out\n";
  return 0;
}

}  // namespace
}  // namespace tgc

int main(int argc, char** argv) {
  if (argc < 3) return tgc::fail("usage: gpu_pack_kernels OUT TARGETS [EVERY]", 2);
  tgc::Request request{argv[1], tgc::split(argv[2], ','), 1};
  if (argc > 3) request.every = std::max<size_t>(1, std::strtoul(argv[3], nullptr, 10));
  try {
    return tgc::pack(request);
  } catch (const std::exception& error) {
    return tgc::fail(error.what(), 4);
  }
}
