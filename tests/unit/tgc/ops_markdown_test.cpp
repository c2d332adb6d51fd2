// SPDX-License-Identifier: Apache-2.0
// The README of the ops is what the registry prints, and the list of Theano's classes makes sense.
#include "tgc/ops_markdown.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "catch2/catch.hpp"
#include "ops/op_list.h"

namespace tgc {

TEST_CASE("lib/ops/README.md is what tgc ops --markdown prints", "[readme]") {
  const std::string path = TGC_SOURCE_DIR "/lib/ops/README.md";
  const std::string printed = ops_markdown();
  if (std::getenv("TGC_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path) << printed;
    return;
  }
  std::ostringstream committed;
  committed << std::ifstream(path).rdbuf();
  CHECK(committed.str() == printed);
}

TEST_CASE("every class of Theano's has ops or a reason, once") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const TheanoClass& theano : theano_classes()) {
    INFO(theano.family << ": " << theano.name);
    CHECK(theano.ops.empty() != theano.reason.empty());
    CHECK(seen.insert({theano.family, theano.name}).second);
  }
  CHECK(seen.size() > 400);
}

TEST_CASE("at least 300 names may stand in a graph") {
  size_t names = 0;
  for (const OpDef* op : op_registry().all()) {
    if (!op->is_internal) names += 1 + op->aliases.size();
  }
  CHECK(names >= 300);
}

}  // namespace tgc
