/* SPDX-License-Identifier: Apache-2.0
   The C API used from C11 (and POSIX) alone: every function once, on the bundle of
   models/linear.json. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tgc/runtime.h"

static int failures = 0;
static tgc_error error = {.size = sizeof(tgc_error)};

#define EXPECT(condition)                                                       \
  do {                                                                          \
    if (!(condition)) {                                                         \
      printf("FAILED line %d: %s (%s)\n", __LINE__, #condition, error.message); \
      ++failures;                                                               \
    }                                                                           \
  } while (0)

static float x[2][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}};
static float t[2] = {0.5f, 0.5f};

static void describe(tgc_engine* engine) {
  EXPECT(strcmp(tgc_engine_name(engine), "linear") == 0);
  EXPECT(strcmp(tgc_engine_device(engine), "cpu") == 0);
  EXPECT(tgc_function_count(engine) == 4);
  EXPECT(tgc_function_find(engine, "train") == 0);
  EXPECT(tgc_function_find(engine, "none") == -1);
  tgc_function_info function;
  EXPECT(tgc_function_describe(engine, 0, &function, &error) == TGC_OK);
  EXPECT(function.input_count == 2 && function.output_count == 1 && function.update_count == 3);
  tgc_value_info value;
  EXPECT(tgc_input_describe(engine, 0, 1, &value, &error) == TGC_OK);
  EXPECT(strcmp(value.name, "t") == 0 && value.rank == 1 && value.dims[0] == -1);
  EXPECT(tgc_output_describe(engine, 0, 0, &value, &error) == TGC_OK);
  EXPECT(value.dtype == TGC_FLOAT32 && value.rank == 0);
  EXPECT(tgc_output_describe(engine, 0, 1, &value, &error) == TGC_ERROR_ARGUMENT);
  EXPECT(tgc_shared_count(engine) == 3);
  EXPECT(tgc_shared_describe(engine, 2, &value, &error) == TGC_OK);
  EXPECT(strcmp(value.name, "steps") == 0 && value.dtype == TGC_INT64);
}

static void call(tgc_engine* engine, tgc_state* state) {
  tgc_context* context = NULL;
  EXPECT(tgc_context_new(engine, state, &context, &error) == TGC_OK);
  EXPECT(tgc_context_state(context) == state);
  const tgc_tensor inputs[2] = {
      {.data = x, .dtype = TGC_FLOAT32, .rank = 2, .dims = {2, 4}},
      {.data = t, .dtype = TGC_FLOAT32, .rank = 1, .dims = {2}},
  };
  uint64_t bytes = 0;
  EXPECT(tgc_memory_need(context, 0, inputs, 2, &bytes, &error) == TGC_OK);
  tgc_tensor loss = {0};
  EXPECT(tgc_context_profile(context) != NULL);
  EXPECT(tgc_call(context, 0, inputs, 2, &loss, 1, &error) == TGC_OK);
  EXPECT(loss.rank == 0 && *(float*)loss.data == 2.5f);
  EXPECT(strstr(tgc_context_profile(context), "train") != NULL);
  EXPECT(tgc_context_set_state(context, state, &error) == TGC_OK);
  tgc_context_free(context);
}

static void values(tgc_state* state) {
  float w[4] = {0};
  tgc_tensor tensor = {0};
  EXPECT(tgc_state_get(state, "w", &tensor, &error) == TGC_OK);
  EXPECT(tensor.rank == 1 && tensor.dims[0] == 4);
  tensor.data = w;
  tensor.capacity = sizeof w;
  EXPECT(tgc_state_get(state, "w", &tensor, &error) == TGC_OK);
  EXPECT(w[0] == 0.875f && w[1] == 1.75f);
  EXPECT(tgc_state_set(state, "w", &tensor, &error) == TGC_OK);
  char path[] = "/tmp/tgc-c-XXXXXX";
  EXPECT(mkdtemp(path) != NULL);
  char file[64];
  snprintf(file, sizeof file, "%s/state", path);
  EXPECT(tgc_state_save(state, file, &error) == TGC_OK);
  EXPECT(tgc_state_load(state, file, &error) == TGC_OK);
  remove(file);
  remove(path);
}

int main(void) {
  char path[4096];
  const char* folder = getenv("TGC_TEST_BUNDLES");
  snprintf(path, sizeof path, "%s/linear.tgc", folder != NULL ? folder : ".");
  EXPECT(tgc_runtime_version() == TGC_RUNTIME_VERSION);
  const tgc_options options = {.size = sizeof options, .device = "cpu", .threads = 1};
  EXPECT(tgc_bundle_check(path, &options, &error) == TGC_OK);
  tgc_engine* engine = NULL;
  if (tgc_engine_open(path, &options, &engine, &error) != TGC_OK) {
    printf("FAILED: %s: %s\n", tgc_status_text(error.status), error.message);
    return 1;
  }
  describe(engine);
  tgc_state* state = NULL;
  EXPECT(tgc_state_new(engine, &state, &error) == TGC_OK);
  call(engine, state);
  values(state);
  tgc_state_retain(state);
  tgc_state_release(state);
  tgc_state_release(state);
  tgc_engine_close(engine);
  printf("%s\n", failures == 0 ? "ok" : "failed");
  return failures != 0;
}
