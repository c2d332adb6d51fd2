// SPDX-License-Identifier: Apache-2.0
// Discrete Fourier transforms of any length n in O(n log n), in double precision. Lengths with
// prime factors up to 13 go by Stockham's self-sorting factorisation; others become a convolution
// of such a length (Bluestein). A transform backwards is one forwards with real and imaginary
// swapped.
#pragma once

#include "../kernel_prelude.h"

struct tgc_complex_rows {
  double* re;
  double* im;
};

// exp(-2 pi i j / n) for 0 <= j <= n, from an angle of at most pi / 4.
TGC_OUTLINE void tgc_unit_root(int64_t j, int64_t n, double* re, double* im) {
  int64_t eighths = 8 * j;
  const bool is_lower = eighths <= 4 * n;
  if (!is_lower) eighths = 8 * n - eighths;
  const bool is_left = eighths > 2 * n;
  if (is_left) eighths = 4 * n - eighths;
  const bool is_steep = eighths > n;
  if (is_steep) eighths = 2 * n - eighths;
  const double angle =
      static_cast<double>(eighths) / static_cast<double>(n) * 0.78539816339744830962;
  const double cosine = tgc_cos(angle);
  const double sine = tgc_sin(angle);
  const double x = is_steep ? sine : cosine;
  const double y = is_steep ? cosine : sine;
  *re = is_left ? -x : x;
  *im = is_lower ? -y : y;
}

TGC_INLINE int64_t tgc_smallest_factor(int64_t n) {
  if (n % 4 == 0) return 4;
  constexpr int64_t kFactors[] = {2, 3, 5, 7, 11, 13};
  for (const int64_t factor : kFactors) {
    if (n % factor == 0) return factor;
  }
  return n;
}

TGC_INLINE bool tgc_is_smooth(int64_t n) {
  while (n > 1) {
    const int64_t factor = tgc_smallest_factor(n);
    if (factor > 13) return false;
    n /= factor;
  }
  return true;
}

// The discrete transform of R numbers; root: exp(-2 pi i j / R).
template <int R>
TGC_INLINE void tgc_odd_butterfly(const double* root_re, const double* root_im, double* re,
                                  double* im) {
  constexpr int kHalf = (R - 1) / 2;
  double sum_re[kHalf], sum_im[kHalf], gap_re[kHalf], gap_im[kHalf];
  double first_re = re[0];
  double first_im = im[0];
  for (int j = 0; j < kHalf; ++j) {
    sum_re[j] = re[j + 1] + re[R - 1 - j];
    sum_im[j] = im[j + 1] + im[R - 1 - j];
    gap_re[j] = re[j + 1] - re[R - 1 - j];
    gap_im[j] = im[j + 1] - im[R - 1 - j];
    first_re += sum_re[j];
    first_im += sum_im[j];
  }
  for (int k = 1; k <= kHalf; ++k) {
    double even_re = re[0], even_im = im[0], odd_re = 0, odd_im = 0;
    for (int j = 0; j < kHalf; ++j) {
      const int at = (j + 1) * k % R;
      even_re += root_re[at] * sum_re[j];
      even_im += root_re[at] * sum_im[j];
      odd_re -= root_im[at] * gap_im[j];
      odd_im += root_im[at] * gap_re[j];
    }
    re[k] = even_re + odd_re;
    im[k] = even_im + odd_im;
    re[R - k] = even_re - odd_re;
    im[R - k] = even_im - odd_im;
  }
  re[0] = first_re;
  im[0] = first_im;
}
TGC_INLINE void tgc_butterfly_2(double* re, double* im) {
  const double x = re[1];
  const double y = im[1];
  re[1] = re[0] - x;
  im[1] = im[0] - y;
  re[0] += x;
  im[0] += y;
}
TGC_INLINE void tgc_butterfly_4(double* re, double* im) {
  const double even_re = re[0] + re[2], even_im = im[0] + im[2];
  const double odd_re = re[1] + re[3], odd_im = im[1] + im[3];
  const double left_re = re[0] - re[2], left_im = im[0] - im[2];
  const double right_re = im[1] - im[3], right_im = re[3] - re[1];
  re[0] = even_re + odd_re;
  im[0] = even_im + odd_im;
  re[1] = left_re + right_re;
  im[1] = left_im + right_im;
  re[2] = even_re - odd_re;
  im[2] = even_im - odd_im;
  re[3] = left_re - right_re;
  im[3] = left_im - right_im;
}
template <int R>
TGC_INLINE void tgc_butterfly(const double* root_re, const double* root_im, double* re,
                              double* im) {
  if constexpr (R == 2) {
    tgc_butterfly_2(re, im);
  } else if constexpr (R == 4) {
    tgc_butterfly_4(re, im);
  } else {
    tgc_odd_butterfly<R>(root_re, root_im, re, im);
  }
}

