// SPDX-License-Identifier: Apache-2.0
// Ops of complex inputs: values against std::complex, lowered kernels against eval, gradients
// against differences along both parts, and which ops refuse.
#include <algorithm>
#include <catch2/catch.hpp>
#include <complex>
#include <functional>
#include <string>

#include "interp/interpreter.h"
#include "ops/check_op.h"
#include "ops/example_model.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

using Complex = std::complex<double>;

std::string inputs_text(const std::string& dtype) {
  return R"({"z": {"dtype": ")" + dtype + R"(", "shape": [3, 4], "low": -1.5, "high": 2},
             "w": {"dtype": ")" +
         dtype + R"(", "shape": [4], "low": 0.3, "high": 1.8}})";
}

ExampleModel model_of(const std::string& op, const std::string& node, const std::string& inputs) {
  return make_example(op_registry().get(op), {node, inputs}, {}, 7);
}

struct Unary {
  const char* op;
  Complex (*function)(const Complex&);
};
const Unary kUnary[] = {
    {"neg", [](const Complex& z) { return -z; }},
    {"sqr", [](const Complex& z) { return z * z; }},
    {"inv", [](const Complex& z) { return 1.0 / z; }},
    {"conj", [](const Complex& z) { return std::conj(z); }},
    {"real", [](const Complex& z) { return Complex(z.real()); }},
    {"imag", [](const Complex& z) { return Complex(z.imag()); }},
    {"abs_", [](const Complex& z) { return Complex(std::abs(z)); }},
    {"angle", [](const Complex& z) { return Complex(std::arg(z)); }},
    {"exp", [](const Complex& z) { return std::exp(z); }},
    {"exp2", [](const Complex& z) { return std::pow(Complex(2), z); }},
    {"expm1", [](const Complex& z) { return std::exp(z) - 1.0; }},
    {"log", [](const Complex& z) { return std::log(z); }},
    {"log2", [](const Complex& z) { return std::log(z) / std::log(2.0); }},
    {"log10", [](const Complex& z) { return std::log10(z); }},
    {"log1p", [](const Complex& z) { return std::log(1.0 + z); }},
    {"sqrt", [](const Complex& z) { return std::sqrt(z); }},
    {"sin", [](const Complex& z) { return std::sin(z); }},
    {"cos", [](const Complex& z) { return std::cos(z); }},
    {"tan", [](const Complex& z) { return std::tan(z); }},
    {"sinh", [](const Complex& z) { return std::sinh(z); }},
    {"cosh", [](const Complex& z) { return std::cosh(z); }},
    {"tanh", [](const Complex& z) { return std::tanh(z); }},
    {"arcsin", [](const Complex& z) { return std::asin(z); }},
    {"arccos", [](const Complex& z) { return std::acos(z); }},
    {"arctan", [](const Complex& z) { return std::atan(z); }},
    {"arcsinh", [](const Complex& z) { return std::asinh(z); }},
    {"arccosh", [](const Complex& z) { return std::acosh(z); }},
    {"arctanh", [](const Complex& z) { return std::atanh(z); }},
};

struct Binary {
  const char* op;
  Complex (*function)(const Complex&, const Complex&);
};
const Binary kBinary[] = {
    {"add", [](const Complex& a, const Complex& b) { return a + b; }},
    {"sub", [](const Complex& a, const Complex& b) { return a - b; }},
    {"mul", [](const Complex& a, const Complex& b) { return a * b; }},
    {"true_div", [](const Complex& a, const Complex& b) { return a / b; }},
    {"pow", [](const Complex& a, const Complex& b) { return std::pow(a, b); }},
};

void check_values(const ExampleModel& model, const std::function<Complex(int64_t)>& expected,
                  double tolerance) {
  const EvaluateResult result = evaluate(*model.graph, model.inputs);
  REQUIRE(result.failure.empty());
  const Tensor& got = result.outputs.at(0);
  for (int64_t i = 0; i < got.size(); ++i) {
    INFO(i << ": " << got.get_complex(i) << ", expected " << expected(i));
    CHECK(std::abs(got.get_complex(i) - expected(i)) <= tolerance * (1 + std::abs(expected(i))));
  }
}

// The same numbers' real (0) or imaginary (1) parts; what is not complex as it is.
Tensor part_of(const Tensor& tensor, size_t part) {
  if (!is_complex(tensor.dtype())) return tensor;
  Tensor result(real_dtype(tensor.dtype()), tensor.dims());
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const Complex z = tensor.get_complex(i);
    result.set_double(i, part == 0 ? z.real() : z.imag());
  }
  return result;
}

