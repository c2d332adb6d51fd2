// SPDX-License-Identifier: Apache-2.0
// Graph storage: vectors indexed by id, use lists kept exact by every mutator.
#include "graph/graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "graph/graph_symbols.h"
#include "graph/op_def.h"
#include "support/check.h"

namespace tgc {

struct Graph::Impl {
  struct VariableEntry {
    Variable variable;
    std::vector<Use> uses;
  };
  struct ApplyEntry {
    Apply apply;
    bool alive = true;
  };
  std::vector<VariableEntry> variables;
  std::vector<ApplyEntry> applies;
  std::vector<VariableId> inputs;
  std::vector<VariableId> outputs;
  std::vector<DimEquality> equalities;
  std::unordered_set<std::string> equality_keys;  // of those, what add_equality() tells apart
  size_t live = 0;

  void remove_use(VariableId id, ApplyId apply, int index) {
    auto& uses = variables[id.index()].uses;
    const auto found = std::find_if(uses.begin(), uses.end(), [&](const Use& use) {
      return use.apply == apply && use.index == index;
    });
    TGC_CHECK(found != uses.end(), "use list out of step");
    uses.erase(found);
  }
  VariableId new_variable(Variable variable) {
    variable.id = make_id<VariableId>(variables.size());
    const VariableId id = variable.id;
    variables.push_back({std::move(variable), {}});
    return id;
  }
};

Origin Origin::merged(const Origin& first, const Origin& second) {
  Origin result = first;
  if (result.pointer.empty()) result.pointer = second.pointer;
  for (const auto& [from, to] :
       {std::pair{&second.nodes, &result.nodes}, std::pair{&second.rewrites, &result.rewrites},
        std::pair{&second.trace, &result.trace}}) {
    for (const std::string& item : *from) {
      if (std::find(to->begin(), to->end(), item) == to->end()) to->push_back(item);
    }
  }
  return result;
}

Graph::Graph() : impl_(std::make_unique<Impl>()) {}
Graph::Graph(const Graph& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(const Graph& other) {
  if (this != &other) impl_ = std::make_unique<Impl>(*other.impl_);
  return *this;
}
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

VariableId Graph::add_input(TensorType type, std::string name, VariableKind kind, Origin origin) {
  Variable variable;
  variable.kind = kind;
  variable.type = std::move(type);
  variable.name = std::move(name);
  variable.origin = std::move(origin);
  const VariableId id = impl_->new_variable(std::move(variable));
  impl_->inputs.push_back(id);
  return id;
}

VariableId Graph::add_constant(std::shared_ptr<const Tensor> value, std::string name, Origin origin,
                               Place place) {
  Variable variable;
  variable.kind = VariableKind::constant;
  variable.type.dtype = value->dtype();
  variable.type.place = std::move(place);
  for (const int64_t dim : value->dims()) variable.type.shape.emplace_back(dim);
  variable.name = std::move(name);
  variable.origin = std::move(origin);
  if (is_discrete(value->dtype()) && value->rank() <= 1 && value->size() <= 32) {
    variable.value.emplace();
    for (int64_t i = 0; i < value->size(); ++i) variable.value->emplace_back(value->get_int(i));
  }
  variable.constant = std::move(value);
  return impl_->new_variable(std::move(variable));
}

ApplyId Graph::add_apply(ApplySpec spec) {
  const ApplyId id = make_id<ApplyId>(impl_->applies.size());
  Apply apply;
  apply.id = id;
  apply.op = spec.op;
  apply.attributes = std::move(spec.attributes);
  apply.inputs = std::move(spec.inputs);
  apply.inner = std::move(spec.inner);
  apply.name = std::move(spec.name);
  apply.origin = std::move(spec.origin);
  for (size_t i = 0; i < apply.inputs.size(); ++i) {
    TGC_CHECK(apply.inputs[i].valid() && apply.inputs[i].index() < impl_->variables.size(),
              "input of a new Apply is not of this Graph");
    impl_->variables[apply.inputs[i].index()].uses.push_back({id, static_cast<int>(i)});
  }
  for (size_t i = 0; i < spec.output_types.size(); ++i) {
    Variable variable;
    variable.type = std::move(spec.output_types[i]);
    variable.owner = id;
    variable.output_index = static_cast<int>(i);
    if (i < spec.output_values.size()) variable.value = std::move(spec.output_values[i]);
    if (spec.output_types.size() == 1) variable.name = apply.name;
    variable.origin = apply.origin;
    apply.outputs.push_back(impl_->new_variable(std::move(variable)));
  }
  impl_->applies.push_back({std::move(apply), true});
  ++impl_->live;
  return id;
}

void Graph::replace(VariableId old, VariableId replacement, std::string_view rewrite) {
  TGC_CHECK(old != replacement, "replacing a variable by itself");
  auto& from = impl_->variables[old.index()];
  auto& to = impl_->variables[replacement.index()];
  TGC_CHECK(from.variable.type.dtype == to.variable.type.dtype &&
                from.variable.type.rank() == to.variable.type.rank() &&
                from.variable.type.place == to.variable.type.place,
            "replacement of " + type_text(from.variable.type) + " has type " +
                type_text(to.variable.type) + " (" + std::string(rewrite) + ")");
  for (const Use& use : from.uses) {
    if (use.apply.valid()) {
      impl_->applies[use.apply.index()].apply.inputs[static_cast<size_t>(use.index)] = replacement;
    } else {
      impl_->outputs[static_cast<size_t>(use.index)] = replacement;
    }
    to.uses.push_back(use);
  }
  from.uses.clear();
  if (to.variable.name.empty()) to.variable.name = from.variable.name;
  if (to.variable.owner.valid()) {
    Apply& apply = impl_->applies[to.variable.owner.index()].apply;
    Origin note;
    if (!rewrite.empty()) note.rewrites.emplace_back(rewrite);
    apply.origin = Origin::merged(Origin::merged(apply.origin, from.variable.origin), note);
    if (from.variable.owner.valid()) {
      const Apply& source = impl_->applies[from.variable.owner.index()].apply;
      apply.origin = Origin::merged(apply.origin, source.origin);
      if (apply.name.empty()) apply.name = source.name;
    }
    to.variable.origin = apply.origin;
  }
}

void Graph::replace_input(ApplyId id, int input, VariableId replacement, std::string_view rewrite) {
  Apply& apply = impl_->applies[id.index()].apply;
  VariableId& slot = apply.inputs[static_cast<size_t>(input)];
  if (slot == replacement) return;
  impl_->remove_use(slot, id, input);
  slot = replacement;
  impl_->variables[replacement.index()].uses.push_back({id, input});
  if (!rewrite.empty()) {
    Origin note;
    note.rewrites.emplace_back(rewrite);
    apply.origin = Origin::merged(apply.origin, note);
  }
}

void Graph::add_output(VariableId variable) {
  impl_->variables[variable.index()].uses.push_back(
      {ApplyId{}, static_cast<int>(impl_->outputs.size())});
  impl_->outputs.push_back(variable);
}

void Graph::set_output(size_t index, VariableId variable) {
  VariableId& slot = impl_->outputs.at(index);
  impl_->remove_use(slot, ApplyId{}, static_cast<int>(index));
  slot = variable;
  impl_->variables[variable.index()].uses.push_back({ApplyId{}, static_cast<int>(index)});
}

void Graph::add_equality(DimEquality equality) {
  const std::string key =
      equality.left.text() + " = " + equality.right.text() + " @ " + equality.origin.pointer;
  if (impl_->equality_keys.insert(key).second) impl_->equalities.push_back(std::move(equality));
}

int Graph::erase_dead(ApplyId from) {
  std::vector<ApplyId> work;
  const auto is_mentioned = [&](const Apply& measuring) {
    const std::string symbol = measured_symbol(measuring);
    const auto& all = impl_->applies;
    return !symbol.empty() && std::any_of(all.begin(), all.end(), [&](const auto& entry) {
      return entry.alive && entry.apply.id != measuring.id &&
             symbols_in(*this, entry.apply).count(symbol) > 0;
    });
  };
  const auto is_dead = [&](const Apply& apply) {
    return std::all_of(
               apply.outputs.begin(), apply.outputs.end(),
               [&](VariableId output) { return impl_->variables[output.index()].uses.empty(); }) &&
           !is_mentioned(apply);
  };
  if (from.valid()) {
    const auto& entry = impl_->applies[from.index()];
    if (entry.alive && is_dead(entry.apply)) work.push_back(from);
  } else {
    for (const auto& entry : impl_->applies) {
      if (entry.alive && is_dead(entry.apply)) work.push_back(entry.apply.id);
    }
  }
  int erased = 0;
  while (!work.empty()) {
    const ApplyId id = work.back();
    work.pop_back();
    auto& entry = impl_->applies[id.index()];
    if (!entry.alive) continue;
    entry.alive = false;
    --impl_->live;
    ++erased;
    for (size_t i = 0; i < entry.apply.inputs.size(); ++i) {
      const VariableId input = entry.apply.inputs[i];
      impl_->remove_use(input, id, static_cast<int>(i));
      const ApplyId owner = impl_->variables[input.index()].variable.owner;
      if (owner.valid() && impl_->applies[owner.index()].alive &&
          is_dead(impl_->applies[owner.index()].apply)) {
        work.push_back(owner);
      }
    }
  }
  return erased;
}

void Graph::set_name(VariableId id, std::string name) {
  impl_->variables[id.index()].variable.name = std::move(name);
}

void Graph::set_value(VariableId id, std::vector<DimExpr> value) {
  impl_->variables[id.index()].variable.value = std::move(value);
}

void Graph::set_shape(VariableId id, Shape shape) {
  TensorType& type = impl_->variables[id.index()].variable.type;
  TGC_CHECK(type.shape.size() == shape.size(), "set_shape changes the rank");
  type.shape = std::move(shape);
}

void Graph::set_destroys(ApplyId id, std::vector<Destroy> destroys) {
  impl_->applies[id.index()].apply.destroys = std::move(destroys);
}

void Graph::set_origin(ApplyId id, Origin origin) {
  impl_->applies[id.index()].apply.origin = std::move(origin);
}

const Variable& Graph::variable(VariableId id) const {
  TGC_CHECK(id.valid() && id.index() < impl_->variables.size(), "no such variable");
  return impl_->variables[id.index()].variable;
}

const Apply& Graph::apply(ApplyId id) const {
  TGC_CHECK(id.valid() && id.index() < impl_->applies.size(), "no such apply");
  return impl_->applies[id.index()].apply;
}

bool Graph::contains(ApplyId id) const {
  return id.valid() && id.index() < impl_->applies.size() && impl_->applies[id.index()].alive;
}

const Apply* Graph::owner(VariableId id) const {
  const ApplyId owner = variable(id).owner;
  return owner.valid() ? &apply(owner) : nullptr;
}

const std::vector<VariableId>& Graph::inputs() const {
  return impl_->inputs;
}
const std::vector<VariableId>& Graph::outputs() const {
  return impl_->outputs;
}
const std::vector<DimEquality>& Graph::equalities() const {
  return impl_->equalities;
}
size_t Graph::apply_count() const {
  return impl_->live;
}

std::vector<ApplyId> Graph::applies() const {
  std::vector<ApplyId> list;
  list.reserve(impl_->live);
  for (const auto& entry : impl_->applies) {
    if (entry.alive) list.push_back(entry.apply.id);
  }
  return list;
}

// What measures a size comes before what mentions it, too.
void Graph::measured_before(const Apply& apply, const std::vector<ApplyId>& measures,
                            std::vector<ApplyId>& before) const {
  before.clear();
  const std::set<std::string> symbols = symbols_in(*this, apply);
  const std::string own = measured_symbol(apply);
  for (const ApplyId id : measures) {
    const std::string symbol = measured_symbol(this->apply(id));
    if (symbol != own && symbols.count(symbol) > 0) before.push_back(id);
  }
}

std::vector<ApplyId> Graph::topological_order() const {
  // depth first from each live Apply in id order, inputs first; explicit stack
  std::vector<uint8_t> state(impl_->applies.size(), 0);  // 0 new, 1 open, 2 done
  std::vector<ApplyId> order;
  order.reserve(impl_->live);
  std::vector<std::pair<ApplyId, size_t>> stack;
  const std::vector<ApplyId> measures = measuring_applies(*this);
  std::map<ApplyId, std::vector<ApplyId>> before;
  for (const auto& entry : impl_->applies) {
    if (!entry.alive || state[entry.apply.id.index()] == 2) continue;
    stack.emplace_back(entry.apply.id, 0);
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      const Apply& apply = impl_->applies[id.index()].apply;
      state[id.index()] = 1;
      bool descended = false;
      if (next == 0 && !measures.empty()) measured_before(apply, measures, before[id]);
      const std::vector<ApplyId>& measured = measures.empty() ? measures : before[id];
      while (next < apply.inputs.size() + measured.size()) {
        const size_t at = next++;
        const ApplyId owner = at < apply.inputs.size() ? variable(apply.inputs[at]).owner
                                                       : measured[at - apply.inputs.size()];
        if (!owner.valid() || state[owner.index()] == 2) continue;
        TGC_CHECK(state[owner.index()] != 1, "cycle in the graph");
        stack.emplace_back(owner, 0);
        descended = true;
        break;
      }
      if (descended) continue;
      state[id.index()] = 2;
      order.push_back(id);
      stack.pop_back();
    }
  }
  return order;
}

std::vector<Use> Graph::uses(VariableId id) const {
  std::vector<Use> uses = impl_->variables[id.index()].uses;
  std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) {
    return std::pair(a.apply, a.index) < std::pair(b.apply, b.index);
  });
  return uses;
}

size_t Graph::use_count(VariableId id) const {
  return impl_->variables[id.index()].uses.size();
}

std::string display_name(const Graph& graph, VariableId id) {
  const Variable& variable = graph.variable(id);
  if (!variable.name.empty()) return variable.name;
  if (variable.kind == VariableKind::constant) {
    if (variable.constant->size() == 1 && !is_complex(variable.type.dtype)) {
      return is_float(variable.type.dtype) ? std::to_string(variable.constant->get_double(0))
                                           : std::to_string(variable.constant->get_int(0));
    }
    return "constant";
  }
  const Apply* owner = graph.owner(id);
  if (owner == nullptr) return "input";
  std::string name = owner->name.empty() ? std::string(owner->op->name) : owner->name;
  return owner->outputs.size() == 1 ? name : name + "." + std::to_string(variable.output_index);
}

}  // namespace tgc
