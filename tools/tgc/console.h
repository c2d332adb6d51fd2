// SPDX-License-Identifier: Apache-2.0
// What the command prints. Results go to stdout; diagnostics, progress and remarks to stderr. The
// progress line is drawn on a terminal only and is wiped before anything else is printed.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "support/diagnostic.h"
#include "support/diagnostic_printer.h"
#include "support/environment.h"

namespace spdlog {
class logger;
}

namespace tgc {

enum class ColorChoice { automatic, always, never };
enum class DiagnosticsFormat { text, json };

struct ConsoleSettings {
  ColorChoice color = ColorChoice::automatic;
  DiagnosticsFormat diagnostics = DiagnosticsFormat::text;
  bool is_quiet = false;
  int verbosity = 0;
};

class Console {
 public:
  explicit Console(EnvironmentLookup environment);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void configure(const ConsoleSettings& settings);
  [[nodiscard]] const ConsoleSettings& settings() const { return settings_; }
  [[nodiscard]] bool is_verbose() const { return settings_.verbosity > 0; }
  // May a progress line be drawn?
  [[nodiscard]] bool shows_progress() const;
  [[nodiscard]] int columns() const;  // of the terminal, 80 where there is none

  void print(std::string_view text);   // a result: stdout
  void tell(std::string_view text);    // what was done: stdout, unless quiet
  void remark(std::string_view text);  // stderr, unless quiet: a line of the log
  void detail(std::string_view text);  // stderr, with -v: a line of the log
  void show(std::string_view text);    // stderr: what was asked for, beside the results
  // Redraws the progress line, at most ten times a second unless `is_now`.
  void progress(std::string_view line, bool is_now = false);
  void clear_progress();

  // Prints the diagnostics that were added since the last call. As JSON they are one array, which
  // finish() prints.
  void report(const Diagnostics& diagnostics);
  // The last call: what is left to report. False if stdout could not be written.
  bool finish(const Diagnostics& diagnostics);

  // Text in bold or a colour where stdout has colours.
  [[nodiscard]] std::string bold(std::string_view text) const;

 private:
  [[nodiscard]] bool has_color(int descriptor) const;

  EnvironmentLookup environment_;
  ConsoleSettings settings_;
  std::unique_ptr<spdlog::logger> log_;  // on stderr, at the level of -q and -v
  SourceLines source_lines_;
  size_t reported_ = 0;
  bool has_progress_ = false;
  bool is_output_lost_ = false;
  std::chrono::steady_clock::time_point drawn_;
};

// [{"severity": "error", "code": …, "message": …, "file": …, "line": 14, …}, …]
std::string diagnostics_json(const Diagnostics& diagnostics);

}  // namespace tgc
