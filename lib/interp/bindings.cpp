// SPDX-License-Identifier: Apache-2.0
// See bindings.h.
#include "interp/bindings.h"

#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

// The symbol's name if the expression is nothing else.
std::optional<std::string> bare_symbol(const DimExpr& dim) {
  const auto& terms = dim.terms();
  if (terms.size() != 1 || terms[0].coefficient != 1 || terms[0].factors.size() != 1) {
    return std::nullopt;
  }
  const DimExpr::Factor& factor = terms[0].factors[0];
  if (factor.power != 1 || factor.atom->kind != DimExpr::AtomKind::symbol) return std::nullopt;
  return factor.atom->name;
}

// Calls f(dim, actual, where) for each dim and known element of the input.
template <class F>
void for_each_number(const Variable& variable, const Tensor& tensor, const std::string& name,
                     const F& f) {
  for (size_t axis = 0; axis < variable.type.shape.size(); ++axis) {
    f(variable.type.shape[axis], tensor.dims()[axis],
      "axis " + std::to_string(axis) + " of " + name);
  }
  if (!variable.value) return;
  for (size_t i = 0; i < variable.value->size(); ++i) {
    const std::string where = tensor.rank() == 0 ? name : name + "[" + std::to_string(i) + "]";
    f((*variable.value)[i], tensor.get_int(static_cast<int64_t>(i)), where);
  }
}

}  // namespace

std::optional<int64_t> Bindings::find(std::string_view symbol) const {
  const auto found = values_.find(symbol);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::optional<int64_t> Bindings::evaluate(const DimExpr& dim) const {
  if (const auto constant = dim.constant()) return constant;
  return dim.evaluate([this](std::string_view symbol) { return find(symbol); });
}

int64_t Bindings::get(const DimExpr& dim) const {
  const auto value = evaluate(dim);
  TGC_CHECK(value.has_value(), "dim " + dim.text() + " has no value");
  return *value;
}

std::optional<std::vector<int64_t>> Bindings::evaluate(const Shape& shape) const {
  std::vector<int64_t> dims;
  for (const DimExpr& dim : shape) {
    const auto value = evaluate(dim);
    if (!value) return std::nullopt;
    dims.push_back(*value);
  }
  return dims;
}

std::string Bindings::bind_one(const DimExpr& dim, int64_t actual, const std::string& where) {
  const auto symbol = bare_symbol(dim);
  if (symbol && !find(*symbol)) {
    set(*symbol, actual);
    origins_[*symbol] = where;
    return "";
  }
  const auto expected = evaluate(dim);
  if (!expected) return "";  // checked again when its symbols are known
  if (*expected == actual) return "";
  std::string text = where + " is " + std::to_string(actual) + ", expected " + dim.text();
  if (!dim.is_constant()) text += " = " + std::to_string(*expected);
  if (symbol && origins_.count(*symbol) != 0) text += " (" + origins_.at(*symbol) + ")";
  return text;
}

std::string Bindings::bind(const Graph& graph, const std::vector<Tensor>& inputs,
                           const std::vector<DimSymbol>& bounds) {
  const auto& variables = graph.inputs();
  if (variables.size() != inputs.size()) {
    return "takes " + std::to_string(variables.size()) + " inputs, got " +
           std::to_string(inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Variable& variable = graph.variable(variables[i]);
    if (inputs[i].dtype() != variable.type.dtype || inputs[i].rank() != variable.type.rank()) {
      return display_name(graph, variables[i]) + " is " + tensor_text(inputs[i]) + ", expected " +
             type_text(variable.type);
    }
  }
  std::string failure;
  const auto note = [&](const std::string& text) {
    if (failure.empty()) failure = text;
  };
  // Twice, so that expressions are checked whatever the order of the inputs.
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      for_each_number(graph.variable(variables[i]), inputs[i], display_name(graph, variables[i]),
                      [&](const DimExpr& dim, int64_t actual, const std::string& where) {
                        note(bind_one(dim, actual, where));
                      });
    }
  }
  for (const DimSymbol& symbol : bounds) {
    const auto value = find(symbol.name);
    if (!value) continue;
    if (*value < symbol.lower || (symbol.upper && *value > *symbol.upper)) {
      note("dim " + symbol.name + " is " + std::to_string(*value) + ", it must be at least " +
           std::to_string(symbol.lower) +
           (symbol.upper ? " and at most " + std::to_string(*symbol.upper) : ""));
    }
  }
  return failure;
}

std::string Bindings::check_equalities(const Graph& graph) const {
  for (const DimEquality& equality : graph.equalities()) {
    const auto left = evaluate(equality.left);
    const auto right = evaluate(equality.right);
    if (!left || !right || *left == *right) continue;
    return equality.message + " (" + std::to_string(*left) + " and " + std::to_string(*right) + ")";
  }
  return "";
}

void Bindings::learn(const Shape& shape, const std::vector<int64_t>& dims) {
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const auto symbol = bare_symbol(shape[axis]);
    if (symbol && !find(*symbol)) set(*symbol, dims[axis]);
  }
}

std::string tensor_text(const Tensor& tensor) {
  std::vector<std::string> dims;
  for (const int64_t dim : tensor.dims()) dims.push_back(std::to_string(dim));
  return std::string(dtype_name(tensor.dtype())) + "[" + join(dims, ", ") + "]";
}

}  // namespace tgc
