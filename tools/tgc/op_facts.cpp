// SPDX-License-Identifier: Apache-2.0
// See op_facts.h.
#include "tgc/op_facts.h"

#include <algorithm>
#include <optional>

#include "json/json_parser.h"
#include "json/json_writer.h"
#include "json/model_reader.h"
#include "passes/pass.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

// Loops and branches become steps of the plan, not kernels.
bool is_planned(const OpDef& op) {
  return op.name == "scan" || op.name == "ifelse";
}

bool moves_to_gpu(const OpDef& op) {
  const auto& passes = all_passes();
  return std::any_of(passes.begin(), passes.end(), [&](const Pass& pass) {
    return pass.name.starts_with("local_gpu") &&
           std::count(pass.tracks.begin(), pass.tracks.end(), op.name) > 0;
  });
}

std::unique_ptr<const JsonDocument> parse_example(std::string_view text) {
  Diagnostics diagnostics;
  auto document = parse_json("example", std::string(text), JsonLimits(), diagnostics);
  TGC_CHECK(document != nullptr, "an op's example is not JSON: " + std::string(text));
  return document;
}

std::string text_of(JsonValue object, std::string_view key) {
  const auto member = object.find(key);
  return member ? std::string(member->source()) : "";
}

// The dtype whose inputs are varied: that of the first floating-point input, else of the first.
std::string varied_dtype(const std::vector<JsonValue>& inputs) {
  std::string varied;
  for (const JsonValue& input : inputs) {
    const std::string text = text_of(input, "dtype");
    if (varied.empty()) varied = text;
    if (text.find("float") != std::string::npos) return text;
  }
  return varied;
}

// Whether the example can be had in another dtype: it has inputs or an attribute dtype.
bool is_varied(const OpExample& example) {
  if (!example.inputs.empty() && example.inputs != "{}") return true;
  return parse_example(example.node)->root().find("dtype").has_value();
}

}  // namespace

std::string example_model(const OpExample& example, DType dtype) {
  const auto inputs = parse_example(example.inputs.empty() ? "{}" : example.inputs);
  const auto node = parse_example(example.node);
  const std::vector<JsonValue> members = inputs->root().elements();
  const std::string varied = varied_dtype(members);
  const std::string wanted = json_quoted(dtype_name(dtype));

  JsonWriter json;
  json.begin_object();
  json.member("tgc", 1);
  json.member("name", "example");
  json.begin_object("inputs");
  std::vector<std::string> names;
  for (const JsonValue& input : members) {
    names.push_back(input.key());
    json.begin_object(input.key(), JsonWriter::Layout::line);
    const std::string own = text_of(input, "dtype");
    json.key("dtype");
    json.raw(own == varied ? wanted : own);
    json.key("shape");
    json.raw(text_of(input, "shape"));
    json.end_object();
  }
  json.end_object();
  json.begin_array("nodes");
  json.begin_object(JsonWriter::Layout::line);
  std::vector<std::string> outputs = {"result"};
  for (const JsonValue& member : node->root().elements()) {
    json.key(member.key());
    const bool is_wanted = members.empty() && member.key() == "dtype";
    json.raw(is_wanted ? wanted : std::string(member.source()));
    if (member.key() == "name") outputs = {member.string()};
    if (member.key() != "outputs") continue;
    outputs.clear();
    for (const JsonValue& output : member.elements()) outputs.push_back(output.string());
  }
  if (outputs == std::vector<std::string>{"result"} && !node->root().find("outputs")) {
    json.member("name", "result");
  }
  json.end_object();
  json.end_array();
  json.begin_object("functions");
  json.begin_object("example", JsonWriter::Layout::line);
  json.array("inputs", names);
  json.array("outputs", outputs);
  json.end_object();
  json.end_object();
  json.end_object();
  return json.take();
}

std::vector<DType> accepted_dtypes(const OpDef& op) {
  ReadOptions options;
  options.on_unused_input = OnUnusedInput::ignore;
  std::vector<DType> accepted;
  for (const DType dtype : all_dtypes()) {
    const bool is_accepted =
        std::any_of(op.examples.begin(), op.examples.end(), [&](const OpExample& example) {
          if (is_complex(dtype) && !is_varied(example)) return false;
          Diagnostics diagnostics;
          return read_model_text("example", example_model(example, dtype), options, diagnostics)
              .has_value();
        });
    if (is_accepted) accepted.push_back(dtype);
  }
  return accepted;
}

// A composition is differentiated through what it is composed of.
bool has_gradient(const OpDef& op) {
  return op.grad != nullptr || (op.expand != nullptr && op.no_grad.empty());
}

std::string dtypes_text(const std::vector<DType>& dtypes) {
  const std::pair<const char*, bool (*)(DType)> kinds[] = {
      {"bool", [](DType dtype) { return dtype == DType::boolean; }},
      {"int", is_signed_integer},
      {"uint", is_unsigned_integer},
      {"float", is_float},
      {"complex", is_complex}};
  std::vector<std::string> words;
  for (const auto& [word, holds] : kinds) {
    const auto all = all_dtypes();
    const auto wanted = std::count_if(all.begin(), all.end(), holds);
    if (std::count_if(dtypes.begin(), dtypes.end(), holds) == wanted) words.emplace_back(word);
  }
  for (const DType dtype : dtypes) {
    const bool is_told = std::any_of(std::begin(kinds), std::end(kinds), [&](const auto& kind) {
      return kind.second(dtype) && std::count(words.begin(), words.end(), kind.first) > 0;
    });
    if (!is_told) words.emplace_back(dtype_name(dtype));
  }
  return join(words, ", ");
}

// Every target takes Kernel IR, so a lowering serves all devices; on a GPU run what passes move
// there.
Realization realization(const OpDef& op, DeviceKind device) {
  if (op.scalar != nullptr) return {"kernel", ""};
  if (op.lower != nullptr) {
    if (device == DeviceKind::cpu) return {op.needs_library ? "library" : "kernel", ""};
    if (moves_to_gpu(op)) return {"kernel", ""};
    return {"host", op.host_only};
  }
  if (op.expand != nullptr || is_planned(op)) return {"composed", ""};
  return {"", "there is no lowering"};
}

}  // namespace tgc
