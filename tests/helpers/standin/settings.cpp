// SPDX-License-Identifier: Apache-2.0
// See settings.h.
#include "helpers/standin/settings.h"

#include <cstdlib>

namespace tgc::standin {
namespace {

struct NamedFailure {
  const char* name;
  Failure failure;
};
constexpr NamedFailure kFailures[] = {
    {"no-device", Failure::no_device},
    {"driver-mismatch", Failure::driver_mismatch},
    {"old-driver", Failure::old_driver},
    {"busy-device", Failure::busy_device},
    {"out-of-memory", Failure::out_of_memory},
    {"out-of-host-memory", Failure::out_of_host_memory},
    {"full-at-load", Failure::full_at_load},
    {"wrong-architecture", Failure::wrong_architecture},
    {"unsupported-ptx", Failure::unsupported_ptx},
    {"unknown-function", Failure::unknown_function},
    {"launch-failure", Failure::launch_failure},
    {"lost-device", Failure::lost_device},
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  settings.kernels = variable("TGC_STANDIN_KERNELS");
  settings.log = variable("TGC_STANDIN_LOG");
  settings.traffic = variable("TGC_STANDIN_TRAFFIC");
  settings.loads = variable("TGC_STANDIN_LOADS");
  if (std::string name = variable("TGC_STANDIN_FAIL"); !name.empty()) {
    if (const size_t colon = name.find(':'); colon != std::string::npos) {
      settings.occasion = std::atoi(name.c_str() + colon + 1);
      name.resize(colon);
    }
    settings.problem = "TGC_STANDIN_FAIL=" + name + " is no failure of the stand-in driver";
    for (const NamedFailure& known : kFailures) {
      if (name != known.name) continue;
      settings.failure = known.failure;
      settings.problem.clear();
    }
  }
  if (const std::string number = variable("TGC_STANDIN_ARCHITECTURE"); !number.empty()) {
    settings.architecture = static_cast<unsigned>(std::strtoul(number.c_str(), nullptr, 10));
  }
  if (settings.failure == Failure::wrong_architecture) settings.architecture = 70;
  if (const std::string megabytes = variable("TGC_STANDIN_MEMORY"); !megabytes.empty()) {
    settings.memory = std::strtoul(megabytes.c_str(), nullptr, 10) << 20;
  }
  const std::string order = variable("TGC_STANDIN_ORDER");
  if (order == "reverse") {
    settings.mode.order = TGC_EMULATED_REVERSE;
  } else if (!order.empty() && order != "forward") {
    settings.mode = {TGC_EMULATED_SEEDED, std::strtoull(order.c_str(), nullptr, 10)};
  }
  return settings;
}

}  // namespace tgc::standin
