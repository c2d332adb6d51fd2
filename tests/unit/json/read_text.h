// SPDX-License-Identifier: Apache-2.0
// Reads graph files from memory for tests, and tells their diagnostics in one line each.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "json/model_reader.h"
#include "types/tensor.h"

namespace tgc {

struct ReadResult {
  std::optional<Model> model;
  std::vector<std::string> problems;  // "14:22 shape-mismatch: dot: inner dimensions differ: …"
};

ReadResult read_text(const std::string& text, const ReadOptions& options = {});

// A file with the given sections between "name" and the function f of the given text:
// file_with(R"("inputs": {…}, "nodes": […])", R"({"inputs": ["x"], "outputs": ["y"]})").
std::string file_with(const std::string& sections, const std::string& function);

// The function of that name; TGC_CHECKs that the file was read.
const Function& function_of(const ReadResult& result, const std::string& name);

// Applies in topological order: "dot(x, w) -> y: float32[n, 10]".
std::vector<std::string> nodes_of(const Function& function);

// Evaluates a function. Arguments by name; shared variables have their initial values unless given.
std::vector<std::vector<double>> run(const ReadResult& result, const std::string& function,
                                     const std::vector<std::pair<std::string, Tensor>>& arguments);

}  // namespace tgc
