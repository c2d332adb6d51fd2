// SPDX-License-Identifier: Apache-2.0
// Contractions against plain loops: shapes around every edge, all memory orders, functors, batches,
// epilogues, and results that do not depend on how tasks are shared out or on the instruction set.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "catch2/catch.hpp"
#include "contraction_kernels.h"
#include "kernels.h"
#include "tgc/prelude/contraction_tiles.h"

namespace {

struct Shape {
  int64_t m, n, k;
};
const Shape kShapes[] = {
    {1, 1, 1},     {1, 1, 0},     {3, 5, 0},    {1, 7, 40},   {9, 1, 70},    {1, 1, 100},
    {2, 33, 5},    {4, 16, 3},    {5, 17, 9},   {8, 32, 16},  {12, 32, 8},   {13, 31, 1},
    {13, 63, 7},   {20, 10, 30},  {25, 65, 33}, {31, 4, 257}, {120, 256, 4}, {121, 257, 6},
    {7, 300, 520}, {300, 20, 30}, {1, 600, 19}, {700, 1, 37}, {50, 3, 300},  {33, 33, 768},
};

// Memory of a batch of rows x columns matrices: row-major, column-major or with gaps.
enum class Order { kRows, kColumns, kGaps };
MatrixStrides strides_of(Order order, int64_t rows, int64_t columns) {
  if (order == Order::kRows) return {rows * columns, columns, 1};
  if (order == Order::kColumns) return {rows * columns, 1, rows};
  return {rows * columns * 6 + 5, columns * 3 + 2, 3};
}
int64_t extent(const MatrixStrides& s, int64_t batch, int64_t rows, int64_t columns) {
  if (rows == 0 || columns == 0) return 0;
  return (batch - 1) * s.batch + (rows - 1) * s.row + (columns - 1) * s.column + 1;
}

template <class T>
std::vector<T> noise(int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> digits(-100, 100);
  std::vector<T> values(static_cast<size_t>(n));
  for (T& value : values) value = static_cast<T>(digits(random));
  return values;
}
template <>
std::vector<float> noise(int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& value : values) value = uniform(random);
  return values;
}

// A problem with its own memory; run() gives C.
template <class T>
struct Problem {
  Shape shape;
  int64_t batch;
  MatrixStrides a_strides, b_strides;
  std::vector<T> a, b, c;
  size_t scratch_element = sizeof(T);

  Problem(Shape shape_, int64_t batch_, Order a_order, Order b_order)
      : shape(shape_),
        batch(batch_),
        a_strides(strides_of(a_order, shape_.m, shape_.k)),
        b_strides(strides_of(b_order, shape_.k, shape_.n)),
        a(noise<T>(extent(a_strides, batch_, shape_.m, shape_.k), 1)),
        b(noise<T>(extent(b_strides, batch_, shape_.k, shape_.n), 2)),
        c(noise<T>(batch_ * shape_.m * shape_.n, 3)) {}

  // Σ_k a b of one output, in Wide, and the sum of magnitudes.
  template <class Wide>
  void sum(int64_t p, int64_t i, int64_t j, Wide& total, Wide& magnitude) const {
    total = magnitude = 0;
    for (int64_t l = 0; l < shape.k; ++l) {
      const auto x =
          Wide(a[size_t(p * a_strides.batch + i * a_strides.row + l * a_strides.column)]);
      const auto y =
          Wide(b[size_t(p * b_strides.batch + l * b_strides.row + j * b_strides.column)]);
      total += x * y;
      magnitude += x * y < 0 ? -(x * y) : x * y;
    }
  }

  int64_t tasks() const { return tgc_contraction_tasks(batch, shape.m, shape.n); }

  // Tasks in `parts` calls, each with its own scratch of exactly the stated size.
  template <class Kernel>
  std::vector<T> run(Kernel kernel, int64_t parts = 1) const {
    std::vector<T> result = c;
    const int64_t all = tasks();
    for (int64_t part = 0; part < parts; ++part) {
      std::vector<char> scratch(static_cast<size_t>(
          tgc_contraction_scratch_bytes(shape.m, shape.n, shape.k, int64_t(scratch_element))));
      kernel({batch, shape.m, shape.n, shape.k, a.data(), a_strides, b.data(), b_strides,
              result.data(), scratch.data(), all * part / parts, all * (part + 1) / parts});
    }
    return result;
  }
};

