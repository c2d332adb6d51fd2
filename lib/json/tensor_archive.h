// SPDX-License-Identifier: Apache-2.0
// Tensors in files: .npy (one, without a name), .npz (stored or deflated members), .safetensors.
// What a file announces is checked against its size before memory is taken.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/input_file.h"
#include "support/diagnostic.h"
#include "types/tensor.h"

namespace tgc {

struct ArchiveError {
  const char* code = "";  // weights-missing, weights-format, weights-truncated; "" none
  std::string message;
};

// One tensor of the file. The bytes may be deflated and begin with a .npy header.
struct ArchiveEntry {
  std::string name;
  uint64_t offset = 0;  // of the stored bytes
  uint64_t stored_size = 0;
  uint64_t full_size = 0;  // after inflating
  bool is_deflated = false;
  std::optional<uint32_t> crc;  // CRC-32 of the full bytes
  std::string problem;          // why it cannot be read

  // Known once the header has been read.
  bool has_header = false;
  DType dtype = DType::float32;
  std::vector<int64_t> dims;
  uint64_t header_size = 0;
  bool is_fortran_order = false;
  bool is_big_endian = false;
};

class TensorArchive {
 public:
  // The format follows from the path's ending. Mistakes are reported at `where`.
  static std::optional<TensorArchive> open(const std::string& path, const Location& where,
                                           Diagnostics& diagnostics);

  [[nodiscard]] std::vector<std::string> names() const;
  // dtype and dims of a tensor; the name is ignored for .npy. Null after reporting.
  const ArchiveEntry* header(const std::string& name, const Location& where,
                             Diagnostics& diagnostics);
  // Its value. Big-endian and Fortran-ordered ones are converted.
  std::optional<Tensor> read(const std::string& name, const Location& where,
                             Diagnostics& diagnostics);

 private:
  TensorArchive(std::string path, InputFile file)
      : path_(std::move(path)), file_(std::move(file)) {}

  bool report(const ArchiveError& error, const Location& where, Diagnostics& diagnostics) const;
  bool read_bytes(const ArchiveEntry& entry, Tensor& tensor, ArchiveError& error) const;

  std::string path_;
  InputFile file_;
  std::vector<ArchiveEntry> entries_;
};

// Is this the ending of a file TensorArchive reads?
bool is_tensor_archive(const std::string& path);

}  // namespace tgc
