// SPDX-License-Identifier: Apache-2.0
// See graph_copy.h.
#include "passes/graph_copy.h"

#include <utility>

#include "support/check.h"

namespace tgc {

VariableId copied(const Graph& from, VariableId id, Graph& to, VariableMap& known) {
  const auto found = known.find(id);
  if (found != known.end()) return found->second;
  const Variable& variable = from.variable(id);
  TGC_CHECK(variable.kind == VariableKind::constant, "copying a variable that is not known");
  return known[id] = to.add_constant(variable.constant, variable.name, variable.origin,
                                     variable.type.place);
}

ApplyId copy_apply(const Graph& from, ApplyId id, Graph& to, VariableMap& known) {
  const Apply& apply = from.apply(id);
  ApplySpec spec;
  spec.op = apply.op;
  spec.attributes = apply.attributes;
  spec.inner = apply.inner;
  spec.name = apply.name;
  spec.origin = apply.origin;
  for (const VariableId input : apply.inputs) spec.inputs.push_back(copied(from, input, to, known));
  for (const VariableId output : apply.outputs) {
    spec.output_types.push_back(from.type(output));
    spec.output_values.push_back(from.variable(output).value);
  }
  const ApplyId made = to.add_apply(std::move(spec));
  to.set_destroys(made, apply.destroys);
  for (size_t i = 0; i < apply.outputs.size(); ++i) {
    const VariableId output = to.apply(made).outputs[i];
    known[apply.outputs[i]] = output;
    to.set_name(output, from.variable(apply.outputs[i]).name);
  }
  return made;
}

VariableId add_input_like(const Graph& from, VariableId id, Graph& to) {
  const Variable& variable = from.variable(id);
  const VariableId input =
      to.add_input(variable.type, display_name(from, id), VariableKind::input, variable.origin);
  if (variable.value) to.set_value(input, *variable.value);
  return input;
}

}  // namespace tgc
