// SPDX-License-Identifier: Apache-2.0
// See scan_reader.h. The order of the loop's inputs and outputs is that of ops/scan.cpp: sequences,
// initial states, captured variables; next states, then the body's outputs.
#include "json/scan_reader.h"

#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "json/node_hints.h"

namespace tgc {
namespace {

class ScanReader {
 public:
  ScanReader(GraphReader& outside, const NodeSyntax& node)
      : outside_(outside),
        node_(node),
        scope_(&outside.scope()),
        body_(outside.context(), step_, scope_, &outside) {}

  std::optional<std::vector<VariableId>> build() {
    auto object = ObjectReader::open(node_.where, node_.what, diagnostics());
    for (const char* key : {"op", "name", "outputs", "trace"}) object->allow(key);
    const auto sequences = object->optional("sequences", JsonKind::object);
    const auto states = object->optional("states", JsonKind::object);
    const auto steps = object->optional("n_steps");
    const auto backwards = object->optional("go_backwards", JsonKind::boolean);
    const auto body = object->required("body", JsonKind::object);
    bool good = object->finish();
    if (steps) good = read_steps(*steps) && good;
    if (backwards) attributes_.emplace("go_backwards", backwards->boolean());
    if (sequences) good = read_sequences(*sequences) && good;
    if (states) good = read_states(*states) && good;
    if (!body || !good || !read_body(*body, states)) return std::nullopt;
    return add_loop();
  }

 private:
  Diagnostics& diagnostics() { return outside_.context().diagnostics; }

  bool fail(const char* code, const std::string& message, JsonValue where,
            const std::string& hint) {
    diagnostics().error(code, node_.what + ": " + message, where.location()).hint = hint;
    return false;
  }

  bool read_steps(JsonValue value) {
    auto steps = read_dim(value, 0, node_.what + ": 'n_steps'", outside_.dims(), diagnostics());
    if (steps) attributes_.emplace("n_steps", std::move(*steps));
    return steps.has_value();
  }

  // A name of the body that stands for `type`.
  bool add_inner(JsonValue member, TensorType type, VariableId outer) {
    const VariableId inner = step_.add_input(std::move(type), member.key(), VariableKind::input,
                                             {member.pointer(), {}, {}});
    const Binding binding{NameKind::input, member, inner, false};
    if (!scope_.declare(member.key(), binding, member.key_location(), diagnostics())) return false;
    inputs_.push_back(outer);
    places_.push_back(member);
    return true;
  }

  bool read_sequences(JsonValue section) {
    bool good = true;
    for (const JsonValue member : section.elements()) {
      const auto outer = outside_.variable(member, node_.what + ": a sequence");
      if (!outer) return false;
      TensorType type = outside_.graph().type(*outer);
      if (type.rank() == 0) {
        good = fail("bad-rank", "sequence '" + member.key() + "' is a scalar: " + type_text(type),
                    member,
                    "scan takes one element of the first axis a step; the body sees all "
                    "variables around it without naming them here");
        continue;
      }
      type.shape.erase(type.shape.begin());
      good = add_inner(member, std::move(type), *outer) && good;
      ++sequence_count_;
    }
    return good;
  }

  bool read_states(JsonValue section) {
    bool good = true;
    for (const JsonValue member : section.elements()) {
      const auto outer = outside_.variable(member, node_.what + ": an initial state");
      if (!outer) return false;
      good = add_inner(member, outside_.graph().type(*outer), *outer) && good;
    }
    return good;
  }

  bool read_body(JsonValue value, std::optional<JsonValue> states) {
    auto object = ObjectReader::open(value, node_.what + ": body", diagnostics());
    const auto nodes = object->optional("nodes", JsonKind::array);
    const auto next = object->optional("next", JsonKind::object);
    const auto outputs = object->optional("outputs", JsonKind::array);
    if (!object->finish()) return false;
    const int errors_before = diagnostics().error_count();
    if (nodes) body_.read_nodes(*nodes);
    bool good = diagnostics().error_count() == errors_before;
    good = read_next(value, states, next) && good;
    if (outputs) {
      const auto ids = body_.variables(*outputs, node_.what + ": an output of the body");
      if (!ids) return false;
      for (const VariableId id : *ids) step_.add_output(id);
    }
    if (good && step_.outputs().empty()) {
      return fail(
          "bad-outputs", "the body has neither 'next' nor 'outputs'", value,
          "\"next\" gives states their new values, \"outputs\" is collected over the steps");
    }
    return good;
  }

