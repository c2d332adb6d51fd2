// SPDX-License-Identifier: Apache-2.0
// The JSON Schema and the reader agree on the files of corpus/: both accept accepted/*, both refuse
// rejected/*; what a schema cannot judge (shapes, types, uses, cycles) stands in beyond_schema/*,
// which only the reader refuses. And schemas/graph.schema.json is what tgc prints.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "json/model_reader.h"
#include "json/schema_printer.h"
#include "ops/op_list.h"
#include "support/file.h"

namespace tgc {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

std::string content_of(const std::string& path) {
  std::error_code error;
  return read_file(path, error).value_or("");
}

class SchemaChecker {
 public:
  SchemaChecker() {
    const nlohmann::json text = nlohmann::json::parse(graph_schema());
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(Adapter(text), schema_);
  }

  // "" or the first complaint.
  std::string complaint(const std::string& text) {
    const nlohmann::json document = nlohmann::json::parse(text, nullptr, true, true);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema_, Adapter(document), &results)) return "";
    valijson::ValidationResults::Error error;
    results.popError(error);
    std::string where;
    for (const std::string& step : error.context) where += step;
    return where + ": " + error.description;
  }

 private:
  valijson::Schema schema_;
};

std::string reader_complaint(const std::string& path) {
  Diagnostics diagnostics;
  read_model_text(path, content_of(path), {}, diagnostics);
  return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::error_code error;
  auto names = list_folder(folder, error);
  REQUIRE(names);
  REQUIRE(!names->empty());
  for (std::string& name : *names) name = join_path(folder, name);
  return *names;
}

const std::string kCorpus = std::string(TGC_TEST_FOLDER) + "/corpus/";
const std::string kSamples = std::string(TGC_TEST_FOLDER) + "/../../../samples/";

}  // namespace

TEST_CASE("schemas/graph.schema.json is what tgc prints") {
  const std::string printed = graph_schema();
  if (std::getenv("TGC_UPDATE_GOLDENS") != nullptr) {
    REQUIRE_FALSE(write_file_atomically(TGC_SCHEMA_FILE, printed));
  }
  CHECK(content_of(TGC_SCHEMA_FILE) == printed);
}

TEST_CASE("schema and reader accept the same files") {
  SchemaChecker schema;
  std::vector<std::string> files = files_in(kCorpus + "accepted");
  for (const char* sample : {"digits", "lenet", "logistic_regression"}) {
    files.push_back(kSamples + sample + "/model.json");
  }
  for (const std::string& file : files) {
    INFO(file);
    CHECK(schema.complaint(content_of(file)) == "");
    CHECK(reader_complaint(file) == "");
  }
}

TEST_CASE("schema and reader refuse the same files") {
  SchemaChecker schema;
  for (const std::string& file : files_in(kCorpus + "rejected")) {
    INFO(file);
    CHECK(schema.complaint(content_of(file)) != "");
    CHECK(reader_complaint(file) != "");
  }
}

TEST_CASE("what a schema cannot judge the reader does") {
  SchemaChecker schema;
  for (const std::string& file : files_in(kCorpus + "beyond_schema")) {
    INFO(file);
    CHECK(schema.complaint(content_of(file)) == "");
    CHECK(reader_complaint(file) != "");
  }
}

TEST_CASE("every op's examples fit schema and reader") {
  SchemaChecker schema;
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal) continue;
    for (const OpExample& example : op->examples) {
      const nlohmann::json inputs = nlohmann::json::parse(example.inputs);
      nlohmann::json node = nlohmann::json::parse(example.node);
      if (!node.contains("outputs")) node["name"] = "result";
      nlohmann::json file = {{"tgc", 1}, {"name", "example"}, {"nodes", {node}}};
      nlohmann::json function = {
          {"inputs", nlohmann::json::array()},
          {"outputs", node.contains("outputs") ? node["outputs"] : nlohmann::json({"result"})}};
      for (const auto& [name, input] : inputs.items()) {
        file["inputs"][name] = {{"dtype", input["dtype"]}, {"shape", input["shape"]}};
        function["inputs"].push_back(name);
      }
      file["functions"]["f"] = function;
      INFO(file.dump());
      CHECK(schema.complaint(file.dump()) == "");
      ReadOptions options;
      options.on_unused_input = OnUnusedInput::ignore;
      Diagnostics diagnostics;
      read_model_text("example", file.dump(), options, diagnostics);
      CHECK((diagnostics.all().empty() ? "" : diagnostics.all()[0].message) == "");
    }
  }
}

TEST_CASE("no attribute has the name of a key every node has") {
  for (const OpDef* op : op_registry().all()) {
    for (const AttrDef& def : op->attributes) {
      const std::vector<std::string_view> taken = {"op", "inputs", "name", "outputs", "type"};
      INFO(op->name);
      CHECK(std::count(taken.begin(), taken.end(), def.name) == 0);
    }
  }
}

}  // namespace tgc
