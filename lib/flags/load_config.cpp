// SPDX-License-Identifier: Apache-2.0
// See load_config.h.
#include "flags/load_config.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "flags/flag_rules.h"
#include "support/check.h"

namespace tgc {
namespace {

std::string setting_text(const FlagDef& flag, const std::string& value) {
  return "'" + std::string(flag.name) + "=" + value + "'";
}

class Loader {
 public:
  Loader(const ConfigRequest& request, Diagnostics& diagnostics)
      : request_(request), diagnostics_(diagnostics) {
    const auto home = request.environment.find("HOME");
    if (home != request.environment.end() && !request.is_isolated) home_ = home->second;
    for (const FlagDef& flag : flag_defs()) {
      settings_.push_back({&flag, default_flag_value(flag), {}});
    }
    written_.resize(settings_.size());
  }

  std::optional<Config> run() {
    const int errors_before = diagnostics_.error_count();
    WrittenFlags all = gather_flags(request_, diagnostics_);
    for (const WrittenFlag& one : all.flags) written_[index_of(*one.flag)] = one;
    // Targets of a mapping are set in the second round, so that both rounds see final values.
    for (size_t i = 0; i < settings_.size(); ++i) read(i);
    for (size_t i = 0; i < settings_.size(); ++i) map(i);
    for (size_t i = 0; i < settings_.size(); ++i) report_effect(i);
    check_initialised_device();
    if (diagnostics_.error_count() > errors_before) return std::nullopt;
    return Config(std::move(settings_), std::move(all.files));
  }

 private:
  static size_t index_of(const FlagDef& flag) {
    return static_cast<size_t>(&flag - flag_defs().data());
  }

  size_t index_of(std::string_view name) const {
    const FlagDef* flag = find_flag(name);
    TGC_CHECK(flag != nullptr, "a mapping names the flag " + std::string(name));
    return index_of(*flag);
  }

  void read(size_t i) {
    const auto& written = written_[i];
    if (!written) return;
    FlagSetting& setting = settings_[i];
    const ParsedFlagValue parsed = parse_flag_value(*setting.flag, written->value, home_);
    if (!parsed.value) {
      Diagnostic& diagnostic = diagnostics_.error("flag-value", parsed.error);
      diagnostic.hint = parsed.hint;
      locate(diagnostic, written->origin);
      return;
    }
    if (!parsed.note.empty() && is_told(written->origin)) {
      locate(diagnostics_.note("flag-mapped", parsed.note), written->origin);
    }
    setting.value = *parsed.value;
    setting.origin = written->origin;
  }

  void map(size_t i) {
    if (!written_[i] || settings_[i].origin.kind == OriginKind::default_value) return;
    const WrittenFlag source = *written_[i];
    const FlagMapping mapping = map_flag(*source.flag, settings_[i].value);
    if (mapping.target.empty()) return;
    const size_t target = index_of(mapping.target);
    if (settings_[target].flag->type == FlagType::list) {
      append(target, mapping.value, source);
    } else {
      replace(target, mapping, source);
    }
  }

  void append(size_t target, const std::string& word, const WrittenFlag& source) {
    auto& words = std::get<std::vector<std::string>>(settings_[target].value);
    if (std::find(words.begin(), words.end(), word) != words.end()) return;
    words.push_back(word);
    if (settings_[target].origin.kind < source.origin.kind)
      settings_[target].origin = source.origin;
    note_mapping(source, setting_text(*settings_[target].flag, word));
  }

  void replace(size_t target, const FlagMapping& mapping, const WrittenFlag& source) {
    const auto& present = written_[target];
    const bool is_same_place = present && present->source == source.source;
    const bool wins = !present || present->source < source.source ||
                      (is_same_place && (present->is_mapped || mapping.wins_over_target));
    if (!wins) return;
    const FlagDef& flag = *settings_[target].flag;
    const bool is_conflict =
        mapping.wins_over_target && is_same_place && present->value != mapping.value;
    if (is_conflict) {
      locate(diagnostics_.warning("flag-conflict",
                                  setting_text(*source.flag, source.value) + " wins over " +
                                      setting_text(flag, present->value) + ", as in Theano"),
             source.origin);
    } else if (request_.is_verbose || !mapping.wins_over_target) {
      note_mapping(source, setting_text(flag, mapping.value));
    }
    const FlagOrigin origin = source.origin;
    written_[target] = WrittenFlag{&flag, mapping.value, origin, source.source, true};
    read(target);
  }

  // What stands in files and environment is the same for each command.
  [[nodiscard]] bool is_told(const FlagOrigin& origin) const {
    return request_.is_verbose || request_.tells_mappings ||
           origin.kind == OriginKind::command_line;
  }

  void note_mapping(const WrittenFlag& source, const std::string& meaning) {
    if (!is_told(source.origin)) return;
    locate(diagnostics_.note("flag-mapped",
                             setting_text(*source.flag, source.value) + " is taken as " + meaning),
           source.origin);
  }

  void report_effect(size_t i) {
    if (!written_[i] || written_[i]->is_mapped) return;
    const FlagSetting& setting = settings_[i];
    if (!setting.differs_from_default()) return;
    const FlagDef& flag = *setting.flag;
    const std::string text = setting_text(flag, written_[i]->value);
    const std::string reason = reason_of_no_effect(flag, setting.value);
    if (flag.action == FlagAction::rejects) {
      locate(diagnostics_.error("flag-rejected", std::string(flag.detail)), setting.origin);
    } else if (!reason.empty()) {
      // A .theanorc was written for Theano; what it asks of tgc in vain is no surprise.
      const bool is_theano_file = setting.origin.kind == OriginKind::theano_file;
      const Severity severity = is_theano_file ? Severity::note : Severity::warning;
      locate(diagnostics_.add(
                 {severity, "flag-no-effect", text + " has no effect: " + reason, {}, {}, {}}),
             setting.origin);
    } else if (flag.action == FlagAction::ignores && request_.is_verbose) {
      locate(diagnostics_.note("flag-no-effect",
                               text + " is accepted and ignored: " + std::string(flag.detail)),
             setting.origin);
    }
  }

  void check_initialised_device() {
    const FlagSetting& initialised = settings_[index_of("init_gpu_device")];
    const FlagSetting& device = settings_[index_of("device")];
    const auto& name = std::get<std::string>(initialised.value);
    const auto& device_name = std::get<std::string>(device.value);
    if (name.empty() || device_name == "cpu") return;
    locate(diagnostics_.error("flag-conflict",
                              "init_gpu_device=" + name +
                                  " can be used only when device=cpu, but device=" + device_name +
                                  " (" + device.origin.text() + ")"),
           initialised.origin);
  }

  const ConfigRequest& request_;
  Diagnostics& diagnostics_;
  std::string home_;
  std::vector<FlagSetting> settings_;
  std::vector<std::optional<WrittenFlag>> written_;  // what won for each flag
};

}  // namespace

std::optional<Config> load_config(const ConfigRequest& request, Diagnostics& diagnostics) {
  return Loader(request, diagnostics).run();
}

}  // namespace tgc
