// SPDX-License-Identifier: Apache-2.0
// See planner.h. BodyPlanner plans one Graph (a function's or an inner one) into a list of groups;
// the function's program is put together from it.
#include "planner.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "plan/body_planner.h"
#include "support/check.h"

namespace tgc {
namespace {

// Symbols in the order in which the inputs name them, then declared ones that are used elsewhere.
void collect_symbols(const Function& function, const Model& model, PlanProgram& program) {
  std::set<std::string> known;
  const auto add = [&](const std::string& name, int value_input, int element) {
    if (!known.insert(name).second) return;
    PlanSymbol symbol;
    symbol.dim.name = name;
    if (value_input >= 0) symbol.dim.lower = INT64_MIN;
    for (const DimSymbol& declared : model.dims) {
      if (declared.name == name) symbol.dim = declared;
    }
    symbol.value_input = value_input;
    symbol.value_element = element;
    program.symbols.push_back(std::move(symbol));
  };
  int argument = 0;
  for (const VariableId id : function.graph.inputs()) {
    const Variable& variable = function.graph.variable(id);
    if (variable.kind != VariableKind::input) continue;
    if (variable.value) {
      for (size_t i = 0; i < variable.value->size(); ++i) {
        for (const std::string& name : (*variable.value)[i].symbols()) {
          add(name, argument, static_cast<int>(i));
        }
      }
    }
    for (const DimExpr& dim : variable.type.shape) {
      for (const std::string& name : dim.symbols()) add(name, -1, 0);
    }
    ++argument;
  }
}

// Those that get their value from a step.
void add_measured_symbols(PlanProgram& program) {
  std::set<std::string> known;
  for (const PlanStep& step : program.steps) {
    if (step.symbol.empty() || !known.insert(step.symbol).second) continue;
    PlanSymbol symbol;
    symbol.dim.name = step.symbol;
    symbol.is_measured = true;
    program.symbols.push_back(std::move(symbol));
  }
}

}  // namespace

void plan_function(const Function& function, const PlanRequest& request, Plan& plan) {
  PlanProgram program;
  program.function = function.name;
  program.is_cuda = request.is_cuda;
  collect_symbols(function, request.model, program);
  BodyPlanner planner(function.graph, plan, program);
  planner.plan_function(function);
  add_measured_symbols(program);
  find_lifetimes(program);
  find_alignments(program, plan.kernels);
  plan.programs.push_back(std::move(program));
}

void add_programs(const Model& model, const std::vector<Function>& functions, bool is_cuda,
                  Plan& plan) {
  if (plan.shared.empty()) plan.shared = model.shared;
  plan.name = model.name;
  for (const Function& function : functions) plan_function(function, {model, is_cuda}, plan);
}

}  // namespace tgc
