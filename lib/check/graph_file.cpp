// SPDX-License-Identifier: Apache-2.0
// See graph_file.h.
#include "check/graph_file.h"

#include <algorithm>
#include <map>

#include "json/dim_text.h"
#include "json/json_writer.h"

namespace tgc {
namespace {

constexpr int64_t kMaxConstant = 4096;  // elements; larger ones become inputs

using Layout = JsonWriter::Layout;

std::set<ApplyId> applies_within(const Graph& graph, const std::vector<VariableId>& outputs,
                                 int levels) {
  std::set<ApplyId> applies;
  std::vector<VariableId> frontier = outputs;
  for (int level = 0; level < levels && !frontier.empty(); ++level) {
    std::vector<VariableId> next;
    for (const VariableId id : frontier) {
      const Apply* owner = graph.owner(id);
      if (owner == nullptr || !applies.insert(owner->id).second) continue;
      next.insert(next.end(), owner->inputs.begin(), owner->inputs.end());
    }
    frontier = std::move(next);
  }
  return applies;
}

class FileWriter {
 public:
  FileWriter(const Graph& graph, Evaluation& evaluation) : graph_(graph), evaluation_(evaluation) {}

  std::optional<GraphFile> run(const std::vector<VariableId>& outputs, int levels,
                               const std::string& name) {
    applies_ = applies_within(graph_, outputs, levels);
    for (const ApplyId id : graph_.topological_order()) {
      if (applies_.contains(id)) order_.push_back(id);
    }
    collect(outputs);
    json_.begin_object();
    json_.member("tgc", 1);
    json_.member("name", name);
    write_inputs();
    write_constants();
    json_.begin_array("nodes");
    for (const ApplyId id : order_) write_node(graph_.apply(id));
    json_.end_array();
    write_function(outputs);
    json_.end_object();
    if (is_broken_) return std::nullopt;
    return GraphFile{json_.take(), std::move(values_)};
  }

 private:
  [[nodiscard]] bool is_inside(VariableId id) const {
    const Apply* owner = graph_.owner(id);
    return owner != nullptr && applies_.contains(owner->id);
  }

  void collect(const std::vector<VariableId>& outputs) {
    const auto note = [this](VariableId id) {
      if (names_.contains(id)) return;
      const Variable& variable = graph_.variable(id);
      if (!is_inside(id)) {
        const bool is_small =
            variable.kind == VariableKind::constant && variable.constant->size() <= kMaxConstant;
        (is_small ? constants_ : inputs_).push_back(id);
      }
      names_[id] = name_for(variable.name);
    };
    for (const ApplyId id : order_) {
      for (const VariableId input : graph_.apply(id).inputs) note(input);
      for (const VariableId output : graph_.apply(id).outputs) note(output);
    }
    for (const VariableId output : outputs) note(output);
  }

  std::string name_for(const std::string& wanted) {
    std::string name = wanted;
    while (!is_identifier(name) || is_value_word(name) || !used_.insert(name).second) {
      name = "v" + std::to_string(++number_);
    }
    return name;
  }

  void write_inputs() {
    json_.begin_object("inputs");
    for (const VariableId id : inputs_) {
      const Tensor* value = evaluation_.find(id);
      if (value == nullptr) {
        is_broken_ = true;
        continue;
      }
      json_.begin_object(names_[id], Layout::line);
      json_.member("dtype", dtype_name(value->dtype()));
      json_.array("shape", value->dims());
      json_.end_object();
      values_.push_back({names_[id], *value});
    }
    json_.end_object();
  }

  void write_constants() {
    json_.begin_object("constants");
    for (const VariableId id : constants_) {
      const Tensor& value = *graph_.variable(id).constant;
      json_.begin_object(names_[id], Layout::line);
      json_.member("dtype", dtype_name(value.dtype()));
      json_.array("shape", value.dims());
      json_.key("value");
      int64_t next = 0;
      write_elements(value, 0, next);
      json_.end_object();
    }
    json_.end_object();
  }

  void write_elements(const Tensor& value, size_t axis, int64_t& next) {
    if (axis < value.dims().size()) {
      json_.begin_array(Layout::line);
      for (int64_t i = 0; i < value.dims()[axis]; ++i) write_elements(value, axis + 1, next);
      json_.end_array();
      return;
    }
    const int64_t index = next++;
    if (is_complex(value.dtype())) {
      json_.begin_object(Layout::line);
      json_.member("re", value.get_complex(index).real());
      json_.member("im", value.get_complex(index).imag());
      json_.end_object();
    } else if (is_float(value.dtype())) {
      json_.value(value.get_double(index));
    } else if (value.dtype() == DType::boolean) {
      json_.value(value.get_int(index) != 0);
    } else if (value.dtype() == DType::uint64) {
      json_.value(static_cast<uint64_t>(value.get_int(index)));
    } else {
      json_.value(value.get_int(index));
    }
  }

