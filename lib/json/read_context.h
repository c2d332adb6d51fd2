// SPDX-License-Identifier: Apache-2.0
// What all parts of the reader share while one file is read.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "json/model_reader.h"
#include "json/tensor_archive.h"

namespace tgc {

struct ReadContext {
  const ReadOptions& options;
  const OpRegistry& ops;
  Diagnostics& diagnostics;
  std::string folder;                     // of the JSON file; weights lie relative to it
  std::vector<std::string> source_files;  // read so far
  int64_t initial_bytes = 0;              // made by initialisers so far
  size_t node_count = 0;
  std::optional<JsonValue> graphs = {};      // the file's "graphs"
  std::set<std::string> open_graphs = {};    // those whose nodes are being built
  std::set<std::string> failed_graphs = {};  // reported once
  size_t copy_count = 0;                     // of nodes, in functions
  std::map<std::string, std::optional<TensorArchive>> weights = {};  // by path; nullopt: reported

  // The weights file `name`, opened once; null after reporting.
  TensorArchive* open_weights(const std::string& name, const Location& where);
};

}  // namespace tgc
