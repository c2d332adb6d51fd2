// SPDX-License-Identifier: Apache-2.0
// manifest.json of a bundle, read for `tgc inspect`, `run` and `doctor`. The runtime does not need
// it; people and build systems do.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/diagnostic.h"

namespace tgc {

struct ManifestValue {
  std::string name;
  std::string dtype;
  std::vector<std::string> shape;  // "64", "n", "n // 2"

  [[nodiscard]] std::string type_text() const;  // "float32[n, 64]", "float32 scalar"
};

struct ManifestTransfer {  // between host and device, in a plan for the device
  std::string variable;
  std::string from;
  std::string to;
};

struct ManifestFunction {
  std::string name;
  int64_t nodes_before = 0;
  int64_t nodes_after = 0;
  std::vector<ManifestValue> inputs;
  std::vector<ManifestValue> outputs;
  std::vector<std::string> updates;
  std::vector<std::string> passes;
  std::vector<ManifestTransfer> transfers;
  std::vector<std::pair<std::string, int64_t>> steps;  // of each kind of device
  std::string arena_bytes;
};

struct ManifestKernel {
  std::string name;
  std::string target;
  std::vector<std::string> nodes;
  std::string text_sha256;
};

struct ManifestFile {
  std::string name;
  uint64_t bytes = 0;
  std::string sha256;
};

struct Manifest {
  std::string text;  // as it stands in the file
  std::string name;
  std::string tgc_version;
  std::vector<std::pair<std::string, std::string>> tools;
  std::vector<std::string> targets;
  std::vector<std::string> cpu_features;  // of cpu:native
  std::vector<std::string> architectures;
  int64_t minimum_driver = 0;                   // 13000
  std::vector<std::string> needs;               // libraries that calls load: "lapack"
  std::vector<std::vector<std::string>> flags;  // name, value, origin
  std::vector<ManifestValue> shared;
  int64_t state_bytes = 0;
  std::vector<ManifestFunction> functions;
  std::vector<ManifestKernel> kernels;
  std::vector<ManifestFile> files;

  [[nodiscard]] const ManifestFunction* find_function(const std::string& function) const;
};

// Nothing after reporting: no bundle there, or a manifest of another version.
std::optional<Manifest> read_manifest(const std::string& bundle, Diagnostics& diagnostics);

}  // namespace tgc
