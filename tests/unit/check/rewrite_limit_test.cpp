// SPDX-License-Identifier: Apache-2.0
// --rewrite-limit: every prefix of the applications is a valid graph of the same values, and the
// count is that of the run without a limit.
#include "check/values.h"
#include "unit/check/wrong_rewrite.h"
#include "unit/passes/random_graph.h"

namespace tgc {
namespace {

struct Limited {
  Function function;
  RewriteBudget budget;
};

Limited limited(const Function& function, int64_t limit, PipelineOptions options) {
  Limited result{function, {limit, 0, ""}};
  options.budget = &result.budget;
  Diagnostics diagnostics;
  CHECK(optimize(result.function, options, diagnostics).has_value());
  return result;
}

bool is_close(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    const Tolerance tolerance = tolerance_of(a[i].dtype(), a[i].dtype(), 0);
    if (difference_of(a[i], b.at(i), tolerance)) return false;
  }
  return a.size() == b.size();
}

TEST_CASE("a graph may be left after any number of rewrites") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    RandomGraph random(seed);
    const auto inputs = random.inputs();
    const Function& plain = random.fixture.function;
    const EvaluateResult wanted = evaluate(plain.graph, inputs);
    if (!wanted.failure.empty()) continue;
    const PipelineOptions options = PassFixture::options("fast_run");
    const int64_t all = limited(plain, 1 << 20, options).budget.used;
    CHECK(limited(plain, all, options).budget.used == all);
    for (int64_t limit = 0; limit < all; ++limit) {
      INFO("seed " << seed << " limit " << limit);
      const Limited some = limited(plain, limit, options);
      CHECK(some.budget.used == limit);
      CHECK(some.budget.last.empty() == (limit == 0));
      CHECK(is_close(wanted.outputs, PassFixture::values(some.function, inputs)));
    }
  }
}

TEST_CASE("one limit below the wrong rewrite the values are right, at it they are wrong") {
  PassFixture f;
  const Node x = f.input("x", {2});
  f.output(((x + 0.0) * 1.0).call("tanh") + (x * 1.0).call("tanh").call("tanh"));
  PipelineOptions options = PassFixture::options("fast_run");
  options.extra = {&wrong_rewrite()};
  const std::vector<Tensor> inputs = {floats({2}, {0.5, -0.7})};
  const auto wanted = PassFixture::values(f.function, inputs);
  const auto is_right = [&](int64_t limit) {
    return is_close(wanted,
                    PassFixture::values(limited(f.function, limit, options).function, inputs));
  };
  int64_t limit = 0;
  while (limit < 100 && is_right(limit)) ++limit;
  REQUIRE(limit < 100);
  CHECK(limited(f.function, limit, options).budget.last.find("wrong_tanh ") == 0);
  options.excluding = {"wrong_tanh"};
  CHECK(is_right(1 << 20));
}

}  // namespace
}  // namespace tgc
