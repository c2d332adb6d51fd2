// SPDX-License-Identifier: Apache-2.0
// Random access to a regular file, for weights that may be larger than what is needed of them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace tgc {

class InputFile {
 public:
  // nullopt: cannot be opened, or is no regular file (then `error` is invalid_argument).
  static std::optional<InputFile> open(const std::string& path, std::error_code& error);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  [[nodiscard]] uint64_t size() const { return size_; }
  // All of [offset, offset + count), or false.
  bool read(uint64_t offset, void* target, size_t count) const;
  // As many of `count` bytes as there are.
  [[nodiscard]] std::string text(uint64_t offset, size_t count) const;

 private:
  InputFile(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}

  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace tgc
