// SPDX-License-Identifier: Apache-2.0
// Contractions on scalar units and tensor cores, every tile and operand direction: exact on small
// whole numbers, and bit-equal to one chain of fused multiply-adds on any.
#include <cmath>
#include <cstdint>
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/kernel_launch.h"

namespace {

using tgc::blocks_for;
using tgc::KernelBuffer;
using tgc::launch_in_all_orders;
using tgc::launch_kernel;

extern "C" {
// clang-format off
#define X(name) void name##__emulated(void**);
X(matmul_large_nn)
X(matmul_large_nt)
X(matmul_large_tn)
X(matmul_large_any)
X(matmul_middle_nn)
X(matmul_square_any)
X(matmul_small_any)
X(matmul_small_tn)
X(matmul_flat_any) X(matmul_double_nn) X(matmul_double_any) X(matmul_double_small_any)
X(matmul_parts) X(matmul_join) X(tensor_f16_nn) X(tensor_f16_nt) X(tensor_f16_tn)
X(tensor_f16_tt) X(tensor_f16_any) X(tensor_tf32_nn) X(tensor_tf32_nt) X(tensor_tf32_tt)
X(tensor_tf32_any) X(fragment_f16) X(fragment_tf32) X(load_matrix) X(matmul_deep_nn)
X(matmul_half_nn) X(matmul_half_any) X(tensor_f16_wide_nn) X(tensor_f16_wide_tn)
X(tensor_tf32_wide_tn) X(matmul_int8_any) X(matmul_int8_nn) X(matmul_int64_any)
X(tensor_f16_rounded_nn)
#undef X
// clang-format on
}

struct Variant {
  const char* name;
  tgc_emulated_entry entry;
  int64_t tile_m;
  int64_t tile_n;
  unsigned threads;
  bool along_a;   // a is stored with k running fastest, else m
  bool along_b;   // b is stored with k running fastest, else n
  int64_t width;  // extents are multiples of it
};
#define VARIANT(name, m, n, threads, a, b, width)       \
  Variant {                                             \
#name, name##__emulated, m, n, threads, a, b, width \
  }

const Variant kFloatVariants[] = {
    VARIANT(matmul_large_nn, 128, 128, 256, true, false, 4),
    VARIANT(matmul_large_nt, 128, 128, 256, true, true, 4),
    VARIANT(matmul_large_tn, 128, 128, 256, false, false, 4),
    VARIANT(matmul_large_any, 128, 128, 256, true, false, 1),
    VARIANT(matmul_deep_nn, 128, 128, 256, true, false, 4),
    VARIANT(matmul_middle_nn, 64, 64, 128, true, false, 4),
    VARIANT(matmul_square_any, 64, 64, 256, true, true, 1),
    VARIANT(matmul_small_any, 32, 32, 64, true, false, 1),
    VARIANT(matmul_small_tn, 32, 32, 64, false, false, 4),
    VARIANT(matmul_flat_any, 16, 64, 64, true, false, 1),
};
const Variant kDoubleVariants[] = {
    VARIANT(matmul_double_nn, 64, 64, 256, true, false, 2),
    VARIANT(matmul_double_any, 64, 64, 256, false, true, 1),
    VARIANT(matmul_double_small_any, 32, 32, 128, true, false, 1),
};
const Variant kByteVariants[] = {
    VARIANT(matmul_int8_any, 32, 32, 64, true, false, 1),
    VARIANT(matmul_int8_nn, 64, 64, 256, true, false, 4),
};
const Variant kIntegerVariants[] = {
    VARIANT(matmul_int64_any, 32, 32, 128, false, true, 1),
};
const Variant kRoundedVariants[] = {
    VARIANT(tensor_f16_rounded_nn, 64, 64, 128, true, false, 4),
};
const Variant kHalfVariants[] = {
    VARIANT(matmul_half_nn, 128, 128, 256, true, false, 8),
    VARIANT(matmul_half_any, 32, 32, 64, false, true, 1),
    VARIANT(tensor_f16_wide_nn, 128, 128, 128, true, false, 8),
    VARIANT(tensor_f16_wide_tn, 128, 128, 128, false, false, 8),
    VARIANT(tensor_f16_nn, 128, 128, 256, true, false, 8),
    VARIANT(tensor_f16_nt, 128, 128, 256, true, true, 8),
    VARIANT(tensor_f16_tn, 64, 64, 128, false, false, 8),
    VARIANT(tensor_f16_tt, 32, 64, 128, false, true, 8),
    VARIANT(tensor_f16_any, 64, 64, 128, true, false, 1),
};
const Variant kTf32Variants[] = {
    VARIANT(tensor_tf32_wide_tn, 128, 128, 128, false, false, 4),
    VARIANT(tensor_tf32_nn, 128, 128, 256, true, false, 4),
    VARIANT(tensor_tf32_nt, 64, 64, 128, true, true, 4),
    VARIANT(tensor_tf32_tt, 32, 64, 128, false, true, 4),
    VARIANT(tensor_tf32_any, 64, 64, 128, false, false, 1),
};

struct Shape {
  int64_t batch;
  int64_t m;
  int64_t n;
  int64_t k;
  friend bool operator==(const Shape&, const Shape&) = default;
};
int64_t rounded_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// A float16 of a whole number up to 2048 in size.
uint16_t half_of(double value) {
  if (value == 0) return 0;
  const int exponent = std::ilogb(value);
  const auto mantissa = static_cast<int>(std::ldexp(std::fabs(value), 10 - exponent)) & 1023;
  return static_cast<uint16_t>((value < 0 ? 0x8000 : 0) | (exponent + 15) << 10 | mantissa);
}
template <class T>
T stored(double value) {
  if constexpr (std::is_same_v<T, uint16_t>) {
    return half_of(value);
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<int64_t>(value));  // wraps
  } else {
    return static_cast<T>(value);
  }
}

