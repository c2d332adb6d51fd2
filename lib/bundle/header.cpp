// SPDX-License-Identifier: Apache-2.0
// NAME.h: what a C program needs to know of a bundle at compile time: positions and types.
#include "bundle/bundle.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "targets/cpu/cpu_units.h"

namespace tgc {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// A macro's name and what follows its definition: the name in the model where the macro's spelling
// does not tell it.
struct Macro {
  std::string name;
  std::string remark;
};

// Macros of one header. Different names may have the same spelling in capitals, so the later one
// gets a number: W, W_2.
class Macros {
 public:
  Macro add(const std::string& prefix, const std::string& name) {
    const std::string plain = prefix + upper(c_identifier(name));
    std::string spelling = plain;
    for (int number = 2; !taken_.insert(spelling).second; ++number) {
      spelling = plain + "_" + std::to_string(number);
    }
    return {spelling, spelling == plain ? "" : comment_text(name) + ": "};
  }
  void reserve(const std::string& spelling) { taken_.insert(spelling); }

 private:
  static std::string comment_text(const std::string& name) {
    std::string text;
    for (const char c : name)
      text += c == '/' && text.ends_with('*') ? std::string(" /") : std::string(1, c);
    return text;
  }
  std::set<std::string> taken_;
};

// Names hold no control characters.
std::string c_string(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\' || c == '?') text += '\\';  // ? as part of a trigraph
    text += c;
  }
  return text + "\"";
}

void list_values(const std::string& prefix, const std::vector<PlanValue>& values, Macros& macros,
                 std::string& text) {
  for (size_t i = 0; i < values.size(); ++i) {
    const TensorType type{values[i].dtype, values[i].shape, {}};
    const Macro macro = macros.add(prefix, values[i].name);
    text += "#define " + macro.name + " " + std::to_string(i) + "  /* " + macro.remark +
            type_text(type) + " */\n";
  }
  text += "#define " + prefix + "COUNT " + std::to_string(values.size()) + "\n";
}

}  // namespace

std::string header_text(const Plan& plan) {
  const std::string name = c_identifier(plan.name);
  const std::string guard = "TGC_BUNDLE_" + upper(name) + "_H";
  std::string text = "/* Made by tgc: positions and types of the functions of bundle " + plan.name +
                     ".\n   Use with tgc/runtime.h: tgc_call(context, " + upper(name) +
                     "_<FUNCTION>, …). */\n";
  text += "#ifndef " + guard + "\n#define " + guard + "\n";
  Macros macros;
  macros.reserve(guard);
  std::map<std::string, Macro> functions;  // one macro a function, whatever follows
  for (const PlanProgram& program : plan.programs) {
    if (functions.count(program.function) != 0) continue;
    const Macro macro = macros.add(upper(name) + "_", program.function);
    macros.reserve(macro.name + "_INPUT_COUNT");
    macros.reserve(macro.name + "_OUTPUT_COUNT");
    functions.emplace(program.function, macro);
  }
  std::set<std::string> seen;
  int number = 0;
  for (const PlanProgram& program : plan.programs) {
    if (!seen.insert(program.function).second) continue;
    const Macro& macro = functions.at(program.function);
    const std::string remark = macro.remark.empty() ? "" : "  /* " + program.function + " */";
    text += "\n#define " + macro.name + " " + std::to_string(number++) + remark + "\n";
    list_values(macro.name + "_INPUT_", program.inputs, macros, text);
    list_values(macro.name + "_OUTPUT_", program.outputs, macros, text);
  }
  text += "\n/* Shared variables: */\n";
  for (const SharedVariable& variable : plan.shared) {
    const Macro macro = macros.add(upper(name) + "_SHARED_", variable.name);
    text += "#define " + macro.name + " " + c_string(variable.name) + "  /* " + macro.remark +
            type_text(variable.type) + " */\n";
  }
  return text + "\n#endif\n";
}

}  // namespace tgc
