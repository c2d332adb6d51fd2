// SPDX-License-Identifier: Apache-2.0
// Rewrites of loops: when they fire, when they must not, and that the values stay.
#include "passes/loop_edit.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

const DimExpr kT = DimExpr::symbol("t");

// A step under construction: h' = f(x, h, w), further results.
struct Step {
  Graph graph;
  Builder builder{graph, op_registry(), DType::float64};

  Node input(const char* name, Shape shape) {
    return {builder, graph.add_input({DType::float64, std::move(shape), {}}, name)};
  }
  void output(const Node& node) { graph.add_output(node.id()); }
};

// Loops over rows x of xs [t, 3], with a state h of 3 elements and a matrix w.
struct LoopFixture {
  PassFixture f{DType::float64};
  Node xs = f.input("xs", {kT, 3});
  Node h0 = f.input("h0", {1, 3});
  Node w = f.input("w", {3, 3});
  Step step;
  Node x = step.input("x", {3});
  Node h = step.input("h", {3});
  Node inner_w = step.input("w", {3, 3});

  std::vector<Node> loop() {
    const ApplyId id =
        f.builder().add("scan", {xs.id(), h0.id(), w.id()}, scan_attributes(1, {{-1}}, kT),
                        {std::make_shared<const Graph>(step.graph)});
    std::vector<Node> outputs;
    for (const VariableId output : f.function.graph.apply(id).outputs) {
      outputs.emplace_back(f.builder(), output);
    }
    return outputs;
  }

  Node last(const Node& trace) {
    IndexEntry entry;
    entry.kind = IndexEntry::Kind::index;
    entry.start = DimExpr(-1);
    return trace.call("subtensor", {}, {{"index", std::vector<IndexEntry>{entry}}});
  }

  // With fast_run but for `without`; checks the values for some lengths.
  Graph optimized(const std::vector<std::string>& without = {}) {
    PipelineOptions options = PassFixture::options("fast_run");
    options.excluding = without;
    const Function result = f.optimized(options);
    for (const int64_t length : {0, 1, 4}) {
      std::vector<Tensor> inputs;
      for (const std::vector<int64_t>& dims :
           {std::vector<int64_t>{length, 3}, std::vector<int64_t>{1, 3},
            std::vector<int64_t>{3, 3}}) {
        Tensor tensor(DType::float64, dims);
        for (int64_t i = 0; i < tensor.size(); ++i) {
          tensor.set_double(i, 0.1 * static_cast<double>(i * 7 % 11) - 0.4);
        }
        inputs.push_back(std::move(tensor));
      }
      const auto got = PassFixture::values(result, inputs);
      const auto wanted = PassFixture::values(f.function, inputs);
      REQUIRE(got.size() == wanted.size());
      for (size_t i = 0; i < got.size(); ++i) {
        REQUIRE(got[i].dims() == wanted[i].dims());
        for (int64_t at = 0; at < got[i].size(); ++at) {
          CHECK(got[i].get_double(at) == Approx(wanted[i].get_double(at)).epsilon(1e-12));
        }
      }
    }
    return result.graph;
  }
};

