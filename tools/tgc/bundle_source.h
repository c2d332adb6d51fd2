// SPDX-License-Identifier: Apache-2.0
// The bundle that `tgc run` was given: a folder, or a graph file that is compiled first, through
// the cache, to a temporary folder.
#pragma once
#include <optional>
#include <string>

#include "support/file.h"
#include "tgc/options.h"

namespace tgc {

struct BundleSource {
  std::string path;
  std::optional<TempFolder> folder;  // holds the bundle of a graph file; removed with this object
};

// `code` is the exit code after reporting.
std::optional<BundleSource> open_bundle_source(const std::string& path, const std::string& device,
                                               const ConfigOptions& options, const Config& config,
                                               Invocation& invocation, int& code);

}  // namespace tgc
