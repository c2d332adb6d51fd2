// SPDX-License-Identifier: Apache-2.0
// What runs emulated here is what a GPU runs: the texts NVRTC was given while a bundle was compiled
// have the hashes of the texts compiled for the emulation. (tests/emulation does it for the ops.)
#include <filesystem>

#include "catch2/catch.hpp"
#include "e2e/cuda/compiled_model.h"
#include "helpers/standin/nvrtc_recording.h"
#include "support/process.h"
#include "targets/cuda/nvrtc.h"

namespace tgc {
namespace {

std::string run(const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& variables) {
  Command command{arguments, "", {}};
  for (const auto& [name, value] : variables) command.environment.emplace_back(name, value);
  const ProcessResult result = run_command(command);
  return result.ok() ? "" : result.status_text() + ": " + result.output;
}

void check_model(const std::string& model) {
  Diagnostics diagnostics;
  const auto nvrtc = Nvrtc::load(CudaSearch{}, diagnostics);
  compiled(model);  // ends the program as skipped where there is no NVRTC
  REQUIRE(nvrtc != nullptr);
  const std::string source = std::string(TGC_SOURCE_DIR) + "/" + model;
  const std::string folder = join_path(work_folder().path(), "recorded");
  const std::string emitted = join_path(work_folder().path(), "emitted.cu");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  REQUIRE(run({TGC_COMMAND, "compile", source, "--isolated", "--no-cache", "-q", "--target",
               "cuda:sm_90", "-o", folder + ".tgc"},
              recording_variables(nvrtc->facts().path, folder)) == "");
  REQUIRE(run({TGC_COMMAND, "compile", source, "--isolated", "-q", "--target", "cuda:sm_90",
               "--emit", "cuda=" + emitted},
              {}) == "");
  std::error_code error;
  const auto text = read_file(emitted, error);
  REQUIRE(text.has_value());
  const auto recorded = recorded_hashes(folder);
  CHECK(recorded.size() > 3);
  CHECK(recorded == emulated_hashes({{"emitted.cu", *text}}));
}

}  // namespace

TEST_CASE("NVRTC gets the texts of the digits bundle that are emulated, byte for byte") {
  check_model("samples/digits/model.json");
}

TEST_CASE("NVRTC gets the texts of loops and branches that are emulated, byte for byte") {
  check_model("tests/e2e/cuda/mixed.json");
}

}  // namespace tgc
