// SPDX-License-Identifier: Apache-2.0
// Diagnostics as JSON; what goes to a terminal is tested in tests/golden/cli.
#include "tgc/console.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

TEST_CASE("diagnostics as JSON are an array with what is known of each") {
  Diagnostics diagnostics;
  Location place{"m.json", "/nodes/1", 3, 5, 2};
  Diagnostic& error = diagnostics.error("shape-mismatch", "dot: \"x\"", place);
  error.notes.push_back({"'w' is float32[2]", {"", "/shared/w", 0, 0, 0}});
  error.hint = "transpose it";
  diagnostics.warning("flag-mapped", "old");
  CHECK(
      diagnostics_json(diagnostics) ==
      "[\n"
      "  {\"severity\": \"error\", \"code\": \"shape-mismatch\", \"message\": \"dot: \\\"x\\\"\", "
      "\"file\": \"m.json\", \"pointer\": \"/nodes/1\", \"line\": 3, \"column\": 5, \"length\": 2, "
      "\"notes\": [{\"message\": \"'w' is float32[2]\", \"pointer\": \"/shared/w\"}], "
      "\"hint\": \"transpose it\"},\n"
      "  {\"severity\": \"warning\", \"code\": \"flag-mapped\", \"message\": \"old\"}\n"
      "]\n");
}

TEST_CASE("without diagnostics the JSON array is empty") {
  CHECK(diagnostics_json(Diagnostics()) == "[]\n");
}

TEST_CASE("errors that were not kept are counted in the JSON array") {
  Diagnostics diagnostics;
  for (int i = 0; i < Diagnostics::kMaxErrors + 2; ++i) diagnostics.error("cycle", "again");
  const std::string json = diagnostics_json(diagnostics);
  CHECK(json.find("2 more errors are not shown") != std::string::npos);
}

}  // namespace
}  // namespace tgc
