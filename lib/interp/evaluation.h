// SPDX-License-Identifier: Apache-2.0
// Evaluation: values of a Graph's Variables on one set of inputs, each found when it is first asked
// for and kept. Applies may be added to the Graph and removed from it between questions, so that
// what a rewrite replaces and what it puts there can be compared at the price of the new Applies
// alone.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/model.h"
#include "graph/op_def.h"
#include "interp/bindings.h"
#include "types/tensor.h"

namespace tgc {

class Evaluation {
 public:
  // The Graph must outlive this and may change meanwhile; symbols of its surroundings are bound.
  explicit Evaluation(const Graph& graph, Bindings bindings = {});

  // The Graph's inputs in order, which must outlive this; text of what does not fit, or "".
  std::string bind(const std::vector<Tensor>& inputs, const std::vector<DimSymbol>& bounds = {});
  // The variable's value, null when it cannot be found: failure() says why, and names the user's
  // node and the inputs' shapes.
  const Tensor* find(VariableId id);
  [[nodiscard]] const std::string& failure() const { return failure_; }
  void clear_failure() { failure_.clear(); }
  [[nodiscard]] const Bindings& bindings() const { return bindings_; }
  // Evaluates the Apply once more, for who listens to on_inner.
  void repeat(ApplyId id);

  // Told what each call of an inner Graph is given.
  std::function<void(const Graph& inner, const std::vector<Tensor>& inputs, const Bindings&)>
      on_inner;

 private:
  const Tensor* value(VariableId id);
  void demand(VariableId output);
  std::vector<ApplyId> unread_measures(const Apply& apply);
  std::vector<size_t> needed_inputs(const Apply& apply);
  void evaluate_apply(const Apply& apply);
  void keep(const Apply& apply, std::vector<Tensor> outputs);
  [[nodiscard]] std::string describe(const Apply& apply, const EvalContext& context) const;

  const Graph& graph_;
  Bindings bindings_;
  std::vector<ApplyId> measures_;
  std::map<VariableId, std::shared_ptr<const Tensor>> values_;
  std::string failure_;
  std::string inner_failure_;
};

}  // namespace tgc
