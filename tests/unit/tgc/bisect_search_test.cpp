// SPDX-License-Identifier: Apache-2.0
// The search of `tgc bisect`, on made-up lists of rewrites and on a pipeline with a wrong rewrite.
#include "tgc/bisect_search.h"

#include <algorithm>
#include <set>

#include "check/values.h"
#include "unit/check/wrong_rewrite.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

// Rewrites are applied in order; those named in `wrong` break the result.
struct Story {
  std::vector<std::string> rewrites;
  std::set<std::string> wrong;
  bool is_plain_bad = false;

  Verdict judge(const Candidate& candidate) const {
    Verdict verdict{!is_plain_bad, 0, ""};
    const auto limit = candidate.limit.value_or(static_cast<int64_t>(rewrites.size()));
    for (const std::string& name : rewrites) {
      const auto& out = candidate.excluding;
      if (std::find(out.begin(), out.end(), name) != out.end()) continue;
      if (verdict.rewrites >= limit) break;
      ++verdict.rewrites;
      verdict.last_rewrite = name + " a b";
      if (wrong.contains(name)) verdict.is_good = false;
    }
    return verdict;
  }

  [[nodiscard]] BisectResult search() const {
    const auto result = bisect_rewrites(
        [this](const Candidate& candidate) { return std::optional<Verdict>(judge(candidate)); },
        [](const std::string& name) { return name != "stage"; });
    REQUIRE(result);
    return *result;
  }
};

std::vector<std::string> names(const BisectResult& result) {
  std::vector<std::string> found;
  for (const Culprit& culprit : result.culprits) found.push_back(culprit.rewrite);
  return found;
}

TEST_CASE("the search finds one wrong application among many") {
  Story story;
  for (int i = 0; i < 200; ++i) story.rewrites.push_back("good" + std::to_string(i));
  for (const size_t at : {size_t{0}, size_t{100}, size_t{199}}) {
    Story wrong = story;
    wrong.rewrites[at] = "bad";
    wrong.wrong = {"bad"};
    const BisectResult result = wrong.search();
    CHECK(result.outcome == BisectOutcome::found);
    REQUIRE(names(result) == std::vector<std::string>{"bad"});
    CHECK(result.culprits[0].number == static_cast<int64_t>(at) + 1);
    CHECK(result.culprits[0].of == 200);
    CHECK(result.trials < 15);
  }
}

TEST_CASE("the search goes on until the result is good") {
  const Story two{{"a", "bad", "b", "worse", "bad"}, {"bad", "worse"}};
  CHECK(names(two.search()) == std::vector<std::string>{"bad", "worse"});
  CHECK(two.search().outcome == BisectOutcome::found);
}

TEST_CASE("the search says when there is nothing to find") {
  CHECK(Story{{"a"}, {}}.search().outcome == BisectOutcome::good);
  CHECK(Story{{"a"}, {}, true}.search().outcome == BisectOutcome::plain_fails);
  const BisectResult stuck = Story{{"a", "stage"}, {"stage"}}.search();
  CHECK(stuck.outcome == BisectOutcome::persists);
  CHECK(names(stuck) == std::vector<std::string>{"stage"});
}

TEST_CASE("a trial that cannot be judged ends the search") {
  CHECK_FALSE(bisect_rewrites([](const Candidate&) { return std::optional<Verdict>(); },
                              [](const std::string&) { return true; }));
}

TEST_CASE("the search finds a wrong rewrite of a real pipeline") {
  PassFixture f;
  const Node x = f.input("x", {2});
  f.output((((x + 0.0) * 1.0).call("tanh") + x.call("exp")) * 2.0);
  const std::vector<Tensor> inputs = {floats({2}, {0.5, -0.7})};
  const Tensor wanted = PassFixture::values(f.function, inputs)[0];
  const Trial trial = [&](const Candidate& candidate) {
    RewriteBudget budget{candidate.limit.value_or(1 << 20), 0, ""};
    PipelineOptions options = PassFixture::options("fast_run");
    options.extra = {&wrong_rewrite()};
    options.excluding = candidate.excluding;
    options.budget = &budget;
    const Tensor value = PassFixture::values(f.optimized(options), inputs)[0];
    const bool is_good =
        !difference_of(wanted, value, tolerance_of(DType::float32, DType::float32, 0));
    return std::optional<Verdict>({is_good, budget.used, budget.last});
  };
  const auto result = bisect_rewrites(trial, [](const std::string&) { return true; });
  REQUIRE(result);
  CHECK(result->outcome == BisectOutcome::found);
  CHECK(names(*result) == std::vector<std::string>{"wrong_tanh"});
}

}  // namespace
}  // namespace tgc
