// SPDX-License-Identifier: Apache-2.0
// Runs node rewrites over a Graph: once (sweep) or until nothing changes (equilibrium). Both are
// worklists: linear in the number of Applies and of replacements, without recursion.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "passes/pipeline.h"
#include "support/check.h"

namespace tgc {

// A pass that broke its contract, by name: optimize() can go on without it (on_opt_error).
class PassFailure : public InternalError {
 public:
  PassFailure(std::string_view pass, const std::string& what) : InternalError(what), pass_(pass) {}
  [[nodiscard]] const std::string& pass() const { return pass_; }

 private:
  std::string pass_;
};

// How often a rewrite replaced something, and the time it took.
struct RewriteCount {
  int fired = 0;
  int64_t tried = 0;
  int64_t nanoseconds = 0;
};
using RewriteCounts = std::map<std::string, RewriteCount, std::less<>>;

class RewriteRunner {
 public:
  RewriteRunner(Graph& graph, PassContext& context, RewriteCounts& counts)
      : graph_(graph), context_(context), counts_(counts) {}

  // Called after each replacement with the rewrite's name.
  std::function<void(std::string_view rewrite)> after_replace;

  void sweep(const std::vector<PipelineStep>& members);
  // `run_member` runs a member that looks at the whole Graph, a pass or a sequence of such, and
  // tells whether it changed it.
  void equilibrium(const PipelineStep& database, double max_use_ratio,
                   const std::function<bool(const PipelineStep&)>& run_member);

 private:
  using Members = std::vector<const Pass*>;
  // The rewrites to try on an op, in the order of the members.
  class Tracker {
   public:
    explicit Tracker(Members members) : members_(std::move(members)) {}
    const Members& for_op(std::string_view op);

   private:
    Members members_;
    std::map<std::string_view, Members> by_op_;
  };

  bool try_rewrite(const Pass& pass, const Apply& apply);
  // Tries all on one Apply until one replaces something.
  bool visit(ApplyId id, Tracker& tracker);
  void drain(std::vector<ApplyId> work, Tracker& tracker);
  [[nodiscard]] bool is_used(const Apply& apply) const;
  [[nodiscard]] bool is_over_limit(std::string_view rewrite) const;
  void push_new(VariableId replacement);

  Graph& graph_;
  PassContext& context_;
  RewriteCounts& counts_;
  std::map<std::string_view, int> uses_;  // in this equilibrium
  double max_uses_ = 0;                   // 0: no limit
  std::string_view maxed_out_;
  int32_t next_id_ = 0;  // Applies from here on are new
  int32_t newest_id_ = -1;
  std::vector<ApplyId> touched_;  // by the last replacement: new Applies, then users
  bool changed_ = false;
};

}  // namespace tgc
