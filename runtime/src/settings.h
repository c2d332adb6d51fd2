// SPDX-License-Identifier: Apache-2.0
// Options of an engine with what the caller left unset filled in from TGC_FLAGS, then THEANO_FLAGS,
// then the INI file that TGC_CONFIG names, then the defaults. The texts are split by the same code
// as the compiler's, values are refused as there; flags that do not concern a run are left alone.
#pragma once
#include <string>

#include "tgc/runtime.h"

namespace tgc::runtime {

struct Settings {
  std::string device = "cpu";
  std::string init_gpu_device;  // a GPU to open beside device=cpu; "": none
  int threads = 0;
  bool check_digests = true;
  double preallocate = 0;       // Theano's gpuarray.preallocate
  bool verbose_errors = false;  // exception_verbosity=high
};

Settings resolve_settings(const tgc_options* options);

}  // namespace tgc::runtime
