// SPDX-License-Identifier: Apache-2.0
// Textbook linear algebra on one small matrix, for the reference interpreter: it shares nothing
// with the library that compiled code calls.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "types/tensor.h"

namespace tgc {

struct Matrix {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<double> elements = {};

  Matrix(int64_t m, int64_t n) : rows(m), columns(n), elements(static_cast<size_t>(m * n), 0.0) {}
  double& at(int64_t i, int64_t j) { return elements[static_cast<size_t>(i * columns + j)]; }
  [[nodiscard]] double at(int64_t i, int64_t j) const {
    return elements[static_cast<size_t>(i * columns + j)];
  }
};

// Matrix number `number` of a stack in the last two axes.
Matrix matrix_of(const Tensor& stack, int64_t number);
void put_matrix(const Matrix& matrix, Tensor& stack, int64_t number);
int64_t matrix_count(const Tensor& stack);  // also of a stack of empty matrices

// Row by row after Cholesky and Banachiewicz; nullopt: not positive definite.
std::optional<Matrix> reference_cholesky(const Matrix& a);
// By Gauss's elimination with partial pivoting; nullopt: singular.
std::optional<Matrix> reference_solve(Matrix a, Matrix b);
// By substitution, reading one triangle alone; nullopt: singular.
std::optional<Matrix> reference_solve_triangular(const Matrix& t, Matrix b, bool lower,
                                                 bool unit_diagonal);
// What elimination leaves on the diagonal, the first one negated for an odd number of swaps.
std::vector<double> reference_pivots(Matrix a);

// The decompositions below give vectors whose largest element is positive.
struct ReferenceEigen {
  std::vector<double> w;
  Matrix v;  // one vector a column
};
// By Jacobi's rotations, from one triangle of a; the smallest first.
ReferenceEigen reference_eigh(Matrix a, bool lower);
// By the shifted QR iteration; nullopt: not all eigenvalues are real.
std::optional<ReferenceEigen> reference_eig(const Matrix& a);

struct ReferenceSvd {
  Matrix u;  // m x m
  std::vector<double> s;
  Matrix v;  // n x n
};
// By Jacobi's one-sided rotations; the largest first.
ReferenceSvd reference_svd(const Matrix& a);
// A+ with singular values up to rcond times the largest taken for 0.
Matrix reference_pinv(const Matrix& a, double rcond);

struct ReferenceQr {
  Matrix packed;  // r, and below the diagonal the reflections but for their leading 1
  std::vector<double> tau;
};
// By Householder's reflections I - tau v v^T, with the signs of LAPACK.
ReferenceQr reference_qr(Matrix a);
Matrix reference_q(const ReferenceQr& qr, int64_t columns);

// By Taylor's series of a small fraction of a, then squaring.
Matrix reference_expm(const Matrix& a);

}  // namespace tgc
