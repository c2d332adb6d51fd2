// SPDX-License-Identifier: Apache-2.0
// --check-passes finds a wrong rewrite, in functions and in bodies of loops, says where and shows
// it in a small graph; right rewrites pass, stabilising ones too.
#include "check/pass_checker.h"

#include "ops/scan.h"
#include "support/file.h"
#include "unit/check/wrong_rewrite.h"
#include "unit/passes/random_graph.h"

namespace tgc {
namespace {

struct Checked {
  Diagnostics diagnostics;
  CheckCounts counts;

  Checked(const Function& function, PipelineOptions options, CheckSettings settings = {}) {
    const Model model;
    Function copy = function;
    PassChecker checker(model, options, std::move(settings), counts, diagnostics);
    options.watch = &checker;
    optimize(copy, options, diagnostics);
  }
  [[nodiscard]] std::string codes() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) text += diagnostic.code + " ";
    return text;
  }
};

PipelineOptions with_wrong_rewrite() {
  PipelineOptions options = PassFixture::options("fast_run");
  options.extra = {&wrong_rewrite()};
  return options;
}

struct TanhGraph {
  PassFixture f;
  TanhGraph() {
    const Node x = f.input("x", {DimExpr::symbol("n"), 2});
    const Node sums = (x + 1).call("exp") + x;
    f.output(sums.call("tanh") * 3);
  }
};

TEST_CASE("a wrong rewrite is named with values and a hint") {
  const TanhGraph graph;
  const Checked checked(graph.f.function, with_wrong_rewrite());
  REQUIRE(checked.codes() == "pass-changed-value ");
  const Diagnostic& error = checked.diagnostics.all()[0];
  CHECK(error.message.find("the rewrite 'wrong_tanh' changes the value of ") == 0);
  CHECK(error.message.find("in function 'f': [0, 0] was ") != std::string::npos);
  CHECK(error.message.find("6 of 6 elements differ") != std::string::npos);
  CHECK(Checked(graph.f.function, PassFixture::options("fast_run")).codes().empty());
}

TEST_CASE("the smallest graph holds what shows it and no more") {
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-check-", error);
  REQUIRE(folder);
  CheckSettings settings;
  settings.folder = folder->path() + "/found";
  const TanhGraph graph;
  const Checked checked(graph.f.function, with_wrong_rewrite(), settings);
  REQUIRE(checked.codes() == "pass-changed-value ");
  CHECK(checked.diagnostics.all()[0].notes.back().message.find("tgc compile " + settings.folder) !=
        std::string::npos);
  const auto text = read_file(settings.folder + "/graph.json", error);
  REQUIRE(text);
  CHECK(text->find("\"tanh\"") != std::string::npos);
  CHECK(text->find("\"exp\"") == std::string::npos);
  CHECK(path_exists(settings.folder + "/inputs.npz"));
}

TEST_CASE("bodies of loops are checked on what the loop gives them") {
  Graph body;
  Builder inside(body, op_registry(), DType::float32);
  const TensorType type{DType::float32, {3}, {}};
  const Node x(inside, body.add_input(type, "x"));
  const Node h(inside, body.add_input(type, "h"));
  body.add_output((x * h).call("tanh").id());
  PassFixture f;
  const DimExpr t = DimExpr::symbol("t");
  const Node xs = f.input("xs", {t, 3});
  const Node h0 = f.input("h0", {1, 3});
  const ApplyId id = f.builder().add("scan", {xs.id(), h0.id()}, scan_attributes(1, {{-1}}, t),
                                     {std::make_shared<const Graph>(body)});
  f.output({f.builder(), f.function.graph.apply(id).outputs[0]});
  const Checked checked(f.function, with_wrong_rewrite());
  REQUIRE(checked.codes() == "pass-changed-value ");
  CHECK(checked.diagnostics.all()[0].message.find("in the body of scan") != std::string::npos);
  CHECK(Checked(f.function, PassFixture::options("fast_run")).codes().empty());
}

TEST_CASE("a value that becomes finite is no fault") {
  PassFixture f;
  const Node x = f.input("x", {2});
  f.output((x.call("exp") + 1).call("log"));
  CheckSettings settings;
  settings.inputs.emplace("x", floats({2}, {1000, 1}));
  const Checked checked(f.function, PassFixture::options("fast_run"), settings);
  CHECK(checked.codes().empty());
  CHECK(checked.counts.replacements > 0);
}

TEST_CASE("what a result does not need may change") {
  PassFixture f;
  const Node x = f.input("x", {2});
  f.output((x.call("tanh") * 0.0) + x);
  PipelineOptions options = with_wrong_rewrite();
  options.excluding = {"local_mul_canonizer", "local_mul_zero"};
  const Checked checked(f.function, options);
  CHECK(checked.codes().empty());
  CHECK(checked.counts.harmless > 0);
}

TEST_CASE("a function that cannot be evaluated is told of") {
  PassFixture f;
  const Node x = f.input("x", {3});
  const Node i = f.input("i", {2}, DType::int32);
  f.output(x.call("take", {i}, {{"axis", int64_t{0}}}).call("tanh"));
  CheckSettings settings;
  settings.inputs.emplace("i", tensor(DType::int32, {2}, {7, 0}));
  const Checked checked(f.function, with_wrong_rewrite(), settings);
  CHECK(checked.codes() == "passes-not-checked ");
  CHECK(checked.counts.functions.empty());
  CHECK(checked.counts.unchecked > 0);
}

TEST_CASE("sizes that must be equal and divisors are found") {
  PassFixture f;
  const Node x = f.input("x", {DimExpr::symbol("a"), DimExpr::symbol("b")});
  const Node i = f.input("i", {DimExpr::symbol("c")}, DType::int32);
  const Node rows = x.call("take", {i.call("int_div", {i})}, {{"axis", int64_t{0}}});
  f.output(
      (rows * x).call("tanh"));  // a and c are one size, which the Graph notes or the call finds
  const Checked checked(f.function, with_wrong_rewrite());
  CHECK(checked.codes() == "pass-changed-value ");
}

TEST_CASE("right rewrites of random graphs pass") {
  int64_t replacements = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const RandomGraph random(seed);
    for (const bool for_cuda : {false, true}) {
      INFO("seed " << seed);
      PipelineOptions options = PassFixture::options("fast_run");
      options.for_cuda = for_cuda;
      const Checked checked(random.fixture.function, options);
      for (const Diagnostic& found : checked.diagnostics.all()) {
        if (found.code != "passes-not-checked") FAIL_CHECK(found.message);
      }
      replacements += checked.counts.replacements;
    }
  }
  CHECK(replacements > 500);
}

}  // namespace
}  // namespace tgc
