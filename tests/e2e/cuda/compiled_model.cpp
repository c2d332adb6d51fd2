// SPDX-License-Identifier: Apache-2.0
// See compiled_model.h.
#include "e2e/cuda/compiled_model.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "catch2/catch.hpp"
#include "driver/compile.h"
#include "flags/config.h"
#include "helpers/emulation/emulated_module.h"

namespace tgc {
namespace {

constexpr double kTolerance = 1e-5;

void skip_without_compiler(const Diagnostics& diagnostics) {
  for (const Diagnostic& one : diagnostics.all()) {
    if (one.code != "cuda-compiler-missing") continue;
    std::puts("skipped: NVRTC (libnvrtc.so.13) was not found");
    std::exit(77);
  }
}

CompiledModel compile_model(const std::string& model) {
  static int count = 0;
  CompiledModel made;
  made.bundle = join_path(work_folder().path(), std::to_string(count++) + ".tgc");
  made.kernels = made.bundle + ".kernels.so";
  CompileRequest request;
  request.model_path = std::string(TGC_SOURCE_DIR) + "/" + model;
  request.targets = {"cpu:x86-64-v3", "cuda:sm_90"};
  request.output = made.bundle;
  request.emits = {EmitStage::cuda};
  request.environment = process_environment();
  Diagnostics diagnostics;
  const auto result = compile(request, Config(), diagnostics);
  skip_without_compiler(diagnostics);
  INFO((diagnostics.all().empty() ? "" : diagnostics.all()[0].message));
  REQUIRE(result.has_value());
  std::vector<EmulatedText> texts;
  for (const auto& [file, text] : result->emitted) texts.push_back({file, text});
  std::string error;
  const bool is_built = build_emulated_library(texts, true, made.kernels, error);
  INFO(error);
  REQUIRE(is_built);
  return made;
}

double element(const Array& array, size_t i) {
  if (array.dtype() == TGC_FLOAT32) return static_cast<double>(array.data<float>()[i]);
  if (array.dtype() == TGC_FLOAT64) return array.data<double>()[i];
  if (array.dtype() == TGC_INT64) return static_cast<double>(array.data<int64_t>()[i]);
  return static_cast<double>(array.data<int32_t>()[i]);
}

}  // namespace

const TempFolder& work_folder() {
  static const TempFolder folder = [] {
    std::error_code error;
    auto made = TempFolder::make("", "tgc-standin-", error);
    REQUIRE(made.has_value());
    return std::move(*made);
  }();
  return folder;
}

const CompiledModel& compiled(const std::string& model) {
  static std::map<std::string, CompiledModel> known;
  const auto found = known.find(model);
  return found != known.end() ? found->second : known[model] = compile_model(model);
}

Environment::Environment(std::map<std::string, std::string> variables)
    : variables_(std::move(variables)) {
  for (const auto& [name, value] : variables_) setenv(name.c_str(), value.c_str(), 1);
}

Environment::~Environment() {
  for (const auto& [name, value] : variables_) unsetenv(name.c_str());
}

std::map<std::string, std::string> standin_variables(const CompiledModel& model,
                                                     std::map<std::string, std::string> more) {
  more["TGC_CUDA_DRIVER"] = TGC_STANDIN_DRIVER;
  more["TGC_STANDIN_KERNELS"] = model.kernels;
  return more;
}

Environment standin(const CompiledModel& model, std::map<std::string, std::string> more) {
  return Environment(standin_variables(model, std::move(more)));
}

Array random_floats(std::vector<int64_t> dims, uint64_t seed) {
  std::mt19937_64 random(seed);
  Array array = Array::zeros(TGC_FLOAT32, std::move(dims));
  for (size_t i = 0; i < array.count(); ++i) {
    array.data<float>()[i] = static_cast<float>(random() % 2000) / 1000.0f - 1.0f;
  }
  return array;
}

template <class T>
Array random_numbers(std::vector<int64_t> dims, uint64_t below, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> values(Array::zeros(TGC_INT8, dims).count());
  for (T& value : values) value = static_cast<T>(random() % below);
  return Array(std::move(dims), values);
}
template Array random_numbers<int32_t>(std::vector<int64_t>, uint64_t, uint64_t);
template Array random_numbers<int64_t>(std::vector<int64_t>, uint64_t, uint64_t);

std::string difference(const Array& got, const Array& expected) {
  if (got.dtype() != expected.dtype() || got.dims() != expected.dims()) return "another type";
  double largest = 0;
  for (size_t i = 0; i < expected.count(); ++i) {
    largest = std::max(largest, std::abs(element(expected, i)));
  }
  for (size_t i = 0; i < expected.count(); ++i) {
    const double a = element(got, i);
    const double b = element(expected, i);
    if (!(std::abs(a - b) <= kTolerance * largest)) {
      return "element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " +
             std::to_string(b);
    }
  }
  return "";
}

bool same_bits(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.dims() == b.dims() &&
         std::memcmp(a.bytes(), b.bytes(), a.byte_count()) == 0;
}

}  // namespace tgc
