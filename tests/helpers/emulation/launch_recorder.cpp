// SPDX-License-Identifier: Apache-2.0
// See launch_recorder.h.
#include "helpers/emulation/launch_recorder.h"

#include <cstdlib>
#include <fstream>

#include "gpu/case_file.h"

namespace tgc {
namespace {

constexpr double kTolerance = 1e-5;  // the GPU's mathematics library is not the host's
constexpr double kHalfTolerance = 2e-3;
constexpr uint32_t kFloat16 = 9;

std::string bytes_of(const RecordedArgument& argument) {
  return {static_cast<const char*>(argument.buffer), argument.bytes};
}

}  // namespace

bool LaunchRecorder::is_wanted() {
  return std::getenv("TGC_RECORD_LAUNCHES") != nullptr;
}

LaunchRecorder::LaunchRecorder(std::vector<RecordedArgument> arguments)
    : arguments_(std::move(arguments)) {
  for (const RecordedArgument& argument : arguments_) before_.push_back(bytes_of(argument));
}

void LaunchRecorder::finish(const std::string& kernel, const unsigned grid[3],
                            const unsigned block[3], size_t shared_bytes) const {
  static int count = 0;
  gpu::LaunchCase one;
  one.what = "prelude " + kernel;
  one.kernel = kernel;
  for (size_t axis = 0; axis < 3; ++axis) {
    one.grid[axis] = grid[axis];
    one.block[axis] = block[axis];
  }
  one.shared_bytes = static_cast<uint32_t>(shared_bytes);
  one.tolerance = kTolerance;
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const RecordedArgument& argument = arguments_[i];
    if (argument.buffer == nullptr) {
      one.arguments.push_back({gpu::kNumber, argument.number});
      continue;
    }
    // a buffer may be passed more than once
    size_t first = 0;
    while (arguments_[first].buffer != argument.buffer) ++first;
    if (first < i) {
      one.arguments.push_back(one.arguments[first]);
      continue;
    }
    if (argument.dtype == kFloat16) one.tolerance = kHalfTolerance;
    one.arguments.push_back({static_cast<int32_t>(one.buffers.size()), 0});
    one.buffers.push_back({"argument " + std::to_string(i), argument.dtype, gpu::kReadWrite,
                           before_[i], bytes_of(argument)});
  }
  gpu::CaseFile file;
  file.modules.resize(1);
  file.cases.push_back(std::move(one));
  const std::string path = std::string(std::getenv("TGC_RECORD_LAUNCHES")) + "/" +
                           std::to_string(100000 + count++) + ".case";
  std::ofstream(path, std::ios::binary) << gpu::case_file_bytes(file);
}

}  // namespace tgc