class Random {
 public:
  // -8 … 8, whole: every sum here is exact in float32.
  double whole() { return static_cast<double>(next() % 17) - 8; }
  double real() { return static_cast<double>(next()) / 2147483648.0 - 1; }

 private:
  uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state_ >> 33) << 1;
  }
  uint64_t state_ = 42;
};

// Runs `variant` on logical matrices a[batch][m][k] and b[batch][k][n].
template <class T, class R>
std::vector<R> multiply(const Variant& variant, const Shape& s, const std::vector<double>& a,
                        const std::vector<double>& b) {
  std::vector<T> left(a.size());
  std::vector<T> right(b.size());
  const auto at = [](int64_t i) { return static_cast<size_t>(i); };
  for (int64_t l = 0; l < s.batch; ++l) {
    for (int64_t i = 0; i < s.m; ++i) {
      for (int64_t k = 0; k < s.k; ++k) {
        const int64_t place = variant.along_a ? i * s.k + k : k * s.m + i;
        left[at(l * s.m * s.k + place)] = stored<T>(a[at((l * s.m + i) * s.k + k)]);
      }
    }
    for (int64_t k = 0; k < s.k; ++k) {
      for (int64_t j = 0; j < s.n; ++j) {
        const int64_t place = variant.along_b ? j * s.k + k : k * s.n + j;
        right[at(l * s.k * s.n + place)] = stored<T>(b[at((l * s.k + k) * s.n + j)]);
      }
    }
  }
  KernelBuffer<T> x("a", left);
  KernelBuffer<T> y("b", right);
  KernelBuffer<R> z("c", at(s.batch * s.m * s.n), R(12345));
  const unsigned grid = static_cast<unsigned>(s.batch) * blocks_for(s.m, variant.tile_m) *
                        blocks_for(s.n, variant.tile_n);
  INFO(variant.name);
  CAPTURE(s.batch, s.m, s.n, s.k);
  REQUIRE(launch_in_all_orders(variant.entry, {{grid, 1, 1}, variant.threads}, z, x, y, z, s.m, s.n,
                               s.k) == "");
  return z.values();
}

