// SPDX-License-Identifier: Apache-2.0
// See contraction_kernels.h. TGC_LEVEL is the x86-64 level this translation unit is compiled for.
#include "contraction_kernels.h"

#include "tgc/kernel_prelude.h"
#include "tgc/prelude/contraction.h"

namespace {

template <class T>
tgc_strided<T> strided(const T* data, const MatrixStrides& strides) {
  return {data, strides.batch, strides.row, strides.column};
}

template <class T>
void plain(const ContractionCall<T>& call) {
  T* const c = call.c;
  const int64_t m = call.m, n = call.n;
  tgc_contraction<T>(
      call.batch, m, n, call.k, strided(call.a, call.a_strides), strided(call.b, call.b_strides),
      [=](int64_t batch, int64_t i, int64_t j, T value) { c[(batch * m + i) * n + j] = value; },
      call.scratch, call.task_begin, call.task_end);
}

void lambdas(const ContractionCall<float>& call) {
  const float *const a = call.a, *const b = call.b;
  const MatrixStrides s = call.a_strides, t = call.b_strides;
  float* const c = call.c;
  const int64_t m = call.m, n = call.n;
  tgc_contraction<float>(
      call.batch, m, n, call.k,
      [=](int64_t p, int64_t i, int64_t l) { return a[p * s.batch + i * s.row + l * s.column]; },
      [=](int64_t p, int64_t l, int64_t j) { return b[p * t.batch + l * t.row + j * t.column]; },
      [=](int64_t p, int64_t i, int64_t j, float value) { c[(p * m + i) * n + j] = value; },
      call.scratch, call.task_begin, call.task_end);
}

struct RowLoader {
  const float* data;
  MatrixStrides strides;
  void load_row(int64_t batch, int64_t row, int64_t column, int64_t count, float* out) const {
    for (int64_t j = 0; j < count; ++j)
      out[j] = data[batch * strides.batch + row * strides.row + (column + j) * strides.column];
  }
};

void load_row(const ContractionCall<float>& call) {
  float* const c = call.c;
  const int64_t m = call.m, n = call.n;
  tgc_contraction<float>(
      call.batch, m, n, call.k, RowLoader{call.a, call.a_strides}, strided(call.b, call.b_strides),
      [=](int64_t batch, int64_t i, int64_t j, float value) { c[(batch * m + i) * n + j] = value; },
      call.scratch, call.task_begin, call.task_end);
}

void update(const ContractionCall<float>& call) {
  float* const c = call.c;
  const int64_t m = call.m, n = call.n;
  tgc_contraction<float>(
      call.batch, m, n, call.k, strided(call.a, call.a_strides), strided(call.b, call.b_strides),
      [=](int64_t batch, int64_t i, int64_t j, float value) {
        float& target = c[(batch * m + i) * n + j];
        target = tgc_maximum(target - 0.5f * value, 0.0f);
      },
      call.scratch, call.task_begin, call.task_end);
}

void halves(const ContractionCall<uint16_t>& call) {
  const uint16_t *const a = call.a, *const b = call.b;
  const MatrixStrides s = call.a_strides, t = call.b_strides;
  uint16_t* const c = call.c;
  const int64_t m = call.m, n = call.n;
  tgc_contraction<float>(
      call.batch, m, n, call.k,
      [=](int64_t p, int64_t i, int64_t l) {
        return tgc_half_to_float(tgc_half{a[p * s.batch + i * s.row + l * s.column]});
      },
      [=](int64_t p, int64_t l, int64_t j) {
        return tgc_half_to_float(tgc_half{b[p * t.batch + l * t.row + j * t.column]});
      },
      [=](int64_t p, int64_t i, int64_t j, float value) {
        c[(p * m + i) * n + j] = tgc_float_to_half(value).bits;
      },
      call.scratch, call.task_begin, call.task_end);
}

}  // namespace

#if TGC_LEVEL == 4
#define TGC_CONTRACTIONS kContractionKernelsV4
#else
#define TGC_CONTRACTIONS kContractionKernelsV3
#endif
extern const ContractionKernels TGC_CONTRACTIONS = {
    plain<float>, plain<double>, plain<int32_t>, plain<int8_t>, lambdas, load_row, update, halves,
};