// One stage of Stockham's: `stride` transforms of n = R m numbers become R stride of m numbers.
template <int R>
TGC_OUTLINE void tgc_fft_stage(const tgc_complex_rows& root, int64_t whole,
                               const tgc_complex_rows& from, const tgc_complex_rows& to, int64_t m,
                               int64_t stride) {
  double unit_re[R], unit_im[R];
  for (int k = 0; k < R; ++k) {
    unit_re[k] = root.re[whole / R * k];
    unit_im[k] = root.im[whole / R * k];
  }
  for (int64_t p = 0; p < m; ++p) {
    double turn_re[R], turn_im[R];
    for (int k = 0; k < R; ++k) {
      turn_re[k] = root.re[stride * p * k];
      turn_im[k] = root.im[stride * p * k];
    }
    const double* const in_re = from.re + stride * p;
    const double* const in_im = from.im + stride * p;
    double* const out_re = to.re + stride * R * p;
    double* const out_im = to.im + stride * R * p;
#pragma GCC ivdep
    for (int64_t q = 0; q < stride; ++q) {
      double re[R], im[R];
      for (int k = 0; k < R; ++k) {
        re[k] = in_re[q + stride * m * k];
        im[k] = in_im[q + stride * m * k];
      }
      tgc_butterfly<R>(unit_re, unit_im, re, im);
      for (int k = 0; k < R; ++k) {
        out_re[q + stride * k] = re[k] * turn_re[k] - im[k] * turn_im[k];
        out_im[q + stride * k] = re[k] * turn_im[k] + im[k] * turn_re[k];
      }
    }
  }
}

// The transform of n numbers in `a`, n smooth; `b` is overwritten. Where the result is: a or b.
TGC_OUTLINE tgc_complex_rows tgc_smooth_fft(const tgc_complex_rows& root, int64_t n,
                                            tgc_complex_rows a, tgc_complex_rows b) {
  int64_t rest = n;
  int64_t stride = 1;
  while (rest > 1) {
    const int64_t radix = tgc_smallest_factor(rest);
    rest /= radix;
    switch (radix) {
      case 2:
        tgc_fft_stage<2>(root, n, a, b, rest, stride);
        break;
      case 3:
        tgc_fft_stage<3>(root, n, a, b, rest, stride);
        break;
      case 4:
        tgc_fft_stage<4>(root, n, a, b, rest, stride);
        break;
      case 5:
        tgc_fft_stage<5>(root, n, a, b, rest, stride);
        break;
      case 7:
        tgc_fft_stage<7>(root, n, a, b, rest, stride);
        break;
      case 11:
        tgc_fft_stage<11>(root, n, a, b, rest, stride);
        break;
      default:
        tgc_fft_stage<13>(root, n, a, b, rest, stride);
        break;
    }
    stride *= radix;
    const tgc_complex_rows other = a;
    a = b;
    b = other;
  }
  return a;
}

// What transforms of one length need; `size` is that of the smooth transforms inside.
struct tgc_fft_plan {
  int64_t n;
  int64_t size;
  tgc_complex_rows root;      // of `size`
  tgc_complex_rows chirp;     // n; where size differs from n
  tgc_complex_rows spectrum;  // of the chirp's convolution
  tgc_complex_rows a;         // the numbers to transform
  tgc_complex_rows b;
};

