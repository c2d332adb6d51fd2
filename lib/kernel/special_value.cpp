// SPDX-License-Identifier: Apache-2.0
// See special_value.h. Defines what tgc/special asks for over the C library.
#include "kernel/special_value.h"

#include <cmath>
#include <limits>

#include "support/check.h"

#define TGC_SPECIAL [[maybe_unused]] static
#define TGC_SPECIAL_LOOP [[maybe_unused]] static
#define TGC_INFINITY std::numeric_limits<double>::infinity()
#define TGC_NAN std::numeric_limits<double>::quiet_NaN()

namespace tgc {
namespace {

#define TGC_PLAIN(name, function)          \
  [[maybe_unused]] float name(float x) {   \
    return function(x);                    \
  }                                        \
  [[maybe_unused]] double name(double x) { \
    return function(x);                    \
  }
TGC_PLAIN(tgc_abs, std::abs)
TGC_PLAIN(tgc_sqrt, std::sqrt)
TGC_PLAIN(tgc_floor, std::floor)
TGC_PLAIN(tgc_exp, std::exp)
TGC_PLAIN(tgc_expm1, std::expm1)
TGC_PLAIN(tgc_log, std::log)
TGC_PLAIN(tgc_log1p, std::log1p)
TGC_PLAIN(tgc_sin, std::sin)
TGC_PLAIN(tgc_cos, std::cos)
TGC_PLAIN(tgc_arctan, std::atan)
#undef TGC_PLAIN
[[maybe_unused]] bool tgc_isinf(double x) {
  return std::isinf(x);
}
[[maybe_unused]] double tgc_pow(double x, double y) {
  return std::pow(x, y);
}
template <class T>
T tgc_fma(T x, T y, T z) {
  return std::fma(x, y, z);
}

#include "tgc/special/special.h"

}  // namespace

bool is_special(ScalarOp op) {
  return op >= ScalarOp::erf;
}

double special_value(ScalarOp op, const std::vector<double>& a) {
  switch (op) {
    case ScalarOp::erf:
      return tgc_erf(a[0]);
    case ScalarOp::erfc:
      return tgc_erfc(a[0]);
    case ScalarOp::erfcx:
      return tgc_erfcx(a[0]);
    case ScalarOp::erfinv:
      return tgc_erfinv(a[0]);
    case ScalarOp::erfcinv:
      return tgc_erfcinv(a[0]);
    case ScalarOp::log1mexp:
      return tgc_log1mexp(a[0]);
    case ScalarOp::gamma:
      return tgc_gamma(a[0]);
    case ScalarOp::gammaln:
      return tgc_gammaln(a[0]);
    case ScalarOp::psi:
      return tgc_psi(a[0]);
    case ScalarOp::tri_gamma:
      return tgc_tri_gamma(a[0]);
    case ScalarOp::polygamma:
      return tgc_polygamma(a[0], a[1]);
    case ScalarOp::gammainc:
      return tgc_gammainc(a[0], a[1]);
    case ScalarOp::gammaincc:
      return tgc_gammaincc(a[0], a[1]);
    case ScalarOp::gammainc_grad:
      return tgc_gammainc_grad(a[0], a[1]);
    case ScalarOp::betainc:
      return tgc_betainc(a[0], a[1], a[2]);
    case ScalarOp::betainc_grad_a:
      return tgc_betainc_grad_a(a[0], a[1], a[2]);
    case ScalarOp::betainc_grad_b:
      return tgc_betainc_grad_b(a[0], a[1], a[2]);
    case ScalarOp::j0:
      return tgc_j0(a[0]);
    case ScalarOp::j1:
      return tgc_j1(a[0]);
    case ScalarOp::jv:
      return tgc_jv(a[0], a[1]);
    case ScalarOp::i0:
      return tgc_i0(a[0]);
    case ScalarOp::i1:
      return tgc_i1(a[0]);
    case ScalarOp::iv:
      return tgc_iv(a[0], a[1]);
    case ScalarOp::ive:
      return tgc_ive(a[0], a[1]);
    case ScalarOp::kve:
      return tgc_kve(a[0], a[1]);
    case ScalarOp::gammaincinv:
      return tgc_gammaincinv(a[0], a[1]);
    case ScalarOp::gammainccinv:
      return tgc_gammainccinv(a[0], a[1]);
    case ScalarOp::betaincinv:
      return tgc_betaincinv(a[0], a[1], a[2]);
    case ScalarOp::ndtri_exp:
      return tgc_ndtri_exp(a[0]);
    case ScalarOp::owens_t:
      return tgc_owens_t(a[0], a[1]);
    case ScalarOp::hyp2f1:
      return tgc_hyp2f1(a[0], a[1], a[2], a[3]);
    default:
      break;
  }
  throw InternalError("no special function " + std::string(scalar_op_name(op)));
}

}  // namespace tgc
