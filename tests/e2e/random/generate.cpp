// SPDX-License-Identifier: Apache-2.0
// See generate.h.
#include "e2e/random/generate.h"

#include <algorithm>

#include "e2e/random/families.h"

namespace tgc {
namespace {

int node_count(Random& random, const GenerateOptions& options) {
  if (options.nodes > 0) return options.nodes;
  if (options.is_small) return static_cast<int>(random.between(2, 10));
  const double draw = random.unit();
  if (draw < 0.6) return static_cast<int>(random.between(2, 14));
  if (draw < 0.97) return static_cast<int>(random.between(15, 40));
  return static_cast<int>(random.between(41, 200));
}

// What nothing uses, and some of the rest.
void choose_outputs(const GraphMaker& maker, Random& random, Sketch& sketch) {
  std::set<std::string> used;
  for (const SketchNode& node : sketch.nodes) {
    used.insert(node.inputs.begin(), node.inputs.end());
    used.insert(node.uses.begin(), node.uses.end());
  }
  for (auto node = sketch.nodes.rbegin(); node != sketch.nodes.rend(); ++node) {
    for (const std::string& name : node->outputs) {
      const bool is_wanted = used.count(name) == 0 ? random.chance(0.9) : random.chance(0.08);
      if (is_wanted && sketch.outputs.size() < 8) sketch.outputs.push_back(name);
    }
  }
  if (sketch.outputs.empty() || random.chance(0.1)) {
    sketch.outputs.push_back(maker.name(maker.pool().back()));
  }
}

// New values of a shared variable's type: what is there, or a step away from it.
std::optional<VariableId> new_value(GraphMaker& maker, Random& random, VariableId shared) {
  const TensorType type = maker.type(shared);
  const auto found =
      maker.find([&](const TensorType& one) { return one == type && random.chance(0.8); });
  if (found && *found != shared) return found;
  if (!is_float(type.dtype)) return found;
  const auto step =
      maker.call("mul", {maker.fit(type.dtype, type.shape), maker.constant(type.dtype, 0.25)});
  const auto moved = step ? maker.call("sub", {shared, *step}) : std::nullopt;
  return moved && maker.type(*moved) == type ? moved : found;
}

void choose_updates(GraphMaker& maker, Random& random, Sketch& sketch) {
  for (const VariableId id : std::vector<VariableId>(maker.pool())) {
    if (maker.graph().variable(id).kind != VariableKind::shared || random.chance(0.2)) continue;
    const auto value = new_value(maker, random, id);
    if (value) sketch.updates.emplace_back(maker.name(id), maker.name(*value));
  }
}

constexpr uint64_t kOwnOps = 3;

// A node of this very op: some give back what they got, which makes none.
bool draw(GraphMaker& maker, const OpDef& op) {
  for (int attempt = 0; attempt < 6; ++attempt) {
    const size_t first = maker.nodes().size();
    if (!grow_op(maker, op)) continue;
    const auto& nodes = maker.nodes();
    if (std::any_of(nodes.begin() + static_cast<std::ptrdiff_t>(first), nodes.end(),
                    [&](const SketchNode& node) { return node.op == op.name; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

Sketch generate(uint64_t seed, const GenerateOptions& options) {
  Random random(seed * 0x9E3779B97F4A7C15U + 1);
  Sketch sketch;
  sketch.seed = seed;
  sketch.function = "f" + std::to_string(seed);
  MakerOptions limits;
  if (random.chance(0.1)) limits.max_elements = 60000;
  if (options.is_wild || random.chance(0.05)) limits.wild = 0.5;
  if (options.is_small) limits.max_elements = 300;
  GraphMaker maker(sketch, random, limits);
  for (int64_t i = random.between(0, 3); i > 0; --i) maker.some_leaf();
  // A few ops are each seed's own, so that a third as many seeds as there are ops draw them all.
  for (uint64_t i = 0; i < kOwnOps; ++i) {
    const OpDef& op = *drawn_ops()[(seed * kOwnOps + i) % drawn_ops().size()];
    if (draw(maker, op)) sketch.outputs.push_back(maker.name(maker.pool().back()));
  }
  grow_some(maker, node_count(random, options));
  sketch.nodes = maker.nodes();
  choose_outputs(maker, random, sketch);
  choose_updates(maker, random, sketch);
  sketch.nodes = maker.nodes();
  prune(sketch);
  return sketch;
}

}  // namespace tgc
