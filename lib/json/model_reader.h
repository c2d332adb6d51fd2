// SPDX-License-Identifier: Apache-2.0
// JSON graph file -> Model. The format is described in schemas/README.md. All independent mistakes
// of a file are reported in one run; nothing a file holds can crash, hang or exhaust memory.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "graph/model.h"
#include "json/json_parser.h"
#include "support/diagnostic.h"

namespace tgc {

// Theano's flag on_unused_input.
enum class OnUnusedInput { raise, warn, ignore };

struct ReadLimits {
  JsonLimits json;
  int64_t max_initial_bytes = int64_t{1} << 30;  // of all values made by initialisers
  size_t max_nodes = size_t{1} << 18;            // in the file
  size_t max_applies = size_t{1} << 19;          // of its graph, gradients included
  size_t max_copies = size_t{1} << 19;           // in all functions together
};

struct ReadOptions {
  DType float_x = DType::float64;
  OnUnusedInput on_unused_input = OnUnusedInput::raise;
  ReadLimits limits;
};

// `path` names the file in diagnostics too; weights lie relative to its folder.
std::optional<Model> read_model(const std::string& path, const ReadOptions& options,
                                Diagnostics& diagnostics);
// The same from memory.
std::optional<Model> read_model_text(const std::string& path, std::string text,
                                     const ReadOptions& options, Diagnostics& diagnostics);

}  // namespace tgc
