// SPDX-License-Identifier: Apache-2.0
// See scan_reader.h. The loop's inputs are in the order of ops/scan.h: sequences, initial states,
// captured variables. What a file's author need not know of is added here: the axis of the initial
// values of a state that looks back one step, the rows that sequences with taps begin at, and that
// the initial values are in front of what the loop gives.
#include "json/scan_reader.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "json/node_hints.h"
#include "json/type_reader.h"
#include "ops/index_template.h"
#include "ops/scan.h"
#include "ops/scan_checkpoints.h"

namespace tgc {
namespace {

class ScanReader {
 public:
  ScanReader(GraphReader& outside, const NodeSyntax& node)
      : outside_(outside),
        node_(node),
        scope_(&outside.scope()),
        body_(outside.context(), step_, scope_, &outside, outside.prefix()) {
    body_.builder().set_size_scope(outside.prefix() +
                                   (node.outputs.empty() ? "" : node.outputs[0].string() + "."));
  }

  std::optional<std::vector<VariableId>> build() {
    auto object = ObjectReader::open(node_.where, node_.what, diagnostics());
    for (const char* key : {"op", "name", "outputs", "trace"}) object->allow(key);
    const auto sequences = object->optional("sequences", JsonKind::object);
    const auto states = object->optional("states", JsonKind::object);
    const auto steps = object->optional("n_steps");
    const auto backwards = object->optional("go_backwards", JsonKind::boolean);
    const auto truncated = object->optional("truncate_gradient", JsonKind::number);
    const auto must_end = object->optional("must_end", JsonKind::boolean);
    const auto size = object->optional("size", JsonKind::string);
    const auto every = object->optional("save_every_N", JsonKind::number);
    const auto body = object->required("body", JsonKind::object);
    bool good = object->finish() && check_view(states, body);
    if (node_.form == NodeForm::foldr && !backwards) attributes_.emplace("go_backwards", true);
    if (steps) good = read_steps(*steps) && good;
    if (backwards) attributes_.emplace("go_backwards", backwards->boolean());
    if (truncated) good = read_truncation(*truncated) && good;
    if (must_end) attributes_.emplace("must_end", must_end->boolean());
    if (size) attributes_.emplace("size", outside_.prefix() + size->string());
    good = read_checkpoints(every, truncated) && good;
    if (sequences) good = read_sequences(*sequences) && good;
    if (states) good = read_states(*states) && good;
    if (!body || !good || !read_body(*body, states) || !check_checkpoints(*body)) {
      return std::nullopt;
    }
    const bool has_until = attributes_.contains("until");
    for (const auto& [given, key] : {std::pair{must_end, "must_end"}, std::pair{size, "size"}}) {
      if (!given || has_until) continue;
      fail("bad-attribute", "'" + std::string(key) + "' is for loops that end early", *given,
           "\"until\" in \"body\" names the condition that ends the loop");
      return std::nullopt;
    }
    return add_loop();
  }

 private:
  Diagnostics& diagnostics() { return outside_.context().diagnostics; }

  [[nodiscard]] bool is_fold() const {
    return node_.form == NodeForm::reduce || node_.form == NodeForm::foldl ||
           node_.form == NodeForm::foldr;
  }

  [[nodiscard]] bool has_checkpoints() const { return node_.form == NodeForm::scan_checkpoints; }

  bool read_checkpoints(std::optional<JsonValue> every, std::optional<JsonValue> truncated) {
    if (!has_checkpoints()) {
      return !every || fail("bad-attribute", "'save_every_N' is for checkpoints", *every,
                            "\"op\": \"scan_checkpoints\" takes it");
    }
    if (truncated) {
      return fail("bad-attribute", "the gradient of a loop with checkpoints sees all steps",
                  *truncated, "\"op\": \"scan\" takes truncate_gradient");
    }
    if (!every) return true;
    save_every_ = every->int64().value_or(0);
    return save_every_ >= 1 ||
           fail("bad-attribute", "'save_every_N' must be a number of steps, at least 1", *every,
                "about the square root of n_steps needs the least memory");
  }

