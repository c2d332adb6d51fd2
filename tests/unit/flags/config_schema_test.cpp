// SPDX-License-Identifier: Apache-2.0
// The committed schema of tgc.toml is the registry's. TGC_UPDATE_GOLDENS=1 rewrites it.
#include "flags/config_schema.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "catch2/catch.hpp"

namespace tgc {
namespace {

TEST_CASE("schemas/config.schema.json is what the registry prints") {
  const std::string path = TGC_SOURCE_DIR "/schemas/config.schema.json";
  if (std::getenv("TGC_UPDATE_GOLDENS") != nullptr) std::ofstream(path) << config_schema_text();
  std::ifstream stream(path);
  const std::string committed(std::istreambuf_iterator<char>(stream), {});
  CHECK(committed == config_schema_text());
}

TEST_CASE("sections of flags are nested objects that allow nothing else") {
  const std::string text = config_schema_text();
  CHECK(text.find("\"gpuarray\": {") != std::string::npos);
  CHECK(text.find("\"gpuarray.preallocate\": {") == std::string::npos);
  CHECK(text.find("\"additionalProperties\": false") != std::string::npos);
}

}  // namespace
}  // namespace tgc
