// SPDX-License-Identifier: Apache-2.0
// Graphs that tools/python exported from Theano and PyTensor give the values these computed
// themselves: golden/NAME.values.safetensors, written by make_golden.py, which says what is in it.
// So that machines without the Pythons test the exported files, too.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "json/tensor_archive.h"
#include "tgc/runtime.hpp"

namespace tgc {
namespace {

const std::string kGolden = std::string(TGC_SOURCE_DIR) + "/tests/python/golden/";
constexpr double kTolerance = 1e-10;
constexpr double kTolerance32 = 1e-5;

// The tensors FUNCTION/KIND/0, FUNCTION/KIND/1, …
std::vector<Tensor> tensors_of(TensorArchive& archive, const std::string& prefix) {
  const std::vector<std::string> names = archive.names();
  std::vector<Tensor> tensors;
  Diagnostics diagnostics;
  while (true) {
    const std::string name = prefix + std::to_string(tensors.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) return tensors;
    auto tensor = archive.read(name, {}, diagnostics);
    REQUIRE(tensor.has_value());
    tensors.push_back(std::move(*tensor));
  }
}

// The part of one call, whose number is the leading axis.
Array row(const Tensor& all, size_t call) {
  const std::vector<int64_t> dims(all.dims().begin() + 1, all.dims().end());
  Array array = Array::zeros(static_cast<uint32_t>(all.dtype()), dims);
  if (array.byte_count() > 0) {
    std::memcpy(array.bytes(), all.bytes() + call * array.byte_count(), array.byte_count());
  }
  return array;
}

template <class T>
void require_near(const T* ours, const T* theirs, size_t count, double tolerance) {
  for (size_t i = 0; i < count; ++i) {
    if (std::isnan(theirs[i]) ? std::isnan(ours[i]) : ours[i] == theirs[i]) continue;
    INFO("element " << i << ": " << ours[i] << " instead of " << theirs[i]);
    const double difference =
        std::abs(static_cast<double>(ours[i]) - static_cast<double>(theirs[i]));
    REQUIRE(difference <= tolerance * (std::abs(static_cast<double>(theirs[i])) + 1e-2));
  }
}

void require_equal(const Array& ours, const Tensor& all, size_t call) {
  const Array theirs = row(all, call);
  REQUIRE(ours.dtype() == theirs.dtype());
  REQUIRE(ours.dims() == theirs.dims());
  if (ours.dtype() == TGC_FLOAT64) {
    require_near(ours.data<double>(), theirs.data<double>(), ours.count(), kTolerance);
  } else if (ours.dtype() == TGC_FLOAT32) {
    require_near(ours.data<float>(), theirs.data<float>(), ours.count(), kTolerance32);
  } else {
    REQUIRE((ours.byte_count() == 0 ||
             std::memcmp(ours.bytes(), theirs.bytes(), ours.byte_count()) == 0));
  }
}

// Every call that the file holds of the function. False: it holds none.
bool check_function(Context& context, const std::string& function, TensorArchive& archive) {
  const std::vector<Tensor> inputs = tensors_of(archive, function + "/in/");
  const std::vector<Tensor> outputs = tensors_of(archive, function + "/out/");
  if (outputs.empty()) return false;
  for (size_t call = 0; call < static_cast<size_t>(outputs[0].dims()[0]); ++call) {
    std::vector<Array> arrays;
    for (const Tensor& input : inputs) arrays.push_back(row(input, call));
    const std::vector<Array> results = context.call(function, arrays);
    REQUIRE(results.size() == outputs.size());
    for (size_t i = 0; i < results.size(); ++i) {
      INFO(function << ", call " << call << ", output " << i);
      require_equal(results[i], outputs[i], call);
    }
  }
  return true;
}

void check_file(const std::string& name) {
  INFO(name);
  const char* bundles = std::getenv("TGC_TEST_BUNDLES");
  REQUIRE(bundles != nullptr);
  Diagnostics diagnostics;
  auto archive = TensorArchive::open(kGolden + name + ".values.safetensors", {}, diagnostics);
  REQUIRE(archive.has_value());
  const Engine engine(std::string(bundles) + "/" + name + ".tgc");
  Context context(engine);
  int checked = 0;
  for (uint32_t i = 0; i < tgc_function_count(engine.get()); ++i) {
    tgc_function_info info = {};
    REQUIRE(tgc_function_describe(engine.get(), i, &info, nullptr) == TGC_OK);
    checked += check_function(context, info.name, *archive) ? 1 : 0;
  }
  REQUIRE(checked > 0);
}

}  // namespace

TEST_CASE("exported graphs have the values of the ancestor they came from") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    if (entry.path().extension() != ".json") continue;
    check_file(entry.path().stem().string());
    ++files;
  }
  CHECK(files >= 7);
}

}  // namespace tgc
