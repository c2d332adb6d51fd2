// SPDX-License-Identifier: Apache-2.0
// Which passes a pipeline holds: optimizers, names and tags in one namespace, positions, notes.
#include "catch2/catch.hpp"

#include <algorithm>

#include "passes/rewrite_names.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

std::vector<std::string> names_of(const PipelineOptions& options) {
  Diagnostics diagnostics;
  const auto steps = resolve_pipeline(options, diagnostics);
  REQUIRE(steps.has_value());
  return pipeline_names(*steps);
}

std::vector<std::string> names_of(const std::string& optimizer) {
  return names_of(PassFixture::options(optimizer));
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Diagnostics diagnostics_of(const PipelineOptions& options) {
  Diagnostics diagnostics;
  resolve_pipeline(options, diagnostics);
  return diagnostics;
}

TEST_CASE("optimizer=None runs the lowering stages alone") {
  CHECK(names_of("None") == std::vector<std::string>{"sink_ifelse"});
}

TEST_CASE("optimizer=merge runs the merge passes in order of position") {
  CHECK(names_of("merge") == std::vector<std::string>{"merge1", "merge1.1", "merge1.2",
                                                      "sink_ifelse", "merge2", "merge3"});
}

TEST_CASE("fast_run and o4 are one pipeline, fast_compile and o1 another") {
  CHECK(names_of("fast_run") == names_of("o4"));
  CHECK(names_of("fast_compile") == names_of("o1"));
  CHECK(names_of("fast_run") != names_of("o1"));
}

TEST_CASE("o3 is fast_run without in-place passes") {
  CHECK(holds(names_of("fast_run"), "inplace_elemwise_opt"));
  CHECK(holds(names_of("fast_run"), "add_destroy_handler"));
  CHECK_FALSE(holds(names_of("o3"), "inplace_elemwise_opt"));
  CHECK_FALSE(holds(names_of("o3"), "add_destroy_handler"));
  CHECK(holds(names_of("o3"), "composite_elemwise_fusion"));
}

TEST_CASE("o2 is fast_compile with fusion") {
  CHECK(holds(names_of("o2"), "composite_elemwise_fusion"));
  CHECK_FALSE(holds(names_of("o1"), "composite_elemwise_fusion"));
  CHECK_FALSE(holds(names_of("o2"), "local_log1p"));
}

TEST_CASE("fast_compile has no stability rewrites") {
  CHECK_FALSE(holds(names_of("fast_compile"), "stabilize"));
  CHECK(holds(names_of("fast_compile"), "canonicalize"));
  CHECK(holds(names_of("fast_compile"), "topo_constant_folding"));
}

TEST_CASE("stabilize is fast_run up to its position") {
  CHECK(holds(names_of("stabilize"), "local_log1p"));
  CHECK_FALSE(holds(names_of("stabilize"), "specialize"));
}

TEST_CASE("fast_run_stable selects nothing") {
  CHECK(names_of("fast_run_stable") == names_of("None"));
}

TEST_CASE("a database's name excludes it and all its members") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.excluding = {"stabilize"};
  const auto names = names_of(options);
  CHECK_FALSE(holds(names, "stabilize"));
  CHECK_FALSE(holds(names, "logsigm_to_softplus"));
  CHECK(holds(names, "local_log1p"));  // still in specialize
}

TEST_CASE("a tag excludes all that carry it") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.excluding = {"fusion"};
  CHECK_FALSE(holds(names_of(options), "composite_elemwise_fusion"));
  options.excluding = {"MergeOptimizer"};  // the class is a tag
  CHECK_FALSE(holds(names_of(options), "merge1"));
}

TEST_CASE("exclusion wins over inclusion") {
  PipelineOptions options = PassFixture::options("None");
  options.including = {"merge1", "merge2"};
  options.excluding = {"merge2"};
  CHECK(names_of(options) == std::vector<std::string>{"merge1", "sink_ifelse"});
}

TEST_CASE("a required tag is asked of databases and members") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.requiring = {"inplace"};
  const auto names = names_of(options);
  CHECK(holds(names, "inplace_elemwise_opt"));
  CHECK_FALSE(holds(names, "canonicalize"));
  CHECK_FALSE(holds(names, "merge1"));
}

TEST_CASE("a position cut-off ends the sequence") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.position_cutoff = 1.5;
  const auto names = names_of(options);
  CHECK(holds(names, "merge1.2"));
  CHECK_FALSE(holds(names, "stabilize"));
}

