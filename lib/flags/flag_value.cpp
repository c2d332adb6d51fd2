// SPDX-License-Identifier: Apache-2.0
// See flag_value.h.
#include "flags/flag_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "flags/device_flags.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

std::string invalid(const FlagDef& flag, std::string_view text, const std::string& expected) {
  return "invalid value (\"" + std::string(text) + "\") for configuration variable \"" +
         std::string(flag.name) + "\". " + expected;
}

std::string options_text(const std::vector<std::string>& options) {
  return "Valid options are (\"" + join(options, "\", \"") + "\")";
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

ParsedFlagValue parse_boolean(const FlagDef& flag, std::string_view text) {
  if (text == "False" || text == "false" || text == "0") return {false, {}, {}, {}};
  if (text == "True" || text == "true" || text == "1") return {true, {}, {}, {}};
  const std::vector<std::string> options = {"False", "false", "0", "True", "true", "1"};
  return {{}, invalid(flag, text, options_text(options)), {}, {}};
}

ParsedFlagValue parse_integer(const FlagDef& flag, std::string_view text) {
  const auto number = read_number<int64_t>(text);
  if (!number) return {{}, invalid(flag, text, "An integer is expected"), {}, {}};
  const bool is_count = flag.name == "threads";
  if (is_count && *number < 0) {
    return {{}, invalid(flag, text, "It must not be negative"), {}, {}};
  }
  return {*number, {}, {}, {}};
}

ParsedFlagValue parse_number(const FlagDef& flag, std::string_view text) {
  const auto number = read_number<double>(text);
  if (!number || std::isnan(*number)) {
    return {{}, invalid(flag, text, "A number is expected"), {}, {}};
  }
  const bool is_memory = flag.name == "gpuarray.preallocate" || flag.name == "lib.cnmem";
  if (is_memory && std::isinf(*number)) {
    return {{}, invalid(flag, text, "A finite number is expected"), {}, {}};
  }
  const bool is_never_negative = flag.name == "lib.cnmem" || flag.name == "optdb.max_use_ratio";
  if (is_never_negative && *number < 0) {
    return {{}, invalid(flag, text, "It must not be negative"), {}, {}};
  }
  return {*number, {}, {}, {}};
}

ParsedFlagValue parse_choice(const FlagDef& flag, std::string_view text) {
  std::string word(text);
  if (flag.name == "floatX" && (word == "64" || word == "32" || word == "16")) {
    word = "float" + word;
  }
  const std::vector<std::string> options = flag_choices(flag);
  if (std::find(options.begin(), options.end(), word) == options.end()) {
    std::string nearest = nearest_name(word, options);
    // "o9" is as near to o4 as to o1: then the list alone helps.
    const auto count = std::count_if(options.begin(), options.end(), [&](const auto& option) {
      return option.size() == nearest.size() &&
             edit_distance(word, option) == edit_distance(word, nearest);
    });
    if (count > 1) nearest.clear();
    return {{},
            invalid(flag, text, options_text(options)),
            nearest.empty() ? "" : "did you mean '" + nearest + "'?",
            {}};
  }
  if (word == "pdb") {
    return {
        "raise",
        {},
        {},
        "'" + std::string(flag.name) + "=pdb' is taken as 'raise'; there is no debugger to enter"};
  }
  return {word, {}, {}, {}};
}

std::string expand_home(std::string_view text, std::string_view home) {
  const bool is_below_home = text == "~" || text.starts_with("~/");
  if (!is_below_home || home.empty()) return std::string(text);
  return std::string(home) + std::string(text.substr(1));
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> list;
  for (const std::string& part : split(text, ':')) {
    if (const std::string_view word = trim(part); !word.empty()) list.emplace_back(word);
  }
  return list;
}

ParsedFlagValue parse_device_flag(const FlagDef& flag, std::string_view text) {
  const DeviceText device = read_device(flag.name, text);
  if (!device.error.empty()) return {{}, device.error, {}, {}};
  return {device.name, {}, {}, device.note};
}

ParsedFlagValue parse_contexts_flag(std::string_view text) {
  const ContextsText contexts = read_contexts(text);
  if (!contexts.error.empty()) return {{}, contexts.error, {}, {}};
  return {contexts_text(contexts.contexts), {}, {}, contexts.note};
}

}  // namespace

ParsedFlagValue parse_flag_value(const FlagDef& flag, std::string_view text,
                                 std::string_view home) {
  switch (flag.type) {
    case FlagType::boolean:
      return parse_boolean(flag, text);
    case FlagType::integer:
      return parse_integer(flag, text);
    case FlagType::number:
      return parse_number(flag, text);
    case FlagType::choice:
      return parse_choice(flag, text);
    case FlagType::text:
      return {std::string(text), {}, {}, {}};
    case FlagType::path:
      return {expand_home(text, home), {}, {}, {}};
    case FlagType::list:
      return {parse_list(text), {}, {}, {}};
    case FlagType::device:
      return parse_device_flag(flag, text);
    case FlagType::contexts:
      return parse_contexts_flag(text);
  }
  TGC_CHECK(false, "unknown flag type");
}

FlagValue default_flag_value(const FlagDef& flag) {
  const ParsedFlagValue parsed = parse_flag_value(flag, flag.default_value, "");
  TGC_CHECK(parsed.value.has_value(), "bad default of flag " + std::string(flag.name));
  return *parsed.value;
}

std::string flag_value_text(const FlagValue& value) {
  struct Printer {
    std::string operator()(bool b) const { return b ? "True" : "False"; }
    std::string operator()(int64_t i) const { return std::to_string(i); }
    std::string operator()(double d) const { return number_text(d); }
    std::string operator()(const std::string& s) const { return s; }
    std::string operator()(const std::vector<std::string>& list) const { return join(list, ":"); }
  };
  return std::visit(Printer{}, value);
}

}  // namespace tgc
