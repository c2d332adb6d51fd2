// SPDX-License-Identifier: Apache-2.0
// Single rewrites: what each makes of a small graph, and what it leaves alone.
#include "catch2/catch.hpp"

#include "ops/index_template.h"
#include "passes/rewrite_runner.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

const DimExpr kN = DimExpr::symbol("n");

// The outputs' formulas after one sweep of the named pass: "log1p(x)".
class Formula {
 public:
  explicit Formula(const Graph& graph) : graph_(graph) {}

  std::string text(VariableId id) const {
    const Variable& variable = graph_.variable(id);
    if (variable.kind == VariableKind::constant) return constant_text(*variable.constant);
    const Apply* owner = graph_.owner(id);
    if (owner == nullptr) return variable.name;
    std::vector<std::string> parts;
    for (const VariableId input : owner->inputs) parts.push_back(text(input));
    for (const auto& [name, value] : owner->attributes) {
      if (name == "acc_dtype" || name == "dtype") continue;
      parts.push_back(name + "=" + attribute_text(value));
    }
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + part;
    const std::string which =
        owner->outputs.size() > 1 ? "." + std::to_string(variable.output_index) : "";
    return std::string(owner->op->name) + which + "(" + all + ")";
  }

 private:
  const Graph& graph_;
};

std::string after(const PassFixture& f, std::string_view name) {
  const Pass* pass = find_pass(name);
  REQUIRE(pass != nullptr);
  Graph graph = f.function.graph;
  Diagnostics diagnostics;
  PassContext context{op_registry(), DType::float32, diagnostics};
  if (pass->run != nullptr) {
    pass->run(graph, context);
  } else {
    PipelineStep step;
    step.name = name;
    step.mode = StepMode::node;
    step.pass = pass;
    RewriteCounts counts;
    RewriteRunner(graph, context, counts).sweep({step});
  }
  graph.erase_dead();
  return Formula(graph).text(graph.outputs().at(0));
}

// The same for f(x, y) of two float32 vectors.
template <class F>
std::string after(std::string_view name, const F& formula) {
  PassFixture f;
  const Node x = f.input("x", {kN});
  const Node y = f.input("y", {kN});
  f.output(formula(x, y));
  return after(f, name);
}

TEST_CASE("sums lose what cancels and gather constants") {
  const auto canonical = [](const auto& formula) { return after("local_add_canonizer", formula); };
  CHECK(canonical([](auto& x, auto& y) { return (x + y) - x; }) == "y");
  CHECK(canonical([](auto& x, auto& y) { return (x + y) + (x - y); }) == "add(x, x)");
  CHECK(canonical([](auto& x, auto&) { return (1 + x) + 2; }) == "add(3, x)");
  CHECK(canonical([](auto& x, auto&) { return x + 0; }) == "x");
  CHECK(canonical([](auto& x, auto& y) { return -(x - y) + x; }) == "y");
  CHECK(canonical([](auto& x, auto& y) { return x - y; }) == "sub(x, y)");
  CHECK(canonical([](auto& x, auto&) { return -x; }) == "neg(x)");
}

TEST_CASE("a sum that another user reads is taken apart only where something cancels") {
  PassFixture f;
  const Node x = f.input("x", {kN});
  const Node y = f.input("y", {kN});
  const Node sum = x + y;
  SECTION("it does") {
    f.output(sum - x);
    f.output(sum);
    CHECK(after(f, "local_add_canonizer") == "y");
  }
  SECTION("it does not") {
    f.output((sum + 1) + (1 + y));
    f.output(sum);
    CHECK(after(f, "local_add_canonizer") == "add(2, add(x, y), y)");
  }
}

TEST_CASE("factors go into sums where that saves operations") {
  const auto distributed = [](const auto& formula) {
    return after("local_greedy_distributor", formula);
  };
  CHECK(distributed([](auto& x, auto& y) { return (x / y + 2) * y; }) == "add(x, mul(2, y))");
  CHECK(distributed([](auto& x, auto& y) { return (x / y - 1 / x) * (y * x); }) ==
        "sub(mul(x, x), y)");
  CHECK(distributed([](auto& x, auto& y) { return (x * y + y) / y; }) == "add(x, 1)");
  CHECK(distributed([](auto& x, auto& y) { return (x + 2) * y; }) == "mul(add(x, 2), y)");
  CHECK(distributed([](auto& x, auto& y) { return x / (x + y); }) == "true_div(x, add(x, y))");
}

