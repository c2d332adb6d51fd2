// SPDX-License-Identifier: Apache-2.0
// Loops, branches and gradients around what is there. See families.h.
#include <algorithm>

#include "e2e/random/families.h"
#include "json/json_writer.h"
#include "ops/op_list.h"
#include "ops/scan.h"
#include "support/text.h"

namespace tgc {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> items;
  for (const std::string& name : names) items.push_back(json_quoted(name));
  return "[" + join(items, ", ") + "]";
}

std::string object_text(const std::vector<std::pair<std::string, std::string>>& members) {
  std::vector<std::string> items;
  for (const auto& [key, value] : members) items.push_back(json_quoted(key) + ": " + value);
  return "{" + join(items, ", ") + "}";
}

struct LoopPlan {
  std::vector<VariableId> sequences;
  std::vector<VariableId> states;
  std::vector<VariableId> items;  // inner
  std::vector<VariableId> inner_states;
  std::vector<VariableId> next;  // inner
  std::vector<VariableId> results;
};

// What a state becomes: something of its type that the body computed, else itself changed a bit.
VariableId next_state(GraphMaker& body, VariableId state) {
  const TensorType wanted = body.type(state);
  const auto found = body.find([&](const TensorType& type) { return type == wanted; });
  if (found && body.random().chance(0.8)) return *found;
  if (!is_float(wanted.dtype)) return state;
  const auto half = body.call("mul", {state, body.constant(wanted.dtype, 0.5)});
  const auto moved = half ? body.call("tanh", {*half}) : std::nullopt;
  return moved && body.type(*moved) == wanted ? *moved : state;
}

void choose_operands(GraphMaker& maker, LoopPlan& loop) {
  Random& random = maker.random();
  for (int64_t i = random.between(0, 2); i > 0; --i) {
    const auto found = maker.find([](const TensorType& type) { return type.rank() > 0; });
    if (found) loop.sequences.push_back(*found);
  }
  const int64_t least_states = loop.sequences.empty() ? 1 : 0;
  for (int64_t i = random.between(least_states, 2); i > 0; --i) {
    loop.states.push_back(maker.any());
  }
}

std::string body_text(GraphMaker& body, const LoopPlan& loop) {
  std::vector<std::string> nodes;
  for (const SketchNode& node : body.nodes()) nodes.push_back(node_json(node));
  std::vector<std::pair<std::string, std::string>> next;
  for (size_t i = 0; i < loop.next.size(); ++i) {
    next.emplace_back(body.name(loop.inner_states[i]), json_quoted(body.name(loop.next[i])));
  }
  std::vector<std::string> results;
  for (const VariableId id : loop.results) results.push_back(body.name(id));
  return "{\"nodes\": [" + join(nodes, ", ") + "], \"next\": " + object_text(next) +
         ", \"outputs\": " + quoted_list(results) + "}";
}

std::vector<std::pair<std::string, std::string>> scan_members(GraphMaker& maker, GraphMaker& body,
                                                              const LoopPlan& loop) {
  std::vector<std::pair<std::string, std::string>> sequences;
  std::vector<std::pair<std::string, std::string>> states;
  for (size_t i = 0; i < loop.sequences.size(); ++i) {
    sequences.emplace_back(body.name(loop.items[i]), json_quoted(maker.name(loop.sequences[i])));
  }
  for (size_t i = 0; i < loop.states.size(); ++i) {
    states.emplace_back(body.name(loop.inner_states[i]), json_quoted(maker.name(loop.states[i])));
  }
  return {{"sequences", object_text(sequences)},
          {"states", object_text(states)},
          {"body", body_text(body, loop)}};
}

}  // namespace

bool grow_scan(GraphMaker& maker) {
  Random& random = maker.random();
  if (maker.depth() > 1) return false;
  LoopPlan loop;
  choose_operands(maker, loop);
  GraphMaker body(maker);
  for (const VariableId id : loop.sequences) loop.items.push_back(body.add_item(id, true));
  for (const VariableId id : loop.states) loop.inner_states.push_back(body.add_item(id, false));
  for (int64_t i = random.between(0, 2); i > 0; --i) body.capture(maker.any());
  grow_some(body, static_cast<int>(random.between(1, 5)));
  for (const VariableId id : loop.inner_states) loop.next.push_back(next_state(body, id));
  for (int64_t i = random.between(loop.states.empty() ? 1 : 0, 2); i > 0; --i) {
    loop.results.push_back(body.any());
  }
  for (const auto* list : {&loop.next, &loop.results}) {
    for (const VariableId id : *list) body.graph().add_output(id);
  }
  Proposal proposal{&op_registry().get("scan"), loop.sequences, {}, {}, {}};
  const auto& captured = body.captured();
  proposal.inputs.insert(proposal.inputs.end(), loop.states.begin(), loop.states.end());
  proposal.inputs.insert(proposal.inputs.end(), captured.begin(), captured.end());
  proposal.members = scan_members(maker, body, loop);
  if (loop.sequences.empty() || random.chance(0.2)) {
    const DimExpr steps = random.chance(0.3) ? maker.some_dim() : DimExpr(random.between(0, 4));
    proposal.attributes["n_steps"] = steps;
  }
  if (random.chance(0.3)) proposal.attributes["go_backwards"] = true;
  const auto own = attribute_members(proposal.attributes);
  proposal.members.insert(proposal.members.end(), own.begin(), own.end());
  const std::vector<std::vector<int64_t>> taps(loop.states.size(), {-1});
  proposal.attributes.merge(scan_attributes(loop.sequences.size(), taps));
  proposal.inner = {std::make_shared<const Graph>(body.graph())};
  return maker.add(proposal).has_value();
}

bool grow_branch(GraphMaker& maker) {
  Random& random = maker.random();
  const auto scalar = maker.find([](const TensorType& type) { return type.rank() == 0; });
  const VariableId condition =
      scalar && random.chance(0.6) ? *scalar : maker.leaf(DType::boolean, {});
  std::vector<VariableId> first;
  std::vector<VariableId> second;
  for (int64_t i = random.between(1, 2); i > 0; --i) {
    const VariableId one = maker.any();
    first.push_back(one);
    second.push_back(maker.fit(maker.type(one).dtype, maker.type(one).shape));
    if (random.chance(0.5)) std::swap(first.back(), second.back());
  }
  std::vector<VariableId> inputs{condition};
  inputs.insert(inputs.end(), first.begin(), first.end());
  inputs.insert(inputs.end(), second.begin(), second.end());
  return maker.add({&op_registry().get("ifelse"), inputs, {}, {}, {}}).has_value();
}

bool grow_gradient(GraphMaker& maker) {
  Random& random = maker.random();
  const auto x = maker.find([](const TensorType& type) { return is_float(type.dtype); });
  if (!x) return false;
  std::optional<VariableId> cost = x;
  if (maker.type(*x).rank() > 0) cost = maker.call(random.chance(0.5) ? "sum" : "mean", {*x});
  if (!cost || maker.type(*cost).rank() > 0) return false;
  std::vector<VariableId> wrt;
  for (int64_t i = random.between(1, 3); i > 0; --i) {
    const auto one = maker.find([](const TensorType& type) { return is_float(type.dtype); });
    if (one && std::find(wrt.begin(), wrt.end(), *one) == wrt.end()) wrt.push_back(*one);
  }
  return !wrt.empty() && maker.add_gradients(*cost, wrt);
}

}  // namespace tgc
