// SPDX-License-Identifier: Apache-2.0
// The two code generators as compile() uses them: from the kernels of a plan to the bytes of
// libNAME.so and NAME.fatbin.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "driver/compile.h"
#include "plan/plan.h"
#include "support/blob_store.h"
#include "targets/cuda/fatbin.h"
#include "targets/kernel_set.h"

namespace tgc {

struct CpuCode {
  KernelSet set;
  std::string source;                 // all units and the table, for --emit=cpp
  std::string library;                // bytes; "" on a dry run
  std::string object;                 // all of it as one relocatable object, for --emit=object
  std::string compiler;               // the first line of its --version
  std::vector<std::string> features;  // that cpu:native means here, where it was asked for
  bool from_cache = false;
};

struct CudaCode {
  KernelSet set;
  std::string source;
  std::vector<CudaArchitecture> architectures;
  Fatbin fatbin;                      // empty on a dry run
  std::vector<FatbinModule> modules;  // where each kernel's lies; several share one
  // Single images where --emit=ptx or cubin asks for them: file name and bytes.
  std::vector<std::pair<std::string, std::string>> images;
  std::string compiler;  // "NVRTC 13.0"
  uint32_t minimum_driver = 0;
};

// Which kernels of the plan run where, one flag per kernel.
std::vector<bool> kernels_at(const Plan& plan, bool on_device);

std::optional<CpuCode> make_cpu_code(const Plan& plan, const std::vector<std::string>& targets,
                                     const CompileRequest& request, const Config& config,
                                     const BlobStore& store, Diagnostics& diagnostics);

std::optional<CudaCode> make_cuda_code(const Plan& plan, const std::vector<std::string>& targets,
                                       const CompileRequest& request, const Config& config,
                                       const BlobStore& store, Diagnostics& diagnostics);

}  // namespace tgc
