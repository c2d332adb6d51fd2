// SPDX-License-Identifier: Apache-2.0
// See console.h.
#include "tgc/console.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "json/json_writer.h"

namespace tgc {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);

void write_location(JsonWriter& json, const Location& location) {
  if (!location.file.empty()) json.member("file", location.file);
  if (!location.pointer.empty()) json.member("pointer", location.pointer);
  if (location.line > 0) json.member("line", location.line);
  if (location.column > 0) json.member("column", location.column);
  if (location.length > 0) json.member("length", location.length);
}

void write_diagnostic(JsonWriter& json, const Diagnostic& diagnostic) {
  json.begin_object(JsonWriter::Layout::line);
  json.member("severity", severity_name(diagnostic.severity));
  json.member("code", diagnostic.code);
  json.member("message", diagnostic.message);
  write_location(json, diagnostic.location);
  if (!diagnostic.notes.empty()) {
    json.begin_array("notes", JsonWriter::Layout::line);
    for (const DiagnosticNote& note : diagnostic.notes) {
      json.begin_object(JsonWriter::Layout::line);
      json.member("message", note.message);
      write_location(json, note.location);
      json.end_object();
    }
    json.end_array();
  }
  if (!diagnostic.hint.empty()) json.member("hint", diagnostic.hint);
  json.end_object();
}

int dropped_errors(const Diagnostics& diagnostics) {
  const auto shown = std::count_if(
      diagnostics.all().begin(), diagnostics.all().end(),
      [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; });
  return diagnostics.error_count() - static_cast<int>(shown);
}

spdlog::string_view_t view(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Console::Console(EnvironmentLookup environment)
    : environment_(std::move(environment)),
      log_(std::make_unique<spdlog::logger>("tgc",
                                            std::make_shared<spdlog::sinks::stderr_sink_st>())) {
  // The text alone: what the command tells is the same at any time and in any process.
  log_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""));
  configure(settings_);
}

Console::~Console() {
  clear_progress();
}

void Console::configure(const ConsoleSettings& settings) {
  settings_ = settings;
  log_->set_level(settings.is_quiet ? spdlog::level::warn
                                    : (is_verbose() ? spdlog::level::debug : spdlog::level::info));
}

bool Console::shows_progress() const {
  if (settings_.is_quiet || settings_.diagnostics == DiagnosticsFormat::json) return false;
  return isatty(STDERR_FILENO) != 0 && environment_("TERM").value_or("") != "dumb";
}

int Console::columns() const {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

bool Console::has_color(int descriptor) const {
  if (settings_.color != ColorChoice::automatic) return settings_.color == ColorChoice::always;
  if (!environment_("NO_COLOR").value_or("").empty()) return false;
  const std::string forced = environment_("CLICOLOR_FORCE").value_or("");
  if (!forced.empty() && forced != "0") return true;
  return isatty(descriptor) != 0 && environment_("TERM").value_or("") != "dumb";
}

std::string Console::bold(std::string_view text) const {
  if (!has_color(STDOUT_FILENO)) return std::string(text);
  return "\033[1m" + std::string(text) + "\033[0m";
}

void Console::print(std::string_view text) {
  clear_progress();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) is_output_lost_ = true;
}

void Console::tell(std::string_view text) {
  if (!settings_.is_quiet) print(text);
}

void Console::remark(std::string_view text) {
  clear_progress();
  log_->info(view(text));
}

void Console::detail(std::string_view text) {
  if (log_->should_log(spdlog::level::debug)) clear_progress();
  log_->debug(view(text));
}

void Console::show(std::string_view text) {
  clear_progress();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Console::progress(std::string_view line, bool is_now) {
  if (!shows_progress()) return;
  const auto now = std::chrono::steady_clock::now();
  if (!is_now && has_progress_ && now - drawn_ < kRedrawInterval) return;
  drawn_ = now;
  has_progress_ = true;
  std::fflush(stdout);
  const std::string text(line.substr(0, static_cast<size_t>(columns() - 1)));
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
}

void Console::clear_progress() {
  if (!std::exchange(has_progress_, false)) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

void Console::report(const Diagnostics& diagnostics) {
  if (settings_.diagnostics == DiagnosticsFormat::json) return;
  DiagnosticStyle style;
  style.color = has_color(STDERR_FILENO);
  style.source_line = [this](const std::string& file, int line) {
    return source_lines_(file, line);
  };
  const auto& all = diagnostics.all();
  if (reported_ < all.size()) {
    clear_progress();
    std::fflush(stdout);
  }
  for (; reported_ < all.size(); ++reported_) {
    if (settings_.is_quiet && all[reported_].severity == Severity::note) continue;
    std::fputs(diagnostic_text(all[reported_], style).c_str(), stderr);
  }
}

bool Console::finish(const Diagnostics& diagnostics) {
  clear_progress();
  if (settings_.diagnostics == DiagnosticsFormat::json) {
    std::fputs(diagnostics_json(diagnostics).c_str(), stderr);
  } else {
    report(diagnostics);
    if (const int more = dropped_errors(diagnostics); more > 0) {
      std::fprintf(stderr, "… and %d more error%s\n", more, more == 1 ? "" : "s");
    }
  }
  std::fflush(stderr);
  return std::fflush(stdout) == 0 && !is_output_lost_;
}

std::string diagnostics_json(const Diagnostics& diagnostics) {
  JsonWriter json;
  json.begin_array();
  for (const Diagnostic& diagnostic : diagnostics.all()) write_diagnostic(json, diagnostic);
  if (const int more = dropped_errors(diagnostics); more > 0) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("severity", "note");
    json.member("message", std::to_string(more) + " more errors are not shown");
    json.end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace tgc
