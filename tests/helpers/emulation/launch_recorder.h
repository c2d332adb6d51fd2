// SPDX-License-Identifier: Apache-2.0
// Keeps launches of emulated kernels for the GPU battery (tests/gpu): with TGC_RECORD_LAUNCHES
// naming a folder, each launch becomes a file NUMBER.case there, with the memory before and after
// it.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace tgc {

struct RecordedArgument {
  const void* buffer = nullptr;  // null: a number
  size_t bytes = 0;
  uint32_t dtype = 0;  // of bundle_abi.h
  uint64_t number = 0;
};

class LaunchRecorder {
 public:
  static bool is_wanted();
  // Takes copies of the buffers as they are now.
  explicit LaunchRecorder(std::vector<RecordedArgument> arguments);
  // Writes the case, with the buffers as they are by then.
  void finish(const std::string& kernel, const unsigned grid[3], const unsigned block[3],
              size_t shared_bytes) const;

 private:
  std::vector<RecordedArgument> arguments_;
  std::vector<std::string> before_;  // one an argument
};

// Half precision travels as uint16_t in the tests of kernels.
template <class T>
constexpr uint32_t recorded_dtype() {
  if (std::is_same_v<T, float>) return 10;
  if (std::is_same_v<T, double>) return 11;
  if (std::is_same_v<T, uint16_t>) return 9;
  if (std::is_same_v<T, bool>) return 0;
  constexpr uint32_t base = std::is_signed_v<T> ? 1 : 5;
  return base + (sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3);
}

template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
RecordedArgument recorded_argument(T value) {
  RecordedArgument argument;
  std::memcpy(&argument.number, &value, sizeof value);
  return argument;
}

}  // namespace tgc
