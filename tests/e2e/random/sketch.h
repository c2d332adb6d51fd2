// SPDX-License-Identifier: Apache-2.0
// A random graph as data: what its JSON says, by name, and the arguments of its calls. Generation
// makes it, the runner prints many of them into one model, shrinking takes parts away.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/attribute.h"
#include "types/tensor.h"

namespace tgc {

struct SketchValue {
  enum class Kind { input, shared, constant };
  std::string name;
  Kind kind = Kind::input;
  DType dtype = DType::float32;
  std::vector<std::string> shape;  // dims as text
  std::vector<Tensor> values;      // inputs: one a call; else one
};

struct SketchNode {
  std::string op;
  std::vector<std::string> inputs;                           // none for scan and grad
  std::vector<std::string> outputs;                          // names
  std::vector<std::pair<std::string, std::string>> members;  // attributes as JSON
  std::vector<std::string> uses;                             // names the members refer to
};

struct Sketch {
  uint64_t seed = 0;
  std::string function;
  std::vector<SketchValue> values;
  std::vector<SketchNode> nodes;  // in order of their need
  std::vector<std::string> outputs;
  std::vector<std::pair<std::string, std::string>> updates;  // shared variable, new value

  [[nodiscard]] const SketchValue* find(const std::string& name) const;
};

constexpr int kCalls = 3;

// Leaves out nodes and values that neither outputs nor updates need; an input that gives a dim its
// value stays when nothing else does.
void prune(Sketch& sketch);

// Attributes as the members of a node.
std::vector<std::pair<std::string, std::string>> attribute_members(const Attributes& attributes);
std::string node_json(const SketchNode& node);
std::string tensor_json(const Tensor& tensor);

// A model with one function for each sketch.
std::string model_json(const std::vector<Sketch>& sketches);
// The model of this sketch and the command lines that make its calls.
std::string reproduction(const Sketch& sketch);

}  // namespace tgc
