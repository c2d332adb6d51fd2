// SPDX-License-Identifier: Apache-2.0
// The grammars of device, contexts and gpuarray.preallocate, with the spellings of Theano's old GPU
// back-end.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

// What was read from a flag's text. `error` is empty if it could be read; `note` is not empty if
// the spelling is an old one.
struct DeviceText {
  std::string name;  // "cpu", "cuda" or "cudaN"
  std::string note;
  std::string error;
};

// `flag` is "device" or "init_gpu_device" and named in the messages.
DeviceText read_device(std::string_view flag, std::string_view text);

struct DeviceContext {
  std::string name;
  std::string device;  // "cudaN"

  friend bool operator==(const DeviceContext&, const DeviceContext&) = default;
};

struct ContextsText {
  std::vector<DeviceContext> contexts;
  std::string note;
  std::string error;
};

// "dev0->cuda0;dev1->cuda1"; an empty text has no contexts.
ContextsText read_contexts(std::string_view text);
std::string contexts_text(const std::vector<DeviceContext>& contexts);

// Device memory at the start. uncached: each block goes back to the driver; cached: blocks are
// kept; fraction: of the device's memory, at most 0.95; megabytes: so many.
struct Preallocation {
  enum class Kind { uncached, cached, fraction, megabytes };
  Kind kind = Kind::cached;
  double amount = 0;

  friend bool operator==(const Preallocation&, const Preallocation&) = default;
};

// The meaning of a finite value of gpuarray.preallocate.
Preallocation read_preallocation(double value);

}  // namespace tgc
