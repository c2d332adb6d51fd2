// SPDX-License-Identifier: Apache-2.0
// Runs one op on given tensors in a Graph of its own: by its eval and, wherever it has a lowering,
// as kernels over contiguous and strided memory, in both orders; all must agree.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "graph/builder.h"
#include "types/tensor.h"

namespace tgc {

struct OpCase {
  std::string op;
  std::vector<Tensor> inputs;
  Attributes attributes = {};
  // Every dim of the inputs other than 1 is a symbol: "n0" for axis 0 of input 0, "m1" for axis 1
  // of input 1, …
  bool symbolic = false;
  // Integer scalars among the inputs whose value is the symbol "v0" for input 0, …
  std::vector<size_t> known_values = {};
  bool in_place = false;  // output 0 may overwrite input 0
};

struct OpRun {
  std::vector<Tensor> outputs;
  std::vector<TensorType> types;  // of the outputs
  std::string failure;            // of the evaluation: an index out of bounds, an unequal dim
  std::string diagnostic;         // of the inference: "dot: …"
  std::string code;
  int kernels = 0;  // of the plain lowering
  int views = 0;
};

OpRun run_op(const OpCase& op_case);
// The same for `outputs` of one node in a Graph made by the test; `inputs` are the Graph's. The
// lowering is checked when the node reads nothing but inputs and constants.
OpRun run_node(Graph& graph, const std::vector<VariableId>& outputs,
               const std::vector<Tensor>& inputs);

// The name of the symbol of one input dim.
std::string dim_name(size_t input, size_t axis);

Tensor tensor(DType dtype, std::vector<int64_t> dims, const std::vector<double>& values);
// Elements (i * step) % 13 - 6.
Tensor filled(DType dtype, std::vector<int64_t> dims, int64_t step);
std::vector<double> values_of(const Tensor& tensor);

}  // namespace tgc
