// SPDX-License-Identifier: Apache-2.0
// See rewrite_names.h. The table is rewrite_names.def; here are its short words and the look-ups.
#include "passes/rewrite_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

// The words of the table, as they stand in it: first classes of Theano that many rewrites share.
// NOLINTBEGIN(readability-identifier-naming)
constexpr std::string_view local = "FromFunctionLocalOptimizer";
constexpr std::string_view candidate = "FromFunctionLocalOptimizer";
constexpr std::string_view sweep = "TopoOptimizer";
constexpr std::string_view pattern = "PatternSub";
constexpr std::string_view merge = "MergeOptimizer";
constexpr std::string_view group = "LocalGroupDB";
constexpr std::string_view equilibrium = "EquilibriumDB";
constexpr std::string_view sequence = "SequenceDB";

// Reasons why a rewrite does not apply to tgc.
constexpr std::string_view cudnn =
    "it calls cuDNN; tgc generates the kernel from the op's definition";
constexpr std::string_view magma = "it calls MAGMA, which tgc does not use";
constexpr std::string_view conv_choice =
    "it chooses among library implementations; tgc has one generated kernel for the op";
constexpr std::string_view c_variant =
    "it swaps an interpreted op for its compiled twin; in tgc every op is compiled";
constexpr std::string_view debug_tool =
    "a debugging aid of Theano; use --print-after=NAME and the verifier, which runs after each "
    "pass";
constexpr std::string_view hints = "it reads hint ops, which the graph format does not have";
constexpr std::string_view no_op = "the graph format does not have the op it rewrites";
constexpr std::string_view rank0 = "a scalar is a tensor of rank 0 in tgc; nothing wraps it";
constexpr std::string_view shapes =
    "shapes are part of every type in tgc, not a feature to refresh";
constexpr std::string_view layout = "a plan fixes the layout of every buffer; nothing is re-copied";
constexpr std::string_view expanded =
    "the op is built of others when the file is read; the rewrites of those apply";
constexpr std::string_view own_update =
    "a plan writes a new state beside the old one, which a failing call keeps, and swaps the two";
constexpr std::string_view own_trace =
    "a loop's states lie in their traces, which it writes in place";
constexpr std::string_view removed = "Theano 1.0 removed it with the CUDA back-end of 0.9";

struct StatusCell {
  RewriteStatus status;
  std::string_view note;
};
constexpr StatusCell not_yet{RewriteStatus::not_yet, ""};
constexpr StatusCell by(std::string_view name) {
  return {RewriteStatus::done_by, name};
}
constexpr StatusCell na(std::string_view reason) {
  return {RewriteStatus::not_applicable, reason};
}

struct LineageCell {
  std::string_view pytensor;
  bool in_aesara;
};
constexpr LineageCell same{"=", true};
constexpr LineageCell none{"", false};
constexpr LineageCell aesara{"", true};
// NOLINTEND(readability-identifier-naming)
constexpr LineageCell both(std::string_view names) {
  return {names, true};
}
constexpr LineageCell pytensor(std::string_view names) {
  return {names, false};
}

constexpr RewriteName make_row(std::string_view name, std::string_view group_name,
                               std::string_view kind, std::string_view places, StatusCell status,
                               LineageCell lineage, std::string_view summary) {
  return {name,
          group_name,
          kind,
          places,
          status.status,
          status.note,
          lineage.pytensor,
          lineage.in_aesara,
          summary};
}

#define REWRITE(name, kind, places, status, lineage, summary) \
  make_row(name, REWRITE_GROUP, kind, places, status, lineage, summary),
#define REPLACED(name, places, successor)                           \
  make_row(name, REWRITE_GROUP, local, places, by(successor), none, \
           "the form that rewrite had in the CUDA back-end of 0.9"),
#define REMOVED(name, places, summary) \
  make_row(name, REWRITE_GROUP, local, places, na(removed), none, summary),
constexpr auto kRewrites = std::to_array<RewriteName>({
#include "passes/rewrite_names.def"
});
#undef REWRITE
#undef REPLACED
#undef REMOVED

