// SPDX-License-Identifier: Apache-2.0
// Inputs and attributes that an op's examples do not have: another dtype, rank or size, one input
// less or more, an attribute left out or changed. Whatever is written, tgc takes it or says what is
// wrong; it never stops with an internal error, nor do the gradient and the interpreter.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "interp/interpreter.h"
#include "json/model_reader.h"
#include "ops/example_model.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

using Json = nlohmann::ordered_json;

struct Misfit {
  Json node;
  Json inputs;
};

constexpr const char* kDtypes[] = {"bool",    "int8",    "uint8",   "int64",    "uint64",
                                   "float16", "float32", "float64", "complex64"};

void add_dtypes(const Misfit& fitting, const std::string& input, std::vector<Misfit>& all) {
  for (const char* dtype : kDtypes) {
    Misfit misfit = fitting;
    misfit.inputs[input].erase("value");
    misfit.inputs[input].erase("low");
    misfit.inputs[input]["dtype"] = dtype;
    all.push_back(std::move(misfit));
  }
}

void add_shapes(const Misfit& fitting, const std::string& input, std::vector<Misfit>& all) {
  const Json shape = fitting.inputs.at(input).at("shape");
  std::vector<Json> shapes = {Json::array(), Json::array({3}), Json::array({0}),
                              Json::array({2, 0, 1, 3})};
  if (!shape.empty()) shapes.push_back(Json(shape.begin() + 1, shape.end()));
  Json longer = shape;
  longer.insert(longer.begin(), 2);
  shapes.push_back(longer);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    for (const int size : {0, 1, 7}) {
      Json other = shape;
      other[axis] = size;
      shapes.push_back(other);
    }
  }
  for (const Json& other : shapes) {
    Misfit misfit = fitting;
    misfit.inputs[input].erase("value");
    misfit.inputs[input]["shape"] = other;
    all.push_back(std::move(misfit));
  }
}

void add_attributes(const Misfit& fitting, std::vector<Misfit>& all) {
  for (const auto& [key, value] : fitting.node.items()) {
    if (key == "op" || key == "name" || key == "outputs" || key == "inputs") continue;
    Misfit without = fitting;
    without.node.erase(key);
    all.push_back(std::move(without));
    for (const Json& other : {Json(-1), Json(0), Json(2), Json(60), Json(0.5), Json("x"),
                              Json(true), Json::array(), Json::array({0, 0}), Json::array({2})}) {
      Misfit changed = fitting;
      changed.node[key] = other;
      all.push_back(std::move(changed));
    }
  }
}

void add_counts(const Misfit& fitting, std::vector<Misfit>& all) {
  if (!fitting.node.contains("inputs") || fitting.node.at("inputs").empty()) return;
  Misfit less = fitting;
  less.node["inputs"].erase(less.node["inputs"].size() - 1);
  all.push_back(std::move(less));
  Misfit more = fitting;
  more.node["inputs"].push_back(more.node["inputs"][0]);
  all.push_back(std::move(more));
}

std::vector<Misfit> misfits_of(const OpExample& example) {
  const Misfit fitting{Json::parse(example.node), Json::parse(example.inputs)};
  std::vector<Misfit> all;
  for (const auto& item : fitting.inputs.items()) {
    if (!item.value().contains("shape")) continue;
    add_dtypes(fitting, item.key(), all);
    add_shapes(fitting, item.key(), all);
  }
  add_attributes(fitting, all);
  add_counts(fitting, all);
  return all;
}

bool is_float_like(DType dtype) {
  return is_float(dtype) || is_complex(dtype);
}

// The model with the gradient of its first result, where that has one.
std::string with_gradient(const ExampleModel& model) {
  Json file = Json::parse(model.text);
  Json& function = file["functions"]["f"];
  Json wrt = Json::array();
  Json outputs = Json::array();
  for (const auto& [name, input] : file["inputs"].items()) {
    if (!is_float_like(*parse_dtype(input.at("dtype").get<std::string>()))) continue;
    wrt.push_back(name);
    outputs.push_back("grad of " + name);
  }
  const Graph& graph = *model.graph;
  if (wrt.empty() || !is_float(graph.type(graph.outputs().at(0)).dtype)) return "";
  const Json result = function["outputs"][0];
  file["nodes"].push_back({{"op", "sum"}, {"inputs", {result}}, {"name", "cost of it"}});
  file["nodes"].push_back({{"op", "grad"},
                           {"cost", "cost of it"},
                           {"wrt", wrt},
                           {"outputs", outputs},
                           {"disconnected_inputs", "ignore"}});
  function["outputs"] = outputs;
  return file.dump();
}

void try_gradient(const ExampleModel& model) {
  const std::string text = with_gradient(model);
  if (text.empty()) return;
  Diagnostics diagnostics;
  ReadOptions options;
  options.on_unused_input = OnUnusedInput::ignore;
  const auto read = read_model_text("gradient.json", text, options, diagnostics);
  if (read) (void)evaluate(read->functions.at(0).graph, model.inputs);
}

// What stopped tgc; empty if nothing did.
std::string internal_error(const OpDef& op, const Misfit& misfit) {
  const std::string node = misfit.node.dump();
  const std::string inputs = misfit.inputs.dump();
  try {
    const ExampleModel model = make_example(op, {node, inputs}, {}, 5);
    if (!model.graph) {
      return model.diagnostics.all().empty() ? "rejected without a word: " + node : "";
    }
    (void)evaluate(*model.graph, model.inputs);
    try_gradient(model);
  } catch (const std::exception& error) {
    return std::string(error.what()) + "\n  " + node + "\n  " + inputs;
  }
  return "";
}

}  // namespace

TEST_CASE("no op stops with an internal error, whatever it is given") {
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal) continue;
    DYNAMIC_SECTION(op->name) {
      for (const OpExample& example : op->examples) {
        for (const Misfit& misfit : misfits_of(example)) {
          const std::string error = internal_error(*op, misfit);
          if (!error.empty()) FAIL_CHECK(error);
        }
      }
    }
  }
}

}  // namespace tgc
