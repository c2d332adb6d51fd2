// SPDX-License-Identifier: Apache-2.0
// See ops_markdown.h.
#include "tgc/ops_markdown.h"

#include <algorithm>

#include "ops/op_list.h"
#include "support/text.h"
#include "tgc/op_facts.h"

namespace tgc {
namespace {

constexpr std::string_view kIntroduction =
    R"(<!-- Printed by `tgc ops --markdown`; TGC_UPDATE_GOLDENS=1 build/bin/tgc_test "[readme]" rewrites it. -->
# The ops of a graph

What `tgc ops` lists; `tgc ops NAME` tells more of one. A *kernel* is code made for the op. A *composed*
op becomes other ops when a graph is read, or steps of the plan. *library* is a call of one, *host* a
step on the CPU between copies. Gradients of composed ops are those of their parts.

)";

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string row(const std::vector<std::string>& cells) {
  return "| " + join(cells, " | ") + " |\n";
}

std::string device_cell(const OpDef& op, DeviceKind device) {
  const Realization found = realization(op, device);
  return found.how.empty() ? "no: " + std::string(found.reason) : std::string(found.how);
}

std::string ops_table() {
  std::string rows = row({"op", "also", "Theano", "dtypes", "gradient", "cpu", "cuda"}) +
                     row({"---", "---", "---", "---", "---", "---", "---"});
  size_t ops = 0;
  size_t names = 0;
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal) continue;
    ops += 1;
    names += 1 + op->aliases.size();
    std::vector<std::string> also(op->aliases.begin(), op->aliases.end());
    std::sort(also.begin(), also.end());
    rows += row({"`" + std::string(op->name) + "`", join(also, ", "), cell(op->theano),
                 dtypes_text(accepted_dtypes(*op)), has_gradient(*op) ? "yes" : "no",
                 device_cell(*op, DeviceKind::cpu), device_cell(*op, DeviceKind::cuda)});
  }
  return std::to_string(ops) + " ops under " + std::to_string(names) + " names.\n\n" + rows;
}

struct Coverage {
  int covered = 0;
  int without = 0;  // classes that need no op
  std::vector<std::string> missing;
  std::vector<std::string> reasons;
};

std::vector<std::string> absent_ops(const TheanoClass& theano) {
  std::vector<std::string> absent;
  for (const auto& name : split(theano.ops, ' ')) {
    if (op_registry().find(name) == nullptr) absent.emplace_back(name);
  }
  return absent;
}

Coverage coverage_of(std::string_view family) {
  Coverage result;
  for (const TheanoClass& theano : theano_classes()) {
    if (theano.family != family) continue;
    if (theano.reason.starts_with("missing")) {
      result.missing.emplace_back(theano.name);
    } else if (theano.ops.empty()) {
      ++result.without;
      result.reasons.push_back(std::string(theano.name) + " (" + std::string(theano.reason) + ")");
    } else if (absent_ops(theano).empty()) {
      ++result.covered;
    } else {
      result.missing.emplace_back(theano.name);
    }
  }
  return result;
}

std::string coverage_table() {
  std::string rows = row({"family", "classes", "have ops", "need none", "missing"}) +
                     row({"---", "---", "---", "---", "---"});
  std::string reasons;
  Coverage all;
  std::vector<std::string_view> families;
  for (const TheanoClass& theano : theano_classes()) {
    if (families.empty() || families.back() != theano.family) families.push_back(theano.family);
  }
  for (const std::string_view family : families) {
    const Coverage found = coverage_of(family);
    const int missing = static_cast<int>(found.missing.size());
    rows += row(
        {std::string(family), std::to_string(found.covered + found.without + missing),
         std::to_string(found.covered), std::to_string(found.without),
         found.missing.empty() ? "0" : std::to_string(missing) + ": " + join(found.missing, ", ")});
    if (!found.reasons.empty()) {
      reasons += "- *" + std::string(family) + "*: " + join(found.reasons, ", ") + ".\n";
    }
    all.covered += found.covered;
    all.without += found.without;
    all.missing.insert(all.missing.end(), found.missing.begin(), found.missing.end());
  }
  const auto missing = static_cast<int>(all.missing.size());
  rows += row({"all", std::to_string(all.covered + all.without + missing),
               std::to_string(all.covered), std::to_string(all.without), std::to_string(missing)});
  return rows + "\nClasses that need no op:\n\n" + reasons;
}

}  // namespace

const std::vector<TheanoClass>& theano_classes() {
  static const std::vector<TheanoClass> classes = {
#define TGC_THEANO_CLASS(family, name, ops, reason) {family, name, ops, reason},
#include "ops/theano_classes.def"
#undef TGC_THEANO_CLASS
  };
  return classes;
}

std::string ops_markdown() {
  return std::string(kIntroduction) + ops_table() +
         "\n## Theano's op classes\n\nAll classes of ops that Theano 1.0.5 defines, as "
         "`theano_classes.def` lists them. A class counts where every op that stands for it is "
         "there.\n\n" +
         coverage_table();
}

}  // namespace tgc
