// SPDX-License-Identifier: Apache-2.0
// See matrix_reference.h: eigenvalues, singular values, QR and the exponential.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ops/matrix_reference.h"

namespace tgc {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

Matrix identity(int64_t n) {
  Matrix matrix(n, n);
  for (int64_t i = 0; i < n; ++i) matrix.at(i, i) = 1;
  return matrix;
}

Matrix transpose(const Matrix& a) {
  Matrix result(a.columns, a.rows);
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t j = 0; j < a.columns; ++j) result.at(j, i) = a.at(i, j);
  }
  return result;
}

Matrix multiply(const Matrix& a, const Matrix& b) {
  Matrix result(a.rows, b.columns);
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t k = 0; k < a.columns; ++k) {
      for (int64_t j = 0; j < b.columns; ++j) result.at(i, j) += a.at(i, k) * b.at(k, j);
    }
  }
  return result;
}

double column_product(const Matrix& a, int64_t p, int64_t q) {
  double sum = 0;
  for (int64_t i = 0; i < a.rows; ++i) sum += a.at(i, p) * a.at(i, q);
  return sum;
}

struct Rotation {
  double cosine = 1;
  double sine = 0;
};

// The rotation that makes [[p, q], [q, r]] diagonal.
Rotation diagonalising(double p, double q, double r) {
  const double ratio = (r - p) / (2 * q);
  const double tangent = std::copysign(1, ratio) / (std::abs(ratio) + std::hypot(1, ratio));
  const double cosine = 1 / std::hypot(1, tangent);
  return {cosine, tangent * cosine};
}

void rotate_columns(Matrix& a, int64_t p, int64_t q, const Rotation& by) {
  for (int64_t i = 0; i < a.rows; ++i) {
    const double left = a.at(i, p);
    const double right = a.at(i, q);
    a.at(i, p) = by.cosine * left - by.sine * right;
    a.at(i, q) = by.sine * left + by.cosine * right;
  }
}

void rotate_rows(Matrix& a, int64_t p, int64_t q, const Rotation& by) {
  for (int64_t j = 0; j < a.columns; ++j) {
    const double left = a.at(p, j);
    const double right = a.at(q, j);
    a.at(p, j) = by.cosine * left - by.sine * right;
    a.at(q, j) = by.sine * left + by.cosine * right;
  }
}

void scale_column(Matrix& a, int64_t column, double factor) {
  for (int64_t i = 0; i < a.rows; ++i) a.at(i, column) *= factor;
}

// 1, or -1 where the column's largest element is negative.
double sign_of(const Matrix& a, int64_t column) {
  double largest = 0;
  for (int64_t i = 0; i < a.rows; ++i) {
    if (std::abs(a.at(i, column)) > 1.001 * std::abs(largest)) largest = a.at(i, column);
  }
  return largest < 0 ? -1 : 1;
}

Matrix reordered(const Matrix& a, const std::vector<int64_t>& columns) {
  Matrix result(a.rows, static_cast<int64_t>(columns.size()));
  for (int64_t j = 0; j < result.columns; ++j) {
    for (int64_t i = 0; i < a.rows; ++i) {
      result.at(i, j) = a.at(i, columns[static_cast<size_t>(j)]);
    }
  }
  return result;
}

std::vector<int64_t> ascending(const std::vector<double>& values) {
  std::vector<int64_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return values[static_cast<size_t>(a)] < values[static_cast<size_t>(b)];
  });
  return order;
}

std::vector<double> reordered(const std::vector<double>& values,
                              const std::vector<int64_t>& order) {
  std::vector<double> result;
  for (const int64_t i : order) result.push_back(values[static_cast<size_t>(i)]);
  return result;
}

// Makes orthonormal columns of the first `known` and of unit vectors, by Gram and Schmidt.
Matrix completed(const Matrix& a, int64_t known) {
  Matrix result(a.rows, a.rows);
  int64_t count = 0;
  for (int64_t next = 0; count < a.rows; ++next) {
    for (int64_t i = 0; i < a.rows; ++i) {
      result.at(i, count) = next < known ? a.at(i, next) : i == next - known;
    }
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t j = 0; j < count && next >= known; ++j) {
        const double along = column_product(result, j, count);
        for (int64_t i = 0; i < a.rows; ++i) result.at(i, count) -= along * result.at(i, j);
      }
    }
    const double length = std::sqrt(column_product(result, count, count));
    if (length < 1e-3) continue;
    scale_column(result, count++, 1 / length);
  }
  return result;
}

