// SPDX-License-Identifier: Apache-2.0
// The table of rewrite names: complete, well formed, and found under every spelling in use.
#include "passes/rewrite_names.h"

#include <algorithm>
#include <set>

#include "catch2/catch.hpp"

namespace tgc {
namespace {

bool has_tag(const RewriteName& rewrite, const std::string& tag) {
  const std::vector<std::string> tags = rewrite_tags(rewrite);
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

const RewriteName& row(std::string_view name) {
  const RewriteName* found = find_rewrite(name);
  REQUIRE(found != nullptr);
  return *found;
}

std::vector<std::string> names_of(const RewriteMatch& match) {
  std::vector<std::string> names;
  for (const RewriteName* rewrite : match.rewrites) names.emplace_back(rewrite->name);
  return names;
}

TEST_CASE("the table holds every distinct name of Theano 1.0.5 and of the 0.9 CUDA back-end") {
  std::set<std::string_view> names;
  size_t removed = 0;
  for (const RewriteName& rewrite : rewrite_names()) {
    CHECK(names.insert(rewrite.name).second);
    removed += rewrite.is_removed() ? 1 : 0;
  }
  CHECK(names.size() == 491);
  CHECK(removed == 85);
}

TEST_CASE("the passes of the first release are in the table") {
  for (const char* name : {"merge1",
                           "merge2",
                           "merge3",
                           "ShapeOpt",
                           "useless",
                           "topo_constant_folding",
                           "local_dimshuffle_lift",
                           "local_add_canonizer",
                           "local_mul_canonizer",
                           "local_fill_to_alloc",
                           "local_elemwise_alloc",
                           "local_useless_elemwise",
                           "local_cast_cast",
                           "local_subtensor_merge",
                           "local_log1p",
                           "local_expm1",
                           "crossentropy_to_crossentropy_with_softmax_with_bias",
                           "local_logsoftmax",
                           "local_advanced_indexing_crossentropy_onehot",
                           "local_advanced_indexing_crossentropy_onehot_grad",
                           "log1pexp_to_softplus",
                           "local_pow_specialize",
                           "local_mul_specialize",
                           "local_add_specialize",
                           "local_sum_prod_mul_by_scalar",
                           "local_dot_to_dot22",
                           "gemm_optimizer",
                           "local_gemm_to_gemv",
                           "composite_elemwise_fusion",
                           "gpua_elemwise_fusion",
                           "local_gpua_elemwise",
                           "local_gpua_careduce",
                           "gpuarray_graph_optimization",
                           "cut_gpua_host_transfers",
                           "add_destroy_handler",
                           "inplace_elemwise_opt",
                           "InplaceBlasOpt"}) {
    INFO(name);
    CHECK(row(name).status == RewriteStatus::not_yet);
  }
}

TEST_CASE("every row has a summary, a class, a place with known database and a sensible status") {
  for (const RewriteName& rewrite : rewrite_names()) {
    INFO(rewrite.name);
    CHECK_FALSE(rewrite.summary.empty());
    CHECK_FALSE(rewrite.kind.empty());
    CHECK_FALSE(rewrite_places(rewrite).empty());
    CHECK(rewrite.note.empty() == (rewrite.status == RewriteStatus::not_yet));
    if (rewrite.status != RewriteStatus::done_by) continue;
    const RewriteName& successor = row(rewrite.note);
    CHECK_FALSE(successor.is_removed());
    CHECK(successor.name != rewrite.name);
  }
}

TEST_CASE("a name is taken letter by letter, even the one that ends in a comma") {
  CHECK(row("log1p_neg_sigmoid,").name == "log1p_neg_sigmoid,");
  CHECK(find_rewrite("log1p_neg_sigmoid") == nullptr);
  CHECK(find_rewrite("Local_log1p") == nullptr);
}

TEST_CASE("a member of a group is known without its mark") {
  CHECK(&row("local_gemm_to_gemv (inner)") == &row("local_gemm_to_gemv"));
}

TEST_CASE("a place gives database, position and all tags") {
  const std::vector<RewritePlace> places = rewrite_places(row("local_useless_switch"));
  REQUIRE(places.size() == 3);
  CHECK(places[0].database == "canonicalize");
  CHECK_FALSE(places[0].position.has_value());
  CHECK(places[0].tags == std::vector<std::string>{"canonicalize", "fast_compile", "fast_run",
                                                   "local_remove_switch_const_cond"});
  CHECK(places[1].database == "specialize");
  CHECK(places[1].tags == std::vector<std::string>{"fast_run", "specialize"});
  CHECK(places[2].database == "useless");
  CHECK(places[2].position == 12);
}

TEST_CASE("positions may be negative or fractional") {
  CHECK(rewrite_places(row("CheckStackTrace"))[0].position == -1);
  CHECK(rewrite_places(row("inline_ofg_expansion"))[0].position == -0.01);
  CHECK(rewrite_places(row("merge1.1"))[0].position == 0.65);
  CHECK(rewrite_places(row("gpuarray_opt"))[0].position == 48.5);
}

TEST_CASE("constant folding is final and merge is a clean-up in its database") {
  for (const RewritePlace& place : rewrite_places(row("topo_constant_folding"))) {
    CHECK(place.is_final);
  }
  CHECK(rewrite_places(row("merge"))[0].is_cleanup);
  CHECK_FALSE(rewrite_places(row("merge1"))[0].is_cleanup);
}

TEST_CASE("an opt-in rewrite lacks fast_run") {
  CHECK_FALSE(has_tag(row("local_ultra_fast_sigmoid"), "fast_run"));
  CHECK_FALSE(has_tag(row("gpua_assert_no_cpu_op"), "fast_run"));
  CHECK(rewrite_tags(row("local_remove_all_assert")) ==
        std::vector<std::string>{"FromFunctionLocalOptimizer", "gpuarray_local_optimizations",
                                 "unsafe"});
}

TEST_CASE("class and database act as tags") {
  CHECK(has_tag(row("local_log1p"), "FromFunctionLocalOptimizer"));
  CHECK(has_tag(row("local_log1p"), "specialize"));
  CHECK(has_tag(row("local_log1p"), "stabilize"));
  CHECK_FALSE(has_tag(row("local_log1p"), "canonicalize"));
  CHECK(has_tag(row("merge2"), "MergeOptimizer"));
}

TEST_CASE("a tag matches all that carry it") {
  const auto match = match_rewrite("fusion");
  REQUIRE(match);
  CHECK(match->is_tag);
  CHECK(match->note.empty());
  CHECK(names_of(*match) == std::vector<std::string>{"composite_elemwise_fusion", "elemwise_fusion",
                                                     "local_add_mul_fusion",
                                                     "gpua_elemwise_fusion"});
}

TEST_CASE("a database's name matches the database and its members") {
  const auto match = match_rewrite("BlasOpt");
  REQUIRE(match);
  CHECK(match->is_tag);
  const std::vector<std::string> names = names_of(*match);
  CHECK(names.front() == "BlasOpt");
  CHECK(std::count(names.begin(), names.end(), "gemm_optimizer") == 1);
}

TEST_CASE("a plain name matches itself without a note") {
  const auto match = match_rewrite("local_log1p");
  REQUIRE(match);
  CHECK_FALSE(match->is_tag);
  CHECK(match->note.empty());
  CHECK(names_of(*match) == std::vector<std::string>{"local_log1p"});
}

TEST_CASE("the guides' misspelling is taken as the real name, with a note") {
  const auto match = match_rewrite("local_gpuaelemwise");
  REQUIRE(match);
  CHECK(names_of(*match) == std::vector<std::string>{"local_gpua_elemwise"});
  CHECK(match->note ==
        "'local_gpuaelemwise' circulates in guides, but no release of Theano had it; taken as "
        "'local_gpua_elemwise'");
}

TEST_CASE("names of the 0.9 back-end lead to those of 1.0") {
  const auto match = match_rewrite("local_gpu_elemwise_1");
  REQUIRE(match);
  CHECK(names_of(*match) == std::vector<std::string>{"local_gpua_elemwise"});
  CHECK(match->note ==
        "'local_gpu_elemwise_1' is the name of Theano 0.9; since 1.0 it is 'local_gpua_elemwise'");
  CHECK(row("gpu_opt").note == "gpuarray_opt");
  CHECK(row("use_gpu_cumsum").note == "local_gpua_cumop");
  CHECK(row("conv_fft_valid").status == RewriteStatus::not_applicable);
}

TEST_CASE("the 0.9 tag gpu stands for gpuarray") {
  const auto match = match_rewrite("gpu");
  REQUIRE(match);
  CHECK(match->is_tag);
  CHECK(names_of(*match) == names_of(*match_rewrite("gpuarray")));
  CHECK(match->note == "'gpu' is a tag of Theano 0.9; since 1.0 it is 'gpuarray'");
}

TEST_CASE("names of PyTensor and Aesara lead to Theano's") {
  CHECK(names_of(*match_rewrite("constant_folding")) ==
        std::vector<std::string>{"topo_constant_folding"});
  CHECK(names_of(*match_rewrite("log1p_neg_sigmoid")) ==
        std::vector<std::string>{"log1p_neg_sigmoid,"});
  CHECK(names_of(*match_rewrite("useless_Exp_of_Log")) ==
        std::vector<std::string>{"local_func_inv"});
  const auto match = match_rewrite("local_sum_prod_of_mul_or_div");
  REQUIRE(match);
  CHECK(match->note ==
        "'local_sum_prod_of_mul_or_div' is the name in PyTensor; in Theano it is "
        "'local_sum_prod_div_dimshuffle' and 'local_sum_prod_mul_by_scalar'");
}

TEST_CASE("a tag that only PyTensor has matches nothing, with a note") {
  const auto match = match_rewrite("shape_unsafe");
  REQUIRE(match);
  CHECK(match->is_tag);
  CHECK(match->rewrites.empty());
  CHECK(match->note == "'shape_unsafe' is a tag of PyTensor; no rewrite of tgc carries it");
}

TEST_CASE("a word that nobody registered matches nothing and has a nearest name") {
  CHECK_FALSE(match_rewrite("local_lop1p").has_value());
  CHECK(nearest_rewrite("local_lop1p") == "local_log1p");
  CHECK(nearest_rewrite("fuzion") == "fusion");
  CHECK(nearest_rewrite("completely_different_thing_xyz").empty());
  CHECK_FALSE(match_rewrite("").has_value());
}

}  // namespace
}  // namespace tgc
