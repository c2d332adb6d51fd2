// SPDX-License-Identifier: Apache-2.0
// See flag_report.h.
#include "flags/flag_report.h"

#include "support/check.h"

namespace tgc {
namespace {

FlagRow make_flag_row(const FlagSetting& setting) {
  const FlagDef& flag = *setting.flag;
  FlagRow row;
  row.name = flag.name;
  row.group = flag.group;
  row.type = flag_type_name(flag.type);
  row.choices = flag_choices(flag);
  row.default_value = flag_value_text(default_flag_value(flag));
  row.value = flag_value_text(setting.value);
  row.origin = setting.origin.text();
  row.written = setting.origin.raw;
  row.action = flag_action_name(flag.action);
  row.detail = flag.detail;
  row.scope = flag_scope_name(flag.scope);
  row.effect = flag.effect;
  row.is_default = !setting.differs_from_default();
  return row;
}

}  // namespace

std::vector<FlagRow> flag_rows(const Config& config) {
  std::vector<FlagRow> rows;
  for (const FlagSetting& setting : config.settings()) rows.push_back(make_flag_row(setting));
  return rows;
}

std::optional<FlagRow> flag_row(const Config& config, std::string_view name) {
  const FlagDef* flag = find_flag(name);
  if (flag == nullptr) return std::nullopt;
  return make_flag_row(config.setting(flag->name));
}

std::string flag_action_text(const FlagDef& flag) {
  switch (flag.action) {
    case FlagAction::honours:
      return "tgc acts on it";
    case FlagAction::maps:
      return "becomes " + std::string(flag.detail);
    case FlagAction::ignores:
      return "accepted and ignored: " + std::string(flag.detail);
    case FlagAction::warns:
      return "no effect, with a warning: " + std::string(flag.detail);
    case FlagAction::rejects:
      return "an error unless left at its default: " + std::string(flag.detail);
  }
  TGC_CHECK(false, "unknown flag action");
}

}  // namespace tgc
