// SPDX-License-Identifier: Apache-2.0
// See config_sources.h.
#include "flags/config_sources.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "flags/assignments.h"
#include "flags/ini_file.h"
#include "flags/toml_file.h"
#include "support/text.h"

namespace tgc {
namespace {

namespace fs = std::filesystem;

// A family of names: its variable with flags, the one that lists config files, and the usual file.
struct Family {
  const char* flags_variable;
  const char* files_variable;
  const char* usual_file;
};
// In rising order of precedence.
constexpr Family kFamilies[] = {{"PYTENSOR_FLAGS", "PYTENSORRC", ".pytensorrc"},
                                {"AESARA_FLAGS", "AESARARC", ".aesararc"},
                                {"THEANO_FLAGS", "THEANORC", ".theanorc"}};

bool is_own(OriginKind kind) {
  return kind == OriginKind::command_line || kind == OriginKind::tgc_variable ||
         kind == OriginKind::project_file || kind == OriginKind::home_file;
}

bool fits(const FlagDef& flag, TomlKind kind) {
  switch (flag.type) {
    case FlagType::boolean:
      return kind == TomlKind::boolean;
    case FlagType::integer:
      return kind == TomlKind::integer;
    case FlagType::number:
      return kind == TomlKind::integer || kind == TomlKind::number;
    case FlagType::list:
      return kind == TomlKind::text || kind == TomlKind::list;
    // floatX = 32 and dnn.enabled = true read as their words.
    case FlagType::choice:
      return kind == TomlKind::text || kind == TomlKind::boolean || kind == TomlKind::integer;
    case FlagType::text:
    case FlagType::path:
    case FlagType::device:
    case FlagType::contexts:
      return kind == TomlKind::text;
  }
  return false;
}

const char* toml_expectation(FlagType type) {
  switch (type) {
    case FlagType::boolean:
      return "true or false";
    case FlagType::integer:
      return "an integer";
    case FlagType::number:
      return "a number";
    case FlagType::list:
      return "an array of strings, or one string with \":\" between the words";
    case FlagType::choice:
    case FlagType::text:
    case FlagType::path:
    case FlagType::device:
    case FlagType::contexts:
      return "a string";
  }
  return "";
}

class Gatherer {
 public:
  Gatherer(const ConfigRequest& request, Diagnostics& diagnostics)
      : request_(request), diagnostics_(diagnostics) {}

