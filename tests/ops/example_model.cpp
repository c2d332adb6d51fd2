// SPDX-License-Identifier: Apache-2.0
// See example_model.h.
#include "ops/example_model.h"

#include <nlohmann/json.hpp>
#include <random>

#include "graph/builder.h"
#include "json/model_reader.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

using Json = nlohmann::ordered_json;

DType example_dtype(const Json& input, const ExampleVariant& variant) {
  const DType dtype = *parse_dtype(input.at("dtype").get<std::string>());
  if (!variant.dtype) return dtype;
  if (is_complex(dtype)) return complex_dtype(*variant.dtype);
  return is_float(dtype) ? *variant.dtype : dtype;
}

void fill_from(const Json& value, Tensor& tensor, int64_t& position) {
  if (value.is_array()) {
    for (const Json& element : value) fill_from(element, tensor, position);
  } else if (value.is_boolean()) {
    tensor.set_int(position++, value.get<bool>() ? 1 : 0);
  } else if (value.is_number_integer()) {
    tensor.set_int(position++, value.get<int64_t>());
  } else {
    tensor.set_double(position++, value.get<double>());
  }
}

// Integers take whole numbers of [low, high], so that they hold the same values in every variant.
void fill_random(const Json& input, Tensor& tensor, std::mt19937_64& random) {
  const bool is_unsigned = is_unsigned_integer(tensor.dtype()) || tensor.dtype() == DType::boolean;
  double low = input.value("low", -1.0);
  double high = input.value("high", 1.0);
  if (tensor.dtype() == DType::boolean) {
    low = 0;
    high = 1;
  }
  if (is_unsigned && low < 0) low = 0;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
    if (is_complex(tensor.dtype())) {
      const double other = static_cast<double>(random() >> 11) * 0x1p-53;
      tensor.set_complex(i, {low + (high - low) * unit, low + (high - low) * other});
    } else if (is_float(tensor.dtype())) {
      tensor.set_double(i, low + (high - low) * unit);
    } else {
      const double first = std::ceil(low);
      tensor.set_int(i, static_cast<int64_t>(first + std::floor(unit * (high - first + 1))));
    }
  }
}

Tensor make_input(const Json& input, const ExampleVariant& variant, std::mt19937_64& random) {
  Tensor tensor(example_dtype(input, variant), input.at("shape").get<std::vector<int64_t>>());
  if (input.count("value") != 0) {
    int64_t position = 0;
    fill_from(input.at("value"), tensor, position);
  } else {
    fill_random(input, tensor, random);
  }
  return tensor;
}

Json declared_inputs(const Json& inputs, const ExampleVariant& variant) {
  Json declared = Json::object();
  for (const auto& [name, input] : inputs.items()) {
    Json shape = Json::array();
    for (const Json& dim : input.at("shape")) {
      const auto size = dim.get<int64_t>();
      if (variant.symbolic && size > 1) {
        shape.push_back("d" + std::to_string(size));
      } else {
        shape.push_back(size);
      }
    }
    declared[name] = {{"dtype", dtype_name(example_dtype(input, variant))}, {"shape", shape}};
  }
  return declared;
}

std::optional<Graph> read_public(const Json& inputs, Json node, const ExampleVariant& variant,
                                 ExampleModel& result) {
  if (node.count("outputs") == 0) node["name"] = "result";
  Json names = Json::array();
  for (const auto& item : inputs.items()) names.push_back(item.key());
  Json model = {{"tgc", 1}, {"name", "example"}, {"inputs", declared_inputs(inputs, variant)}};
  model["nodes"] = Json::array({node});
  model["functions"]["f"] = {
      {"inputs", names},
      {"outputs", node.count("outputs") != 0 ? node["outputs"] : Json::array({"result"})}};
  result.text = model.dump(1);
  ReadOptions options;
  options.float_x = variant.float_x;
  options.on_unused_input = OnUnusedInput::ignore;
  auto read = read_model_text("example.json", result.text, options, result.diagnostics);
  if (!read) return std::nullopt;
  return std::move(read->functions.at(0).graph);
}

std::optional<Graph> build_internal(const OpDef& op, const Json& inputs, const Json& node,
                                    const ExampleVariant& variant, ExampleModel& result) {
  result.text = node.dump(1);
  Graph graph;
  const Json types = declared_inputs(inputs, variant);
  for (const auto& [name, input] : types.items()) {
    TensorType type{*parse_dtype(input.at("dtype").get<std::string>()), {}, {}};
    for (const Json& dim : input.at("shape")) {
      type.shape.push_back(dim.is_string() ? DimExpr::symbol(dim.get<std::string>())
                                           : DimExpr(dim.get<int64_t>()));
    }
    graph.add_input(std::move(type), name);
  }
  Builder builder(graph, op_registry(), variant.float_x);
  NodeSpec spec;
  spec.op = &op;
  for (const Json& name : node.at("inputs")) {
    size_t position = 0;
    for (const auto& item : inputs.items()) {
      if (item.key() == name.get<std::string>()) break;
      ++position;
    }
    spec.inputs.push_back(graph.inputs().at(position));
  }
  const auto outputs = builder.add_node(std::move(spec), result.diagnostics);
  if (!outputs) return std::nullopt;
  for (const VariableId output : *outputs) graph.add_output(output);
  return graph;
}

}  // namespace

ExampleModel make_example(const OpDef& op, const OpExample& example, const ExampleVariant& variant,
                          uint64_t seed) {
  const Json inputs = Json::parse(example.inputs);
  const Json node = Json::parse(example.node);
  ExampleModel result;
  result.graph = op.is_internal ? build_internal(op, inputs, node, variant, result)
                                : read_public(inputs, node, variant, result);
  std::mt19937_64 random(seed);
  for (const auto& item : inputs.items()) {
    result.inputs.push_back(make_input(item.value(), variant, random));
  }
  return result;
}

}  // namespace tgc
