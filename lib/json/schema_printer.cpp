// SPDX-License-Identifier: Apache-2.0
// See schema_printer.h.
#include "json/schema_printer.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "graph/update_rules.h"
#include "json/initializer.h"
#include "json/json_parser.h"
#include "json/json_writer.h"
#include "json/node_forms.h"
#include "json/schema_text.h"
#include "ops/op_list.h"
#include "support/check.h"
#include "types/dtype.h"

namespace tgc {
namespace {

using Layout = JsonWriter::Layout;

void reference(JsonWriter& json, std::string_view definition) {
  json.begin_object(Layout::line);
  json.member("$ref", "#/definitions/" + std::string(definition));
  json.end_object();
}

void type_of(JsonWriter& json, std::string_view type) {
  json.begin_object(Layout::line);
  json.member("type", type);
  json.end_object();
}

template <class Names>
void enumeration(JsonWriter& json, const Names& names) {
  json.begin_object();
  json.begin_array("enum", Layout::line);
  for (const auto& name : names) json.value(std::string(name));
  json.end_array();
  json.end_object();
}

// {"type": "array", "items": …}
void array_of(JsonWriter& json, const std::function<void()>& items) {
  json.begin_object(Layout::line);
  json.member("type", "array");
  json.key("items");
  items();
  json.end_object();
}

void any_of(JsonWriter& json, const std::vector<std::function<void()>>& alternatives) {
  json.begin_object();
  json.begin_array("anyOf");
  for (const auto& alternative : alternatives) alternative();
  json.end_array();
  json.end_object();
}

void attribute(JsonWriter& json, const AttrDef& def) {
  const auto integer = [&] { type_of(json, "integer"); };
  const auto word = [&] {
    if (def.choices.empty()) {
      type_of(json, "string");
    } else {
      enumeration(json, def.choices);
    }
  };
  const auto element = [&] {
    if (def.choices.empty()) return integer();
    any_of(json, {integer, word});
  };
  switch (def.kind) {
    case AttrKind::boolean:
      return type_of(json, "boolean");
    case AttrKind::integer:
      return integer();
    case AttrKind::real:
      return any_of(json, {[&] { type_of(json, "number"); },
                           [&] {
                             enumeration(json, std::vector<std::string>{"nan", "inf", "-inf"});
                           }});
    case AttrKind::text:
      return word();
    case AttrKind::integers:
      return any_of(json, {integer, [&] { array_of(json, element); }});
    case AttrKind::texts:
      return array_of(json, word);
    case AttrKind::dtype:
      return reference(json, "dtype");
    case AttrKind::dim:
      return reference(json, "dim");
    case AttrKind::dims:
      return any_of(json, {[&] { type_of(json, "string"); },
                           [&] { array_of(json, [&] { reference(json, "dim"); }); }});
    case AttrKind::index_list:
      return reference(json, "index");
    case AttrKind::padding:
      const auto pair = [&] { array_of(json, integer); };
      return any_of(json, {word, integer, [&] {
                             array_of(json, [&] { any_of(json, {integer, pair}); });
                           }});
  }
}

bool has_index(const OpDef& op) {
  for (const AttrDef& def : op.attributes) {
    if (def.kind == AttrKind::index_list) return true;
  }
  return false;
}

void inputs_of(JsonWriter& json, const OpDef& op) {
  json.begin_object(Layout::line);
  json.member("type", "array");
  // indices that are variables are appended by the reader
  json.member("minItems", has_index(op) ? std::min(op.min_inputs, 1) : op.min_inputs);
  if (op.max_inputs >= 0) json.member("maxItems", op.max_inputs);
  json.key("items");
  reference(json, "operand");
  json.end_object();
}

// What follows from the op's name: which keys there are and what they hold.
std::string op_rules(const OpDef& op) {
  JsonWriter json;
  json.begin_object();
  std::vector<std::string> required;
  if (op.max_inputs != 0) required.emplace_back("inputs");
  for (const AttrDef& def : op.attributes) {
    if (def.required) required.emplace_back(def.name);
  }
  if (!required.empty()) json.array("required", required);
  json.member("additionalProperties", false);
  json.begin_object("properties");
  for (const char* key : {"op", "name", "outputs", "trace"}) json.member(key, true);
  json.key("type");
  reference(json, "type");
  json.key("inputs");
  inputs_of(json, op);
  for (const AttrDef& def : op.attributes) {
    json.key(def.name);
    attribute(json, def);
  }
  json.end_object();
  json.end_object();
  return json.take();
}

void copy(JsonWriter& json, JsonValue value);

void write_text(JsonWriter& json, const std::string& text) {
  Diagnostics mistakes;
  const auto document = parse_json("schema", text, {}, mistakes);
  TGC_CHECK(document != nullptr, "a part of the schema is malformed");
  copy(json, document->root());
}

// {"if": {"properties": {KEY: {"enum": NAMES}}}, "then": RULES}
void conditional(JsonWriter& json, std::string_view key, const std::vector<std::string>& names,
                 const std::string& rules) {
  json.begin_object();
  json.begin_object("if");
  json.begin_object("properties");
  json.key(key);
  enumeration(json, names);
  json.end_object();
  json.end_object();
  json.key("then");
  write_text(json, rules);
  json.end_object();
}

std::vector<std::string> all_names(const OpDef& op) {
  std::vector<std::string> names{std::string(op.name)};
  names.insert(names.end(), op.aliases.begin(), op.aliases.end());
  return names;
}

// Ops with equal rules share one entry, in the order of the first name.
void ops(JsonWriter& json) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  std::map<std::string, size_t> known;
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal || find_node_form(op->name) != nullptr) continue;
    const std::string rules = op_rules(*op);
    const auto [entry, is_new] = known.emplace(rules, groups.size());
    if (is_new) groups.emplace_back(rules, std::vector<std::string>());
    auto& names = groups[entry->second].second;
    for (std::string& name : all_names(*op)) names.push_back(std::move(name));
  }
  json.begin_array();
  for (const NodeFormDef& form : node_forms()) {
    const std::string name(form.name);
    conditional(json, "op", {name},
                R"({"$ref": "#/definitions/)" + std::string(form.rules) + R"("})");
  }
  for (const auto& [rules, names] : groups) conditional(json, "op", names, rules);
  json.end_array();
}

