// SPDX-License-Identifier: Apache-2.0
// What the runtime says of calls that are wrong, word for word.
#include <cstddef>

#include "catch2/catch.hpp"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

std::string rejected(const std::string& function, const std::vector<Array>& inputs) {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  return message_of([&] { context.call(function, inputs); });
}

TEST_CASE("a call with too few or too many inputs is rejected") {
  CHECK(rejected("train", {two_rows()}) ==
        "bad argument: Missing required input: 't' of function 'train'");
  CHECK(rejected("predict", {two_rows(), two_rows()}) ==
        "bad argument: Too many parameter passed to theano function 'predict': it takes 1, got 2");
}

TEST_CASE("an input of another rank, shape or dtype is rejected") {
  CHECK(rejected("predict", {two_targets()}) ==
        "bad argument: Bad input argument to function 'predict' at index 0 ('x'): Wrong number of "
        "dimensions: expected 2, got 1 with shape [2]");
  CHECK(rejected("predict", {Array::zeros(TGC_FLOAT32, {2, 5})}) ==
        "bad argument: Bad input argument to function 'predict' at index 0 ('x'): its shape is [2, "
        "5], it must be [2, 4]");
  CHECK(rejected("predict", {Array::zeros(TGC_FLOAT64, {2, 4})}) ==
        "bad argument: Bad input argument to function 'predict' at index 0 ('x'): it is float64, "
        "the function takes float32");
}

TEST_CASE("dims that must agree and do not are named with both values") {
  CHECK(rejected("train", {two_rows(), Array::zeros(TGC_FLOAT32, {3})}) ==
        "bad argument: Bad input argument to function 'train' at index 1 ('t'): its shape is [3], "
        "with the other arguments it must be [2]");
}

TEST_CASE("a dim outside its bounds is rejected") {
  CHECK(rejected("predict", {Array::zeros(TGC_FLOAT32, {0, 4})}) ==
        "bad argument: dim n of function 'predict' is 0, the model allows 1 to 4096");
  CHECK(rejected("predict", {Array::zeros(TGC_FLOAT32, {4097, 4})}) ==
        "bad argument: dim n of function 'predict' is 4097, the model allows 1 to 4096");
}

TEST_CASE("names that do not exist are rejected with those that do") {
  const Engine engine(bundle_path("linear"));
  State state(engine);
  CHECK(message_of([&] { state.value("v"); }) ==
        "bad argument: there is no shared variable 'v'; the bundle has: w, b, steps");
  CHECK(message_of([&] { state.set("w", two_rows()); }) ==
        "bad argument: shared variable w is float32[4], the value given is float32[2, 4]");
}

TEST_CASE("a device that does not exist or has no code is rejected") {
  EngineOptions options;
  options.device = "tpu";
  CHECK(
      message_of([&] { const Engine engine(bundle_path("linear"), options); }) ==
      "bad argument: invalid value (\"tpu\") for configuration variable \"device\". Valid options "
      "start with one of \"cpu\", \"cuda\": cpu, cuda or cudaN");
  options.device = "cuda0";
  CHECK(message_of([&] { const Engine engine(bundle_path("linear"), options); }) ==
        "environment: bundle linear holds no code for cuda0; compile it with --target cpu,cuda");
}

TEST_CASE("exception_verbosity=high adds types, strides, the node and the footprint of memory") {
  const Variable flags("TGC_FLAGS", "exception_verbosity=high");
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  CHECK(message_of([&] {
          context.call("pick", {Array({2}, std::vector<int64_t>{1, 9})});
        }) ==
        "computation failed: Apply node that caused the error: 'picked' of function 'pick': index "
        "9 is out of bounds; the node reads index[2] and w[4]\n"
        "Inputs shapes: index[2]\n"
        "No shared variable was changed.\n"
        "Inputs types: index TensorType(int64, vector)\n"
        "Inputs strides: index[8]\n"
        "Debugprint of the apply node:\n"
        "picked\n"
        " |index [int64, 16 Byte(s)]\n"
        " |w [float32, 16 Byte(s)]\n"
        " |picked [float32, 8 Byte(s)]\n"
        "Storage map footprint:\n"
        " - index, Input, ElemSize: 8 Byte(s), TotalSize: 16 Byte(s)\n"
        " - w, Shared Input, ElemSize: 4 Byte(s), TotalSize: 16 Byte(s)\n"
        " - picked, Output, ElemSize: 4 Byte(s), TotalSize: 8 Byte(s)\n"
        " - b, Update, ElemSize: 4 Byte(s), TotalSize: 4 Byte(s)\n"
        " TotalSize: 44.0 Byte(s) 0.000 GB");
}

TEST_CASE("init_gpu_device opens that GPU, or says that there is none") {
  const Variable flags("TGC_FLAGS", "init_gpu_device=cuda99");
  const std::string message = message_of([&] { const Engine engine(bundle_path("linear")); });
  INFO(message);
  CHECK(message.rfind("environment: ", 0) == 0);
}

TEST_CASE("a path without a bundle is rejected") {
  CHECK(message_of([] { const Engine engine("/nowhere/x.tgc"); }) ==
        "file error: cannot open bundle /nowhere/x.tgc: No such file or directory");
}

TEST_CASE("NULL is refused where it is not allowed, and ignored where that is said") {
  tgc_error error = {};
  error.size = sizeof error;
  CHECK(tgc_engine_open(nullptr, nullptr, nullptr, &error) == TGC_ERROR_ARGUMENT);
  CHECK(std::string(error.message) == "argument 'path' is NULL");
  CHECK(tgc_call(nullptr, 0, nullptr, 0, nullptr, 0, nullptr) == TGC_ERROR_ARGUMENT);
  tgc_engine_close(nullptr);
  tgc_state_release(nullptr);
  tgc_context_free(nullptr);
}

TEST_CASE("a caller's error struct of another size is not overrun") {
  tgc_error error = {};
  error.size = offsetof(tgc_error, message) + 9;
  CHECK(tgc_engine_open(nullptr, nullptr, nullptr, &error) == TGC_ERROR_ARGUMENT);
  CHECK(std::string(error.message) == "argument");
}

}  // namespace
}  // namespace tgc