bool is_linear(const OpDef& op) {
  constexpr std::string_view kOthers[] = {"abs_",
                                          "all",
                                          "any",
                                          "arccos",
                                          "arccosh",
                                          "arcsin",
                                          "arcsinh",
                                          "arctan",
                                          "arctanh",
                                          "batched_dot",
                                          "batched_tensordot",
                                          "cumprod",
                                          "cos",
                                          "cosh",
                                          "dot",
                                          "empty",
                                          "eq",
                                          "exp",
                                          "exp2",
                                          "expm1",
                                          "eye",
                                          "inner",
                                          "inv",
                                          "isfinite",
                                          "isinf",
                                          "isnan",
                                          "kron",
                                          "log",
                                          "log10",
                                          "log1p",
                                          "log2",
                                          "matmul",
                                          "matvec",
                                          "mul",
                                          "neq",
                                          "nonzero",
                                          "outer",
                                          "pow",
                                          "prod",
                                          "shape",
                                          "shape_i",
                                          "sin",
                                          "sinh",
                                          "sqr",
                                          "sqrt",
                                          "tan",
                                          "tanh",
                                          "tensordot",
                                          "tri",
                                          "true_div",
                                          "vecmat"};
  return op.on_complex != nullptr &&
         std::find(std::begin(kOthers), std::end(kOthers), op.name) == std::end(kOthers);
}

// The outputs for the given parts of the first and the second input, or of all when there is one.
std::vector<Tensor> outputs_of(const OpDef& op, const OpExample& example, const ExampleModel& whole,
                               const std::vector<size_t>& parts) {
  ExampleModel model = make_example(op, example, {DType::float64}, 7);
  REQUIRE(model.graph);
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    model.inputs[i] = part_of(whole.inputs[i], parts[std::min(i, parts.size() - 1)]);
  }
  EvaluateResult result = evaluate(*model.graph, model.inputs);
  REQUIRE(result.failure.empty());
  return std::move(result.outputs);
}

bool changes_gradient(const OpDef& op) {
  return op.name == "consider_constant" || op.name == "disconnected_grad" ||
         op.name == "grad_scale" || op.name == "zero_grad";
}

// An op's examples with complex numbers in place of floats; those that ask for a real dtype are
// left out.
template <class Check>
void check_examples(const OpDef& op, const Check& check) {
  INFO(op.name);
  int count = 0;
  for (const OpExample& example : op.examples) {
    const ExampleModel model = make_example(op, example, {DType::complex128}, 7);
    const bool has_complex =
        std::any_of(model.inputs.begin(), model.inputs.end(),
                    [](const Tensor& input) { return is_complex(input.dtype()); });
    if (!model.graph || !has_complex) continue;
    INFO(model.text);
    const EvaluateResult result = evaluate(*model.graph, model.inputs);
    REQUIRE(result.failure.empty());
    check(example, model, result.outputs);
    CHECK(check_kernels(*model.graph, model.inputs, {}).empty());
    if (op.no_grad.empty() && !changes_gradient(op)) {
      CHECK(check_gradients(*model.graph, model.inputs, nullptr).empty());
    }
    ++count;
  }
  CHECK(count > 0);
}

}  // namespace

TEST_CASE("linear ops act on both parts") {
  for (const OpDef* op : op_registry().all()) {
    if (!is_linear(*op)) continue;
    check_examples(*op, [&](const OpExample& example, const ExampleModel& model,
                            const std::vector<Tensor>& outputs) {
      for (const size_t part : {size_t{0}, size_t{1}}) {
        const std::vector<Tensor> expected = outputs_of(*op, example, model, {part});
        REQUIRE(outputs.size() == expected.size());
        for (size_t i = 0; i < outputs.size(); ++i) {
          REQUIRE(is_complex(outputs[i].dtype()));
          CHECK(difference(part_of(outputs[i], part), expected[i], 1e-14).empty());
        }
      }
    });
  }
}

TEST_CASE("products of arrays are those of the parts, added") {
  for (const std::string_view name : {"batched_dot", "batched_tensordot", "dot", "inner", "kron",
                                      "matmul", "matvec", "outer", "tensordot", "vecmat"}) {
    const OpDef& op = op_registry().get(name);
    check_examples(op, [&](const OpExample& example, const ExampleModel& model,
                           const std::vector<Tensor>& outputs) {
      const auto of = [&](size_t a, size_t b) { return outputs_of(op, example, model, {a, b})[0]; };
      const Tensor rr = of(0, 0), ii = of(1, 1), ri = of(0, 1), ir = of(1, 0);
      for (int64_t i = 0; i < rr.size(); ++i) {
        const Complex expected(rr.get_double(i) - ii.get_double(i),
                               ri.get_double(i) + ir.get_double(i));
        CHECK(std::abs(outputs.at(0).get_complex(i) - expected) < 1e-12);
      }
    });
  }
}

