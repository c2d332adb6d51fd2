// SPDX-License-Identifier: Apache-2.0
// The contexts' helper functions and the op registry.
#include "graph/op_def.h"

#include <algorithm>
#include <utility>

#include "graph/builder.h"
#include "support/check.h"

namespace tgc {

std::string InferContext::name(size_t input) const {
  const std::string& own = inputs[input]->name;
  return own.empty() ? "input " + std::to_string(input) : own;
}

bool InferContext::fail(std::string_view code, const std::string& message, std::string_view part,
                        const std::string& hint) const {
  Location location = locate ? locate(part) : Location{};
  auto& diagnostic =
      diagnostics.error(code, std::string(op.name) + ": " + message, std::move(location));
  diagnostic.hint = hint;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i]->name.empty()) continue;
    DiagnosticNote note;
    note.message = "'" + inputs[i]->name + "' is " + type_text(inputs[i]->type);
    note.location.pointer = inputs[i]->origin.pointer;
    diagnostic.notes.push_back(std::move(note));
  }
  return false;
}

bool InferContext::fail_in_part(const Diagnostic& part) const {
  return fail(part.code, "its part " + part.message, "", part.hint);
}

void InferContext::output(DType dtype, Shape shape) {
  TensorType type{dtype, std::move(shape), {}};
  for (const Variable* input : inputs) {
    if (!input->type.place.is_host()) type.place = input->type.place;
  }
  outputs.push_back(std::move(type));
  output_values.emplace_back();
}

void InferContext::output_value(std::vector<DimExpr> value) {
  // a value that grew beyond reading counts as unknown: squaring in a chain must not eat memory
  constexpr size_t kLongestText = 400;
  for (const DimExpr& element : value) {
    if (element.text().size() > kLongestText) return;
  }
  output_values.back() = std::move(value);
}

bool InferContext::require_equal(const DimExpr& a, const DimExpr& b, const std::string& message,
                                 std::string_view part) {
  if (a == b) return true;
  if ((a - b).is_constant()) return fail("shape-mismatch", message, part);
  equalities.push_back({a, b, std::string(op.name) + ": " + message, {}});
  return true;
}

std::optional<Shape> InferContext::broadcast(const std::vector<size_t>& which) {
  size_t rank = 0;
  for (const size_t input : which) rank = std::max(rank, type(input).shape.size());
  Shape result(rank, DimExpr(1));
  std::vector<size_t> from(rank, which.empty() ? 0 : which[0]);
  for (const size_t input : which) {
    const Shape& shape = type(input).shape;
    const size_t lead = rank - shape.size();
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis].is(1)) continue;
      DimExpr& dim = result[lead + axis];
      if (dim.is(1)) {
        dim = shape[axis];
        from[lead + axis] = input;
        continue;
      }
      const size_t other = from[lead + axis];
      const std::string message = "dimension mismatch on axis " + std::to_string(lead + axis) +
                                  ": " + dim.text() + " (" + name(other) + ") and " +
                                  shape[axis].text() + " (" + name(input) + ")";
      if (!require_equal(dim, shape[axis], message, "inputs/" + std::to_string(input))) {
        return std::nullopt;
      }
      if (shape[axis].is_constant()) dim = shape[axis];
    }
  }
  return result;
}

DimExpr InferContext::measured_size() const {
  const auto* name = find_attr<std::string>(attributes, "size");
  TGC_CHECK(op.measures != nullptr && name != nullptr,
            std::string(op.name) + " has no measured size");
  return DimExpr::symbol(*name, SymbolKind::measured);
}

std::optional<std::vector<int64_t>> InferContext::axes(int64_t rank, std::string_view attribute) {
  std::vector<int64_t> list;
  const auto found = attributes.find(attribute);
  if (found == attributes.end()) {
    for (int64_t axis = 0; axis < rank; ++axis) list.push_back(axis);
    return list;
  }
  if (const auto* one = std::get_if<int64_t>(&found->second)) list.push_back(*one);
  if (const auto* many = std::get_if<std::vector<int64_t>>(&found->second)) list = *many;
  for (int64_t& axis : list) {
    if (axis < -rank || axis >= rank) {
      fail("bad-attribute",
           std::string(attribute) + " " + std::to_string(axis) + " is out of range for " +
               std::to_string(rank) + " dimensions",
           attribute);
      return std::nullopt;
    }
    if (axis < 0) axis += rank;
  }
  std::sort(list.begin(), list.end());
  if (std::adjacent_find(list.begin(), list.end()) != list.end()) {
    fail("bad-attribute", std::string(attribute) + " names an axis twice", attribute);
    return std::nullopt;
  }
  return list;
}

VariableId GradContext::input(size_t i) const {
  return graph.apply(apply).inputs.at(i);
}
VariableId GradContext::output(size_t i) const {
  return graph.apply(apply).outputs.at(i);
}
const Attributes& GradContext::attributes() const {
  return graph.apply(apply).attributes;
}

