// SPDX-License-Identifier: Apache-2.0
// BodyPlanner: plans one Graph into step groups. A variable's place in memory is a buffer and the
// layout of its elements in it; inner Graphs (scan, ifelse) get a BodyPlanner of their own whose
// inputs are given places by the outer one.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "plan/step_list.h"

namespace tgc {

// Where a variable's elements lie.
struct Placement {
  int buffer = -1;  // -1: a literal without memory
  OperandLayout layout;
};

class BodyPlanner {
 public:
  BodyPlanner(const Graph& graph, Plan& plan, PlanProgram& program)
      : graph_(graph),
        plan_(plan),
        program_(program),
        first_own_(static_cast<int>(program.buffers.size())) {}

  // The whole of plan_function(): inputs, body, results, updates, steps in order.
  void plan_function(const Function& function);

  // For inner Graphs: places for graph.inputs(), then the groups of all Applies, in order.
  void place_input(size_t input, Placement placement);
  void plan_applies();
  Placement placement(VariableId variable);
  // Makes `variable` end up in `target` (contiguous, whole): by making its own buffer a part of
  // `target` when it is an arena buffer nobody else stands in for, else by a copy.
  void deliver(VariableId variable, int target, DimExpr offset,
               std::optional<ViewMotion> motion = std::nullopt);
  // All steps in their final order; positions of nested bodies are relative to the first step.
  std::vector<PlanStep> ordered_steps() const;
  [[nodiscard]] bool is_fallible() const;
  [[nodiscard]] const std::vector<StepGroup>& groups() const { return groups_; }

 private:
  void plan_apply(const Apply& apply);
  [[nodiscard]] bool is_known(const Apply& apply) const;
  void plan_kernels(const Apply& apply);
  void plan_transfer(const Apply& apply);
  struct Loop;
  void plan_scan(const Apply& apply);
  void place_sequence(Loop& loop, size_t sequence);
  void place_state(Loop& loop, size_t state);
  void place_result(Loop& loop, size_t output);
  void add_loop_step(Loop& loop);
  void plan_ifelse(const Apply& apply);
  static int append_steps(StepGroup& group, const BodyPlanner& inner);
  void add_equalities(const Graph& inner);
  int plan_condition(VariableId condition, const Apply& apply, StepGroup& group);
  void add_group(StepGroup group);
  void add_measure(const LoweredMeasure& measure, const std::vector<int>& temporaries,
                   const std::string& node, StepGroup& group);
  void wait_for(const std::set<std::string>& symbols);
  [[nodiscard]] std::vector<Destroy> honoured_destroys(const Apply& apply) const;

  int add_buffer(PlanBuffer buffer);
  int add_arena(const TensorType& type, const std::string& name);
  int add_constant(VariableId variable);
  // Memory of its own for a literal, written by a step of the group.
  int add_memory(const Placement& literal, const TensorType& type, StepGroup& group,
                 const std::string& node);
  int root(int buffer) const;
  const Placement& settle(VariableId id, Placement placement);
  PlanStep kernel_step(LoweredKernel lowered, const Apply& apply,
                       const std::vector<int>& temporaries);
  PlanStep copy_step(const Placement& source, int target, const Shape& shape,
                     const std::string& node);
  static std::string node_name(const Apply& apply);

  void deliver_result(const Function& function, size_t output);
  void deliver_update(const Function& function, size_t update);

  const Graph& graph_;
  Plan& plan_;
  PlanProgram& program_;
  const int first_own_;  // buffers before it belong to the bodies around this one
  std::map<VariableId, Placement> placements_;
  std::map<int, std::vector<VariableId>> residents_;  // root buffer -> variables placed in it
  std::vector<StepGroup> groups_;
  std::map<int, int> writer_;                // root buffer -> last group that wrote it
  std::map<int, std::vector<int>> readers_;  // root buffer -> groups that read it since
  std::map<VariableId, int> constants_;
  std::map<std::string, int> measured_;  // symbol -> the group that measures it
  std::vector<int> waits_;               // groups the next one comes after
};

}  // namespace tgc
