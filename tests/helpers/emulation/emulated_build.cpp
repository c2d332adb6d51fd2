// SPDX-License-Identifier: Apache-2.0
// Compiles CUDA kernel texts to a shared library of emulated kernels, for tests in other processes.
//   emulated_build [--unchecked] OUT.so TEXT.cu …
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "helpers/emulation/emulated_module.h"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  bool checked = true;
  if (!arguments.empty() && arguments[0] == "--unchecked") {
    checked = false;
    arguments.erase(arguments.begin());
  }
  if (arguments.size() < 2) {
    std::fprintf(stderr, "usage: emulated_build [--unchecked] OUT.so TEXT.cu ...\n");
    return 2;
  }
  std::vector<tgc::EmulatedText> texts;
  for (size_t i = 1; i < arguments.size(); ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "emulated_build: cannot read %s\n", arguments[i].c_str());
      return 1;
    }
    std::ostringstream text;
    text << file.rdbuf();
    texts.push_back({arguments[i], text.str()});
  }
  std::string error;
  if (!tgc::build_emulated_library(texts, checked, arguments[0], error)) {
    std::fprintf(stderr, "emulated_build: %s\n", error.c_str());
    return 1;
  }
  return 0;
}
