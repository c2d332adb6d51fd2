// SPDX-License-Identifier: Apache-2.0
// BodyPlanner's branches: ifelse becomes a branch step whose two parts write the same memory; and
// the ends of a function: results, updates. What control flow shares.
#include <array>
#include <utility>

#include "graph/graph_symbols.h"
#include "plan/body_planner.h"
#include "support/check.h"

namespace tgc {
// Steps of an inner body appended to a group; positions become relative to the group.
int BodyPlanner::append_steps(StepGroup& group, const BodyPlanner& inner) {
  const int base = static_cast<int>(group.steps.size());
  for (PlanStep step : inner.ordered_steps()) {
    for (int* position : {&step.body, &step.body_mid, &step.body_end}) {
      if (*position >= 0) *position += base;
    }
    group.steps.push_back(std::move(step));
  }
  group.fallible = group.fallible || inner.is_fallible();
  // The memory the body touches that was there before it, and the memory it writes.
  for (const StepGroup& part : inner.groups()) {
    group.reads.insert(group.reads.end(), part.reads.begin(), part.reads.end());
    group.writes.insert(group.writes.end(), part.writes.begin(), part.writes.end());
  }
  return static_cast<int>(group.steps.size());
}

void BodyPlanner::add_equalities(const Graph& inner) {
  for (const DimEquality& equality : inner.equalities()) {
    const bool is_known = std::any_of(
        program_.equalities.begin(), program_.equalities.end(), [&](const DimEquality& other) {
          return other.left == equality.left && other.right == equality.right;
        });
    if (!is_known) program_.equalities.push_back(equality);
  }
}

int BodyPlanner::plan_condition(VariableId condition, const Apply& apply, StepGroup& group) {
  const Placement place = placement(condition);
  const TensorType type{DType::boolean, {}, {}};
  const int flag = add_arena(type, "condition");
  OperandLayout out;
  out.dtype = DType::boolean;
  KernelBuilder builder("condition", [&](OperandRef operand) {
    return operand.kind == OperandRef::Kind::input ? place.layout : out;
  });
  const std::vector<IndexExpr> origin(place.layout.shape.size(), IndexExpr(int64_t{0}));
  const ExprRef value = cast(builder.load(input_ref(0), origin), DType::boolean);
  builder.append(builder.store(output_ref(0), {}, value));
  LoweredKernel lowered = builder.finish();
  PlanStep step;
  step.node = node_name(apply);
  for (const OperandRef& operand : lowered.params) {
    step.args.push_back(operand.kind == OperandRef::Kind::input ? place.buffer : flag);
  }
  step.kernel = static_cast<int>(plan_.kernels.size());
  plan_.kernels.push_back(std::move(lowered.kernel));
  group.steps.push_back(std::move(step));
  if (place.buffer >= 0) group.reads.push_back(root(place.buffer));
  group.writes.push_back(flag);
  return flag;
}

void BodyPlanner::plan_ifelse(const Apply& apply) {
  TGC_CHECK(apply.inner.size() == 2, "ifelse was not split into its branches");
  StepGroup group;
  PlanStep branch;
  branch.kind = StepKind::branch;
  branch.node = node_name(apply);
  branch.args = {plan_condition(apply.inputs.at(0), apply, group)};
  const auto head = group.steps.size();
  group.steps.push_back(branch);
  std::vector<int> results;
  for (const VariableId output : apply.outputs) {
    results.push_back(add_arena(graph_.type(output), display_name(graph_, output)));
    group.writes.push_back(results.back());
    settle(output, {results.back(), contiguous_layout(graph_, output)});
  }
  std::array<int, 2> ends{};
  bool fallible = false;
  size_t first_input =
      1;  // after the condition those of the first branch, then those of the second
  for (size_t side = 0; side < 2; ++side) {
    const Graph& inner = *apply.inner[side];
    BodyPlanner body(inner, plan_, program_);
    for (size_t i = 0; i < inner.inputs().size(); ++i) {
      Placement place = placement(apply.inputs.at(first_input + i));
      if (place.buffer >= 0) group.reads.push_back(root(place.buffer));
      body.place_input(i, std::move(place));
    }
    first_input += inner.inputs().size();
    body.plan_applies();
    for (size_t i = 0; i < results.size(); ++i) {
      body.deliver(inner.outputs().at(i), results[i], 0);
    }
    ends[side] = append_steps(group, body);
    fallible = fallible || body.is_fallible();
    add_equalities(inner);
  }
  PlanStep& step = group.steps[head];
  step.body = static_cast<int>(head) + 1;
  step.body_mid = ends[0];
  step.body_end = ends[1];
  step.fallible = fallible;
  add_group(std::move(group));
}

void BodyPlanner::deliver_result(const Function& function, size_t output) {
  const VariableId variable = function.graph.outputs().at(output);
  const TensorType& type = graph_.type(variable);
  const Placement place = placement(variable);
  wait_for(dims_mentioned(type.shape));
  PlanValue value;
  value.name = function.output_names.at(output);
  value.dtype = type.dtype;
  value.shape = type.shape;
  const auto is_own = [&] {
    if (place.buffer < 0 || !place.layout.is_contiguous() || !type.place.is_host()) return false;
    const PlanBuffer& buffer = program_.buffers[static_cast<size_t>(place.buffer)];
    return buffer.kind == BufferKind::arena &&
           buffer.bytes == element_count(type.shape) * dtype_size(type.dtype);
  };
  if (is_own()) {
    PlanBuffer& buffer = program_.buffers[static_cast<size_t>(place.buffer)];
    buffer.kind = BufferKind::output;
    buffer.index = static_cast<int>(output);
    value.buffer = place.buffer;
  } else {
    PlanBuffer buffer;
    buffer.kind = BufferKind::output;
    buffer.index = static_cast<int>(output);
    buffer.dtype = type.dtype;
    buffer.bytes = element_count(type.shape) * dtype_size(type.dtype);
    buffer.name = value.name;
    value.buffer = add_buffer(std::move(buffer));
    StepGroup group;
    group.steps.push_back(copy_step(place, value.buffer, type.shape, value.name));
    if (place.buffer >= 0) group.reads.push_back(root(place.buffer));
    group.writes.push_back(value.buffer);
    add_group(std::move(group));
  }
  waits_.clear();
  program_.outputs.push_back(std::move(value));
}

void BodyPlanner::deliver_update(const Function& function, size_t update) {
  const Update& wanted = function.updates.at(update);
  const VariableId variable = function.graph.outputs().at(wanted.output);
  const Placement place = placement(variable);
  PlanUpdate result;
  for (size_t i = 0; i < plan_.shared.size(); ++i) {
    if (plan_.shared[i].name == wanted.shared) result.shared = static_cast<int>(i);
  }
  TGC_CHECK(result.shared >= 0, "update of an unknown shared variable " + wanted.shared);
  const TensorType& type = graph_.type(variable);
  wait_for(dims_mentioned(type.shape));
  PlanBuffer next;
  next.kind = BufferKind::shared_next;
  next.index = result.shared;
  next.place = type.place;
  next.dtype = type.dtype;
  next.bytes = element_count(type.shape) * dtype_size(type.dtype);
  next.name = wanted.shared;
  const bool is_own =
      place.buffer >= 0 && place.layout.is_contiguous() &&
      program_.buffers[static_cast<size_t>(place.buffer)].kind == BufferKind::arena &&
      program_.buffers[static_cast<size_t>(place.buffer)].bytes == next.bytes;
  if (is_own) {
    result.buffer = place.buffer;
    program_.buffers[static_cast<size_t>(place.buffer)] = std::move(next);
  } else {
    result.buffer = add_buffer(std::move(next));
    StepGroup group;
    group.steps.push_back(copy_step(place, result.buffer, type.shape, wanted.shared));
    if (place.buffer >= 0) group.reads.push_back(root(place.buffer));
    group.writes.push_back(result.buffer);
    add_group(std::move(group));
  }
  waits_.clear();
  program_.updates.push_back(result);
}

void BodyPlanner::plan_function(const Function& function) {
  int argument = 0;
  for (const VariableId id : graph_.inputs()) {
    const Variable& variable = graph_.variable(id);
    PlanBuffer buffer;
    buffer.place = variable.type.place;
    buffer.dtype = variable.type.dtype;
    buffer.bytes = element_count(variable.type.shape) * dtype_size(variable.type.dtype);
    buffer.name = variable.name;
    if (variable.kind == VariableKind::input) {
      buffer.kind = BufferKind::input;
      buffer.index = argument++;
      program_.inputs.push_back({variable.name, variable.type.dtype, variable.type.shape,
                                 static_cast<int>(program_.buffers.size())});
    } else {
      buffer.kind = BufferKind::shared;
      for (size_t i = 0; i < plan_.shared.size(); ++i) {
        if (plan_.shared[i].name == variable.name) buffer.index = static_cast<int>(i);
      }
      TGC_CHECK(buffer.index >= 0, "unknown shared variable " + variable.name);
    }
    settle(id, {add_buffer(std::move(buffer)), contiguous_layout(graph_, id)});
  }
  add_equalities(graph_);
  plan_applies();
  for (size_t i = 0; i < function.updates.size(); ++i) deliver_update(function, i);
  for (size_t i = 0; i < function.output_names.size(); ++i) deliver_result(function, i);
  program_.steps = ordered_steps();
}

}  // namespace tgc