TEST_CASE("the distributor leaves integers alone") {
  PassFixture f(DType::int32);
  const Node x = f.input("x", {kN});
  f.output((x * x + x) * x);
  CHECK(after(f, "local_greedy_distributor") == "mul(add(mul(x, x), x), x)");
}

TEST_CASE("the gradient of a cross-entropy of a written-out logistic function stays finite") {
  PassFixture f;
  const Node s = f.input("s", {kN});
  const Node y = f.input("y", {kN});
  const Node e = exp(-s);  // as grad() writes it
  const Node p = 1 / (1 + e);
  const Node one = s.number(1).call("alloc", {}, {{"shape", Shape{kN}}});
  const Node outer = -(one * (1 - y) / (1 - p)) + one * y / p;
  const Node gradient = -(-(outer * 1) / ((1 + e) * (1 + e)) * e);
  f.output(gradient);
  const std::vector<Tensor> inputs = {floats({4}, {-200, -3, 3, 200}), floats({4}, {1, 0, 1, 0})};
  const Tensor got = PassFixture::values(f.optimized("fast_run"), inputs).at(0);
  const std::vector<double> right = {1, -0.04742587317756678, 0.04742587317756678, -1};
  for (int64_t i = 0; i < 4; ++i) {
    CHECK(got.get_double(i) == Approx(right[static_cast<size_t>(i)]).epsilon(1e-5));
  }
}

TEST_CASE("exact logarithms do not narrow or wrap their argument") {
  const auto log_of_rest = [](DType dtype, DType wide) {
    PassFixture f(dtype);
    const Node x = f.input("x", {kN});
    f.output(log(Node(f.builder(), f.builder().scalar(wide, 1)) - x));
    return after(f, "local_log1p");
  };
  CHECK(log_of_rest(DType::float32, DType::float64) == "log1p(neg(cast(x)))");
  CHECK(log_of_rest(DType::uint8, DType::int16) == "log(sub(int16 1, x))");
  CHECK(log_of_rest(DType::boolean, DType::float32) == "log1p(neg(cast(x)))");
}

TEST_CASE("rewrites that hold for reals leave integers alone") {
  PassFixture f(DType::int8);
  const Node x = f.input("x", {kN});
  const Node y = f.input("y", {kN});
  SECTION("|x| * |y|") {
    f.output(abs(x) * abs(y));
    CHECK(after(f, "local_abs_merge") == "mul(abs_(x), abs_(y))");
  }
  SECTION("log(exp(x) + exp(y))") {
    f.output(log(exp(x) + exp(y)));
    CHECK(after(f, "local_log_add") == "log(add(exp(x), exp(y)))");
  }
}

TEST_CASE("a sum of equal float16 counts in a dtype that holds the count") {
  PassFixture f(DType::float16);
  const Node half = f.constant(0.5);
  const Node wide(f.builder(), f.builder().alloc(half.id(), {70000}));
  f.output(wide.call("sum", {}, {{"axis", std::vector<int64_t>{0}}}));
  CHECK(f.value("fast_run", {}) == 35008);
}

TEST_CASE("products lose what cancels and gather constants") {
  const auto canonical = [](const auto& formula) { return after("local_mul_canonizer", formula); };
  CHECK(canonical([](auto& x, auto& y) { return (x * y) / x; }) == "y");
  CHECK(canonical([](auto& x, auto& y) { return x / (x * y); }) == "inv(y)");
  CHECK(canonical([](auto& x, auto&) { return (2 * x) * 3; }) == "mul(6, x)");
  CHECK(canonical([](auto& x, auto&) { return (x * 4) / 2; }) == "mul(2, x)");
  CHECK(canonical([](auto& x, auto&) { return x * 1; }) == "x");
  CHECK(canonical([](auto& x, auto& y) { return (x / y) * (y / x); }) == "alloc(1, shape=[n])");
  CHECK(canonical([](auto& x, auto&) { return 0 * x; }) == "alloc(0, shape=[n])");
  CHECK(canonical([](auto& x, auto& y) { return (-x) * (-y); }) == "mul(x, y)");
  CHECK(canonical([](auto& x, auto&) { return x / 3; }) == "true_div(x, 3)");
}

