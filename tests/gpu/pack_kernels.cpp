// SPDX-License-Identifier: Apache-2.0
// gpu_pack_kernels OUT TARGETS [EVERY [LAUNCHES TEXT.cu…]]
// Writes OUT/cases.bin and OUT/kernels.fatbin: the kernels of the op registry's examples, compiled
// for TARGETS ("cuda", "cuda:sm_90,cuda:compute_75"); with EVERY, only each EVERY-th case. LAUNCHES
// is a folder of recorded launches (helpers/emulation/launch_recorder.h) of the kernels in the
// texts, which are packed too. With TGC_KEEP_TEXTS=FOLDER the texts given to NVRTC are written
// there, for the stand-in driver.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "cache/compile_cache.h"
#include "gpu/case_file.h"
#include "helpers/kernel_cases/kernel_cases.h"
#include "ops/check_op.h"
#include "support/file.h"
#include "support/sha256.h"
#include "support/text.h"
#include "targets/cuda/cuda_emitter.h"
#include "targets/cuda/fatbin.h"
#include "targets/prelude_headers.h"

namespace tgc {
namespace {

constexpr size_t kKernelsPerText = 60;  // of one module, as tests/emulation has them
constexpr size_t kLaunchesPerKernel = 3;

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
    launch.arguments.push_back({static_cast<int32_t>(i), 0});
  }
  for (const int64_t dim : one.dims(emitted)) {
    launch.arguments.push_back({gpu::kNumber, static_cast<uint64_t>(dim)});
  }
  launch.arguments.push_back({gpu::kFailureWord, 0});
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
  std::string launches;  // a folder; "": none
  std::vector<std::string> texts;
};

std::string read_text(const std::string& path) {
  std::error_code error;
  const auto text = read_file(path, error);
  if (!text) throw std::runtime_error("cannot read " + path);
  return *text;
}

// The smallest launches of each kernel, each once.
std::vector<gpu::LaunchCase> chosen_launches(const Request& request, gpu::CaseFile& file) {
  std::map<std::string, std::map<std::pair<size_t, std::string>, gpu::LaunchCase>> by_kernel;
  if (request.launches.empty()) return {};
  for (const auto& entry : std::filesystem::directory_iterator(request.launches)) {
    const std::string bytes = read_text(entry.path().string());
    gpu::CaseFile recorded;
    if (!gpu::read_case_file(bytes, recorded)) throw std::runtime_error("a launch is damaged");
    gpu::LaunchCase& one = recorded.cases.at(0);
    const std::string kernel = one.kernel;
    by_kernel[kernel].emplace(std::pair(bytes.size(), sha256_hex(bytes)), std::move(one));
  }
  std::vector<gpu::LaunchCase> chosen;
  size_t position = 0;
  for (auto& [kernel, launches] : by_kernel) {
    size_t taken = 0;
    for (auto& [key, one] : launches) {
      if (taken++ < kLaunchesPerKernel && position++ % request.every == 0) {
        chosen.push_back(std::move(one));
      } else {
        ++file.left_out;
      }
    }
  }
  return chosen;
}

// They run in a module of their own, made of all the texts.
void add_launches(const Request& request, std::vector<CudaUnit>& units, gpu::CaseFile& file) {
  if (request.texts.empty()) return;
  CudaUnit unit{"kernels_prelude", "", {}};
  for (const std::string& path : request.texts) unit.text += read_text(path) + "\n";
  units.push_back(std::move(unit));
  for (gpu::LaunchCase& one : chosen_launches(request, file)) {
    one.module = static_cast<uint32_t>(units.size() - 1);
    file.cases.push_back(std::move(one));
  }
}

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
          {"kernels_ops_" + std::to_string(units.size()), "#include \"tgc/cuda_prelude.h\"\n", {}});
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
  std::vector<CudaUnit> units = make_units(set, unit_of);
  for (size_t i = 0; i < cases.size(); ++i) {
    const KernelSet::Use& use = set.uses[i];
    for (size_t variant = 0; variant < use.variants.size(); ++variant) {
      if (cases[i].bindings.get(use.variants[variant].needs) == 0) continue;
      gpu::LaunchCase one = make_case(cases[i], use.variants[variant]);
      one.kernel = set.kernels[static_cast<size_t>(use.kernels[variant])].name;
      one.module = unit_of.at(one.kernel);
      file.cases.push_back(std::move(one));
    }
  }
  const size_t of_ops = file.cases.size();
  add_launches(request, units, file);
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
  std::cout << of_ops << " cases of " << set.kernels.size() << " kernels of ops, "
            << file.cases.size() - of_ops << " launches of the prelude's tests, for "
            << file.architectures << "; " << file.left_out << " left out\n";
  return 0;
}

}  // namespace
}  // namespace tgc

int main(int argc, char** argv) {
  if (argc < 3) return tgc::fail("usage: gpu_pack_kernels OUT TARGETS [EVERY]", 2);
  tgc::Request request{argv[1], tgc::split(argv[2], ','), 1, "", {}};
  if (argc > 3) request.every = std::max<size_t>(1, std::strtoul(argv[3], nullptr, 10));
  if (argc > 4) request.launches = argv[4];
  for (int i = 5; i < argc; ++i) request.texts.emplace_back(argv[i]);
  try {
    return tgc::pack(request);
  } catch (const std::exception& error) {
    return tgc::fail(error.what(), 4);
  }
}
