// SPDX-License-Identifier: Apache-2.0
// Kernel texts made while a test runs: compiled as they are (what NVRTC gets, byte for byte) to one
// shared library, which is loaded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "helpers/emulation/emulation.h"

namespace tgc {

struct EmulatedText {
  std::string name;  // of the file in the compiler's messages
  std::string text;
};

// What the host compiler gets: the texts as they are, a #line before and a newline after each.
std::string emulated_source(const std::vector<EmulatedText>& texts);

// Compiles all texts in one compilation to the shared library `path`. Where the compiler rejects
// them: false, its messages in `error`.
bool build_emulated_library(const std::vector<EmulatedText>& texts, bool checked,
                            const std::string& path, std::string& error);

class EmulatedModule {
 public:
  // nullopt, and the reason in `error`, where it cannot be loaded (or built).
  static std::optional<EmulatedModule> load(const std::string& path, std::string& error);
  static std::optional<EmulatedModule> build(const std::vector<EmulatedText>& texts, bool checked,
                                             std::string& error);
  ~EmulatedModule();
  EmulatedModule(EmulatedModule&& other) noexcept;
  EmulatedModule& operator=(EmulatedModule&& other) noexcept;

  // For tgc_emulated_launch; null where no text has a kernel of this name.
  [[nodiscard]] tgc_emulated_entry kernel(const std::string& name) const;

 private:
  explicit EmulatedModule(void* library) : library_(library) {}
  void* library_ = nullptr;
};

}  // namespace tgc
