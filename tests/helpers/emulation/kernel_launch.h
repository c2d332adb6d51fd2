// SPDX-License-Identifier: Apache-2.0
// Launching emulated kernels from a test: buffers that know their bounds, arguments by type, and a
// run in all three thread orders that must agree bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "helpers/emulation/emulation.h"
#include "helpers/emulation/launch_recorder.h"

namespace tgc {

// Memory a kernel may touch, registered while it lives. bool is kept as one byte.
template <class T>
class KernelBuffer {
 public:
  KernelBuffer(std::string name, std::vector<T> values)
      : name_(std::move(name)), values_(std::move(values)) {
    // One element more than registered, so that an empty buffer has an address of its own.
    values_.push_back(T{});
    tgc_emulated_register_buffer(values_.data(), size() * sizeof(T), name_.c_str());
  }
  KernelBuffer(const std::string& name, size_t count, T value = T{})
      : KernelBuffer(name, std::vector<T>(count, value)) {}
  ~KernelBuffer() { tgc_emulated_unregister_buffer(values_.data()); }
  KernelBuffer(const KernelBuffer&) = delete;
  KernelBuffer& operator=(const KernelBuffer&) = delete;

  [[nodiscard]] size_t size() const { return values_.size() - 1; }
  T* data() { return values_.data(); }
  const T& operator[](size_t i) const { return values_[i]; }
  T& operator[](size_t i) { return values_[i]; }
  [[nodiscard]] std::vector<T> values() const {
    return std::vector<T>(values_.begin(), values_.end() - 1);
  }

 private:
  std::string name_;
  std::vector<T> values_;
};

struct LaunchGeometry {
  std::array<unsigned, 3> grid{1, 1, 1};
  unsigned block = 32;
  size_t shared_bytes = 0;
};
constexpr unsigned blocks_for(int64_t count, int64_t per_block) {
  return static_cast<unsigned>((count + per_block - 1) / per_block);
}

template <class T>
T* kernel_parameter(KernelBuffer<T>& buffer) {
  return buffer.data();
}
template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
T kernel_parameter(T value) {
  return value;
}

template <class T>
RecordedArgument recorded_argument(const KernelBuffer<T>& buffer) {
  return {&buffer[0], buffer.size() * sizeof(T), recorded_dtype<T>(), 0};
}

// Launches once; returns what went wrong, empty if nothing did. Numbers must have the kernel's
// types.
template <class... Arguments>
std::string launch_kernel(tgc_emulated_entry entry, const LaunchGeometry& geometry,
                          tgc_emulated_mode mode, Arguments&&... arguments) {
  auto values = std::make_tuple(kernel_parameter(arguments)...);
  const unsigned block[3] = {geometry.block, 1, 1};
  return std::apply(
      [&](auto&... value) {
        void* args[] = {static_cast<void*>(&value)..., nullptr};
        const char* message = tgc_emulated_launch(entry, geometry.grid.data(), block,
                                                  geometry.shared_bytes, args, &mode);
        return std::string(message == nullptr ? "" : message);
      },
      values);
}

// Launches in every thread order, each time from the contents `output` has now. Returns what went
// wrong, also where two orders leave different bits in `output`.
template <class Output, class... Arguments>
std::string launch_in_all_orders(tgc_emulated_entry entry, const LaunchGeometry& geometry,
                                 KernelBuffer<Output>& output, Arguments&&... arguments) {
  const std::vector<Output> before = output.values();
  std::vector<Output> first;
  for (const tgc_emulated_mode mode :
       {tgc_emulated_mode{TGC_EMULATED_FORWARD, 0}, tgc_emulated_mode{TGC_EMULATED_REVERSE, 0},
        tgc_emulated_mode{TGC_EMULATED_SEEDED, 20240229}}) {
    std::memcpy(static_cast<void*>(output.data()), before.data(), before.size() * sizeof(Output));
    const bool is_recorded = mode.order == TGC_EMULATED_FORWARD && LaunchRecorder::is_wanted();
    std::vector<RecordedArgument> recorded;
    if (is_recorded) recorded = {recorded_argument(arguments)...};
    const LaunchRecorder recorder(std::move(recorded));
    const std::string message = launch_kernel(entry, geometry, mode, arguments...);
    if (!message.empty()) return message;
    if (is_recorded) {
      const unsigned block[3] = {geometry.block, 1, 1};
      recorder.finish(tgc_emulated_kernel_name(), geometry.grid.data(), block,
                      geometry.shared_bytes);
    }
    if (mode.order == TGC_EMULATED_FORWARD) {
      first = output.values();
    } else if (std::memcmp(first.data(), output.data(), first.size() * sizeof(Output)) != 0) {
      return mode.order == TGC_EMULATED_REVERSE ? "the reverse order gives another result"
                                                : "the seeded order gives another result";
    }
  }
  return "";
}

}  // namespace tgc
