// SPDX-License-Identifier: Apache-2.0
// Indexing beside other ops.
//   local_dimshuffle_subtensor   x[2:3] without that axis      ->  x[2]
//   local_subtensor_remove_broadcastable_index  x[0] of an axis of length 1 -> dimshuffle(x)
//   local_subtensor_of_dot       dot(x, y)[i, j]               ->  dot(x[i], y[:, j])
//   local_subtensor_inc_subtensor  set_subtensor(x, y, i)[i]   ->  y
//   local_adv_sub1_adv_inc_sub1  the same for a known vector of positions, each named once
//   local_set_to_inc_subtensor   x[v] = x[v] + y, v such a vector  ->  x[v] += y
//   local_setsubtensor_of_constants  set_subtensor(c everywhere, c) -> c everywhere
//   local_IncSubtensor_serialize, pre_local_IncSubtensor_serialize
//                                x + inc_subtensor(zeros, y, i) -> inc_subtensor(x, y, i), each
//                                term
// Positions read at run time may fail the call, so what reads them stays.
#include <algorithm>
#include <cmath>
#include <set>

#include "graph/verifier.h"
#include "ops/index_template.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

using Index = std::vector<IndexEntry>;
using Order = std::vector<int64_t>;

const Index& index_of(const Apply& apply) {
  return *find_attr<Index>(apply.attributes, "index");
}

bool reads_inputs(const IndexTemplate& index) {
  return std::any_of(index.axes.begin(), index.axes.end(),
                     [](const IndexedAxis& axis) { return axis.kind == IndexedAxis::Kind::input; });
}

IndexEntry at(const DimExpr& position) {
  IndexEntry entry;
  entry.kind = IndexEntry::Kind::index;
  entry.start = position;
  return entry;
}

Node indexed(const Node& x, const Index& index) {
  return index.empty() ? x : x.call("subtensor", {}, {{"index", index}});
}

// The axes that `order` keeps, when it only leaves axes out.
bool only_drops(const Order& order, int64_t rank) {
  return static_cast<int64_t>(order.size()) < rank && std::is_sorted(order.begin(), order.end()) &&
         std::none_of(order.begin(), order.end(), [](int64_t axis) { return axis < 0; });
}

Replacements dimshuffle_subtensor(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* inner = made_by(graph, rewrite.input(0), "subtensor");
  const Order& order = *find_attr<Order>(rewrite.apply.attributes, "order");
  if (inner == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  if (!only_drops(order, rewrite.x().type().rank())) return {};
  const IndexTemplate selection = index_template(graph, *inner);
  if (reads_inputs(selection)) return {};
  Index index = index_of(*inner);
  size_t dropped = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) {
    const IndexedAxis& from = selection.axes[axis];
    if (from.kind != IndexedAxis::Kind::slice) continue;
    const auto out = static_cast<int64_t>(from.out_axis);
    if (std::find(order.begin(), order.end(), out) != order.end()) continue;
    if (from.start.lower_bound().value_or(-1) < 0) return {};
    index[axis] = at(from.start);
    ++dropped;
  }
  // axes behind the last entry are taken whole
  if (dropped + order.size() != static_cast<size_t>(rewrite.x().type().rank())) return {};
  return rewrite.give(indexed(rewrite.node(inner->inputs[0]), index));
}

Replacements remove_broadcastable_index(Rewrite& rewrite) {
  const Shape shape = rewrite.x().type().shape;
  const Index& index = index_of(rewrite.apply);
  Order order;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const IndexEntry entry = axis < index.size() ? index[axis] : IndexEntry{};
    if (entry == IndexEntry{}) {
      order.push_back(static_cast<int64_t>(axis));
      continue;
    }
    const bool is_only = entry.kind == IndexEntry::Kind::index && shape[axis].is(1) &&
                         (entry.start->is(0) || entry.start->is(-1));
    if (!is_only) return {};
  }
  if (order.size() == shape.size()) return {};
  return rewrite.give(rewrite.x().call("dimshuffle", {}, {{"order", order}}));
}

