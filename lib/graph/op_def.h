// SPDX-License-Identifier: Apache-2.0
// OpDef: everything the compiler knows of one op, as a record of plain functions. The records live
// in lib/ops, one file an op or a uniform family; OpRegistry finds them by name.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "kernel/lowering.h"
#include "support/diagnostic.h"

namespace tgc {

class Builder;

// What `infer` sees: the inputs' types and known values, and the attributes, which it may complete
// with defaults and normal forms (negative axes made positive). On success it has set `outputs`.
class InferContext {
 public:
  const OpDef& op;
  Attributes& attributes;
  std::vector<const Variable*> inputs;
  std::vector<InnerGraph> inner;
  DType float_x = DType::float64;

  std::vector<TensorType> outputs;
  std::vector<std::optional<std::vector<DimExpr>>> output_values;
  std::vector<DimEquality> equalities;

  // Where the parts of the node stand in the file; the reader sets it, "" means the node.
  std::function<Location(std::string_view part)> locate;  // "", "inputs/1", "axis"
  Diagnostics& diagnostics;

  InferContext(const OpDef& op_def, Attributes& attribute_values, Diagnostics& sink)
      : op(op_def), attributes(attribute_values), diagnostics(sink) {}

  [[nodiscard]] const TensorType& type(size_t input) const { return inputs[input]->type; }
  [[nodiscard]] std::string name(size_t input) const;  // the variable's, else "input 0"
  // Reports "<op>: <message>" and returns false, so that `return context.fail(…)` ends an infer.
  bool fail(std::string_view code, const std::string& message, std::string_view part = "",
            const std::string& hint = "") const;
  // The same for what a node of the op's composition says of the inputs.
  bool fail_in_part(const Diagnostic& part) const;
  // Adds an output with the inputs' common place.
  void output(DType dtype, Shape shape);
  void output_value(std::vector<DimExpr> value);  // of the last output
  // True when equal or when equality can be checked at bind (then recorded); false when two
  // integers differ, after reporting `message` as shape-mismatch.
  bool require_equal(const DimExpr& a, const DimExpr& b, const std::string& message,
                     std::string_view part = "");
  // Theano's broadcast of all given shapes; reports and returns nullopt on mismatch.
  std::optional<Shape> broadcast(const std::vector<size_t>& which);
  // The size this op finds out when it runs (OpDef::measures), a symbol named by "size".
  [[nodiscard]] DimExpr measured_size() const;
  // Attribute "axis" as sorted positive axes; all axes when absent. Reports bad ones.
  std::optional<std::vector<int64_t>> axes(int64_t rank, std::string_view attribute = "axis");
};

struct GradContext {
  Builder& builder;
  Graph& graph;
  ApplyId apply;
  std::vector<std::optional<VariableId>> output_grads;  // nullopt: the cost does not depend on it
  std::vector<bool> wanted;                             // inputs whose gradient is asked for
  std::vector<std::optional<VariableId>> input_grads;   // result; nullopt: disconnected
  Diagnostics& diagnostics;                             // errors here fail the gradient
  std::function<Location(std::string_view part)> locate = {};  // where in the request: "cost"

  [[nodiscard]] VariableId input(size_t i) const;
  [[nodiscard]] VariableId output(size_t i) const;
  [[nodiscard]] const Attributes& attributes() const;
};

// Inputs are concrete; eval fills `outputs` (dims from output_dims) or sets `failure`.
struct EvalContext {
  const Graph& graph;
  const Apply& apply;
  std::vector<const Tensor*> inputs;
  std::function<int64_t(const DimExpr&)> dim;
  // Evaluates an inner Graph on inputs in order; `iteration` is the value of a loop symbol.
  std::function<std::vector<Tensor>(const Graph& inner, const std::vector<Tensor>& inputs)>
      eval_inner;
  std::vector<Tensor> outputs;
  std::optional<int64_t> measured = {};  // by ops that measure a size
  std::string failure = {};              // "index 12 is out of bounds for axis 0 with size 10"

  [[nodiscard]] std::vector<int64_t> output_dims(size_t output) const;
  [[nodiscard]] DType output_dtype(size_t output) const;
  // Makes output number `output` with its inferred dtype and dims.
  Tensor& make_output(size_t output);
};

// The layout of a variable that fills a buffer of its own, row-major; constants of one element
// carry their value.
OperandLayout contiguous_layout(const Graph& graph, VariableId variable);
// Is it a scalar that is a number once dims are bound, so that it needs no memory? What is computed
// from integer arguments is not: their arithmetic wraps, that of sizes must not.
bool has_bound_value(const Variable& variable);

class LowerContext {
 public:
  const Graph& graph;
  const Apply& apply;
  std::vector<OperandLayout> inputs;
  std::vector<OperandLayout> outputs;
  std::string kernel_name;  // unique; a second kernel appends "_2"
  Lowered result;

