// SPDX-License-Identifier: Apache-2.0
// tgc explain [CODE]: what a diagnostic's code means; without one, all codes.
#include <CLI/CLI.hpp>

#include "json/json_writer.h"
#include "support/text.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct ExplainOptions {
  std::string code;
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
  app.add_option("code", options->code, "The slug at the end of a diagnostic: shape-mismatch")
      ->type_name("CODE");
  app.add_flag("--json", options->is_json, "As JSON: [{code, explanation}]");
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return explain(*options, invocation); };
}

}  // namespace tgc
