// SPDX-License-Identifier: Apache-2.0
// See scan_reader.h.
#include "json/scan_reader.h"

namespace tgc {

std::optional<std::vector<VariableId>> build_scan(GraphReader& reader, const NodeSyntax& node) {
  reader.context().diagnostics.error("unknown-op", node.what + ": scan", node.where.location());
  return std::nullopt;
}

}  // namespace tgc
