/* SPDX-License-Identifier: Apache-2.0
   Trains the digits bundle and measures it, with the C API alone: digits BUNDLE [DEVICE] */
#include <stdio.h>
#include <stdlib.h>

#include "tgc/runtime.h"

enum { ROWS = 1000, PIXELS = 64, BATCH = 20, EPOCHS = 5 };
static float x[ROWS * PIXELS];
static int32_t y[ROWS];
static tgc_error error = {.size = sizeof(tgc_error)};

static void check(tgc_status status) {
  if (status == TGC_OK) return;
  fprintf(stderr, "digits: %s: %s\n", tgc_status_text(status), error.message);
  exit(status == TGC_ERROR_ENVIRONMENT ? 3 : 1);
}

/* Ten kinds of noisy pictures, each bright along a line of its own. */
static void draw_pictures(void) {
  srand(1);
  for (int row = 0; row < ROWS; ++row) {
    y[row] = rand() % 10;
    for (int i = 0; i < PIXELS; ++i) {
      const int is_bright = (i * (y[row] + 3)) % 11 < 4;
      x[row * PIXELS + i] = 0.7f * (float)is_bright + 0.3f * (float)rand() / (float)RAND_MAX;
    }
  }
}

/* The first of the function's outputs, a scalar. */
static double call(tgc_context* context, uint32_t function, uint32_t outputs, int first, int rows) {
  const tgc_tensor inputs[2] = {
      {.data = x + first * PIXELS, .dtype = TGC_FLOAT32, .rank = 2, .dims = {rows, PIXELS}},
      {.data = y + first, .dtype = TGC_INT32, .rank = 1, .dims = {rows}}};
  tgc_tensor results[2] = {{0}};
  check(tgc_call(context, function, inputs, 2, results, outputs, &error));
  return results->dtype == TGC_FLOAT64 ? *(double*)results->data : *(float*)results->data;
}

int main(int argc, char** argv) {
  if (argc < 2) return fprintf(stderr, "usage: digits BUNDLE [DEVICE]\n"), 2;
  const tgc_options options = {.size = sizeof options, .device = argc > 2 ? argv[2] : NULL};
  tgc_engine* engine = NULL;
  tgc_context* context = NULL;
  check(tgc_engine_open(argv[1], &options, &engine, &error));
  check(tgc_context_new(engine, NULL, &context, &error));
  const uint32_t train = (uint32_t)tgc_function_find(engine, "train");
  const uint32_t accuracy = (uint32_t)tgc_function_find(engine, "accuracy");
  draw_pictures();
  for (int epoch = 1; epoch <= EPOCHS; ++epoch) {
    double loss = 0;
    for (int i = 0; i < ROWS; i += BATCH) loss += call(context, train, 1, i, BATCH);
    printf("%s: epoch %d: loss %.4f\n", tgc_engine_device(engine), epoch, loss * BATCH / ROWS);
  }
  printf("accuracy %.3f\n", call(context, accuracy, 2, 0, ROWS));
  tgc_context_free(context);
  tgc_engine_close(engine);
}