// A database's short name in the table, its Theano name, and the tags a registration in it usually
// carries (its own name among them where Theano adds that).
struct Database {
  std::string_view short_name;
  std::string_view name;
  std::string_view tags;
};
constexpr auto kDatabases = std::to_array<Database>({
    {"BlasOpt", "BlasOpt", "fast_run BlasOpt"},
    {"InplaceBlasOpt", "InplaceBlasOpt", "blas_opt_inplace fast_run inplace"},
    {"InplaceGpuaBlasOpt", "InplaceGpuaBlasOpt", "fast_run gpuarray inplace"},
    {"abstract_batch_norm_db", "abstract_batch_norm_db",
     "abstract_batch_norm_db fast_compile fast_run gpuarray"},
    {"abstract_batch_norm_db2", "abstract_batch_norm_db2",
     "abstract_batch_norm_db2 fast_compile fast_run gpuarray"},
    {"all_pushout_opt", "all_pushout_opt", "fast_run scan all_pushout_opt"},
    {"batchnorm_opts", "batchnorm_opts", "30 batchnorm_opts fast_compile fast_run"},
    {"c_blas_destructive", "c_blas_destructive", "c_blas fast_run inplace"},
    {"canon", "canonicalize", "fast_run canonicalize"},
    {"conv_metaopt", "conv_metaopt", ""},
    {"conv_opts", "conv_opts", "conv_opts fast_compile fast_run"},
    {"device", "specialize_device", "fast_compile fast_run specialize_device"},
    {"elemwise_fusion", "elemwise_fusion", "fast_run fusion"},
    {"gpu", "gpuarray_local_optimizations",
     "fast_compile fast_run gpuarray gpuarray_local_optimizations"},
    {"gpu2", "gpu_optimizer2", "fast_compile fast_run gpuarray"},
    {"gpu_conv", "gpuarray_abstractconv_opts",
     "fast_compile fast_run gpuarray gpuarray_abstractconv_opts"},
    {"gpuarray_cut_transfers", "gpuarray_cut_transfers",
     "fast_compile fast_run gpuarray gpuarray_cut_transfers"},
    {"gpuarray_opt", "gpuarray_opt", "fast_compile fast_run gpuarray"},
    {"local_dnna_conv_inplace", "local_dnna_conv_inplace", "cudnn fast_run gpuarray inplace"},
    {"local_gemm_to_gemv", "local_gemm_to_gemv", "fast_run"},
    {"matrix_ops_db", "matrix_ops_db", "fast_compile fast_run gpuarray matrix_ops_db"},
    {"matrix_ops_db2", "matrix_ops_db2", "fast_compile fast_run gpuarray matrix_ops_db2"},
    {"optdb", "optdb", "fast_run"},
    {"pool_db", "pool_db", "fast_compile fast_run gpuarray pool_db"},
    {"pool_db2", "pool_db2", "fast_compile fast_run gpuarray pool_db2"},
    {"scan_eqopt1", "scan_eqopt1", "fast_run scan scan_eqopt1"},
    {"scan_eqopt2", "scan_eqopt2", "fast_run scan scan_eqopt2"},
    {"spec", "specialize", "fast_run specialize"},
    {"stab", "stabilize", "fast_run stabilize"},
    {"uncanon", "uncanonicalize", "fast_run uncanonicalize"},
    {"use_c_blas", "use_c_blas", "BlasOpt c_blas fast_run"},
    {"useless", "useless", "fast_run last"},
});
// A registration of the 0.9 back-end, whatever the database.
constexpr std::string_view kRemovedTags = "fast_run gpu";

// Tags of PyTensor that no rewrite of Theano carries.
constexpr auto kPytensorTags =
    std::to_array<std::string_view>({"minimum_compile", "py_only", "shape_unsafe"});

// tgc's own tag, which strict_float leaves out: results may differ in NaN, infinity, the sign of
// zero or the last bits, because these cancel, reorder, contract or take another formula.
constexpr std::string_view kInexactTag = "inexact";
constexpr auto kInexact = std::to_array<std::string_view>({
    "crossentropy_to_crossentropy_with_softmax",
    "crossentropy_to_crossentropy_with_softmax_with_bias",
    "gemm_optimizer",
    "inv_as_solve",
    "local_0_dot_x",
    "local_IncSubtensor_serialize",
    "local_abs_merge",
    "local_add_canonizer",
    "local_add_specialize",
    "local_advanced_indexing_crossentropy_onehot",
    "local_advanced_indexing_crossentropy_onehot_grad",
    "local_argmax_pushdown",
    "local_det_chol",
    "local_div_switch_sink",
    "local_div_to_inv",
    "local_dot22_to_dot22scalar",
    "local_elemwise_sub_zeros",
    "local_erf_minus_one",
    "local_erf_neg_minus_one",
    "local_erf_neg_minus_one2",
    "local_exp_over_1_plus_exp",
    "local_expm1",
    "local_func_inv",
    "local_gemm_to_ger",
    "local_grad_log_erfc_neg",
    "local_greedy_distributor",
    "local_inv_1_plus_exp",
    "local_log1p",
    "local_log_add",
    "local_log_erfc",
    "local_log_pow",
    "local_log_prod_sqr",
    "local_log_sum_exp",
    "local_logsoftmax",
    "local_logsoftmax_grad",
    "local_mul_canonizer",
    "local_mul_specialize",
    "local_mul_switch_sink",
    "local_mul_zero",
    "local_one_add_neg_erfc",
    "local_one_minus_erf",
    "local_one_minus_erf2",
    "local_one_minus_erfc",
    "local_one_minus_erfc2",
    "local_one_minus_erfc3",
    "local_one_plus_erf",
    "local_one_plus_neg_erf",
    "local_op_of_op",
    "local_pow_canonicalize",
    "local_pow_specialize",
    "local_pow_specialize_device",
    "local_reduce_join",
    "local_sigm_times_exp",
    "local_softmax_grad_to_crossentropy_with_softmax_grad",
    "local_subtensor_of_dot",
    "local_sum_prod_div_dimshuffle",
    "local_sum_prod_mul_by_scalar",
    "local_sumsqr2dot",
    "local_zero_div",
    "log1msigm_to_softplus",
    "log1p_neg_sigmoid,",
    "log1pexp_to_softplus",
    "logsigm_to_softplus",
    "pre_local_IncSubtensor_serialize",
    "tag_solve_triangular",
    "transinv_to_invtrans",
});

