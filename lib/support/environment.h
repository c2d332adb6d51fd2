// SPDX-License-Identifier: Apache-2.0
// Environment variables as a value, so that tests and --isolated can give their own.
#pragma once
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

namespace tgc {

using EnvironmentLookup = std::function<std::optional<std::string>(const std::string&)>;

inline EnvironmentLookup process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
}

}  // namespace tgc
