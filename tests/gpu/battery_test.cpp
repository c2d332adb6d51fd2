// SPDX-License-Identifier: Apache-2.0
// The battery's own parts that need no GPU: the case file, comparing values, the report.
#include <cmath>
#include <cstring>

#include "catch2/catch.hpp"
#include "gpu/case_file.h"
#include "gpu/records.h"
#include "gpu/values.h"
#include "tgc/bundle_abi.h"

namespace tgc::gpu {
namespace {

using Catch::Matchers::Contains;

CaseFile example_file() {
  CaseFile file{"sm_90", "NVRTC 13.0", 7, {{8, 100}}, {}};
  LaunchCase one;
  one.what = "add as it is";
  one.kernel = "add_1";
  one.grid = {2, 1, 1};
  one.block = {256, 1, 1};
  one.buffers = {{"x", TGC_FLOAT32, kRead, "abcd", "abcd"}, {"y", TGC_INT8, kWrite, "e", "f"}};
  one.arguments = {{0, 0}, {1, 0}, {kNumber, 5}, {kFailureWord, 0}};
  one.failure_code = 1;
  one.tolerance = 1e-6;
  file.cases = {one};
  return file;
}

template <class T>
std::string bytes_of(std::vector<T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

TEST_CASE("a case file is read as it was written") {
  const std::string bytes = case_file_bytes(example_file());
  CaseFile read;
  REQUIRE(read_case_file(bytes, read));
  CHECK(case_file_bytes(read) == bytes);
  CHECK(read.cases[0].buffers[0].after == "abcd");
  CHECK(read.cases[0].arguments[2].number == 5);
}

TEST_CASE("a case file cut anywhere is refused") {
  const std::string bytes = case_file_bytes(example_file());
  for (size_t size = 0; size < bytes.size(); ++size) {
    CaseFile read;
    CHECK_FALSE(read_case_file(bytes.substr(0, size), read));
  }
}

TEST_CASE("floats may differ by the tolerance of the largest value, integers not at all") {
  const auto floats = [](float a, float b) { return bytes_of<float>({a, b}); };
  CHECK(difference(TGC_FLOAT32, floats(100, 1), floats(100, 1.00005F), 1e-6) == "");
  CHECK(difference(TGC_FLOAT32, floats(100, 1), floats(100, 1.001F), 1e-6) ==
        "differs at 1: 1.000000, expected 1.001000");
  CHECK(difference(TGC_FLOAT32, floats(NAN, 1), floats(NAN, 1), 1e-6) == "");
  CHECK(difference(TGC_FLOAT32, floats(INFINITY, 1), floats(1, 1), 1e-6) != "");
  CHECK(difference(TGC_INT64, bytes_of<int64_t>({int64_t{1} << 60}),
                   bytes_of<int64_t>({(int64_t{1} << 60) + 1}), 1) != "");
}

TEST_CASE("half precision is read as IEEE has it") {
  CHECK(element(TGC_FLOAT16, bytes_of<uint16_t>({0x3c00}), 0) == 1.0);
  CHECK(element(TGC_FLOAT16, bytes_of<uint16_t>({0xc100}), 0) == -2.5);
  CHECK(element(TGC_FLOAT16, bytes_of<uint16_t>({0x0001}), 0) == std::ldexp(1.0, -24));
  CHECK(std::isnan(element(TGC_FLOAT16, bytes_of<uint16_t>({0x7e00}), 0)));
}

TEST_CASE("records survive a line, and the report puts times side by side") {
  const std::vector<Record> records = {
      {"machine", "device", "", "H100", "", "sm_90"},
      {"times", "sum", "tgc", "12.5", "us", ""},
      {"times", "sum", "PyTorch", "11.0", "us", ""},
      {"kernels", "add\tx", "failed", "add_1", "", "differs | here"},
  };
  std::string lines = "noise\n";
  for (const Record& record : records) lines += record_line(record);
  const std::vector<Record> read = parse_records(lines);
  REQUIRE(read.size() == 4);
  CHECK(read[3].name == "add x");
  CHECK_THAT(report_markdown(read), Contains("| sample | tgc | PyTorch |") &&
                                        Contains("| sum | 12.5 us | 11.0 us |") &&
                                        Contains("differs / here"));
  CHECK_THAT(report_json(read), Contains("\"value\": 12.5,") && Contains("\"value\": \"H100\""));
}

}  // namespace tgc::gpu
