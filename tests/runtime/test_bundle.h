// SPDX-License-Identifier: Apache-2.0
// The bundles of the runtime's tests, compiled from models/ by the test runtime.bundles.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tgc/runtime.hpp"

namespace tgc {

// The folder of the bundle of models/NAME.json.
std::string bundle_path(const std::string& name);

// A copy of that bundle in a fresh folder, for tests that damage it; removed with the object.
class BundleCopy {
 public:
  explicit BundleCopy(const std::string& name);
  ~BundleCopy();
  BundleCopy(const BundleCopy&) = delete;
  BundleCopy& operator=(const BundleCopy&) = delete;

  [[nodiscard]] std::string path() const { return folder_ + "/copy.tgc"; }
  [[nodiscard]] std::string file(const std::string& name) const { return path() + "/" + name; }

 private:
  std::string folder_;
};

// A fresh file name in the temporary folder; the file is removed with the object.
class TempFile {
 public:
  TempFile();
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An environment variable that has this value while the object lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value);
  ~Variable();
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

std::string read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

// Two rows of the model "linear" and targets of 0.5: the outputs are 1.5 and 2.5.
Array two_rows();
Array two_targets();
std::vector<float> floats(const Array& array);

// What the call throws, "no error" if nothing.
template <class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const RuntimeError& error) {
    return std::string(tgc_status_text(error.status())) + ": " + error.what();
  }
  return "no error";
}

}  // namespace tgc