  // What only a loop that runs in one piece can do.
  bool check_checkpoints(JsonValue body) {
    if (!has_checkpoints()) return true;
    if (attributes_.contains("until")) {
      return fail("bad-attribute", "a loop with checkpoints does not end early", body,
                  "\"op\": \"scan\" takes until");
    }
    for (const auto& taps : taps_) {
      if (taps == std::vector<int64_t>{-1}) continue;
      return fail("bad-attribute", "states of a loop with checkpoints look back one step",
                  node_.where, "a state may hold the values of several steps, joined");
    }
    return true;
  }

  // What Theano's map has no use for, and what its reduce, foldl and foldr do not give.
  bool check_view(std::optional<JsonValue> states, std::optional<JsonValue> body) {
    if (node_.form == NodeForm::map && states) {
      return fail("bad-attribute", "a map has no states", *states, "scan and reduce have");
    }
    const std::string name(node_form(node_.form).name);
    if (is_fold() && !states) {
      return fail("missing-key", "a " + name + " needs \"states\"", node_.where,
                  "such as \"states\": {\"total\": \"zero\"}");
    }
    const auto outputs =
        is_fold() && body && body->is_object() ? body->find("outputs") : std::nullopt;
    if (!outputs) return true;
    return fail("bad-attribute", "a " + name + " gives its last states alone", *outputs,
                "scan gives results of every step");
  }

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

  bool read_truncation(JsonValue value) {
    const auto steps = value.int64();
    if (!steps || (*steps < 1 && *steps != -1)) {
      return fail("bad-attribute",
                  "'truncate_gradient' must be a number of steps, at least 1, or -1 for all", value,
                  "leave it out to let the gradient see all steps");
    }
    attributes_.emplace("truncate_gradient", *steps);
    return true;
  }

  // A name of the body that stands for `type`.
  bool add_inner(JsonValue member, TensorType type) {
    const VariableId inner = step_.add_input(std::move(type), member.key(), VariableKind::input,
                                             {member.pointer(), {}, {}});
    const Binding binding{NameKind::input, member, inner, false};
    return scope_.declare(member.key(), binding, member.key_location(), diagnostics());
  }

  void add_outer(JsonValue member, VariableId outer) {
    inputs_.push_back(outer);
    places_.push_back(member);
  }

  // How a name of the body sees a sequence: "x", or {"variable": "x", "tap": -1}.
  struct Sequence {
    JsonValue member;
    VariableId outer;
    int64_t tap = 0;
  };

  std::optional<Sequence> read_sequence(JsonValue member) {
    Sequence sequence{member, {}, 0};
    JsonValue name = member;
    if (member.is_object()) {
      auto object = ObjectReader::open(member, node_.what + ": sequence '" + member.key() + "'",
                                       diagnostics());
      const auto variable = object->required("variable");
      const auto tap = object->optional("tap", JsonKind::number);
      if (!object->finish()) return std::nullopt;
      const auto value = tap ? tap->int64() : 0;
      if (!value || std::abs(*value) > kFarthestTap) {
        fail("bad-attribute", "a tap is a number of steps, at most a million", *tap,
             "-1 is the element before the one of the step, 1 the one after it");
        return std::nullopt;
      }
      sequence.tap = *value;
      name = *variable;
    }
    const auto outer = outside_.variable(name, node_.what + ": a sequence");
    if (!outer) return std::nullopt;
    sequence.outer = *outer;
    if (outside_.graph().type(*outer).rank() > 0) return sequence;
    fail("bad-rank",
         "sequence '" + member.key() + "' is a scalar: " + type_text(outside_.graph().type(*outer)),
         member,
         "scan takes one element of the first axis a step; the body sees all "
         "variables around it without naming them here");
    return std::nullopt;
  }

