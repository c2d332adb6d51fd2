// SPDX-License-Identifier: Apache-2.0
// tgc cache stats|list|verify|purge: the compile cache as files.
#include <CLI/CLI.hpp>
#include <ctime>

#include "cache/compile_cache.h"
#include "cache/maintenance.h"
#include "json/json_writer.h"
#include "support/file.h"
#include "support/text.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct CacheCommandOptions {
  std::string folder;
  double older_than_days = 0;
  bool is_json = false;
  ConfigOptions config;
  OutputOptions output;
};

// "2026-07-24 18:03:11" in UTC.
std::string time_text(int64_t nanoseconds) {
  const auto seconds = static_cast<std::time_t>(nanoseconds / 1000000000);
  std::tm parts = {};
  char text[32] = "";
  if (gmtime_r(&seconds, &parts) != nullptr) {
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  }
  return text;
}

std::string stats_json(const std::string& folder, const CacheStats& stats) {
  JsonWriter json;
  json.begin_object();
  json.member("folder", folder);
  json.member("count", stats.count);
  json.member("bytes", stats.bytes);
  json.begin_object("kinds");
  for (const auto& [kind, facts] : stats.kinds) {
    json.begin_object(kind, JsonWriter::Layout::line);
    json.member("count", facts.count);
    json.member("bytes", facts.bytes);
    json.end_object();
  }
  json.end_object();
  json.member("unfinished", stats.unfinished);
  json.end_object();
  return json.take();
}

int show_stats(const std::string& folder, const CacheCommandOptions& options, Console& console) {
  const CacheStats stats = cache_stats(folder);
  if (options.is_json) {
    console.print(stats_json(folder, stats));
    return kExitOk;
  }
  std::vector<std::vector<std::string>> cells;
  for (const auto& [kind, facts] : stats.kinds) {
    cells.push_back({kind, std::to_string(facts.count), bytes_text(facts.bytes)});
  }
  cells.push_back({"total", std::to_string(stats.count), bytes_text(stats.bytes)});
  console.print(folder + (path_exists(folder) ? "" : " (not made yet)") + "\n" +
                table_text(cells, 2));
  if (stats.count > 0) {
    console.print("  last used " + time_text(stats.oldest_ns) + " to " +
                  time_text(stats.newest_ns) + " UTC\n");
  }
  if (stats.unfinished > 0) {
    console.print("  " + counted(static_cast<int64_t>(stats.unfinished), "unfinished file") +
                  " of writers at work or killed\n");
  }
  return kExitOk;
}

int show_list(const std::string& folder, const CacheCommandOptions& options, Console& console) {
  const std::vector<CacheEntryFacts> entries = list_cache(folder);
  if (options.is_json) {
    JsonWriter json;
    json.begin_array();
    for (const CacheEntryFacts& entry : entries) {
      json.begin_object(JsonWriter::Layout::line);
      json.member("kind", entry.key.kind);
      json.member("digest", entry.key.digest);
      json.member("path", entry.path);
      json.member("bytes", entry.bytes);
      json.member("used", time_text(entry.modified_ns));
      json.end_object();
    }
    json.end_array();
    console.print(json.take());
    return kExitOk;
  }
  std::vector<std::vector<std::string>> cells;
  for (const CacheEntryFacts& entry : entries) {
    const std::string kind = entry.key.kind.empty() ? "unreadable" : entry.key.kind;
    cells.push_back({kind, bytes_text(entry.bytes), time_text(entry.modified_ns), entry.path});
  }
  console.print(table_text(cells));
  return kExitOk;
}

int verify(const std::string& folder, const CacheCommandOptions& options, Console& console) {
  const std::vector<CacheFault> faults = verify_cache(folder);
  if (options.is_json) {
    JsonWriter json;
    json.begin_array();
    for (const CacheFault& fault : faults) {
      json.begin_object(JsonWriter::Layout::line);
      json.member("path", fault.path);
      json.member("reason", fault.reason);
      json.end_object();
    }
    json.end_array();
    console.print(json.take());
  } else {
    for (const CacheFault& fault : faults) console.print(fault.path + ": " + fault.reason + "\n");
    const auto count = static_cast<int64_t>(cache_stats(folder).count);
    console.tell(folder + ": " + std::to_string(count) + (count == 1 ? " entry" : " entries") +
                 ", " + std::to_string(faults.size()) + " bad" +
                 (faults.empty() ? "" : "; tgc rebuilds these when it needs them") + "\n");
  }
  return faults.empty() ? kExitOk : kExitRejected;
}

int purge(const std::string& folder, const CacheCommandOptions& options, Console& console) {
  const auto seconds = static_cast<int64_t>(options.older_than_days * 24 * 3600);
  const CacheRemoval removal = purge_cache(folder, seconds);
  for (const CacheFault& failure : removal.failures) {
    console.remark("tgc cache: cannot remove " + failure.path + ": " + failure.reason + "\n");
  }
  console.tell(folder + ": removed " + counted(static_cast<int64_t>(removal.count), "file") + ", " +
               bytes_text(removal.bytes) + "\n");
  return removal.failures.empty() ? kExitOk : kExitEnvironment;
}

using Work = int (*)(const std::string& folder, const CacheCommandOptions&, Console&);

int run_work(Work work, const CacheCommandOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  int code = kExitOk;
  const auto config = load_config(options.config, invocation, code);
  if (!config) return code;
  std::string folder = options.folder;
  if (folder.empty()) folder = config->text("cache_dir");
  if (folder.empty()) folder = cache_folder_from(invocation.environment);
  if (folder.empty()) {
    throw UsageError("there is no cache folder: set TGC_CACHE_DIR or HOME, or give --folder");
  }
  return work(folder, options, invocation.console);
}

struct CacheWork {
  const char* name;
  const char* summary;
  Work work;
};
constexpr CacheWork kWorks[] = {
    {"stats", "How many entries of which kind, and their sizes", show_stats},
    {"list", "Each entry with its kind, size, last use and path", show_list},
    {"verify", "Read every entry and name the damaged ones (exit code 1)", verify},
    {"purge", "Remove entries and unfinished files", purge},
};

}  // namespace

Action declare_cache(CLI::App& app) {
  auto options = std::make_shared<CacheCommandOptions>();
  auto chosen = std::make_shared<Work>(nullptr);
  for (const CacheWork& row : kWorks) {
    CLI::App* work = app.add_subcommand(row.name, row.summary);
    work->add_option("--folder", options->folder, "Another cache than the one in use")
        ->type_name("PATH");
    if (row.work == purge) {
      work->add_option("--older-than", options->older_than_days,
                       "Only what was not used for so long")
          ->check(CLI::NonNegativeNumber)
          ->type_name("DAYS");
    } else {
      work->add_flag("--json", options->is_json, "As JSON");
    }
    add_config_options(*work, options->config);
    add_output_options(*work, options->output);
    work->callback([chosen, &row] { *chosen = row.work; });
  }
  app.require_subcommand(1);
  return
      [options, chosen](Invocation& invocation) { return run_work(*chosen, *options, invocation); };
}

}  // namespace tgc
