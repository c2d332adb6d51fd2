// SPDX-License-Identifier: Apache-2.0
// See function_reader.h.
#include "json/function_reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "json/function_graph.h"
#include "json/updates_reader.h"

namespace tgc {
namespace {

class FunctionReader {
 public:
  FunctionReader(JsonValue value, GraphReader& whole, Model& model)
      : value_(value),
        whole_(whole),
        model_(model),
        name_(value.key()),
        what_("function '" + name_ + "'"),
        scope_(&whole.scope()),
        reader_(whole.context(), whole.graph(), scope_) {}

  void read() {
    const bool named =
        check_identifier(name_, "function name", value_.key_location(), diagnostics());
    auto object = ObjectReader::open(value_, what_, diagnostics());
    if (!object) return;
    const auto inputs = object->required("inputs", JsonKind::array);
    const auto outputs = object->optional("outputs");
    const auto updates = object->optional("updates");
    const auto givens = object->optional("givens", JsonKind::object);
    const auto unused = object->optional("on_unused_input", JsonKind::string);
    if (const auto nodes = object->optional("nodes", JsonKind::array)) reader_.read_nodes(*nodes);
    bool good = object->finish() && named;
    good = (!inputs || read_inputs(*inputs)) && good;
    good = (!outputs || read_outputs(*outputs)) && good;
    good = (!updates || read_updates(*updates)) && good;
    good = (!givens || read_givens(*givens)) && good;
    good = (!unused || read_on_unused_input(*unused)) && good;
    if (good && parts_.outputs.empty() && parts_.updates.empty()) {
      diagnostics()
          .error("empty-function", what_ + ": has neither outputs nor updates", value_.location())
          .hint = "such as \"outputs\": [\"y\"]; a function without them would do nothing";
      return;
    }
    if (!good) return;
    if (auto function = make_function(parts_, whole_, diagnostics())) {
      model_.functions.push_back(std::move(*function));
    }
  }

 private:
  Diagnostics& diagnostics() { return whole_.context().diagnostics; }

  bool fail(const char* code, const std::string& message, JsonValue where,
            const std::string& hint = "") {
    diagnostics().error(code, what_ + ": " + message, where.location()).hint = hint;
    return false;
  }

  bool read_inputs(JsonValue list) {
    bool good = true;
    std::set<VariableId> seen;
    for (const JsonValue element : list.elements()) good = read_input(element, seen) && good;
    return good;
  }

  bool read_input(JsonValue element, std::set<VariableId>& seen) {
    if (!expect_kind(element, JsonKind::string, what_ + ": an input", diagnostics())) return false;
    const auto id = reader_.variable(element, what_ + ": an input");
    if (!id) return false;
    const std::string quoted = "'" + element.string() + "'";
    const Variable& variable = whole_.graph().variable(*id);
    if (variable.kind == VariableKind::shared) {
      return fail("bad-input", quoted + " is a shared variable and cannot be an input", element,
                  "functions read shared variables without naming them; use givens to replace one");
    }
    if (variable.kind != VariableKind::input || variable.name != element.string()) {
      const Binding* binding = scope_.find(element.string());
      const std::string what = binding == nullptr ? "no input" : declared_text(*binding);
      return fail("bad-input", quoted + " is " + what + ", not an input", element,
                  "to compute from a value of your own instead, declare an input and name it in "
                  "\"givens\"");
    }
    if (!seen.insert(*id).second) {
      return fail("bad-input", quoted + " is given twice", element, "name each input once");
    }
    parts_.inputs.push_back({*id, element});
    return true;
  }

  // What the function says comes before the flag.
  bool read_on_unused_input(JsonValue value) {
    constexpr std::array<std::pair<std::string_view, OnUnusedInput>, 3> kWords = {
        {{"raise", OnUnusedInput::raise},
         {"warn", OnUnusedInput::warn},
         {"ignore", OnUnusedInput::ignore}}};
    for (const auto& [word, meaning] : kWords) {
      if (value.string() != word) continue;
      parts_.on_unused_input = meaning;
      return true;
    }
    return fail("bad-attribute",
                "'on_unused_input' is '" + value.string() + "', which is none of its values", value,
                "it may be raise, warn, ignore");
  }