int contraction_sets(const ContractionKernels* (&sets)[2]) {
  sets[0] = &kContractionKernelsV3;
  sets[1] = &kContractionKernelsV4;
  return prelude_levels();
}

// Within the error of a chain of k fused multiply-adds.
template <class T>
void check_result(const Problem<T>& problem, const std::vector<T>& result) {
  const double unit = std::numeric_limits<T>::epsilon();
  for (int64_t p = 0; p < problem.batch; ++p)
    for (int64_t i = 0; i < problem.shape.m; ++i)
      for (int64_t j = 0; j < problem.shape.n; ++j) {
        long double total, magnitude;
        problem.sum(p, i, j, total, magnitude);
        const auto got = result[size_t((p * problem.shape.m + i) * problem.shape.n + j)];
        REQUIRE(std::abs(double(got - total)) <=
                unit * double(problem.shape.k) * double(magnitude));
      }
}

}  // namespace

TEST_CASE("contractions of all shapes and memory orders agree with plain loops") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  for (const Shape& shape : kShapes)
    for (Order a : {Order::kRows, Order::kColumns, Order::kGaps})
      for (Order b : {Order::kRows, Order::kColumns, Order::kGaps}) {
        INFO(shape.m << "x" << shape.n << "x" << shape.k << " " << int(a) << int(b));
        const Problem<float> single(shape, 1, a, b);
        const Problem<double> wide(shape, 1, a, b);
        if (count == 0) continue;
        const auto result = single.run(sets[0]->float32);
        const auto wide_result = wide.run(sets[0]->float64);
        check_result(single, result);
        check_result(wide, wide_result);
        if (count < 2) continue;
        REQUIRE(single.run(sets[1]->float32) == result);
        REQUIRE(wide.run(sets[1]->float64) == wide_result);
      }
}

TEST_CASE("functor operands give the bits that operands in memory give") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  for (const Shape& shape : kShapes) {
    if (shape.m == 1 || shape.n == 1) continue;  // read along k by lanes when in memory
    INFO(shape.m << "x" << shape.n << "x" << shape.k);
    const Problem<float> problem(shape, 2, Order::kRows, Order::kColumns);
    for (int s = 0; s < count; ++s) {
      const auto expected = problem.run(sets[s]->float32);
      REQUIRE(problem.run(sets[s]->float32_lambdas) == expected);
      REQUIRE(problem.run(sets[s]->float32_load_row) == expected);
    }
  }
}

TEST_CASE("functor operands of one row or column agree with plain loops") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  for (const Shape& shape : {Shape{1, 600, 300}, Shape{700, 1, 40}, Shape{1, 1, 1000}}) {
    const Problem<float> problem(shape, 1, Order::kRows, Order::kRows);
    for (int s = 0; s < count; ++s) check_result(problem, problem.run(sets[s]->float32_lambdas));
  }
}

TEST_CASE("batches keep apart and a batch stride of 0 repeats a matrix") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  for (const Shape& shape : {Shape{7, 9, 11}, Shape{130, 40, 20}, Shape{1, 20, 30}}) {
    Problem<float> problem(shape, 3, Order::kRows, Order::kColumns);
    for (int s = 0; s < count; ++s) check_result(problem, problem.run(sets[s]->float32));
    problem.b_strides.batch = 0;
    for (int s = 0; s < count; ++s) check_result(problem, problem.run(sets[s]->float32));
  }
}

TEST_CASE("results do not depend on how tasks are shared out") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  const Problem<float> problem({500, 700, 300}, 2, Order::kRows, Order::kRows);
  for (int s = 0; s < count; ++s) {
    const auto whole = problem.run(sets[s]->float32);
    CHECK(problem.run(sets[s]->float32, 2) == whole);
    CHECK(problem.run(sets[s]->float32, 7) == whole);
    CHECK(problem.run(sets[s]->float32, problem.tasks()) == whole);
  }
}

