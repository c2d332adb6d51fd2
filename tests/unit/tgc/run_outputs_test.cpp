// SPDX-License-Identifier: Apache-2.0
// Putting batches together and showing results.
#include "tgc/run_outputs.h"

#include "catch2/catch.hpp"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

ManifestFunction two_outputs() {
  ManifestFunction function;
  function.name = "f";
  function.outputs = {{"loss", "float32", {}}, {"y", "int32", {"n"}}};
  return function;
}

tgc_tensor view(const Tensor& tensor) {
  tgc_tensor view = {};
  view.data = const_cast<std::byte*>(tensor.bytes());
  view.dtype = static_cast<uint32_t>(tensor.dtype());
  view.rank = static_cast<uint32_t>(tensor.rank());
  std::copy(tensor.dims().begin(), tensor.dims().end(), view.dims);
  return view;
}

Tensor integers(const std::vector<int64_t>& values) {
  Tensor tensor(DType::int32, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; i < values.size(); ++i) tensor.set_int(static_cast<int64_t>(i), values[i]);
  return tensor;
}

TEST_CASE("scalars are averaged by rows, arrays put behind one another") {
  const ManifestFunction function = two_outputs();
  Results results(function, {false, true});
  Diagnostics diagnostics;
  const Tensor first = Tensor::scalar(DType::float32, 1);
  const Tensor second = Tensor::scalar(DType::float32, 4);
  REQUIRE(results.add({view(first), view(integers({1, 2}))}, 2, diagnostics));
  REQUIRE(results.add({view(second), view(integers({3}))}, 1, diagnostics));
  CHECK(results.average(0) == 2);
  CHECK(results.short_text() == "loss 2.0000");
  CHECK(results.text(0) == "loss: 2\n");
  CHECK(results.array(1) == integers({1, 2, 3}));
}

TEST_CASE("results are shown with as many digits as their dtype has") {
  const ManifestFunction function = two_outputs();
  Results results(function, {false, false});
  Diagnostics diagnostics;
  const Tensor tenth = Tensor::scalar(DType::float32, 0.1);
  REQUIRE(results.add({view(tenth), view(integers({5, -6}))}, 2, diagnostics));
  CHECK(results.text(0) == "loss: 0.1\n");
  CHECK(results.text(1) == "y: int32[2] 5 -6\n");
}

TEST_CASE("of an array that is not kept the last batch is shown") {
  const ManifestFunction function = two_outputs();
  Results results(function, {false, false});
  Diagnostics diagnostics;
  const Tensor one = Tensor::scalar(DType::float32, 1);
  REQUIRE(results.add({view(one), view(integers({1, 2}))}, 2, diagnostics));
  REQUIRE(results.add({view(one), view(integers({3}))}, 1, diagnostics));
  CHECK(results.text(1) == "y: int32[1] in the last batch\n");
}

TEST_CASE("a new epoch begins with nothing") {
  const ManifestFunction function = two_outputs();
  Results results(function, {false, true});
  Diagnostics diagnostics;
  const Tensor one = Tensor::scalar(DType::float32, 1);
  REQUIRE(results.add({view(one), view(integers({1, 2}))}, 2, diagnostics));
  results.clear();
  REQUIRE(
      results.add({view(Tensor::scalar(DType::float32, 3)), view(integers({9}))}, 1, diagnostics));
  CHECK(results.average(0) == 3);
  CHECK(results.array(1) == integers({9}));
}

TEST_CASE("files without a name take the outputs in order") {
  const auto options = output_options({"a.npy", "b.npy", "all.npz"}, two_outputs());
  REQUIRE(options.size() == 3);
  CHECK(options[0].outputs == std::vector<size_t>{0});
  CHECK(options[1].outputs == std::vector<size_t>{1});
  CHECK(options[2].outputs == std::vector<size_t>{0, 1});
}

TEST_CASE("outputs that cannot be written so are usage errors") {
  const ManifestFunction function = two_outputs();
  CHECK_THROWS_WITH(output_options({"z=z.npy"}, function),
                    "--out: function 'f' has no output 'z'; its outputs are loss, y");
  CHECK_THROWS_AS(output_options({"y.txt"}, function), UsageError);
  CHECK_THROWS_AS(output_options({"y=a.npy", "y=b.npy"}, function), UsageError);
  CHECK_THROWS_AS(output_options({"a.npy", "b.npy", "c.npy"}, function), UsageError);
}

}  // namespace
}  // namespace tgc
