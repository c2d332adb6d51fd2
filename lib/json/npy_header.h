// SPDX-License-Identifier: Apache-2.0
// The header of NumPy's .npy format, versions 1 to 3 (numpy/lib/format.py).
#pragma once
#include <string>
#include <string_view>

#include "json/tensor_archive.h"

namespace tgc {

// The longest header that is looked at; real ones have 128 bytes.
constexpr size_t kLongestNpyHeader = 64 * 1024;

// Reads dtype, dims, order and header_size from the entry's first bytes into `entry`, and checks
// that the rest of its full_size is just the data.
bool parse_npy_header(std::string_view bytes, ArchiveEntry& entry, ArchiveError& error);

// The header for a C-ordered little-endian tensor, a multiple of 64 bytes.
std::string npy_header(DType dtype, const std::vector<int64_t>& dims);

}  // namespace tgc
