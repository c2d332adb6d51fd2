// SPDX-License-Identifier: Apache-2.0
// See test_bundle.h.
#include "runtime/test_bundle.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;

namespace tgc {

std::string bundle_path(const std::string& name) {
  const char* folder = std::getenv("TGC_TEST_BUNDLES");
  if (folder == nullptr) {
    throw std::runtime_error("TGC_TEST_BUNDLES is not set: run this with ctest");
  }
  return std::string(folder) + "/" + name + ".tgc";
}

BundleCopy::BundleCopy(const std::string& name) {
  folder_ = (fs::temp_directory_path() / "tgc-bundle-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  fs::copy(bundle_path(name), path(), fs::copy_options::recursive);
}

BundleCopy::~BundleCopy() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

TempFile::TempFile() {
  path_ = (fs::temp_directory_path() / "tgc-file-XXXXXX").string();
  const int descriptor = mkstemp(path_.data());
  if (descriptor < 0) throw std::runtime_error("no temporary file");
  close(descriptor);
}

TempFile::~TempFile() {
  unlink(path_.c_str());
}

Variable::Variable(const char* name, const std::string& value) : name_(name) {
  if (const char* old = std::getenv(name)) old_ = old;
  setenv(name, value.c_str(), 1);
}

Variable::~Variable() {
  if (old_) {
    setenv(name_, old_->c_str(), 1);
  } else {
    unsetenv(name_);
  }
}

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

Array two_rows() {
  return {{2, 4}, std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0}};
}
Array two_targets() {
  return {{2}, std::vector<float>{0.5F, 0.5F}};
}

std::vector<float> floats(const Array& array) {
  return {array.data<float>(), array.data<float>() + array.count()};
}

}  // namespace tgc
