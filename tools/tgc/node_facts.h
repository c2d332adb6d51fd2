// SPDX-License-Identifier: Apache-2.0
// What became of a model's nodes: every replacement the passes made, and what of the optimised
// graphs and plans goes back to which node.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "driver/compile.h"
#include "plan/plan.h"

namespace tgc {

// One application of a rewrite, as it happened.
struct Touch {
  std::string function;
  std::string where;  // "" or "the body of scan 'h'"
  std::string rewrite;
  std::string before;  // "Elemwise{mul}.0"
  std::string after;
  std::vector<std::string> nodes;     // of the user, that the replaced value goes back to
  std::vector<std::string> taken_in;  // those that only it needed
};

// An Apply of the optimised graph.
struct FinalApply {
  std::string function;
  std::string where;
  std::string label;  // "composite {mul, tanh} -> float32[n]"
  std::vector<std::string> nodes;
  std::vector<std::string> rewrites;
  std::string fusion;  // with what it was fused, or why it was not
  std::string bytes;   // read and written, an expression of the dims
  std::string flops;   // "" unknown
};

// A step of the plan that runs a kernel.
struct KernelStep {
  std::string function;
  std::string kernel;
  std::vector<std::string> nodes;
};

struct NodeFacts {
  std::vector<Touch> touches;
  std::vector<FinalApply> applies;
  std::vector<KernelStep> kernels;
  std::vector<std::string> names;  // of all nodes, as read
};

// Optimises and plans for one kind of device; nothing after reporting.
std::optional<NodeFacts> node_facts(const std::string& path, bool for_cuda, const Config& config,
                                    Diagnostics& diagnostics);

}  // namespace tgc
