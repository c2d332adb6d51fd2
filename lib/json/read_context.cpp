// SPDX-License-Identifier: Apache-2.0
// See read_context.h.
#include "json/read_context.h"

#include "support/file.h"

namespace tgc {

TensorArchive* ReadContext::open_weights(const std::string& name, const Location& where) {
  const std::string path = folder == "." ? name : join_path(folder, name);
  auto [known, is_new] = weights.try_emplace(path);
  if (is_new) {
    known->second = TensorArchive::open(path, where, diagnostics);
    if (known->second) source_files.push_back(path);
  }
  return known->second ? &*known->second : nullptr;
}

}  // namespace tgc
