// SPDX-License-Identifier: Apache-2.0
// A file that appears at its path whole or not at all. A link at the path stays, and the file it
// names is replaced; a device, pipe or socket is written to as it is.
#pragma once
#include <cstdio>
#include <string>

namespace tgc::runtime {

// Every step fails with TGC_ERROR_FILE; what was written so far is removed.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  void write(const void* bytes, size_t count);
  void finish();  // puts the file in its place

 private:
  [[noreturn]] void fail_now() const;

  std::string path_;       // as the caller names it
  std::string place_;      // behind its links
  std::string temporary_;  // "": `place_` is written as it is
  FILE* file_ = nullptr;
};

}  // namespace tgc::runtime
