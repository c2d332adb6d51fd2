// SPDX-License-Identifier: Apache-2.0
// Indexing as in NumPy, shared by the subtensor family: what x[i, a:b:c, v] selects. The attribute
// `index` lists one entry per leading axis of x; axes it leaves out are taken whole.
//
// The axes of integer vectors ("advanced" indices) give way to their common broadcast dims, which
// stand where the first advanced entry stood, or in front when a slice separates two of them. An
// integer counts as an advanced entry when there is a vector.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/op_def.h"

namespace tgc {

// How one axis of the indexed tensor is selected.
struct IndexedAxis {
  enum class Kind { slice, fixed, input };
  Kind kind = Kind::slice;
  DimExpr start;     // slice: of a selection that is not empty; fixed: the position, not negative
  int64_t step = 1;  // slice
  size_t out_axis = 0;  // slice: the selection's axis
  int input = -1;       // input: which input of the Apply holds the positions
};

struct IndexTemplate {
  std::vector<IndexedAxis> axes;  // one per axis of the indexed tensor
  Shape shape;                    // of the selection
  size_t vector_axis = 0;         // first axis of the selection that runs over vector_shape
  Shape vector_shape;             // broadcast of the index inputs; empty without vectors
};

// Where an op's index inputs begin and whether they may have axes.
struct IndexRules {
  size_t first_index_input = 1;
  bool accepts_vectors = false;
};

// Reports an index, known before the call, that lies outside of an axis of length `dim`; records
// what only the call can tell.
bool check_position(InferContext& context, const DimExpr& index, const DimExpr& dim, size_t axis,
                    const std::string& part);

// Checks the attribute `index` and the index inputs, turns inputs whose value is known into plain
// positions, records the bounds checks of those, and adds nothing to the outputs.
std::optional<IndexTemplate> check_index(InferContext& context, const IndexRules& rules);

// The template of an Apply that check_index has accepted; input 0 is the indexed tensor.
IndexTemplate index_template(const Graph& graph, const Apply& apply);

// start:stop:step as an entry; what is missing means "to the end".
IndexEntry slice(std::optional<DimExpr> start, std::optional<DimExpr> stop, int64_t step = 1);

// The entries with the positions of their inputs moved by `offset`: for gradients.
std::vector<IndexEntry> index_with_inputs_moved(const Apply& apply, int offset);

// For eval: the selection of concrete tensors.
class Selection {
 public:
  // `dims` are those of the indexed tensor.
  Selection(const EvalContext& context, const std::vector<int64_t>& dims);
  // Position in the indexed tensor of one element of the selection; nullopt when an index is out
  // of bounds, then failure() says which.
  std::optional<int64_t> position(const std::vector<int64_t>& selected);
  [[nodiscard]] const std::vector<int64_t>& dims() const { return dims_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  int64_t index_of(const IndexedAxis& axis, const std::vector<int64_t>& selected) const;

  const EvalContext& context_;
  IndexTemplate template_;
  std::vector<int64_t> source_dims_;
  std::vector<int64_t> strides_;
  std::vector<int64_t> dims_;  // of the selection
  std::string failure_;
};

// For lower: the indices into the tensor for one element of the selection. Loads of index inputs
// and their bounds checks are appended to `body`; `ok`, null without any, tells that all hold.
struct SelectedElement {
  std::vector<IndexExpr> indices;
  ExprRef ok;
};
SelectedElement select_element(const LowerContext& context, KernelBuilder& kernel, Body& body,
                               const IndexTemplate& index, const std::vector<IndexExpr>& selected);

}  // namespace tgc