TGC_INLINE tgc_complex_rows tgc_take_rows(double*& space, int64_t n) {
  const tgc_complex_rows rows = {space, space + n};
  space += 2 * n;
  return rows;
}

// In 6 n numbers of `space` for a smooth n, else in 8 m + 2 n, m the power of 2 from 2 n - 1 on.
TGC_OUTLINE tgc_fft_plan tgc_make_fft_plan(int64_t n, double* space) {
  tgc_fft_plan plan = {n, n, {}, {}, {}, {}, {}};
  if (!tgc_is_smooth(n)) {
    for (plan.size = 1; plan.size < 2 * n - 1;) plan.size *= 2;
  }
  const int64_t size = plan.size;
  plan.root = tgc_take_rows(space, size);
  for (int64_t j = 0; j < size; ++j) {
    tgc_unit_root(j, size, plan.root.re + j, plan.root.im + j);
  }
  plan.a = tgc_take_rows(space, size);
  plan.b = tgc_take_rows(space, size);
  if (size == n) return plan;
  plan.chirp = tgc_take_rows(space, n);
  plan.spectrum = tgc_take_rows(space, size);
  for (int64_t i = 0; i < size; ++i) plan.a.re[i] = plan.a.im[i] = 0;
  for (int64_t j = 0; j < n; ++j) {
    tgc_unit_root(j * j % (2 * n), 2 * n, plan.chirp.re + j, plan.chirp.im + j);
    const int64_t mirror = j == 0 ? 0 : size - j;
    plan.a.re[j] = plan.a.re[mirror] = plan.chirp.re[j];
    plan.a.im[j] = plan.a.im[mirror] = -plan.chirp.im[j];
  }
  const tgc_complex_rows result = tgc_smooth_fft(plan.root, size, plan.a, plan.b);
  for (int64_t i = 0; i < size; ++i) {
    plan.spectrum.re[i] = result.re[i] / static_cast<double>(size);
    plan.spectrum.im[i] = result.im[i] / static_cast<double>(size);
  }
  return plan;
}

// to = a * b for n complex numbers; to may be a.
TGC_INLINE void tgc_multiply_rows(const tgc_complex_rows& a, const tgc_complex_rows& b,
                                  const tgc_complex_rows& to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const double re = a.re[i] * b.re[i] - a.im[i] * b.im[i];
    to.im[i] = a.re[i] * b.im[i] + a.im[i] * b.re[i];
    to.re[i] = re;
  }
}

TGC_INLINE tgc_complex_rows tgc_swapped(const tgc_complex_rows& rows) {
  return {rows.im, rows.re};
}

// The transform of the n numbers in plan.a, forwards or backwards and not scaled; where it is.
TGC_OUTLINE tgc_complex_rows tgc_fft(const tgc_fft_plan& plan, bool backwards) {
  const tgc_complex_rows a = backwards ? tgc_swapped(plan.a) : plan.a;
  const tgc_complex_rows b = backwards ? tgc_swapped(plan.b) : plan.b;
  const int64_t size = plan.size;
  if (size == plan.n) {
    const tgc_complex_rows result = tgc_smooth_fft(plan.root, size, a, b);
    return backwards ? tgc_swapped(result) : result;
  }
  tgc_multiply_rows(a, plan.chirp, a, plan.n);
  for (int64_t i = plan.n; i < size; ++i) a.re[i] = a.im[i] = 0;
  const tgc_complex_rows there = tgc_smooth_fft(plan.root, size, a, b);
  const tgc_complex_rows free = there.re == a.re ? b : a;
  tgc_multiply_rows(there, plan.spectrum, there, size);
  const tgc_complex_rows back =
      tgc_swapped(tgc_smooth_fft(plan.root, size, tgc_swapped(there), tgc_swapped(free)));
  tgc_multiply_rows(back, plan.chirp, back, plan.n);
  return backwards ? tgc_swapped(back) : back;
}