// Of a[m, n] with m >= n.
ReferenceSvd tall_svd(Matrix a) {
  Matrix v = identity(a.columns);
  bool is_done = false;
  for (int sweep = 0; sweep < 60 && !is_done; ++sweep) {
    is_done = true;
    for (int64_t p = 0; p < a.columns; ++p) {
      for (int64_t q = p + 1; q < a.columns; ++q) {
        const double between = column_product(a, p, q);
        const double left = column_product(a, p, p);
        const double right = column_product(a, q, q);
        if (std::abs(between) <= kEpsilon * std::sqrt(left * right)) continue;
        is_done = false;
        const Rotation rotation = diagonalising(left, between, right);
        rotate_columns(a, p, q, rotation);
        rotate_columns(v, p, q, rotation);
      }
    }
  }
  std::vector<double> s;
  for (int64_t j = 0; j < a.columns; ++j) s.push_back(std::sqrt(column_product(a, j, j)));
  std::vector<int64_t> order = ascending(s);
  std::reverse(order.begin(), order.end());
  s = reordered(s, order);
  a = reordered(a, order);
  v = reordered(v, order);
  int64_t known = 0;
  for (; known < a.columns; ++known) {
    const double length = s[static_cast<size_t>(known)];
    if (length <= 0) break;
    scale_column(a, known, 1 / length);
  }
  Matrix u = completed(a, known);
  for (int64_t j = 0; j < v.columns; ++j) {
    const double sign = sign_of(v, j);
    scale_column(v, j, sign);
    scale_column(u, j, sign);
  }
  return {u, s, v};
}

// h = q^T a q with zeros below the first subdiagonal.
void make_hessenberg(Matrix& h, Matrix& q) {
  for (int64_t k = 0; k + 2 < h.rows; ++k) {
    for (int64_t i = h.rows - 1; i > k + 1; --i) {
      const double length = std::hypot(h.at(i - 1, k), h.at(i, k));
      if (length == 0) continue;
      const Rotation rotation = {h.at(i - 1, k) / length, -h.at(i, k) / length};
      rotate_rows(h, i - 1, i, rotation);
      rotate_columns(h, i - 1, i, rotation);
      rotate_columns(q, i - 1, i, rotation);
    }
  }
}

// One step h - s = q r, then r q + s, on rows and columns first to last.
void qr_step(Matrix& h, Matrix& q, int64_t first, int64_t last) {
  const double half = (h.at(last - 1, last - 1) - h.at(last, last)) / 2;
  const double product = h.at(last, last - 1) * h.at(last - 1, last);
  const double reach = std::abs(half) + std::sqrt(std::max(0.0, half * half + product));
  const double shift =
      h.at(last, last) - (reach == 0 ? 0 : std::copysign(1, half) * product / reach);
  for (int64_t i = 0; i < h.rows; ++i) h.at(i, i) -= shift;
  std::vector<Rotation> rotations;
  for (int64_t k = first; k < last; ++k) {
    const double length = std::hypot(h.at(k, k), h.at(k + 1, k));
    rotations.push_back(length == 0 ? Rotation{}
                                    : Rotation{h.at(k, k) / length, -h.at(k + 1, k) / length});
    rotate_rows(h, k, k + 1, rotations.back());
  }
  for (int64_t k = first; k < last; ++k) {
    rotate_columns(h, k, k + 1, rotations[static_cast<size_t>(k - first)]);
    rotate_columns(q, k, k + 1, rotations[static_cast<size_t>(k - first)]);
  }
  for (int64_t i = 0; i < h.rows; ++i) h.at(i, i) += shift;
}

// Makes h triangular; false: it has eigenvalues that are not real.
bool make_triangular(Matrix& h, Matrix& q) {
  int64_t last = h.rows - 1;
  for (int steps = 0; last > 0; ++steps) {
    if (steps > 300) return false;
    int64_t first = last;
    for (; first > 0; --first) {
      const double around = std::abs(h.at(first, first)) + std::abs(h.at(first - 1, first - 1));
      if (std::abs(h.at(first, first - 1)) <= kEpsilon * around) break;
    }
    if (first > 0) h.at(first, first - 1) = 0;
    if (first == last) {
      --last;
      steps = 0;
    } else {
      qr_step(h, q, first, last);
    }
  }
  return true;
}

}  // namespace

ReferenceEigen reference_eigh(Matrix a, bool lower) {
  const int64_t n = a.rows;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < i; ++j)
      (lower ? a.at(j, i) : a.at(i, j)) = lower ? a.at(i, j) : a.at(j, i);
  }
  Matrix v = identity(n);
  bool is_done = false;
  for (int sweep = 0; sweep < 60 && !is_done; ++sweep) {
    is_done = true;
    for (int64_t p = 0; p < n; ++p) {
      for (int64_t q = p + 1; q < n; ++q) {
        const double around = std::abs(a.at(p, p)) + std::abs(a.at(q, q));
        if (std::abs(a.at(p, q)) <= 1e-3 * kEpsilon * around) continue;
        is_done = false;
        const Rotation rotation = diagonalising(a.at(p, p), a.at(p, q), a.at(q, q));
        rotate_rows(a, p, q, rotation);
        rotate_columns(a, p, q, rotation);
        rotate_columns(v, p, q, rotation);
      }
    }
  }
  std::vector<double> w;
  for (int64_t i = 0; i < n; ++i) w.push_back(a.at(i, i));
  const std::vector<int64_t> order = ascending(w);
  v = reordered(v, order);
  for (int64_t j = 0; j < n; ++j) scale_column(v, j, sign_of(v, j));
  return {reordered(w, order), v};
}

