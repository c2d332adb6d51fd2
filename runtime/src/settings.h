// SPDX-License-Identifier: Apache-2.0
// Options of an engine with what the caller left unset filled in from TGC_FLAGS, then THEANO_FLAGS,
// then the file that TGC_CONFIG names (INI, [global]), then the defaults.
#pragma once
#include <map>
#include <string>

#include "tgc/runtime.h"

namespace tgc::runtime {

struct Settings {
  std::string device = "cpu";
  int threads = 0;
  bool check_digests = true;
  double preallocate = 0;       // Theano's gpuarray.preallocate
  bool verbose_errors = false;  // exception_verbosity=high
};

Settings resolve_settings(const tgc_options* options);

// "a=b,c=d" with Theano's quoting; later duplicates win.
std::map<std::string, std::string> parse_flags(const std::string& text);

}  // namespace tgc::runtime
