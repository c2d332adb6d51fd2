// SPDX-License-Identifier: Apache-2.0
// Generic tests of every op in the registry, made from its examples.
#include <catch2/catch.hpp>
#include <set>

#include "graph/builder.h"
#include "interp/interpreter.h"
#include "ops/check_op.h"
#include "ops/example_model.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

bool has_lowering(const OpDef& op) {
  // the plan makes branches, loops and copies between devices of these
  static const std::set<std::string_view> planned = {"gpu_from_host", "host_from_gpu", "ifelse",
                                                     "scan"};
  return planned.count(op.name) == 0;
}

// Their gradient is not the derivative on purpose; tests/unit/ops/gradient_markers_test.cpp has
// them.
bool is_gradient_marker(const OpDef& op) {
  static const std::set<std::string_view> markers = {"consider_constant", "disconnected_grad",
                                                     "grad_clip", "grad_scale", "zero_grad"};
  return markers.count(op.name) != 0;
}

// Calls f(op, example, what) for every example of every op.
template <class F>
void for_each_example(const F& f) {
  for (const OpDef* op : op_registry().all()) {
    for (const OpExample& example : op->examples) {
      f(*op, example, std::string(op->name) + " " + std::string(example.node));
    }
  }
}

std::string first_error(const ExampleModel& model) {
  return model.diagnostics.all().empty() ? "" : model.diagnostics.all()[0].message;
}

// One example under one variant: the kernels of its nodes agree with eval.
void require_kernels_agree(const OpDef& op, const OpExample& example,
                           const ExampleVariant& variant) {
  const ExampleModel model = make_example(op, example, variant, 11);
  REQUIRE(model.graph);
  INFO(model.text);
  REQUIRE(check_kernels(*model.graph, model.inputs) == "");
}

}  // namespace

TEST_CASE("every op is described and usable") {
  for (const OpDef* op : op_registry().all()) {
    INFO(op->name);
    CHECK(!op->doc.empty());
    CHECK(!op->theano.empty());
    CHECK(op->infer != nullptr);
    if (op->expand == nullptr) {
      CHECK(op->eval != nullptr);
      CHECK((op->grad != nullptr) != !op->no_grad.empty());
      CHECK((op->lower != nullptr) == has_lowering(*op));
    }
    if (!op->is_internal) CHECK(!op->examples.empty());
    for (const AttrDef& attribute : op->attributes) CHECK(!attribute.doc.empty());
  }
}

TEST_CASE("every example is accepted and evaluates") {
  for_each_example([](const OpDef& op, const OpExample& example, const std::string& what) {
    INFO(what);
    const ExampleModel model = make_example(op, example, {}, 7);
    INFO(first_error(model));
    REQUIRE(model.graph);
    const EvaluateResult result = evaluate(*model.graph, model.inputs);
    CHECK(result.failure.empty() == (op.name != "raise"));
  });
}

TEST_CASE("kernels of every op agree with its eval") {
  for_each_example([](const OpDef& op, const OpExample& example, const std::string& what) {
    INFO(what);
    require_kernels_agree(op, example, {});
  });
}

TEST_CASE("kernels of every op agree with its eval in other float dtypes") {
  for (const DType dtype : {DType::float16, DType::float32, DType::float64}) {
    for_each_example([&](const OpDef& op, const OpExample& example, const std::string& what) {
      INFO(what);
      INFO(dtype_name(dtype));
      ExampleVariant variant;
      variant.dtype = dtype;
      variant.float_x = DType::float32;
      require_kernels_agree(op, example, variant);
    });
  }
}

TEST_CASE("kernels agree with eval on integers where the op takes them") {
  for (const DType dtype : {DType::boolean, DType::int8, DType::uint8, DType::int16, DType::int32,
                            DType::int64, DType::uint64}) {
    for_each_example([&](const OpDef& op, const OpExample& example, const std::string& what) {
      INFO(what);
      INFO(dtype_name(dtype));
      ExampleVariant variant;
      variant.dtype = dtype;
      const ExampleModel model = make_example(op, example, variant, 5);
      if (!model.graph) {
        CHECK(model.diagnostics.all().at(0).code == "bad-dtype");
        return;
      }
      CHECK(check_kernels(*model.graph, model.inputs) == "");
    });
  }
}

TEST_CASE("kernels of every op agree with its eval when dims are symbols") {
  // ops whose examples name sizes in attributes or constants
  std::set<std::string> rejected;
  for_each_example([&](const OpDef& op, const OpExample& example, const std::string& what) {
    INFO(what);
    ExampleVariant variant;
    variant.symbolic = true;
    const ExampleModel model = make_example(op, example, variant, 3);
    if (!model.graph) {
      rejected.insert(std::string(op.name) + ": " + first_error(model));
      return;
    }
    CHECK(check_kernels(*model.graph, model.inputs) == "");
  });
  CHECK(rejected == std::set<std::string>{});
}

// Forms of an op that has a gradient otherwise: vectors beyond those of the thin decomposition.
bool refuses_gradient(const OpDef& op, const Graph& graph) {
  if (op.name != "svd" && op.name != "qr") return false;
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    if (apply.op != &op) continue;
    const Shape& a = graph.type(apply.inputs[0]).shape;
    const DimExpr& m = a[a.size() - 2];
    const std::string mode = attr_or<std::string>(apply.attributes, "mode", "");
    if (op.name == "svd") {
      return apply.outputs.size() == 3 && !(m == a.back()) &&
             attr_or<bool>(apply.attributes, "full_matrices", true);
    }
    return mode == "raw" ||
           (mode == "complete" && m.constant().value_or(0) > a.back().constant().value_or(0));
  }
  return false;
}

TEST_CASE("gradients of every op agree with finite differences") {
  for_each_example([](const OpDef& op, const OpExample& example, const std::string& what) {
    if (op.grad == nullptr && (op.expand == nullptr || !op.no_grad.empty())) return;
    if (is_gradient_marker(op)) return;
    INFO(what);
    ExampleVariant variant;
    variant.dtype = DType::float64;
    const ExampleModel model = make_example(op, example, variant, 23);
    REQUIRE(model.graph);
    Graph gradients;
    const std::string text = check_gradients(*model.graph, model.inputs, &gradients);
    if (refuses_gradient(op, *model.graph)) {
      CHECK(text.find("has no gradient") != std::string::npos);
      return;
    }
    CHECK(text == "");
    CHECK(check_kernels(gradients, model.inputs) == "");
  });
}

}  // namespace tgc