std::optional<ReferenceEigen> reference_eig(const Matrix& a) {
  const int64_t n = a.rows;
  Matrix h = a;
  Matrix q = identity(n);
  make_hessenberg(h, q);
  if (!make_triangular(h, q)) return std::nullopt;
  Matrix x(n, n);
  std::vector<double> w;
  for (int64_t k = 0; k < n; ++k) {
    w.push_back(h.at(k, k));
    x.at(k, k) = 1;
    for (int64_t i = k - 1; i >= 0; --i) {
      double rest = 0;
      for (int64_t j = i + 1; j <= k; ++j) rest -= h.at(i, j) * x.at(j, k);
      double gap = h.at(i, i) - h.at(k, k);
      if (gap == 0) gap = kEpsilon;
      x.at(i, k) = rest / gap;
    }
  }
  Matrix v = multiply(q, x);
  for (int64_t j = 0; j < n; ++j) {
    scale_column(v, j, sign_of(v, j) / std::sqrt(column_product(v, j, j)));
  }
  return ReferenceEigen{w, v};
}

ReferenceSvd reference_svd(const Matrix& a) {
  if (a.rows >= a.columns) return tall_svd(a);
  ReferenceSvd other = tall_svd(transpose(a));
  return {other.v, other.s, other.u};
}

Matrix reference_pinv(const Matrix& a, double rcond) {
  const ReferenceSvd svd = reference_svd(a);
  Matrix result(a.columns, a.rows);
  for (size_t k = 0; k < svd.s.size(); ++k) {
    if (!(svd.s[k] > rcond * svd.s[0])) continue;
    const auto column = static_cast<int64_t>(k);
    for (int64_t i = 0; i < a.columns; ++i) {
      for (int64_t j = 0; j < a.rows; ++j) {
        result.at(i, j) += svd.v.at(i, column) * svd.u.at(j, column) / svd.s[k];
      }
    }
  }
  return result;
}

ReferenceQr reference_qr(Matrix a) {
  std::vector<double> tau;
  for (int64_t k = 0; k < std::min(a.rows, a.columns); ++k) {
    double below = 0;
    for (int64_t i = k + 1; i < a.rows; ++i) below += a.at(i, k) * a.at(i, k);
    const double head = a.at(k, k);
    const double beta = below == 0 ? head : -std::copysign(std::sqrt(head * head + below), head);
    tau.push_back(below == 0 ? 0 : (beta - head) / beta);
    for (int64_t i = k + 1; i < a.rows && below != 0; ++i) a.at(i, k) /= head - beta;
    a.at(k, k) = beta;
    for (int64_t j = k + 1; j < a.columns; ++j) {
      double along = a.at(k, j);
      for (int64_t i = k + 1; i < a.rows; ++i) along += a.at(i, k) * a.at(i, j);
      a.at(k, j) -= tau.back() * along;
      for (int64_t i = k + 1; i < a.rows; ++i) a.at(i, j) -= tau.back() * along * a.at(i, k);
    }
  }
  return {a, tau};
}

Matrix reference_q(const ReferenceQr& qr, int64_t columns) {
  const Matrix& h = qr.packed;
  Matrix q(h.rows, columns);
  for (int64_t j = 0; j < columns; ++j) q.at(j, j) = 1;
  for (int64_t k = std::ssize(qr.tau) - 1; k >= 0; --k) {
    const double tau = qr.tau[static_cast<size_t>(k)];
    for (int64_t j = 0; j < columns; ++j) {
      double along = q.at(k, j);
      for (int64_t i = k + 1; i < h.rows; ++i) along += h.at(i, k) * q.at(i, j);
      q.at(k, j) -= tau * along;
      for (int64_t i = k + 1; i < h.rows; ++i) q.at(i, j) -= tau * along * h.at(i, k);
    }
  }
  return q;
}

Matrix reference_expm(const Matrix& a) {
  double norm = 0;
  for (const double element : a.elements) norm = std::max(norm, std::abs(element));
  norm *= static_cast<double>(a.rows);
  int squarings = 0;
  for (; norm > 0.25; norm /= 2) ++squarings;
  Matrix small = a;
  for (double& element : small.elements) element = std::ldexp(element, -squarings);
  Matrix sum = identity(a.rows);
  Matrix term = identity(a.rows);
  for (int k = 1; k <= 18; ++k) {
    term = multiply(term, small);
    for (double& element : term.elements) element /= k;
    for (size_t i = 0; i < sum.elements.size(); ++i) sum.elements[i] += term.elements[i];
  }
  for (int i = 0; i < squarings; ++i) sum = multiply(sum, sum);
  return sum;
}

}  // namespace tgc
