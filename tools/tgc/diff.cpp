// SPDX-License-Identifier: Apache-2.0
// tgc diff A.tgc B.tgc: what differs between two bundles.
#include <CLI/CLI.hpp>

#include "json/json_writer.h"
#include "tgc/bundle_diff.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

struct DiffOptions {
  std::string first;
  std::string second;
  bool is_json = false;
  OutputOptions output;
};

std::string changes_json(const std::vector<BundleChange>& changes) {
  JsonWriter json;
  json.begin_array();
  for (const BundleChange& change : changes) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("area", change.area);
    json.member("name", change.name);
    json.member("a", change.before);
    json.member("b", change.after);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

std::string changes_text(const std::vector<BundleChange>& changes, const Console& console) {
  std::string text;
  std::string area;
  for (const BundleChange& change : changes) {
    if (change.area != area) {
      text += (text.empty() ? "" : "\n") + console.bold(change.area) + "\n";
      area = change.area;
    }
    text += "  " + change.name + "\n";
    if (!change.before.empty()) text += "    - " + change.before + "\n";
    if (!change.after.empty()) text += "    + " + change.after + "\n";
  }
  return text;
}

int diff(const DiffOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  invocation.inputs = {options.first, options.second};
  const auto changes = bundle_changes(options.first, options.second, invocation.diagnostics);
  if (!changes) return kExitRejected;
  invocation.console.print(options.is_json ? changes_json(*changes)
                                           : changes_text(*changes, invocation.console));
  return changes->empty() ? kExitOk : kExitRejected;
}

}  // namespace

Action declare_diff(CLI::App& app) {
  auto options = std::make_shared<DiffOptions>();
  app.add_option("first", options->first, "A bundle's folder")->type_name("A.tgc")->required();
  app.add_option("second", options->second, "Another one's")->type_name("B.tgc")->required();
  app.add_flag("--json", options->is_json,
               "As JSON: [{area, name, a, b}], \"\" for what one lacks");
  app.footer("Exits with 0 where they are equal, else with 1.");
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return diff(*options, invocation); };
}

}  // namespace tgc
