// SPDX-License-Identifier: Apache-2.0
// Collects the records that ops.def names.
#include "ops/op_list.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ops/complex_parts.h"
#include "support/check.h"

namespace tgc {

#define TGC_OP(name) OpDef name##_op();
#define TGC_OP_FAMILY(name) std::vector<OpDef> name##_ops();
#include "ops/ops.def"
#undef TGC_OP
#undef TGC_OP_FAMILY

namespace {

constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
#define TGC_ALIAS(alias, name) {#alias, #name},
#include "ops/aliases.def"
#undef TGC_ALIAS
};

void add_aliases(std::vector<OpDef>& records) {
  for (const auto& [alias, name] : kAliases) {
    const auto op = std::find_if(records.begin(), records.end(),
                                 [&](const OpDef& record) { return record.name == name; });
    TGC_CHECK(op != records.end(), "an alias of no op: " + std::string(alias));
    op->aliases.push_back(alias);
  }
}

std::vector<OpDef> make_records() {
  std::vector<OpDef> records;
#define TGC_OP(name) records.push_back(name##_op());
#define TGC_OP_FAMILY(name) \
  for (OpDef & record : name##_ops()) records.push_back(std::move(record));
#include "ops/ops.def"
#undef TGC_OP
#undef TGC_OP_FAMILY
  add_aliases(records);
  add_complex_rules(records);
  return records;
}

std::vector<const OpDef*> pointers_to(const std::vector<OpDef>& records) {
  std::vector<const OpDef*> pointers;
  for (const OpDef& record : records) pointers.push_back(&record);
  return pointers;
}

}  // namespace

const OpRegistry& op_registry() {
  static const std::vector<OpDef> records = make_records();
  static const OpRegistry registry(pointers_to(records));
  return registry;
}

}  // namespace tgc
