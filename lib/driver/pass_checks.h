// SPDX-License-Identifier: Apache-2.0
// What a compilation has to do with watching its rewrites: --check-passes or mode=DebugMode, and
// --rewrite-limit.
#pragma once
#include <memory>
#include <optional>

#include "check/pass_checker.h"
#include "driver/compile.h"

namespace tgc {

class PassChecks {
 public:
  PassChecks(const CompileRequest& request, const Config& config, Diagnostics& diagnostics);

  // Reads the inputs to check on; false after reporting.
  bool prepare(const Model& model);
  // Sets watch and budget of a function's options, which must stay where they are meanwhile.
  void attach(const Model& model, PipelineOptions& options);
  void tell(CompileResult& result) const;

 private:
  const CompileRequest& request_;
  const Config& config_;
  Diagnostics& diagnostics_;
  bool is_on_ = false;
  bool is_debug_mode_ = false;
  CheckSettings settings_;
  CheckCounts counts_;
  RewriteBudget budget_;
  std::unique_ptr<PassChecker> checker_;  // of the function that is being optimised
};

}  // namespace tgc
