// SPDX-License-Identifier: Apache-2.0
// tgc inspect BUNDLE: what was compiled, from the bundle's manifest.
#include <CLI/CLI.hpp>

#include "support/file.h"
#include "support/text.h"
#include "tgc/manifest.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct InspectOptions {
  std::string bundle;
  bool is_json = false;
  OutputOptions output;
};

std::string or_none(const std::string& text) {
  return text.empty() ? "none" : text;
}

// CUDA counts 13000 for 13.0.
std::string cuda_version(int64_t number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

std::string head_text(const Manifest& manifest) {
  std::vector<std::vector<std::string>> cells = {{"compiled by", "tgc " + manifest.tgc_version}};
  for (const auto& [tool, version] : manifest.tools) cells.push_back({tool, version});
  cells.push_back({"targets", join(manifest.targets, " ")});
  if (!manifest.cpu_features.empty()) {
    cells.push_back({"cpu:native", join(manifest.cpu_features, " ")});
  }
  if (!manifest.architectures.empty()) {
    cells.push_back({"fatbin", join(manifest.architectures, " ")});
    cells.push_back({"driver", "CUDA " + cuda_version(manifest.minimum_driver) + " or newer"});
  }
  if (!manifest.needs.empty()) cells.push_back({"needs", join(manifest.needs, " ")});
  std::string flags;
  for (const auto& flag : manifest.flags) {
    flags += (flags.empty() ? "" : ", ") + flag[0] + "=" + flag[1] + " (" + flag[2] + ")";
  }
  cells.push_back({"flags", or_none(flags)});
  return table_text(cells, 2);
}

std::string values_text(const std::vector<ManifestValue>& values) {
  std::vector<std::string> parts;
  for (const ManifestValue& value : values) parts.push_back(value.name + " " + value.type_text());
  return or_none(join(parts, ", "));
}

std::string function_text(const ManifestFunction& function) {
  std::vector<std::vector<std::string>> cells = {
      {"inputs", values_text(function.inputs)},
      {"outputs", values_text(function.outputs)},
      {"updates", or_none(join(function.updates, ", "))},
      {"nodes",
       std::to_string(function.nodes_before) + " -> " + std::to_string(function.nodes_after)},
      {"passes", or_none(join(function.passes, " "))},
      {"arena", function.arena_bytes + " bytes"},
  };
  for (const ManifestTransfer& transfer : function.transfers) {
    cells.push_back({"transfer", transfer.variable + ": " + transfer.from + " -> " + transfer.to});
  }
  return "function " + function.name + "\n" + table_text(cells, 2);
}

std::string kernels_text(const Manifest& manifest) {
  std::vector<std::vector<std::string>> cells;
  for (const ManifestKernel& kernel : manifest.kernels) {
    cells.push_back({kernel.target, kernel.name, join(kernel.nodes, " ")});
  }
  return counted(static_cast<int64_t>(cells.size()), "kernel") + "\n" + table_text(cells, 2);
}

std::string files_text(const Manifest& manifest) {
  std::vector<std::vector<std::string>> cells;
  uint64_t total = 0;
  for (const ManifestFile& file : manifest.files) {
    total += file.bytes;
    cells.push_back({file.name, bytes_text(file.bytes)});
  }
  return counted(static_cast<int64_t>(cells.size()), "file") + ", " + bytes_text(total) + "\n" +
         table_text(cells, 2);
}

std::string shared_text(const Manifest& manifest) {
  std::vector<std::vector<std::string>> cells;
  for (const ManifestValue& shared : manifest.shared) {
    cells.push_back({shared.name, shared.type_text()});
  }
  return counted(static_cast<int64_t>(cells.size()), "shared variable") + ", " +
         bytes_text(static_cast<uint64_t>(manifest.state_bytes)) + "\n" + table_text(cells, 2);
}

int inspect(const InspectOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  invocation.inputs = {join_path(options.bundle, "manifest.json")};
  const auto manifest = read_manifest(options.bundle, invocation.diagnostics);
  if (!manifest) return kExitRejected;
  Console& console = invocation.console;
  if (options.is_json) {
    console.print(manifest->text);
    return kExitOk;
  }
  console.print(console.bold(manifest->name) + "\n" + head_text(*manifest));
  for (const ManifestFunction& function : manifest->functions) {
    console.print("\n" + function_text(function));
  }
  console.print("\n" + shared_text(*manifest) + "\n" + kernels_text(*manifest) + "\n" +
                files_text(*manifest));
  return kExitOk;
}

}  // namespace

Action declare_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  app.add_option("bundle", options->bundle, "The bundle's folder")->type_name("BUNDLE")->required();
  app.add_flag("--json", options->is_json, "The manifest as it is: schemas/manifest.schema.json");
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return inspect(*options, invocation); };
}

}  // namespace tgc
