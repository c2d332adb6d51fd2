// SPDX-License-Identifier: Apache-2.0
// The JSON Schema of tgc.toml, printed from the registry. schemas/config.schema.json is this text.
#pragma once
#include <string>

namespace tgc {

std::string config_schema_text();

}  // namespace tgc
