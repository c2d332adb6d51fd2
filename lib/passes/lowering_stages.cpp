// SPDX-License-Identifier: Apache-2.0
// See lowering_stages.h.
#include "passes/lowering_stages.h"

#include "passes/nan_guard.h"
#include "passes/place_shared.h"
#include "passes/sink_ifelse.h"

namespace tgc {
namespace {

LoweringStage stage(double position, bool cuda_only, std::string_view name,
                    std::string_view summary, void (*run)(Graph&, PassContext&)) {
  LoweringStage result;
  result.position = position;
  result.cuda_only = cuda_only;
  result.pass.name = name;
  result.pass.summary = summary;
  result.pass.run = run;
  return result;
}

}  // namespace

const std::vector<LoweringStage>& lowering_stages() {
  LoweringStage guard =
      stage(48.35, false, "nan_guard", "every float -> looked at before it is used", nan_guard);
  guard.guard_only = true;
  static const std::vector<LoweringStage> stages = {
      stage(48.3, false, "sink_ifelse", "what one branch alone needs -> inside that branch",
            sink_ifelse),
      guard,
      stage(48.4, true, "place_shared", "shared variables -> in the GPU's memory", place_shared),
  };
  return stages;
}

}  // namespace tgc
