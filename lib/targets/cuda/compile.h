// SPDX-License-Identifier: Apache-2.0
// Compiles many kernel texts for many architectures at once: every core takes the next text and
// architecture, whatever is in the cache is not compiled. The results do not depend on the number
// of threads, nor on comments in the texts.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/blob_store.h"
#include "support/code_text.h"
#include "support/diagnostic.h"
#include "targets/cuda/architectures.h"
#include "targets/cuda/nvrtc.h"

namespace tgc {

// One text that becomes one module: usually one kernel.
struct CudaUnit {
  std::string name;  // of the kernel; its file in messages is NAME.cu
  std::string text;
  std::vector<std::string> origins;  // what it computes, for messages: "gemm_1 (p, loss)"
};

struct CudaProgress {
  size_t done = 0;
  size_t total = 0;  // units times architectures
  size_t from_cache = 0;
};

struct CudaCompileOptions {
  std::vector<std::string> flags;  // for NVRTC, after default_nvrtc_flags()
  HeaderTexts headers;
  int threads = 0;          // 0: as many as this machine has cores
  std::string keep_folder;  // where the text of a unit that fails is kept; "": nowhere
  // Called after each result, by one thread at a time; may be empty.
  std::function<void(const CudaProgress&)> progress;
};

struct CudaImage {
  size_t unit = 0;
  CudaArchitecture architecture;
  std::string code;
  bool from_cache = false;
  double core_seconds = 0;
};

// -std=c++20, and -minimal where NVRTC has it (it leaves out textures and CUDA's runtime types,
// which takes a third off a small kernel's time).
std::vector<std::string> default_nvrtc_flags(const NvrtcFacts& facts);

// The cache keys of all images (order as below): everything the code of each depends on.
std::vector<BlobKey> cuda_image_keys(const std::vector<CudaUnit>& units,
                                     const std::vector<CudaArchitecture>& targets,
                                     const Nvrtc& nvrtc, const CudaCompileOptions& options);

// All images, units outermost, architectures in the order given. When NVRTC rejects a unit: an
// error with its log, and nothing.
std::optional<std::vector<CudaImage>> compile_cuda(const std::vector<CudaUnit>& units,
                                                   const std::vector<CudaArchitecture>& targets,
                                                   const Nvrtc& nvrtc,
                                                   const CudaCompileOptions& options,
                                                   const BlobStore& store,
                                                   Diagnostics& diagnostics);

}  // namespace tgc