TEST_CASE("gpuarray passes run for a GPU only") {
  PipelineOptions options = PassFixture::options("fast_run");
  CHECK_FALSE(holds(names_of(options), "gpuarray_opt"));
  CHECK_FALSE(holds(names_of(options), "gpua_elemwise_fusion"));
  options.for_cuda = true;
  CHECK(holds(names_of(options), "gpuarray_opt"));
  CHECK(holds(names_of(options), "local_gpua_elemwise"));
  CHECK(holds(names_of(options), "place_shared"));
  options.optimizer = "fast_compile";
  CHECK(holds(names_of(options), "gpuarray_opt"));
}

TEST_CASE("an unknown name is an error that names the nearest one") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.excluding = {"local_log1q"};
  Diagnostics diagnostics;
  CHECK_FALSE(resolve_pipeline(options, diagnostics).has_value());
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].code == "unknown-rewrite");
  CHECK(diagnostics.all()[0].message ==
        "optimizer_excluding: no rewrite or tag is named 'local_log1q'");
  CHECK(diagnostics.all()[0].hint == "did you mean 'local_log1p'?");
}

TEST_CASE("the guides' spelling local_gpuaelemwise is taken with a note") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.for_cuda = true;
  options.excluding = {"local_gpuaelemwise"};
  CHECK_FALSE(holds(names_of(options), "local_gpua_elemwise"));
  const Diagnostics diagnostics = diagnostics_of(options);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].severity == Severity::note);
  CHECK(diagnostics.all()[0].message ==
        "optimizer_excluding: 'local_gpuaelemwise' circulates in guides, but no release of Theano "
        "had it; taken as 'local_gpua_elemwise'");
}

TEST_CASE("a known rewrite that tgc lacks gives a warning") {
  const auto rows = pass_rows();
  const auto lacking = std::find_if(rows.begin(), rows.end(), [](const PassRow& row) {
    return row.status == "not_yet" && find_rewrite(row.name)->kind == "FromFunctionLocalOptimizer";
  });
  if (lacking == rows.end()) return;
  PipelineOptions options = PassFixture::options("fast_run");
  options.excluding = {lacking->name};
  const Diagnostics diagnostics = diagnostics_of(options);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].severity == Severity::warning);
  CHECK(diagnostics.all()[0].code == "rewrite-not-implemented");
}

TEST_CASE("a rewrite that another one does, or that does not apply, gives a warning") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.including = {"local_inplace_gemm"};
  options.excluding = {"local_abstractconv_dnn"};
  const Diagnostics diagnostics = diagnostics_of(options);
  REQUIRE(diagnostics.all().size() == 2);
  CHECK(diagnostics.all()[0].message ==
        "optimizer_including: 'local_inplace_gemm' is part of 'InplaceBlasOpt' in tgc");
  CHECK(diagnostics.all()[0].hint == "name 'InplaceBlasOpt' instead");
  CHECK(diagnostics.all()[1].code == "rewrite-no-effect");
}

TEST_CASE("a part of another rewrite can be left out") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.excluding = {"local_inplace_gemm"};
  CHECK(diagnostics_of(options).all().empty());
}

TEST_CASE("every pass has a name of Theano's") {
  for (const Pass& pass : all_passes()) {
    INFO(pass.name);
    CHECK(find_rewrite(pass.name) != nullptr);
    CHECK((pass.rewrite != nullptr) != (pass.run != nullptr));
    CHECK_FALSE(pass.summary.empty());
  }
}

TEST_CASE("every name is a row of the listing, with a status") {
  const auto rows = pass_rows();
  CHECK(rows.size() == rewrite_names().size());
  const auto row = [&](std::string_view name) {
    return *std::find_if(rows.begin(), rows.end(),
                         [&](const PassRow& r) { return r.name == name; });
  };
  CHECK(row("merge1").status == "works");
  CHECK(row("merge1").position == 0);
  CHECK(row("canonicalize").status == "works");
  CHECK(row("logsigm_to_softplus").position == 1.5);
  CHECK(row("scanOp_merge").status == "works");
  CHECK(row("local_inplace_gemm").status == "done_by");
  CHECK(row("local_inplace_gemm").note == "InplaceBlasOpt");
  CHECK(row("local_abstractconv_dnn").status == "not_applicable");
}

}  // namespace
}  // namespace tgc
