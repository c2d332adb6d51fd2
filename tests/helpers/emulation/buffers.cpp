// SPDX-License-Identifier: Apache-2.0
// A list of ranges; ranges may lie inside one another (an arena and its parts).
#include "helpers/emulation/buffers.h"

#include <list>
#include <mutex>

#include "helpers/emulation/emulation.h"

namespace tgc {
namespace {
std::mutex buffers_mutex;
std::list<EmulatedBuffer> buffers;
const EmulatedBuffer no_buffer{nullptr, nullptr, "null"};
}  // namespace

const EmulatedBuffer* find_buffer(const void* pointer) {
  if (pointer == nullptr) return &no_buffer;
  const std::lock_guard lock(buffers_mutex);
  const auto* place = static_cast<const char*>(pointer);
  const EmulatedBuffer* best = nullptr;
  for (const EmulatedBuffer& buffer : buffers) {
    const bool holds = buffer.begin <= place && (place < buffer.end || place == buffer.begin);
    if (holds && (best == nullptr || buffer.end - buffer.begin < best->end - best->begin)) {
      best = &buffer;
    }
  }
  return best;
}

}  // namespace tgc

void tgc_emulated_register_buffer(const void* begin, size_t bytes, const char* name) {
  const std::lock_guard lock(tgc::buffers_mutex);
  const auto* place = static_cast<const char*>(begin);
  tgc::buffers.push_back({place, place + bytes, name});
}

void tgc_emulated_unregister_buffer(const void* begin) {
  const std::lock_guard lock(tgc::buffers_mutex);
  for (auto buffer = tgc::buffers.begin(); buffer != tgc::buffers.end(); ++buffer) {
    if (buffer->begin == begin) {
      tgc::buffers.erase(buffer);
      return;
    }
  }
}
