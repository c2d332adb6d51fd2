// SPDX-License-Identifier: Apache-2.0
// See cuda_queue.h.
#include "cuda/cuda_queue.h"

#include "failure.h"

namespace tgc::runtime {
namespace {

CuPointer device_pointer(const void* memory) {
  return reinterpret_cast<CuPointer>(memory);
}

template <class T>
std::string triple(const std::array<T, 3>& numbers) {
  return std::to_string(numbers[0]) + "×" + std::to_string(numbers[1]) + "×" +
         std::to_string(numbers[2]);
}

}  // namespace

CudaQueue::CudaQueue(const Gpu& gpu, const CudaCode& code)
    : gpu_(gpu), api_(gpu.api()), code_(code) {
  const Current current(gpu_);
  constexpr unsigned kNonBlocking = 1;  // nothing waits for the process's other streams
  api_.check(api_.stream_create(&stream_, kNonBlocking), "cannot make a CUDA stream");
}

CudaQueue::~CudaQueue() {
  CuContext ignored = nullptr;
  if (api_.context_push(gpu_.context()) != 0) return;
  for (CuEvent event : events_) api_.event_destroy(event);
  api_.stream_destroy(stream_);
  api_.context_pop(&ignored);
}

// From pageable memory the driver copies at once to memory of its own, so `host` is free again.
void CudaQueue::upload(void* device, const void* host, size_t bytes) {
  const Current current(gpu_);
  api_.check(api_.upload(device_pointer(device), host, bytes, stream_), "cannot copy to the GPU");
}

void CudaQueue::download(void* host, const void* device, size_t bytes) {
  const Current current(gpu_);
  api_.check(api_.download(host, device_pointer(device), bytes, stream_),
             "cannot copy from the GPU");
}

void CudaQueue::copy(void* to, const void* from, size_t bytes) {
  const Current current(gpu_);
  api_.check(api_.copy(device_pointer(to), device_pointer(from), bytes, stream_),
             "cannot copy on the GPU");
}

void CudaQueue::launch(const Launch& launch, void* const* buffers, size_t buffer_count,
                       const std::vector<int64_t>& dims, void* failure) {
  const Current current(gpu_);
  arguments_.clear();
  for (size_t i = 0; i < buffer_count; ++i) {
    arguments_.push_back(const_cast<void**>(&buffers[i]));
  }
  for (const int64_t& dim : dims) arguments_.push_back(const_cast<int64_t*>(&dim));
  arguments_.push_back(&failure);
  const CuResult result = api_.launch(
      code_.function(launch.kernel), static_cast<unsigned>(launch.grid[0]),
      static_cast<unsigned>(launch.grid[1]), static_cast<unsigned>(launch.grid[2]), launch.block[0],
      launch.block[1], launch.block[2], launch.shared_bytes, stream_, arguments_.data(), nullptr);
  if (result == 0) return;
  api_.check(result, "cannot launch kernel " + code_.name(launch.kernel) + " on " + gpu_.name() +
                         " (grid " + triple(launch.grid) + ", block " + triple(launch.block) + ")");
}

void CudaQueue::synchronize() {
  const Current current(gpu_);
  api_.check(api_.stream_synchronize(stream_), gpu_.name() + " stopped with an error");
}

void CudaQueue::settle() noexcept {
  CuContext ignored = nullptr;
  if (api_.context_push(gpu_.context()) != 0) return;
  api_.stream_synchronize(stream_);
  api_.context_pop(&ignored);
}

void CudaQueue::mark() {
  const Current current(gpu_);
  if (mark_count_ == events_.size()) {
    CuEvent event = nullptr;
    api_.check(api_.event_create(&event, 0), "cannot make a CUDA event");
    events_.push_back(event);
  }
  api_.check(api_.event_record(events_[mark_count_++], stream_), "cannot record a CUDA event");
}

uint64_t CudaQueue::nanoseconds_between(size_t first, size_t second) {
  const Current current(gpu_);
  float milliseconds = 0;
  api_.check(api_.event_elapsed(&milliseconds, events_.at(first), events_.at(second)),
             "cannot read CUDA events");
  return static_cast<uint64_t>(static_cast<double>(milliseconds) * 1e6);
}

}  // namespace tgc::runtime
