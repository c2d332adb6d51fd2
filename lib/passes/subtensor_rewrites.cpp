// SPDX-License-Identifier: Apache-2.0
// Rewrites of indexing.
//   local_useless_subtensor   x[:, :]            ->  x
//   local_useless_slice       x[1:, :]           ->  x[1:]
//   local_subtensor_merge     x[a:][b]           ->  x[a + b]
//   local_subtensor_lift      f(x, y)[i]         ->  f(x[i], y[i]) for elementwise f used only here
//   local_subtensor_of_alloc  alloc(v, s)[i]     ->  alloc(v, shape of the selection), v a scalar
//   local_incsubtensor_of_zeros_to_setsubtensor  inc_subtensor(zeros, y) -> set_subtensor(zeros, y)
//   local_incsubtensor_of_zeros  inc_subtensor(x, 0) -> x
//   local_useless_inc_subtensor  set_subtensor(x, y, all of x) -> y
// Indices read at run time stop all but the lift and the last three.
#include <algorithm>

#include "graph/verifier.h"
#include "ops/index_template.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

using Index = std::vector<IndexEntry>;

bool is_whole(const IndexedAxis& axis, const DimExpr& from, const Shape& selection) {
  return axis.kind == IndexedAxis::Kind::slice && axis.step == 1 && axis.start.is(0) &&
         selection[axis.out_axis] == from;
}

bool reads_inputs(const IndexTemplate& index) {
  return std::any_of(index.axes.begin(), index.axes.end(),
                     [](const IndexedAxis& axis) { return axis.kind == IndexedAxis::Kind::input; });
}

// All axes are taken whole, in order.
bool selects_all(const Graph& graph, const Apply& apply) {
  const Shape& shape = graph.type(apply.inputs[0]).shape;
  const IndexTemplate index = index_template(graph, apply);
  if (reads_inputs(index) || index.shape.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!is_whole(index.axes[i], shape[i], index.shape)) return false;
  }
  return true;
}

Replacements useless_subtensor(Rewrite& rewrite) {
  if (!selects_all(rewrite.graph, rewrite.apply)) return {};
  return rewrite.give(rewrite.x());
}

Replacements useless_slice(Rewrite& rewrite) {
  Index index = *find_attr<Index>(rewrite.apply.attributes, "index");
  const size_t before = index.size();
  while (!index.empty() && index.back() == IndexEntry{}) index.pop_back();
  if (index.empty() || index.size() == before) return {};
  const VariableId value =
      rewrite.builder.call("subtensor", rewrite.apply.inputs, {{"index", index}});
  return rewrite.give(rewrite.node(value));
}

// One axis of both selections as an entry on the indexed tensor; nullopt where a bound's sign is
// open, since a negative one would count from the end.
std::optional<IndexEntry> merged_entry(const IndexedAxis& first, const IndexedAxis& second,
                                       const DimExpr& length) {
  IndexEntry entry;
  const DimExpr start = first.start + second.start * DimExpr(first.step);
  if (start.lower_bound().value_or(-1) < 0) return std::nullopt;
  entry.start = start;
  if (second.kind == IndexedAxis::Kind::fixed) {
    entry.kind = IndexEntry::Kind::index;
    return entry;
  }
  entry.step = first.step * second.step;
  const DimExpr stop = start + DimExpr(entry.step) * length;
  if (entry.step < 0 && !stop.is_constant()) return std::nullopt;
  if (entry.step > 0 || stop.constant().value_or(0) >= 0) entry.stop = stop;
  return entry;
}

Replacements subtensor_merge(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* inner = made_by(graph, rewrite.input(0), "subtensor");
  if (inner == nullptr) return {};
  const VariableId x = inner->inputs[0];
  const IndexTemplate first = index_template(graph, *inner);
  const IndexTemplate second = index_template(graph, rewrite.apply);
  if (reads_inputs(first) || reads_inputs(second)) return {};
  Index index;
  for (const IndexedAxis& axis : first.axes) {
    IndexEntry entry;
    if (axis.kind == IndexedAxis::Kind::fixed) {
      entry.kind = IndexEntry::Kind::index;
      entry.start = axis.start;
      index.push_back(entry);
      continue;
    }
    const IndexedAxis& then = second.axes.at(axis.out_axis);
    const bool is_slice = then.kind == IndexedAxis::Kind::slice;
    const auto merged =
        merged_entry(axis, then, is_slice ? second.shape[then.out_axis] : DimExpr(1));
    if (!merged) return {};
    index.push_back(*merged);
  }
  const VariableId value = rewrite.builder.call("subtensor", {x}, {{"index", index}});
  // a selection that may be empty has no dependable start: then the shapes are written differently
  if (graph.type(value).shape != rewrite.type().shape) return {};
  return {value};
}

