// SPDX-License-Identifier: Apache-2.0
// Model: a whole JSON file after reading. Functions are views of the file's one graph; each holds
// its own Graph (the part it needs, givens put in, gradients and update rules expanded).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace tgc {

struct DimSymbol {
  std::string name;
  int64_t lower = 0;             // inclusive
  std::optional<int64_t> upper;  // inclusive
  std::optional<int64_t> hint;   // the usual value: planning only, never correctness
};

struct SharedVariable {
  std::string name;
  TensorType type;                      // all dims are integers
  std::shared_ptr<const Tensor> value;  // initial value
  std::string pointer;                  // JSON pointer of its declaration
};

// After the call shared variable `shared` holds output number `output` of the function's Graph.
struct Update {
  std::string shared;
  size_t output = 0;
};

// Graph inputs: kind input are the arguments in order, kind shared the shared variables it reads.
// Graph outputs: first the results, then the new values of `updates`.
struct Function {
  std::string name;
  Graph graph;
  std::vector<std::string> output_names;  // one per result
  std::vector<Update> updates;
  std::string pointer;
};

struct Model {
  std::string name;
  std::vector<DimSymbol> dims;
  std::vector<SharedVariable> shared;  // in file order, then state made by update rules
  std::vector<Function> functions;
  std::vector<std::string> source_files;  // the JSON file, weights, includes: for depfiles
};

}  // namespace tgc
