// SPDX-License-Identifier: Apache-2.0
// tgc explain --node NAME and --why PASS: what the passes did to a user's node, and what a rewrite
// did to a model.
#pragma once
#include <string>

#include "tgc/options.h"

namespace tgc {

struct ExplainNodeOptions {
  std::string model;
  std::string node;  // one of these two
  std::string pass;
  std::string target = "cpu";
  bool is_json = false;
  ConfigOptions config;
};

int explain_node(const ExplainNodeOptions& options, Invocation& invocation);

}  // namespace tgc