  // A list of variables, or an object that names the results.
  bool read_outputs(JsonValue list) {
    if (!list.is_array() && !list.is_object()) {
      return expect_kind(list, JsonKind::array, what_ + ": 'outputs'", diagnostics());
    }
    bool good = true;
    std::set<std::string> seen;
    for (const JsonValue element : list.elements()) {
      const auto id = reader_.variable(element, what_ + ": an output");
      if (!id) {
        good = false;
        continue;
      }
      const bool keyed = list.is_object();
      std::string name = keyed ? element.key() : output_name(element);
      if (keyed && !check_name(name, "output name", element.key_location(), diagnostics())) {
        good = false;
      }
      if (!seen.insert(name).second) {
        good = fail("duplicate-name", "two outputs are named '" + name + "'", element,
                    R"(name them: "outputs": {"first": …, "second": …})");
      }
      parts_.outputs.push_back(*id);
      parts_.output_names.push_back(std::move(name));
    }
    return good;
  }

  static std::string output_name(JsonValue element) {
    return element.is_string() ? element.string() : std::string(element.source());
  }

  bool read_updates(JsonValue updates) {
    auto pairs = read_update_list(updates, what_, reader_, whole_, model_);
    if (!pairs) return false;
    parts_.updates = std::move(*pairs);
    return true;
  }

  bool read_givens(JsonValue givens) {
    bool good = true;
    for (const JsonValue member : givens.elements()) good = read_given(member) && good;
    return good;
  }

  bool read_given(JsonValue member) {
    const Binding* binding = scope_.find(member.key());
    if (binding == nullptr || binding->kind == NameKind::dim) {
      const bool is_dim = binding != nullptr;
      diagnostics()
          .error("unknown-name",
                 what_ + ": givens: " +
                     (is_dim ? "'" + member.key() + "' is a dim, not a variable"
                             : "there is no variable '" + member.key() + "'"),
                 member.key_location())
          .hint = is_dim ? "dims follow from shapes: replace the input that has it"
                         : suggestion(member.key(), scope_.names([](const Binding& other) {
                             return other.kind != NameKind::dim;
                           }),
                                      "the names are");
      return false;
    }
    const auto replacement = reader_.variable(member, what_ + ": a given");
    if (!replacement || binding->failed) return false;
    const TensorType& from = whole_.graph().type(binding->variable);
    const TensorType& to = whole_.graph().type(*replacement);
    bool fits = from.dtype == to.dtype && from.rank() == to.rank();
    for (size_t i = 0; fits && i < from.shape.size(); ++i) {
      const DimExpr difference = from.shape[i] - to.shape[i];
      fits =
          (difference.is(0) || !difference.is_constant()) && from.broadcasts(i) == to.broadcasts(i);
    }
    if (!fits) {
      return fail("given-type",
                  "givens: '" + member.key() + "' is " + type_text(from) + ", its replacement is " +
                      type_text(to),
                  member, "both must agree in dtype, number of dims, and which dims are 1");
    }
    if (whole_.graph().variable(binding->variable).kind == VariableKind::constant) {
      return fail("bad-input", "givens: '" + member.key() + "' is a constant", member,
                  "make it an input or a shared variable to give it other values");
    }
    parts_.givens.push_back({binding->variable, *replacement, member});
    return true;
  }

  JsonValue value_;
  GraphReader& whole_;
  Model& model_;
  std::string name_;
  std::string what_;
  Scope scope_;
  GraphReader reader_;
  FunctionParts parts_{
      name_, what_, value_, {}, {}, {}, {}, {}, whole_.context().options.on_unused_input};
};

}  // namespace

void read_functions(JsonValue section, GraphReader& whole, Model& model) {
  for (const JsonValue member : section.elements()) FunctionReader(member, whole, model).read();
}

}  // namespace tgc
