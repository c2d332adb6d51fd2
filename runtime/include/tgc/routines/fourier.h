// SPDX-License-Identifier: Apache-2.0
// Transforms of whole tensors, line by line, real lines by a complex transform of half their
// length. Complex numbers are pairs. A task is a share of the lines and has a share of `space`.
#pragma once

#include "fft.h"

// exp(-2 pi i k / n) for k = 0 to n / 2, in `space` after what a plan needs.
TGC_INLINE tgc_complex_rows tgc_half_roots(int64_t n, double*& space) {
  const tgc_complex_rows roots = tgc_take_rows(space, n / 2 + 1);
  for (int64_t k = 0; k <= n / 2; ++k) tgc_unit_root(k, n, roots.re + k, roots.im + k);
  return roots;
}

// With z the transform of the even elements + i the odd ones, the transform at k has
// (z[k] + z*[h - k]) / 2 of the even ones and (z[k] - z*[h - k]) / 2i of the odd ones, h = n / 2.
template <class T>
TGC_OUTLINE void tgc_real_line(const tgc_fft_plan& plan, const tgc_complex_rows& root, const T* x,
                               T* to, int64_t n) {
  const int64_t half = n / 2;
  if (n % 2 != 0) {
    for (int64_t i = 0; i < n; ++i) {
      plan.a.re[i] = static_cast<double>(x[i]);
      plan.a.im[i] = 0;
    }
    const tgc_complex_rows z = tgc_fft(plan, false);
    for (int64_t k = 0; k <= half; ++k) {
      to[2 * k] = static_cast<T>(z.re[k]);
      to[2 * k + 1] = static_cast<T>(k == 0 ? 0.0 : z.im[k]);
    }
    return;
  }
  for (int64_t i = 0; i < half; ++i) {
    plan.a.re[i] = static_cast<double>(x[2 * i]);
    plan.a.im[i] = static_cast<double>(x[2 * i + 1]);
  }
  const tgc_complex_rows z = tgc_fft(plan, false);
  for (int64_t k = 0; k <= half; ++k) {
    const int64_t here = k == half ? 0 : k;
    const int64_t mirror = k == 0 ? 0 : half - k;
    const double even_re = (z.re[here] + z.re[mirror]) / 2;
    const double even_im = (z.im[here] - z.im[mirror]) / 2;
    const double odd_re = (z.im[here] + z.im[mirror]) / 2;
    const double odd_im = (z.re[mirror] - z.re[here]) / 2;
    to[2 * k] = static_cast<T>(even_re + root.re[k] * odd_re - root.im[k] * odd_im);
    to[2 * k + 1] = static_cast<T>(even_im + root.re[k] * odd_im + root.im[k] * odd_re);
  }
}

// x[n] of the first n / 2 + 1 numbers of its transform, not scaled. What real x cannot have, an
// imaginary part of the first number, and of the last for an even n, is not read.
template <class T>
TGC_OUTLINE void tgc_hermitian_line(const tgc_fft_plan& plan, const tgc_complex_rows& root,
                                    const T* from, T* x, int64_t n) {
  const int64_t half = n / 2;
  const bool is_even = n % 2 == 0;
  const auto part = [&](int64_t k, double& re, double& im) {
    re = static_cast<double>(from[2 * k]);
    im = k == 0 || (is_even && k == half) ? 0.0 : static_cast<double>(from[2 * k + 1]);
  };
  if (!is_even) {
    for (int64_t k = 0; k <= half; ++k) {
      part(k, plan.a.re[k], plan.a.im[k]);
      if (k == 0) continue;
      plan.a.re[n - k] = plan.a.re[k];
      plan.a.im[n - k] = -plan.a.im[k];
    }
    const tgc_complex_rows z = tgc_fft(plan, true);
    for (int64_t i = 0; i < n; ++i) x[i] = static_cast<T>(z.re[i]);
    return;
  }
  for (int64_t k = 0; k < half; ++k) {
    double re, im, mirror_re, mirror_im;
    part(k, re, im);
    part(half - k, mirror_re, mirror_im);
    const double gap_re = re - mirror_re;
    const double gap_im = im + mirror_im;
    const double odd_re = gap_re * root.re[k] + gap_im * root.im[k];
    const double odd_im = gap_im * root.re[k] - gap_re * root.im[k];
    plan.a.re[k] = re + mirror_re - odd_im;
    plan.a.im[k] = im - mirror_im + odd_re;
  }
  const tgc_complex_rows z = tgc_fft(plan, true);
  for (int64_t i = 0; i < half; ++i) {
    x[2 * i] = static_cast<T>(z.re[i]);
    x[2 * i + 1] = static_cast<T>(z.im[i]);
  }
}

// to[lines, n / 2 + 1, 2] of x[lines, n].
template <class T>
TGC_OUTLINE void tgc_fft_real(const tgc_kernel_call*, int64_t begin, int64_t end, const T* x, T* to,
                              double* space, int64_t lines, int64_t n, int64_t tasks,
                              int64_t share) {
  for (int64_t task = begin; task < end && n > 0; ++task) {
    double* memory = space + task * share;
    const tgc_complex_rows root = tgc_half_roots(n, memory);
    const tgc_fft_plan plan = tgc_make_fft_plan(n % 2 == 0 ? n / 2 : n, memory);
    for (int64_t line = lines * task / tasks; line < lines * (task + 1) / tasks; ++line) {
      tgc_real_line(plan, root, x + line * n, to + line * (n / 2 + 1) * 2, n);
    }
  }
}

// x[lines, n] of from[lines, n / 2 + 1, 2].
template <class T>
TGC_OUTLINE void tgc_fft_hermitian(const tgc_kernel_call*, int64_t begin, int64_t end,
                                   const T* from, T* x, double* space, int64_t lines, int64_t n,
                                   int64_t tasks, int64_t share) {
  for (int64_t task = begin; task < end && n > 0; ++task) {
    double* memory = space + task * share;
    const tgc_complex_rows root = tgc_half_roots(n, memory);
    const tgc_fft_plan plan = tgc_make_fft_plan(n % 2 == 0 ? n / 2 : n, memory);
    for (int64_t line = lines * task / tasks; line < lines * (task + 1) / tasks; ++line) {
      tgc_hermitian_line(plan, root, from + line * (n / 2 + 1) * 2, x + line * n, n);
    }
  }
}

// to of from[outer, n, inner, 2] along the axis of n.
template <class T>
TGC_OUTLINE void tgc_fft_axis(const tgc_kernel_call*, int64_t begin, int64_t end, const T* from,
                              T* to, double* space, int64_t outer, int64_t n, int64_t inner,
                              int64_t backwards, int64_t tasks, int64_t share) {
  const int64_t lines = outer * inner;
  for (int64_t task = begin; task < end && n > 0; ++task) {
    const tgc_fft_plan plan = tgc_make_fft_plan(n, space + task * share);
    for (int64_t line = lines * task / tasks; line < lines * (task + 1) / tasks; ++line) {
      const int64_t start = (line / inner * n * inner + line % inner) * 2;
      for (int64_t i = 0; i < n; ++i) {
        plan.a.re[i] = static_cast<double>(from[start + i * inner * 2]);
        plan.a.im[i] = static_cast<double>(from[start + i * inner * 2 + 1]);
      }
      const tgc_complex_rows z = tgc_fft(plan, backwards != 0);
      for (int64_t i = 0; i < n; ++i) {
        to[start + i * inner * 2] = static_cast<T>(z.re[i]);
        to[start + i * inner * 2 + 1] = static_cast<T>(z.im[i]);
      }
    }
  }
}
