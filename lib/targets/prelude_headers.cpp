// SPDX-License-Identifier: Apache-2.0
// The two selections of the embedded headers; the texts themselves are made by the build.
#include "targets/prelude_headers.h"

namespace tgc {
namespace {

HeaderTexts select(bool is_cuda) {
  HeaderTexts chosen;
  for (const auto& [name, text] : prelude_headers()) {
    const bool of_cuda = name.find("cuda") != std::string::npos;
    const bool of_both = name.find("special/") != std::string::npos;
    if (of_cuda == is_cuda || of_both) chosen[name] = text;
  }
  return chosen;
}

}  // namespace

HeaderTexts cpu_prelude_headers() {
  return select(false);
}

HeaderTexts cuda_prelude_headers() {
  return select(true);
}

}  // namespace tgc
