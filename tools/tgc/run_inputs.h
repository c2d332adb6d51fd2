// SPDX-License-Identifier: Apache-2.0
// The inputs of `tgc run`: numbers, nested lists and files of arrays, in the input's dtype.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tgc/manifest.h"
#include "types/tensor.h"

namespace tgc {

// One `--in NAME=SOURCE`. SOURCE is a number, a list such as [[1, 2], [3, 4]], FILE.npy,
// FILE.npz:MEMBER or FILE.safetensors:TENSOR; without MEMBER the one named NAME.
struct InputOption {
  std::string name;
  std::string source;
};

// Throws UsageError where an option has no "=".
std::vector<InputOption> input_options(const std::vector<std::string>& options);

// The file a source names; "" for numbers and lists.
std::string source_file(const InputOption& option);

// One input in the dtype wanted; nothing after reporting.
std::optional<Tensor> read_input(const InputOption& option, const ManifestValue& wanted,
                                 bool allow_downcast, Diagnostics& diagnostics);

// The function's inputs in order. Nothing after reporting: an input that was not given, one that
// does not exist, a file that cannot be read, a dtype that would lose precision, a wrong rank.
std::optional<std::vector<Tensor>> read_inputs(const std::vector<InputOption>& options,
                                               const ManifestFunction& function,
                                               bool allow_downcast, Diagnostics& diagnostics);

}  // namespace tgc
