// SPDX-License-Identifier: Apache-2.0
// See thread_pool.h.
#include "thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
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
  int helpers = 0;  // threads still wanted
  int running = 0;  // helpers at work

  void run() {
    for (;;) {
      const int64_t begin = next.fetch_add(piece, std::memory_order_relaxed);
      if (begin >= tasks) return;
      (*work)(begin, std::min(tasks, begin + piece));
    }
  }
};

class Pool {
 public:
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

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
    }
    wake_.notify_all();
    job.run();
    std::unique_lock lock(mutex_);
    job_ = nullptr;
    done_.wait(lock, [&] { return job.running == 0; });
    return true;
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stopping_ || (job_ != nullptr && job_->helpers > 0); });
      if (stopping_) return;
      Job& job = *job_;
      --job.helpers;
      ++job.running;
      lock.unlock();
      job.run();
      lock.lock();
      if (--job.running == 0) done_.notify_all();
    }
  }

  std::mutex owner_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::vector<std::thread> threads_;
  Job* job_ = nullptr;
  bool stopping_ = false;
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
  // lives until the process ends: threads may still serve while statics are torn down
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
