// SPDX-License-Identifier: Apache-2.0
// See grad_reader.h.
#include "json/grad_reader.h"

namespace tgc {

std::optional<std::vector<VariableId>> build_grad(GraphReader& reader, const NodeSyntax& node) {
  reader.context().diagnostics.error("unknown-op", node.what + ": grad", node.where.location());
  return std::nullopt;
}

}  // namespace tgc
