// SPDX-License-Identifier: Apache-2.0
// tgc compile --check-passes and --rewrite-limit: their options, inputs and what is told of them.
#pragma once
#include <string>

#include "tgc/compile_options.h"

namespace CLI {
class App;
}

namespace tgc {

void add_check_options(CLI::App& app, CompileOptions& options);

// `bundle` is where the bundle goes, or "": what shows a fault lies beside it, in BUNDLE.check.
// `options` and `invocation` must outlive the request.
void add_checks(const CompileOptions& options, const std::string& bundle, CompileRequest& request,
                Invocation& invocation);

// "57 replacements in 2 functions: no result changed"
std::string checks_text(const CheckCounts& counts);

// "stopped after 3 rewrites; the last: local_log1p y Elemwise{log1p}.0"
std::string limit_text(const CompileResult& result, int64_t limit);

}  // namespace tgc
