// SPDX-License-Identifier: Apache-2.0
// Turns the examples of the op registry into models and inputs: each example becomes a JSON graph
// file with one node, read by the real reader, in variants of dtype and with dims as symbols.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "graph/op_def.h"

namespace tgc {

struct ExampleVariant {
  std::optional<DType> dtype;  // in the place of every float input's dtype
  bool symbolic = false;       // every dim above 1 becomes a symbol, equal ones the same
  DType float_x = DType::float64;
};

struct ExampleModel {
  std::string text;            // the JSON file or node
  std::optional<Graph> graph;  // nullopt: it was rejected
  Diagnostics diagnostics;
  std::vector<Tensor> inputs;  // in order of the graph's inputs
};

// `seed` decides the random elements. Internal ops, which files may not name, are added to a Graph
// directly; their examples have no attributes.
ExampleModel make_example(const OpDef& op, const OpExample& example, const ExampleVariant& variant,
                          uint64_t seed);

}  // namespace tgc
