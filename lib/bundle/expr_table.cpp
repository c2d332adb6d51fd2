// SPDX-License-Identifier: Apache-2.0
// See expr_table.h.
#include "bundle/expr_table.h"

#include <algorithm>

#include "support/check.h"

namespace tgc {

tgc_u32 ExprTable::node(tgc_u32 op, tgc_u32 left, tgc_u32 right, tgc_i64 value) {
  const std::string key = std::to_string(op) + "," + std::to_string(left) + "," +
                          std::to_string(right) + "," + std::to_string(value);
  const auto [entry, inserted] = known_.try_emplace(key, static_cast<tgc_u32>(nodes_.size()));
  if (inserted) nodes_.push_back({op, left, right, 0, value});
  return entry->second;
}

tgc_u32 ExprTable::atom(const DimExpr::Atom& atom) {
  if (atom.kind == DimExpr::AtomKind::symbol) {
    const auto found = std::find(symbols_.begin(), symbols_.end(), atom.name);
    TGC_CHECK(found != symbols_.end(), "dim " + atom.name + " has no value at bind");
    return node(TGC_EXPR_SYMBOL, static_cast<tgc_u32>(found - symbols_.begin()), 0, 0);
  }
  const tgc_u32 left = add(atom.args.at(0));
  const tgc_u32 right = add(atom.args.at(1));
  tgc_u32 op = TGC_EXPR_MIN;
  if (atom.kind == DimExpr::AtomKind::max) op = TGC_EXPR_MAX;
  if (atom.kind == DimExpr::AtomKind::floor_div) op = TGC_EXPR_FLOOR_DIV;
  if (atom.kind == DimExpr::AtomKind::mod) op = TGC_EXPR_MOD;
  return node(op, left, right, 0);
}

tgc_u32 ExprTable::add(const DimExpr& expr) {
  if (const auto value = expr.constant()) return node(TGC_EXPR_CONSTANT, 0, 0, *value);
  bool is_first = true;
  tgc_u32 sum = 0;
  for (const DimExpr::Term& term : expr.terms()) {
    bool has_product = false;
    tgc_u32 product = 0;
    const auto multiply = [&](tgc_u32 factor) {
      product = has_product ? node(TGC_EXPR_MUL, product, factor, 0) : factor;
      has_product = true;
    };
    for (const DimExpr::Factor& factor : term.factors) {
      for (int i = 0; i < factor.power; ++i) multiply(atom(*factor.atom));
    }
    if (!has_product || term.coefficient != 1) {
      multiply(node(TGC_EXPR_CONSTANT, 0, 0, term.coefficient));
    }
    sum = is_first ? product : node(TGC_EXPR_ADD, sum, product, 0);
    is_first = false;
  }
  return sum;
}

}  // namespace tgc
