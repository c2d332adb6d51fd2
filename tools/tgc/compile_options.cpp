// SPDX-License-Identifier: Apache-2.0
// See compile_options.h.
#include "tgc/compile_options.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdio>

#include "passes/pass_manager.h"
#include "passes/rewrite_names.h"
#include "support/text.h"
#include "tgc/table.h"

namespace tgc {
namespace {

bool is_pattern(const std::string& word) {
  return word.find_first_of("*?[") != std::string::npos;
}

}  // namespace

std::vector<std::string> list_elements(const std::vector<std::string>& lists) {
  std::vector<std::string> elements;
  for (const std::string& list : lists) {
    for (const std::string& element : split(list, ',')) {
      if (const auto trimmed = trim(element); !trimmed.empty()) elements.emplace_back(trimmed);
    }
  }
  return elements;
}

std::vector<EmitOption> emit_options(const CompileOptions& options) {
  std::vector<EmitOption> emits;
  for (const std::string& element : list_elements(options.emits)) {
    const size_t equals = element.find('=');
    EmitOption emit;
    emit.stage = element.substr(0, equals);
    if (equals != std::string::npos) emit.path = element.substr(equals + 1);
    if (emit.stage != "bundle" && !parse_emit_stage(emit.stage)) {
      std::vector<std::string> known = emit_stage_names();
      known.emplace_back("bundle");
      const std::string nearest = nearest_name(emit.stage, known);
      throw UsageError("--emit: there is no stage '" + emit.stage + "'" +
                       (nearest.empty() ? "; stages are " + join(known, ", ")
                                        : "; did you mean '" + nearest + "'?"));
    }
    emits.push_back(std::move(emit));
  }
  return emits;
}

// Names, patterns of names and tags, as optimizer_excluding takes them.
std::vector<std::string> print_after_names(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  const std::vector<PassRow> rows = words.empty() ? std::vector<PassRow>() : pass_rows();
  for (const std::string& word : list_elements(words)) {
    if (word == "input" || find_pass(word) != nullptr) {
      names.push_back(word);
      continue;
    }
    const size_t before = names.size();
    for (const PassRow& row : rows) {
      const bool has_tag = std::find(row.tags.begin(), row.tags.end(), word) != row.tags.end();
      if (has_tag || fnmatch(word.c_str(), row.name.c_str(), 0) == 0) names.push_back(row.name);
    }
    if (names.size() > before) continue;
    const std::string nearest = is_pattern(word) ? "" : nearest_rewrite(word);
    throw UsageError("--print-after: there is no rewrite or tag '" + word + "'" +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  return names;
}

CompileRequest make_request(const CompileOptions& options, const Config& config,
                            Invocation& invocation) {
  Console& console = invocation.console;
  CompileRequest request;
  request.model_path = options.model;
  request.targets = list_elements(options.targets);
  request.is_dry_run = options.is_dry_run;
  request.is_cached = !options.is_uncached;
  request.threads = options.jobs;
  request.environment = tool_environment(options.config, invocation);
  const bool is_told = config.boolean("optimizer_verbose");
  if (is_told || console.is_verbose()) {
    // Theano prints replacements on stdout.
    request.verbose = [&console, is_told](const std::string& line) {
      if (is_told) {
        console.print(line + "\n");
      } else {
        console.detail(line + "\n");
      }
    };
  }
  request.progress = [&console](const std::string& stage, size_t done, size_t total) {
    std::string line = stage;
    if (total > 0) line += "  " + std::to_string(done) + "/" + std::to_string(total);
    console.progress(line, total == 0);
  };
  return request;
}

std::string optimizer_profile_text(const CompileResult& result) {
  constexpr double kMicroseconds = 1e6;
  std::string text;
  for (const CompiledFunction& function : result.functions) {
    std::vector<std::vector<std::string>> cells = {
        {"PASS", "CALLS", "APPLIED", "MICROSECONDS", "NODES"}};
    for (const PassTiming& pass : function.passes) {
      const std::string nodes =
          std::to_string(pass.nodes_before) + " -> " + std::to_string(pass.nodes_after);
      cells.push_back({(pass.within.empty() ? "" : "  ") + pass.name, std::to_string(pass.calls),
                       std::to_string(pass.times),
                       std::to_string(static_cast<int64_t>(pass.seconds * kMicroseconds)),
                       pass.within.empty() ? nodes : ""});
    }
    text += "function " + function.name + "\n" + table_text(cells, 2);
  }
  return text;
}

std::string timing_text(const CompileResult& result) {
  double total = 0;
  std::vector<std::vector<std::string>> cells;
  const auto row = [&cells](const std::string& name, double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%9.3f s", seconds);
    cells.push_back({name, text});
  };
  for (const StageTime& time : result.times) {
    total += time.seconds;
    row(time.name, time.seconds);
  }
  row("total", total);
  return table_text(cells, 2);
}

}  // namespace tgc
