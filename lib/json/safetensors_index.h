// SPDX-License-Identifier: Apache-2.0
// The header of a .safetensors file: 8 bytes of length, then JSON {name: {dtype, shape,
// data_offsets}}, then the data (github.com/huggingface/safetensors, README).
#pragma once
#include <optional>
#include <vector>

#include "json/tensor_archive.h"

namespace tgc {

std::optional<std::vector<ArchiveEntry>> read_safetensors_index(const InputFile& file,
                                                                ArchiveError& error);

// "F32" for float32.
std::vector<int64_t> safetensors_shape(DType dtype, std::vector<int64_t> dims);
std::string_view safetensors_dtype(DType dtype);

}  // namespace tgc
