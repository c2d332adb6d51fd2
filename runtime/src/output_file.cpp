// SPDX-License-Identifier: Apache-2.0
// See output_file.h.
#include "output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "failure.h"

namespace tgc::runtime {
namespace {

// What the links at the end of `path` lead to, which need not exist; "" for links in a circle.
std::string followed(const std::string& path) {
  constexpr int kMaxLinks = 40;  // as the kernel
  std::string place = path;
  char target[PATH_MAX];
  for (int links = 0; links < kMaxLinks; ++links) {
    const ssize_t size = readlink(place.c_str(), target, sizeof target);
    if (size <= 0) return place;
    const size_t slash = target[0] == '/' ? std::string::npos : place.rfind('/');
    place.resize(slash == std::string::npos ? 0 : slash + 1);
    place.append(target, static_cast<size_t>(size));
  }
  return "";
}

bool is_special(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode);
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(path), place_(followed(path)) {
  if (place_.empty()) {
    errno = ELOOP;
    fail_now();
  }
  if (!is_special(place_)) temporary_ = place_ + ".tmp" + std::to_string(getpid());
  file_ = std::fopen((temporary_.empty() ? place_ : temporary_).c_str(), "wb");
  if (file_ == nullptr) {
    temporary_.clear();
    fail_now();
  }
}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void OutputFile::write(const void* bytes, size_t count) {
  if (count > 0 && std::fwrite(bytes, count, 1, file_) != 1) fail_now();
}

void OutputFile::finish() {
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail_now();
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), place_.c_str()) != 0) fail_now();
  temporary_.clear();
}

void OutputFile::fail_now() const {
  fail(TGC_ERROR_FILE, "cannot write " + path_ + ": " + std::strerror(errno));
}

}  // namespace tgc::runtime
