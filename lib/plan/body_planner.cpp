// SPDX-License-Identifier: Apache-2.0
// See body_planner.h. Order: a group comes after the last writer of what it reads, and a writer of
// existing memory (in-place steps, state) after everybody who read it before; writers of state come
// after every fallible group.
#include "plan/body_planner.h"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/graph_symbols.h"
#include "support/check.h"

namespace tgc {

int BodyPlanner::add_buffer(PlanBuffer buffer) {
  program_.buffers.push_back(std::move(buffer));
  return static_cast<int>(program_.buffers.size()) - 1;
}

int BodyPlanner::add_arena(const TensorType& type, const std::string& name) {
  PlanBuffer buffer;
  buffer.place = type.place;
  buffer.dtype = type.dtype;
  buffer.bytes = element_count(type.shape) * dtype_size(type.dtype);
  buffer.name = name;
  return add_buffer(std::move(buffer));
}

int BodyPlanner::root(int buffer) const {
  while (program_.buffers[static_cast<size_t>(buffer)].kind == BufferKind::view) {
    buffer = program_.buffers[static_cast<size_t>(buffer)].index;
  }
  return buffer;
}

const Placement& BodyPlanner::settle(VariableId id, Placement placement) {
  if (placement.buffer >= 0) residents_[root(placement.buffer)].push_back(id);
  return placements_[id] = std::move(placement);
}

std::string BodyPlanner::node_name(const Apply& apply) {
  if (!apply.origin.nodes.empty()) return apply.origin.nodes.front();
  return apply.name.empty() ? std::string(apply.op->name) : apply.name;
}

int BodyPlanner::add_constant(VariableId id) {
  if (const auto found = constants_.find(id); found != constants_.end()) return found->second;
  const Variable& variable = graph_.variable(id);
  int number = -1;
  for (size_t i = 0; i < plan_.constants.size(); ++i) {
    if (plan_.constants[i] == variable.constant || *plan_.constants[i] == *variable.constant) {
      number = static_cast<int>(i);
    }
  }
  if (number < 0) {
    number = static_cast<int>(plan_.constants.size());
    plan_.constants.push_back(variable.constant);
  }
  PlanBuffer buffer;
  buffer.kind = BufferKind::constant;
  buffer.place = variable.type.place;
  buffer.dtype = variable.type.dtype;
  buffer.index = number;
  buffer.bytes = variable.constant->byte_size();
  buffer.name = variable.name;
  const int id_of_buffer = add_buffer(std::move(buffer));
  constants_[id] = id_of_buffer;
  return id_of_buffer;
}

int BodyPlanner::add_memory(const Placement& literal, const TensorType& type, StepGroup& group,
                            const std::string& node) {
  const int memory = add_arena(type, node);
  group.steps.push_back(copy_step(literal, memory, type.shape, node));
  group.writes.push_back(memory);
  return memory;
}

Placement BodyPlanner::placement(VariableId id) {
  if (const auto found = placements_.find(id); found != placements_.end()) return found->second;
  const Variable& variable = graph_.variable(id);
  TGC_CHECK(variable.kind == VariableKind::constant, "variable without a place: " + variable.name);
  Placement place{-1, contiguous_layout(graph_, id)};
  if (!place.layout.literal) place.buffer = add_constant(id);
  return settle(id, place);
}

void BodyPlanner::place_input(size_t input, Placement placement) {
  settle(graph_.inputs().at(input), std::move(placement));
}

void BodyPlanner::add_group(StepGroup group) {
  const int number = static_cast<int>(groups_.size());
  std::set<int> after(group.after.begin(), group.after.end());
  after.insert(waits_.begin(), waits_.end());
  waits_.clear();
  for (const PlanStep& step : group.steps) {
    if (!step.symbol.empty()) measured_.emplace(step.symbol, number);
  }
  for (const int buffer : group.reads) {
    if (const auto found = writer_.find(buffer); found != writer_.end()) {
      after.insert(found->second);
    }
  }
  for (const int buffer : group.writes) {
    if (const auto found = writer_.find(buffer); found != writer_.end()) {
      after.insert(found->second);
    }
    for (const int reader : readers_[buffer]) after.insert(reader);
  }
  for (const int buffer : group.writes) {
    writer_[buffer] = number;
    readers_[buffer].clear();
  }
  for (const int buffer : group.reads) readers_[buffer].push_back(number);
  after.erase(number);
  group.after.assign(after.begin(), after.end());
  groups_.push_back(std::move(group));
}

// An in-place permission is used for arena memory that is not read again, and for a shared variable
// that this very output becomes; never for arguments and constants.
std::vector<Destroy> BodyPlanner::honoured_destroys(const Apply& apply) const {
  std::vector<Destroy> honoured;
  for (const Destroy& destroy : apply.destroys) {
    const VariableId input = apply.inputs.at(static_cast<size_t>(destroy.input));
    const VariableId output = apply.outputs.at(static_cast<size_t>(destroy.output));
    const auto place = placements_.find(input);
    if (place == placements_.end() || place->second.buffer < 0) continue;
    if (!place->second.layout.is_contiguous()) continue;
    const int memory = root(place->second.buffer);
    const PlanBuffer& buffer = program_.buffers[static_cast<size_t>(memory)];
    if (memory != place->second.buffer || graph_.type(input).dtype != graph_.type(output).dtype) {
      continue;
    }
    if (buffer.kind != BufferKind::arena) continue;
    // every other use of the memory must already be planned
    bool is_last = true;
    for (const VariableId variable : residents_.at(memory)) {
      for (const Use& use : graph_.uses(variable)) {
        if (use.apply == apply.id && use.index == destroy.input && variable == input) continue;
        const bool is_done = use.apply.valid() && use.apply != apply.id &&
                             placements_.count(graph_.apply(use.apply).outputs.at(0)) != 0;
        is_last = is_last && is_done;
      }
    }
    if (is_last) honoured.push_back(destroy);
  }
  return honoured;
}

PlanStep BodyPlanner::kernel_step(LoweredKernel lowered, const Apply& apply,
                                  const std::vector<int>& temporaries) {
  PlanStep step;
  step.place = graph_.type(apply.outputs.at(0)).place;
  step.node = node_name(apply);
  step.fallible = tgc::is_fallible(lowered.kernel);
  if (const auto* message = find_attr<std::string>(apply.attributes, "message")) {
    step.node += ": " + *message;  // an assertion's
  }
  if (step.fallible && !apply.origin.trace.empty()) {
    step.node += ", created at " + apply.origin.trace.front();
  }
  for (const OperandRef& operand : lowered.params) {
    const auto index = static_cast<size_t>(operand.index);
    int buffer = -1;
    if (operand.kind == OperandRef::Kind::input) buffer = placement(apply.inputs.at(index)).buffer;
    if (operand.kind == OperandRef::Kind::output) {
      buffer = placements_.at(apply.outputs.at(index)).buffer;
    }
    if (operand.kind == OperandRef::Kind::temporary) buffer = temporaries.at(index);
    TGC_CHECK(buffer >= 0, "kernel operand without memory in " + lowered.kernel.name);
    step.args.push_back(buffer);
  }
  if (lowered.kernel.comments.empty()) lowered.kernel.comments = apply.origin.nodes;
  step.kernel = static_cast<int>(plan_.kernels.size());
  plan_.kernels.push_back(std::move(lowered.kernel));
  return step;
}

void BodyPlanner::plan_kernels(const Apply& original) {
  Apply apply = original;
  apply.destroys = honoured_destroys(original);
  LowerContext context(graph_, apply);
  context.kernel_name = std::string(apply.op->name);
  for (const VariableId input : apply.inputs) {
    OperandLayout layout = placement(input).layout;
    layout.name = display_name(graph_, input);
    context.inputs.push_back(std::move(layout));
  }
  for (const VariableId output : apply.outputs) {
    OperandLayout layout = contiguous_layout(graph_, output);
    layout.name = display_name(graph_, output);
    layout.literal.reset();
    context.outputs.push_back(std::move(layout));
  }
  TGC_CHECK(apply.op->lower != nullptr, "no lowering for " + std::string(apply.op->name));
  apply.op->lower(context);
  for (const LoweredView& view : context.result.views) {
    const VariableId input = apply.inputs.at(static_cast<size_t>(view.input));
    Placement place = placement(input);
    const VariableId output = apply.outputs.at(static_cast<size_t>(view.output));
    place.layout = contiguous_layout(graph_, output);
    place.layout.offset = view.offset;
    place.layout.strides = view.strides;
    settle(output, std::move(place));
  }
  for (const Destroy& destroy : apply.destroys) {
    const VariableId output = apply.outputs.at(static_cast<size_t>(destroy.output));
    const int buffer = placement(apply.inputs.at(static_cast<size_t>(destroy.input))).buffer;
    if (placements_.count(output) == 0) {
      settle(output, {buffer, contiguous_layout(graph_, output)});
    }
  }
  for (const VariableId output : apply.outputs) {
    if (placements_.count(output) != 0) continue;
    const int buffer = add_arena(graph_.type(output), display_name(graph_, output));
    settle(output, {buffer, contiguous_layout(graph_, output)});
  }
  std::vector<int> temporaries;
  for (const OperandLayout& layout : context.result.temporaries) {
    TensorType type{layout.dtype, layout.shape, graph_.type(apply.outputs.at(0)).place};
    temporaries.push_back(add_arena(type, layout.name));
  }
  if (context.result.kernels.empty()) return;
  StepGroup group;
  size_t made = 0;
  for (LoweredKernel& lowered : context.result.kernels) {
    const std::vector<KernelParam> params = lowered.kernel.params;
    PlanStep step = kernel_step(std::move(lowered), apply, temporaries);
    for (size_t i = 0; i < params.size(); ++i) {
      const int memory = root(step.args[i]);
      if (params[i].access != Access::write) group.reads.push_back(memory);
      if (params[i].access != Access::read) group.writes.push_back(memory);
    }
    group.fallible = group.fallible || step.fallible;
    group.steps.push_back(std::move(step));
    const auto& measure = context.result.measure;
    if (measure && ++made == measure->kernels) {
      add_measure(*measure, temporaries, node_name(apply), group);
    }
  }
  add_group(std::move(group));
}

PlanStep BodyPlanner::copy_step(const Placement& source, int target, const Shape& shape,
                                const std::string& node) {
  const PlanBuffer& to = program_.buffers[static_cast<size_t>(target)];
  if (source.buffer >= 0 && source.layout.is_contiguous()) {
    PlanStep step;
    step.kind = StepKind::copy;
    step.place = to.place;
    step.args = {source.buffer, target};
    step.node = node;
    return step;
  }
  OperandLayout out = source.layout;
  out.literal.reset();
  out.offset = 0;
  out.strides = contiguous_strides(shape);
  KernelBuilder builder("copy", [&](OperandRef operand) {
    return operand.kind == OperandRef::Kind::input ? source.layout : out;
  });
  const auto indices = builder.outer(shape);
  const ExprRef value = builder.load(input_ref(0), indices);
  builder.append(builder.store(output_ref(0), indices, value));
  LoweredKernel lowered = builder.finish();
  PlanStep step;
  step.place = to.place;
  step.node = node;
  for (const OperandRef& operand : lowered.params) {
    step.args.push_back(operand.kind == OperandRef::Kind::input ? source.buffer : target);
  }
  step.kernel = static_cast<int>(plan_.kernels.size());
  plan_.kernels.push_back(std::move(lowered.kernel));
  return step;
}

void BodyPlanner::plan_transfer(const Apply& apply) {
  const VariableId output = apply.outputs.at(0);
  const Placement source = placement(apply.inputs.at(0));
  const int target = add_arena(graph_.type(output), display_name(graph_, output));
  settle(output, {target, contiguous_layout(graph_, output)});
  StepGroup group;
  Placement from = source;
  if (source.buffer < 0 || !source.layout.is_contiguous()) {
    // make it contiguous where it is, then move it
    TensorType type = graph_.type(apply.inputs.at(0));
    const int staging = add_arena(type, "staging");
    group.steps.push_back(copy_step(source, staging, type.shape, node_name(apply)));
    group.writes.push_back(staging);
    from = {staging, contiguous_layout(graph_, apply.inputs.at(0))};
    from.layout.literal.reset();
  }
  if (source.buffer >= 0) group.reads.push_back(root(source.buffer));
  group.steps.push_back(copy_step(from, target, graph_.type(output).shape, node_name(apply)));
  group.writes.push_back(target);
  add_group(std::move(group));
}

// Scalars whose value is known at bind are numbers in the kernels that use them.
bool BodyPlanner::is_known(const Apply& apply) const {
  return std::all_of(apply.outputs.begin(), apply.outputs.end(),
                     [&](VariableId output) { return has_bound_value(graph_.variable(output)); });
}

// The next group mentions these symbols: it comes after those that measure them.
void BodyPlanner::wait_for(const std::set<std::string>& symbols) {
  for (const auto& [symbol, group] : measured_) {
    if (symbols.count(symbol) > 0) waits_.push_back(group);
  }
}

void BodyPlanner::add_measure(const LoweredMeasure& measure, const std::vector<int>& temporaries,
                              const std::string& node, StepGroup& group) {
  TGC_CHECK(measure.count.kind == OperandRef::Kind::temporary, "a size is measured elsewhere");
  PlanStep step;
  step.kind = StepKind::measure;
  step.args = {temporaries.at(static_cast<size_t>(measure.count.index))};
  step.symbol = measure.symbol;
  step.node = node;
  group.steps.push_back(std::move(step));
}

void BodyPlanner::plan_apply(const Apply& apply) {
  if (is_known(apply) && measured_symbol(apply).empty()) {
    for (const VariableId output : apply.outputs) {
      settle(output, {-1, contiguous_layout(graph_, output)});
    }
    return;
  }
  if (!measured_.empty()) wait_for(symbols_in(graph_, apply));
  const std::string_view name = apply.op->name;
  if (name == "gpu_from_host" || name == "host_from_gpu") return plan_transfer(apply);
  if (name == "scan") return plan_scan(apply);
  if (name == "ifelse") return plan_ifelse(apply);
  plan_kernels(apply);
  waits_.clear();
}

void BodyPlanner::plan_applies() {
  for (const ApplyId id : graph_.topological_order()) plan_apply(graph_.apply(id));
}

bool BodyPlanner::is_fallible() const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [](const StepGroup& group) { return group.fallible; });
}