// Whole numbers and their exact product; made once for all variants of one shape.
struct Problem {
  Shape shape{};
  std::vector<double> a;
  std::vector<double> b;
  std::vector<double> c;
};
Problem make_problem(const Shape& s) {
  Random random;
  Problem problem;
  problem.shape = s;
  problem.a.resize(static_cast<size_t>(s.batch * s.m * s.k));
  problem.b.resize(static_cast<size_t>(s.batch * s.k * s.n));
  problem.c.resize(static_cast<size_t>(s.batch * s.m * s.n));
  for (double& value : problem.a) value = random.whole();
  for (double& value : problem.b) value = random.whole();
  for (int64_t row = 0; row < s.batch * s.m; ++row) {
    double* const sum = problem.c.data() + row * s.n;
    for (int64_t k = 0; k < s.k; ++k) {
      const double left = problem.a[static_cast<size_t>(row * s.k + k)];
      const double* const right = problem.b.data() + (row / s.m * s.k + k) * s.n;
      for (int64_t j = 0; j < s.n; ++j) sum[j] += left * right[j];
    }
  }
  return problem;
}

template <class T, class R>
void check_exact(const Variant& variant, Shape s, Problem& problem) {
  s.m = rounded_up(s.m, variant.width);
  s.n = rounded_up(s.n, variant.width);
  s.k = rounded_up(s.k, variant.width);
  if (!(s == problem.shape)) problem = make_problem(s);
  const std::vector<R> c = multiply<T, R>(variant, s, problem.a, problem.b);
  int64_t wrong = 0;
  for (size_t i = 0; i < c.size(); ++i) wrong += c[i] == stored<R>(problem.c[i]) ? 0 : 1;
  INFO(variant.name);
  CAPTURE(s.batch, s.m, s.n, s.k);
  CHECK(wrong == 0);
}
template <class T, class R, size_t kCount>
void check_all(const Variant (&variants)[kCount], const Shape& shape) {
  Problem problem;
  for (const Variant& variant : variants) check_exact<T, R>(variant, shape, problem);
}

const Shape kOddShapes[] = {{1, 1, 1, 1},    {1, 3, 5, 7},     {2, 17, 33, 9},
                            {1, 65, 63, 40}, {3, 31, 129, 16}, {1, 130, 66, 33}};

}  // namespace

TEST_CASE("float32 contractions are exact at odd sizes with every tile") {
  for (const Shape& shape : kOddShapes) check_all<float, float>(kFloatVariants, shape);
}

TEST_CASE("float64 contractions are exact at odd sizes with every tile") {
  for (const Shape& shape : kOddShapes) check_all<double, double>(kDoubleVariants, shape);
}

TEST_CASE("float16 and tensor-core contractions are exact at odd sizes with every tile") {
  for (const Shape& shape : kOddShapes) {
    check_all<uint16_t, float>(kHalfVariants, shape);
    check_all<float, float>(kRoundedVariants, shape);
    check_all<float, float>(kTf32Variants, shape);
  }
}

TEST_CASE("integer contractions wrap") {
  for (const Shape& shape : kOddShapes) {
    check_all<int8_t, int8_t>(kByteVariants, shape);
    check_all<int64_t, int64_t>(kIntegerVariants, shape);
  }
}

TEST_CASE("contractions of 256 and more are exact with every tile") {
  const Shape large{1, 256, 264, 256};
  check_all<float, float>(kFloatVariants, large);
  check_all<double, double>(kDoubleVariants, large);
  check_all<uint16_t, float>(kHalfVariants, large);
  check_all<float, float>(kTf32Variants, large);
}

TEST_CASE("every tile sums as one chain of fused multiply-adds in rising k") {
  const Shape s{1, 36, 40, 100};
  Random random;
  std::vector<double> a(static_cast<size_t>(s.m * s.k));
  std::vector<double> b(static_cast<size_t>(s.k * s.n));
  for (double& value : a) value = static_cast<float>(random.real());
  for (double& value : b) value = static_cast<float>(random.real());
  std::vector<float> expected(static_cast<size_t>(s.m * s.n));
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      float sum = 0;
      for (int64_t k = 0; k < s.k; ++k) {
        sum = std::fmaf(static_cast<float>(a[static_cast<size_t>(i * s.k + k)]),
                        static_cast<float>(b[static_cast<size_t>(k * s.n + j)]), sum);
      }
      expected[static_cast<size_t>(i * s.n + j)] = sum;
    }
  }
  for (const Variant& variant : kFloatVariants) {
    INFO(variant.name);
    CHECK((multiply<float, float>(variant, s, a, b) == expected));
  }
}

