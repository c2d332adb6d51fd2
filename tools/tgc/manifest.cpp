// SPDX-License-Identifier: Apache-2.0
// See manifest.h.
#include "tgc/manifest.h"

#include "json/json_parser.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

constexpr int64_t kManifestVersion = 1;

std::vector<JsonValue> elements(JsonValue object, std::string_view key) {
  const auto member = object.find(key);
  return member && (member->is_array() || member->is_object()) ? member->elements()
                                                               : std::vector<JsonValue>();
}

std::string text(JsonValue value) {
  return value.is_string() ? value.string() : std::string(value.source());
}

std::string text(JsonValue object, std::string_view key) {
  const auto member = object.find(key);
  return member ? text(*member) : "";
}

int64_t integer(JsonValue object, std::string_view key) {
  const auto member = object.find(key);
  return member && member->is_number() ? member->int64().value_or(0) : 0;
}

std::vector<std::string> texts(JsonValue object, std::string_view key) {
  std::vector<std::string> result;
  for (const JsonValue& element : elements(object, key)) result.push_back(text(element));
  return result;
}

std::vector<ManifestValue> values(JsonValue object, std::string_view key) {
  std::vector<ManifestValue> result;
  for (const JsonValue& value : elements(object, key)) {
    result.push_back({text(value, "name"), text(value, "dtype"), texts(value, "shape")});
  }
  return result;
}

ManifestFunction read_function(JsonValue value) {
  ManifestFunction function;
  function.name = text(value, "name");
  function.nodes_before = integer(value, "nodes_before");
  function.nodes_after = integer(value, "nodes_after");
  function.inputs = values(value, "inputs");
  function.outputs = values(value, "outputs");
  function.updates = texts(value, "updates");
  function.passes = texts(value, "passes");
  for (const JsonValue& transfer : elements(value, "transfers")) {
    function.transfers.push_back(
        {text(transfer, "variable"), text(transfer, "from"), text(transfer, "to")});
  }
  for (const JsonValue& count : elements(value, "steps")) {
    function.steps.emplace_back(count.key(), count.int64().value_or(0));
  }
  function.arena_bytes = text(value, "arena_bytes");
  return function;
}

Manifest read_members(JsonValue root) {
  Manifest manifest;
  manifest.name = text(root, "name");
  manifest.tgc_version = text(root, "tgc_version");
  for (const JsonValue& tool : elements(root, "tools")) {
    manifest.tools.emplace_back(tool.key(), text(tool));
  }
  manifest.targets = texts(root, "targets");
  manifest.cpu_features = texts(root, "cpu_features");
  manifest.architectures = texts(root, "architectures");
  manifest.minimum_driver = integer(root, "minimum_driver");
  manifest.needs = texts(root, "needs");
  for (const JsonValue& flag : elements(root, "flags")) {
    manifest.flags.push_back({text(flag, "name"), text(flag, "value"), text(flag, "origin")});
  }
  manifest.shared = values(root, "shared");
  manifest.state_bytes = integer(root, "state_bytes");
  for (const JsonValue& function : elements(root, "functions")) {
    manifest.functions.push_back(read_function(function));
  }
  for (const JsonValue& kernel : elements(root, "kernels")) {
    manifest.kernels.push_back({text(kernel, "name"), text(kernel, "target"),
                                texts(kernel, "nodes"), text(kernel, "text_sha256")});
  }
  for (const JsonValue& file : elements(root, "files")) {
    manifest.files.push_back(
        {text(file, "name"), static_cast<uint64_t>(integer(file, "bytes")), text(file, "sha256")});
  }
  return manifest;
}

}  // namespace

std::string ManifestValue::type_text() const {
  return dtype + "[" + join(shape, ", ") + "]";
}

const ManifestFunction* Manifest::find_function(const std::string& function) const {
  for (const ManifestFunction& candidate : functions) {
    if (candidate.name == function) return &candidate;
  }
  return nullptr;
}

std::optional<Manifest> read_manifest(const std::string& bundle, Diagnostics& diagnostics) {
  const std::string path = join_path(bundle, "manifest.json");
  std::error_code error;
  auto source = read_file(path, error);
  if (!source) {
    diagnostics.error(
        "no-bundle",
        "'" + bundle + "' is no bundle: cannot read manifest.json in it: " + error.message());
    return std::nullopt;
  }
  const auto document = parse_json(path, *source, JsonLimits(), diagnostics);
  if (!document) return std::nullopt;
  const JsonValue root = document->root();
  if (!root.is_object() || integer(root, "tgc_bundle") != kManifestVersion) {
    diagnostics.error("no-bundle", "'" + bundle +
                                       "' is no bundle that this tgc reads: manifest.json " +
                                       "lacks \"tgc_bundle\": " + std::to_string(kManifestVersion));
    return std::nullopt;
  }
  Manifest manifest = read_members(root);
  manifest.text = std::move(*source);
  return manifest;
}

}  // namespace tgc
