// SPDX-License-Identifier: Apache-2.0
// A home and a project folder of their own for tests of load_config(), and diagnostics as lines.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "flags/load_config.h"

namespace tgc {

class ConfigFixture {
 public:
  ConfigFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tgc-flags-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    std::filesystem::create_directories(home());
    std::filesystem::create_directories(project());
    request.environment["HOME"] = home();
    request.environment["USER"] = "ada";
    request.project_folder = project();
    request.process_id = 42;
  }
  ConfigFixture(const ConfigFixture&) = delete;
  ConfigFixture& operator=(const ConfigFixture&) = delete;
  ~ConfigFixture() { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::string home() const { return root_ + "/home"; }
  [[nodiscard]] std::string project() const { return root_ + "/project"; }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }

  void set(const std::string& variable, const std::string& text) {
    request.environment[variable] = text;
  }

  std::optional<Config> load() {
    diagnostics = {};
    return load_config(request, diagnostics);
  }

  // "error [code] message; hint; note" for each diagnostic, folders written as ~ and "project".
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> result;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      std::string line = severity_name(diagnostic.severity) + " [" + diagnostic.code + "] ";
      if (!diagnostic.location.file.empty()) {
        line += diagnostic.location.file + ":" + std::to_string(diagnostic.location.line) + ": ";
      }
      line += diagnostic.message;
      if (!diagnostic.hint.empty()) line += "; " + diagnostic.hint;
      for (const DiagnosticNote& note : diagnostic.notes) line += "; " + note.message;
      result.push_back(shorten(line));
    }
    return result;
  }

  [[nodiscard]] std::string shorten(std::string text) const {
    for (const auto& [folder, word] : {std::pair(home(), "~"), std::pair(project(), "project")}) {
      for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
        text.replace(at, folder.size(), word);
      }
    }
    return text;
  }

  ConfigRequest request;
  Diagnostics diagnostics;

 private:
  static std::string severity_name(Severity severity) {
    if (severity == Severity::error) return "error";
    return severity == Severity::warning ? "warning" : "note";
  }

  std::string root_;
};

}  // namespace tgc
