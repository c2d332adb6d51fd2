// SPDX-License-Identifier: Apache-2.0
// See state.h.
#include "state.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "failure.h"
#include "safetensors.h"
#include "strided.h"
#include "xxhash_inline.h"

namespace tgc::runtime {

void* allocate_host(size_t bytes) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const bool is_large = bytes >= kHugePage;
  const size_t alignment = is_large ? kHugePage : 64;
  const size_t size = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, size);
  if (memory == nullptr) {
    fail(TGC_ERROR_MEMORY, "out of host memory: " + std::to_string(bytes) + " bytes wanted");
  }
  if (is_large) madvise(memory, size, MADV_HUGEPAGE);
  return memory;
}

void release_host(void* memory) noexcept {
  std::free(memory);
}

State::State(tgc_engine& owner) : owner_(owner) {
  const Engine& engine = owner_.engine;
  values_.resize(engine.plan().shared().size());
  std::unique_ptr<Queue> queue;
  try {
    for (size_t i = 0; i < values_.size(); ++i) {
      const SharedInfo& info = engine.plan().shared()[i];
      const unsigned char* source = engine.weights().data() + info.offset;
      if (engine.settings().check_digests && xxh3_64(source, info.bytes) != info.checksum) {
        fail(TGC_ERROR_BUNDLE, "the initial value of shared variable " + info.name +
                                   " in weights.safetensors is damaged (its checksum differs)");
      }
      values_[i].current = allocate(i);
      write(i, values_[i].current, source, queue);
    }
  } catch (...) {
    for (Value& value : values_) release(value.current);
    throw;
  }
  owner_.references.fetch_add(1);
}

State::~State() {
  for (Value& value : values_) {
    release(value.current);
    release(value.next);
  }
}

void* State::allocate(size_t shared) {
  const SharedInfo& info = owner_.engine.plan().shared()[shared];
  if (Device* device = owner_.engine.device()) {
    return device->allocate(info.bytes, "shared variable " + info.name);
  }
  return allocate_host(info.bytes);
}

void State::release(void* memory) noexcept {
  if (memory == nullptr) return;
  if (Device* device = owner_.engine.device()) {
    device->release(memory);
  } else {
    release_host(memory);
  }
}

void* State::next(size_t shared) {
  Value& value = values_[shared];
  if (value.next == nullptr) value.next = allocate(shared);
  return value.next;
}

void State::write(size_t shared, void* to, const void* from, std::unique_ptr<Queue>& queue) {
  const uint64_t bytes = owner_.engine.plan().shared()[shared].bytes;
  Device* device = owner_.engine.device();
  if (device == nullptr) {
    std::memcpy(to, from, bytes);
    return;
  }
  if (!queue) queue = device->make_queue();
  queue->upload(to, from, bytes);
  queue->synchronize();
}

void State::read(size_t shared, void* to, std::unique_ptr<Queue>& queue) {
  const uint64_t bytes = owner_.engine.plan().shared()[shared].bytes;
  Device* device = owner_.engine.device();
  if (device == nullptr) {
    std::memcpy(to, values_[shared].current, bytes);
    return;
  }
  if (!queue) queue = device->make_queue();
  queue->download(to, values_[shared].current, bytes);
  queue->synchronize();
}

size_t State::find(const std::string& name) const {
  const auto& shared = owner_.engine.plan().shared();
  for (size_t i = 0; i < shared.size(); ++i) {
    if (shared[i].name == name) return i;
  }
  std::string known;
  for (const SharedInfo& info : shared) known += (known.empty() ? "" : ", ") + info.name;
  fail(TGC_ERROR_ARGUMENT, "there is no shared variable '" + name + "'; the bundle has: " + known);
}

