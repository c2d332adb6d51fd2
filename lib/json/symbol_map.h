// SPDX-License-Identifier: Apache-2.0
// Puts DimExprs in the place of dim symbols, everywhere a Graph holds them. Used where a function's
// givens tell more of a dim than the file does.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "graph/graph.h"

namespace tgc {

using SymbolMap = std::map<std::string, DimExpr>;

// What the one symbol of `from` must be for `from` to be `to`: n + 2 as m tells that n is m - 2,
// 2*n as 6 that n is 3. nullopt where this is not linear, not exact or negative.
std::optional<std::pair<std::string, DimExpr>> solved_for_symbol(const DimExpr& from,
                                                                 const DimExpr& to);

DimExpr substituted(const DimExpr& expr, const SymbolMap& map);
std::vector<DimExpr> substituted(const std::vector<DimExpr>& list, const SymbolMap& map);
Attributes substituted(const Attributes& attributes, const SymbolMap& map);
// The same Graph when no symbol occurs in it.
InnerGraph substituted(const InnerGraph& graph, const SymbolMap& map);

}  // namespace tgc