void op_names(JsonWriter& json) {
  std::vector<std::string> names;
  for (const NodeFormDef& form : node_forms()) names.emplace_back(form.name);
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal || find_node_form(op->name) != nullptr) continue;
    for (std::string& name : all_names(*op)) names.push_back(std::move(name));
  }
  enumeration(json, names);
}

std::string rule_rules(const UpdateRule& rule) {
  JsonWriter json;
  json.begin_object();
  json.member("description", rule.doc);
  std::vector<std::string> required;
  for (const RuleParameter& parameter : rule.parameters) {
    if (!parameter.fallback) required.emplace_back(parameter.name);
  }
  if (!required.empty()) json.array("required", required);
  json.member("additionalProperties", false);
  json.begin_object("properties");
  json.member("rule", true);
  json.key("cost");
  reference(json, "operand");
  for (const char* key : {"params", "grads", "consider_constant"}) {
    json.key(key);
    reference(json, "operands");
  }
  for (const RuleParameter& parameter : rule.parameters) {
    json.key(parameter.name);
    reference(json, "rule_number");
  }
  json.end_object();
  json.end_object();
  return json.take();
}

void rules(JsonWriter& json) {
  json.begin_array();
  for (const UpdateRule& rule : update_rules()) {
    conditional(json, "rule", {std::string(rule.name)}, rule_rules(rule));
  }
  json.end_array();
}

std::string initializer_rules(const Initializer& initializer) {
  JsonWriter json;
  json.begin_object();
  json.member("description", initializer.doc);
  std::vector<std::string> required;
  if (initializer.random) required.emplace_back("seed");
  for (const InitParameter& parameter : initializer.parameters) {
    if (!parameter.fallback) required.emplace_back(parameter.name);
  }
  if (!required.empty()) json.array("required", required);
  json.member("additionalProperties", false);
  json.begin_object("properties");
  json.member("init", true);
  if (initializer.random) {
    json.begin_object("seed", Layout::line);
    json.member("type", "integer");
    json.member("minimum", 0);
    json.end_object();
  }
  for (const InitParameter& parameter : initializer.parameters) {
    json.key(parameter.name);
    if (parameter.fallback) {
      type_of(json, "number");
    } else {
      reference(json, "element");
    }
  }
  json.end_object();
  json.end_object();
  return json.take();
}

void initializer_list(JsonWriter& json) {
  json.begin_array();
  for (const Initializer& initializer : initializers()) {
    conditional(json, "init", {std::string(initializer.name)}, initializer_rules(initializer));
  }
  json.end_array();
}

template <class List>
void names_of(JsonWriter& json, const List& list) {
  std::vector<std::string> names;
  for (const auto& item : list) names.emplace_back(item.name);
  enumeration(json, names);
}

void generated(JsonWriter& json, std::string_view name) {
  if (name == "@dtypes") {
    std::vector<std::string> names{"floatX"};
    for (const DType dtype : all_dtypes()) names.emplace_back(dtype_name(dtype));
    return enumeration(json, names);
  }
  if (name == "@op_names") return op_names(json);
  if (name == "@ops") return ops(json);
  if (name == "@rule_names") return names_of(json, update_rules());
  if (name == "@rules") return rules(json);
  if (name == "@initializer_names") return names_of(json, initializers());
  if (name == "@initializers") return initializer_list(json);
  TGC_CHECK(false, "the schema's text names an unknown part " + std::string(name));
}

// A value of few characters stands on one line.
bool is_short(JsonValue value) {
  const std::string_view source = value.source();
  return source.size() <= 76 && source.find("\"@") == std::string_view::npos;
}

void copy(JsonWriter& json, JsonValue value) {
  if (value.is_string() && value.string().starts_with('@')) return generated(json, value.string());
  if (!value.is_object() && !value.is_array()) return json.raw(value.source());
  const Layout layout = is_short(value) ? Layout::line : Layout::block;
  if (value.is_object()) {
    json.begin_object(layout);
  } else {
    json.begin_array(layout);
  }
  for (const JsonValue element : value.elements()) {
    if (value.is_object()) json.key(element.key());
    copy(json, element);
  }
  if (value.is_object()) {
    json.end_object();
  } else {
    json.end_array();
  }
}

}  // namespace

std::string graph_schema() {
  JsonWriter json;
  write_text(json, std::string(kSchemaText));
  return json.take();
}

}  // namespace tgc