  bool read_sequences(JsonValue section) {
    bool good = true;
    std::vector<Sequence> all;
    for (const JsonValue member : section.elements()) {
      const auto sequence = read_sequence(member);
      good = good && sequence;
      if (sequence) all.push_back(*sequence);
    }
    if (!good) return false;
    for (const Sequence& sequence : all) {
      TensorType type = outside_.graph().type(sequence.outer);
      type.shape.erase(type.shape.begin());
      good = add_inner(sequence.member, std::move(type)) && good;
      add_outer(sequence.member, tapped(sequence, all));
      ++sequence_count_;
    }
    return good;
  }

  // The rows a step sees through a tap. The first step is where all taps on the variable are inside
  // it: with taps -1 and 2, step 0 is at row 1, and the last step two rows before the end.
  VariableId tapped(const Sequence& sequence, const std::vector<Sequence>& all) {
    int64_t first = 0;
    int64_t last = 0;
    for (const Sequence& other : all) {
      if (other.outer != sequence.outer) continue;
      first = std::min(first, other.tap);
      last = std::max(last, other.tap);
    }
    if (first == 0 && last == 0) return sequence.outer;
    const DimExpr length = outside_.graph().type(sequence.outer).shape[0];
    const DimExpr count = DimExpr::max(length - (last - first), 0);
    const DimExpr start = sequence.tap - first;
    return rows(sequence.outer, start, start + count);
  }

  VariableId rows(VariableId x, DimExpr start, std::optional<DimExpr> stop) {
    const std::vector<IndexEntry> index{slice(std::move(start), std::move(stop))};
    return outside_.builder().call("subtensor", {x}, {{"index", index}});
  }

  VariableId last_row(VariableId x) {
    IndexEntry last;
    last.kind = IndexEntry::Kind::index;
    last.start = DimExpr(-1);
    return outside_.builder().call("subtensor", {x}, {{"index", std::vector<IndexEntry>{last}}});
  }

  bool read_states(JsonValue section) {
    bool good = true;
    for (const JsonValue member : section.elements()) {
      good = (member.is_object() ? read_tapped_state(member) : read_state(member)) && good;
    }
    return good;
  }

  // "h": "h0": the body sees the value of the step before.
  bool read_state(JsonValue member) {
    const auto outer = outside_.variable(member, node_.what + ": an initial state");
    if (!outer) return false;
    const TensorType type = outside_.graph().type(*outer);
    std::vector<int64_t> order{-1};
    for (int64_t axis = 0; axis < type.rank(); ++axis) order.push_back(axis);
    add_outer(member, outside_.builder().call("dimshuffle", {*outer}, {{"order", order}}));
    taps_.push_back({-1});
    state_types_.push_back(type);
    return add_inner(member, type);
  }

  // "h": {"initial": "h0", "taps": {"h_before": -2, "h_last": -1}}: h0 has a first axis of as many
  // values as the body looks back.
  bool read_tapped_state(JsonValue member) {
    auto object =
        ObjectReader::open(member, node_.what + ": state '" + member.key() + "'", diagnostics());
    const auto initial = object->required("initial");
    const auto taps = object->required("taps", JsonKind::object);
    if (!object->finish()) return false;
    const auto outer = outside_.variable(*initial, node_.what + ": an initial state");
    if (!outer) return false;
    TensorType type = outside_.graph().type(*outer);
    if (type.rank() == 0 || taps->size() == 0) {
      return fail("bad-rank",
                  "state '" + member.key() +
                      "' with taps needs some, and an initial value with an "
                      "axis for them: " +
                      type_text(type),
                  *initial, "with taps -2 and -1 it holds two values, the earlier one first");
    }
    type.shape.erase(type.shape.begin());
    add_outer(member, *outer);
    state_types_.push_back(type);
    taps_.emplace_back();
    bool good = true;
    for (const JsonValue tap : taps->elements()) {
      const auto back = tap.int64();
      if (!back || *back > -1 || *back < -kFarthestTap) {
        good = fail(
            "bad-attribute",
            "a tap of state '" + member.key() + "' must be an integer from -1 down to -1000000",
            tap, "-1 is the value of the step before");
        continue;
      }
      taps_.back().push_back(*back);
      good = add_inner(tap, type) && good;
    }
    return good;
  }

