// SPDX-License-Identifier: Apache-2.0
// Who looks on while a Graph is optimised: PassWatch is told of every replacement before it is made
// (--check-passes), RewriteBudget says how many may be made at all (--rewrite-limit).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "graph/model.h"

namespace tgc {

class PassWatch {
 public:
  PassWatch() = default;
  PassWatch(const PassWatch&) = delete;
  PassWatch& operator=(const PassWatch&) = delete;
  virtual ~PassWatch() = default;

  // The function as it is before the first step. The Graph lives until finish().
  virtual void begin(const Function& function) = 0;
  // `old` is about to be replaced; both are in the Graph.
  virtual void replacing(const Graph& graph, std::string_view rewrite, VariableId old,
                         VariableId replacement) = 0;
  // A step of the pipeline on the innermost Graph is done, and it has changed something.
  virtual void finished_step(const Graph& graph, std::string_view step, bool is_mandatory) = 0;
  // The steps up to leave() are on `copy`, a copy of inner Graph number `body` of an Apply.
  virtual void enter(const Graph& outside, ApplyId apply, size_t body, const Graph& copy) = 0;
  virtual void leave() = 0;
  virtual void finish() = 0;
};

// Applications are counted over all functions and devices of a compilation. Those that nothing can
// exclude (lowering stages) are made always and do not count.
struct RewriteBudget {
  int64_t limit = 0;
  int64_t used = 0;
  std::string last;  // "local_log1p y Elemwise{log1p}.0"

  [[nodiscard]] bool is_spent() const { return used >= limit; }
};

}  // namespace tgc