TEST_CASE("the store may update its target in place") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  const Problem<float> problem({45, 70, 300}, 1, Order::kColumns, Order::kRows);
  for (int s = 0; s < count; ++s) {
    const auto sums = problem.run(sets[s]->float32);
    const auto result = problem.run(sets[s]->float32_update);
    for (size_t i = 0; i < result.size(); ++i)
      REQUIRE(result[i] == std::max(problem.c[i] - 0.5f * sums[i], 0.0f));
  }
}

TEST_CASE("integer contractions wrap like the element type") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  for (const Shape& shape : kShapes) {
    const Problem<int32_t> words(shape, 1, Order::kColumns, Order::kGaps);
    const Problem<int8_t> bytes(shape, 1, Order::kRows, Order::kRows);
    for (int s = 0; s < count; ++s) {
      const auto word_result = words.run(sets[s]->int32);
      const auto byte_result = bytes.run(sets[s]->int8);
      for (int64_t i = 0; i < shape.m; ++i)
        for (int64_t j = 0; j < shape.n; ++j) {
          int64_t total, magnitude;
          words.sum(0, i, j, total, magnitude);
          REQUIRE(word_result[size_t(i * shape.n + j)] == static_cast<int32_t>(total));
          bytes.sum(0, i, j, total, magnitude);
          REQUIRE(byte_result[size_t(i * shape.n + j)] == static_cast<int8_t>(total));
        }
    }
  }
}

TEST_CASE("halves are multiplied in float") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  Problem<uint16_t> problem({6, 40, 3}, 1, Order::kRows, Order::kRows);
  problem.scratch_element = sizeof(float);
  problem.a.assign(problem.a.size(), 0x3c00);  // 1
  problem.b.assign(problem.b.size(), 0x4100);  // 2.5
  for (int s = 0; s < count; ++s)
    CHECK(problem.run(sets[s]->halves) == std::vector<uint16_t>(240, 0x4780));  // 7.5
}

TEST_CASE("NaN and infinities travel through products") {
  const ContractionKernels* sets[2];
  const int count = contraction_sets(sets);
  Problem<float> problem({14, 35, 6}, 1, Order::kRows, Order::kRows);
  problem.a[2 * 6 + 3] = std::numeric_limits<float>::quiet_NaN();
  for (int s = 0; s < count; ++s) {
    const auto result = problem.run(sets[s]->float32);
    for (int64_t i = 0; i < 14; ++i)
      for (int64_t j = 0; j < 35; ++j) REQUIRE(std::isnan(result[size_t(i * 35 + j)]) == (i == 2));
  }
}

TEST_CASE("the scratch of large matrices and one full block bounds all others") {
  const long most = tgc_contraction_scratch_bytes(512, 512, kTgcBlockDepth, 4);
  for (long m : {2L, 11L, 20L, 120L, 250L, 513L, 5000L})
    for (long n : {1L, 2L, 30L, 255L, 257L, 784L, 100000L})
      for (long k : {0L, 1L, 20L, 256L, 257L, 1024L})
        CHECK(tgc_contraction_scratch_bytes(m, n, k, 4) <= most);
}

TEST_CASE("tilings cover every output with tasks of nearly equal size") {
  for (long m : {1L, 2L, 12L, 13L, 120L, 121L, 500L, 1024L, 4000L})
    for (long n : {1L, 2L, 31L, 256L, 257L, 784L, 1024L, 3136L}) {
      const tgc_tiling tiling = tgc_contraction_tiling(m, n);
      CHECK(tiling.rows * tiling.row_tasks >= m);
      CHECK(tiling.rows * (tiling.row_tasks - 1) < m);
      CHECK(tiling.columns * tiling.column_tasks >= n);
      CHECK(tiling.columns * (tiling.column_tasks - 1) < n);
    }
  CHECK(tgc_contraction_tasks(3, 0, 5) == 0);
}