  bool read_body(JsonValue value, std::optional<JsonValue> states) {
    auto object = ObjectReader::open(value, node_.what + ": body", diagnostics());
    const auto nodes = object->optional("nodes", JsonKind::array);
    const auto next = object->optional("next", JsonKind::object);
    const auto outputs = object->optional("outputs", JsonKind::array);
    const auto until = object->optional("until", JsonKind::string);
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
    return good && (!until || read_until(*until));
  }

  bool read_until(JsonValue value) {
    const auto condition = body_.variable(value, node_.what + ": 'until'");
    if (!condition) return false;
    const TensorType& type = step_.type(*condition);
    if (type.dtype != DType::boolean || type.rank() != 0) {
      return fail("type-mismatch", "'until' is " + type_text(type) + ", it must be a bool scalar",
                  value, "a comparison of scalars gives one");
    }
    step_.add_output(*condition);
    attributes_.emplace("until", true);
    return true;
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
    size_t number = 0;
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
        ++number;
        continue;
      }
      const auto id =
          body_.variable(value->second, node_.what + ": the next '" + state.key() + "'");
      good = good && id && check_next(state.key(), state_types_.at(number), *id, value->second);
      if (id) step_.add_output(*id);
      ++number;
    }
    return good;
  }

  bool check_next(const std::string& name, const TensorType& state, VariableId next,
                  JsonValue where) {
    const TensorType& type = step_.type(next);
    if (type.dtype == state.dtype && may_agree(type.shape, state.shape)) return true;
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
    spec.attributes.merge(scan_attributes(sequence_count_, taps_));
    const Attributes attributes = spec.attributes;
    spec.inner = {std::make_shared<const Graph>(std::move(step_))};
    if (node_.outputs.size() == 1) spec.name = outside_.prefix() + node_.outputs[0].string();
    spec.origin = outside_.origin_of(node_);
    spec.locate = [this](std::string_view part) { return locate(part); };
    const size_t first = diagnostics().all().size();
    const OpDef* op = spec.op;
    auto outputs = outside_.builder().add_node(std::move(spec), diagnostics());
    if (!outputs) {
      add_node_hints({node_.where, op, {}}, first, diagnostics());
      return std::nullopt;
    }
    if (has_checkpoints()) {
      // the plain loop has checked everything; what nobody reads of it is dropped
      const ApplyId loop = outside_.graph().owner(outputs->at(0))->id;
      return checkpointed_scan(outside_.builder(), loop, save_every_);
    }
    const ScanLayout layout = scan_layout(attributes);
    for (size_t i = 0; i < layout.states.size(); ++i) {
      (*outputs)[i] = is_fold() ? last_row((*outputs)[i])
                                : rows((*outputs)[i], layout.states[i].depth, std::nullopt);
    }
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
  static constexpr int64_t kFarthestTap = 1000000;

  Graph step_;
  Scope scope_;
  GraphReader body_;
  Attributes attributes_;
  std::vector<VariableId> inputs_;  // of the loop
  std::vector<JsonValue> places_;   // where the first of them stand
  size_t sequence_count_ = 0;
  std::vector<std::vector<int64_t>> taps_;  // of each state
  std::vector<TensorType> state_types_;
  int64_t save_every_ = 10;  // Theano's
};

}  // namespace

std::optional<std::vector<VariableId>> build_scan(GraphReader& reader, const NodeSyntax& node) {
  return ScanReader(reader, node).build();
}

}  // namespace tgc