Replacements subtensor_of_dot(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* dot = made_by(graph, rewrite.input(0), "dot");
  if (dot == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  if (reads_inputs(index_template(graph, rewrite.apply))) return {};
  const Node x = rewrite.node(dot->inputs[0]);
  const Node y = rewrite.node(dot->inputs[1]);
  if (x.type().rank() == 0 || x.type().rank() > 2 || y.type().rank() != 2) return {};
  const Index& index = index_of(rewrite.apply);
  const auto split = std::min(static_cast<size_t>(x.type().rank() - 1), index.size());
  const Index first(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(split));
  Index second(index.begin() + static_cast<std::ptrdiff_t>(split), index.end());
  if (!second.empty()) second.insert(second.begin(), IndexEntry{});
  return rewrite.give(indexed(x, first).call("dot", {indexed(y, second)}));
}

Replacements subtensor_of_set(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* write = made_by(graph, rewrite.input(0), "set_subtensor");
  if (write == nullptr || index_of(*write) != index_of(rewrite.apply)) return {};
  if (reads_inputs(index_template(graph, rewrite.apply))) return {};
  return rewrite.give(rewrite.node(write->inputs[1]));
}

// A constant vector that names positions of the first axis of `x`, each once.
bool names_each_once(const Graph& graph, VariableId vector, VariableId x) {
  const Variable& variable = graph.variable(vector);
  if (variable.kind != VariableKind::constant || variable.type.rank() != 1) return false;
  const auto length = graph.type(x).shape[0].constant();
  if (!length) return false;
  std::set<int64_t> seen;
  for (int64_t i = 0; i < variable.constant->size(); ++i) {
    const auto position = static_cast<int64_t>(variable.constant->get_double(i));
    const int64_t from_front = position < 0 ? position + *length : position;
    if (from_front < 0 || from_front >= *length || !seen.insert(from_front).second) return false;
  }
  return true;
}

Replacements vector_of_set(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const VariableId vector = rewrite.input(1);
  const Apply* write = graph.owner(rewrite.input(0));
  if (write == nullptr || !names_each_once(graph, vector, rewrite.input(0))) return {};
  const bool sets = write->op->name == "advanced_set_subtensor1";
  const bool adds_to_zeros =
      write->op->name == "advanced_inc_subtensor1" && is_uniform(graph, write->inputs[0], 0);
  if ((!sets && !adds_to_zeros) || write->inputs[2] != vector) return {};
  return rewrite.give(rewrite.node(write->inputs[1]));
}

Replacements set_to_inc(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const VariableId x = rewrite.input(0);
  const VariableId vector = rewrite.input(2);
  const Apply* sum = made_by(graph, rewrite.input(1), "add");
  if (sum == nullptr || sum->inputs.size() != 2 || !names_each_once(graph, vector, x)) return {};
  for (const size_t side : {0U, 1U}) {
    const Apply* read = made_by(graph, sum->inputs[side], "advanced_subtensor1");
    if (read == nullptr || read->inputs[0] != x || read->inputs[1] != vector) continue;
    const Node other = rewrite.node(sum->inputs[1 - side]);
    if (other.type().dtype != rewrite.type().dtype) return {};
    return rewrite.give(rewrite.x().call("advanced_inc_subtensor1", {other, rewrite.node(vector)}));
  }
  return {};
}

Replacements set_of_constants(Rewrite& rewrite) {
  const auto value = uniform_value(rewrite.graph, rewrite.input(0));
  if (!value || !is_uniform(rewrite.graph, rewrite.input(1), *value)) return {};
  if (reads_inputs(index_template(rewrite.graph, rewrite.apply))) return {};
  if (*value == 0 && is_float(rewrite.type().dtype)) {
    // 0 and -0 are equal and differ
    const auto bits = [&](size_t i) {
      return std::signbit(*uniform_value(rewrite.graph, rewrite.input(i)));
    };
    if (bits(0) != bits(1)) return {};
  }
  return rewrite.give(rewrite.x());
}

bool is_increment(const Graph& graph, VariableId id, const TensorType& type) {
  const Apply* apply = graph.owner(id);
  if (apply == nullptr || !has_one_use(graph, id)) return false;
  const std::string_view op = apply->op->name;
  const bool is_it =
      op == "inc_subtensor" || op == "advanced_inc_subtensor" || op == "advanced_inc_subtensor1";
  return is_it && graph.type(id).dtype == type.dtype &&
         shapes_agree(graph.type(id).shape, type.shape) && is_uniform(graph, apply->inputs[0], 0);
}

Replacements serialize(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const TensorType type = rewrite.type();
  std::vector<VariableId> increments;
  std::vector<VariableId> others;
  for (const VariableId id : rewrite.apply.inputs) {
    (is_increment(graph, id, type) ? increments : others).push_back(id);
  }
  if (increments.empty()) return {};
  if (others.empty()) others.push_back(graph.apply(graph.variable(increments[0]).owner).inputs[0]);
  std::vector<Node> terms;
  for (const VariableId id : others) terms.push_back(rewrite.node(id).cast(type.dtype));
  VariableId tip = fitted(rewrite.builder, combined("add", terms).id(), type);
  for (const VariableId id : increments) {
    const Apply increment = graph.apply(graph.variable(id).owner);
    std::vector<VariableId> inputs = increment.inputs;
    inputs[0] = tip;
    tip = rewrite.builder.call(increment.op->name, inputs, increment.attributes);
  }
  return {tip};
}

}  // namespace

std::vector<Pass> index_rewrites_passes() {
  const std::string_view serial = "x + inc_subtensor(zeros, y) -> inc_subtensor(x, y)";
  return {
      node_pass("local_dimshuffle_subtensor", "x[2:3] without that axis -> x[2]", {"dimshuffle"},
                dimshuffle_subtensor),
      node_pass("local_subtensor_remove_broadcastable_index",
                "x[0] of an axis of length 1 -> dimshuffle(x)", {"subtensor"},
                remove_broadcastable_index),
      node_pass("local_subtensor_of_dot", "dot(x, y)[i, j] -> dot(x[i], y[:, j])", {"subtensor"},
                subtensor_of_dot),
      node_pass("local_subtensor_inc_subtensor", "set_subtensor(x, y, i)[i] -> y", {"subtensor"},
                subtensor_of_set),
      node_pass("local_adv_sub1_adv_inc_sub1", "set_subtensor(x, y, v)[v] -> y, v known",
                {"advanced_subtensor1"}, vector_of_set),
      node_pass("local_set_to_inc_subtensor", "x[v] = x[v] + y -> x[v] += y, v known",
                {"advanced_set_subtensor1"}, set_to_inc),
      node_pass("local_setsubtensor_of_constants", "set_subtensor(c, c) -> c", {"set_subtensor"},
                set_of_constants),
      node_pass("local_IncSubtensor_serialize", serial, {"add"}, serialize),
      node_pass("pre_local_IncSubtensor_serialize", serial, {"add"}, serialize),
  };
}

}  // namespace tgc
