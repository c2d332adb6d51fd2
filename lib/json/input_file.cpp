// SPDX-License-Identifier: Apache-2.0
// See input_file.h.
#include "json/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tgc {

std::optional<InputFile> InputFile::open(const std::string& path, std::error_code& error) {
  // not blocking: a named pipe is refused instead of waited for
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    error = {errno, std::generic_category()};
    return std::nullopt;
  }
  struct stat facts {};
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    error = std::make_error_code(std::errc::invalid_argument);
    close(descriptor);
    return std::nullopt;
  }
  return InputFile(descriptor, static_cast<uint64_t>(facts.st_size));
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool InputFile::read(uint64_t offset, void* target, size_t count) const {
  if (offset > size_ || count > size_ - offset) return false;
  auto* to = static_cast<char*>(target);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, to, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
  return true;
}

std::string InputFile::text(uint64_t offset, size_t count) const {
  if (offset >= size_) return "";
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(count, size_ - offset)), '\0');
  if (!read(offset, bytes.data(), bytes.size())) bytes.clear();
  return bytes;
}

}  // namespace tgc
