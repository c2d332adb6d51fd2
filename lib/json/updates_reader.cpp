// SPDX-License-Identifier: Apache-2.0
// See updates_reader.h.
#include "json/updates_reader.h"

#include <algorithm>
#include <utility>

#include "json/rule_reader.h"

namespace tgc {
namespace {

class UpdatesReader {
 public:
  UpdatesReader(const std::string& what, GraphReader& reader, GraphReader& whole, Model& model)
      : what_(what), reader_(reader), whole_(whole), model_(model) {}

  bool read(JsonValue value) {
    if (value.is_array()) {
      bool good = true;
      for (const JsonValue element : value.elements()) good = read_one(element) && good;
      return good;
    }
    return read_one(value);
  }

  std::vector<SharedUpdate> take() { return std::move(updates_); }

 private:
  Diagnostics& diagnostics() { return reader_.context().diagnostics; }

  bool read_one(JsonValue value) {
    if (!expect_kind(value, JsonKind::object, what_ + ": 'updates'", diagnostics())) return false;
    if (value.find("rule")) return read_update_rule(value);
    bool good = true;
    for (const JsonValue member : value.elements()) good = read_pair(member) && good;
    return good;
  }

  bool read_update_rule(JsonValue value) {
    const auto updates = read_rule(value, what_, reader_, whole_, model_);
    if (!updates) return false;
    bool good = true;
    for (const RuleUpdate& update : *updates) {
      const std::string name = reader_.graph().variable(update.shared).name;
      good = add(name, update.shared, update.value, value) && good;
    }
    return good;
  }

  bool read_pair(JsonValue member) {
    const std::string& name = member.key();
    const Binding* binding = reader_.find(name);
    if (binding == nullptr || binding->kind != NameKind::shared) {
      diagnostics()
          .error("bad-update", what_ + ": updates: '" + name + "' is no shared variable",
                 member.key_location())
          .hint = suggestion(name, reader_.scope().names([](const Binding& other) {
        return other.kind == NameKind::shared;
      }),
                             "the shared variables are");
      return false;
    }
    const auto value = reader_.variable(member, what_ + ": an update");
    if (!value || binding->failed) return false;
    return add(name, binding->variable, *value, member);
  }

  bool add(const std::string& name, VariableId shared, VariableId value, JsonValue where) {
    const bool twice = std::any_of(updates_.begin(), updates_.end(),
                                   [&](const auto& update) { return update.shared == name; });
    if (twice) {
      diagnostics().error("bad-update", what_ + ": updates: '" + name + "' is updated twice",
                          where.key_location());
      return false;
    }
    SharedUpdate update{name, value, {}};
    if (!check_type(update, shared, where)) return false;
    updates_.push_back(std::move(update));
    return true;
  }

  bool check_type(SharedUpdate& update, VariableId shared, JsonValue where) {
    const Graph& graph = reader_.graph();
    const std::string& name = update.shared;
    const TensorType& old_type = graph.type(shared);
    const TensorType& new_type = graph.type(update.value);
    bool fits = old_type.dtype == new_type.dtype && old_type.rank() == new_type.rank();
    for (size_t i = 0; fits && i < old_type.shape.size(); ++i) {
      const DimExpr difference = old_type.shape[i] - new_type.shape[i];
      fits = difference.is(0) || !difference.is_constant();
    }
    if (!fits) {
      diagnostics()
          .error("update-type",
                 what_ + ": an update must have the type of its shared variable: '" + name +
                     "' is " + type_text(old_type) + ", its new value is " + type_text(new_type),
                 where.location())
          .hint = old_type.dtype != new_type.dtype ? "add a cast node" : "";
      return false;
    }
    for (size_t i = 0; i < old_type.shape.size(); ++i) {
      if (old_type.shape[i] == new_type.shape[i]) continue;
      update.equalities.push_back({old_type.shape[i], new_type.shape[i],
                                   what_ + ": new value of '" + name + "' is " +
                                       type_text(new_type) + ", the shared variable " +
                                       type_text(old_type),
                                   graph.variable(update.value).origin});
    }
    return true;
  }

  const std::string& what_;
  GraphReader& reader_;
  GraphReader& whole_;
  Model& model_;
  std::vector<SharedUpdate> updates_;
};

}  // namespace

std::optional<std::vector<SharedUpdate>> read_update_list(JsonValue value, const std::string& what,
                                                          GraphReader& reader, GraphReader& whole,
                                                          Model& model) {
  UpdatesReader updates(what, reader, whole, model);
  if (!updates.read(value)) return std::nullopt;
  return updates.take();
}

}  // namespace tgc
