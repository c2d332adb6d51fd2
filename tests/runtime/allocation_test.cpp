// SPDX-License-Identifier: Apache-2.0
// A second call with the same dims allocates nothing: malloc and its sisters are replaced by ones
// that count, for the whole program, so also inside the library.
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "tgc/runtime.h"

extern "C" void* __libc_malloc(size_t);
extern "C" void* __libc_calloc(size_t, size_t);
extern "C" void* __libc_realloc(void*, size_t);
extern "C" void* __libc_memalign(size_t, size_t);

namespace {

std::atomic<long> allocations{0};

void check(tgc_status status, const tgc_error& error) {
  if (status == TGC_OK) return;
  std::printf("FAILED: %s\n", error.message);
  std::exit(1);
}

struct Rows {
  explicit Rows(int64_t count) {
    x.data = x_data;
    x.dtype = TGC_FLOAT32;
    x.rank = 2;
    x.dims[0] = count;
    x.dims[1] = 4;
    t.data = t_data;
    t.dtype = TGC_FLOAT32;
    t.rank = 1;
    t.dims[0] = count;
  }
  float x_data[64 * 4] = {};
  float t_data[64] = {};
  tgc_tensor x = {};
  tgc_tensor t = {};
};

// The allocations of a call.
long count_of(tgc_context* context, uint32_t function, const Rows& rows, uint32_t input_count) {
  const tgc_tensor inputs[2] = {rows.x, rows.t};
  tgc_tensor output = {};
  tgc_error error = {};
  error.size = sizeof error;
  const long before = allocations;
  check(tgc_call(context, function, inputs, input_count, &output, 1, &error), error);
  return allocations - before;
}

}  // namespace

extern "C" void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
extern "C" void* calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
extern "C" void* realloc(void* memory, size_t size) {
  ++allocations;
  return __libc_realloc(memory, size);
}
extern "C" void* aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
extern "C" int posix_memalign(void** memory, size_t alignment, size_t size) {
  ++allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;
}

int main() {
  const char* folder = std::getenv("TGC_TEST_BUNDLES");
  char path[4096];
  std::snprintf(path, sizeof path, "%s/linear.tgc", folder != nullptr ? folder : ".");
  tgc_error error = {};
  error.size = sizeof error;
  tgc_engine* engine = nullptr;
  tgc_context* context = nullptr;
  check(tgc_engine_open(path, nullptr, &engine, &error), error);
  check(tgc_context_new(engine, nullptr, &context, &error), error);
  const auto train = static_cast<uint32_t>(tgc_function_find(engine, "train"));
  const auto predict = static_cast<uint32_t>(tgc_function_find(engine, "predict"));
  const Rows few(7);
  const Rows many(64);
  const long first = count_of(context, train, few, 2) + count_of(context, predict, many, 1) +
                     count_of(context, train, many, 2);
  long again = 0;
  for (int i = 0; i < 3; ++i) {
    again += count_of(context, train, few, 2) + count_of(context, predict, many, 1) +
             count_of(context, train, many, 2);
  }
  std::printf("first calls: %ld allocations, later calls: %ld\n", first, again);
  tgc_context_free(context);
  tgc_engine_close(engine);
  if (first == 0) std::printf("FAILED: the counting does not work\n");
  return first > 0 && again == 0 ? 0 : 1;
}