TEST_CASE("integers are not divided by canonical forms") {
  PassFixture f(DType::int32);
  const Node x = f.input("x", {kN});
  f.output((x * 6).call("int_div", {x.number(2)}));
  CHECK(after(f, "local_mul_canonizer") == "int_div(mul(x, int32 6), int32 2)");
}

TEST_CASE("logistic functions take their stable forms") {
  CHECK(after("log1pexp_to_softplus", [](auto& x, auto&) { return exp(x).call("log1p"); }) ==
        "softplus(x)");
  CHECK(after("logsigm_to_softplus", [](auto& x, auto&) { return log(x.call("sigmoid")); }) ==
        "neg(softplus(neg(x)))");
  CHECK(after("log1msigm_to_softplus", [](auto& x, auto&) { return log(1 - x.call("sigmoid")); }) ==
        "neg(softplus(x))");
  CHECK(after("log1p_neg_sigmoid,", [](auto& x, auto&) {
          return (-x.call("sigmoid")).call("log1p");
        }) == "neg(softplus(x))");
  CHECK(after("local_inv_1_plus_exp", [](auto& x, auto&) { return 1 / (1 + exp(x)); }) ==
        "sigmoid(neg(x))");
  CHECK(after("local_inv_1_plus_exp", [](auto& x, auto& y) { return y / (1 + exp(x)); }) ==
        "true_div(y, add(1, exp(x)))");
  CHECK(after("local_exp_over_1_plus_exp", [](auto& x, auto&) { return exp(x) / (1 + exp(x)); }) ==
        "sigmoid(x)");
  CHECK(after("local_exp_over_1_plus_exp", [](auto& x, auto& y) {
          return exp(y) / (1 + exp(x));
        }) == "mul(sigmoid(neg(x)), exp(y))");
  CHECK(after("local_sigm_times_exp", [](auto& x, auto& y) {
          return exp(-x) * y * x.call("sigmoid");
        }) == "mul(mul(exp(neg(x)), y), sigmoid(x))");
  CHECK(after("local_sigm_times_exp", [](auto& x, auto&) { return exp(-x) * x.call("sigmoid"); }) ==
        "sigmoid(neg(x))");
}

TEST_CASE("logarithms take their exact forms") {
  CHECK(after("local_log1p", [](auto& x, auto&) { return log(1 + x); }) == "log1p(x)");
  CHECK(after("local_log1p", [](auto& x, auto&) { return log(1 - x); }) == "log1p(neg(x))");
  CHECK(after("local_log1p", [](auto& x, auto&) { return log(2 + x); }) == "log(add(2, x))");
  CHECK(after("local_expm1", [](auto& x, auto&) { return exp(x) - 1; }) == "expm1(x)");
  CHECK(after("local_expm1", [](auto& x, auto&) { return 1 - exp(x); }) == "sub(1, exp(x))");
  CHECK(after("local_log_add", [](auto& x, auto& y) { return log(exp(x) + exp(y)); }) ==
        "switch(isinf(maximum(x, y)), maximum(x, y), add(maximum(x, y), "
        "log1p(exp(add(sub(x, maximum(x, y)), sub(y, maximum(x, y)))))))");
  CHECK(after("local_log_sum_exp", [](auto& x, auto&) { return log(exp(x).call("sum")); }) ==
        "add(switch(isinf(max(x, axis=[0])), 0, max(x, axis=[0])), log(sum(exp(sub(x, "
        "dimshuffle(switch(isinf(max(x, axis=[0])), 0, max(x, axis=[0])), order=[-1]))), "
        "axis=[0])))");
}

