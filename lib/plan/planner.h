// SPDX-License-Identifier: Apache-2.0
// Planner: Function → PlanProgram. Lowers every Apply, puts the steps in an order in which all
// reads of old values and all fallible steps come before the first write of state, gives variables
// buffers (views share, results and updates are written where they end up), and finds lifetimes.
#pragma once
#include <string>

#include "plan/plan.h"

namespace tgc {

struct PlanRequest {
  const Model& model;
  bool is_cuda = false;
};

// Adds the program of `function` to `plan`, whose shared variables are already listed.
// The function's Graph is verified: nothing can be the user's fault any more.
void plan_function(const Function& function, const PlanRequest& request, Plan& plan);

// A plan with all functions of the model for one kind of device.
void add_programs(const Model& model, const std::vector<Function>& functions, bool is_cuda,
                  Plan& plan);

}  // namespace tgc
