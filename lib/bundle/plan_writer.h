// SPDX-License-Identifier: Apache-2.0
// Writes NAME.plan and weights.safetensors: the bytes of bundle_abi.h from a Plan and its kernels.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "targets/cuda/fatbin.h"
#include "targets/kernel_set.h"

namespace tgc {

// A safetensors file of the initial values and where in it each one begins, in bytes.
struct WeightsFile {
  std::string bytes;
  std::vector<uint64_t> offsets;
};
WeightsFile write_weights(const std::vector<SharedVariable>& shared);

struct PlanFileParts {
  const Plan& plan;
  const KernelSet* cpu = nullptr;  // kernels of host steps; null without a cpu target
  const KernelSet* cuda = nullptr;
  std::vector<FatbinModule> modules;  // where each CUDA kernel's fatbin lies
  std::array<uint8_t, 32> code_sha256{};
  std::array<uint8_t, 32> fatbin_sha256{};
  uint32_t minimum_driver = 0;
  const WeightsFile& weights;
};
std::string write_plan(const PlanFileParts& parts);

}  // namespace tgc
