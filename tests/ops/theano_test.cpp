// SPDX-License-Identifier: Apache-2.0
// Result dtypes, values and gradients of Theano 1.0.5, committed in references/elementwise.inc with
// the script that made them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "graph/grad.h"
#include "graph/node.h"
#include "helpers/values.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

struct DTypeReference {
  const char* op;
  const char* float_x;
  const char* results;  // a letter for each input dtype, or row by row for each pair of them
};

const DTypeReference kDTypeReferences[] = {
#define TGC_DTYPE_REFERENCES
#include "ops/references/elementwise.inc"
#undef TGC_DTYPE_REFERENCES
};

struct ValueReference {
  std::string op;
  int inputs;
  std::vector<std::vector<double>> values;
  std::vector<double> result;
  std::vector<std::vector<double>> gradients;  // of the sum; none for discrete results
};

std::vector<ValueReference> value_references() {
  return {
#define TGC_VALUE_REFERENCES
#include "ops/references/elementwise.inc"
#undef TGC_VALUE_REFERENCES
  };
}

// The letter of the op's result dtype, '-' when it refuses the inputs.
char result_letter(const std::string& op, DType float_x, const std::vector<DType>& dtypes) {
  constexpr std::string_view letters = "?bhilBHILefd";
  Graph graph;
  Builder builder(graph, op_registry(), float_x);
  NodeSpec spec;
  spec.op = &op_registry().get(op);
  for (const DType dtype : dtypes) spec.inputs.push_back(graph.add_input({dtype, {3}, {}}, "x"));
  Diagnostics diagnostics;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  if (!outputs) return '-';
  return letters[static_cast<size_t>(graph.type(outputs->at(0)).dtype)];
}

std::string results(const DTypeReference& reference) {
  const DType float_x = *parse_dtype(reference.float_x);
  const bool is_pair = std::string_view(reference.results).size() > real_dtypes().size();
  std::string letters;
  for (const DType a : real_dtypes()) {
    if (!is_pair) {
      letters += result_letter(reference.op, float_x, {a});
      continue;
    }
    for (const DType b : real_dtypes()) letters += result_letter(reference.op, float_x, {a, b});
  }
  return letters;
}

// Equal up to rounding; an empty text when they are.
std::string compare(const std::vector<double>& got, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const double a = got.at(i);
    const double b = expected[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    if (std::abs(a - b) <= 1e-12 * std::abs(b) + 1e-15) continue;
    return "at " + std::to_string(i) + ": " + std::to_string(a) + ", Theano " + std::to_string(b);
  }
  return "";
}

// Theano gives bits of int64 and uint64 together the type float64, and then cannot compute them:
// tgc refuses them at once.
std::string expected_results(const DTypeReference& reference) {
  std::string expected(reference.results);
  const std::string_view op = reference.op;
  if (op == "and_" || op == "or_" || op == "xor") {
    std::replace(expected.begin(), expected.end(), 'd', '-');
  }
  return expected;
}

}  // namespace

TEST_CASE("result dtypes are Theano's for every combination of input dtypes") {
  for (const DTypeReference& reference : kDTypeReferences) {
    INFO(reference.op << " with floatX=" << reference.float_x);
    CHECK(results(reference) == expected_results(reference));
  }
}

TEST_CASE("values and gradients at zeros, ties, infinities and NaN are Theano's") {
  for (const ValueReference& reference : value_references()) {
    INFO(reference.op);
    Graph graph;
    Builder builder(graph, op_registry());
    std::vector<VariableId> inputs;
    std::vector<Tensor> values;
    for (const auto& input : reference.values) {
      values.push_back(vector_of(input));
      const DimExpr size(static_cast<int64_t>(input.size()));
      inputs.push_back(graph.add_input(float64_type({size}), "x"));
    }
    const Node result(builder, builder.call(reference.op, inputs));
    graph.add_output(result.id());
    if (!reference.gradients.empty()) {
      Diagnostics diagnostics;
      GradOptions options;
      options.disconnected_inputs = DisconnectedInputs::ignore;
      const auto gradients = grad(builder, result.call("sum").id(), inputs, options, diagnostics);
      REQUIRE(gradients);
      for (const VariableId gradient : *gradients) graph.add_output(gradient);
    }
    const EvaluateResult got = evaluate(graph, values);
    REQUIRE(got.failure == "");
    CHECK(compare(numbers(got.outputs[0]), reference.result) == "");
    for (size_t i = 0; i < reference.gradients.size(); ++i) {
      INFO("gradient of input " << i);
      CHECK(compare(numbers(got.outputs[i + 1]), reference.gradients[i]) == "");
    }
  }
}

}  // namespace tgc
