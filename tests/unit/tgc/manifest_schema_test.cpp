// SPDX-License-Identifier: Apache-2.0
// The manifest that `tgc compile` writes is what schemas/manifest.schema.json says.
#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "catch2/catch.hpp"
#include "support/file.h"
#include "support/process.h"

namespace tgc {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr const char* kModel = R"({
  "tgc": 1, "name": "small",
  "inputs": {"x": {"dtype": "float32", "shape": ["n", 4]}},
  "shared": {"w": {"dtype": "float32", "shape": [4, 3], "value": {"init": "glorot_uniform", "seed": 1}}},
  "nodes": [{"op": "dot", "inputs": ["x", "w"], "name": "h"},
            {"op": "tanh", "inputs": ["h"], "name": "y"}],
  "functions": {"f": {"inputs": ["x"], "outputs": ["y"]}}
})";

nlohmann::json read_json(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

std::string problems(const nlohmann::json& document) {
  const nlohmann::json schema_document = read_json(TGC_SOURCE_DIR "/schemas/manifest.schema.json");
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(Adapter(schema_document), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  validator.validate(schema, Adapter(document), &results);
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& part : error.context) text += part;
    text += ": " + error.description + "\n";
  }
  return text;
}

TEST_CASE("the manifest of a compiled model is valid by its schema") {
  std::error_code error;
  const auto folder = TempFolder::make("", "schema-", error);
  REQUIRE(folder);
  const std::string model = folder->path() + "/small.json";
  const std::string bundle = folder->path() + "/small.tgc";
  REQUIRE_FALSE(write_file_atomically(model, kModel));
  Command command;
  command.arguments = {TGC_PROGRAM,  "compile", model,  "--isolated", "--target",
                       "cpu:native", "-o",      bundle, "--flags",    "optimizer=o2"};
  const ProcessResult result = run_command(command);
  INFO(result.output);
  REQUIRE(result.ok());

  nlohmann::json manifest = read_json(bundle + "/manifest.json");
  CHECK(problems(manifest) == "");
  CHECK(manifest["flags"][0]["name"] == "optimizer");

  SECTION("and a manifest with an unknown member is not") {
    manifest["unknown"] = 1;
    CHECK(problems(manifest) != "");
  }
  SECTION("and a manifest with a wrong digest is not") {
    manifest["files"][0]["sha256"] = "abc";
    CHECK(problems(manifest) != "");
  }
}

}  // namespace
}  // namespace tgc
