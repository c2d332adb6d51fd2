// SPDX-License-Identifier: Apache-2.0
// Flags that change how the passes run: on_opt_error and strict_float.
#include "flags/load_config.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "catch2/catch.hpp"
#include "support/check.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

// log(1 + x), with a local_log1p that fails.
struct FailingRewrite {
  explicit FailingRewrite(const std::string& on_opt_error) {
    f.output(log(1 + f.input("x", {3})));
    PipelineOptions options = PassFixture::options("fast_run");
    options.on_opt_error = on_opt_error;
    options.hooks.verbose = [](const std::string& line) {
      if (line.starts_with("local_log1p ")) throw InternalError("it broke");
    };
    report = optimize(f.function, options, diagnostics);
  }
  PassFixture f;
  Diagnostics diagnostics;
  std::optional<PipelineReport> report;
};

TEST_CASE("a rewrite that fails is left out with a warning") {
  const FailingRewrite run("warn");
  REQUIRE(run.report.has_value());
  CHECK(run.report->nodes_after == 1);  // the fused composite
  CHECK(graph_text(run.f.function.graph).find("log1p") == std::string::npos);
  REQUIRE(run.diagnostics.all().size() == 1);
  CHECK(run.diagnostics.all()[0].severity == Severity::warning);
  CHECK(run.diagnostics.all()[0].code == "optimizer-failed");
  CHECK(run.diagnostics.all()[0].message ==
        "Optimization failure due to: local_log1p; the function is optimised without it (in "
        "stabilize: it broke)");
  CHECK(run.diagnostics.all()[0].hint == "this is a mistake of tgc; on_opt_error=raise stops here");
}

TEST_CASE("on_opt_error=ignore leaves a rewrite that fails out in silence") {
  const FailingRewrite run("ignore");
  REQUIRE(run.report.has_value());
  CHECK(run.diagnostics.all().empty());
}

TEST_CASE("on_opt_error=raise stops at a rewrite that fails") {
  CHECK_THROWS_WITH(FailingRewrite("raise"), "in stabilize: it broke");
}

PipelineOptions configured(const std::string& flags) {
  ConfigRequest request;
  request.assignments = {flags};
  Diagnostics diagnostics;
  const auto config = load_config(request, diagnostics);
  REQUIRE(config.has_value());
  return pipeline_options(*config, false);
}

TEST_CASE("on_opt_error is warn unless the flag says otherwise") {
  CHECK(configured("").on_opt_error == "warn");
  CHECK(configured("on_opt_error=raise").on_opt_error == "raise");
}

TEST_CASE("strict_float keeps what NaN, infinity or rounding could tell") {
  PassFixture f;
  const Node x = f.input("x", {1});
  f.output(x - x);
  f.output(x / x);
  f.output(0 * x);
  f.output(exp(log(x)));
  PipelineOptions strict = configured("strict_float=True,optimizer_excluding=fusion");
  strict.float_x = DType::float32;
  const Function kept = f.optimized(strict);
  const std::string text = graph_text(kept.graph);
  for (const char* op : {"sub", "true_div", "mul", "exp", "log"}) {
    INFO(op << "\n" << text);
    CHECK(text.find(op) != std::string::npos);
  }
  Tensor nan(DType::float32, {1});
  nan.set_double(0, std::numeric_limits<double>::quiet_NaN());
  for (const Tensor& value : PassFixture::values(kept, {nan}))
    CHECK(std::isnan(value.get_double(0)));
}

TEST_CASE("without strict_float such rewrites run") {
  PassFixture f;
  const Node x = f.input("x", {1});
  f.output(x / x);
  CHECK(graph_text(f.optimized(configured("")).graph).find("true_div") == std::string::npos);
}

std::vector<std::string> step_names(const std::string& flags, bool for_cuda = false) {
  PipelineOptions options = configured(flags);
  options.for_cuda = for_cuda;
  Diagnostics diagnostics;
  const auto steps = resolve_pipeline(options, diagnostics);
  REQUIRE(steps.has_value());
  CHECK(diagnostics.all().empty());
  return pipeline_names(*steps);
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST_CASE("optdb.position_cutoff ends the pipeline") {
  CHECK(has(step_names("optdb.position_cutoff=inf"), "specialize"));
  CHECK(has(step_names("optdb.position_cutoff=2.0"), "canonicalize"));
  CHECK_FALSE(has(step_names("optdb.position_cutoff=2.0"), "specialize"));
}

TEST_CASE("optimizer_requiring leaves what carries the tag") {
  const auto names = step_names("optimizer_requiring=inplace");
  CHECK(has(names, "inplace_elemwise_opt"));
  CHECK_FALSE(has(names, "canonicalize"));
}

TEST_CASE("assert_no_cpu_op adds its check to the GPU's pipeline") {
  CHECK(has(step_names("assert_no_cpu_op=raise", true), "gpua_assert_no_cpu_op"));
  CHECK_FALSE(has(step_names("assert_no_cpu_op=ignore", true), "gpua_assert_no_cpu_op"));
}

TEST_CASE("assert_no_cpu_op says nothing of what is compiled for the CPU") {
  CHECK_FALSE(has(step_names("assert_no_cpu_op=raise", false), "gpua_assert_no_cpu_op"));
}

TEST_CASE("optdb.max_use_ratio bounds how often a rewrite fires") {
  PassFixture f;
  for (const char* name : {"x", "y", "z"}) f.output(log(1 + f.input(name, {3})));
  Diagnostics diagnostics;
  PipelineOptions options = configured("optdb.max_use_ratio=0.01");
  options.float_x = DType::float32;
  Function copy = f.function;
  REQUIRE(optimize(copy, options, diagnostics).has_value());
  REQUIRE_FALSE(diagnostics.all().empty());
  CHECK(diagnostics.all()[0].code == "optimizer-maxed-out");
}

}  // namespace
}  // namespace tgc
