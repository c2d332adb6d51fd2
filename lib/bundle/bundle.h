// SPDX-License-Identifier: Apache-2.0
// Bundle: the files of one compiled model and how they get to disk: all into a fresh folder beside
// the target, manifest last, then the folder is exchanged in one step. Files whose bytes did not
// change keep their time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "support/diagnostic.h"

namespace tgc {

struct BundleFile {
  std::string name;  // inside the folder; may hold one slash ("tgc/runtime.h")
  std::string bytes;
  bool executable = false;
};

struct FlagRecord {  // a flag that is not at its default
  std::string name;
  std::string value;
  std::string origin;
};

struct KernelRecord {
  std::string name;
  std::string target;  // "cpu" or "cuda"
  std::vector<std::string> nodes;
  std::string text_sha256;  // of its text with its name left out
};

struct FunctionRecord {
  std::string name;
  int64_t nodes_before = 0;
  int64_t nodes_after = 0;
  std::vector<std::string> passes;  // applied, in order
};

// What manifest.json says besides the files' digests (schemas/manifest.schema.json).
struct ManifestFacts {
  std::string name;
  std::string tgc_version;
  std::vector<std::pair<std::string, std::string>> tools;  // "g++" -> version
  std::vector<FlagRecord> flags;
  std::vector<std::string> targets;        // as asked for
  std::vector<std::string> cpu_features;   // what cpu:native was resolved to
  std::vector<std::string> architectures;  // of the fatbin
  uint32_t minimum_driver = 0;
  std::vector<std::string> needs;  // libraries that calls load: "lapack"
  std::vector<FunctionRecord> functions;
  std::vector<KernelRecord> kernels;
};

// The manifest's text; digests are of `files`. `plan` gives types, state and memory.
std::string manifest_text(const ManifestFacts& facts, const Plan& plan,
                          const std::vector<BundleFile>& files);

// NAME.h: the names, types and order of the functions' arguments for C programs.
std::string header_text(const Plan& plan);

// Writes the bundle. An existing folder is replaced only when it is a bundle (has a manifest.json
// with tgc's mark and no file that it does not list) or empty; a link stays, and what it
// leads to is replaced or made. Returns false after reporting.
bool write_bundle(const std::string& path, std::vector<BundleFile> files, std::string manifest,
                  Diagnostics& diagnostics);

}  // namespace tgc
