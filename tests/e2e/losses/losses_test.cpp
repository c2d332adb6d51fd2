// SPDX-License-Identifier: Apache-2.0
// The samples train on the CPU to the losses of PyTensor and Theano: 100 steps in float64 from the
// same values, with the same batches. MODEL.txt were written by make_losses.py, whose batches()
// says what they are. Largest relative differences seen: digits 1.6e-15, logistic
// regression 1.9e-15, lenet 4.4e-16; a loss may differ by kTolerance.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "json/tensor_archive.h"
#include "tgc/runtime.hpp"

namespace tgc {
namespace {

constexpr size_t kSteps = 100;
constexpr double kTolerance = 1e-10;

std::vector<double> expected_losses(const std::string& model) {
  std::ifstream file(std::string(TGC_SOURCE_DIR) + "/tests/e2e/losses/" + model + ".txt");
  std::string first_line;
  std::getline(file, first_line);
  std::vector<double> losses;
  for (double loss = 0; file >> loss;) losses.push_back(loss);
  REQUIRE(losses.size() == kSteps);
  return losses;
}

// The loss, the last output, of each training step; batch(i) gives the inputs of step i.
template <class F>
std::vector<double> trained_losses(const std::string& model, F&& batch) {
  const char* bundles = std::getenv("TGC_TEST_BUNDLES");
  REQUIRE(bundles != nullptr);
  const Engine engine(std::string(bundles) + "/" + model + ".tgc");
  Context context(engine);
  std::vector<double> losses;
  for (size_t i = 0; i < kSteps; ++i) {
    losses.push_back(context.call("train", batch(i)).back().template value<double>());
  }
  return losses;
}

void require_equal(const std::string& model, const std::vector<double>& losses) {
  const std::vector<double> expected = expected_losses(model);
  double largest = 0;
  for (size_t i = 0; i < kSteps; ++i) {
    const double difference = std::abs(losses[i] - expected[i]) / std::abs(expected[i]);
    INFO(model << ", step " << i + 1 << ": " << losses[i] << " instead of " << expected[i]);
    REQUIRE(difference <= kTolerance);  // false for NaN as well
    largest = std::max(largest, difference);
  }
  std::printf("%s: largest relative difference %.2g\n", model.c_str(), largest);
}

Tensor read_digits(const std::string& member) {
  Diagnostics diagnostics;
  const std::string path = std::string(TGC_SOURCE_DIR) + "/samples/digits/digits.npz";
  auto archive = TensorArchive::open(path, {}, diagnostics);
  REQUIRE(archive.has_value());
  const auto tensor = archive->read(member, {}, diagnostics);
  REQUIRE(tensor.has_value());
  return *tensor;
}

// Batches of 20 pictures in the order of the file, from the first again when none is left.
void check_digits_model(const std::string& model) {
  constexpr int64_t kBatch = 20;
  constexpr int64_t kPixels = 64;
  const Tensor x = read_digits("x_train");
  const Tensor y = read_digits("y_train");
  const auto batches = static_cast<size_t>(x.dims()[0] / kBatch);
  require_equal(
      model, trained_losses(model, [&](size_t step) {
        const auto first = static_cast<int64_t>(step % batches) * kBatch;
        const float* pixels = x.data<float>() + first * kPixels;
        const int32_t* digits = y.data<int32_t>() + first;
        return std::vector<Array>{
            Array({kBatch, kPixels}, std::vector<double>(pixels, pixels + kBatch * kPixels)),
            Array({kBatch}, std::vector<int32_t>(digits, digits + kBatch))};
      }));
}

TEST_CASE("The digits sample trains to the losses of PyTensor") {
  check_digits_model("digits");
}

TEST_CASE("The convolutional sample trains to the losses of Theano") {
  check_digits_model("lenet");
}

TEST_CASE("The logistic regression sample trains to the losses of PyTensor") {
  constexpr int64_t kRows = 400;
  constexpr int64_t kColumns = 784;
  std::vector<double> x;
  std::vector<double> y;
  for (int64_t r = 0; r < kRows; ++r) {
    y.push_back(r % 3 == 0 ? 1 : 0);
    for (int64_t c = 0; c < kColumns; ++c) {
      x.push_back(static_cast<double>((37 * r + 101 * c + r * c) % 257 - 128) / 64);
    }
  }
  const std::vector<Array> batch = {Array({kRows, kColumns}, x), Array({kRows}, y)};
  require_equal("logistic_regression",
                trained_losses("logistic_regression", [&](size_t) { return batch; }));
}

}  // namespace
}  // namespace tgc
