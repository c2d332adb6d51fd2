// SPDX-License-Identifier: Apache-2.0
// ExprTable: DimExprs as the plan file's list of nodes, operands first, equal ones once.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tgc/bundle_abi.h"
#include "types/dim_expr.h"

namespace tgc {

class ExprTable {
 public:
  explicit ExprTable(std::vector<std::string> symbols) : symbols_(std::move(symbols)) {}

  tgc_u32 add(const DimExpr& expr);
  [[nodiscard]] const std::vector<tgc_plan_expr>& nodes() const { return nodes_; }

 private:
  tgc_u32 node(tgc_u32 op, tgc_u32 left, tgc_u32 right, tgc_i64 value);
  tgc_u32 atom(const DimExpr::Atom& atom);

  std::vector<std::string> symbols_;
  std::vector<tgc_plan_expr> nodes_;
  std::map<std::string, tgc_u32> known_;  // by content
};

}  // namespace tgc
