// SPDX-License-Identifier: Apache-2.0
// Optimised graphs compute what plain ones do, for random graphs. A failure prints its seed; the
// environment variable TGC_SEED runs that one alone.
#include "catch2/catch.hpp"

#include <cmath>
#include <cstdlib>

#include "unit/passes/random_graph.h"

namespace tgc {
namespace {

constexpr uint64_t kGraphs = 300;

bool is_close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b);
  if (a == b) return true;
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

bool is_close(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.dims() != b.dims()) return false;
  for (int64_t i = 0; i < a.size(); ++i) {
    if (!is_close(a.get_double(i), b.get_double(i))) return false;
  }
  return true;
}

bool is_finite(const std::vector<Tensor>& values) {
  for (const Tensor& value : values) {
    for (int64_t i = 0; i < value.size(); ++i) {
      const double x = value.get_double(i);
      if (!std::isfinite(x) || std::abs(x) > 1e6) return false;
    }
  }
  return true;
}

// Whether the graph's plain values are worth comparing (rewrites may change what overflows).
bool check_seed(uint64_t seed) {
  RandomGraph random(seed);
  const auto inputs = random.inputs();
  const Function& plain = random.fixture.function;
  const EvaluateResult wanted = evaluate(plain.graph, inputs);
  if (!wanted.failure.empty() || !is_finite(wanted.outputs)) return false;
  for (const char* optimizer : {"merge", "fast_compile", "o2", "fast_run", "cuda"}) {
    PipelineOptions options = PassFixture::options(optimizer);
    options.for_cuda = options.optimizer == "cuda";
    if (options.for_cuda) options.optimizer = "fast_run";
    INFO("seed " << seed << " " << optimizer);
    const Function optimized = random.fixture.optimized(options);
    const auto got = PassFixture::values(optimized, inputs);
    bool same = got.size() == wanted.outputs.size();
    for (size_t i = 0; same && i < got.size(); ++i) same = is_close(got[i], wanted.outputs[i]);
    INFO(graph_text(plain.graph) << "---\n" << graph_text(optimized.graph));
    CHECK(same);
  }
  return true;
}

TEST_CASE("random graphs compute the same under every optimizer") {
  if (const char* seed = std::getenv("TGC_SEED")) {
    check_seed(std::strtoull(seed, nullptr, 10));
    return;
  }
  uint64_t compared = 0;
  for (uint64_t seed = 1; seed <= kGraphs; ++seed) compared += check_seed(seed) ? 1 : 0;
  CHECK(compared > kGraphs / 2);
}

}  // namespace
}  // namespace tgc
