// SPDX-License-Identifier: Apache-2.0
// See sketch.h.
#include "e2e/random/sketch.h"

#include <algorithm>
#include <cctype>

#include "json/json_writer.h"
#include "support/text.h"

namespace tgc {
namespace {

// Names of dims in a text: every word; words that are no dims do no harm.
void add_words(const std::string& text, std::set<std::string>& words) {
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else {
      if (!word.empty()) words.insert(word);
      word.clear();
    }
  }
}

void write_elements(const Tensor& tensor, size_t axis, int64_t& position, JsonWriter& json) {
  if (axis == tensor.dims().size()) {
    const int64_t at = position++;
    if (tensor.dtype() == DType::boolean) {
      json.value(tensor.get_int(at) != 0);
    } else if (is_float(tensor.dtype())) {
      json.value(tensor.get_double(at));
    } else if (tensor.dtype() == DType::uint64) {
      json.value(static_cast<uint64_t>(tensor.get_int(at)));
    } else {
      json.value(tensor.get_int(at));
    }
    return;
  }
  json.begin_array(JsonWriter::Layout::line);
  for (int64_t i = 0; i < tensor.dims()[axis]; ++i) {
    write_elements(tensor, axis + 1, position, json);
  }
  json.end_array();
}

std::string dim_json(const std::string& text) {
  const bool is_number =
      !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos;
  return is_number ? text : json_quoted(text);
}

std::string list_json(const std::vector<std::string>& items) {
  return "[" + join(items, ", ") + "]";
}

std::string index_json(const IndexEntry& entry) {
  if (entry.kind == IndexEntry::Kind::input) {
    return "{\"input\": " + std::to_string(entry.input) + "}";
  }
  if (entry.kind == IndexEntry::Kind::index) return dim_json(entry.start->text());
  std::string text = entry.start ? entry.start->text() : "";
  text += ":" + (entry.stop ? entry.stop->text() : "");
  if (entry.step != 1) text += ":" + std::to_string(entry.step);
  return json_quoted(text);
}

struct AttributeJson {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const {
    JsonWriter json;
    json.value(number);
    return std::string(trim(json.take()));
  }
  std::string operator()(const std::string& text) const { return json_quoted(text); }
  std::string operator()(DType dtype) const { return json_quoted(dtype_name(dtype)); }
  std::string operator()(const DimExpr& dim) const { return dim_json(dim.text()); }
  std::string operator()(const std::vector<IndexEntry>& entries) const {
    std::vector<std::string> items;
    for (const IndexEntry& entry : entries) items.push_back(index_json(entry));
    return list_json(items);
  }
  template <class T>
  std::string operator()(const std::vector<T>& list) const {
    std::vector<std::string> items;
    for (const T& item : list) items.push_back((*this)(item));
    return list_json(items);
  }
};

void write_value(const SketchValue& value, JsonWriter& json) {
  json.begin_object(value.name, JsonWriter::Layout::line);
  json.member("dtype", dtype_name(value.dtype));
  json.begin_array("shape", JsonWriter::Layout::line);
  for (const std::string& dim : value.shape) json.raw(dim_json(dim));
  json.end_array();
  if (value.kind != SketchValue::Kind::input) {
    json.key("value");
    json.raw(tensor_json(value.values.at(0)));
  }
  json.end_object();
}

void write_values(const char* section, SketchValue::Kind kind, const std::vector<Sketch>& sketches,
                  JsonWriter& json) {
  json.begin_object(section);
  for (const Sketch& sketch : sketches) {
    for (const SketchValue& value : sketch.values) {
      if (value.kind == kind) write_value(value, json);
    }
  }
  json.end_object();
}

void write_function(const Sketch& sketch, JsonWriter& json) {
  json.begin_object(sketch.function);
  std::vector<std::string> inputs;
  for (const SketchValue& value : sketch.values) {
    if (value.kind == SketchValue::Kind::input) inputs.push_back(value.name);
  }
  json.array("inputs", inputs);
  json.begin_object("outputs", JsonWriter::Layout::line);
  for (size_t i = 0; i < sketch.outputs.size(); ++i) {
    json.member("o" + std::to_string(i), sketch.outputs[i]);
  }
  json.end_object();
  if (!sketch.updates.empty()) {
    json.begin_object("updates", JsonWriter::Layout::line);
    for (const auto& [shared, value] : sketch.updates) json.member(shared, value);
    json.end_object();
  }
  json.begin_array("nodes");
  for (const SketchNode& node : sketch.nodes) json.raw(node_json(node));
  json.end_array();
  json.end_object();
}

}  // namespace

