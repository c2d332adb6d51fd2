// SPDX-License-Identifier: Apache-2.0
// tgc passes [NAME…]: every rewrite that Theano, Aesara or PyTensor registered, and what becomes of
// it in tgc. A NAME is a rewrite, which is then described, or a tag, which lists its carriers.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "json/json_writer.h"
#include "passes/pass_manager.h"
#include "passes/rewrite_names.h"
#include "support/text.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct PassesOptions {
  std::vector<std::string> names;
  std::string status;
  bool is_json = false;
  bool is_markdown = false;
  OutputOptions output;
};

std::string rows_json(const std::vector<PassRow>& rows) {
  JsonWriter json;
  json.begin_array();
  for (const PassRow& row : rows) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", row.name);
    json.array("tags", row.tags);
    json.key("position");
    if (row.position) {
      json.value(*row.position);
    } else {
      json.raw("null");
    }
    json.member("status", row.status);
    json.member("note", row.note);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

std::string position_text(const PassRow& row) {
  return row.position ? number_text(*row.position) : "-";
}

std::string rows_text(const std::vector<PassRow>& rows) {
  std::vector<std::vector<std::string>> cells = {{"REWRITE", "POSITION", "STATUS", "NOTE"}};
  std::map<std::string, int> counts;
  for (const PassRow& row : rows) {
    cells.push_back({row.name, position_text(row), row.status, row.note});
    ++counts[row.status];
  }
  std::string totals;
  for (const auto& [status, count] : counts) {
    totals += (totals.empty() ? "" : ", ") + std::to_string(count) + " " + status;
  }
  return table_text(cells) + totals + "\n";
}

std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string rows_markdown(const std::vector<PassRow>& rows) {
  std::string text = "| rewrite | position | status | note |\n|---|---|---|---|\n";
  for (const PassRow& row : rows) {
    text += "| `" + row.name + "` | " + position_text(row) + " | " + row.status + " | " +
            cell(row.note) + " |\n";
  }
  return text;
}

std::string page(const PassRow& row) {
  const RewriteName* rewrite = find_rewrite(row.name);
  std::vector<std::vector<std::string>> cells = {{"status", row.status}};
  if (!row.note.empty()) cells.push_back({"note", row.note});
  if (rewrite != nullptr && !rewrite->summary.empty()) {
    cells.push_back({"does", std::string(rewrite->summary)});
  }
  cells.push_back({"position", position_text(row)});
  cells.push_back({"tags", join(row.tags, " ")});
  if (rewrite != nullptr && rewrite->pytensor != "=" && !rewrite->pytensor.empty()) {
    cells.push_back({"PyTensor", std::string(rewrite->pytensor)});
  }
  return row.name + "\n" + table_text(cells, 2);
}

// The rows that a word stands for: as in optimizer_excluding.
std::vector<const PassRow*> rows_of(const std::string& word, const std::vector<PassRow>& rows,
                                    Console& console) {
  const auto match = match_rewrite(word);
  if (!match) {
    const std::string nearest = nearest_rewrite(word);
    throw UsageError("nobody registered a rewrite or tag '" + word + "'" +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  if (!match->note.empty()) console.remark("note: " + match->note + "\n");
  std::vector<const PassRow*> found;
  for (const PassRow& row : rows) {
    const bool is_meant =
        std::any_of(match->rewrites.begin(), match->rewrites.end(),
                    [&](const RewriteName* rewrite) { return rewrite->name == row.name; });
    if (is_meant) found.push_back(&row);
  }
  return found;
}

int list_passes(const PassesOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  const std::vector<PassRow> all = pass_rows();
  std::vector<PassRow> rows;
  if (options.names.empty()) rows = all;
  for (const std::string& name : options.names) {
    for (const PassRow* row : rows_of(name, all, invocation.console)) rows.push_back(*row);
  }
  if (!options.status.empty()) {
    std::erase_if(rows, [&](const PassRow& row) { return row.status != options.status; });
  }
  if (options.is_json) {
    invocation.console.print(rows_json(rows));
  } else if (options.is_markdown) {
    invocation.console.print(rows_markdown(rows));
  } else if (!options.names.empty() && rows.size() <= options.names.size()) {
    for (const PassRow& row : rows) invocation.console.print(page(row));
  } else {
    invocation.console.print(rows_text(rows));
  }
  return kExitOk;
}

}  // namespace

Action declare_passes(CLI::App& app) {
  auto options = std::make_shared<PassesOptions>();
  app.add_option("name", options->names, "Rewrites to describe, or tags to list")
      ->type_name("NAME");
  app.add_option("--status", options->status, "Only works, done_by, not_yet or not_applicable")
      ->check(CLI::IsMember({"works", "done_by", "not_yet", "not_applicable"}))
      ->type_name("STATUS");
  app.add_flag("--json", options->is_json, "As JSON: [{name, tags, position, status, note}]");
  app.add_flag("--markdown", options->is_markdown, "As a Markdown table");
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return list_passes(*options, invocation); };
}

}  // namespace tgc
