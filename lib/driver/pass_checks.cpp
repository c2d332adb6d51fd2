// SPDX-License-Identifier: Apache-2.0
// See pass_checks.h.
#include "driver/pass_checks.h"

#include <limits>

namespace tgc {

PassChecks::PassChecks(const CompileRequest& request, const Config& config,
                       Diagnostics& diagnostics)
    : request_(request), config_(config), diagnostics_(diagnostics) {
  const std::string mode = config.text("mode");
  is_debug_mode_ = mode == "DebugMode" || mode == "DEBUG_MODE";
  is_on_ = request.checks_passes || is_debug_mode_;
  budget_.limit = request.rewrite_limit.value_or(std::numeric_limits<int64_t>::max());
}

bool PassChecks::prepare(const Model& model) {
  if (!is_on_) return true;
  settings_.file = request_.model_path;
  settings_.folder = request_.check_folder;
  settings_.seed = request_.check_seed;
  settings_.sloppiness = config_.text("tensor.cmp_sloppy").front() - '0';
  settings_.finite_only = is_debug_mode_ && config_.boolean("DebugMode.check_finite");
  if (!request_.check_inputs) return true;
  auto inputs = request_.check_inputs(model);
  if (!inputs) return false;
  settings_.inputs = std::move(*inputs);
  return true;
}

void PassChecks::attach(const Model& model, PipelineOptions& options) {
  options.budget = &budget_;
  if (!is_on_) return;
  checker_ = std::make_unique<PassChecker>(model, options, settings_, counts_, diagnostics_);
  options.watch = checker_.get();
}

void PassChecks::tell(CompileResult& result) const {
  result.rewrites = budget_.used;
  result.last_rewrite = budget_.last;
  if (is_on_) result.checks = counts_;
}

}  // namespace tgc