TEST_CASE("powers with constant exponents are specialised") {
  const auto power = [](double exponent) {
    return after("local_pow_specialize",
                 [exponent](auto& x, auto&) { return x.call("pow", {x.number(exponent)}); });
  };
  CHECK(power(2) == "sqr(x)");
  CHECK(power(0.5) == "sqrt(x)");
  CHECK(power(-1) == "inv(x)");
  CHECK(power(-2) == "inv(sqr(x))");
  CHECK(power(1) == "x");
  CHECK(power(0) == "alloc(1, shape=[n])");
  CHECK(power(3) == "pow(x, 3)");
  CHECK(after("local_pow_specialize_device", [](auto& x, auto&) {
          return x.call("pow", {x.number(5)});
        }) == "mul(x, sqr(sqr(x)))");
}

TEST_CASE("special operands of sums and products fall away") {
  CHECK(after("local_add_specialize", [](auto& x, auto&) { return x + 0; }) == "x");
  CHECK(after("local_mul_specialize", [](auto& x, auto&) { return x * -1; }) == "neg(x)");
  CHECK(after("local_mul_specialize", [](auto& x, auto& y) { return x * 2 * y; }) ==
        "mul(mul(x, 2), y)");
  CHECK(after("local_zero_div", [](auto& x, auto&) { return 0 / x; }) == "alloc(0, shape=[n])");
  CHECK(after("local_div_to_inv", [](auto& x, auto&) { return 1 / x; }) == "inv(x)");
  CHECK(after("local_mul_to_sqr", [](auto& x, auto&) { return x * x; }) == "sqr(x)");
  CHECK(after("local_elemwise_sub_zeros", [](auto& x, auto&) { return x - x; }) ==
        "alloc(0, shape=[n])");
  CHECK(after("local_neg_neg", [](auto& x, auto&) { return -(-x); }) == "x");
  CHECK(after("local_neg_div_neg", [](auto& x, auto& y) { return -((-x) / y); }) ==
        "true_div(x, y)");
  CHECK(after("local_func_inv", [](auto& x, auto&) { return x.call("arcsinh").call("sinh"); }) ==
        "x");
  CHECK(after("local_abs_merge", [](auto& x, auto& y) { return abs(x) * abs(y); }) ==
        "abs_(mul(x, y))");
  CHECK(after("local_add_mul_fusion", [](auto& x, auto& y) { return (x + y) + x; }) ==
        "add(x, y, x)");
}

TEST_CASE("an integer division by a zero that is not known still fails the call") {
  PassFixture f(DType::int32);
  const Node x = f.input("x", {kN});
  f.output(x.number(0).call("int_div", {x}));
  CHECK(after(f, "local_zero_div") == "int_div(int32 0, x)");
}

TEST_CASE("what an operand broadcasts to stays the result's shape") {
  PassFixture f;
  const Node x = f.input("x", {kN, 3});
  const Node b = f.input("b", {3});
  f.output(x - x + b);
  CHECK(after(f, "local_add_canonizer") == "alloc(b, shape=[n, 3])");
}

TEST_CASE("switches with a known side or a zero branch") {
  CHECK(after("local_useless_switch", [](auto& x, auto& y) { return where(x.number(1), x, y); }) ==
        "x");
  CHECK(after("local_useless_switch", [](auto& x, auto& y) { return where(gt(x, y), y, y); }) ==
        "y");
  CHECK(after("local_mul_switch_sink", [](auto& x, auto& y) {
          return where(gt(x, y), x, x.number(0)) * y;
        }) == "switch(gt(x, y), mul(x, y), 0)");
  CHECK(after("local_div_switch_sink", [](auto& x, auto& y) {
          return where(gt(x, y), x.number(0), x) / y;
        }) == "switch(gt(x, y), 0, true_div(x, y))");
  CHECK(after("local_mul_switch_sink", [](auto& x, auto& y) {
          return where(gt(x, y), x, x.number(2)) * y;
        }) == "mul(switch(gt(x, y), x, 2), y)");
  CHECK(after("local_merge_switch_same_cond", [](auto& x, auto& y) {
          const Node c = gt(x, y);
          return where(c, x, y) + where(c, y, x);
        }) == "switch(gt(x, y), add(x, y), add(y, x))");
}