void State::get(const std::string& name, tgc_tensor& tensor) {
  const size_t number = find(name);
  const SharedInfo& info = owner_.engine.plan().shared()[number];
  tensor.dtype = info.dtype;
  tensor.rank = static_cast<uint32_t>(info.dims.size());
  std::copy(info.dims.begin(), info.dims.end(), tensor.dims);
  tensor.has_strides = 0;
  if (tensor.data == nullptr) return;
  if (tensor.capacity < info.bytes) {
    fail(TGC_ERROR_ARGUMENT, "the memory for shared variable " + name + " holds " +
                                 std::to_string(tensor.capacity) + " bytes, " +
                                 std::to_string(info.bytes) + " are needed");
  }
  const std::shared_lock lock(mutex);
  std::unique_ptr<Queue> queue;
  read(number, tensor.data, queue);
}

void State::set(const std::string& name, const tgc_tensor& tensor) {
  const size_t number = find(name);
  const SharedInfo& info = owner_.engine.plan().shared()[number];
  const std::vector<int64_t> dims(tensor.dims,
                                  tensor.dims + std::min<uint32_t>(tensor.rank, TGC_MAX_RANK));
  if (tensor.dtype != info.dtype || dims != info.dims) {
    fail(TGC_ERROR_ARGUMENT, "shared variable " + name + " is " + dtype_text(info.dtype) +
                                 dims_text(info.dims) + ", the value given is " +
                                 dtype_text(tensor.dtype) + dims_text(dims));
  }
  if (tensor.data == nullptr && info.bytes > 0) {
    fail(TGC_ERROR_ARGUMENT, "the value for shared variable " + name + " has no data");
  }
  const std::unique_lock lock(mutex);
  std::unique_ptr<Queue> queue;
  if (is_contiguous(tensor)) {
    write(number, values_[number].current, tensor.data, queue);
    return;
  }
  std::vector<unsigned char> staging(info.bytes);
  copy_contiguous(tensor, staging.data());
  write(number, values_[number].current, staging.data(), queue);
}

void State::save(const std::string& path) {
  const auto& shared = owner_.engine.plan().shared();
  std::vector<NamedArray> arrays;
  std::vector<std::vector<unsigned char>> data(shared.size());
  {
    const std::shared_lock lock(mutex);
    std::unique_ptr<Queue> queue;
    for (size_t i = 0; i < shared.size(); ++i) {
      data[i].resize(shared[i].bytes);
      read(i, data[i].data(), queue);
      arrays.push_back(
          {shared[i].name, shared[i].dtype, shared[i].dims, data[i].data(), shared[i].bytes});
    }
  }
  write_safetensors(path, arrays);
}

void State::load(const std::string& path) {
  const auto& shared = owner_.engine.plan().shared();
  const MappedFile file(path);
  const std::vector<NamedArray> arrays = read_safetensors(path, file);
  std::vector<const NamedArray*> found(shared.size(), nullptr);
  for (size_t i = 0; i < shared.size(); ++i) {
    for (const NamedArray& array : arrays) {
      if (array.name == shared[i].name) found[i] = &array;
    }
    if (found[i] == nullptr) {
      fail(TGC_ERROR_FILE, path + " has no value for shared variable " + shared[i].name);
    }
    std::vector<int64_t> with_parts = shared[i].dims;
    with_parts.push_back(2);
    const bool has_parts = shared[i].dtype == TGC_COMPLEX128 && found[i]->dtype == TGC_FLOAT64 &&
                           found[i]->dims == with_parts;
    if (has_parts) continue;
    if (found[i]->dtype != shared[i].dtype || found[i]->dims != shared[i].dims) {
      fail(TGC_ERROR_FILE, path + ": " + shared[i].name + " is " + dtype_text(found[i]->dtype) +
                               dims_text(found[i]->dims) + ", the bundle's variable is " +
                               dtype_text(shared[i].dtype) + dims_text(shared[i].dims));
    }
  }
  const std::unique_lock lock(mutex);
  std::unique_ptr<Queue> queue;
  for (size_t i = 0; i < shared.size(); ++i) {
    write(i, values_[i].current, found[i]->data, queue);
  }
}

}  // namespace tgc::runtime