std::vector<int64_t> EvalContext::output_dims(size_t output) const {
  std::vector<int64_t> dims;
  for (const DimExpr& extent : graph.type(apply.outputs.at(output)).shape) {
    dims.push_back(dim(extent));
  }
  return dims;
}

DType EvalContext::output_dtype(size_t output) const {
  return graph.type(apply.outputs.at(output)).dtype;
}

Tensor& EvalContext::make_output(size_t output) {
  if (outputs.size() < apply.outputs.size()) outputs.resize(apply.outputs.size());
  outputs[output] = Tensor(output_dtype(output), output_dims(output));
  return outputs[output];
}

bool has_bound_value(const Variable& variable) {
  if (variable.type.rank() != 0 || !variable.value) return false;
  return variable.kind == VariableKind::input || !variable.value->at(0).mentions(SymbolKind::value);
}

OperandLayout contiguous_layout(const Graph& graph, VariableId id) {
  const Variable& variable = graph.variable(id);
  OperandLayout layout;
  layout.dtype = variable.type.dtype;
  layout.shape = variable.type.shape;
  layout.strides = contiguous_strides(layout.shape);
  layout.name = variable.name;
  const bool is_literal = variable.kind == VariableKind::constant &&
                          variable.constant->size() == 1 && !is_complex(layout.dtype);
  if (is_literal) {
    const bool real = is_float(layout.dtype);
    layout.literal = real ? real_constant(layout.dtype, variable.constant->get_double(0))
                          : integer_constant(layout.dtype, variable.constant->get_int(0));
  } else if (has_bound_value(variable)) {
    layout.literal = cast(dim_value(variable.value->at(0)), layout.dtype);
  }
  return layout;
}

KernelBuilder LowerContext::kernel() {
  ++kernel_number_;
  std::string name = kernel_name;
  if (kernel_number_ > 1) name += "_" + std::to_string(kernel_number_);
  return {std::move(name), [this](OperandRef operand) {
            const auto index = static_cast<size_t>(operand.index);
            switch (operand.kind) {
              case OperandRef::Kind::input:
                return inputs.at(index);
              case OperandRef::Kind::output:
                return outputs.at(index);
              case OperandRef::Kind::temporary:
                break;
            }
            return result.temporaries.at(index);
          }};
}

OperandRef LowerContext::source(int input) const {
  for (const Destroy& destroy : apply.destroys) {
    if (destroy.input == input) return output_ref(destroy.output);
  }
  return input_ref(input);
}

OperandRef LowerContext::temporary(DType dtype, const Shape& shape) {
  const int index = static_cast<int>(result.temporaries.size());
  result.temporaries.push_back({dtype,
                                shape,
                                0,
                                contiguous_strides(shape),
                                outputs.at(0).name + "_part" + std::to_string(index + 1),
                                {}});
  return temporary_ref(index);
}

OperandRef LowerContext::contiguous(int input) {
  const OperandLayout& layout = inputs.at(static_cast<size_t>(input));
  if (layout.is_contiguous() && !layout.literal) return input_ref(input);
  const Shape shape = layout.shape;
  const OperandRef copy = temporary(layout.dtype, shape);
  KernelBuilder builder = kernel();
  const auto indices = builder.outer(shape);
  const ExprRef value = builder.load(input_ref(input), indices);
  builder.append(builder.store(copy, indices, value));
  add(builder.finish());
  return copy;
}

void LowerContext::measure(OperandRef count) {
  const auto* symbol = find_attr<std::string>(apply.attributes, "size");
  TGC_CHECK(symbol != nullptr, std::string(apply.op->name) + " has no measured size");
  result.measure = LoweredMeasure{result.kernels.size(), count, *symbol};
}

void LowerContext::view(int output, int input, DimExpr offset, std::vector<DimExpr> strides) {
  result.views.push_back({output, input, std::move(offset), std::move(strides)});
}

OpRegistry::OpRegistry(std::vector<const OpDef*> ops) : ops_(std::move(ops)) {
  std::sort(ops_.begin(), ops_.end(),
            [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  for (const OpDef* op : ops_) {
    by_name_.emplace_back(op->name, op);
    for (const std::string_view alias : op->aliases) by_name_.emplace_back(alias, op);
  }
  std::sort(by_name_.begin(), by_name_.end());
  for (size_t i = 1; i < by_name_.size(); ++i) {
    TGC_CHECK(by_name_[i - 1].first != by_name_[i].first,
              "two ops are named " + std::string(by_name_[i].first));
  }
}

const OpDef* OpRegistry::find(std::string_view name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [](const auto& entry, std::string_view key) { return entry.first < key; });
  return found != by_name_.end() && found->first == name ? found->second : nullptr;
}

const OpDef& OpRegistry::get(std::string_view name) const {
  const OpDef* op = find(name);
  TGC_CHECK(op != nullptr, "no op named " + std::string(name));
  return *op;
}

std::vector<std::string> OpRegistry::names() const {
  std::vector<std::string> list;
  for (const OpDef* op : ops_) list.emplace_back(op->name);
  return list;
}

}  // namespace tgc
