// SPDX-License-Identifier: Apache-2.0
// The table of diagnostic codes and the cases that show them belong together: every code is shown
// by a case, or by the test named here, and every message of the cases in this folder tells where,
// what and what to do.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "support/diagnostic.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

const std::string kTests = TGC_TESTS_FOLDER;

// Codes that no printed case shows, since what they tell of is hard to bring about from outside,
// and the test that does.
const std::map<std::string, std::string> kElsewhere = {
    {"cache-unavailable", "unit/cache/compile_cache_test.cpp"},
    {"config-file", "unit/flags/config_sources_test.cpp"},
    {"cpu-compiler-failed", "unit/targets/cpu/host_compiler_test.cpp"},
    {"cpu-compiler-missing", "unit/targets/cpu/host_compiler_test.cpp"},
    {"cpu-op-left", "unit/passes/pass_manager_test.cpp"},
    {"cuda-compiler-failed", "unit/targets/cuda/nvrtc_test.cpp"},
    {"flag-conflict", "unit/flags/flag_rules_test.cpp"},
    {"flag-no-effect", "unit/flags/flag_rules_test.cpp"},
    {"flag-rejected", "unit/flags/flag_rules_test.cpp"},
    {"flag-syntax", "unit/flags/config_sources_test.cpp"},
    {"flag-value", "unit/flags/flag_rules_test.cpp"},
    {"optimizer-failed", "unit/passes/flags_test.cpp"},
    {"out-of-memory", "e2e/cuda/failures_test.cpp"},
    {"rewrite-no-effect", "unit/passes/pipeline_test.cpp"},
    {"rewrite-not-implemented", "unit/passes/pipeline_test.cpp"},
    {"unknown-flag", "unit/flags/config_sources_test.cpp"},
    {"unknown-rewrite", "unit/passes/pipeline_test.cpp"},
};

// Of which no test exists yet: to be shown where they are emitted.
const std::vector<std::string> kNotShown = {"optimizer-maxed-out"};

std::string content_of(const std::string& path) {
  std::error_code error;
  const auto text = read_file(path, error);
  INFO(path);
  REQUIRE(text);
  return *text;
}

std::vector<std::string> cases_below(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  const auto areas = list_folder(folder, error);
  REQUIRE(areas);
  for (const std::string& area : *areas) {
    const std::string path = join_path(folder, area);
    if (area.find('.') != std::string::npos) continue;
    const auto files = list_folder(path, error);
    REQUIRE(files);
    for (const std::string& file : *files) {
      if (file.ends_with(".txt")) paths.push_back(join_path(path, file));
    }
  }
  REQUIRE_FALSE(paths.empty());
  return paths;
}

// What a case expects on stdout and stderr.
std::string expected_of(const std::string& path) {
  const std::string text = content_of(path);
  const size_t out = text.find("--- stdout\n");
  const size_t err = text.find("--- stderr\n");
  const size_t begin = std::min(out, err);
  return begin == std::string::npos ? "" : text.substr(begin);
}

// The diagnostics in printed text: each begins with "FILE: error: " and runs to the next.
std::vector<std::vector<std::string>> blocks_of(const std::string& text) {
  std::vector<std::vector<std::string>> blocks;
  for (const std::string& line : split(text, '\n')) {
    const bool is_first = (line.find(": error: ") != std::string::npos ||
                           line.find(": warning: ") != std::string::npos) &&
                          line.ends_with("]");
    if (is_first) blocks.emplace_back();
    if (line.starts_with("--- ")) continue;
    if (!blocks.empty()) blocks.back().push_back(line);
  }
  return blocks;
}

bool has_line(const std::vector<std::string>& block, const std::string& beginning) {
  return std::any_of(block.begin(), block.end(),
                     [&](const std::string& line) { return line.starts_with(beginning); });
}

}  // namespace

TEST_CASE("the table of codes is sorted and names none twice") {
  std::vector<std::string> codes;
  for (const std::string& line : split(content_of(TGC_CODES_FILE), '\n')) {
    const std::string head = "TGC_DIAGNOSTIC_CODE(\"";
    if (line.starts_with(head)) {
      codes.push_back(line.substr(head.size(), line.find('"', head.size()) - head.size()));
    }
  }
  CHECK(codes.size() == diagnostic_codes().size());
  CHECK(std::is_sorted(codes.begin(), codes.end()));
  CHECK(std::adjacent_find(codes.begin(), codes.end()) == codes.end());
}

TEST_CASE("every code is shown by a case or by the test that is named for it") {
  std::string shown;
  for (const char* folder : {"errors", "golden"}) {
    for (const std::string& path : cases_below(join_path(kTests, folder))) {
      shown += expected_of(path);
    }
  }
  for (const DiagnosticCode& entry : diagnostic_codes()) {
    const std::string code(entry.code);
    INFO(code);
    const bool in_case = shown.find("[" + code + "]") != std::string::npos ||
                         shown.find("\"code\": \"" + code + "\"") != std::string::npos;
    const auto elsewhere = kElsewhere.find(code);
    const bool is_open = std::count(kNotShown.begin(), kNotShown.end(), code) > 0;
    CHECK((in_case || elsewhere != kElsewhere.end() || is_open));
    if (elsewhere == kElsewhere.end() || in_case) continue;
    CHECK(content_of(join_path(kTests, elsewhere->second)).find(code) != std::string::npos);
  }
  for (const auto& [code, test] : kElsewhere) CHECK(find_diagnostic_code(code) != nullptr);
}

TEST_CASE("every message about a file tells the place and what to do") {
  // Of the file as a whole, or of text that is not yet a value.
  const std::vector<std::string> kNoPointer = {"json-syntax", "not-utf8",   "cannot-read",
                                               "missing-key", "wrong-kind", "too-large"};
  for (const std::string& path : cases_below(join_path(kTests, "errors"))) {
    if (path.find("/calls/") != std::string::npos) continue;
    for (const std::vector<std::string>& block : blocks_of(expected_of(path))) {
      const std::string& first = block[0];
      INFO(path + ": " + first);
      const size_t bracket = first.rfind('[');
      const std::string code = first.substr(bracket + 1, first.size() - bracket - 2);
      const bool may_lack = std::count(kNoPointer.begin(), kNoPointer.end(), code) > 0;
      const bool is_cut = block.size() < 3;  // the case shows the first lines alone
      CHECK((may_lack || is_cut || has_line(block, "  at /")));
      CHECK((is_cut || has_line(block, "  hint: ")));
    }
  }
}

}  // namespace tgc
