// SPDX-License-Identifier: Apache-2.0
// What the stand-in plays, from the environment when the driver is initialised:
//   TGC_STANDIN_KERNELS       the emulated kernels: libraries made by standin_kernels, with
//                             colons between them; for a module from NAME.fatbin, NAME.so if there
//                             is one, else the first that has the kernel
//   TGC_STANDIN_FAIL          a failure to provoke: NAME, or NAME:N for its N-th occasion (below)
//   TGC_STANDIN_ARCHITECTURE  the device's compute capability, 90 unless set
//   TGC_STANDIN_MEMORY        megabytes of device memory, 1024 unless set
//   TGC_STANDIN_ORDER         threads' order: forward (unless set), reverse, or a seed
//   TGC_STANDIN_LOG           a file that gets one line a launch
//   TGC_STANDIN_LOADS         one that gets a line a kernel found in a module
//   TGC_STANDIN_TRAFFIC       one for allocations, copies from and to the host, waits
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
  out_of_memory,       // every allocation fails, or the N-th alone
  out_of_host_memory,  // the same for pinned host memory
  full_at_load,        // loading the N-th module (the first) finds no memory
  wrong_architecture,  // the device is an sm_70
  unsupported_ptx,     // the PTX is newer than the driver
  unknown_function,    // the N-th kernel asked for (the first) is in no module
  launch_failure,      // the N-th launch (the third) is refused, later ones are not
  lost_device,         // the N-th kernel (the third) faults; every later call fails
};

struct Settings {
  std::string problem;  // of an environment that makes no sense
  std::string kernels;
  Failure failure = Failure::none;
  int occasion = 0;  // N; 0: not given
  unsigned architecture = 90;
  size_t memory = size_t{1024} << 20;
  tgc_emulated_mode mode{TGC_EMULATED_FORWARD, 0};
  std::string log;
  std::string loads;
  std::string traffic;
};

Settings settings_from_environment();

}  // namespace tgc::standin
