// SPDX-License-Identifier: Apache-2.0
// BodyPlanner's loops: scan becomes a loop step over views that move with the iteration. A state
// lies in its trace: the initial values, then one value a step, so that what a step sees through
// its taps and what it makes are views of one buffer. Where only the last value is wanted the trace
// is a ring of one place more than the taps look back.
#include <utility>

#include "graph/graph_symbols.h"
#include "ops/scan.h"
#include "plan/body_planner.h"
#include "support/check.h"

namespace tgc {

// A loop that is being planned.
struct BodyPlanner::Loop {
  const Apply& apply;
  const Graph& inner;
  ScanLayout layout;
  DimExpr count;  // of steps, at most
  DimExpr done;
  int id;
  BodyPlanner body;
  StepGroup group = {};
  // Where each output of the step goes.
  struct Target {
    int buffer = -1;
    std::optional<ViewMotion> motion;
  };
  std::vector<Target> targets = {};
};

namespace {

DimExpr item_bytes(const TensorType& stacked) {
  DimExpr item = dtype_size(stacked.dtype);
  for (size_t axis = 1; axis < stacked.shape.size(); ++axis) item = item * stacked.shape[axis];
  return item;
}

PlanBuffer view_of(int base, const Place& place, DType dtype, DimExpr bytes, std::string name) {
  PlanBuffer view;
  view.kind = BufferKind::view;
  view.index = base;
  view.place = place;
  view.dtype = dtype;
  view.bytes = std::move(bytes);
  view.name = std::move(name);
  return view;
}

}  // namespace

// Element t of a sequence, wherever the whole of it lies.
void BodyPlanner::place_sequence(Loop& loop, size_t sequence) {
  const VariableId outer = loop.apply.inputs.at(sequence);
  const TensorType type = graph_.type(outer);
  Placement place = placement(outer);
  if (place.buffer < 0) {  // a literal: iterations need memory to move through
    place.buffer = add_memory(place, type, loop.group, node_name(loop.apply));
    place.layout = contiguous_layout(graph_, outer);
    place.layout.literal.reset();
  }
  const DimExpr stride = place.layout.strides.at(0);
  DimExpr offset = place.layout.offset;
  if (loop.layout.is_backwards) offset = offset + (type.shape.at(0) - 1) * stride;
  const VariableId slice = loop.inner.inputs().at(sequence);
  Placement part{-1, contiguous_layout(loop.inner, slice)};
  part.layout.strides.assign(place.layout.strides.begin() + 1, place.layout.strides.end());
  DimExpr extent = 1;  // elements from the lowest to the highest of the slice
  for (size_t axis = 0; axis < part.layout.strides.size(); ++axis) {
    const DimExpr& step = part.layout.strides[axis];
    const DimExpr reach = DimExpr::max(part.layout.shape[axis] - 1, 0) * step;
    const DimExpr below = DimExpr::max(0 - reach, 0);  // where the axis runs backwards
    extent = extent + DimExpr::max(reach, 0) + below;
    part.layout.offset = part.layout.offset + below;
    offset = offset - below;
  }
  extent = extent * DimExpr::min(1, element_count(part.layout.shape));
  const int64_t size = dtype_size(type.dtype);
  PlanBuffer view = view_of(place.buffer, program_.buffers[static_cast<size_t>(place.buffer)].place,
                            type.dtype, extent * size, display_name(loop.inner, slice));
  view.offset = offset * size;
  view.motion =
      ViewMotion{loop.id, (loop.layout.is_backwards ? DimExpr(0) - stride : stride) * size, 0, 0};
  part.buffer = add_buffer(std::move(view));
  loop.group.reads.push_back(root(place.buffer));
  loop.body.place_input(sequence, std::move(part));
}

void BodyPlanner::place_state(Loop& loop, size_t number) {
  const ScanState& state = loop.layout.states[number];
  const VariableId output = loop.apply.outputs[number];
  const VariableId initial = loop.apply.inputs.at(loop.layout.sequences + number);
  const TensorType type = graph_.type(output);
  const DimExpr item = item_bytes(type);
  const int64_t ring = state.is_last_only ? state.depth + 1 : 0;
  PlanBuffer trace;
  trace.place = type.place;
  trace.dtype = type.dtype;
  trace.bytes = (ring != 0 ? DimExpr(ring) : loop.count + state.depth) * item;
  trace.name = display_name(graph_, output);
  const int whole = add_buffer(std::move(trace));
  loop.group.writes.push_back(whole);

  PlanBuffer first =
      view_of(whole, type.place, type.dtype, item * state.depth, display_name(graph_, initial));
  const Placement source = placement(initial);
  if (source.buffer >= 0) loop.group.reads.push_back(root(source.buffer));
  loop.group.steps.push_back(copy_step(source, add_buffer(std::move(first)),
                                       graph_.type(initial).shape, node_name(loop.apply)));
  for (size_t k = 0; k < state.taps.size(); ++k) {
    const VariableId tap = loop.inner.inputs().at(state.first_tap + k);
    PlanBuffer view = view_of(whole, type.place, type.dtype, item, display_name(loop.inner, tap));
    view.motion = ViewMotion{loop.id, item, ring, state.depth + state.taps[k]};
    loop.body.place_input(state.first_tap + k,
                          {add_buffer(std::move(view)), contiguous_layout(loop.inner, tap)});
  }
  loop.targets.push_back({whole, ViewMotion{loop.id, item, ring, state.depth}});
  Placement result{whole, contiguous_layout(graph_, output)};
  if (ring != 0) {
    result.layout.offset =
        DimExpr::mod(loop.done + (state.depth - 1), ring) * element_count(type.shape);
  }
  settle(output, std::move(result));
}

void BodyPlanner::place_result(Loop& loop, size_t number) {
  const VariableId output = loop.apply.outputs[number];
  const TensorType type = graph_.type(output);
  const DimExpr item = item_bytes(type);
  PlanBuffer all;
  all.place = type.place;
  all.dtype = type.dtype;
  all.bytes = loop.count * item;
  all.name = display_name(graph_, output);
  const int whole = add_buffer(std::move(all));
  loop.group.writes.push_back(whole);
  loop.targets.push_back({whole, ViewMotion{loop.id, item, 0, 0}});
  settle(output, {whole, contiguous_layout(graph_, output)});
}

// The loop's step and those of its body, which by now knows where its inputs lie.
void BodyPlanner::add_loop_step(Loop& loop) {
  const auto head = loop.group.steps.size();
  PlanStep step;
  step.kind = StepKind::loop;
  step.loop_id = loop.id;
  step.count = loop.count;
  step.node = node_name(loop.apply);
  step.symbol = measured_symbol(loop.apply);
  step.must_end = loop.layout.must_end;
  if (loop.layout.has_until) {
    step.args = {add_arena({DType::boolean, {}, {}}, "until")};
    loop.group.writes.push_back(step.args[0]);
    loop.targets.push_back({step.args[0], std::nullopt});
  }
  loop.group.steps.push_back(step);
  loop.body.plan_applies();
  for (size_t i = 0; i < loop.targets.size(); ++i) {
    const Loop::Target& target = loop.targets[i];
    loop.body.deliver(loop.inner.outputs().at(i), target.buffer, 0, target.motion);
  }
  const int end = append_steps(loop.group, loop.body);
  PlanStep& made = loop.group.steps[head];
  made.body = static_cast<int>(head) + 1;
  made.body_end = end;
  made.fallible = loop.body.is_fallible() || made.must_end;
  loop.group.fallible = made.fallible;
}

void BodyPlanner::plan_scan(const Apply& apply) {
  const Graph& inner = *apply.inner.at(0);
  Loop loop{apply,
            inner,
            scan_layout(apply.attributes),
            *find_attr<DimExpr>(apply.attributes, "n_steps"),
            *find_attr<DimExpr>(apply.attributes, "n_steps"),
            program_.loop_count++,
            BodyPlanner(inner, plan_, program_)};
  if (loop.layout.has_until) {
    loop.done = DimExpr::symbol(measured_symbol(apply), SymbolKind::measured);
  }
  for (size_t i = 0; i < loop.layout.sequences; ++i) place_sequence(loop, i);
  for (size_t i = 0; i < apply.outputs.size(); ++i) {
    if (i < loop.layout.states.size()) {
      place_state(loop, i);
    } else {
      place_result(loop, i);
    }
  }
  for (size_t i = loop.layout.loop_rest; i < apply.inputs.size(); ++i) {
    Placement place = placement(apply.inputs[i]);
    if (place.buffer >= 0) loop.group.reads.push_back(root(place.buffer));
    loop.body.place_input(i - loop.layout.loop_rest + loop.layout.step_rest, std::move(place));
  }
  add_loop_step(loop);
  add_equalities(inner);
  add_group(std::move(loop.group));
}

}  // namespace tgc
