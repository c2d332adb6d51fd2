// SPDX-License-Identifier: Apache-2.0
// The process's pool of CPU threads, shared by all engines. Work is cut by shapes (tasks); the pool
// only decides who runs which tasks, so results do not depend on it. Idle threads sleep. A call
// that finds the pool taken by another runs its tasks alone. After fork the child starts a new
// pool.
#pragma once
#include <cstdint>
#include <functional>

namespace tgc::runtime {

// Runs work(begin, end) over [0, tasks), in pieces of at least `grain` tasks, on at most `threads`
// threads (0: all). Returns when all is done. `work` must not throw.
void parallel_for(int64_t tasks, int64_t grain, int threads,
                  const std::function<void(int64_t begin, int64_t end)>& work);

int hardware_threads();

// 64-byte aligned memory of the calling thread, at least `bytes`; kept and reused by later calls.
void* thread_scratch(size_t bytes);

}  // namespace tgc::runtime