TEST_CASE("functions of one complex number have std::complex's values") {
  for (const auto& [op, function] : kUnary) {
    for (const std::string dtype : {"complex128", "complex64"}) {
      INFO(op << " of " << dtype);
      const std::string node = R"({"op": ")" + std::string(op) + R"(", "inputs": ["z"]})";
      const ExampleModel model = model_of(op, node, inputs_text(dtype));
      REQUIRE(model.graph);
      check_values(
          model, [&](int64_t i) { return function(model.inputs[0].get_complex(i)); },
          dtype == "complex64" ? 2e-6 : 1e-14);
      CHECK(check_kernels(*model.graph, model.inputs, {}).empty());
    }
  }
}

TEST_CASE("functions of two complex numbers have std::complex's values") {
  for (const auto& [op, function] : kBinary) {
    for (const std::string dtype : {"complex128", "complex64"}) {
      INFO(op << " of " << dtype);
      const std::string node = R"({"op": ")" + std::string(op) + R"(", "inputs": ["z", "w"]})";
      const ExampleModel model = model_of(op, node, inputs_text(dtype));
      REQUIRE(model.graph);
      check_values(
          model,
          [&](int64_t i) {
            return function(model.inputs[0].get_complex(i), model.inputs[1].get_complex(i % 4));
          },
          dtype == "complex64" ? 5e-6 : 1e-14);
      CHECK(check_kernels(*model.graph, model.inputs, {}).empty());
    }
  }
}

TEST_CASE("whole powers are products") {
  for (const int exponent : {1, 2, 3, 7, -1, -4}) {
    const std::string node = R"({"op": "pow", "inputs": ["z", )" + std::to_string(exponent) + "]}";
    const ExampleModel model =
        model_of("pow", node, R"({"z": {"dtype": "complex128", "shape": [3]}})");
    REQUIRE(model.graph);
    check_values(
        model, [&](int64_t i) { return std::pow(model.inputs[0].get_complex(i), exponent); },
        1e-14);
    for (const ApplyId id : model.graph->applies()) {
      CHECK(model.graph->apply(id).op->name != "exp");
    }
  }
}

TEST_CASE("products of elements") {
  const std::string inputs =
      R"({"z": {"dtype": "complex128", "shape": [3], "low": -2, "high": 2}})";
  const ExampleModel model = model_of("prod", R"({"op": "prod", "inputs": ["z"]})", inputs);
  REQUIRE(model.graph);
  const Tensor& z = model.inputs[0];
  const Complex product = z.get_complex(0) * z.get_complex(1) * z.get_complex(2);
  check_values(
      model, [&](int64_t) { return product; }, 1e-14);
  const ExampleModel each = model_of("cumprod", R"({"op": "cumprod", "inputs": ["z"]})", inputs);
  REQUIRE(each.graph);
  const Complex pair = each.inputs[0].get_complex(0) * each.inputs[0].get_complex(1);
  const Complex products[] = {each.inputs[0].get_complex(0), pair,
                              pair * each.inputs[0].get_complex(2)};
  check_values(
      each, [&](int64_t i) { return products[i]; }, 1e-14);
}

TEST_CASE("elements of which one part alone is 0 are not 0") {
  const std::string inputs = R"({"z": {"dtype": "complex128", "shape": [4]}})";
  const auto numbers = [&](const char* op, const char* node) {
    ExampleModel model = model_of(op, node, inputs);
    REQUIRE(model.graph);
    model.inputs[0].set_complex(0, 0);
    model.inputs[0].set_complex(1, {0, 1});
    model.inputs[0].set_complex(2, 1);
    model.inputs[0].set_complex(3, {0, NAN});
    std::vector<int64_t> found;
    const Tensor output = evaluate(*model.graph, model.inputs).outputs.at(0);
    for (int64_t i = 0; i < output.size(); ++i) found.push_back(output.get_int(i));
    return found;
  };
  using List = std::vector<int64_t>;
  CHECK(numbers("nonzero", R"({"op": "nonzero", "inputs": ["z"]})") == List{1, 2, 3});
  CHECK(numbers("any", R"({"op": "any", "inputs": ["z"]})") == List{1});
  CHECK(numbers("all", R"({"op": "all", "inputs": ["z"]})") == List{0});
  CHECK(numbers("count_nonzero", R"({"op": "count_nonzero", "inputs": ["z"]})") == List{3});
  CHECK(numbers("isfinite", R"({"op": "isfinite", "inputs": ["z"]})") == List{1, 1, 1, 0});
  CHECK(numbers("isnan", R"({"op": "isnan", "inputs": ["z"]})") == List{0, 0, 0, 1});
}

