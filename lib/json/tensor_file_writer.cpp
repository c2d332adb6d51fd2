// SPDX-License-Identifier: Apache-2.0
// See tensor_file_writer.h.
#include "json/tensor_file_writer.h"

#include <utility>

#include "json/json_writer.h"
#include "json/npy_header.h"
#include "json/safetensors_index.h"
#include "json/zip_index.h"

namespace tgc {

std::string npy_bytes(const Tensor& tensor) {
  std::string bytes = npy_header(tensor.dtype(), tensor.dims());
  bytes.append(reinterpret_cast<const char*>(tensor.bytes()),
               static_cast<size_t>(tensor.byte_size()));
  return bytes;
}

std::string npz_bytes(const std::vector<NamedTensor>& tensors) {
  std::vector<ZipMember> members;
  for (const NamedTensor& named : tensors) {
    members.push_back({named.name + ".npy", npy_bytes(named.tensor)});
  }
  return zip_bytes(members);
}

std::string safetensors_bytes(const std::vector<NamedTensor>& tensors) {
  JsonWriter json(JsonWriter::Layout::line);
  json.begin_object();
  int64_t at = 0;
  for (const NamedTensor& named : tensors) {
    json.begin_object(named.name);
    json.member("dtype", safetensors_dtype(named.tensor.dtype()));
    json.array("shape", safetensors_shape(named.tensor.dtype(), named.tensor.dims()));
    json.array("data_offsets", std::vector<int64_t>{at, at + named.tensor.byte_size()});
    json.end_object();
    at += named.tensor.byte_size();
  }
  json.end_object();
  std::string header = json.take();
  header.pop_back();                                           // the newline
  header.resize((header.size() + 8 + 63) / 64 * 64 - 8, ' ');  // data begins aligned
  std::string bytes;
  for (size_t i = 0; i < 8; ++i) bytes += static_cast<char>((header.size() >> (8 * i)) & 0xFFU);
  bytes += header;
  for (const NamedTensor& named : tensors) {
    bytes.append(reinterpret_cast<const char*>(named.tensor.bytes()),
                 static_cast<size_t>(named.tensor.byte_size()));
  }
  return bytes;
}

}  // namespace tgc
