// SPDX-License-Identifier: Apache-2.0
// See thread_pool.h.
#include "thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace tgc::runtime {
namespace {

struct Job {
  const std::function<void(int64_t, int64_t)>* work = nullptr;
  int64_t tasks = 0;
  int64_t piece = 1;
  std::atomic<int64_t> next{0};
  int helpers = 0;              // threads still wanted
  std::atomic<int> running{0};  // helpers at work

  void run() {
    for (;;) {
      const int64_t begin = next.fetch_add(piece, std::memory_order_relaxed);
      if (begin >= tasks) return;
      (*work)(begin, std::min(tasks, begin + piece));
    }
  }
};

// Waking a sleeping thread takes longer than most kernels, so the pool's threads look out for the
// next job for a while before they sleep, and so does a caller for the last piece of his.
constexpr auto kPatience = std::chrono::microseconds(50);

template <class Condition>
bool holds_soon(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < 64; ++i) {
      if (condition()) return true;
      __builtin_ia32_pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// One for the process, never destroyed: its threads may still serve while statics are torn down.
class Pool {
 public:
  // False when another call holds the pool.
  bool run(Job& job, int helpers) {
    const std::unique_lock owner(owner_, std::try_to_lock);
    if (!owner.owns_lock()) return false;
    {
      const std::lock_guard lock(mutex_);
      while (static_cast<int>(threads_.size()) < helpers) {
        threads_.emplace_back([this] { serve(); });
      }
      job.helpers = helpers;
      job_ = &job;
      posted_.fetch_add(1, std::memory_order_release);
      if (sleeping_ > 0) wake_.notify_all();
    }
    job.run();
    {
      const std::lock_guard lock(mutex_);
      job_ = nullptr;
    }
    const auto is_done = [&] { return job.running.load(std::memory_order_acquire) == 0; };
    if (holds_soon(is_done)) {
      const std::lock_guard lock(mutex_);  // the last helper may still hold it
      return true;
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, is_done);
    return true;
  }

 private:
  void serve() {
    uint64_t seen = 0;
    const auto is_wanted = [&] { return job_ != nullptr && job_->helpers > 0; };
    std::unique_lock lock(mutex_);
    for (;;) {
      if (!is_wanted()) {
        seen = posted_.load(std::memory_order_relaxed);
        lock.unlock();
        holds_soon([&] { return posted_.load(std::memory_order_acquire) != seen; });
        lock.lock();
        ++sleeping_;
        wake_.wait(lock, is_wanted);
        --sleeping_;
      }
      Job& job = *job_;
      --job.helpers;
      job.running.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      job.run();
      lock.lock();
      if (job.running.fetch_sub(1, std::memory_order_release) == 1) done_.notify_all();
    }
  }

  std::mutex owner_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::vector<std::thread> threads_;
  std::atomic<uint64_t> posted_{0};  // jobs so far
  int sleeping_ = 0;
  Job* job_ = nullptr;
};

std::atomic<Pool*> current_pool{nullptr};
std::mutex making_pool;

Pool& pool() {
  if (Pool* existing = current_pool.load(std::memory_order_acquire)) return *existing;
  const std::lock_guard lock(making_pool);
  if (Pool* existing = current_pool.load(std::memory_order_acquire)) return *existing;
  static const int registered =
      pthread_atfork([] { making_pool.lock(); }, [] { making_pool.unlock(); },
                     [] {
                       // the threads exist only in the parent: forget the old pool, leave its
                       // memory
                       current_pool.store(nullptr, std::memory_order_release);
                       making_pool.unlock();
                     });
  (void)registered;
  auto* made = new Pool();
  current_pool.store(made, std::memory_order_release);
  return *made;
}

struct Scratch {
  void* memory = nullptr;
  size_t bytes = 0;
  ~Scratch() { std::free(memory); }
};

}  // namespace

int hardware_threads() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(int64_t tasks, int64_t grain, int threads,
                  const std::function<void(int64_t, int64_t)>& work) {
  if (tasks <= 0) return;
  static const int kHardware = hardware_threads();
  const int64_t limit = threads > 0 ? threads : kHardware;
  const int64_t useful = std::min(limit, tasks / std::max<int64_t>(1, grain));
  if (useful <= 1) {
    work(0, tasks);
    return;
  }
  Job job;
  job.work = &work;
  job.tasks = tasks;
  job.piece = std::max<int64_t>(1, tasks / (useful * 4));
  if (!pool().run(job, static_cast<int>(useful) - 1)) work(0, tasks);
}

void* thread_scratch(size_t bytes) {
  thread_local Scratch scratch;
  if (scratch.bytes < bytes) {
    std::free(scratch.memory);
    scratch.bytes = (bytes + 4095) / 4096 * 4096;
    scratch.memory = std::aligned_alloc(64, scratch.bytes);
    if (scratch.memory == nullptr) {
      scratch.bytes = 0;
      throw std::bad_alloc();
    }
  }
  return scratch.memory;
}

}  // namespace tgc::runtime