  LowerContext(const Graph& whole, const Apply& node) : graph(whole), apply(node) {}
  KernelBuilder kernel();  // a builder that knows the operands' layouts
  // Where input `input` is read from: the memory of the output that may destroy it, else its own.
  // For kernels in which an iteration reads such an input only where it writes that output.
  [[nodiscard]] OperandRef source(int input) const;
  OperandRef temporary(DType dtype, const Shape& shape);
  // Input `input` as routines take it, contiguous: itself, or a temporary it is copied to.
  OperandRef contiguous(int input);
  // The int64 in `count`, written by the kernels added so far, is this Apply's measured size.
  void measure(OperandRef count);
  void add(LoweredKernel kernel) { result.kernels.push_back(std::move(kernel)); }
  void view(int output, int input, DimExpr offset, std::vector<DimExpr> strides);

 private:
  int kernel_number_ = 0;
};

// A worked example: JSON inputs and attributes, for docs and generic tests. Tests draw the inputs'
// elements at random, between "low" and "high" where given, or take them from "value" (nested
// lists).
struct OpExample {
  std::string_view node;    // {"op": "sum", "inputs": ["x"], "axis": 0}
  std::string_view inputs;  // {"x": {"dtype": "float32", "shape": [2, 3]}}
};

struct OpDef {
  std::string_view name;    // Theano's public function name
  std::string_view theano;  // its op classes: "Elemwise{add}"
  std::string_view doc;     // one or two sentences
  int min_inputs = 0;
  int max_inputs = 0;  // -1: any number
  std::vector<AttrDef> attributes = {};
  bool (*infer)(InferContext&) = nullptr;
  void (*grad)(GradContext&) = nullptr;  // null: see no_grad
  std::string_view no_grad = {};         // why there is none
  void (*eval)(EvalContext&) = nullptr;
  void (*lower)(LowerContext&) = nullptr;
  // Elementwise ops only: the value of one element; lower and eval then come from the family.
  ExprRef (*scalar)(const Apply&, const std::vector<ExprRef>& args, DType result) = nullptr;
  // Elementwise ops that can fail: what must hold for the element; null ok: nothing to test.
  Check (*scalar_check)(const Apply&, const std::vector<ExprRef>& args, DType result) = nullptr;
  // Ops that are compositions: adds the nodes that compute the outputs, called in place of adding
  // an Apply once `infer` has accepted it, so gradients and passes see primitives only. nullopt:
  // with these inputs and attributes the op is a primitive itself.
  std::optional<std::vector<VariableId>> (*expand)(Builder&, const std::vector<VariableId>& inputs,
                                                   const Attributes&) = nullptr;
  // Of complex inputs: the nodes that compute the outputs, called in place of all else once `infer`
  // has accepted inputs and attributes with real dtypes in their place. Null: complex inputs are
  // refused, unless the op accepts them as they are.
  std::vector<VariableId> (*on_complex)(Builder&, const OpDef&, const std::vector<VariableId>&,
                                        const Attributes&) = nullptr;
  bool accepts_complex = false;
  std::vector<std::string_view> aliases = {};  // other accepted names: "second" for fill
  std::vector<OpExample> examples = {};
  bool is_internal = false;  // made by passes only, not accepted in JSON
  // Do its outputs' shapes hold a symbol that gets its value when it runs? The attribute "size"
  // names the symbol; the Builder makes a name where there is none. null: never.
  bool (*measures)(const Attributes&) = nullptr;
  std::string_view host_only = {};  // why it runs on the host alone; empty: where the passes put it
  bool needs_library = false;       // calls LAPACK, which is loaded when a function first needs it

  [[nodiscard]] bool is_elementwise() const { return scalar != nullptr; }
};

inline bool always_measures(const Attributes&) {
  return true;
}

class OpRegistry {
 public:
  explicit OpRegistry(std::vector<const OpDef*> ops);
  [[nodiscard]] const OpDef* find(std::string_view name) const;  // also by alias
  [[nodiscard]] const OpDef& get(std::string_view name) const;   // TGC_CHECKs that it exists
  [[nodiscard]] const std::vector<const OpDef*>& all() const { return ops_; }  // by name
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<const OpDef*> ops_;
  std::vector<std::pair<std::string_view, const OpDef*>> by_name_;
};

}  // namespace tgc
