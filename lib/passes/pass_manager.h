// SPDX-License-Identifier: Apache-2.0
// Optimises a function: runs the pipeline's steps on its Graph and on the Graphs inside scan and
// ifelse, verifies, counts, and shows what it does through the options' hooks.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "passes/pipeline.h"

namespace tgc {

// One step of the pipeline, or one rewrite inside a step.
struct PassRecord {
  std::string name;
  std::string within;       // the step it is a member of; "" for a step
  int fired = 0;            // replacements; of a step: those of its members too
  int64_t calls = 0;        // of a step on a Graph, of a rewrite on an Apply
  size_t nodes_before = 0;  // steps only
  size_t nodes_after = 0;
  int64_t microseconds = 0;
};

struct PipelineReport {
  size_t nodes_before = 0;
  size_t nodes_after = 0;
  std::vector<PassRecord> records;  // steps in order, each followed by its members that fired
  std::vector<std::string> passes;  // all that ran, whether they fired or not: for the manifest
};

// nullopt after an error: an unknown name in the options, or assert_no_cpu_op.
std::optional<PipelineReport> optimize(Function& function, const PipelineOptions& options,
                                       Diagnostics& diagnostics);

// A row of `tgc passes`: every name that Theano has.
struct PassRow {
  std::string name;
  std::vector<std::string> tags;
  std::optional<double> position;  // in the top-level sequence: its own, or of the step it is in
  std::string status;              // works, done_by, not_yet, not_applicable
  std::string note;                // done_by: the name; not_applicable: why; works: what it does
};
std::vector<PassRow> pass_rows();

}  // namespace tgc
