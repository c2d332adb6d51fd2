// SPDX-License-Identifier: Apache-2.0
// Prints Kernel IR expressions as the C++ that both preludes understand (runtime/include/tgc), and
// collects the dims a kernel is passed. Targets add loops and scheduling around it.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel.h"
#include "targets/index_range.h"

namespace tgc {

// Writes lines with two spaces of indentation a level.
class IndentedWriter {
 public:
  explicit IndentedWriter(int level = 0) : level_(level) {}
  void line(std::string_view text);
  void open(std::string_view text);          // "text {" and indent
  void close(std::string_view suffix = "");  // unindent, "}suffix"
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  int level_;
};

std::string_view storage_type(DType dtype);  // in memory: bool is uint8_t, float16 tgc_half
std::string_view value_type(DType dtype);    // in registers: bool, float16 is float

// Where the two preludes differ: on CUDA a loaded element is converted to its type at once (checked
// emulated memory hands out proxies), and bits become floats by CUDA's own functions.
enum class Dialect { cpu, cuda };

class CText {
 public:
  explicit CText(const Kernel& kernel, Dialect dialect = Dialect::cpu)
      : kernel_(kernel), dialect_(dialect), ranges_(kernel) {}

  std::string expr(const ExprRef& expr);
  std::string address(const IndexExpr& address);
  std::string dim(const DimExpr& dim);    // a literal, or the name of a dim argument
  std::string store(const Store& store);  // "y_1[i0] = v2;" (adds for Combine::add)
  std::string load_of(int param, const std::string& address);  // converted to the value type
  std::string to_storage(DType dtype, const std::string& value);
  std::string from_storage(DType dtype, const std::string& element);

  // Replaces a counter or a local by other text from here on (loops of extent 1, lane numbers).
  void set_index(IndexId index, std::string text);
  [[nodiscard]] std::string index_name(IndexId index) const;
  [[nodiscard]] std::string local_name(LocalId local) const;
  [[nodiscard]] const std::string& param_name(int param) const {
    return kernel_.params[static_cast<size_t>(param)].name;
  }
  // Gives the expression a name for the rest of the scope: printed as `name` from now on.
  void bind(const ExprRef& expr, std::string name) { bound_[expr.get()] = {expr, std::move(name)}; }
  void unbind(const ExprRef& expr) { bound_.erase(expr.get()); }
  std::string fresh(std::string_view prefix);

  // Dim arguments in the order of their numbers d0, d1, ….
  [[nodiscard]] const std::vector<DimExpr>& dims() const { return dims_; }

 private:
  std::string constant_text(DType dtype, const Constant& constant);
  std::string call_text(const Expr& expr, const Call& call);
  std::optional<std::string> index_division(const Call& call);
  std::string cast_text(const Expr& expr, const Cast& cast);

  const Kernel& kernel_;
  Dialect dialect_;
  IndexRanges ranges_;
  std::vector<DimExpr> dims_;
  std::map<IndexId, std::string> index_names_;
  std::map<const Expr*, std::pair<ExprRef, std::string>> bound_;
  int fresh_count_ = 0;
};

// Nodes of `exprs` that are used more than once where they are always evaluated (not only inside a
// switch branch), in an order in which each may be named before it is used.
std::vector<ExprRef> shared_subexpressions(const std::vector<ExprRef>& exprs);

}  // namespace tgc
