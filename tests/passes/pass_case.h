// SPDX-License-Identifier: Apache-2.0
// One golden case of a rewrite: tests/passes/NAME/CASE.txt. The format, in this order:
//   # what the case shows               at least one comment line
//   taken by: local_mul_canonizer       under fast_run this rewrite may take the pattern instead
//   also: InputToGpuArrayOptimizer      rewrites that run beside NAME when it runs alone
//   including: local_hard_sigmoid       what optimizer_including names under fast_run
//   excluding: fusion                   what optimizer_excluding names in all runs
//   on: cuda                            for a GPU; else for the CPU
//   dims: n=3 m=4                       sizes of the random inputs; each dim has a small one else
//   values: x 0.5 2                     range of an input's elements; -2 to 2 (integers 0 to 3)
//   else tolerance: 1e-3                     of values; by dtype else
//   --- graph                           a graph file; its first function is optimised
//   --- alone                           what optimizer=None and NAME make of it, or "unchanged"
//   --- fast_run                        the rewrites that fire under fast_run
//   --- fast_run without NAME           the rewrites that fire with optimizer_excluding=NAME
// The last three are written by the test with TGC_UPDATE_GOLDENS=1.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tgc {

struct PassCase {
  std::string rewrite;  // NAME
  std::string head;     // all text before the first written section
  std::vector<std::string> taken_by;
  std::vector<std::string> also;
  std::vector<std::string> including;
  std::vector<std::string> excluding;
  bool for_cuda = false;
  std::map<std::string, int64_t> dims;
  std::map<std::string, std::pair<double, double>> values;
  std::optional<double> tolerance;
  std::string graph;
  std::string written;  // the written sections, headers included
};

// On a malformed text, nothing, and `error` says what is wrong.
std::optional<PassCase> parse_pass_case(const std::string& rewrite, const std::string& text,
                                        std::string& error);

// The written sections of a case of `rewrite`; the lists leave out clean-up,
// which fires nearly everywhere.
std::string written_sections(const std::string& rewrite, const std::string& alone,
                             const std::vector<std::string>& fired,
                             const std::vector<std::string>& fired_without);

}  // namespace tgc