struct Respelling {
  std::string_view wrong;
  std::string_view right;
};
constexpr auto kMisspellings =
    std::to_array<Respelling>({{"local_gpuaelemwise", "local_gpua_elemwise"}});
constexpr auto kRenamedTags = std::to_array<Respelling>({{"gpu", "gpuarray"}});

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> parts = split(text, ' ');
  std::erase(parts, "");
  return parts;
}

RewritePlace parse_place(const std::string& text, bool is_removed) {
  const size_t name_end = std::min(text.find_first_of("@+-!"), text.size());
  const std::string_view short_name = std::string_view(text).substr(0, name_end);
  const auto* database = std::find_if(kDatabases.begin(), kDatabases.end(), [&](const Database& d) {
    return d.short_name == short_name;
  });
  TGC_CHECK(is_removed || database != kDatabases.end(), "unknown database in place " + text);
  RewritePlace place;
  place.database = database != kDatabases.end() ? database->name : short_name;
  std::vector<std::string> tags = words(is_removed ? kRemovedTags : database->tags);
  size_t begin = name_end;
  while (begin < text.size()) {
    const size_t end =
        std::min(text.find_first_of("@+-!", begin + (text[begin] == '@' ? 2 : 1)), text.size());
    const std::string word = text.substr(begin + 1, end - begin - 1);
    switch (text[begin]) {
      case '@': {
        double position = 0;
        std::from_chars(word.data(), word.data() + word.size(), position);
        place.position = position;
        break;
      }
      case '+':
        tags.push_back(word);
        break;
      case '-':
        std::erase(tags, word);
        break;
      default:
        (word == "final" ? place.is_final : place.is_cleanup) = true;
    }
    begin = end;
  }
  std::sort(tags.begin(), tags.end());
  place.tags = std::move(tags);
  return place;
}

// `*` in the pattern stands for any letters, at most one of which may lie between others.
bool matches(std::string_view glob, std::string_view word) {
  const size_t star = glob.find('*');
  if (star == std::string_view::npos) return glob == word;
  if (!word.starts_with(glob.substr(0, star))) return false;
  const std::string_view rest = glob.substr(star + 1);
  for (size_t skipped = star; skipped <= word.size(); ++skipped) {
    if (matches(rest, word.substr(skipped))) return true;
  }
  return false;
}

bool carries_tag(const RewriteName& rewrite, std::string_view tag) {
  if (rewrite.kind == tag) return true;
  for (const RewritePlace& place : rewrite_places(rewrite)) {
    if (std::find(place.tags.begin(), place.tags.end(), tag) != place.tags.end()) return true;
  }
  return false;
}

// All rewrites of 1.0 that carry the tag.
std::vector<const RewriteName*> carriers(std::string_view tag) {
  std::vector<const RewriteName*> rows;
  for (const RewriteName& row : kRewrites) {
    if (!row.is_removed() && carries_tag(row, tag)) rows.push_back(&row);
  }
  return rows;
}

