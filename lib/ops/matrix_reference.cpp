// SPDX-License-Identifier: Apache-2.0
// See matrix_reference.h.
#include "ops/matrix_reference.h"

#include <cmath>

namespace tgc {
namespace {

int64_t largest_below(const Matrix& a, int64_t column) {
  int64_t best = column;
  for (int64_t i = column + 1; i < a.rows; ++i) {
    if (std::abs(a.at(i, column)) > std::abs(a.at(best, column))) best = i;
  }
  return best;
}

void swap_rows(Matrix& a, int64_t one, int64_t other) {
  for (int64_t j = 0; j < a.columns; ++j) std::swap(a.at(one, j), a.at(other, j));
}

void subtract_row(Matrix& a, int64_t from, int64_t row, double factor) {
  for (int64_t j = 0; j < a.columns; ++j) a.at(from, j) -= factor * a.at(row, j);
}

}  // namespace

int64_t matrix_count(const Tensor& stack) {
  int64_t count = 1;
  for (size_t axis = 0; axis + 2 < stack.dims().size(); ++axis) count *= stack.dims()[axis];
  return count;
}

Matrix matrix_of(const Tensor& stack, int64_t number) {
  const std::vector<int64_t>& dims = stack.dims();
  Matrix matrix(dims[dims.size() - 2], dims.back());
  const auto size = static_cast<int64_t>(matrix.elements.size());
  for (int64_t i = 0; i < size; ++i) {
    matrix.elements[static_cast<size_t>(i)] = stack.get_double(number * size + i);
  }
  return matrix;
}

void put_matrix(const Matrix& matrix, Tensor& stack, int64_t number) {
  const auto size = static_cast<int64_t>(matrix.elements.size());
  for (int64_t i = 0; i < size; ++i) {
    stack.set_double(number * size + i, matrix.elements[static_cast<size_t>(i)]);
  }
}

std::optional<Matrix> reference_cholesky(const Matrix& a) {
  Matrix l(a.rows, a.rows);
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      double rest = a.at(i, j);
      for (int64_t k = 0; k < j; ++k) rest -= l.at(i, k) * l.at(j, k);
      if (i != j) {
        l.at(i, j) = rest / l.at(j, j);
      } else if (rest > 0) {
        l.at(i, i) = std::sqrt(rest);
      } else {
        return std::nullopt;
      }
    }
  }
  return l;
}

std::optional<Matrix> reference_solve(Matrix a, Matrix b) {
  for (int64_t column = 0; column < a.rows; ++column) {
    const int64_t pivot = largest_below(a, column);
    if (a.at(pivot, column) == 0) return std::nullopt;
    swap_rows(a, pivot, column);
    swap_rows(b, pivot, column);
    for (int64_t i = 0; i < a.rows; ++i) {
      if (i == column) continue;
      const double factor = a.at(i, column) / a.at(column, column);
      subtract_row(a, i, column, factor);
      subtract_row(b, i, column, factor);
    }
  }
  for (int64_t i = 0; i < b.rows; ++i) {
    for (int64_t j = 0; j < b.columns; ++j) b.at(i, j) /= a.at(i, i);
  }
  return b;
}

std::optional<Matrix> reference_solve_triangular(const Matrix& t, Matrix b, bool lower,
                                                 bool unit_diagonal) {
  const int64_t n = t.rows;
  for (int64_t step = 0; step < n; ++step) {
    const int64_t i = lower ? step : n - 1 - step;
    for (int64_t k = lower ? 0 : i + 1; k < (lower ? i : n); ++k) {
      subtract_row(b, i, k, t.at(i, k));
    }
    if (unit_diagonal) continue;
    if (t.at(i, i) == 0) return std::nullopt;
    for (int64_t j = 0; j < b.columns; ++j) b.at(i, j) /= t.at(i, i);
  }
  return b;
}

std::vector<double> reference_pivots(Matrix a) {
  std::vector<double> pivots;
  double sign = 1;
  for (int64_t column = 0; column < a.rows; ++column) {
    const int64_t pivot = largest_below(a, column);
    if (pivot != column) sign = -sign;
    swap_rows(a, pivot, column);
    pivots.push_back(a.at(column, column));
    if (a.at(column, column) == 0) continue;
    for (int64_t i = column + 1; i < a.rows; ++i) {
      subtract_row(a, i, column, a.at(i, column) / a.at(column, column));
    }
  }
  if (!pivots.empty()) pivots[0] *= sign;
  return pivots;
}

}  // namespace tgc
