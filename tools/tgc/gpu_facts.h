// SPDX-License-Identifier: Apache-2.0
// The CUDA driver and GPUs of this machine, asked of the driver loaded at run time; no context is
// made. The runtime has its own loader: it reports failures, this only looks.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tgc {

struct Gpu {
  int number = 0;
  std::string name;
  int capability = 0;  // 90: compute capability 9.0
  uint64_t memory_bytes = 0;
};

struct GpuFacts {
  std::string library;     // that was asked for: libcuda.so.1, or $TGC_CUDA_DRIVER
  std::string problem;     // "" or why there are no GPUs
  int driver_version = 0;  // 13000: CUDA 13.0; 0: no driver
  std::vector<Gpu> gpus;
};

GpuFacts gpu_facts();

}  // namespace tgc
