// SPDX-License-Identifier: Apache-2.0
// Bindings: the integers that dim symbols stand for in one call, found from the arguments as the
// runtime's bind does: input dims and integer inputs that are a bare symbol give its value, all
// other dims, declared bounds and recorded equalities are checked.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "types/tensor.h"

namespace tgc {

class Bindings {
 public:
  void set(std::string symbol, int64_t value) { values_[std::move(symbol)] = value; }
  void forget(const std::string& symbol) { values_.erase(symbol); }
  [[nodiscard]] std::optional<int64_t> find(std::string_view symbol) const;
  // nullopt: a symbol is unknown, or the value overflows or divides by zero.
  [[nodiscard]] std::optional<int64_t> evaluate(const DimExpr& dim) const;
  // For dims that bind() has covered.
  [[nodiscard]] int64_t get(const DimExpr& dim) const;
  [[nodiscard]] std::optional<std::vector<int64_t>> evaluate(const Shape& shape) const;

  // Binds the symbols of `graph` from its inputs; text of the first thing that does not fit, or "".
  // Names of symbols bound already (by the surroundings of an inner Graph) must agree.
  std::string bind(const Graph& graph, const std::vector<Tensor>& inputs,
                   const std::vector<DimSymbol>& bounds = {});
  // Checks the Graph's equalities whose symbols are all known; the first failure's text, or "".
  [[nodiscard]] std::string check_equalities(const Graph& graph) const;
  // Gives a measured dim its value from what a step produced.
  void learn(const Shape& shape, const std::vector<int64_t>& dims);

 private:
  std::string bind_one(const DimExpr& dim, int64_t actual, const std::string& where);

  std::map<std::string, int64_t, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> origins_;  // "axis 0 of x"
};

// "float32[3, 4]"
std::string tensor_text(const Tensor& tensor);

}  // namespace tgc