  void write_node(const Apply& apply) {
    const bool is_measuring = apply.op->measures != nullptr && apply.op->measures(apply.attributes);
    if (apply.op->is_internal || !apply.inner.empty() || is_measuring) is_broken_ = true;
    json_.begin_object(Layout::line);
    json_.member("op", apply.op->name);
    json_.begin_array("inputs", Layout::line);
    for (const VariableId input : apply.inputs) json_.value(names_[input]);
    json_.end_array();
    for (const auto& [name, value] : apply.attributes) {
      const auto& known = apply.op->attributes;
      const auto def = std::find_if(known.begin(), known.end(),
                                    [&](const AttrDef& each) { return each.name == name; });
      if (def == known.end()) {
        is_broken_ = true;
      } else {
        json_.key(name);
        std::visit([&](const auto& held) { write_attribute(held, *def); }, value);
      }
    }
    if (apply.outputs.size() == 1) {
      json_.member("name", names_[apply.outputs[0]]);
    } else {
      json_.begin_array("outputs", Layout::line);
      for (const VariableId output : apply.outputs) json_.value(names_[output]);
      json_.end_array();
    }
    json_.end_object();
  }

  void write_attribute(bool value, const AttrDef&) { json_.value(value); }
  void write_attribute(int64_t value, const AttrDef&) { json_.value(value); }
  void write_attribute(double value, const AttrDef&) { json_.value(value); }
  void write_attribute(const std::string& value, const AttrDef&) { json_.value(value); }
  void write_attribute(DType value, const AttrDef&) { json_.value(dtype_name(value)); }
  void write_attribute(const DimExpr& value, const AttrDef&) { json_.value(number(value)); }

  void write_attribute(const std::vector<std::string>& value, const AttrDef&) {
    json_.begin_array(Layout::line);
    for (const std::string& word : value) json_.value(word);
    json_.end_array();
  }

  void write_attribute(const std::vector<DimExpr>& value, const AttrDef&) {
    json_.begin_array(Layout::line);
    for (const DimExpr& dim : value) json_.value(number(dim));
    json_.end_array();
  }

  // -1 of an attribute that has words is its word "x"; a padding has one pair for each axis.
  void write_attribute(const std::vector<int64_t>& value, const AttrDef& def) {
    const bool is_padding = def.kind == AttrKind::padding;
    if (is_padding && value.size() == 1) return json_.value(value[0]);
    json_.begin_array(Layout::line);
    for (size_t i = 0; i < value.size(); ++i) {
      if (is_padding && i % 2 == 0) json_.begin_array(Layout::line);
      if (!is_padding && !def.choices.empty() && value[i] == -1) {
        json_.value(def.choices[0]);
      } else {
        json_.value(value[i]);
      }
      if (is_padding && i % 2 == 1) json_.end_array();
    }
    json_.end_array();
  }

  void write_attribute(const std::vector<IndexEntry>& value, const AttrDef&) {
    json_.begin_array(Layout::line);
    for (const IndexEntry& entry : value) write_index(entry);
    json_.end_array();
  }

  void write_index(const IndexEntry& entry) {
    if (entry.kind == IndexEntry::Kind::input) {
      json_.begin_object(Layout::line);
      json_.member("input", entry.input);
      json_.end_object();
    } else if (entry.kind == IndexEntry::Kind::index) {
      json_.value(number(*entry.start));
    } else {
      const auto text = [this](const std::optional<DimExpr>& dim) {
        return dim ? std::to_string(number(*dim)) : "";
      };
      json_.value(text(entry.start) + ":" + text(entry.stop) +
                  (entry.step == 1 ? "" : ":" + std::to_string(entry.step)));
    }
  }

  int64_t number(const DimExpr& dim) {
    const auto value = evaluation_.bindings().evaluate(dim);
    if (!value) is_broken_ = true;
    return value.value_or(0);
  }

  void write_function(const std::vector<VariableId>& outputs) {
    json_.begin_object("functions");
    json_.begin_object("f", Layout::line);
    json_.begin_array("inputs", Layout::line);
    for (const VariableId id : inputs_) json_.value(names_[id]);
    json_.end_array();
    json_.begin_array("outputs", Layout::line);
    for (const VariableId id : outputs) json_.value(names_[id]);
    json_.end_array();
    json_.end_object();
    json_.end_object();
  }

  const Graph& graph_;
  Evaluation& evaluation_;
  JsonWriter json_;
  std::set<ApplyId> applies_;
  std::vector<ApplyId> order_;
  std::vector<VariableId> inputs_;
  std::vector<VariableId> constants_;
  std::map<VariableId, std::string> names_;
  std::set<std::string> used_;
  std::vector<NamedTensor> values_;
  int number_ = 0;
  bool is_broken_ = false;
};

}  // namespace

std::optional<GraphFile> graph_file(const Graph& graph, const std::vector<VariableId>& outputs,
                                    int levels, const std::string& name, Evaluation& evaluation) {
  return FileWriter(graph, evaluation).run(outputs, levels, name);
}

bool reaches_further(const Graph& graph, const std::vector<VariableId>& outputs, int levels) {
  return applies_within(graph, outputs, levels + 1).size() >
         applies_within(graph, outputs, levels).size();
}

}  // namespace tgc
