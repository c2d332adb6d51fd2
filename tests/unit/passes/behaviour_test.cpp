// SPDX-License-Identifier: Apache-2.0
// What numbers come out under optimizer=None, fast_compile, o3 and fast_run: the values that Theano
// 1.0.5 gives for expressions whose plain evaluation overflows or loses digits.
#include "catch2/catch.hpp"

#include <cmath>
#include <limits>

#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// None, fast_compile, o3, fast_run.
struct Expected {
  double none;
  double fast_compile;
  double o3;
  double fast_run;
};

void check_value(double got, double wanted) {
  if (std::isnan(wanted)) {
    CHECK(std::isnan(got));
  } else if (std::isinf(wanted) || wanted == 0) {
    CHECK(got == wanted);
  } else {
    CHECK(got == Approx(wanted).epsilon(1e-6));
  }
}

void check(const PassFixture& f, const std::vector<Tensor>& inputs, const Expected& expected) {
  INFO(graph_text(f.optimized("fast_run").graph));
  check_value(f.value("None", inputs), expected.none);
  check_value(f.value("fast_compile", inputs), expected.fast_compile);
  check_value(f.value("o3", inputs), expected.o3);
  check_value(f.value("fast_run", inputs), expected.fast_run);
}

// f(x) at one point.
template <class Formula>
void check_at(double at, const Formula& formula, const Expected& expected) {
  PassFixture f;
  f.output(formula(f.input("x", {1})));
  check(f, {floats({1}, {at})}, expected);
}

TEST_CASE("log(1+x) keeps small x") {
  check_at(1e-10, [](const Node& x) { return log(1 + x); }, {0, 0, 1e-10, 1e-10});
}

TEST_CASE("exp(x)-1 keeps small x") {
  check_at(1e-10, [](const Node& x) { return exp(x) - 1; }, {0, 0, 1e-10, 1e-10});
}

TEST_CASE("log(1+exp(x)) does not overflow") {
  check_at(200, [](const Node& x) { return log(1 + exp(x)); }, {kInf, kInf, 200, 200});
}

TEST_CASE("log(sigmoid(x)) does not underflow") {
  check_at(-200, [](const Node& x) { return log(x.call("sigmoid")); }, {-kInf, -kInf, -200, -200});
}

TEST_CASE("log(1-sigmoid(x)) does not underflow") {
  check_at(200, [](const Node& x) { return log(1 - x.call("sigmoid")); },
           {-kInf, -kInf, -200, -200});
}

TEST_CASE("exp(x)/(1+exp(x)) does not overflow") {
  check_at(200, [](const Node& x) { return exp(x) / (1 + exp(x)); }, {kNan, kNan, 1, 1});
}

TEST_CASE("1/(1+exp(-x)) stays 0") {
  check_at(-200, [](const Node& x) { return 1 / (1 + exp(-x)); }, {0, 0, 0, 0});
}

TEST_CASE("exp(-x)*sigmoid(x) does not overflow") {
  check_at(-200, [](const Node& x) { return exp(-x) * x.call("sigmoid"); }, {kNan, kNan, 1, 1});
}

TEST_CASE("log(exp(x)+exp(2x)) does not overflow") {
  check_at(100, [](const Node& x) { return log(exp(x) + exp(2 * x)); }, {kInf, kInf, 200, 200});
}

TEST_CASE("log(sum(exp(x))) does not overflow") {
  PassFixture f;
  f.output(log(exp(f.input("x", {2})).call("sum")));
  const double sum = 200 + std::log1p(std::exp(-1.0));
  check(f, {floats({2}, {200, 199})}, {kInf, kInf, sum, sum});
}

TEST_CASE("x/x is 1 at 0") {
  check_at(0, [](const Node& x) { return x / x; }, {kNan, kNan, 1, 1});
}

TEST_CASE("x-x is 0 at infinity") {
  check_at(kInf, [](const Node& x) { return x - x; }, {kNan, kNan, 0, 0});
}

TEST_CASE("0*x is 0 at NaN") {
  check_at(kNan, [](const Node& x) { return 0 * x; }, {kNan, kNan, 0, 0});
}

TEST_CASE("sqrt(x)**2 stays NaN below 0") {
  check_at(-1, [](const Node& x) { return sqrt(x).call("pow", {x.number(2)}); },
           {kNan, kNan, kNan, kNan});
}

TEST_CASE("(x*c)/c is x where the product overflows") {
  check_at(1e10, [](const Node& x) { return (x * 1e30) / 1e30; }, {kInf, kInf, 1e10, 1e10});
}

TEST_CASE("x**3 is the same everywhere") {
  check_at(1.1, [](const Node& x) { return x.call("pow", {x.number(3)}); },
           {1.331, 1.331, 1.331, 1.331});
}

TEST_CASE("the gradient of switch(x>0, x*log(x), 0) is 0 at 0") {
  // as the gradient is built: the branch's derivative is log(x) + x/x
  check_at(0,
           [](const Node& x) {
             const Node zero = x.number(0);
             const Node g = where(gt(x, zero), x.number(1), zero);
             return g * log(x) + g * x / x;
           },
           {kNan, kNan, 0, 0});
}

}  // namespace
}  // namespace tgc