const Apply& the_loop(const Graph& graph) {
  const Apply* found = nullptr;
  for (const ApplyId id : graph.applies()) {
    if (graph.apply(id).op->name == "scan") found = &graph.apply(id);
  }
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("a product with rows of a sequence is one product before the loop") {
  LoopFixture loop;
  loop.step.output((loop.x.call("dot", {loop.inner_w}) + loop.h).call("tanh"));
  loop.f.output(loop.loop()[0]);
  const Graph pushed = loop.optimized();
  CHECK(count(pushed, "dot22") == 1);
  CHECK(the_loop(pushed).inputs.size() == 2);
  const Graph kept = loop.optimized({"scanOp_pushout_seqs_ops"});
  CHECK(count(kept, "dot22") == 0);
}

TEST_CASE("a product with the state stays in the loop") {
  LoopFixture loop;
  loop.step.output((loop.h.call("dot", {loop.inner_w}) + loop.x).call("tanh"));
  loop.f.output(loop.loop()[0]);
  const Graph graph = loop.optimized();
  CHECK(the_loop(graph).inputs.size() == 3);
}

TEST_CASE("what no step changes is computed before the loop") {
  LoopFixture loop;
  loop.step.output(loop.h.call("dot", {loop.inner_w.call("exp")}) + loop.x);
  loop.f.output(loop.loop()[0]);
  CHECK(count(loop.optimized(), "exp") == 1);
  CHECK(count(loop.optimized({"scanOp_pushout_nonseqs_ops"}), "exp") == 0);
}

TEST_CASE("a view of what stays is not worth moving") {
  LoopFixture loop;
  const Node turned = loop.inner_w.call("dimshuffle", {}, {{"order", std::vector<int64_t>{1, 0}}});
  loop.step.output(loop.h.call("dot", {turned}) + loop.x);
  loop.f.output(loop.loop()[0]);
  const Graph graph = loop.optimized();
  CHECK(count(*the_loop(graph).inner[0], "dimshuffle") == 1);
}

TEST_CASE("a state of which the end is used keeps its last value alone") {
  LoopFixture loop;
  loop.step.output((loop.h.call("dot", {loop.inner_w}) + loop.x).call("tanh"));
  loop.f.output(loop.last(loop.loop()[0]));
  const Graph short_trace = loop.optimized();
  CHECK(type_text(short_trace.type(the_loop(short_trace).outputs[0])) == "float64[1, 3]");
  const Graph long_trace = loop.optimized({"scanOp_save_mem"});
  CHECK(type_text(long_trace.type(the_loop(long_trace).outputs[0])) == "float64[t + 1, 3]");
}

TEST_CASE("a state of which more is used keeps its trace") {
  LoopFixture loop;
  loop.step.output((loop.h.call("dot", {loop.inner_w}) + loop.x).call("tanh"));
  const Node trace = loop.loop()[0];
  loop.f.output(loop.last(trace));
  loop.f.output(trace.call("exp"));
  const Graph graph = loop.optimized();
  CHECK(type_text(graph.type(the_loop(graph).outputs[0])) == "float64[t + 1, 3]");
}

TEST_CASE("results and inputs nobody needs leave the loop") {
  LoopFixture loop;
  loop.step.output((loop.h + loop.x).call("tanh"));
  loop.step.output(loop.x.call("dot", {loop.inner_w}).call("exp"));
  loop.f.output(loop.loop()[0]);
  const Graph graph = loop.optimized();
  CHECK(the_loop(graph).outputs.size() == 1);
  CHECK(the_loop(graph).inner[0]->outputs().size() == 1);
  const Graph kept = loop.optimized({"scanOp_save_mem"});
  CHECK(the_loop(kept).outputs.size() == 2);
}

// The gradient of what stays is a sum of outer products over the steps.
TEST_CASE("a sum of products over the steps is one product behind the loop") {
  LoopFixture loop;
  const auto column = [](const Node& x, std::vector<int64_t> order) {
    return x.call("dimshuffle", {}, {{"order", std::move(order)}});
  };
  Graph ordered;
  Builder builder(ordered, op_registry(), DType::float64);
  const auto in = [&](const char* name, Shape shape) {
    return Node(builder, ordered.add_input({DType::float64, std::move(shape), {}}, name));
  };
  const Node row = in("x", {3});
  const Node h = in("h", {3});
  const Node total = in("sum", {3, 3});
  const Node w = in("w", {3, 3});
  const Node h_new = (h.call("dot", {w}) + row).call("tanh");
  ordered.add_output(h_new.id());
  ordered.add_output((total + column(row, {0, -1}).call("dot", {column(h_new, {-1, 0})})).id());
  PassFixture& f = loop.f;
  const Node zero(f.builder(), f.builder().alloc(f.builder().scalar(DType::float64, 0), {1, 3, 3}));
  const ApplyId id = f.builder().add("scan", {loop.xs.id(), loop.h0.id(), zero.id(), loop.w.id()},
                                     scan_attributes(1, {{-1}, {-1}}, kT),
                                     {std::make_shared<const Graph>(std::move(ordered))});
  const std::vector<VariableId> outputs = f.function.graph.apply(id).outputs;
  f.output(loop.last({f.builder(), outputs[0]}));
  f.output(loop.last({f.builder(), outputs[1]}));
  const Graph pushed = loop.optimized();
  CHECK(count(pushed, "dot22") + count(pushed, "gemm") == 1);
  CHECK(scan_layout(the_loop(pushed).attributes).states.size() == 1);
  const Graph kept = loop.optimized({"scanOp_pushout_output"});
  CHECK(scan_layout(the_loop(kept).attributes).states.size() == 2);
}

}  // namespace tgc
