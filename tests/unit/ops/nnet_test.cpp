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

// -log of the probability that a path of `steps` symbols, each drawn by the softmax of its row of
// `x`, reads as `labels` once repetitions and then blanks (0) are taken out: over all paths.
double cost_over_all_paths(const Values& x, int64_t steps, int64_t symbols,
                           const Integers& labels) {
  int64_t paths = 1;
  for (int64_t t = 0; t < steps; ++t) paths *= symbols;
  double total = 0;
  for (int64_t path = 0; path < paths; ++path) {
    Integers read;
    int64_t previous = 0;
    int64_t rest = path;
    double probability = 1;
    for (int64_t t = 0; t < steps; ++t, rest /= symbols) {
      const int64_t symbol = rest % symbols;
      double sum = 0;
      for (int64_t p = 0; p < symbols; ++p)
        sum += std::exp(x[static_cast<size_t>(t * symbols + p)]);
      probability *= std::exp(x[static_cast<size_t>(t * symbols + symbol)]) / sum;
      if (symbol != previous && symbol != 0) read.push_back(symbol);
      previous = symbol;
    }
    if (read == labels) total += probability;
  }
  return -std::log(total);
}

double ctc_cost(const Values& x, int64_t steps, int64_t symbols, const Integers& labels) {
  const Values row(labels.begin(), labels.end());
  const auto count = static_cast<int64_t>(labels.size());
  const OpRun run =
      run_op({"ctc",
              {tensor(kReal, {steps, 1, symbols}, x), tensor(DType::int32, {1, count}, row),
               tensor(DType::int32, {1}, {static_cast<double>(steps)})}});
  return values_of(run.outputs.at(0))[0];
}

}  // namespace

TEST_CASE("ctc sums the probabilities of all paths that read as the labels") {
  const Values x = {0.3, -1.2, 0.7, 1.1, 0.4, -0.5, -0.2, 0.9, 0.1, 0.8, -0.7, 0.2};
  for (const Integers& labels :
       {Integers{1}, Integers{2, 1}, Integers{1, 1}, Integers{1, 2, 1}, Integers{}}) {
    INFO(labels.size());
    CHECK(ctc_cost(x, 4, 3, labels) == Approx(cost_over_all_paths(x, 4, 3, labels)));
  }
}

TEST_CASE("ctc leaves negative labels out wherever they are") {
  const Values x = {0.3, -1.2, 0.7, 1.1, 0.4, -0.5, -0.2, 0.9, 0.1};
  CHECK(ctc_cost(x, 3, 3, {-1, 2, -5, 1}) == Approx(cost_over_all_paths(x, 3, 3, {2, 1})));
}

TEST_CASE("ctc of labels that the steps cannot hold costs 0, as in warp-ctc") {
  CHECK(ctc_cost({0.3, -1.2, 1.1, 0.4}, 2, 2, {1, 1}) == 0);
}

TEST_CASE("ctc stays finite where probabilities are tiny") {
  const Values x = {800, 0, -800, 700, 0, 0};
  CHECK(ctc_cost(x, 2, 3, {2}) == Approx(700.0));
}

TEST_CASE("ctc fails on a label that is no symbol and on more steps than there are") {
  const Tensor x(kReal, {2, 1, 3});
  const Tensor label = tensor(DType::int32, {1, 1}, {3});
  CHECK(run_op({"ctc", {x, label, tensor(DType::int32, {1}, {2})}}).failure.find("index 3") !=
        std::string::npos);
  const Tensor good = tensor(DType::int32, {1, 1}, {1});
  CHECK(run_op({"ctc", {x, good, tensor(DType::int32, {1}, {4})}}).failure.find("index 4") !=
        std::string::npos);
}

TEST_CASE("ctc refuses lengths of another batch") {
  const OpRun run = run_op(
      {"ctc", {Tensor(kReal, {2, 3, 4}), Tensor(DType::int32, {3, 1}), Tensor(DType::int32, {2})}});
  CHECK(run.diagnostic == "ctc: input_lengths [2] are not for a batch of 3 (axis 1 of x0)");
}

TEST_CASE("images2neibs refuses steps that do not fill the image") {
  const OpRun run =
      run_op({"images2neibs", {Tensor(kReal, {1, 1, 5, 4})}, {{"neib_shape", Shape{2, 2}}}});
  CHECK(run.diagnostic ==
        "images2neibs: patches of 2, steps of 2 and an image of 5 do not fit together in mode "
        "valid");
}

TEST_CASE("images2neibs refuses patches of even sizes in mode wrap_centered") {
  const OpRun run = run_op({"images2neibs",
                            {Tensor(kReal, {1, 1, 4, 4})},
                            {{"neib_shape", Shape{2, 3}}, {"mode", std::string("wrap_centered")}}});
  CHECK(run.diagnostic == "images2neibs: mode wrap_centered needs patches of odd sizes, not 2");
}

TEST_CASE("diagonal_subtensor refuses matrices that are wider than high") {
  const OpRun run = run_op(
      {"diagonal_subtensor", {Tensor(kReal, {2, 3})}, {{"i0", int64_t{0}}, {"i1", int64_t{1}}}});
  CHECK(run.diagnostic ==
        "diagonal_subtensor: x0 is [2, 3]: axis i0 must be at least as long as axis i1");
}

TEST_CASE("bilinear_upsampling takes one kind of ratio") {
  const OpRun run = run_op({"bilinear_upsampling",
                            {Tensor(kReal, {1, 1, 2, 2})},
                            {{"ratio", Integers{2}}, {"frac_ratio", Integers{3, 2}}}});
  CHECK(run.diagnostic == "bilinear_upsampling: takes either ratio or frac_ratio");
}

TEST_CASE("spatialtf_sampler counts what lies outside of the image as 0") {
  const OpRun run = run_op(
      {"spatialtf_sampler",
       {tensor(kReal, {1, 1, 1, 2}, {4, 8}), tensor(kReal, {1, 1, 3, 2}, {-2, -1, 0, -1, 3, -1})}});
  CHECK(values_of(run.outputs.at(0)) == Values{2, 6, 0});
}

TEST_CASE("a block number that is none fails a block-sparse product") {
  const OpRun run =
      run_op({"sparse_block_dot",
              {Tensor(kReal, {2, 2, 3, 1}), Tensor(kReal, {1, 3}), tensor(DType::int64, {1}, {2}),
               Tensor(kReal, {2, 1}), tensor(DType::int64, {1}, {0})}});
  CHECK(run.failure.find("index 2 is out of bounds") != std::string::npos);
}

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
