// SPDX-License-Identifier: Apache-2.0
// The C++ files of a bundle's CPU code: kernels spread over translation units, compiled once per
// instruction set level with -DTGC_LEVEL=<name>, and one file with the table libNAME.so exports.
#pragma once
#include <string>
#include <vector>

#include "targets/kernel_set.h"

namespace tgc {

struct CpuLevel {
  std::string name;      // C identifier and file suffix: "v3", "v4", "custom"
  int level = 3;         // bundle_abi.h: TGC_LEVEL_…
  std::string features;  // custom: GCC feature names
};

struct CpuUnits {
  std::vector<std::string> kernels;               // one translation unit each
  std::vector<std::vector<std::string>> origins;  // the kernels of each, with their graph nodes
  std::string table;
};

CpuUnits make_cpu_units(const KernelSet& set, const std::vector<CpuLevel>& levels,
                        const std::string& bundle_name, size_t unit_count);

// "digits model" -> "digits_model": what may follow tgc_code_ and lib.
std::string c_identifier(const std::string& name);

}  // namespace tgc
