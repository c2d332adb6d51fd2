// SPDX-License-Identifier: Apache-2.0
// See scope.h.
#include "json/scope.h"

#include <algorithm>
#include <utility>

#include "json/dim_text.h"

namespace tgc {
namespace {

constexpr size_t kLongestName = 200;  // bytes

std::string_view kind_text(NameKind kind) {
  switch (kind) {
    case NameKind::dim:
      return "a dim";
    case NameKind::input:
      return "an input";
    case NameKind::shared:
      return "a shared variable";
    case NameKind::constant:
      return "a constant";
    case NameKind::node:
      return "the output of a node";
  }
  return "";
}

}  // namespace

std::string declared_text(const Binding& binding) {
  std::string text(kind_text(binding.kind));
  if (!binding.declared) return text;
  const Location location = binding.declared->location();
  return text + " (" + location.pointer + ", line " + std::to_string(location.line) + ")";
}

bool Scope::declare(const std::string& name, Binding binding, const Location& where,
                    Diagnostics& diagnostics) {
  if (!check_name(name, "name", where, diagnostics)) return false;
  if (const Binding* known = find(name)) {
    auto& diagnostic =
        diagnostics.error("duplicate-name", "the name '" + name + "' is taken", where);
    diagnostic.notes.push_back({"'" + name + "' is " + declared_text(*known), {}});
    diagnostic.hint = "dims, inputs, shared variables, constants and nodes share one set of names";
    return false;
  }
  names_.emplace(name, std::move(binding));
  return true;
}

Binding* Scope::find_own(std::string_view name) {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

const Binding* Scope::find_own(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

const Binding* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->names_.find(name);
    if (found != scope->names_.end()) return &found->second;
  }
  return nullptr;
}

std::vector<std::string> Scope::names(const std::function<bool(const Binding&)>& wanted) const {
  std::vector<std::string> list;
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    for (const auto& [name, binding] : scope->names_) {
      if (wanted(binding)) list.push_back(name);
    }
  }
  return list;
}

bool check_name(const std::string& name, std::string_view what, const Location& where,
                Diagnostics& diagnostics) {
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    diagnostics.error("bad-name", std::string(what) + " " + why, where).hint = hint;
    return false;
  };
  if (name.empty()) return refuse("is empty", "any text may be a name, such as \"x\"");
  if (name.size() > kLongestName) {
    return refuse("has " + std::to_string(name.size()) + " bytes, the limit is " +
                      std::to_string(kLongestName),
                  "a shorter name reads better in messages, too");
  }
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return refuse("holds a control character", "names are shown in messages and listings");
  }
  if (name == "nan" || name == "inf" || name == "-inf") {
    return refuse("'" + name + "' means a number",
                  "as an input of a node \"" + name + "\" is the float");
  }
  return true;
}

bool check_identifier(const std::string& name, std::string_view what, const Location& where,
                      Diagnostics& diagnostics) {
  if (!check_name(name, what, where, diagnostics)) return false;
  if (is_identifier(name)) return true;
  diagnostics.error("bad-name", std::string(what) + " '" + name + "' is not an identifier", where)
      .hint = "letters, digits and _, not starting with a digit";
  return false;
}

}  // namespace tgc