TEST_CASE("casts that only widen fall away") {
  PassFixture f(DType::int8);
  const Node x = f.input("x", {kN});
  f.output(x.cast(DType::int32).cast(DType::float32));
  CHECK(after(f, "local_cast_cast") == "cast(x)");
  PassFixture narrow(DType::float32);
  const Node y = narrow.input("y", {kN});
  narrow.output(y.cast(DType::int32).cast(DType::float32));
  CHECK(after(narrow, "local_cast_cast") == "cast(cast(y))");
}

TEST_CASE("elementwise results that are known") {
  CHECK(after("local_useless_elemwise", [](auto& x, auto&) { return eq(x, x); }) ==
        "alloc(bool 1, shape=[n])");
  CHECK(after("local_useless_elemwise", [](auto& x, auto&) { return x.call("identity"); }) == "x");
  CHECK(after("local_useless_elemwise", [](auto& x, auto&) {
          return x.call("grad_scale", {}, {{"multiplier", 2.0}});
        }) == "x");
  CHECK(after("local_useless_elemwise_comparison", [](auto& x, auto&) { return lt(x, x); }) ==
        "alloc(bool 0, shape=[n])");
  PassFixture f;
  const Node x = f.input("x", {kN});
  const Node length = x.call("shape_i", {}, {{"i", int64_t{0}}});
  f.output(ge(length, length.number(0)));
  CHECK(after(f, "local_useless_elemwise_comparison") == "bool 1");
}

TEST_CASE("constants fold, but not to large ones") {
  PassFixture f;
  const Node two = f.constant(2);
  f.output(two * 3 + f.input("x", {}));
  CHECK(after(f, "topo_constant_folding") == "add(6, x)");
  PassFixture large;
  const Node one = large.constant(1);
  large.output({large.builder(), large.builder().alloc(one.id(), {1000})});
  CHECK(after(large, "topo_constant_folding") == "alloc(1, shape=[1000])");
}

TEST_CASE("sizes become dims, their tensor falls away") {
  PassFixture f;
  const Node x = exp(f.input("x", {kN, 3}));
  const Node rows = x.call("shape_i", {}, {{"i", int64_t{0}}});
  f.output(rows + rows.number(1));
  CHECK(after(f, "ShapeOpt") == "dim(value=n + 1)");
  PassFixture fixed;
  const Node y = exp(fixed.input("y", {2, 3}));
  fixed.output(y.call("shape"));
  CHECK(after(fixed, "local_shape_to_shape_i") == "int64[2]{2, 3}");
}

Attributes order(std::vector<int64_t> axes) {
  return {{"order", std::move(axes)}};
}

TEST_CASE("dimshuffles merge and move in front of elementwise ops") {
  PassFixture f;
  const Node x = f.input("x", {kN, 3});
  const Node b = f.input("b", {3});
  f.output((x + b).call("dimshuffle", {}, order({1, 0})));
  CHECK(after(f, "local_dimshuffle_lift") ==
        "add(dimshuffle(x, order=[1, 0]), dimshuffle(b, order=[0, -1]))");
  PassFixture twice;
  const Node y = twice.input("y", {kN, 3});
  twice.output(y.call("dimshuffle", {}, order({1, 0})).call("dimshuffle", {}, order({1, -1, 0})));
  CHECK(after(twice, "local_dimshuffle_lift") == "dimshuffle(y, order=[0, -1, 1])");
}

TEST_CASE("fills and allocs are read through") {
  PassFixture f;
  const Node x = f.input("x", {kN, 3});
  const Node v = f.input("v", {3});
  f.output(x.call("fill", {v}));
  CHECK(after(f, "local_fill_to_alloc") == "alloc(v, shape=[n, 3])");
  PassFixture g;
  const Node y = g.input("y", {kN, 3});
  const Node w = g.input("w", {3});
  const Node wide(g.builder(), g.builder().alloc(w.id(), {kN, 3}));
  g.output(y * wide);
  CHECK(after(g, "local_elemwise_alloc") == "mul(y, w)");
  PassFixture h;
  const Node z = h.input("z", {3});
  const Node filled(h.builder(), h.builder().alloc(z.id(), {kN, 3}));
  h.output(exp(filled));
  CHECK(after(h, "local_elemwise_alloc") == "exp(alloc(z, shape=[n, 3]))");
  CHECK(after(h, "local_alloc_unary") == "alloc(exp(z), shape=[n, 3])");
}

