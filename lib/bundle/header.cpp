// SPDX-License-Identifier: Apache-2.0
// NAME.h: what a C program needs to know of a bundle at compile time: positions and types.
#include "bundle/bundle.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "targets/cpu/cpu_units.h"

namespace tgc {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

void list_values(const std::string& prefix, const std::string& what,
                 const std::vector<PlanValue>& values, std::string& text) {
  for (size_t i = 0; i < values.size(); ++i) {
    const TensorType type{values[i].dtype, values[i].shape, {}};
    text += "#define " + prefix + "_" + what + "_" + upper(c_identifier(values[i].name)) + " " +
            std::to_string(i) + "  /* " + type_text(type) + " */\n";
  }
  text += "#define " + prefix + "_" + what + "_COUNT " + std::to_string(values.size()) + "\n";
}

}  // namespace

std::string header_text(const Plan& plan) {
  const std::string name = c_identifier(plan.name);
  const std::string guard = "TGC_BUNDLE_" + upper(name) + "_H";
  std::string text = "/* Made by tgc: positions and types of the functions of bundle " + plan.name +
                     ".\n   Use with tgc/runtime.h: tgc_call(context, " + upper(name) +
                     "_<FUNCTION>, …). */\n";
  text += "#ifndef " + guard + "\n#define " + guard + "\n";
  std::set<std::string> seen;
  int number = 0;
  for (const PlanProgram& program : plan.programs) {
    if (!seen.insert(program.function).second) continue;
    const std::string prefix = upper(name + "_" + c_identifier(program.function));
    text += "\n#define " + prefix + " " + std::to_string(number++) + "\n";
    list_values(prefix, "INPUT", program.inputs, text);
    list_values(prefix, "OUTPUT", program.outputs, text);
  }
  text += "\n/* Shared variables: */\n";
  for (const SharedVariable& variable : plan.shared) {
    text += "#define " + upper(name) + "_SHARED_" + upper(c_identifier(variable.name)) + " \"" +
            variable.name + "\"  /* " + type_text(variable.type) + " */\n";
  }
  return text + "\n#endif\n";
}

}  // namespace tgc
