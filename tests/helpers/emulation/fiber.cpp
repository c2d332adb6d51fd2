// SPDX-License-Identifier: Apache-2.0
// The context switch saves what the System V ABI says a callee keeps: six registers and the stack
// pointer. Stacks are mapped once, each above a page that may not be touched.
#include "helpers/emulation/fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define TGC_FIBER_ASAN 1
#else
#define TGC_FIBER_ASAN 0
#endif

#if defined(__x86_64__)
extern "C" void tgc_fiber_switch(void** save, void* load);
asm(R"(
  .text
  .globl tgc_fiber_switch
  .hidden tgc_fiber_switch
  .type tgc_fiber_switch, @function
tgc_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size tgc_fiber_switch, .-tgc_fiber_switch
)");
#else
#include <ucontext.h>
#endif

namespace tgc {
namespace {

constexpr size_t kStackBytes = 256 * 1024;
constexpr size_t kGuardBytes = 4096;

#if defined(__x86_64__)
struct Context {
  void* stack_pointer = nullptr;
};
void switch_context(Context& from, Context& to) {
  tgc_fiber_switch(&from.stack_pointer, to.stack_pointer);
}
void prepare(Context& context, char* stack, void (*body)()) {
  // As if body had been called: its return address, never used, lies at 8 modulo 16.
  auto* top = reinterpret_cast<uint64_t*>(stack + kStackBytes) - 1;
  *top = 0;
  *--top = reinterpret_cast<uint64_t>(body);
  for (int i = 0; i < 6; ++i) *--top = 0;
  context.stack_pointer = top;
}
#else
struct Context {
  ucontext_t context;
};
void switch_context(Context& from, Context& to) {
  swapcontext(&from.context, &to.context);
}
void prepare(Context& context, char* stack, void (*body)()) {
  getcontext(&context.context);
  context.context.uc_stack.ss_sp = stack + kGuardBytes;
  context.context.uc_stack.ss_size = kStackBytes - kGuardBytes;
  context.context.uc_link = nullptr;
  makecontext(&context.context, body, 0);
}
#endif

struct Fiber {
  char* stack = nullptr;
  Context context;
  void* fake_stack = nullptr;
};

char* map_stack() {
  void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, kGuardBytes, PROT_NONE) != 0) {
    std::perror("tgc emulation: cannot map a stack");
    std::abort();
  }
  return static_cast<char*>(memory);
}

}  // namespace

struct FiberPool::State {
  void (*body)();
  std::deque<Fiber> fibers;  // suspended fibers refer to their entries
  Context home;
  Fiber* current = nullptr;
  void* home_fake_stack = nullptr;
  const void* home_stack = nullptr;
  size_t home_bytes = 0;
};

namespace {
FiberPool::State* entered = nullptr;  // the pool whose fiber runs; launches are serialised

void start_fiber() {
#if TGC_FIBER_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &entered->home_stack, &entered->home_bytes);
#endif
  entered->body();
}
}  // namespace

FiberPool::FiberPool(void (*body)()) : state_(std::make_unique<State>()) {
  state_->body = body;
}

FiberPool::~FiberPool() {
  for (const Fiber& fiber : state_->fibers) munmap(fiber.stack, kStackBytes);
}

void FiberPool::reserve(size_t count) {
  while (state_->fibers.size() < count) {
    Fiber fiber;
    fiber.stack = map_stack();
    prepare(fiber.context, fiber.stack, start_fiber);
    state_->fibers.push_back(fiber);
  }
}

void FiberPool::enter(size_t number) {
  Fiber& fiber = state_->fibers[number];
  state_->current = &fiber;
  entered = state_.get();
#if TGC_FIBER_ASAN
  __sanitizer_start_switch_fiber(&state_->home_fake_stack, fiber.stack + kGuardBytes,
                                 kStackBytes - kGuardBytes);
#endif
  switch_context(state_->home, fiber.context);
#if TGC_FIBER_ASAN
  __sanitizer_finish_switch_fiber(state_->home_fake_stack, nullptr, nullptr);
#endif
}

void FiberPool::leave() {
  Fiber& fiber = *state_->current;
#if TGC_FIBER_ASAN
  __sanitizer_start_switch_fiber(&fiber.fake_stack, state_->home_stack, state_->home_bytes);
#endif
  switch_context(fiber.context, state_->home);
#if TGC_FIBER_ASAN
  __sanitizer_finish_switch_fiber(fiber.fake_stack, &state_->home_stack, &state_->home_bytes);
#endif
}

void FiberPool::reset() {
  for (Fiber& fiber : state_->fibers) {
#if TGC_FIBER_ASAN
    __asan_unpoison_memory_region(fiber.stack + kGuardBytes, kStackBytes - kGuardBytes);
#endif
    fiber.fake_stack = nullptr;
    prepare(fiber.context, fiber.stack, start_fiber);
  }
}

}  // namespace tgc
