// SPDX-License-Identifier: Apache-2.0
// See cpu_units.h.
#include "targets/cpu/cpu_units.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "support/text.h"

namespace tgc {
namespace {

std::string unit_text(const KernelSet& set, const std::vector<size_t>& members) {
  std::set<std::string> headers;
  for (const size_t i : members) headers.insert(set.kernels[i].header);
  headers.erase("");
  std::string text =
      "// Made by tgc: CPU kernels.\n"
      "#include \"tgc/bundle_abi.h\"\n"
      "#include \"tgc/kernel_prelude.h\"\n";
  for (const std::string& header : headers) text += "#include \"" + header + "\"\n";
  text += "\nnamespace TGC_LEVEL {\n";
  for (const size_t i : members) {
    text += "\n";
    if (!set.kernels[i].nodes.empty()) text += "// " + join(set.kernels[i].nodes, ", ") + "\n";
    text += set.kernels[i].text;
  }
  return text + "\n}  // namespace TGC_LEVEL\n";
}

}  // namespace

std::string c_identifier(const std::string& name) {
  std::string text;
  for (const char c : name) text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) text = "_" + text;
  return text;
}

CpuUnits make_cpu_units(const KernelSet& set, const std::vector<CpuLevel>& levels,
                        const std::string& bundle_name, size_t unit_count) {
  CpuUnits units;
  // spread by size of text, largest first, so that units take about equally long
  std::vector<size_t> order(set.kernels.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto weight = [&](size_t i) {
    return set.kernels[i].text.size() + (set.kernels[i].is_contraction ? 6000 : 0);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return weight(a) > weight(b); });
  const size_t count = std::min(std::max<size_t>(1, unit_count), std::max<size_t>(1, order.size()));
  std::vector<std::vector<size_t>> members(count);
  std::vector<size_t> load(count, 0);
  for (const size_t i : order) {
    const auto least =
        static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin());
    members[least].push_back(i);
    load[least] += weight(i);
  }
  for (auto& list : members) {
    std::sort(list.begin(), list.end());
    if (list.empty()) continue;
    units.kernels.push_back(unit_text(set, list));
    std::vector<std::string>& origins = units.origins.emplace_back();
    for (const size_t i : list) origins.push_back(kernel_label(set.kernels[i]));
  }

  std::string& table = units.table;
  table = "// Made by tgc: the table of kernels.\n#include \"tgc/bundle_abi.h\"\n";
  for (const CpuLevel& level : levels) {
    table += "\nnamespace " + level.name + " {\n";
    for (const UniqueKernel& kernel : set.kernels) {
      table += "void " + kernel.name + "(const tgc_kernel_call*, tgc_i64, tgc_i64);\n";
    }
    table += "static const tgc_cpu_kernel kernels[] = {\n";
    for (const UniqueKernel& kernel : set.kernels) table += "  " + kernel.name + ",\n";
    table += std::string(set.kernels.empty() ? "  nullptr,\n" : "") + "};\n}\n";
  }
  table += "\nstatic const tgc_cpu_level levels[] = {\n";
  for (const CpuLevel& level : levels) {
    table += "  {" + std::to_string(level.level) + ", 0, \"" + level.features + "\", " +
             level.name + "::kernels},\n";
  }
  table +=
      "};\n\nextern \"C\" __attribute__((visibility(\"default\"))) const tgc_cpu_table tgc_code_" +
      c_identifier(bundle_name) + ";\n";
  table += "const tgc_cpu_table tgc_code_" + c_identifier(bundle_name) + " = {TGC_CODE_VERSION, " +
           std::to_string(set.kernels.size()) + ", " + std::to_string(levels.size()) +
           ", 0, levels};\n";
  return units;
}

}  // namespace tgc
