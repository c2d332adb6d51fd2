// SPDX-License-Identifier: Apache-2.0
// Theano's functions of neural networks that are ops of tgc give the values of Theano 1.0.5,
// committed in references/nnet.inc with the script that made them.
#include <catch2/catch.hpp>
#include <cmath>

#include "helpers/values.h"
#include "interp/interpreter.h"
#include "ops/example_model.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

struct NnetReference {
  const char* node;
  const char* inputs;
  std::vector<std::vector<double>> outputs;
};

std::vector<NnetReference> references() {
  return {
#include "ops/references/nnet.inc"
  };
}

std::string op_of(const std::string& node) {
  const std::string key = "\"op\": \"";
  const size_t start = node.find(key) + key.size();
  return node.substr(start, node.find('"', start) - start);
}

}  // namespace

TEST_CASE("functions of neural networks give Theano's values") {
  for (const bool symbolic : {false, true}) {
    for (const NnetReference& reference : references()) {
      INFO(reference.node << (symbolic ? " symbolic" : ""));
      ExampleVariant variant;
      variant.symbolic = symbolic;
      const OpDef& op = op_registry().get(op_of(reference.node));
      const ExampleModel model = make_example(op, {reference.node, reference.inputs}, variant, 1);
      REQUIRE(model.diagnostics.all().empty());
      REQUIRE(model.graph);
      const EvaluateResult result = evaluate(*model.graph, model.inputs);
      REQUIRE(result.failure == "");
      REQUIRE(result.outputs.size() == reference.outputs.size());
      for (size_t i = 0; i < reference.outputs.size(); ++i) {
        const auto got = numbers(result.outputs[i]);
        REQUIRE(got.size() == reference.outputs[i].size());
        for (size_t k = 0; k < got.size(); ++k) {
          INFO("output " << i << ", element " << k);
          CHECK(got[k] == Approx(reference.outputs[i][k]).epsilon(1e-11).margin(1e-11));
        }
      }
    }
  }
}

}  // namespace tgc
