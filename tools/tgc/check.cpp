// SPDX-License-Identifier: Apache-2.0
// tgc check FILE…: reads graph files and reports all their mistakes, compiling nothing.
#include <CLI/CLI.hpp>

#include "driver/compile.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  ConfigOptions config;
  OutputOptions output;
};

std::string summary(const std::string& file, const Model& model) {
  size_t nodes = 0;
  std::string names;
  for (const Function& function : model.functions) {
    nodes += function.graph.topological_order().size();
    names += (names.empty() ? "" : ", ") + function.name;
  }
  return file + ": ok, " + counted(static_cast<int64_t>(model.functions.size()), "function") +
         " (" + names + ") of " + counted(static_cast<int64_t>(nodes), "node") + ", " +
         counted(static_cast<int64_t>(model.shared.size()), "shared variable") + "\n";
}

int check(const CheckOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  invocation.inputs = options.files;
  int code = kExitOk;
  const auto config = load_config(options.config, invocation, code);
  if (!config) return code;
  bool is_good = true;
  for (const std::string& file : options.files) {
    const auto model = check_model(file, *config, invocation.diagnostics);
    invocation.console.report(invocation.diagnostics);
    if (model) invocation.console.tell(summary(file, *model));
    is_good = is_good && model.has_value();
  }
  return is_good ? kExitOk : kExitRejected;
}

}  // namespace

Action declare_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("file", options->files, "Graph files")->type_name("FILE")->required();
  add_config_options(app, options->config);
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return check(*options, invocation); };
}

}  // namespace tgc
