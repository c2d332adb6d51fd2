// SPDX-License-Identifier: Apache-2.0
// A file mapped read-only into memory.
#pragma once
#include <cstddef>
#include <string>

namespace tgc::runtime {

class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::string& path);  // fails with TGC_ERROR_FILE
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  [[nodiscard]] const unsigned char* data() const { return data_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  const unsigned char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace tgc::runtime
