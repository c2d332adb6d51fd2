// SPDX-License-Identifier: Apache-2.0
// standin_kernels [--unchecked] OUT.so TEXT.cu…
// Makes the library of emulated kernels that TGC_STANDIN_KERNELS names, from what
// `tgc compile --emit=cuda` wrote: the texts NVRTC gets, byte for byte.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "helpers/emulation/emulated_module.h"

int main(int argc, char** argv) {
  int next = 1;
  const bool checked = argc < 2 || std::strcmp(argv[1], "--unchecked") != 0;
  if (!checked) ++next;
  if (argc - next < 2) {
    std::fprintf(stderr, "usage: standin_kernels [--unchecked] OUT.so TEXT.cu...\n");
    return 2;
  }
  const std::string output = argv[next++];
  std::vector<tgc::EmulatedText> texts;
  for (; next < argc; ++next) {
    const std::ifstream file(argv[next], std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
      std::fprintf(stderr, "standin_kernels: cannot read %s\n", argv[next]);
      return 1;
    }
    texts.push_back({argv[next], text.str()});
  }
  std::string error;
  if (tgc::build_emulated_library(texts, checked, output, error)) return 0;
  std::fprintf(stderr, "standin_kernels: %s\n", error.c_str());
  return 1;
}
