// SPDX-License-Identifier: Apache-2.0
// From everything the user wrote to the one set of values in force: command line over TGC_FLAGS
// over THEANO_FLAGS and its sisters over tgc.toml, ~/.tgcrc and .theanorc over the defaults; old
// spellings are taken as today's, and what has no effect is said.
#pragma once
#include <optional>

#include "flags/config.h"
#include "flags/config_sources.h"
#include "support/diagnostic.h"

namespace tgc {

// Nothing if a flag of tgc's own sources is unknown or a value in force is invalid.
std::optional<Config> load_config(const ConfigRequest& request, Diagnostics& diagnostics);

}  // namespace tgc
