// SPDX-License-Identifier: Apache-2.0
// The special functions against values of many digits and against SciPy at the ends of their
// domains (special_values.inc): double within the tolerance of each, float within a few units in
// the last place of double. Vectorised loops of both levels give the same as single calls.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "kernels.h"
#include "special_tolerance.h"
#include "tgc/kernel_prelude.h"

namespace {

struct Function {
  const char* name;
  double (*of_double)(const double* x);
  float (*of_float)(const float* x);
};
// clang-format off
#define FUNCTION(name, ...)                                  \
  {#name, [](const double* x) { return tgc_##name(__VA_ARGS__); }, \
          [](const float* x) { return tgc_##name(__VA_ARGS__); }}
// clang-format on
#define ONE(name) FUNCTION(name, x[0])
#define TWO(name) FUNCTION(name, x[0], x[1])
#define THREE(name) FUNCTION(name, x[0], x[1], x[2])
#define FOUR(name) FUNCTION(name, x[0], x[1], x[2], x[3])
const Function kFunctions[] = {
    ONE(erf),
    ONE(erfc),
    ONE(erfcx),
    ONE(erfinv),
    ONE(erfcinv),
    ONE(log1mexp),
    ONE(gamma),
    ONE(gammaln),
    ONE(psi),
    ONE(tri_gamma),
    TWO(polygamma),
    TWO(gammainc),
    TWO(gammaincc),
    TWO(gammainc_grad),
    THREE(betainc),
    THREE(betainc_grad_a),
    THREE(betainc_grad_b),
    ONE(j0),
    ONE(j1),
    TWO(jv),
    ONE(i0),
    ONE(i1),
    TWO(iv),
    TWO(ive),
    TWO(kve),
    TWO(gammaincinv),
    TWO(gammainccinv),
    THREE(betaincinv),
    ONE(ndtri_exp),
    TWO(owens_t),
    FOUR(hyp2f1),
};

const Function& function(const std::string& name) {
  const auto* end = std::end(kFunctions);
  const auto* found =
      std::find_if(std::begin(kFunctions), end, [&](auto& f) { return name == f.name; });
  REQUIRE(found != end);
  return *found;
}

}  // namespace

TEST_CASE("special functions of double have the values of the table") {
  for (const SpecialValue& row : kSpecialValues) {
    const double got = function(row.name).of_double(row.args);
    INFO(special_call(row) << " = " << got << ", not " << row.value);
    CHECK(is_close(row, got));
  }
}

TEST_CASE("Bessel functions of any order end") {
  const std::vector<double> sizes = {1e-300, 1, 3e4, 1e9, 1e15, 1e17, 1e150, 1e300};
  for (const double order : sizes) {
    for (const double x : sizes) {
      CHECK(tgc_ive(order, x) >= 0);
      CHECK(tgc_kve(order, x) > 0);
      const double j = tgc_jv(order, x);
      CHECK((std::isnan(j) || std::abs(j) <= 1));
    }
  }
}

TEST_CASE("special functions of float are those of double, rounded") {
  for (const SpecialValue& row : kSpecialValues) {
    float args[4];
    std::transform(row.args, row.args + 4, args, [](double x) { return static_cast<float>(x); });
    double same[4];
    std::copy(args, args + 4, same);
    const double wide = function(row.name).of_double(same);
    const float got = function(row.name).of_float(args);
    INFO(special_call(row) << " of float = " << got << ", not " << wide);
    if (std::isnan(wide)) {
      CHECK(std::isnan(got));
    } else if (std::abs(wide) > std::numeric_limits<float>::max()) {
      CHECK(std::isinf(got));
    } else {
      CHECK(std::abs(got - wide) <= 3e-7 * std::abs(wide) + 1e-44);
    }
  }
}

TEST_CASE("vectorised special functions are bit-equal to single calls on both levels") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  for (int i = 0; i < count; ++i) {
    for (const Function& f : kFunctions) {
      const auto* end = sets[i]->unary + sets[i]->unary_count;
      const auto* kernel = std::find_if(sets[i]->unary, end,
                                        [&](auto& k) { return std::strcmp(k.name, f.name) == 0; });
      if (kernel == end) continue;
      std::vector<double> x;
      for (const SpecialValue& row : kSpecialValues)
        if (std::strcmp(row.name, f.name) == 0) x.push_back(row.args[0]);
      std::vector<double> y(x.size());
      kernel->float64(x.data(), y.data(), static_cast<int64_t>(x.size()));
      for (size_t k = 0; k < x.size(); ++k) {
        const double single = f.of_double(&x[k]);
        INFO(f.name << "(" << x[k] << ")");
        CHECK((y[k] == single || (std::isnan(y[k]) && std::isnan(single))));
      }
    }
  }
}
