// SPDX-License-Identifier: Apache-2.0
// What NVRTC was given, against what the emulation compiled: the environment in which tgc loads
// recording_nvrtc in front of the real one, and hashes of texts.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "helpers/emulation/emulated_module.h"

namespace tgc {

// Variables under which the NVRTC at `real_path` is recorded into `folder`.
std::map<std::string, std::string> recording_variables(const std::string& real_path,
                                                       const std::string& folder);

// SHA-256 of every recorded text, sorted.
std::vector<std::string> recorded_hashes(const std::string& folder);
// SHA-256 of every unit (a text from one #include of the prelude to the next) in the very source
// the emulation gives to the host compiler, sorted.
std::vector<std::string> emulated_hashes(const std::vector<EmulatedText>& texts);

}  // namespace tgc
