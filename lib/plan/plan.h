// SPDX-License-Identifier: Apache-2.0
// Plan: a function as ordered steps over buffers, before targets have made code of the kernels. The
// runtime executes the same structure (bundle_abi.h); here sizes are DimExprs.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "kernel/kernel.h"

namespace tgc {

enum class BufferKind { input, output, shared, shared_next, constant, arena, view };

// How a view moves with a loop: in iteration t it stands `stride` bytes further for each of the
// (t + phase) places it has gone, or with a ring (t + phase) % ring places.
struct ViewMotion {
  int loop = -1;  // loop_id of that loop
  DimExpr stride;
  int64_t ring = 0;  // 0: it never comes back
  int64_t phase = 0;
};

struct PlanBuffer {
  BufferKind kind = BufferKind::arena;
  Place place;
  DType dtype = DType::float32;
  int index = -1;  // input, output, shared, constant number; view: its base buffer
  DimExpr bytes;
  DimExpr offset;                    // view: bytes into the base
  std::optional<ViewMotion> motion;  // view in a loop
  int first = -1;                    // arena: the steps that need it, inclusive
  int last = -1;
  std::string name;
};

// measure: the int64 in args[0] becomes the value of `symbol`. A loop with a symbol stops early
// when the bool in args[0] is set, and counts its steps into the symbol.
enum class StepKind { kernel, copy, loop, branch, measure };

struct PlanStep {
  StepKind kind = StepKind::kernel;
  Place place;
  bool fallible = false;
  bool writes_state = false;
  int kernel = -1;        // number in Plan::kernels
  std::vector<int> args;  // buffers: one per kernel param; copy: source, destination; branch: bool
  DimExpr count;          // loop
  std::string symbol;     // measure, loop that may stop early
  bool must_end = false;  // a loop that fails unless it stops early
  int loop_id = -1;       // loop: what views that move with it name
  int body = -1;          // loop, branch: steps [body, body_end)
  int body_mid = -1;      // branch: first step of the else part
  int body_end = -1;
  std::string node;  // the user's node
};

struct PlanSymbol {
  DimSymbol dim;
  bool is_measured = false;  // a step gives it its value
  int value_input = -1;      // the symbol is an element of this integer input
  int value_element = 0;
};

struct PlanValue {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  int buffer = -1;
};

struct PlanUpdate {
  int shared = -1;  // number in Plan::shared
  int buffer = -1;  // kind shared_next, or shared when it was written in place
};

// One function for one kind of device.
struct PlanProgram {
  std::string function;
  bool is_cuda = false;
  std::vector<PlanSymbol> symbols;
  std::vector<DimEquality> equalities;
  std::vector<PlanValue> inputs;
  std::vector<PlanValue> outputs;
  std::vector<PlanUpdate> updates;
  std::vector<PlanBuffer> buffers;
  std::vector<PlanStep> steps;
  int loop_count = 0;  // loop_ids given out
};

struct Plan {
  std::string name;
  std::vector<SharedVariable> shared;
  std::vector<std::shared_ptr<const Tensor>> constants;
  std::vector<Kernel> kernels;  // one per kernel step; equal ones are joined when emitted
  std::vector<PlanProgram> programs;
};

// Stable text for `--emit=plan` and goldens.
std::string plan_text(const Plan& plan);

}  // namespace tgc
