// SPDX-License-Identifier: Apache-2.0
// See config.h.
#include "flags/config.h"

#include <algorithm>
#include <utility>

#include "support/check.h"

namespace tgc {
namespace {

template <class T>
const T& value_as(const FlagSetting& setting) {
  const T* value = std::get_if<T>(&setting.value);
  TGC_CHECK(value != nullptr, "flag " + std::string(setting.flag->name) + " is of type " +
                                  std::string(flag_type_name(setting.flag->type)));
  return *value;
}

}  // namespace

std::string FlagOrigin::text() const {
  if (kind == OriginKind::default_value) return "default";
  return line > 0 ? name + ":" + std::to_string(line) : name;
}

bool FlagSetting::differs_from_default() const {
  return value != default_flag_value(*flag);
}

Config::Config() {
  for (const FlagDef& flag : flag_defs()) {
    settings_.push_back({&flag, default_flag_value(flag), {}});
  }
}

Config::Config(std::vector<FlagSetting> settings, std::vector<std::string> files)
    : settings_(std::move(settings)), files_(std::move(files)) {
  TGC_CHECK(settings_.size() == flag_defs().size(), "a config has a value for each flag");
}

bool Config::boolean(std::string_view name) const {
  return value_as<bool>(setting(name));
}

int64_t Config::integer(std::string_view name) const {
  return value_as<int64_t>(setting(name));
}

double Config::number(std::string_view name) const {
  return value_as<double>(setting(name));
}

const std::string& Config::text(std::string_view name) const {
  return value_as<std::string>(setting(name));
}

const std::vector<std::string>& Config::list(std::string_view name) const {
  return value_as<std::vector<std::string>>(setting(name));
}

std::vector<DeviceContext> Config::contexts() const {
  return read_contexts(text("contexts")).contexts;
}

Preallocation Config::preallocation() const {
  return read_preallocation(number("gpuarray.preallocate"));
}

const FlagSetting& Config::setting(std::string_view name) const {
  const auto found = std::find_if(settings_.begin(), settings_.end(),
                                  [&](const FlagSetting& s) { return s.flag->name == name; });
  TGC_CHECK(found != settings_.end(), "no flag is named " + std::string(name));
  return *found;
}

std::vector<FlagSetting> Config::non_default() const {
  std::vector<FlagSetting> changed;
  std::copy_if(settings_.begin(), settings_.end(), std::back_inserter(changed),
               [](const FlagSetting& setting) { return setting.differs_from_default(); });
  return changed;
}

}  // namespace tgc
