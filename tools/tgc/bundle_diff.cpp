// SPDX-License-Identifier: Apache-2.0
// See bundle_diff.h.
#include "tgc/bundle_diff.h"

#include <algorithm>
#include <cmath>

#include "json/tensor_archive.h"
#include "support/file.h"
#include "support/text.h"
#include "tgc/manifest.h"

namespace tgc {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;  // by name, in order

class Comparison {
 public:
  Comparison(const Manifest& a, const Manifest& b) : a_(a), b_(b) {}

  void compare_manifests() {
    compare("bundle", head_facts(a_), head_facts(b_));
    compare("shared variables", value_facts(a_.shared), value_facts(b_.shared));
    for (const ManifestFunction& function : a_.functions) {
      const ManifestFunction* other = b_.find_function(function.name);
      if (other == nullptr) {
        add("functions", function.name, signature(function), "");
      } else {
        compare("function " + function.name, function_facts(function), function_facts(*other));
      }
    }
    for (const ManifestFunction& function : b_.functions) {
      if (a_.find_function(function.name) == nullptr) {
        add("functions", function.name, "", signature(function));
      }
    }
    for (const char* target : {"cpu", "cuda"}) compare_kernels(target);
  }

  bool compare_weights(const std::string& a, const std::string& b, Diagnostics& diagnostics) {
    Location where;
    auto first = TensorArchive::open(join_path(a, "weights.safetensors"), where, diagnostics);
    auto second = TensorArchive::open(join_path(b, "weights.safetensors"), where, diagnostics);
    if (!first || !second) return false;
    const std::vector<std::string> names = second->names();
    for (const std::string& name : first->names()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) continue;
      const auto before = first->read(name, where, diagnostics);
      const auto after = second->read(name, where, diagnostics);
      if (!before || !after) return false;
      if (before->dtype() != after->dtype() || before->dims() != after->dims()) continue;
      if (*before != *after)
        add("weights", name, "", "largest difference " + distance(*before, *after));
    }
    return true;
  }

  void compare_files() { compare("files", file_facts(a_), file_facts(b_)); }

  std::vector<BundleChange> take() { return std::move(changes_); }

 private:
  void add(const std::string& area, const std::string& name, const std::string& before,
           const std::string& after) {
    changes_.push_back({area, name, before, after});
  }

  void compare(const std::string& area, const Facts& a, const Facts& b) {
    const auto value_in = [](const Facts& facts, const std::string& name) {
      const auto found = std::find_if(facts.begin(), facts.end(),
                                      [&](const auto& fact) { return fact.first == name; });
      return found == facts.end() ? std::string() : found->second;
    };
    for (const auto& [name, value] : a) {
      const std::string other = value_in(b, name);
      if (other != value) add(area, name, value, other);
    }
    for (const auto& [name, value] : b) {
      if (value_in(a, name).empty() && !value.empty()) add(area, name, "", value);
    }
  }

  static Facts head_facts(const Manifest& manifest) {
    Facts facts = {{"name", manifest.name}, {"tgc", manifest.tgc_version}};
    for (const auto& [tool, version] : manifest.tools) facts.emplace_back(tool, version);
    facts.emplace_back("targets", join(manifest.targets, " "));
    facts.emplace_back("cpu:native", join(manifest.cpu_features, " "));
    facts.emplace_back("fatbin", join(manifest.architectures, " "));
    facts.emplace_back("needs", join(manifest.needs, " "));
    for (const auto& flag : manifest.flags) facts.emplace_back("flag " + flag[0], flag[1]);
    return facts;
  }

  static Facts value_facts(const std::vector<ManifestValue>& values) {
    Facts facts;
    for (const ManifestValue& value : values) facts.emplace_back(value.name, value.type_text());
    return facts;
  }

  static std::string values_text(const std::vector<ManifestValue>& values) {
    std::vector<std::string> parts;
    for (const ManifestValue& value : values) parts.push_back(value.name + " " + value.type_text());
    return join(parts, ", ");
  }

