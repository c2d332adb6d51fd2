// SPDX-License-Identifier: Apache-2.0
// See safetensors_index.h.
#include "json/safetensors_index.h"

#include <array>
#include <utility>

#include "json/json_parser.h"
#include "types/tensor_type.h"

namespace tgc {
namespace {

constexpr uint64_t kLongestHeader = 100'000'000;  // the format's own limit
// complex128, which the format lacks, is stored as float64 with a last axis of the two parts.
constexpr std::array<std::string_view, 14> kNames = {"BOOL", "I8",  "I16", "I32", "I64",
                                                     "U8",   "U16", "U32", "U64", "F16",
                                                     "F32",  "F64", "C64", "F64"};

std::optional<uint64_t> member_number(JsonValue list, size_t index) {
  return list.elements()[index].uint64();
}

// dtype and dims; a problem is noted for the one who asks for the tensor.
bool read_type(JsonValue value, ArchiveEntry& entry) {
  const auto dtype = value.find("dtype");
  const auto shape = value.find("shape");
  if (!dtype || !dtype->is_string() || !shape || !shape->is_array()) return false;
  bool known = false;
  for (const DType candidate : all_dtypes()) {
    if (safetensors_dtype(candidate) != dtype->string() || known) continue;
    entry.dtype = candidate;
    known = true;
  }
  for (const JsonValue dim : shape->elements()) {
    const auto size = dim.int64();
    if (!size || *size < 0) return false;
    entry.dims.push_back(*size);
  }
  if (!known) entry.problem = "its dtype " + dtype->string() + " is not supported";
  return true;
}

bool read_entry(JsonValue value, uint64_t data_begin, uint64_t data_size, ArchiveEntry& entry) {
  const auto offsets = value.is_object() ? value.find("data_offsets") : std::nullopt;
  if (!offsets || !offsets->is_array() || offsets->size() != 2 || !read_type(value, entry)) {
    return false;
  }
  const auto begin = member_number(*offsets, 0);
  const auto end = member_number(*offsets, 1);
  if (!begin || !end || *begin > *end || *end > data_size) return false;
  entry.offset = data_begin + *begin;
  entry.stored_size = *end - *begin;
  entry.full_size = entry.stored_size;
  entry.has_header = true;
  if (!entry.problem.empty()) return true;
  const auto count = element_count(entry.dims, dtype_size(entry.dtype));
  return count && static_cast<uint64_t>(*count * dtype_size(entry.dtype)) == entry.stored_size;
}

}  // namespace

std::vector<int64_t> safetensors_shape(DType dtype, std::vector<int64_t> dims) {
  if (dtype == DType::complex128) dims.push_back(2);
  return dims;
}

std::string_view safetensors_dtype(DType dtype) {
  return kNames.at(static_cast<size_t>(dtype));
}

std::optional<std::vector<ArchiveEntry>> read_safetensors_index(const InputFile& file,
                                                                ArchiveError& error) {
  const auto fail = [&error](const char* code, std::string message) {
    error = {code, std::move(message)};
    return std::nullopt;
  };
  const std::string prefix = file.text(0, 8);
  if (prefix.size() < 8) return fail("weights-truncated", "it ends within its header");
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) {
    length |= static_cast<uint64_t>(static_cast<unsigned char>(prefix[i])) << (8 * i);
  }
  if (length > kLongestHeader || file.text(8, 1) != "{") {
    return fail("weights-format", "it is not in .safetensors format");
  }
  if (length > file.size() - 8) return fail("weights-truncated", "it ends within its header");
  JsonLimits limits;
  limits.max_bytes = kLongestHeader;
  Diagnostics problems;
  const auto header = parse_json("", file.text(8, static_cast<size_t>(length)), limits, problems);
  if (!header || !header->root().is_object()) {
    return fail("weights-format", "its header is not valid JSON");
  }
  std::vector<ArchiveEntry> entries;
  for (const JsonValue member : header->root().elements()) {
    if (member.key() == "__metadata__") continue;
    ArchiveEntry entry;
    entry.name = member.key();
    if (!read_entry(member, 8 + length, file.size() - 8 - length, entry)) {
      const bool cut = member.is_object() && entry.problem.empty() && entry.offset == 0;
      return fail(cut ? "weights-truncated" : "weights-format",
                  "its entry '" + entry.name + "' does not fit the file");
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace tgc
