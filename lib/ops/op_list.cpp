// SPDX-License-Identifier: Apache-2.0
// Collects the records that ops.def names.
#include "ops/op_list.h"

#include <utility>
#include <vector>

namespace tgc {

#define TGC_OP(name) OpDef name##_op();
#define TGC_OP_FAMILY(name) std::vector<OpDef> name##_ops();
#include "ops/ops.def"
#undef TGC_OP
#undef TGC_OP_FAMILY

namespace {

std::vector<OpDef> make_records() {
  std::vector<OpDef> records;
#define TGC_OP(name) records.push_back(name##_op());
#define TGC_OP_FAMILY(name) \
  for (OpDef & record : name##_ops()) records.push_back(std::move(record));
#include "ops/ops.def"
#undef TGC_OP
#undef TGC_OP_FAMILY
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