const SketchValue* Sketch::find(const std::string& name) const {
  for (const SketchValue& value : values) {
    if (value.name == name) return &value;
  }
  return nullptr;
}

void prune(Sketch& sketch) {
  std::set<std::string> needed(sketch.outputs.begin(), sketch.outputs.end());
  for (const auto& [shared, value] : sketch.updates) needed.insert({shared, value});
  std::set<std::string> words;
  std::vector<SketchNode> nodes;
  for (auto node = sketch.nodes.rbegin(); node != sketch.nodes.rend(); ++node) {
    const bool is_needed = std::any_of(node->outputs.begin(), node->outputs.end(),
                                       [&](const auto& name) { return needed.count(name) > 0; });
    if (!is_needed) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    needed.insert(node->uses.begin(), node->uses.end());
    for (const auto& [key, text] : node->members) add_words(text, words);
    nodes.push_back(*node);
  }
  sketch.nodes.assign(nodes.rbegin(), nodes.rend());
  std::set<std::string> bound;
  for (const SketchValue& value : sketch.values) {
    if (needed.count(value.name) == 0) continue;
    for (const std::string& dim : value.shape) add_words(dim, words);
    if (value.kind == SketchValue::Kind::input)
      bound.insert(value.shape.begin(), value.shape.end());
  }
  std::vector<SketchValue> values;
  for (const SketchValue& value : sketch.values) {
    bool is_needed = needed.count(value.name) > 0 || words.count(value.name) > 0;
    for (const std::string& dim : value.shape) {
      if (is_needed || value.kind != SketchValue::Kind::input) break;
      is_needed = words.count(dim) > 0 && bound.count(dim) == 0 &&
                  std::isalpha(static_cast<unsigned char>(dim[0])) != 0;
      if (is_needed) bound.insert(value.shape.begin(), value.shape.end());
    }
    if (is_needed) values.push_back(value);
  }
  sketch.values = std::move(values);
}

std::vector<std::pair<std::string, std::string>> attribute_members(const Attributes& attributes) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const auto& [name, value] : attributes) {
    const auto* list = std::get_if<std::vector<int64_t>>(&value);
    // Four numbers or more are pairs: before and after each axis.
    if (name == "border_mode" && list != nullptr && list->size() > 3) {
      std::vector<std::vector<int64_t>> pairs;
      for (size_t i = 0; i + 1 < list->size(); i += 2)
        pairs.push_back({(*list)[i], (*list)[i + 1]});
      members.emplace_back(name, AttributeJson()(pairs));
    } else {
      members.emplace_back(name, std::visit(AttributeJson(), value));
    }
  }
  return members;
}

std::string node_json(const SketchNode& node) {
  JsonWriter json(JsonWriter::Layout::line);
  json.begin_object(JsonWriter::Layout::line);
  json.member("op", node.op);
  if (node.op != "scan" && node.op != "grad") json.array("inputs", node.inputs);
  for (const auto& [key, value] : node.members) {
    json.key(key);
    json.raw(value);
  }
  json.array("outputs", node.outputs);
  json.end_object();
  return std::string(trim(json.take()));
}

std::string tensor_json(const Tensor& tensor) {
  JsonWriter json(JsonWriter::Layout::line);
  int64_t position = 0;
  write_elements(tensor, 0, position, json);
  return std::string(trim(json.take()));
}

std::string model_json(const std::vector<Sketch>& sketches) {
  JsonWriter json;
  json.begin_object();
  json.member("tgc", 1);
  json.member("name", "random");
  write_values("inputs", SketchValue::Kind::input, sketches, json);
  write_values("shared", SketchValue::Kind::shared, sketches, json);
  write_values("constants", SketchValue::Kind::constant, sketches, json);
  json.begin_array("nodes");
  json.end_array();
  json.begin_object("functions");
  for (const Sketch& sketch : sketches) write_function(sketch, json);
  json.end_object();
  json.end_object();
  return json.take();
}

std::string reproduction(const Sketch& sketch) {
  std::string text = model_json({sketch});
  for (int call = 0; call < kCalls; ++call) {
    text += "tgc run random.tgc " + sketch.function;
    for (const SketchValue& value : sketch.values) {
      if (value.kind != SketchValue::Kind::input) continue;
      text += " --in '" + value.name + "=" +
              tensor_json(value.values.at(static_cast<size_t>(call))) + "'";
    }
    text += "\n";
  }
  return text;
}

}  // namespace tgc
