// SPDX-License-Identifier: Apache-2.0
// See index_range.h.
#include "targets/index_range.h"

#include <algorithm>

namespace tgc {
namespace {

IndexRange range_of(const DimExpr& dim) {
  const auto lower = dim.lower_bound();
  if (!lower || *lower < 0) return {};
  return {lower, dim.upper_bound()};
}

// Upper bounds through a monotonous function of two non-negative numbers; none on overflow.
template <class F>
std::optional<int64_t> joined(const IndexRange& a, const IndexRange& b, F f) {
  int64_t result = 0;
  if (!a.upper || !b.upper || f(*a.upper, *b.upper, &result)) return std::nullopt;
  return result;
}

}  // namespace

IndexRanges::IndexRanges(const Kernel& kernel) {
  if (const auto* nest = std::get_if<LoopNest>(&kernel.body)) {
    add(nest->outer);
    add(nest->body);
  } else if (const auto* contraction = std::get_if<Contraction>(&kernel.body)) {
    add({contraction->batch, contraction->m, contraction->n, contraction->k});
    add(contraction->epilogue);
  }
}

void IndexRanges::add(const std::vector<Loop>& loops) {
  for (const Loop& loop : loops) {
    const auto extent = loop.extent.upper_bound();
    counters_[loop.index] = {
        0, extent ? std::optional(std::max<int64_t>(*extent - 1, 0)) : std::nullopt};
  }
}

void IndexRanges::add(const Body& body) {
  for (const Stmt& stmt : body) {
    if (const auto* reduce = std::get_if<Reduce>(&stmt.node)) add(reduce->loops);
    if (const auto* each = std::get_if<ForEach>(&stmt.node)) {
      add(each->loops);
      add(*each->body);
    }
    if (const auto* serial = std::get_if<Serial>(&stmt.node)) {
      add({serial->loop});
      add(*serial->body);
    }
    if (const auto* branch = std::get_if<If>(&stmt.node)) add(*branch->then_body);
  }
}

IndexRange IndexRanges::of(const ExprRef& expr) const {
  if (expr->dtype != DType::int64) return {};
  if (const auto* index = std::get_if<IndexValue>(&expr->node)) {
    const auto found = counters_.find(index->index);
    return found == counters_.end() ? IndexRange{} : found->second;
  }
  if (const auto* dim = std::get_if<DimValue>(&expr->node)) return range_of(dim->dim);
  if (const auto* constant = std::get_if<Constant>(&expr->node)) {
    if (constant->integer < 0) return {};
    return {constant->integer, constant->integer};
  }
  const auto* call = std::get_if<Call>(&expr->node);
  if (call == nullptr || call->args.size() != 2) return {};
  const IndexRange a = of(call->args[0]);
  const IndexRange b = of(call->args[1]);
  if (!a.lower || !b.lower) return {};
  switch (call->op) {
    case ScalarOp::add:
      return {0, joined(a, b, [](int64_t x, int64_t y, int64_t* z) {
                return __builtin_add_overflow(x, y, z);
              })};
    case ScalarOp::mul:
      return {0, joined(a, b, [](int64_t x, int64_t y, int64_t* z) {
                return __builtin_mul_overflow(x, y, z);
              })};
    case ScalarOp::int_div:
      return {0, a.upper};
    case ScalarOp::mod:
      return {0, b.upper};
    default:
      return {};
  }
}

}  // namespace tgc
