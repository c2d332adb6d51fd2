// SPDX-License-Identifier: Apache-2.0
// See counted_loop.h.
#include "targets/counted_loop.h"

#include "targets/loops.h"

namespace tgc {
namespace {

bool is_local(const ExprRef& expr, LocalId local) {
  const auto* value = std::get_if<LocalValue>(&expr->node);
  return value != nullptr && value->local == local;
}

// The count of `index < count`; null where the condition is none.
ExprRef count_of(const ExprRef& condition, IndexId index) {
  const auto* call = std::get_if<Call>(&condition->node);
  if (call == nullptr || call->op != ScalarOp::lt) return nullptr;
  const auto* counter = std::get_if<IndexValue>(&call->args[0]->node);
  if (counter == nullptr || counter->index != index) return nullptr;
  const ExprRef& count = call->args[1];
  bool is_free = count->dtype == DType::int64;
  const Body only = {{Let{LocalId(), count}}};
  for_each_expr(only, [&](const ExprRef& expr) {
    const auto* used = std::get_if<IndexValue>(&expr->node);
    is_free = is_free && (used == nullptr || used->index != index);
  });
  for_each_address(
      only, [&](const IndexExpr& address) { is_free = is_free && address.stride_of(index).is(0); });
  return is_free ? count : nullptr;
}

}  // namespace

std::optional<CountedLoop> counted_loop(const Serial& serial) {
  if (serial.body->size() != 1) return std::nullopt;
  const auto* branch = std::get_if<If>(&serial.body->front().node);
  if (branch == nullptr) return std::nullopt;
  CountedLoop result{count_of(branch->condition, serial.loop.index), {}, branch->then_body};
  if (!result.count) return std::nullopt;
  for (const Carried& carried : serial.carried) {
    const auto* choice = std::get_if<Call>(&carried.next->node);
    if (choice == nullptr || choice->op != ScalarOp::switch_ ||
        choice->args[0] != branch->condition || !is_local(choice->args[2], carried.local)) {
      return std::nullopt;
    }
    result.carried.push_back({carried.local, carried.initial, choice->args[1]});
  }
  return result;
}

}  // namespace tgc
