// SPDX-License-Identifier: Apache-2.0
// Which architectures a fatbin has code for, and whether a driver would find some for its device: a
// cubin of the same major architecture and no newer minor one, else PTX of no newer architecture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tgc::standin {

struct FatbinImage {
  bool is_ptx = false;
  unsigned architecture = 0;  // 90
};

struct FatbinContents {
  std::string problem;  // "" where it is a fatbin
  std::vector<FatbinImage> images;
};

FatbinContents read_fatbin(const void* image);
bool has_code_for(const FatbinContents& contents, unsigned architecture);

}  // namespace tgc::standin
