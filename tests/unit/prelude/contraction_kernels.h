// SPDX-License-Identifier: Apache-2.0
// Contractions as generated code writes them; contraction_kernels.cpp is compiled once for each
// instruction set. C is m x n, row-major, with a batch stride of m * n.
#pragma once

#include <cstdint>

// Strides count elements: batch, row, column.
struct MatrixStrides {
  int64_t batch, row, column;
};

template <class T>
struct ContractionCall {
  int64_t batch, m, n, k;
  const T* a;
  MatrixStrides a_strides;
  const T* b;
  MatrixStrides b_strides;
  T* c;
  void* scratch;
  int64_t task_begin, task_end;
};

struct ContractionKernels {
  // Both operands tgc_strided.
  void (*float32)(const ContractionCall<float>& call);
  void (*float64)(const ContractionCall<double>& call);
  void (*int32)(const ContractionCall<int32_t>& call);
  void (*int8)(const ContractionCall<int8_t>& call);
  // Both operands lambdas.
  void (*float32_lambdas)(const ContractionCall<float>& call);
  // A has load_row; B is strided.
  void (*float32_load_row)(const ContractionCall<float>& call);
  // c = c - 0.5 Σ, then the larger of that and 0.
  void (*float32_update)(const ContractionCall<float>& call);
  // Halves in memory, sums in float.
  void (*halves)(const ContractionCall<uint16_t>& call);
};

extern const ContractionKernels kContractionKernelsV3;
extern const ContractionKernels kContractionKernelsV4;
