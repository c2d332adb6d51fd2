// SPDX-License-Identifier: Apache-2.0
// Models compiled for cpu and cuda with their emulated kernels, and the environment in which the
// runtime finds the stand-in driver.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "support/file.h"
#include "tgc/runtime.hpp"

namespace tgc {

struct CompiledModel {
  std::string bundle;
  std::string kernels;  // the library of emulated kernels
};

// The model of this path in the source tree, compiled once; it lives as long as the test program,
// which ends as skipped where there is no NVRTC.
const CompiledModel& compiled(const std::string& model);
const TempFolder& work_folder();

// Environment variables for the life of the object.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> variables);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::string> variables_;
};

// What makes the stand-in the driver, and `more`.
std::map<std::string, std::string> standin_variables(const CompiledModel& model,
                                                     std::map<std::string, std::string> more = {});
Environment standin(const CompiledModel& model, std::map<std::string, std::string> more = {});

Array random_floats(std::vector<int64_t> dims, uint64_t seed);
// Whole numbers from 0 to below - 1; T is int32_t or int64_t.
template <class T>
Array random_numbers(std::vector<int64_t> dims, uint64_t below, uint64_t seed);

// "" when equal within 1e-5 of the largest element.
std::string difference(const Array& got, const Array& expected);
bool same_bits(const Array& a, const Array& b);

}  // namespace tgc
