// SPDX-License-Identifier: Apache-2.0
// What the ops of neural networks refuse, and values by hand. Theano's values are in tests/python.
#include <cmath>

#include "catch2/catch.hpp"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

using Values = std::vector<double>;
using Integers = std::vector<int64_t>;

constexpr DType kReal = DType::float64;

}  // namespace

TEST_CASE("batch_normalization_train refuses axes that x does not have") {
  const Tensor x(kReal, {4, 3});
  const Tensor p(kReal, {3});
  CHECK(run_op({"batch_normalization_train", {x, p, p}, {{"axes", Integers{2}}}}).diagnostic ==
        "batch_normalization_train: axes must be \"per-activation\", \"spatial\" or axes of x0, "
        "from 0 to 1");
}

TEST_CASE("batch_normalization_train refuses parameters of another rank") {
  const OpRun run = run_op({"batch_normalization_train",
                            {Tensor(kReal, {4, 3, 2}), Tensor(kReal, {3}), Tensor(kReal, {3})}});
  CHECK(run.diagnostic ==
        "batch_normalization_train: x1 has 1 dimensions; all parameters must have 2 (the axes that "
        "are kept) or 3");
}

TEST_CASE("batch_normalization_train refuses an epsilon below cuDNN's") {
  const Tensor x(kReal, {4, 3});
  const Tensor p(kReal, {3});
  CHECK(run_op({"batch_normalization_train", {x, p, p}, {{"epsilon", 1e-6}}}).diagnostic ==
        "batch_normalization_train: epsilon must be at least 1e-5");
}

TEST_CASE("batch_normalization_train wants both running values or none") {
  const Tensor x(kReal, {4, 3});
  const Tensor p(kReal, {3});
  CHECK(run_op({"batch_normalization_train", {x, p, p, p}}).code == "wrong-arity");
}

TEST_CASE("the variance of large numbers that differ little is exact") {
  const Tensor one = tensor(kReal, {1}, {1});
  const OpRun run = run_op({"batch_normalization_train",
                            {tensor(kReal, {2, 1}, {1e8, 1e8 + 2}), one, one},
                            {{"epsilon", 1.0}}});
  CHECK(values_of(run.outputs.at(2))[0] == Approx(1 / std::sqrt(2.0)));
}

TEST_CASE("cross_channel_normalization sums over the channels there are") {
  const OpRun run = run_op({"cross_channel_normalization",
                            {tensor(kReal, {1, 3, 1, 1}, {1, 2, 3})},
                            {{"n", int64_t{3}}, {"k", 1.0}, {"alpha", 1.0}, {"beta", 1.0}}});
  CHECK(values_of(run.outputs.at(0)) == Values{1.0 / 6, 2.0 / 15, 3.0 / 14});
}

TEST_CASE("cross_channel_normalization wants an odd number of channels") {
  const OpRun run =
      run_op({"cross_channel_normalization", {Tensor(kReal, {1, 3, 1, 1})}, {{"n", int64_t{4}}}});
  CHECK(run.diagnostic == "cross_channel_normalization: n must be odd and at least 1");
}

}  // namespace tgc
