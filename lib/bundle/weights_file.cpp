// SPDX-License-Identifier: Apache-2.0
// weights.safetensors: the initial values in the safetensors layout (8-byte little-endian header
// length, JSON header padded with spaces, data without gaps). The data begins at a multiple of 64
// bytes; the runtime copies values into a state, so the tensors themselves need no alignment.
#include "bundle/plan_writer.h"

#include "json/json_writer.h"

namespace tgc {
namespace {

std::string_view safetensors_dtype(DType dtype) {
  constexpr std::array<std::string_view, 14> kNames = {"BOOL", "I8",  "I16", "I32", "I64",
                                                       "U8",   "U16", "U32", "U64", "F16",
                                                       "F32",  "F64", "C64", "F64"};
  return kNames.at(static_cast<size_t>(dtype));
}

}  // namespace

WeightsFile write_weights(const std::vector<SharedVariable>& shared) {
  WeightsFile file;
  JsonWriter json(JsonWriter::Layout::line);
  json.begin_object(JsonWriter::Layout::line);
  uint64_t at = 0;
  std::vector<uint64_t> begins;
  for (const SharedVariable& variable : shared) {
    const auto size = static_cast<uint64_t>(variable.value->byte_size());
    json.begin_object(variable.name, JsonWriter::Layout::line);
    json.member("dtype", safetensors_dtype(variable.type.dtype));
    json.begin_array("shape", JsonWriter::Layout::line);
    for (const int64_t dim : variable.value->dims()) json.value(dim);
    if (variable.type.dtype == DType::complex128) json.value(int64_t{2});  // the parts
    json.end_array();
    json.begin_array("data_offsets", JsonWriter::Layout::line);
    json.value(at);
    json.value(at + size);
    json.end_array();
    json.end_object();
    begins.push_back(at);
    at += size;
  }
  json.end_object();
  std::string header = json.take();
  while (!header.empty() && header.back() == '\n') header.pop_back();
  header.resize((header.size() + 8 + 63) / 64 * 64 - 8, ' ');
  const auto length = static_cast<uint64_t>(header.size());
  file.bytes.assign(reinterpret_cast<const char*>(&length), sizeof length);
  file.bytes += header;
  const uint64_t base = file.bytes.size();
  for (size_t i = 0; i < shared.size(); ++i) {
    file.offsets.push_back(base + begins[i]);
    file.bytes.append(reinterpret_cast<const char*>(shared[i].value->bytes()),
                      static_cast<size_t>(shared[i].value->byte_size()));
  }
  return file;
}

}  // namespace tgc
