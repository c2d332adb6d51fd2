// SPDX-License-Identifier: Apache-2.0
// See architectures.h.
#include "targets/cuda/architectures.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include "support/text.h"

namespace tgc {
namespace {

// Machine code, then PTX, of each number: what may follow "cuda:".
std::vector<std::string> names_of(const std::vector<int>& numbers) {
  std::vector<std::string> names;
  for (const bool ptx : {false, true}) {
    for (const int number : numbers) {
      names.push_back(CudaArchitecture{number, ptx}.text());
    }
  }
  return names;
}

std::optional<CudaArchitecture> parse_architecture(std::string_view name) {
  CudaArchitecture architecture;
  architecture.ptx = name.starts_with("compute_");
  if (!architecture.ptx && !name.starts_with("sm_")) return std::nullopt;
  name.remove_prefix(architecture.ptx ? 8 : 3);
  const bool number = name.find_first_not_of("0123456789") == std::string_view::npos;
  if (!number || name.size() < 2 || name.size() > 3 || name.front() == '0') return std::nullopt;
  std::from_chars(name.data(), name.data() + name.size(), architecture.number);
  return architecture;
}

void reject_name(std::string_view target, std::string_view name, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const CudaArchitecture& architecture : default_cuda_architectures()) {
    known.push_back(architecture.text());
  }
  Diagnostic& error = diagnostics.error(
      "unknown-architecture", "target '" + std::string(target) + "': '" + std::string(name) +
                                  "' is neither sm_NUMBER nor compute_NUMBER");
  // A suffix (sm_90a) asks for one chip's own instructions, which tgc's kernels do not use.
  const size_t digits = name.find_last_of("0123456789");
  const bool suffixed = digits != std::string_view::npos && digits + 1 < name.size() &&
                        parse_architecture(name.substr(0, digits + 1)).has_value();
  const std::string near =
      suffixed ? std::string(name.substr(0, digits + 1)) : nearest_name(name, known);
  error.hint = near.empty() ? "for example cuda:sm_90 or cuda:compute_75"
                            : "did you mean 'cuda:" + near + "'?";
}

}  // namespace

std::string CudaArchitecture::text() const {
  return (ptx ? "compute_" : "sm_") + std::to_string(number);
}

std::vector<CudaArchitecture> default_cuda_architectures() {
  return {{120, false}, {100, false}, {90, false}, {89, false},
          {86, false},  {80, false},  {120, true}, {75, true}};
}

void sort_newest_first(std::vector<CudaArchitecture>& architectures) {
  const auto rank = [](const CudaArchitecture& a) { return std::tuple(a.ptx, -a.number); };
  std::stable_sort(
      architectures.begin(), architectures.end(),
      [&](const CudaArchitecture& a, const CudaArchitecture& b) { return rank(a) < rank(b); });
  architectures.erase(std::unique(architectures.begin(), architectures.end()), architectures.end());
}

std::string architectures_text(const std::vector<CudaArchitecture>& architectures) {
  std::vector<std::string> names;
  for (const CudaArchitecture& architecture : architectures) {
    names.push_back(architecture.text());
  }
  return join(names, ",");
}

std::vector<CudaArchitecture> parse_cuda_targets(const std::vector<std::string>& targets,
                                                 Diagnostics& diagnostics) {
  std::vector<CudaArchitecture> architectures;
  for (const std::string& target : targets) {
    if (target == "cuda") {
      for (const CudaArchitecture& architecture : default_cuda_architectures()) {
        architectures.push_back(architecture);
      }
    } else if (target.starts_with("cuda:")) {
      const std::string_view name = std::string_view(target).substr(5);
      if (const auto architecture = parse_architecture(name)) {
        architectures.push_back(*architecture);
      } else {
        reject_name(target, name, diagnostics);
      }
    }
  }
  sort_newest_first(architectures);
  return architectures;
}

bool check_architectures(const std::vector<CudaArchitecture>& architectures,
                         const std::vector<int>& supported, std::string_view compiler,
                         Diagnostics& diagnostics) {
  bool all = true;
  for (const CudaArchitecture& architecture : architectures) {
    if (std::find(supported.begin(), supported.end(), architecture.number) != supported.end()) {
      continue;
    }
    all = false;
    std::vector<std::string> numbers;
    for (const int number : supported) {
      numbers.push_back(std::to_string(number));
    }
    const int newest = supported.empty() ? architecture.number
                                         : *std::max_element(supported.begin(), supported.end());
    const std::string near = nearest_name(architecture.text(), names_of(supported));
    Diagnostic& error =
        diagnostics.error("unknown-architecture",
                          "target 'cuda:" + architecture.text() + "': " + std::string(compiler) +
                              " has sm_ and compute_ " + join(numbers, ", "));
    if (architecture.number > newest) {
      error.hint = "a newer GPU runs the PTX of 'cuda:compute_" + std::to_string(newest) +
                   "'; code of its own needs a newer toolkit";
    } else if (!near.empty()) {
      error.hint = "did you mean 'cuda:" + near + "'?";
    }
  }
  return all;
}

}  // namespace tgc
