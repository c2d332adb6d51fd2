// SPDX-License-Identifier: Apache-2.0
// The stable text of a Plan: one line a buffer, one line a step.
#include <array>
#include <string_view>

#include "plan/plan.h"

namespace tgc {
namespace {

std::string buffer_text(const PlanProgram& program, int number) {
  const PlanBuffer& buffer = program.buffers[static_cast<size_t>(number)];
  std::string text = "%" + std::to_string(number);
  if (!buffer.name.empty()) text += ":" + buffer.name;
  return text;
}

std::string motion_text(const ViewMotion& motion) {
  std::string place = "loop" + std::to_string(motion.loop);
  if (motion.phase != 0) place += " + " + std::to_string(motion.phase);
  if (motion.phase != 0 || motion.ring != 0) place = "(" + place + ")";
  if (motion.ring != 0) place += "%" + std::to_string(motion.ring);
  return " + " + motion.stride.text() + "*" + place;
}

void print_buffer(const PlanProgram& program, size_t number, std::string& text) {
  constexpr std::array<std::string_view, 7> kKinds = {"input",    "output", "shared", "shared_next",
                                                      "constant", "arena",  "view"};
  const PlanBuffer& buffer = program.buffers[number];
  text += "  " + buffer_text(program, static_cast<int>(number)) + " = ";
  text += kKinds.at(static_cast<size_t>(buffer.kind));
  if (buffer.kind == BufferKind::view) {
    text += " of " + buffer_text(program, buffer.index) + " at " + buffer.offset.text();
    if (buffer.motion) text += motion_text(*buffer.motion);
  } else if (buffer.index >= 0) {
    text += " " + std::to_string(buffer.index);
  }
  text += " " + std::string(dtype_name(buffer.dtype)) + ", " + buffer.bytes.text() + " bytes";
  if (!buffer.place.is_host()) text += " on " + buffer.place.context;
  if (buffer.kind == BufferKind::arena) {
    text += ", steps " + std::to_string(buffer.first) + "-" + std::to_string(buffer.last);
  }
  text += "\n";
}

void print_step(const Plan& plan, const PlanProgram& program, size_t number, std::string& text) {
  const PlanStep& step = program.steps[number];
  text += "  " + std::to_string(number) + ": ";
  switch (step.kind) {
    case StepKind::kernel:
      text += plan.kernels[static_cast<size_t>(step.kernel)].name;
      break;
    case StepKind::copy:
      text += "copy";
      break;
    case StepKind::loop:
      text += "loop" + std::to_string(step.loop_id) + " " + step.count.text() + " times, to " +
              std::to_string(step.body_end);
      if (!step.symbol.empty()) text += ", at most; " + step.symbol + " done";
      break;
    case StepKind::measure:
      text += "measure " + step.symbol;
      break;
    case StepKind::branch:
      text += "branch, else at " + std::to_string(step.body_mid) + ", to " +
              std::to_string(step.body_end);
      break;
  }
  text += "(";
  for (size_t i = 0; i < step.args.size(); ++i) {
    text += (i > 0 ? ", " : "") + buffer_text(program, step.args[i]);
  }
  text += ")";
  if (!step.place.is_host()) text += " on " + step.place.context;
  if (step.fallible) text += " fallible";
  text += "  # " + step.node + "\n";
}

}  // namespace

std::string plan_text(const Plan& plan) {
  std::string text = "plan " + plan.name + "\n";
  for (const PlanProgram& program : plan.programs) {
    text += "function " + program.function + (program.is_cuda ? " for cuda\n" : " for cpu\n");
    for (size_t i = 0; i < program.buffers.size(); ++i) print_buffer(program, i, text);
    for (size_t i = 0; i < program.steps.size(); ++i) print_step(plan, program, i, text);
    for (const PlanUpdate& update : program.updates) {
      text += "  update " + plan.shared[static_cast<size_t>(update.shared)].name + " <- " +
              buffer_text(program, update.buffer) + "\n";
    }
  }
  return text;
}

}  // namespace tgc