  static std::string signature(const ManifestFunction& function) {
    return "(" + values_text(function.inputs) + ") -> (" + values_text(function.outputs) + ")";
  }

  static Facts function_facts(const ManifestFunction& function) {
    Facts facts = {{"inputs", values_text(function.inputs)},
                   {"outputs", values_text(function.outputs)},
                   {"updates", join(function.updates, ", ")},
                   {"nodes as read", std::to_string(function.nodes_before)},
                   {"nodes", std::to_string(function.nodes_after)}};
    for (const auto& [device, count] : function.steps) {
      facts.emplace_back("steps " + device, std::to_string(count));
    }
    facts.emplace_back("arena", function.arena_bytes + " bytes");
    facts.emplace_back("transfers", std::to_string(function.transfers.size()));
    for (const std::string& pass : function.passes) facts.emplace_back("pass " + pass, "applied");
    return facts;
  }

  static std::string kernel_text(const ManifestKernel& kernel) {
    return kernel.nodes.empty() ? "computes nothing of the graph's own"
                                : "computes " + join(kernel.nodes, " ");
  }

  // Kernels of the same text are the same whatever their number; of the rest those of one name are
  // one that changed.
  void compare_kernels(const std::string& target) {
    std::vector<const ManifestKernel*> before = kernels_of(a_, target);
    std::vector<const ManifestKernel*> after = kernels_of(b_, target);
    const auto match = [&](const auto& is_same, const auto& tell) {
      std::erase_if(before, [&](const ManifestKernel* kernel) {
        const auto other =
            std::find_if(after.begin(), after.end(),
                         [&](const ManifestKernel* each) { return is_same(*kernel, *each); });
        if (other == after.end()) return false;
        tell(*kernel, **other);
        after.erase(other);
        return true;
      });
    };
    const std::string area = "kernels for " + target;
    match([](const auto& a, const auto& b) { return a.text_sha256 == b.text_sha256; },
          [](const auto&, const auto&) {});
    match([](const auto& a, const auto& b) { return a.name == b.name; },
          [&](const auto& a, const auto& b) {
            add(area, a.name, kernel_text(a), "another text, " + kernel_text(b));
          });
    for (const ManifestKernel* kernel : before) add(area, kernel->name, kernel_text(*kernel), "");
    for (const ManifestKernel* kernel : after) add(area, kernel->name, "", kernel_text(*kernel));
  }

  static std::vector<const ManifestKernel*> kernels_of(const Manifest& manifest,
                                                       const std::string& target) {
    std::vector<const ManifestKernel*> kernels;
    for (const ManifestKernel& kernel : manifest.kernels) {
      if (kernel.target == target) kernels.push_back(&kernel);
    }
    return kernels;
  }

  static Facts file_facts(const Manifest& manifest) {
    constexpr size_t kDigits = 12;
    Facts facts;
    for (const ManifestFile& file : manifest.files) {
      facts.emplace_back(file.name, bytes_text(file.bytes) + ", " + file.sha256.substr(0, kDigits));
    }
    return facts;
  }

  static std::string distance(const Tensor& a, const Tensor& b) {
    double most = 0;
    for (int64_t i = 0; i < a.size(); ++i) {
      const double each = is_complex(a.dtype()) ? std::abs(a.get_complex(i) - b.get_complex(i))
                                                : std::abs(a.get_double(i) - b.get_double(i));
      if (std::isnan(each)) return "NaN";
      most = std::max(most, each);
    }
    return number_text(most);
  }

  const Manifest& a_;
  const Manifest& b_;
  std::vector<BundleChange> changes_;
};

}  // namespace

std::optional<std::vector<BundleChange>> bundle_changes(const std::string& a, const std::string& b,
                                                        Diagnostics& diagnostics) {
  const auto first = read_manifest(a, diagnostics);
  const auto second = read_manifest(b, diagnostics);
  if (!first || !second) return std::nullopt;
  Comparison comparison(*first, *second);
  comparison.compare_manifests();
  if (!comparison.compare_weights(a, b, diagnostics)) return std::nullopt;
  comparison.compare_files();
  return comparison.take();
}

}  // namespace tgc
