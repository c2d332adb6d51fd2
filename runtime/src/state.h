// SPDX-License-Identifier: Apache-2.0
// State: the values of the shared variables on one device. A call that updates holds it alone;
// calls that only read hold it together. New values are written beside the old ones and take their
// place when the call has succeeded.
#pragma once
#include <atomic>
#include <shared_mutex>
#include <string>
#include <vector>

#include "engine.h"

namespace tgc::runtime {

class State {
 public:
  // Initial values from the bundle; a reference to `owner` is held.
  explicit State(tgc_engine& owner);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] tgc_engine& owner() const { return owner_; }
  [[nodiscard]] void* current(size_t shared) const { return values_[shared].current; }
  // The memory for the value after a call; made when first asked for.
  void* next(size_t shared);
  void commit(size_t shared) { std::swap(values_[shared].current, values_[shared].next); }

  void get(const std::string& name, tgc_tensor& tensor);
  void set(const std::string& name, const tgc_tensor& tensor);
  void save(const std::string& path);
  void load(const std::string& path);

  std::shared_mutex mutex;

 private:
  struct Value {
    void* current = nullptr;
    void* next = nullptr;
  };
  [[nodiscard]] size_t find(const std::string& name) const;  // fails with ARGUMENT
  void* allocate(size_t shared);
  void release(void* memory) noexcept;
  void write(size_t shared, void* to, const void* from, std::unique_ptr<Queue>& queue);
  void read(size_t shared, void* to, std::unique_ptr<Queue>& queue);

  tgc_engine& owner_;
  std::vector<Value> values_;
};

void* allocate_host(size_t bytes);  // 64-byte aligned, huge pages where large; fails with MEMORY
void release_host(void* memory) noexcept;

}  // namespace tgc::runtime

struct tgc_state {
  explicit tgc_state(tgc_engine& engine) : state(engine) {}
  tgc::runtime::State state;
  std::atomic<int> references{1};
};
