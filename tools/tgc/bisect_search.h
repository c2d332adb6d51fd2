// SPDX-License-Identifier: Apache-2.0
// Finding the rewrites that break a result: by bisection over the number of rewrites applied, then
// anew without the one found, until leaving out all that were found makes the result good.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tgc {

struct Candidate {
  std::optional<int64_t> limit;        // of rewrites; none: all
  std::vector<std::string> excluding;  // names, beside those of the user's flags
};

struct Verdict {
  bool is_good = false;
  int64_t rewrites = 0;      // that were applied
  std::string last_rewrite;  // "local_log1p y Elemwise{log1p}.0"
};

// Nothing ends the search: the candidate cannot be judged.
using Trial = std::function<std::optional<Verdict>(const Candidate&)>;

enum class BisectOutcome {
  good,         // with all rewrites
  plain_fails,  // without any rewrite
  found,        // without the culprits the result is good
  persists      // it is bad without them too, and the last one cannot be left out
};

struct Culprit {
  std::string rewrite;  // its name
  std::string line;     // as optimizer_verbose tells it
  int64_t number = 0;   // of the first application that breaks the result, from 1
  int64_t of = 0;       // applications there are
};

struct BisectResult {
  BisectOutcome outcome = BisectOutcome::good;
  std::vector<Culprit> culprits;
  int trials = 0;
};

// `can_exclude` tells which names optimizer_excluding takes.
std::optional<BisectResult> bisect_rewrites(
    const Trial& trial, const std::function<bool(const std::string&)>& can_exclude);

}  // namespace tgc
