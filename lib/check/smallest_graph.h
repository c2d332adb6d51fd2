// SPDX-License-Identifier: Apache-2.0
// The fewest levels of Applies above a variable that, optimised alone, still give another value.
#pragma once
#include <functional>
#include <optional>

#include "check/graph_file.h"
#include "check/values.h"
#include "passes/pipeline.h"

namespace tgc {

// Nothing where no number of levels shows it, or what would show it cannot be written.
std::optional<GraphFile> smallest_graph(const Graph& graph, VariableId variable,
                                        Evaluation& evaluation, const PipelineOptions& options,
                                        const std::function<Tolerance(DType)>& tolerance);

}  // namespace tgc
