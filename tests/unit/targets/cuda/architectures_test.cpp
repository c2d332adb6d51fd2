// SPDX-License-Identifier: Apache-2.0
// What users may write after --target for CUDA, and what they are told when they mistype.
#include "targets/cuda/architectures.h"

#include "catch2/catch.hpp"

using namespace tgc;

namespace {

// The architectures as text, or the error and its hint.
std::string parsed(const std::vector<std::string>& targets) {
  Diagnostics diagnostics;
  const auto architectures = parse_cuda_targets(targets, diagnostics);
  if (!diagnostics.has_errors()) return architectures_text(architectures);
  return diagnostics.all()[0].message + " | " + diagnostics.all()[0].hint;
}

std::string checked(const std::vector<CudaArchitecture>& architectures) {
  Diagnostics diagnostics;
  if (check_architectures(architectures, {75, 80, 90, 120}, "NVRTC 13.0", diagnostics)) return "ok";
  return diagnostics.all()[0].message + " | " + diagnostics.all()[0].hint;
}

}  // namespace

TEST_CASE("cuda alone means six kinds of machine code and two of PTX") {
  CHECK(parsed({"cuda"}) == "sm_120,sm_100,sm_90,sm_89,sm_86,sm_80,compute_120,compute_75");
}

TEST_CASE("architectures are taken from the list of targets, other targets are passed over") {
  CHECK(parsed({"cpu", "cuda:sm_90", "cpu:native"}) == "sm_90");
  CHECK(parsed({"cpu"}).empty());
  CHECK(parsed({}).empty());
}

TEST_CASE("architectures come newest first, machine code before PTX, each once") {
  CHECK(parsed({"cuda:compute_75", "cuda:sm_80", "cuda:sm_120", "cuda:sm_80",
                "cuda:compute_120"}) == "sm_120,sm_80,compute_120,compute_75");
  CHECK(parsed({"cuda:sm_103", "cuda"}) ==
        "sm_120,sm_103,sm_100,sm_90,sm_89,sm_86,sm_80,compute_120,compute_75");
}

TEST_CASE("a name that is no architecture is an error with the nearest that is") {
  CHECK(parsed({"cuda:sm90"}) ==
        "target 'cuda:sm90': 'sm90' is neither sm_NUMBER nor compute_NUMBER"
        " | did you mean 'cuda:sm_90'?");
  CHECK(parsed({"cuda:compute75"}) ==
        "target 'cuda:compute75': 'compute75' is neither sm_NUMBER nor compute_NUMBER"
        " | did you mean 'cuda:compute_75'?");
  CHECK(parsed({"cuda:hopper"}) ==
        "target 'cuda:hopper': 'hopper' is neither sm_NUMBER nor compute_NUMBER"
        " | for example cuda:sm_90 or cuda:compute_75");
  CHECK(parsed({"cuda:sm_90a"}) ==
        "target 'cuda:sm_90a': 'sm_90a' is neither sm_NUMBER nor compute_NUMBER"
        " | did you mean 'cuda:sm_90'?");
  CHECK(parsed({"cuda:"}).starts_with("target 'cuda:': '' is neither"));
  CHECK(parsed({"cuda:sm_"}).starts_with("target 'cuda:sm_': 'sm_' is neither"));
  CHECK(parsed({"cuda:sm_-9"}).starts_with("target 'cuda:sm_-9': 'sm_-9' is neither"));
  CHECK(parsed({"cuda:sm_99999999999"}).starts_with("target 'cuda:sm_99999999999': "));
}

TEST_CASE("every wrong architecture of a list is reported") {
  Diagnostics diagnostics;
  parse_cuda_targets({"cuda:a", "cuda:sm_90", "cuda:b"}, diagnostics);
  CHECK(diagnostics.error_count() == 2);
}

TEST_CASE("architectures that NVRTC does not know are errors that list those it knows") {
  CHECK(checked({{90, false}, {75, true}}) == "ok");
  CHECK(checked({{91, false}}) ==
        "target 'cuda:sm_91': NVRTC 13.0 has sm_ and compute_ 75, 80, 90, 120"
        " | did you mean 'cuda:sm_90'?");
  CHECK(checked({{60, true}}) ==
        "target 'cuda:compute_60': NVRTC 13.0 has sm_ and compute_ 75, 80, 90, 120"
        " | did you mean 'cuda:compute_80'?");
  CHECK(checked({{999, false}}) ==
        "target 'cuda:sm_999': NVRTC 13.0 has sm_ and compute_ 75, 80, 90, 120"
        " | a newer GPU runs the PTX of 'cuda:compute_120'; code of its own needs a newer toolkit");
}
