// SPDX-License-Identifier: Apache-2.0
// GraphMaker grows a random graph node by node. Ops are proposed with inputs from what is there;
// the ops' own inference accepts or refuses, and the ops' own eval shows at once what the node
// gives in every call, so that most graphs stay tame: finite, small and without failing calls.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "e2e/random/random.h"
#include "e2e/random/sketch.h"
#include "graph/builder.h"
#include "interp/bindings.h"

namespace tgc {

struct Proposal {
  const OpDef* op = nullptr;
  std::vector<VariableId> inputs;
  Attributes attributes;
  // Of scan, whose JSON is not that of its Apply.
  std::vector<InnerGraph> inner = {};
  std::vector<std::pair<std::string, std::string>> members = {};
};

struct Range {
  double low = -1.5;
  double high = 1.5;
};

struct MakerOptions {
  int64_t max_elements = 4000;  // of a value
  double wild = 0.05;           // share of nodes that are kept although they fail or overflow
};

// Ops that random graphs leave out. Nothing is known beforehand of how large results are whose size
// is measured: tests/e2e/programs has these. Nor are random matrices fit for factorisations
// (ops.routines), or attributes of pad for other ranks. Some give back what they get.
bool is_elsewhere(const OpDef& op, const Attributes& attributes);

class GraphMaker {
 public:
  GraphMaker(Sketch& sketch, Random& random, const MakerOptions& options);
  explicit GraphMaker(GraphMaker& outer);  // the body of a scan; `outer` must be a whole graph
                                           // or a body itself

  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] Builder& builder() { return builder_; }
  // a copy: references do not outlive the next node
  [[nodiscard]] TensorType type(VariableId id) const { return graph_.type(id); }
  [[nodiscard]] const std::vector<VariableId>& pool() const { return pool_; }
  [[nodiscard]] const std::string& name(VariableId id) const { return names_.at(id); }
  [[nodiscard]] const std::vector<SketchNode>& nodes() const { return nodes_; }
  [[nodiscard]] int depth() const { return depth_; }

  // What any() gives until it is told otherwise.
  void focus(std::optional<VariableId> id) { focus_ = id; }
  VariableId any();  // of the pool, the newest more often; makes a leaf when there is none
  std::optional<VariableId> find(const std::function<bool(const TensorType&)>& wanted);
  VariableId leaf(DType dtype, const Shape& shape, std::optional<Range> range = {});
  VariableId leaf_of(const Tensor& value);  // an input or a constant with this value
  VariableId constant(DType dtype, double value);
  VariableId some_leaf();
  // A variable of this type with values in the range: found, new, or computed from others.
  VariableId fit(DType dtype, const Shape& shape, std::optional<Range> range = {});
  // x, or where it leaves the range something that depends on it and does not.
  VariableId tame(VariableId x, Range range);
  [[nodiscard]] bool is_within(VariableId x, Range range) const;

  [[nodiscard]] int64_t least(const DimExpr& dim) const;  // over the calls

  DType some_dtype();
  DimExpr some_dim();
  Shape some_shape(int64_t rank);
  int64_t some_rank();

  // Adds the node unless inference, its values or the dice speak against it; gives its outputs.
  std::optional<std::vector<VariableId>> add(const Proposal& proposal);
  std::optional<VariableId> call(std::string_view op, std::vector<VariableId> inputs,
                                 Attributes attributes = {});
  // What tgc::grad adds for the cost; false when there is no gradient.
  bool add_gradients(VariableId cost, const std::vector<VariableId>& wrt);

  // For the body of a scan: an input that stands for an element of, or all of `outer`.
  VariableId add_item(VariableId outer, bool is_element);
  [[nodiscard]] const std::vector<VariableId>& captured() const { return captured_; }
  [[nodiscard]] std::vector<std::string> uses() const;  // names from outside that nodes mention
  VariableId capture(VariableId outer);

 private:
  void remember(VariableId id, const std::string& name, const std::array<Tensor, kCalls>& values);
  std::string new_name(const char* letter);
  Tensor random_tensor(DType dtype, const std::vector<int64_t>& dims, std::optional<Range> range);
  std::vector<int64_t> dims_of(const Shape& shape, size_t call) const;
  [[nodiscard]] bool fits_limits(const std::vector<TensorType>& types) const;
  [[nodiscard]] std::array<bool, kCalls> holds(const std::vector<DimEquality>& equalities) const;
  std::vector<VariableId> apply_inputs(const Proposal& proposal);
  void cut_traces(const Proposal& proposal, std::vector<VariableId>& outputs);
  // Evaluates the Applies from position `first` on; false when one fails or is not tame.
  bool evaluate_from(size_t first);
  [[nodiscard]] bool makes_elsewhere(size_t first) const;
  bool evaluate_one(const Apply& apply, size_t call);

  Sketch& sketch_;
  Random& random_;
  MakerOptions options_;
  GraphMaker* outer_ = nullptr;
  int depth_ = 0;
  int64_t* counter_ = nullptr;
  int64_t own_counter_ = 0;
  Graph graph_;
  Builder builder_;
  std::vector<VariableId> pool_;
  std::optional<VariableId> focus_;
  std::map<VariableId, std::string> names_;
  std::array<std::map<VariableId, Tensor>, kCalls> values_;
  std::array<Bindings, kCalls> bindings_;
  std::array<bool, kCalls> is_failed_{};
  std::vector<SketchNode> nodes_;
  std::vector<VariableId> captured_;  // outer ids
};

// The names of a whole model's dims; every graph has them.
inline constexpr std::array<const char*, 3> kDims = {"n", "m", "k"};

}  // namespace tgc