TEST_CASE("tf32 operands are rounded to ten bits of mantissa, ties away from zero") {
  const Shape s{1, 1, 1, 1};
  const double tie = 1 + 0x1p-11;
  const double below = 1 + 0x1p-11 - 0x1p-23;
  const Variant& variant = kTf32Variants[4];
  CHECK(multiply<float, float>(variant, s, {tie}, {1})[0] == 1 + 0x1p-10f);
  CHECK(multiply<float, float>(variant, s, {below}, {1})[0] == 1.0f);
}

TEST_CASE("a contraction cut in k with its own operand and store adds up") {
  const int64_t m = 37;
  const int64_t n = 45;
  const int64_t k = 203;
  for (const unsigned parts : {1u, 3u, 20u}) {
    Random random;
    std::vector<float> a(static_cast<size_t>(m * k));
    std::vector<float> b(static_cast<size_t>(k * n));
    std::vector<float> bias(static_cast<size_t>(n));
    for (float& value : a) value = static_cast<float>(random.whole());
    for (float& value : b) value = static_cast<float>(random.whole());
    for (float& value : bias) value = static_cast<float>(random.whole() * 50);
    KernelBuffer<float> x("a", a);
    KernelBuffer<float> y("b", b);
    KernelBuffer<float> sums("parts", static_cast<size_t>(parts * m * n), -1.0f);
    const unsigned tiles = blocks_for(m, 32) * blocks_for(n, 32);
    REQUIRE(launch_in_all_orders(matmul_parts__emulated, {{tiles, parts, 1}, 64}, sums, x, y, sums,
                                 m, n, k) == "");
    KernelBuffer<float> offsets("bias", bias);
    KernelBuffer<float> c("c", static_cast<size_t>(m * n));
    REQUIRE(launch_in_all_orders(matmul_join__emulated, {{3, 1, 1}, 256}, c, sums, offsets, c,
                                 int64_t{parts}, m, n) == "");
    for (int64_t i = 0; i < m * n; ++i) {
      double sum = bias[static_cast<size_t>(i % n)];
      for (int64_t l = 0; l < k; ++l) {
        sum +=
            (a[static_cast<size_t>(i / n * k + l)] + 1.0) * b[static_cast<size_t>(l * n + i % n)];
      }
      REQUIRE(c[static_cast<size_t>(i)] == static_cast<float>(std::fmax(sum, 0.0)));
    }
  }
}

TEST_CASE("fragments laid out as the PTX manual says multiply exactly") {
  Random random;
  const auto check = [&](auto zero, size_t depth, tgc_emulated_entry entry) {
    using T = decltype(zero);
    std::vector<double> a(16 * depth);
    std::vector<double> b(depth * 8);
    for (double& value : a) value = random.whole();
    for (double& value : b) value = random.whole();
    std::vector<T> left;
    std::vector<T> right;
    for (const double value : a) left.push_back(stored<T>(value));
    for (const double value : b) right.push_back(stored<T>(value));
    KernelBuffer<T> x("a", left);
    KernelBuffer<T> y("b", right);
    KernelBuffer<float> z("c", 128);
    REQUIRE(launch_in_all_orders(entry, {{1, 1, 1}, 32}, z, x, y, z) == "");
    for (size_t i = 0; i < 128; ++i) {
      double sum = 0;
      for (size_t k = 0; k < depth; ++k) sum += a[i / 8 * depth + k] * b[k * 8 + i % 8];
      REQUIRE(z[i] == static_cast<float>(sum));
    }
  };
  check(uint16_t{}, 16, fragment_f16__emulated);
  check(float{}, 8, fragment_tf32__emulated);
}

TEST_CASE("ldmatrix hands out rows, transposed columns") {
  std::vector<uint16_t> values(256);
  for (size_t i = 0; i < 256; ++i) values[i] = static_cast<uint16_t>(i);
  KernelBuffer<uint16_t> x("x", values);
  KernelBuffer<uint16_t> rows("rows", 256);
  KernelBuffer<uint16_t> columns("columns", 256);
  REQUIRE(launch_in_all_orders(load_matrix__emulated, {{1, 1, 1}, 32}, rows, x, rows, columns) ==
          "");
  for (size_t i = 0; i < 256; ++i) {
    const size_t matrix = i / 64 * 64;
    CHECK(rows[i] == i);
    CHECK(columns[i] == matrix + i % 8 * 8 + i % 64 / 8);
  }
}