  WrittenFlags run() {
    if (!request_.is_isolated) gather_home();
    if (!request_.project_folder.empty()) gather_project();
    if (!request_.is_isolated) gather_variables();
    for (const std::string& text : request_.assignments) {
      gather_text(text, {OriginKind::command_line, "command line", {}, 0, 0, {}});
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string variable(const std::string& name) const {
    const auto found = request_.environment.find(name);
    return found == request_.environment.end() ? "" : found->second;
  }

  // Nothing if there is no such file; one that is there and cannot be read is reported.
  std::optional<std::string> read_file(const std::string& path, OriginKind kind) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return std::nullopt;
    std::ifstream stream(path, std::ios::binary);
    if (stream) return std::string(std::istreambuf_iterator<char>(stream), {});
    const Severity severity = is_own(kind) ? Severity::error : Severity::warning;
    diagnostics_.add(
        {severity, "config-file", "the file cannot be read", {path, "", 0, 0, 0}, {}, {}});
    return std::nullopt;
  }

  void gather_home() {
    const std::string home = variable("HOME");
    for (const Family& family : kFamilies) {
      const std::string listed = variable(family.files_variable);
      if (!listed.empty()) {
        for (const std::string& path : split(listed, ':')) {
          const bool is_below_home = path.starts_with("~/") && !home.empty();
          gather_ini(is_below_home ? home + path.substr(1) : path, path, OriginKind::theano_file);
        }
      } else if (!home.empty()) {
        const std::string name = family.usual_file;
        gather_ini(home + "/" + name, "~/" + name, OriginKind::theano_file);
      }
    }
    if (!home.empty()) gather_ini(home + "/.tgcrc", "~/.tgcrc", OriginKind::home_file);
  }

  void gather_variables() {
    for (const Family& family : kFamilies) {
      gather_text(variable(family.flags_variable),
                  {OriginKind::theano_variable, family.flags_variable, {}, 0, 0, {}});
    }
    if (const std::string folder = variable("TGC_CACHE_DIR"); !folder.empty()) {
      ++source_;
      add(find_flag("cache_dir"), "cache_dir", folder,
          {OriginKind::tgc_variable, "TGC_CACHE_DIR", {}, 0, 0, folder});
    }
    gather_text(variable("TGC_FLAGS"), {OriginKind::tgc_variable, "TGC_FLAGS", {}, 0, 0, {}});
  }

  void gather_text(const std::string& text, FlagOrigin origin) {
    ++source_;
    origin.raw = text;
    const auto items = split_assignments(text);
    if (!items) {
      locate(diagnostics_.error("flag-syntax", origin.name + ": no closing quotation"), origin);
      return;
    }
    for (const FlagAssignment& item : *items) {
      origin.raw = item.key;
      if (!item.has_value) {
        report_valueless(item.key, origin);
        continue;
      }
      origin.raw += "=" + item.value;
      add(find_flag(item.key), item.key, item.value, origin);
    }
  }

  // A bare word on the command line is a slip; in a variable Theano drops it with a warning.
  void report_valueless(const std::string& key, const FlagOrigin& origin) {
    const std::string message = origin.name + ": '" + key + "' has no value";
    if (origin.kind == OriginKind::command_line) {
      diagnostics_.error("flag-syntax", message).hint = "write " + key + "=VALUE";
    } else {
      locate(diagnostics_.warning("flag-syntax", message + ", ignoring it"), origin);
    }
  }

  void gather_ini(const std::string& path, const std::string& name, OriginKind kind) {
    const auto text = read_file(path, kind);
    if (!text) return;
    ++source_;
    result_.files.push_back(path);
    std::map<std::string, std::string> known = {{"PID", std::to_string(request_.process_id)}};
    for (const char* word : {"USER", "LSCRATCH", "TMPDIR", "TEMP", "TMP"}) {
      known[word] = variable(word);
    }
    const IniFile file = parse_ini(*text, known);
    for (const IniProblem& problem : file.problems) {
      const Location location{path, "", problem.line, 0, 0};
      if (is_own(kind)) {
        diagnostics_.error("config-file", problem.message, location);
      } else {
        diagnostics_.warning("config-file", problem.message + "; ignoring it", location);
      }
    }
    for (const IniEntry& entry : file.entries) {
      // [DEFAULT] also holds names that only %(NAME)s uses.
      const bool is_default = entry.section == "DEFAULT";
      const std::string section = is_default ? "global" : entry.section;
      const std::string key = (section == "global" ? "" : section + ".") + entry.option;
      const FlagDef* flag = find_flag_in_section(section, entry.option);
      if (is_default && flag == nullptr) continue;
      add(flag, key, entry.value, {kind, name, path, entry.line, 0, key + "=" + entry.value});
    }
  }

  void gather_project() {
    const std::string path =
        (fs::path(request_.project_folder) / "tgc.toml").lexically_normal().string();
    const auto text = read_file(path, OriginKind::project_file);
    if (!text) return;
    ++source_;
    result_.files.push_back(path);
    const TomlFile file = parse_toml(*text);
    if (!file.error.empty()) {
      diagnostics_
          .error("config-file", file.error, {path, "", file.error_line, file.error_column, 0})
          .hint = R"(a value is "text" in quotes, a number, true, false or a list ["a", "b"])";
      return;
    }
    for (const TomlEntry& entry : file.entries) {
      const FlagOrigin origin = {
          OriginKind::project_file,     "tgc.toml", path, entry.line, entry.column,
          entry.key + "=" + entry.value};
      const FlagDef* flag = find_flag(entry.key);
      if (flag != nullptr && !fits(*flag, entry.kind)) {
        locate(diagnostics_.error("flag-value", "configuration variable \"" + entry.key +
                                                    "\" expects " + toml_expectation(flag->type)),
               origin);
        continue;
      }
      add(flag, entry.key, entry.value, origin);
    }
  }

  void add(const FlagDef* flag, const std::string& key, const std::string& value,
           const FlagOrigin& origin) {
    if (flag != nullptr) {
      result_.flags.push_back({flag, value, origin, source_});
      return;
    }
    const std::string message = "tgc does not recognise this flag: " + key;
    if (is_own(origin.kind)) {
      report_unknown(diagnostics_.error("unknown-flag", message), key, origin);
    } else if (origin.kind == OriginKind::theano_variable) {
      report_unknown(diagnostics_.warning("unknown-flag", message), key, origin);
    } else if (request_.is_verbose) {
      report_unknown(diagnostics_.note("unknown-flag", message), key, origin);
    }
  }

  static void report_unknown(Diagnostic& diagnostic, const std::string& key,
                             const FlagOrigin& origin) {
    const std::string nearest = nearest_flag(key);
    if (!nearest.empty()) diagnostic.hint = "did you mean '" + nearest + "'?";
    locate(diagnostic, origin);
  }

  const ConfigRequest& request_;
  Diagnostics& diagnostics_;
  WrittenFlags result_;
  int source_ = 0;
};

}  // namespace

std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

WrittenFlags gather_flags(const ConfigRequest& request, Diagnostics& diagnostics) {
  return Gatherer(request, diagnostics).run();
}

void locate(Diagnostic& diagnostic, const FlagOrigin& origin) {
  if (!origin.file.empty()) {
    diagnostic.location = {origin.file, "", origin.line, origin.column, 0};
  } else if (origin.kind == OriginKind::command_line) {
    diagnostic.notes.push_back({"on the command line: " + origin.raw, {}});
  } else if (origin.kind != OriginKind::default_value) {
    diagnostic.notes.push_back({"in " + origin.name + ": " + origin.raw, {}});
  }
}

}  // namespace tgc
