// SPDX-License-Identifier: Apache-2.0
// What the stand-in plays, from the environment when the driver is initialised:
//   TGC_STANDIN_KERNELS       the emulated kernels (a library made by standin_kernels)
//   TGC_STANDIN_FAIL          a failure to provoke, one of the names below
//   TGC_STANDIN_ARCHITECTURE  the device's compute capability, 90 unless set
//   TGC_STANDIN_MEMORY        megabytes of device memory, 1024 unless set
//   TGC_STANDIN_ORDER         forward (unless set), reverse, or a seed: the emulation's thread
//   order TGC_STANDIN_LOG           a file that gets one line a launch
#pragma once

#include <cstdint>
#include <string>

#include "helpers/emulation/emulation.h"

namespace tgc::standin {

enum class Failure {
  none,
  no_device,           // cuInit finds no GPU
  driver_mismatch,     // kernel module and library differ: a driver updated without a reboot
  old_driver,          // cuDriverGetVersion tells CUDA 12.2
  busy_device,         // another process holds it exclusively
  out_of_memory,       // every allocation fails
  wrong_architecture,  // the device is an sm_70
  unsupported_ptx,     // the PTX is newer than the driver
  lost_device,         // the third launch and everything after it fail
};

struct Settings {
  std::string problem;  // of an environment that makes no sense
  std::string kernels;
  Failure failure = Failure::none;
  unsigned architecture = 90;
  size_t memory = size_t{1024} << 20;
  tgc_emulated_mode mode{TGC_EMULATED_FORWARD, 0};
  std::string log;
};

Settings settings_from_environment();

}  // namespace tgc::standin
