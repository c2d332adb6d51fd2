// SPDX-License-Identifier: Apache-2.0
// Names and what they stand for. Dims, inputs, shared variables, constants and node outputs share
// one set of names; a function's own nodes and the body of a scan stand in inner scopes that see
// the outer ones and may not hide their names.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "json/json_value.h"

namespace tgc {

enum class NameKind { dim, input, shared, constant, node };

struct Binding {
  NameKind kind = NameKind::node;
  std::optional<JsonValue> declared;  // where; absent for what the compiler adds
  VariableId variable;                // invalid for dims, and until a node is built
  bool failed = false;                // was reported; users of it are skipped silently
  bool is_measured = false;           // a dim: the "size" of a node
  std::optional<DimExpr> dim = {};    // a dim of a graph that is used: what it stands for
};

class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}

  // Reports names that are taken or malformed. `key`: the declaration is a member named so.
  bool declare(const std::string& name, Binding binding, const Location& where,
               Diagnostics& diagnostics);
  // Without checks: what the compiler adds.
  Binding& bind(const std::string& name, Binding binding) {
    return names_.insert_or_assign(name, std::move(binding)).first->second;
  }
  [[nodiscard]] Binding* find_own(std::string_view name);
  [[nodiscard]] const Binding* find_own(std::string_view name) const;
  [[nodiscard]] const Binding* find(std::string_view name) const;  // outwards
  [[nodiscard]] const Scope* outer() const { return outer_; }
  // Names seen from here, of the kinds `wanted` accepts.
  [[nodiscard]] std::vector<std::string> names(
      const std::function<bool(const Binding&)>& wanted) const;

 private:
  const Scope* outer_;
  std::map<std::string, Binding, std::less<>> names_;
};

// Where a binding was declared, for "first given at".
std::string declared_text(const Binding& binding);

// True when `name` may stand for a variable; else reports why not.
bool check_name(const std::string& name, std::string_view what, const Location& where,
                Diagnostics& diagnostics);
// Stricter: a C identifier (functions, dims).
bool check_identifier(const std::string& name, std::string_view what, const Location& where,
                      Diagnostics& diagnostics);

}  // namespace tgc