// `index` for an operand that broadcasts: the axes it lacks fall away, of those of length 1 an
// integer takes position 0 and a slice all.
std::optional<Index> index_for(const IndexTemplate& whole, const Index& index, const Shape& shape) {
  const size_t lead = whole.axes.size() - shape.size();
  Index own;
  for (size_t i = lead; i < index.size(); ++i) {
    IndexEntry entry = index[i];
    if (shape[i - lead].is(1)) {
      if (entry.kind == IndexEntry::Kind::input) return std::nullopt;
      entry.start =
          entry.kind == IndexEntry::Kind::index ? std::optional(DimExpr(0)) : std::nullopt;
      entry.stop.reset();
      entry.step = 1;
    }
    own.push_back(entry);
  }
  return own;
}

Replacements subtensor_lift(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* inner = graph.owner(rewrite.input(0));
  if (inner == nullptr || !inner->op->is_elementwise()) return {};
  if (inner->op->scalar_check != nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const IndexTemplate whole = index_template(graph, rewrite.apply);
  if (reads_inputs(whole)) return {};
  const Index index = *find_attr<Index>(rewrite.apply.attributes, "index");
  const std::vector<VariableId> inputs = inner->inputs;
  const Attributes attributes = inner->attributes;
  const std::string_view op = inner->op->name;
  std::vector<VariableId> lifted;
  for (const VariableId input : inputs) {
    const Shape shape = graph.type(input).shape;
    const auto own = index_for(whole, index, shape);
    if (!own) return {};
    lifted.push_back(own->empty() ? input
                                  : rewrite.builder.call("subtensor", {input}, {{"index", *own}}));
  }
  const VariableId value = rewrite.builder.call(op, lifted, attributes);
  if (!shapes_agree(graph.type(value).shape, rewrite.type().shape)) return {};
  return {value};
}

Replacements subtensor_of_alloc(Rewrite& rewrite) {
  const auto value = argument_of(rewrite.graph, rewrite.input(0), "alloc");
  if (!value || rewrite.graph.type(*value).rank() > 0) return {};
  if (reads_inputs(index_template(rewrite.graph, rewrite.apply))) return {};
  return {rewrite.builder.alloc(*value, rewrite.type().shape)};
}

// A position named twice by an integer vector is increased twice, so only basic indices qualify.
Replacements zeros_to_set(Rewrite& rewrite) {
  if (!is_uniform(rewrite.graph, rewrite.input(0), 0)) return {};
  return rewrite.give(rewrite.node(
      rewrite.builder.call("set_subtensor", rewrite.apply.inputs, rewrite.apply.attributes)));
}

Replacements inc_of_zeros(Rewrite& rewrite) {
  if (!is_uniform(rewrite.graph, rewrite.input(1), 0)) return {};
  return rewrite.give(rewrite.x());
}

Replacements useless_inc(Rewrite& rewrite) {
  const bool is_set = rewrite.apply.op->name == "set_subtensor";
  if (!is_set && !is_uniform(rewrite.graph, rewrite.input(0), 0)) return {};
  if (!selects_all(rewrite.graph, rewrite.apply)) return {};
  return rewrite.give(rewrite.x(1));
}

}  // namespace

std::vector<Pass> subtensor_rewrites_passes() {
  return {
      node_pass("local_useless_subtensor", "x[:, :] -> x", {"subtensor"}, useless_subtensor),
      node_pass("local_useless_slice", "x[1:, :] -> x[1:]", {"subtensor"}, useless_slice),
      node_pass("local_subtensor_merge", "x[a:][b] -> x[a + b]", {"subtensor"}, subtensor_merge),
      node_pass("local_subtensor_lift", "f(x, y)[i] -> f(x[i], y[i])", {"subtensor"},
                subtensor_lift),
      node_pass("local_subtensor_of_alloc", "alloc(v, s)[i] -> alloc(v, selection)", {"subtensor"},
                subtensor_of_alloc),
      node_pass("local_incsubtensor_of_zeros_to_setsubtensor",
                "inc_subtensor(zeros, y) -> set_subtensor(zeros, y)", {"inc_subtensor"},
                zeros_to_set),
      node_pass("local_incsubtensor_of_zeros", "inc_subtensor(x, 0) -> x", {"inc_subtensor"},
                inc_of_zeros),
      node_pass("local_useless_inc_subtensor", "set_subtensor(x, y, all of x) -> y",
                {"inc_subtensor", "set_subtensor"}, useless_inc),
  };
}

}  // namespace tgc
