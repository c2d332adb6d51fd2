// SPDX-License-Identifier: Apache-2.0
// Numbers, lists and files as inputs of `tgc run`.
#include "tgc/run_inputs.h"

#include "catch2/catch.hpp"
#include "json/tensor_file_writer.h"
#include "support/file.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

ManifestFunction takes(const std::vector<ManifestValue>& inputs) {
  ManifestFunction function;
  function.name = "f";
  function.inputs = inputs;
  return function;
}

struct Reading {
  std::optional<std::vector<Tensor>> values;
  std::string message;  // of the first error
  std::string hint;
};

Reading read(const std::vector<std::string>& options, const ManifestFunction& function,
             bool allow_downcast = false) {
  Diagnostics diagnostics;
  Reading reading;
  reading.values = read_inputs(input_options(options), function, allow_downcast, diagnostics);
  if (!diagnostics.all().empty()) {
    reading.message = diagnostics.all()[0].message;
    reading.hint = diagnostics.all()[0].hint;
  }
  return reading;
}

TEST_CASE("numbers and lists take the dtype of the input") {
  const auto function = takes({{"a", "float32", {}}, {"b", "int8", {"n"}}, {"c", "float64", {}}});
  const Reading reading = read({"a=0.1", "b=[1, -2]", "c=-inf"}, function);
  REQUIRE(reading.values);
  CHECK((*reading.values)[0].get_double(0) == static_cast<double>(0.1F));
  CHECK((*reading.values)[1].dims() == std::vector<int64_t>{2});
  CHECK((*reading.values)[1].get_int(1) == -2);
  CHECK((*reading.values)[2].get_double(0) < -1e300);
}

TEST_CASE("an integer that the input's dtype cannot hold is refused") {
  const Reading reading = read({"b=300"}, takes({{"b", "int8", {}}}));
  CHECK_FALSE(reading.values);
  CHECK(reading.message.find("300") != std::string::npos);
}

TEST_CASE("arrays come from .npy, .npz and .safetensors files") {
  std::error_code error;
  const auto folder = TempFolder::make("", "inputs-", error);
  REQUIRE(folder);
  Tensor tensor(DType::float32, {2});
  tensor.set_double(1, 2.5);
  const std::string npy = folder->path() + "/x.npy";
  const std::string npz = folder->path() + "/x.npz";
  const std::string safetensors = folder->path() + "/x.safetensors";
  REQUIRE_FALSE(write_file_atomically(npy, npy_bytes(tensor)));
  REQUIRE_FALSE(write_file_atomically(npz, npz_bytes({{"x", tensor}, {"m", tensor}})));
  REQUIRE_FALSE(write_file_atomically(safetensors, safetensors_bytes({{"m", tensor}})));
  const auto function = takes({{"x", "float32", {"n"}}});
  for (const std::string& source : {npy, npz, npz + ":m", safetensors + ":m"}) {
    const Reading reading = read({"x=" + source}, function);
    INFO(source << ": " << reading.message);
    REQUIRE(reading.values);
    CHECK((*reading.values)[0] == tensor);
  }
  CHECK(source_file({"x", npz + ":m"}) == npz);
  CHECK(source_file({"x", "[1]"}).empty());
  CHECK_FALSE(read({"x=" + npz + ":absent"}, function).values);
}

TEST_CASE("a dtype that would lose precision is refused with the way to force it") {
  std::error_code error;
  const auto folder = TempFolder::make("", "inputs-", error);
  REQUIRE(folder);
  const std::string path = folder->path() + "/x.npy";
  REQUIRE_FALSE(write_file_atomically(path, npy_bytes(Tensor(DType::float64, {3}))));
  const auto function = takes({{"x", "float32", {"n"}}});
  const Reading reading = read({"x=" + path}, function);
  CHECK(reading.message == "input 'x' is float32[n], " + path +
                               " is float64[3]: float64 to float32 would lose precision");
  CHECK(reading.hint ==
        "convert the values, or pass --allow-downcast (Theano's allow_input_downcast=True)");
  CHECK(read({"x=" + path}, function, true).values);
}

TEST_CASE("missing, unknown and misshapen inputs are each reported") {
  const auto function = takes({{"x", "float32", {"n"}}, {"y", "int32", {}}});
  const Reading missing = read({"x=[1]"}, function);
  CHECK(missing.message == "function 'f' needs input 'y', int32[]");
  const Reading unknown = read({"x=[1]", "yy=2", "y=2"}, function);
  CHECK(unknown.message == "function 'f' has no input 'yy'");
  CHECK(unknown.hint == "did you mean 'y'?");
  const Reading misshapen = read({"x=1", "y=2"}, function);
  CHECK(misshapen.message == "input 'x' is float32[n], 1 is float32 scalar");
}

TEST_CASE("what is no value is refused with what would be") {
  const Reading reading = read({"x=abc"}, takes({{"x", "float32", {}}}));
  CHECK(reading.message == "input 'x': 'abc' is neither a number, a list, nor a file of arrays");
}

TEST_CASE("an input option without a value is a usage error") {
  CHECK_THROWS_WITH(input_options({"x"}), "--in x: expected NAME=VALUE, e.g. x=x.npy");
}

}  // namespace
}  // namespace tgc
