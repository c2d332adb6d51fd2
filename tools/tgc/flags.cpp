// SPDX-License-Identifier: Apache-2.0
// tgc flags [NAME…]: every flag of Theano, Aesara and PyTensor with its value in force, where that
// comes from and what tgc does with it.
#include <CLI/CLI.hpp>

#include "flags/flag_report.h"
#include "json/json_writer.h"
#include "support/text.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct FlagsOptions {
  std::vector<std::string> names;
  bool is_json = false;
  bool only_set = false;
  ConfigOptions config;
  OutputOptions output;
};

std::string rows_json(const std::vector<FlagRow>& rows) {
  JsonWriter json;
  json.begin_array();
  for (const FlagRow& row : rows) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", row.name);
    json.member("group", row.group);
    json.member("type", row.type);
    if (!row.choices.empty()) json.array("choices", row.choices);
    json.member("default", row.default_value);
    json.member("value", row.value);
    json.member("origin", row.origin);
    json.member("written", row.written);
    json.member("action", row.action);
    json.member("detail", row.detail);
    json.member("scope", row.scope);
    json.member("effect", row.effect);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

std::string shown(const std::string& value) {
  return value.empty() ? "''" : value;
}

std::string rows_text(const std::vector<FlagRow>& rows) {
  std::vector<std::vector<std::string>> cells = {{"FLAG", "VALUE", "FROM", "WHAT TGC DOES"}};
  for (const FlagRow& row : rows) {
    cells.push_back(
        {row.name, shown(row.value), row.origin, flag_action_text(*find_flag(row.name))});
  }
  return table_text(cells);
}

std::string page(const FlagRow& row) {
  std::vector<std::vector<std::string>> cells = {
      {"from", row.origin + (row.written.empty() ? "" : ": " + row.written)},
      {"default", shown(row.default_value)},
      {"type", row.type + (row.choices.empty() ? "" : ": " + join(row.choices, ", "))},
      {"effect", row.effect},
      {"read by", row.scope == "both"  ? "the compiler and the runtime"
                  : row.scope == "run" ? "the runtime"
                                       : "the compiler"},
      {"tgc", flag_action_text(*find_flag(row.name))},
  };
  return row.name + " = " + shown(row.value) + "\n" + table_text(cells, 2);
}

int list_flags(const FlagsOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  int code = kExitOk;
  const auto config = load_config(options.config, invocation, code);
  if (!config) return code;
  std::vector<FlagRow> rows;
  if (options.names.empty()) {
    for (FlagRow& row : flag_rows(*config)) {
      if (!options.only_set || row.origin != "default") rows.push_back(std::move(row));
    }
  }
  for (const std::string& name : options.names) {
    auto row = flag_row(*config, name);
    if (!row) {
      const std::string nearest = nearest_flag(name);
      throw UsageError("there is no flag '" + name + "'" +
                       (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
    rows.push_back(std::move(*row));
  }
  if (options.is_json) {
    invocation.console.print(rows_json(rows));
  } else if (options.names.empty()) {
    invocation.console.print(rows_text(rows));
  } else {
    for (const FlagRow& row : rows) invocation.console.print(page(row));
  }
  return kExitOk;
}

}  // namespace

Action declare_flags(CLI::App& app) {
  auto options = std::make_shared<FlagsOptions>();
  app.add_option("name", options->names, "Flags to describe; without one, all are listed")
      ->type_name("NAME");
  app.add_flag("--json", options->is_json, "As a JSON array");
  app.add_flag("--set", options->only_set, "Only flags that were set somewhere");
  options->config.tells_mappings = true;
  add_config_options(app, options->config);
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return list_flags(*options, invocation); };
}

}  // namespace tgc
