// SPDX-License-Identifier: Apache-2.0
// NVIDIA's runtime compiler as a library loaded when asked for: CUDA text to cubin or PTX, in
// process. Its few functions are declared in nvrtc.cpp, so tgc builds without a toolkit.
//
// Measured with NVRTC 13.0.88: compiling takes 27 ms for an empty kernel (15 ms to PTX with
// -minimal), 0.05 to 0.2 s for usual ones; two threads compile twice as fast as one.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "support/code_text.h"
#include "support/diagnostic.h"
#include "targets/cuda/architectures.h"
#include "targets/cuda/libraries.h"

namespace tgc {

// The wheels that the message about a missing NVRTC names; those of tools/cuda_requirements.txt.
inline constexpr const char* kNvrtcWheel = "nvidia-cuda-nvrtc==13.0.88";
inline constexpr const char* kNvfatbinWheel = "nvidia-nvfatbin==13.0.85";

struct NvrtcFacts {
  std::string path;  // of the library
  int major = 0;     // 13.0
  int minor = 0;
  std::string identity;            // differs between releases that share major and minor
  std::vector<int> architectures;  // supported compute capabilities, ascending: 75, 80, …
  int driver_api = 0;              // of the oldest driver that takes its PTX: 13000
  std::string minimum_driver;      // that driver's version on Linux, "580.65.06"; "" if not known

  [[nodiscard]] std::string version_text() const;  // "NVRTC 13.0"
};

struct NvrtcResult {
  bool ok = false;
  std::string code;  // cubin or PTX
  std::string log;   // warnings or errors
};

class Nvrtc {
 public:
  // Null, and an error that says where it looked and how to install it, where there is none.
  static std::shared_ptr<const Nvrtc> load(const CudaSearch& search, Diagnostics& diagnostics);

  [[nodiscard]] const NvrtcFacts& facts() const { return facts_; }

  // Compiles `text` for one architecture. `name` stands for the file in messages and does not
  // influence the code. Safe to call from several threads.
  [[nodiscard]] NvrtcResult compile(const std::string& text, const std::string& name,
                                    CudaArchitecture architecture, const HeaderTexts& headers,
                                    const std::vector<std::string>& flags) const;

 private:
  struct Functions;
  Nvrtc() = default;
  bool find_functions(const LoadedLibrary& library);
  void read_facts(const LoadedLibrary& library);

  std::shared_ptr<const Functions> functions_;
  NvrtcFacts facts_;
};

// The error of a machine without NVRTC or packer: `what` was not found in the places `library`
// tried.
void report_missing_cuda(const std::string& what, const LoadedLibrary& library,
                         Diagnostics& diagnostics);

}  // namespace tgc