  static std::map<std::string, JsonValue> members_of(std::optional<JsonValue> object) {
    std::map<std::string, JsonValue> members;
    for (const JsonValue member : object ? object->elements() : std::vector<JsonValue>()) {
      members.emplace(member.key(), member);
    }
    return members;
  }

  // The new value of every state, in the order of the states.
  bool read_next(JsonValue body, std::optional<JsonValue> states, std::optional<JsonValue> next) {
    bool good = true;
    const std::map<std::string, JsonValue> known = members_of(states);
    const std::map<std::string, JsonValue> given = members_of(next);
    for (const JsonValue member : next ? next->elements() : std::vector<JsonValue>()) {
      if (known.count(member.key()) > 0) continue;
      good = fail("unknown-name", "'" + member.key() + "' in 'next' is no state", member,
                  "give it an initial value under \"states\"");
    }
    for (const JsonValue state : states ? states->elements() : std::vector<JsonValue>()) {
      const auto value = given.find(state.key());
      if (value == given.end()) {
        good = fail("missing-key", "state '" + state.key() + "' has no new value in 'next'",
                    next ? *next : body,
                    "such as \"next\": {\"" + state.key() + "\": \"" + state.key() + "_new\"}");
        continue;
      }
      const auto id =
          body_.variable(value->second, node_.what + ": the next '" + state.key() + "'");
      good = good && id && check_next(state.key(), *id, value->second);
      if (id) step_.add_output(*id);
      ++state_count_;
    }
    return good;
  }

  bool check_next(const std::string& name, VariableId next, JsonValue where) {
    const TensorType& type = step_.type(next);
    const TensorType& state = step_.type(scope_.find(name)->variable);
    bool same = type.dtype == state.dtype && type.rank() == state.rank();
    for (size_t i = 0; same && i < type.shape.size(); ++i) {
      const DimExpr difference = type.shape[i] - state.shape[i];
      same = difference.is(0) || !difference.is_constant();
    }
    if (same) return true;
    return fail(
        "type-mismatch",
        "state '" + name + "' is " + type_text(state) + ", its next value is " + type_text(type),
        where,
        type.dtype != state.dtype ? "a cast node in the body changes the dtype"
                                  : "a state keeps its shape from step to step");
  }

  std::optional<std::vector<VariableId>> add_loop() {
    for (const auto& [outer, inner] : body_.captures()) inputs_.push_back(outer);
    NodeSpec spec;
    spec.op = &outside_.context().ops.get("scan");
    spec.inputs = inputs_;
    spec.attributes = std::move(attributes_);
    spec.attributes.emplace("n_sequences", sequence_count_);
    spec.attributes.emplace("n_states", state_count_);
    spec.inner = {std::make_shared<const Graph>(std::move(step_))};
    if (node_.outputs.size() == 1) spec.name = node_.outputs[0].string();
    spec.origin = outside_.origin_of(node_);
    spec.locate = [this](std::string_view part) { return locate(part); };
    const size_t first = diagnostics().all().size();
    const OpDef* op = spec.op;
    auto outputs = outside_.builder().add_node(std::move(spec), diagnostics());
    if (!outputs) add_node_hints({node_.where, op, {}}, first, diagnostics());
    return outputs;
  }

  [[nodiscard]] Location locate(std::string_view part) const {
    if (part.starts_with("inputs/")) {
      size_t index = 0;
      std::from_chars(part.data() + 7, part.data() + part.size(), index);
      if (index < places_.size()) return places_[index].location();
    }
    const auto member = node_.where.find(part);
    return (member ? *member : node_.where).location();
  }

  GraphReader& outside_;
  const NodeSyntax& node_;
  Graph step_;
  Scope scope_;
  GraphReader body_;
  Attributes attributes_;
  std::vector<VariableId> inputs_;  // of the loop
  std::vector<JsonValue> places_;   // where the first of them stand
  int64_t sequence_count_ = 0;
  int64_t state_count_ = 0;
};

}  // namespace

std::optional<std::vector<VariableId>> build_scan(GraphReader& reader, const NodeSyntax& node) {
  return ScanReader(reader, node).build();
}

}  // namespace tgc
