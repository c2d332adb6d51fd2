// SPDX-License-Identifier: Apache-2.0
// Inputs and expected results of one function in a file of arrays (`tgc bisect --against`), and
// whether a bundle gives these results on the CPU.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tgc/manifest.h"
#include "types/tensor.h"

namespace tgc {

struct ReferenceOptions {
  std::string path;      // FILE.npz or FILE.safetensors
  std::string function;  // "": the only one whose inputs are all in the file
  int sloppiness = 0;    // tensor.cmp_sloppy
};

struct ReferenceVerdict {
  bool is_good = false;
  std::string why;  // "loss: the value was 1, is 2", or why the call failed
};

// Nothing after reporting: the file does not fit the bundle.
std::optional<ReferenceVerdict> check_reference(const ReferenceOptions& options,
                                                const std::string& bundle,
                                                Diagnostics& diagnostics);

}  // namespace tgc
