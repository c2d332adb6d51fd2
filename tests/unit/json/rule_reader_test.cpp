// SPDX-License-Identifier: Apache-2.0
// Update rules, run for three steps by the interpreter against the formulas worked out elsewhere.
#include "json/rule_reader.h"

#include <catch2/catch.hpp>
#include <map>

#include "graph/op_def.h"
#include "interp/interpreter.h"
#include "unit/json/read_text.h"

namespace tgc {
namespace {

// The cost is w0² + 3·w1², w begins at (1, -2).
std::string training_file(const std::string& dtype, const std::string& rule) {
  return R"({"tgc": 1, "name": "test",
    "shared": {"w": {"dtype": ")" +
         dtype + R"(", "shape": [2], "value": [1, -2]}},
    "constants": {"c": {"dtype": ")" +
         dtype + R"(", "shape": [2], "value": [1, 3]}},
    "nodes": [{"op": "sqr", "inputs": ["w"], "name": "w2"},
              {"op": "mul", "inputs": ["c", "w2"], "name": "cw2"},
              {"op": "sum", "inputs": ["cw2"], "name": "cost"}],
    "functions": {"f": {"inputs": [], "outputs": ["cost"], "updates":
      {"cost": "cost", "params": ["w"], )" +
         rule + "}}}}";
}

// w after some calls of f.
std::vector<double> trained(const std::string& text, int steps) {
  const ReadResult result = read_text(text);
  const Function& function = function_of(result, "f");
  std::map<std::string, Tensor> state;
  for (const SharedVariable& shared : result.model->shared) state[shared.name] = *shared.value;
  for (int step = 0; step < steps; ++step) {
    std::vector<Tensor> inputs;
    for (const VariableId id : function.graph.inputs()) {
      inputs.push_back(state.at(function.graph.variable(id).name));
    }
    const EvaluateResult evaluated = evaluate(function.graph, inputs);
    REQUIRE(evaluated.failure.empty());
    for (const Update& update : function.updates) {
      state[update.shared] = evaluated.outputs.at(update.output);
    }
  }
  return {state["w"].get_double(0), state["w"].get_double(1)};
}

struct RuleCase {
  std::string rule;
  std::string settings;
  std::vector<double> expected;  // w after three steps
};

}  // namespace

TEST_CASE("three steps of every rule follow its formula") {
  const std::vector<RuleCase> cases = {
      {"sgd", R"("learning_rate": 0.1)", {0.512, -0.12799999999999995}},
      {"momentum", R"("learning_rate": 0.1)", {0.06199999999999983, 1.7080000000000006}},
      {"nesterov", R"("learning_rate": 0.1)", {-0.10835200000000009, 0.608128}},
      {"adagrad", R"("learning_rate": 0.5)", {0.15639878708840574, -0.983634468532676}},
      {"rmsprop", R"("learning_rate": 0.5)", {-0.1124407983538393, -0.011157149354224821}},
      {"adadelta", R"("rho": 0.95)", {0.9864644623414908, -1.9864477393265305}},
      {"adam", R"("beta1": 0.9)", {0.9970000964115369, -1.9970000479499947}},
  };
  CHECK(cases.size() == update_rules().size());
  for (const RuleCase& rule_case : cases) {
    INFO(rule_case.rule);
    const std::string rule = "\"rule\": \"" + rule_case.rule + "\", " + rule_case.settings;
    const auto exact = trained(training_file("float64", rule), 3);
    CHECK(exact[0] == Approx(rule_case.expected[0]).epsilon(1e-12));
    CHECK(exact[1] == Approx(rule_case.expected[1]).epsilon(1e-12));
    const auto rounded = trained(training_file("float32", rule), 3);
    CHECK(rounded[0] == Approx(rule_case.expected[0]).epsilon(1e-5));
    CHECK(rounded[1] == Approx(rule_case.expected[1]).epsilon(1e-5));
  }
}

TEST_CASE("a hyper-parameter may be a variable of any dtype") {
  std::string text = training_file("float32", R"("rule": "sgd", "learning_rate": "rate")");
  const size_t at = text.find("\"constants\": {") + 14;
  text.insert(at, R"("rate": {"dtype": "float64", "shape": [], "value": 0.1}, )");
  CHECK(trained(text, 1)[0] == Approx(0.8));
}

TEST_CASE("mistakes in a rule are explained") {
  const auto problem = [](const std::string& rule) {
    const ReadResult result = read_text(training_file("float32", rule));
    return result.problems.empty() ? ""
                                   : result.problems[0].substr(result.problems[0].find(' ') + 1);
  };
  CHECK(problem(R"("rule": "sdg")") ==
        "bad-update: function 'f': update rule: unknown update rule 'sdg'");
  CHECK(problem(R"("rule": "sgd")") ==
        "missing-key: function 'f': update rule: key 'learning_rate' is missing");
  CHECK(problem(R"("rule": "sgd", "learning_rate": "w")") ==
        "bad-rank: function 'f': update rule: 'learning_rate' must be a scalar, it is float32[2]");
  CHECK(problem(R"("rule": "sgd", "learning_rate": 1, "grads": ["w"])") ==
        "missing-key: function 'f': update rule: has both 'cost' and 'grads'");
}

}  // namespace tgc
