// SPDX-License-Identifier: Apache-2.0
// What the cases of rewrites are made of: optimising a function under chosen names, the names that
// fire, and values of functions on random inputs, with and without special numbers among them.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "graph/model.h"
#include "passes/pass_case.h"
#include "passes/pipeline.h"

namespace tgc {

struct PassRun {
  Function function;
  std::vector<std::string> fired;  // rewrites, in the order of the pipeline
  std::string problem;             // what went wrong, or ""

  [[nodiscard]] bool has_fired(const std::string& name) const;
};

PassRun run_passes(const Function& function, const PipelineOptions& options);

// optimizer=None with the names, each alone.
PipelineOptions alone_options(const PassCase& of, std::vector<std::string> names);
// fast_run as the case wants it.
PipelineOptions fast_run_options(const PassCase& of, const std::vector<std::string>& excluding);

enum class Sizes { usual, ones, zeros };

// Inputs of the function; `special` puts NaN, infinities, zeros of both signs, and numbers at the
// ends of the range among the floats.
std::vector<Tensor> random_inputs(const PassCase& of, const Model& model, const Function& function,
                                  Sizes sizes, bool special);

// What differs between the values, or "": within the tolerance, or to the bit when `exact`. Every
// NaN is the same.
std::string value_difference(const std::vector<Tensor>& wanted, const std::vector<Tensor>& got,
                             std::optional<double> tolerance, bool exact);

}  // namespace tgc
