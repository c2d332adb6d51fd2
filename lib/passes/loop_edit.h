// SPDX-License-Identifier: Apache-2.0
// A scan taken apart, for rewrites that change which sequences, states, results and other variables
// it has: edit `step` and the lists, then build the new loop. Inputs that the step does not need
// are left out.
#pragma once
#include <map>
#include <set>
#include <vector>

#include "graph/builder.h"
#include "ops/scan.h"

namespace tgc {

struct LoopInput {
  VariableId outer;
  VariableId inner;
};

struct LoopState {
  VariableId initial;
  ScanState layout;
  std::vector<VariableId> inner;  // one a tap
  VariableId next;
  VariableId output;  // of the old loop
};

struct LoopResult {
  VariableId inner;
  VariableId output;  // of the old loop; not valid: a new one
};

class LoopEdit {
 public:
  explicit LoopEdit(const Apply& scan);

  Graph step;  // a copy
  std::vector<LoopInput> sequences;
  std::vector<LoopState> states;
  std::vector<LoopInput> rest;
  std::vector<LoopResult> results;
  VariableId until;  // the condition; not valid without

  [[nodiscard]] DimExpr steps() const { return *find_attr<DimExpr>(attributes_, "n_steps"); }
  // Does step t see row t of a sequence, and are there no other rows?
  [[nodiscard]] bool is_in_step(const Graph& graph, const LoopInput& sequence) const;
  // The step's variables that its next states and results are computed from, these included.
  [[nodiscard]] std::set<VariableId> needed() const;
  // All that reads `variable` in the step reads `replacement`, next states and results included.
  void replace(VariableId variable, VariableId replacement);
  // From now on the step reads a new input, outside `outer`, where it read `variable`.
  void read_instead(std::vector<LoopInput>& list, VariableId variable, VariableId outer);

  // Adds the new loop. By the old loop's outputs what stands for them; new results come in order.
  struct Built {
    std::map<VariableId, VariableId> outputs;
    std::vector<VariableId> added;
  };
  Built build(Builder& builder) const;

 private:
  Attributes attributes_;
};

// Do all users of a trace take its last element alone? Not if nobody uses it.
bool is_last_used_only(const Graph& graph, VariableId trace);

}  // namespace tgc