TEST_CASE("gradients with respect to complex inputs agree with differences") {
  for (const std::string node : {R"({"op": "mul", "inputs": ["z", "w", "z"]})",
                                 R"({"op": "true_div", "inputs": ["z", "w"]})",
                                 R"({"op": "pow", "inputs": ["w", "z"]})",
                                 R"({"op": "exp", "inputs": ["z"]})",
                                 R"({"op": "log", "inputs": ["w"]})",
                                 R"({"op": "sqrt", "inputs": ["w"]})",
                                 R"({"op": "tanh", "inputs": ["z"]})",
                                 R"({"op": "tan", "inputs": ["w"]})",
                                 R"({"op": "abs_", "inputs": ["w"]})",
                                 R"({"op": "angle", "inputs": ["w"]})",
                                 R"({"op": "conj", "inputs": ["z"]})",
                                 R"({"op": "inv", "inputs": ["w"]})",
                                 R"({"op": "dot", "inputs": ["z", "w"]})",
                                 R"({"op": "outer", "inputs": ["w", "w"]})",
                                 R"({"op": "sum", "inputs": ["z"], "axis": 0})",
                                 R"({"op": "mean", "inputs": ["z"]})",
                                 R"({"op": "prod", "inputs": ["z"], "axis": 0})",
                                 R"({"op": "cumprod", "inputs": ["z"], "axis": 1})",
                                 R"({"op": "arcsin", "inputs": ["w"]})",
                                 R"({"op": "arccos", "inputs": ["w"]})",
                                 R"({"op": "arctan", "inputs": ["w"]})",
                                 R"({"op": "arcsinh", "inputs": ["z"]})",
                                 R"({"op": "arccosh", "inputs": ["w"]})",
                                 R"({"op": "arctanh", "inputs": ["w"]})",
                                 R"({"op": "norm", "inputs": ["z"]})",
                                 R"({"op": "matvec", "inputs": ["z", "w"]})",
                                 R"({"op": "dimshuffle", "inputs": ["z"], "order": [1, "x", 0]})",
                                 R"({"op": "subtensor", "inputs": ["z"], "index": [1]})",
                                 R"({"op": "join", "inputs": ["z", "z"], "axis": 1})",
                                 R"({"op": "stack", "inputs": ["w", "w"], "axis": 0})",
                                 R"({"op": "cast", "inputs": ["z"], "dtype": "complex128"})"}) {
    INFO(node);
    const size_t begin = node.find(": \"") + 3;
    const std::string op = node.substr(begin, node.find('"', begin) - begin);
    const ExampleModel model = model_of(op, node, inputs_text("complex128"));
    INFO((model.diagnostics.all().empty() ? "" : model.diagnostics.all()[0].message));
    REQUIRE(model.graph);
    CHECK(check_gradients(*model.graph, model.inputs, nullptr).empty());
  }
}

TEST_CASE("a real factor keeps an infinity from becoming NaN") {
  const std::string inputs = R"({"z": {"dtype": "complex128", "shape": [1]},
                                 "x": {"dtype": "float64", "shape": [1], "value": [2]}})";
  ExampleModel model = model_of("mul", R"({"op": "mul", "inputs": ["z", "x"]})", inputs);
  model.inputs[0].set_complex(0, {INFINITY, 1});
  const Tensor product = evaluate(*model.graph, model.inputs).outputs.at(0);
  CHECK(product.get_complex(0) == Complex(INFINITY, 2));
}

TEST_CASE("large and small divisors neither overflow nor vanish") {
  const std::string inputs = R"({"z": {"dtype": "complex128", "shape": [2]},
                                 "w": {"dtype": "complex128", "shape": [2]}})";
  ExampleModel model = model_of("true_div", R"({"op": "true_div", "inputs": ["z", "w"]})", inputs);
  for (const int64_t i : {0, 1}) {
    const double size = i == 0 ? 1e200 : 1e-200;
    model.inputs[0].set_complex(i, {size, 2 * size});
    model.inputs[1].set_complex(i, {size, -size});
  }
  const Tensor quotient = evaluate(*model.graph, model.inputs).outputs.at(0);
  for (const int64_t i : {0, 1}) {
    CHECK(std::abs(quotient.get_complex(i) - Complex(-0.5, 1.5)) < 1e-15);
  }
}

}  // namespace tgc
