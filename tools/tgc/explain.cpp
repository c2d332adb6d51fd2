// SPDX-License-Identifier: Apache-2.0
// tgc explain [CODE]: what a diagnostic's code means; without one, all codes. With --node or --why:
// what the passes did to a node of a model, or what a rewrite did to it.
#include <CLI/CLI.hpp>

#include "json/json_writer.h"
#include "support/text.h"
#include "tgc/explain_node.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct ExplainOptions {
  std::string code;  // or the model
  ExplainNodeOptions node;
  bool is_json = false;
  OutputOptions output;
};

std::string codes_json(const std::vector<DiagnosticCode>& codes) {
  JsonWriter json;
  json.begin_array();
  for (const DiagnosticCode& code : codes) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("code", code.code);
    json.member("explanation", code.explanation);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

[[noreturn]] void unknown_code(const std::string& code) {
  std::vector<std::string> known;
  for (const DiagnosticCode& row : diagnostic_codes()) known.emplace_back(row.code);
  const std::string nearest = nearest_name(code, known);
  throw UsageError("no diagnostic has the code '" + code + "'" +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

int explain(const ExplainOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  const bool has_node = !options.node.node.empty();
  if (has_node || !options.node.pass.empty()) {
    ExplainNodeOptions node = options.node;
    node.model = options.code;
    node.is_json = options.is_json;
    if (node.model.empty()) throw UsageError("--node and --why need the graph file as well");
    if (has_node && !node.pass.empty()) throw UsageError("give either --node or --why");
    return explain_node(node, invocation);
  }
  std::vector<DiagnosticCode> codes = diagnostic_codes();
  if (!options.code.empty()) {
    const DiagnosticCode* found = find_diagnostic_code(options.code);
    if (found == nullptr) unknown_code(options.code);
    codes = {*found};
  }
  if (options.is_json) {
    invocation.console.print(codes_json(codes));
    return kExitOk;
  }
  for (const DiagnosticCode& code : codes) {
    invocation.console.print(invocation.console.bold(code.code) + "\n" +
                             wrapped_text(std::string(code.explanation), 80, 2));
  }
  return kExitOk;
}

}  // namespace

Action declare_explain(CLI::App& app) {
  auto options = std::make_shared<ExplainOptions>();
  app.add_option("code", options->code,
                 "The slug at the end of a diagnostic: shape-mismatch; with --node or --why a "
                 "graph file")
      ->type_name("CODE");
  app.add_option("--node", options->node.node,
                 "A node of the graph file: every rewrite that touched it in order, what it is "
                 "now, its kernel, why it was or was not fused, bytes and flops")
      ->type_name("NAME");
  app.add_option("--why", options->node.pass,
                 "A rewrite: what it replaced in the graph file, or why nothing")
      ->type_name("REWRITE");
  app.add_option("--target", options->node.target, "With these: cpu or cuda (cpu)")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->type_name("TARGET");
  app.add_flag("--json", options->is_json, "As JSON: [{code, explanation}]; or the node's facts");
  add_config_options(app, options->node.config);
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return explain(*options, invocation); };
}

}  // namespace tgc
