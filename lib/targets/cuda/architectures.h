// SPDX-License-Identifier: Apache-2.0
// GPU architectures as users write them: `sm_90` is machine code (a cubin) for compute capability
// 9.0, `compute_75` is PTX, which drivers compile for any GPU of 7.5 or newer.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "support/diagnostic.h"

namespace tgc {

struct CudaArchitecture {
  int number = 0;  // 90: compute capability 9.0
  bool ptx = false;

  [[nodiscard]] std::string text() const;  // "sm_90", "compute_75"
  friend bool operator==(const CudaArchitecture&, const CudaArchitecture&) = default;
};

// What `cuda` without an architecture means: sm_80, sm_86, sm_89, sm_90, sm_100, sm_120, and PTX
// for compute_75 (the floor) and compute_120 (what comes), in canonical order.
std::vector<CudaArchitecture> default_cuda_architectures();

// Canonical order: machine code before PTX, newest first in each, every architecture once.
void sort_newest_first(std::vector<CudaArchitecture>& architectures);

// "sm_90,compute_75".
std::string architectures_text(const std::vector<CudaArchitecture>& architectures);

// The architectures that a list of targets asks for, in canonical order. Each target is `cuda`,
// `cuda:ARCHITECTURE`, or not a CUDA target, which is passed over: {"cpu", "cuda:sm_90"} gives
// sm_90. A name that is no architecture is an error with the nearest name that is.
std::vector<CudaArchitecture> parse_cuda_targets(const std::vector<std::string>& targets,
                                                 Diagnostics& diagnostics);

// True if each is among the numbers that NVRTC supports. The others are errors that list what would
// be accepted; `compiler` names the asked one ("NVRTC 13.0").
bool check_architectures(const std::vector<CudaArchitecture>& architectures,
                         const std::vector<int>& supported, std::string_view compiler,
                         Diagnostics& diagnostics);

}  // namespace tgc