TEST_CASE("reductions merge and lose scalar factors") {
  const Attributes axis0 = {{"axis", int64_t{0}}};
  PassFixture f;
  const Node x = f.input("x", {kN, 3, 4});
  f.output(x.call("sum", {}, {{"axis", int64_t{1}}}).call("sum", {}, axis0));
  CHECK(after(f, "local_op_of_op") == "sum(x, axis=[0, 1])");
  CHECK(after("local_sum_prod_mul_by_scalar", [](auto& y, auto&) { return (3 * y).call("sum"); }) ==
        "mul(3, sum(x, axis=[0]))");
  CHECK(after("local_sum_prod_mul_by_scalar", [](auto& y, auto&) { return (-y).call("sum"); }) ==
        "neg(sum(x, axis=[0]))");
  PassFixture g;
  const Node row = g.input("row", {1, kN});
  g.output(row.call("sum", {}, axis0));
  CHECK(after(g, "local_reduce_broadcastable") == "dimshuffle(row, order=[1])");
  PassFixture h;
  const Node y = h.input("y", {kN, 3});
  h.output(y.call("sum", {}, {{"axis", std::vector<int64_t>{}}}));
  CHECK(after(h, "local_useless_reduce") == "y");
}

IndexEntry at(int64_t position) {
  IndexEntry entry;
  entry.kind = IndexEntry::Kind::index;
  entry.start = position;
  return entry;
}

Attributes index(std::vector<IndexEntry> entries) {
  return {{"index", std::move(entries)}};
}

TEST_CASE("selections of selections merge") {
  const auto merged = [](const IndexEntry& first, const IndexEntry& second) {
    PassFixture f;
    const Node x = f.input("x", {20});
    f.output(x.call("subtensor", {}, index({first})).call("subtensor", {}, index({second})));
    return after(f, "local_subtensor_merge");
  };
  CHECK(merged(slice(3, 15), slice(2, 6)) == "subtensor(x, index=[5:9])");
  CHECK(merged(slice(3, 15), at(2)) == "subtensor(x, index=[5])");
  CHECK(merged(slice(3, 15), at(-1)) == "subtensor(x, index=[14])");
  CHECK(merged(slice(1, 19, 2), slice(1, 7, 3)) == "subtensor(x, index=[3:15:6])");
  CHECK(merged(slice({}, {}, -1), slice(2, 5)) == "subtensor(x, index=[17:14:-1])");
  CHECK(merged(slice({}, {}, -1), slice(17, {})) == "subtensor(x, index=[2::-1])");
}

TEST_CASE("a selection of all is dropped, others are taken before elementwise ops") {
  CHECK(after("local_useless_subtensor", [](auto& x, auto&) {
          return x.call("subtensor", {}, index({slice({}, {})}));
        }) == "x");
  PassFixture f;
  const Node x = f.input("x", {kN, 3});
  const Node b = f.input("b", {3});
  f.output(exp(x + b).call("subtensor", {}, index({at(0)})));
  CHECK(after(f, "local_subtensor_lift") == "exp(subtensor(add(x, b), index=[0]))");
}

TEST_CASE("increments of zeros become replacements") {
  PassFixture f;
  const Node y = f.input("y", {3});
  const Node zeros(f.builder(), f.builder().alloc(f.constant(0).id(), {10}));
  f.output(zeros.call("inc_subtensor", {y}, index({slice(2, 5)})));
  CHECK(after(f, "local_incsubtensor_of_zeros_to_setsubtensor") ==
        "set_subtensor(alloc(0, shape=[10]), y, index=[2:5])");
}

}  // namespace
}  // namespace tgc