std::optional<RewriteMatch> match_tag(std::string_view word) {
  RewriteMatch match;
  match.is_tag = true;
  for (const Respelling& renamed : kRenamedTags) {
    if (renamed.wrong != word) continue;
    match.rewrites = carriers(renamed.right);
    match.note = "'" + std::string(word) + "' is a tag of Theano 0.9; since 1.0 it is '" +
                 std::string(renamed.right) + "'";
    return match;
  }
  match.rewrites = carriers(word);
  if (!match.rewrites.empty()) return match;
  const bool was_tag = std::any_of(kRewrites.begin(), kRewrites.end(),
                                   [&](const RewriteName& row) { return carries_tag(row, word); });
  const bool is_pytensor_tag =
      std::find(kPytensorTags.begin(), kPytensorTags.end(), word) != kPytensorTags.end();
  if (!was_tag && !is_pytensor_tag) return std::nullopt;
  match.note = "'" + std::string(word) + "' is a tag of " + (was_tag ? "Theano 0.9" : "PyTensor") +
               "; no rewrite of tgc carries it";
  return match;
}

RewriteMatch successor_of(const RewriteName& rewrite) {
  RewriteMatch match;
  match.rewrites.push_back(find_rewrite(rewrite.note));
  TGC_CHECK(match.rewrites[0] != nullptr, "successor of " + std::string(rewrite.name));
  match.note = "'" + std::string(rewrite.name) + "' is the name of Theano 0.9; since 1.0 it is '" +
               std::string(rewrite.note) + "'";
  return match;
}

std::optional<RewriteMatch> match_pytensor(std::string_view word) {
  RewriteMatch match;
  for (const RewriteName& rewrite : kRewrites) {
    for (const std::string& alias : words(rewrite.pytensor)) {
      if (alias != "=" && matches(alias, word)) match.rewrites.push_back(&rewrite);
    }
  }
  if (match.rewrites.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const RewriteName* rewrite : match.rewrites) names.emplace_back(rewrite->name);
  match.note = "'" + std::string(word) + "' is the name in PyTensor; in Theano it is '" +
               join(names, "' and '") + "'";
  return match;
}

}  // namespace

std::span<const RewriteName> rewrite_names() {
  return kRewrites;
}

const RewriteName* find_rewrite(std::string_view name) {
  constexpr std::string_view kInner = " (inner)";
  if (name.ends_with(kInner)) name.remove_suffix(kInner.size());
  const auto* found = std::find_if(kRewrites.begin(), kRewrites.end(),
                                   [&](const RewriteName& row) { return row.name == name; });
  return found == kRewrites.end() ? nullptr : found;
}

std::vector<RewritePlace> rewrite_places(const RewriteName& rewrite) {
  const bool is_inexact = std::binary_search(kInexact.begin(), kInexact.end(), rewrite.name);
  std::vector<RewritePlace> places;
  for (const std::string& text : words(rewrite.places)) {
    places.push_back(parse_place(text, rewrite.is_removed()));
    if (is_inexact) places.back().tags.emplace_back(kInexactTag);
  }
  return places;
}

std::vector<std::string> rewrite_tags(const RewriteName& rewrite) {
  std::set<std::string> tags = {std::string(rewrite.kind)};
  for (const RewritePlace& place : rewrite_places(rewrite)) {
    tags.insert(place.tags.begin(), place.tags.end());
  }
  return {tags.begin(), tags.end()};
}

std::optional<RewriteMatch> match_rewrite(std::string_view word) {
  if (const RewriteName* rewrite = find_rewrite(word)) {
    const bool is_replaced = rewrite->is_removed() && rewrite->status == RewriteStatus::done_by;
    if (is_replaced) return successor_of(*rewrite);
    // canonicalize, BlasOpt, merge and others name a database and tag its members.
    RewriteMatch match;
    match.rewrites = carriers(word);
    match.is_tag = !match.rewrites.empty();
    std::erase(match.rewrites, rewrite);
    match.rewrites.insert(match.rewrites.begin(), rewrite);
    return match;
  }
  if (std::optional<RewriteMatch> tag = match_tag(word)) return tag;
  for (const Respelling& misspelling : kMisspellings) {
    if (misspelling.wrong != word) continue;
    RewriteMatch match;
    match.rewrites.push_back(find_rewrite(misspelling.right));
    match.note = "'" + std::string(word) + "' circulates in guides, but no release of Theano had " +
                 "it; taken as '" + std::string(misspelling.right) + "'";
    return match;
  }
  return match_pytensor(word);
}

std::string nearest_rewrite(std::string_view word) {
  std::set<std::string> known;
  for (const RewriteName& row : kRewrites) {
    known.emplace(row.name);
    for (std::string& tag : rewrite_tags(row)) known.insert(std::move(tag));
  }
  return nearest_name(word, {known.begin(), known.end()});
}

std::string_view rewrite_status_name(RewriteStatus status) {
  switch (status) {
    case RewriteStatus::not_yet:
      return "not_yet";
    case RewriteStatus::done_by:
      return "done_by";
    case RewriteStatus::not_applicable:
      return "not_applicable";
  }
  TGC_CHECK(false, "unknown rewrite status");
}

}  // namespace tgc
