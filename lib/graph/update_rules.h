// SPDX-License-Identifier: Apache-2.0
// Update rules of stochastic gradient descent: one line of a graph file becomes ordinary nodes and
// state. Formulas and defaults are Lasagne's (lasagne/updates.py), whose sources are named there.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/builder.h"
#include "graph/node.h"

namespace tgc {

// A hyper-parameter: a number, or a scalar variable of any dtype.
using RuleValue = std::variant<double, VariableId>;

struct RuleParameter {
  std::string_view name;
  std::optional<double> fallback;  // nullopt: must be given
};

// Gives the shared variable of this name and type, made with zeros when it is new.
using StateMaker = std::function<VariableId(const std::string& name, const TensorType& type)>;

// What is to be updated, all in one call.
struct RuleRequest {
  std::vector<VariableId> params;                // shared variables of float dtypes
  std::vector<VariableId> grads;                 // one each, of the param's type
  std::map<std::string_view, RuleValue> values;  // every parameter of the rule
  StateMaker state;
};

struct RuleUpdate {
  VariableId shared;
  VariableId value;
};

struct UpdateRule {
  std::string_view name;
  std::string_view doc;  // the formula
  std::vector<RuleParameter> parameters;
  std::vector<RuleUpdate> (*expand)(Builder& builder, const RuleRequest& request) = nullptr;
};

const std::vector<UpdateRule>& update_rules();
const UpdateRule* find_update_rule(std::string_view name);

}  // namespace tgc
