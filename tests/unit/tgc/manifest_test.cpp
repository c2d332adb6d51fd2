// SPDX-License-Identifier: Apache-2.0
// Reading manifest.json.
#include "tgc/manifest.h"

#include "catch2/catch.hpp"
#include "support/file.h"

namespace tgc {
namespace {

struct Bundle {
  explicit Bundle(const std::string& manifest) {
    std::error_code error;
    folder = TempFolder::make("", "manifest-", error);
    REQUIRE(folder);
    REQUIRE_FALSE(write_file_atomically(folder->path() + "/manifest.json", manifest));
  }
  std::optional<TempFolder> folder;
};

TEST_CASE("a manifest is read with functions, kernels and files") {
  const Bundle bundle(R"({"tgc_bundle": 1, "name": "m", "tgc_version": "0.1.0",
    "tools": {"c++": "g++ 12"}, "targets": ["cpu"], "architectures": [], "minimum_driver": 0,
    "flags": [{"name": "floatX", "value": "float32", "origin": "TGC_FLAGS"}],
    "shared": [{"name": "w", "dtype": "float32", "shape": [2, 3]}], "state_bytes": 24,
    "functions": [{"name": "f", "nodes_before": 4, "nodes_after": 2,
      "inputs": [{"name": "x", "dtype": "float32", "shape": ["n", 2]}], "outputs": [],
      "updates": ["w"], "arena_bytes": "4*n", "passes": ["merge1"]}],
    "kernels": [{"name": "k0", "target": "cpu", "nodes": ["/nodes/0"]}],
    "files": [{"name": "m.plan", "bytes": 7, "sha256": "00"}]})");
  Diagnostics diagnostics;
  const auto manifest = read_manifest(bundle.folder->path(), diagnostics);
  REQUIRE(manifest);
  CHECK(manifest->tools[0].second == "g++ 12");
  CHECK(manifest->flags[0] == std::vector<std::string>{"floatX", "float32", "TGC_FLAGS"});
  const ManifestFunction* function = manifest->find_function("f");
  REQUIRE(function != nullptr);
  CHECK(function->inputs[0].type_text() == "float32[n, 2]");
  CHECK(function->arena_bytes == "4*n");
  CHECK(manifest->kernels[0].nodes == std::vector<std::string>{"/nodes/0"});
  CHECK(manifest->files[0].bytes == 7);
  CHECK(manifest->find_function("g") == nullptr);
}

TEST_CASE("a folder without a manifest is no bundle") {
  Diagnostics diagnostics;
  CHECK_FALSE(read_manifest("/nowhere", diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].code == "no-bundle");
  CHECK(diagnostics.all()[0].message ==
        "'/nowhere' is no bundle: cannot read manifest.json in it: No such file or directory");
}

TEST_CASE("a manifest of another version or kind is refused") {
  for (const char* text : {R"({"tgc_bundle": 2})", R"({"name": "x"})", "[1]", "{"}) {
    const Bundle bundle(text);
    Diagnostics diagnostics;
    CHECK_FALSE(read_manifest(bundle.folder->path(), diagnostics));
    CHECK(diagnostics.error_count() == 1);
  }
}

}  // namespace
}  // namespace tgc
