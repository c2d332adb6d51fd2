// SPDX-License-Identifier: Apache-2.0
// Checkpoints in the safetensors layout: reading with every bound checked, writing in one step.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "mapped_file.h"

namespace tgc::runtime {

struct NamedArray {
  std::string name;
  uint32_t dtype = 0;
  std::vector<int64_t> dims;
  const unsigned char* data = nullptr;
  uint64_t bytes = 0;
};

// The arrays point into `file`. Fails with TGC_ERROR_FILE.
std::vector<NamedArray> read_safetensors(const std::string& path, const MappedFile& file);
void write_safetensors(const std::string& path, const std::vector<NamedArray>& arrays);

}  // namespace tgc::runtime
