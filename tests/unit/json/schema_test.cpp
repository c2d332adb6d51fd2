// SPDX-License-Identifier: Apache-2.0
// The JSON Schema and the reader agree on the files of corpus/: both accept accepted/*, both refuse
// rejected/*; what a schema cannot judge (shapes, types, uses, cycles) stands in beyond_schema/*,
// which only the reader refuses. And schemas/graph.schema.json is what tgc prints.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
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

void change_below(const nlohmann::json& whole, const nlohmann::json::json_pointer& at,
                  std::vector<nlohmann::json>& changed) {
  const nlohmann::json& value = whole[at];
  const auto with = [&](const nlohmann::json& other) {
    nlohmann::json copy = whole;
    copy[at] = other;
    changed.push_back(std::move(copy));
  };
  if (value.is_object()) {
    nlohmann::json wider = value;
    wider["zzz"] = 1;
    with(wider);
    with(nlohmann::json::array());
    for (const auto& [key, member] : value.items()) {
      nlohmann::json smaller = value;
      smaller.erase(key);
      with(smaller);
      change_below(whole, at / key, changed);
    }
  } else if (value.is_array()) {
    with(nlohmann::json::object());
    with("x");
    for (size_t i = 0; i < std::min<size_t>(value.size(), 3); ++i) {
      change_below(whole, at / i, changed);
    }
  } else {
    with(value.is_string() ? nlohmann::json(1) : nlohmann::json("1"));
    with(nullptr);
    with(nlohmann::json::array({value}));
  }
}

// Copies of a file in each of which one key is dropped or added, or one value is of another kind.
std::vector<nlohmann::json> one_key_changed(const nlohmann::json& whole) {
  std::vector<nlohmann::json> changed;
  change_below(whole, nlohmann::json::json_pointer(), changed);
  return changed;
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

TEST_CASE("where a change of one key divides schema and reader, only meaning is at stake") {
  // What a schema cannot know: names and their uses, types and shapes, files, what a call may tell.
  const std::set<std::string> kMeaning = {
      "bad-attribute", "bad-dim",       "bad-dtype",       "bad-expression", "bad-index",
      "bad-input",     "bad-name",      "bad-outputs",     "bad-rank",       "bad-update",
      "bad-value",     "cycle",         "duplicate-name",  "empty-function", "given-type",
      "missing-input", "missing-key",   "shape-mismatch",  "type-mismatch",  "unknown-dim",
      "unknown-name",  "unknown-value", "unused-input",    "update-type",    "value-shape",
      "weights-dtype", "weights-shape", "weights-missing", "wrong-arity",    "disconnected-input",
  };
  SchemaChecker schema;
  std::vector<std::string> files = files_in(kCorpus + "accepted");
  for (const char* sample : {"digits", "lenet", "logistic_regression"}) {
    files.push_back(kSamples + sample + "/model.json");
  }
  size_t count = 0;
  for (const std::string& file : files) {
    const nlohmann::json good = nlohmann::json::parse(content_of(file), nullptr, true, true);
    for (const nlohmann::json& changed : one_key_changed(good)) {
      ++count;
      const std::string text = changed.dump();
      const std::string complaint = schema.complaint(text);
      Diagnostics diagnostics;
      read_model_text(file, text, {}, diagnostics);
      INFO(file << ": " << text);
      if (!complaint.empty()) {
        INFO("schema: " << complaint);
        CHECK(diagnostics.has_errors());
        continue;
      }
      for (const Diagnostic& diagnostic : diagnostics.all()) {
        INFO(diagnostic.code << ": " << diagnostic.message);
        const bool is_error = diagnostic.severity == Severity::error;
        CHECK((!is_error || kMeaning.count(diagnostic.code) == 1));
      }
    }
  }
  CHECK(count > 2000);
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
