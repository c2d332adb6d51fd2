// SPDX-License-Identifier: Apache-2.0
// Collects the records that passes.def names.
#include <algorithm>
#include <utility>

#include "passes/match.h"
#include "passes/pass.h"
#include "support/check.h"

namespace tgc {

#define TGC_PASS(name) Pass name##_pass();
#define TGC_PASS_FAMILY(name) std::vector<Pass> name##_passes();
#include "passes/passes.def"
#undef TGC_PASS
#undef TGC_PASS_FAMILY

namespace {

std::vector<Pass> make_passes() {
  std::vector<Pass> passes;
#define TGC_PASS(name) passes.push_back(name##_pass());
#define TGC_PASS_FAMILY(name) \
  for (Pass & pass : name##_passes()) passes.push_back(std::move(pass));
#include "passes/passes.def"
#undef TGC_PASS
#undef TGC_PASS_FAMILY
  std::sort(passes.begin(), passes.end(),
            [](const Pass& a, const Pass& b) { return a.name < b.name; });
  for (size_t i = 1; i < passes.size(); ++i) {
    TGC_CHECK(passes[i - 1].name != passes[i].name,
              "two passes are named " + std::string(passes[i].name));
  }
  return passes;
}

}  // namespace

const std::vector<Pass>& all_passes() {
  static const std::vector<Pass> passes = make_passes();
  return passes;
}

const Pass* find_pass(std::string_view name) {
  const auto& passes = all_passes();
  const auto found =
      std::lower_bound(passes.begin(), passes.end(), name,
                       [](const Pass& pass, std::string_view key) { return pass.name < key; });
  return found != passes.end() && found->name == name ? &*found : nullptr;
}

Pass node_pass(std::string_view name, std::string_view summary,
               std::vector<std::string_view> tracks, Replacements (*rewrite)(Rewrite&)) {
  Pass pass;
  pass.name = name;
  pass.summary = summary;
  pass.tracks = std::move(tracks);
  pass.rewrite = rewrite;
  return pass;
}

Pass graph_pass(std::string_view name, std::string_view summary,
                void (*run)(Graph&, PassContext&)) {
  Pass pass;
  pass.name = name;
  pass.summary = summary;
  pass.run = run;
  return pass;
}

Pass with_parts(Pass pass, std::vector<std::string_view> parts) {
  pass.parts = std::move(parts);
  return pass;
}

Replacements Rewrite::give(const Node& value) const {
  return {fitted(builder, value.id(), type())};
}

std::string variable_label(const Graph& graph, VariableId id) {
  const Variable& variable = graph.variable(id);
  if (!variable.name.empty()) return variable.name;
  if (variable.kind == VariableKind::constant) {
    return "TensorConstant{" + display_name(graph, id) + "}";
  }
  const Apply* owner = graph.owner(id);
  if (owner == nullptr) return "<" + type_text(variable.type) + ">";
  const std::string_view theano = owner->op->theano.empty() ? owner->op->name : owner->op->theano;
  return std::string(theano) + "." + std::to_string(variable.output_index);
}

void replace_in(Graph& graph, const PassContext& context, std::string_view rewrite, VariableId old,
                VariableId replacement) {
  if (context.on_replace) {
    context.on_replace({rewrite, variable_label(graph, old), variable_label(graph, replacement)});
  }
  if (context.watch != nullptr) context.watch->replacing(graph, rewrite, old, replacement);
  graph.replace(old, replacement, rewrite);
}

bool PassContext::allows_one() const {
  if (budget == nullptr) return true;
  if (budget->is_spent()) return false;
  ++budget->used;
  return true;
}

}  // namespace tgc
