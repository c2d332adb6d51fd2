// SPDX-License-Identifier: Apache-2.0
// The instruction set levels that CPU targets ask for, and how they are asked of the compiler. What
// `native` means is resolved to a list of features on the compiling machine and is data from then
// on.
#pragma once
#include <string>
#include <vector>

#include "support/diagnostic.h"
#include "targets/cpu/cpu_units.h"
#include "targets/cpu/host_compiler.h"

namespace tgc {

// The levels of a list of targets, best last. Each target is `cpu` (x86-64-v3 and v4),
// `cpu:x86-64-v3`, `cpu:x86-64-v4`, `cpu:native`, or not a CPU target, which is passed over.
// Another name is an error with the nearest that is known.
std::vector<CpuLevel> parse_cpu_targets(const std::vector<std::string>& targets,
                                        Diagnostics& diagnostics);

// GCC names of this machine's vector and bit features, comma-separated: "sse3,ssse3,…,avx2,fma".
// Only those the runtime can test for.
std::string native_cpu_features();

// What tells g++ and clang++ to use the level's instructions, and -DTGC_LEVEL=<its name>.
std::vector<std::string> level_flags(const CpuLevel& level);

// "x86-64-v3", or the list of features.
std::string level_text(const CpuLevel& level);

// The sources of a bundle's library: each unit of kernels for each level, and the table. `origins`
// of unit i, if given, are the nodes its kernels compute.
std::vector<CpuSource> make_cpu_sources(const CpuUnits& units, const std::vector<CpuLevel>& levels,
                                        const std::vector<std::vector<std::string>>& origins = {});

}  // namespace tgc
