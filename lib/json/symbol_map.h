// SPDX-License-Identifier: Apache-2.0
// Puts DimExprs in the place of dim symbols, everywhere a Graph holds them. Used where a function's
// givens tell more of a dim than the file does.
#pragma once
#include <map>
#include <string>

#include "graph/graph.h"

namespace tgc {

using SymbolMap = std::map<std::string, DimExpr>;

DimExpr substituted(const DimExpr& expr, const SymbolMap& map);
std::vector<DimExpr> substituted(const std::vector<DimExpr>& list, const SymbolMap& map);
Attributes substituted(const Attributes& attributes, const SymbolMap& map);
// The same Graph when no symbol occurs in it.
InnerGraph substituted(const InnerGraph& graph, const SymbolMap& map);

}  // namespace tgc
