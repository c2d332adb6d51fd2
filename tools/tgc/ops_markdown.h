// SPDX-License-Identifier: Apache-2.0
// lib/ops/README.md, printed from the registry: all ops, and what of Theano's op classes they
// cover.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

// A class of Theano's and what stands for it (ops/theano_classes.def).
struct TheanoClass {
  std::string_view family;
  std::string_view name;
  std::string_view ops;     // names of ops, blank between them
  std::string_view reason;  // why there are none; "missing: …": there should be
};
const std::vector<TheanoClass>& theano_classes();

std::string ops_markdown();

}  // namespace tgc
