// SPDX-License-Identifier: Apache-2.0
// See nvrtc_recording.h. TGC_RECORDING_FOLDER is where CMake puts recording_nvrtc.
#include "helpers/standin/nvrtc_recording.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "support/file.h"
#include "support/sha256.h"

namespace tgc {

std::map<std::string, std::string> recording_variables(const std::string& real_path,
                                                       const std::string& folder) {
  return {{"TGC_CUDA_PATH", TGC_RECORDING_FOLDER},
          {"TGC_RECORDED_NVRTC", real_path},
          {"TGC_RECORD", folder}};
}

std::vector<std::string> recorded_hashes(const std::string& folder) {
  std::vector<std::string> hashes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code error;
    const auto text = read_file(entry.path().string(), error);
    hashes.push_back(text ? sha256_hex(*text) : "unreadable");
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

std::vector<std::string> emulated_hashes(const std::vector<EmulatedText>& texts) {
  // The source has a line of its own before each text and a newline after it, and the command's
  // --emit=cuda a newline after each unit; neither is part of a text.
  const std::string source = emulated_source(texts);
  const std::string head = "#include \"tgc/cuda_prelude.h\"\n";
  std::vector<std::string> hashes;
  for (size_t begin = source.find(head); begin != std::string::npos;) {
    const size_t next = source.find(head, begin + head.size());
    std::string unit = source.substr(begin, next == std::string::npos ? next : next - begin);
    if (const size_t mark = unit.find("\n#line 1 \""); mark != std::string::npos) {
      unit.resize(mark + 1);
    }
    while (unit.size() > 1 && unit.compare(unit.size() - 2, 2, "\n\n") == 0) unit.pop_back();
    hashes.push_back(sha256_hex(unit));
    begin = next;
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

}  // namespace tgc
