// SPDX-License-Identifier: Apache-2.0
// See bisect_search.h.
#include "tgc/bisect_search.h"

#include <algorithm>

namespace tgc {
namespace {

class Search {
 public:
  explicit Search(const Trial& trial) : trial_(trial) {}

  std::optional<BisectResult> run(const std::function<bool(const std::string&)>& can_exclude) {
    auto whole = judge({});
    if (!whole) return std::nullopt;
    if (whole->is_good) return ended(BisectOutcome::good);
    const auto plain = judge({0, {}});
    if (!plain) return std::nullopt;
    if (!plain->is_good) return ended(BisectOutcome::plain_fails);
    while (!whole->is_good) {
      if (whole->rewrites == 0) return ended(BisectOutcome::persists);
      const auto culprit = first_bad(whole->rewrites);
      if (!culprit) return std::nullopt;
      const bool is_known =
          std::find(excluding_.begin(), excluding_.end(), culprit->rewrite) != excluding_.end();
      result_.culprits.push_back(*culprit);
      if (is_known || !can_exclude(culprit->rewrite)) return ended(BisectOutcome::persists);
      excluding_.push_back(culprit->rewrite);
      whole = judge({std::nullopt, excluding_});
      if (!whole) return std::nullopt;
    }
    return ended(BisectOutcome::found);
  }

 private:
  std::optional<Verdict> judge(const Candidate& candidate) {
    ++result_.trials;
    return trial_(candidate);
  }

  BisectResult ended(BisectOutcome outcome) {
    result_.outcome = outcome;
    return result_;
  }

  // Good after `low` rewrites, bad after `high`; both come together at the one to blame.
  std::optional<Culprit> first_bad(int64_t count) {
    int64_t low = 0;
    int64_t high = count;
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      const auto verdict = judge({middle, excluding_});
      if (!verdict) return std::nullopt;
      (verdict->is_good ? low : high) = middle;
    }
    const auto verdict = judge({high, excluding_});  // for its last rewrite
    if (!verdict) return std::nullopt;
    Culprit culprit;
    culprit.line = verdict->last_rewrite;
    culprit.rewrite = culprit.line.substr(0, culprit.line.find(' '));
    culprit.number = high;
    culprit.of = count;
    return culprit;
  }

  const Trial& trial_;
  std::vector<std::string> excluding_;
  BisectResult result_;
};

}  // namespace

std::optional<BisectResult> bisect_rewrites(
    const Trial& trial, const std::function<bool(const std::string&)>& can_exclude) {
  return Search(trial).run(can_exclude);
}

}  // namespace tgc
