// SPDX-License-Identifier: Apache-2.0
// What all parts of the reader share while one file is read.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "json/model_reader.h"

namespace tgc {

struct ReadContext {
  const ReadOptions& options;
  const OpRegistry& ops;
  Diagnostics& diagnostics;
  std::string folder;                     // of the JSON file; weights lie relative to it
  std::vector<std::string> source_files;  // read so far
  int64_t initial_bytes = 0;              // made by initialisers so far
  size_t node_count = 0;
};

}  // namespace tgc