std::vector<PlanStep> BodyPlanner::ordered_steps() const {
  std::vector<PlanStep> steps;
  for (const int number : order_groups(groups_)) {
    const int base = static_cast<int>(steps.size());
    for (PlanStep step : groups_[static_cast<size_t>(number)].steps) {
      for (int* position : {&step.body, &step.body_mid, &step.body_end}) {
        if (*position >= 0) *position += base;
      }
      steps.push_back(std::move(step));
    }
  }
  return steps;
}

void BodyPlanner::deliver(VariableId variable, int target, DimExpr offset,
                          std::optional<ViewMotion> motion) {
  const Placement place = placement(variable);
  PlanBuffer part;
  part.kind = BufferKind::view;
  part.index = target;
  part.place = program_.buffers[static_cast<size_t>(target)].place;
  part.dtype = graph_.type(variable).dtype;
  part.bytes = element_count(graph_.type(variable).shape) * dtype_size(part.dtype);
  part.offset = std::move(offset);
  part.motion = std::move(motion);
  part.name = display_name(graph_, variable);
  wait_for(dims_mentioned(graph_.type(variable).shape));
  const bool is_whole =
      place.buffer >= first_own_ && place.layout.is_contiguous() &&
      program_.buffers[static_cast<size_t>(place.buffer)].kind == BufferKind::arena &&
      program_.buffers[static_cast<size_t>(place.buffer)].bytes == part.bytes &&
      program_.buffers[static_cast<size_t>(place.buffer)].place == part.place;
  if (is_whole) {
    program_.buffers[static_cast<size_t>(place.buffer)] = std::move(part);
    waits_.clear();
    return;
  }
  const int view = add_buffer(std::move(part));
  StepGroup group;
  group.steps.push_back(
      copy_step(place, view, graph_.type(variable).shape, display_name(graph_, variable)));
  if (place.buffer >= 0) group.reads.push_back(root(place.buffer));
  group.writes.push_back(root(view));
  add_group(std::move(group));
}

}  // namespace tgc
