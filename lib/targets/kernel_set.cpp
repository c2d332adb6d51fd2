// SPDX-License-Identifier: Apache-2.0
// See kernel_set.h.
#include "targets/kernel_set.h"

#include <algorithm>
#include <map>
#include <set>

#include "support/text.h"

namespace tgc {
namespace {

Kernel with_plain_names(Kernel kernel) {
  for (size_t i = 0; i < kernel.params.size(); ++i) {
    kernel.params[i].name = "p" + std::to_string(i);
  }
  return kernel;
}

std::string with_name(std::string body, const std::string& name) {
  for (size_t at = body.find(kEntryMark); at != std::string::npos;
       at = body.find(kEntryMark, at + name.size())) {
    body.replace(at, kEntryMark.size(), name);
  }
  return body;
}

}  // namespace

std::string kernel_label(const UniqueKernel& kernel) {
  return kernel.nodes.empty() ? kernel.name : kernel.name + " (" + join(kernel.nodes, ", ") + ")";
}

KernelSet make_kernel_set(const std::vector<Kernel>& kernels, const std::vector<bool>& selected,
                          const EmitFunction& emit) {
  KernelSet set;
  std::map<std::string, int> by_body;
  std::map<std::string, int> name_count;
  std::vector<std::set<std::string>> nodes;
  set.uses.resize(kernels.size());
  for (size_t i = 0; i < kernels.size(); ++i) {
    if (!selected[i]) continue;
    KernelSet::Use& use = set.uses[i];
    use.variants = emit(with_plain_names(kernels[i]));
    for (const EmittedKernel& variant : use.variants) {
      const auto [entry, inserted] =
          by_body.try_emplace(variant.body, static_cast<int>(set.kernels.size()));
      if (inserted) {
        // Always with a number: ops are named like keywords (switch) and functions of C (tanh).
        const int number = ++name_count[kernels[i].name];
        const std::string name = kernels[i].name + "_" + std::to_string(number);
        set.kernels.push_back({name,
                               with_name(variant.body, name),
                               {},
                               std::holds_alternative<Contraction>(kernels[i].body),
                               variant.header});
        nodes.emplace_back();
      }
      use.kernels.push_back(entry->second);
      nodes[static_cast<size_t>(entry->second)].insert(kernels[i].comments.begin(),
                                                       kernels[i].comments.end());
    }
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    set.kernels[i].nodes.assign(nodes[i].begin(), nodes[i].end());
  }
  return set;
}

}  // namespace tgc
