// SPDX-License-Identifier: Apache-2.0
// The subtensor family: reading, setting and increasing selections, against Python's slice rule.
#include "catch2/catch.hpp"
#include "ops/index_template.h"
#include "ops/op_list.h"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

IndexEntry at(const DimExpr& position) {
  IndexEntry entry;
  entry.kind = IndexEntry::Kind::index;
  entry.start = position;
  return entry;
}

IndexEntry from_input(int input) {
  IndexEntry entry;
  entry.kind = IndexEntry::Kind::input;
  entry.input = input;
  return entry;
}

Attributes index(std::vector<IndexEntry> entries) {
  return {{"index", std::move(entries)}};
}

Tensor counting(std::vector<int64_t> dims) {
  Tensor result(DType::float64, std::move(dims));
  for (int64_t i = 0; i < result.size(); ++i) result.set_double(i, static_cast<double>(i));
  return result;
}

// What Python selects: the rule of PySlice_AdjustIndices, walked one by one.
std::vector<double> python_slice(int64_t length, std::optional<int64_t> start,
                                 std::optional<int64_t> stop, int64_t step) {
  const int64_t low = step > 0 ? 0 : -1;
  const int64_t high = step > 0 ? length : length - 1;
  const auto adjusted = [&](std::optional<int64_t> bound, int64_t otherwise) {
    if (!bound) return otherwise;
    int64_t value = *bound < 0 ? *bound + length : *bound;
    if (value < low) value = low;
    if (value > high) value = high;
    return value;
  };
  std::vector<double> selected;
  const int64_t first = adjusted(start, step > 0 ? low : high);
  const int64_t last = adjusted(stop, step > 0 ? high : low);
  for (int64_t i = first; step > 0 ? i < last : i > last; i += step) {
    selected.push_back(static_cast<double>(i));
  }
  return selected;
}

std::vector<std::optional<int64_t>> bounds() {
  std::vector<std::optional<int64_t>> list{std::nullopt};
  for (int64_t bound = -4; bound <= 4; ++bound) list.emplace_back(bound);
  return list;
}

std::optional<DimExpr> as_dim(const std::optional<int64_t>& bound) {
  if (!bound) return std::nullopt;
  return DimExpr(*bound);
}

const OpCase kMatrix{"subtensor", {counting({3, 4})}};

}  // namespace

TEST_CASE("subtensor takes the slices that Python takes") {
  for (const bool symbolic : {false, true}) {
    for (int64_t length = 0; length <= 3; ++length) {
      for (const auto& start : bounds()) {
        for (const auto& stop : bounds()) {
          for (const int64_t step : {1, 2, -1, -2}) {
            INFO(length << ": " << start.value_or(99) << ":" << stop.value_or(99) << ":" << step);
            const OpRun run = run_op({"subtensor",
                                      {counting({length})},
                                      index({slice(as_dim(start), as_dim(stop), step)}),
                                      symbolic});
            REQUIRE(run.failure.empty());
            REQUIRE(values_of(run.outputs.at(0)) == python_slice(length, start, stop, step));
          }
        }
      }
    }
  }
}

TEST_CASE("subtensor takes slices whose bounds are known only when dims are bound") {
  const DimExpr start = DimExpr::symbol("v1", SymbolKind::value);
  const DimExpr stop = DimExpr::symbol("v2", SymbolKind::value);
  for (int64_t length = 0; length <= 3; ++length) {
    for (int64_t first = -4; first <= 4; ++first) {
      for (int64_t last = -4; last <= 4; ++last) {
        for (const int64_t step : {1, -1, 2}) {
          INFO(length << ": " << first << ":" << last << ":" << step);
          OpCase op_case{"subtensor",
                         {counting({length}), Tensor::scalar_int(DType::int64, first),
                          Tensor::scalar_int(DType::int64, last)},
                         index({slice(start, stop, step)}),
                         true,
                         {1, 2}};
          const OpRun run = run_op(op_case);
          REQUIRE(values_of(run.outputs.at(0)) == python_slice(length, first, last, step));
        }
      }
    }
  }
}

TEST_CASE("subtensor takes slices counted from a symbolic end") {
  const DimExpr n = DimExpr::symbol("n0");
  for (const int64_t length : {0, 2, 3, 4}) {  // run_op keeps a dim 1 an integer
    for (int64_t back = 0; back <= 5; ++back) {
      for (const int64_t step : {1, -1}) {
        INFO(length << " back " << back << " step " << step);
        const int64_t bound = length - back;
        const OpRun begin =
            run_op({"subtensor", {counting({length})}, index({slice(n - back, {}, step)}), true});
        const OpRun end =
            run_op({"subtensor", {counting({length})}, index({slice({}, n - back, step)}), true});
        REQUIRE(values_of(begin.outputs.at(0)) == python_slice(length, bound, {}, step));
        REQUIRE(values_of(end.outputs.at(0)) == python_slice(length, {}, bound, step));
      }
    }
  }
}

TEST_CASE("subtensor gives slices that cover the same elements the same dim") {
  const auto length_of = [](const IndexEntry& entry) {
    return run_op({"subtensor", {counting({5})}, index({entry}), true}).types.at(0).shape[0].text();
  };
  CHECK(length_of(slice(DimExpr(1), {})) == "max(0, n0 - 1)");
  CHECK(length_of(slice({}, DimExpr(-1))) == "max(0, n0 - 1)");
  CHECK(length_of(slice(DimExpr(1), DimExpr(-1))) == "max(0, n0 - 2)");
  CHECK(length_of(slice({}, {}, -1)) == "n0");
  CHECK(length_of(slice({}, DimExpr(3))) == "min(3, n0)");
  CHECK(length_of(slice(DimExpr(-3), {})) == "min(3, n0)");
}

TEST_CASE("subtensor with integers and slices is a view") {
  OpCase op_case = kMatrix;
  op_case.attributes = index({at(-1), slice({}, {}, -2)});
  const OpRun run = run_op(op_case);
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{11, 9});
  CHECK(run.views == 1);
  CHECK(run.kernels == 0);
}

TEST_CASE("subtensor reads scalar indices at run time and wraps negative ones") {
  for (const bool symbolic : {false, true}) {
    OpCase op_case{"subtensor",
                   {counting({3, 4}), Tensor::scalar_int(DType::int8, -2)},
                   index({from_input(1), slice(DimExpr(1), DimExpr(3))}),
                   symbolic};
    const OpRun run = run_op(op_case);
    CHECK(values_of(run.outputs.at(0)) == std::vector<double>{5, 6});
  }
}

TEST_CASE("subtensor fails on a run-time index out of bounds") {
  for (const int64_t position : {-4, 3}) {
    OpCase op_case{"subtensor",
                   {counting({3, 4}), Tensor::scalar_int(DType::int64, position)},
                   index({from_input(1)})};
    const OpRun run = run_op(op_case);
    CHECK(run.failure.find("index " + std::to_string(position) +
                           " is out of bounds for axis 0 with size 3") != std::string::npos);
  }
}

TEST_CASE("subtensor rejects an integer index outside its axis") {
  OpCase op_case = kMatrix;
  op_case.attributes = index({slice({}, {}), at(4)});
  const OpRun run = run_op(op_case);
  CHECK(run.code == "index-out-of-bounds");
  CHECK(run.diagnostic == "subtensor: index 4 is out of bounds for axis 1 with size 4");
}

TEST_CASE("subtensor checks an integer index against a symbolic axis when dims are bound") {
  const auto failure = [](int64_t length, int64_t position) {
    return run_op({"subtensor", {counting({length})}, index({at(position)}), true}).failure;
  };
  CHECK(failure(3, 2).empty());
  CHECK(failure(3, -3).empty());
  CHECK(failure(3, 3).find("index 3 is out of bounds for axis 0 with size n0") !=
        std::string::npos);
  CHECK_FALSE(failure(3, -4).empty());
  CHECK_FALSE(failure(0, 0).empty());
  CHECK_FALSE(failure(0, -1).empty());
}

TEST_CASE("subtensor rejects more indices than axes") {
  OpCase op_case = kMatrix;
  op_case.attributes = index({at(0), at(0), at(0)});
  CHECK(run_op(op_case).diagnostic == "subtensor: too many indices: 3 for x0 with 2 dimensions");
}

TEST_CASE("subtensor refuses vectors and floats as indices") {
  OpCase vector{"subtensor", {counting({3}), Tensor(DType::int64, {2})}, index({from_input(1)})};
  CHECK(run_op(vector).code == "bad-rank");
  OpCase real{"subtensor", {counting({3}), Tensor(DType::float32, {})}, index({from_input(1)})};
  CHECK(run_op(real).diagnostic == "subtensor: an index must be an integer, but x1 is float32");
}

TEST_CASE("advanced_subtensor1 picks rows, repeated and from the end") {
  for (const bool symbolic : {false, true}) {
    const OpRun run = run_op({"advanced_subtensor1",
                              {counting({3, 2}), tensor(DType::int32, {4}, {2, 0, -1, 2})},
                              {},
                              symbolic});
    CHECK(run.outputs.at(0).dims() == std::vector<int64_t>{4, 2});
    CHECK(values_of(run.outputs.at(0)) == std::vector<double>{4, 5, 0, 1, 4, 5, 4, 5});
  }
}

TEST_CASE("advanced_subtensor1 of no rows is empty") {
  const OpRun run = run_op({"advanced_subtensor1", {counting({3, 2}), Tensor(DType::int64, {0})}});
  CHECK(run.outputs.at(0).dims() == std::vector<int64_t>{0, 2});
}

TEST_CASE("advanced_subtensor walks several vectors in parallel") {
  const OpRun run = run_op({"advanced_subtensor",
                            {counting({3, 4}), tensor(DType::int64, {3}, {0, 1, 2}),
                             tensor(DType::int64, {3}, {3, -1, 0})},
                            index({from_input(1), from_input(2)})});
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{3, 7, 8});
}

TEST_CASE("advanced_subtensor broadcasts its indices") {
  const OpRun run = run_op({"advanced_subtensor",
                            {counting({3, 4}), tensor(DType::int64, {2, 1}, {0, 2}),
                             tensor(DType::int64, {3}, {0, 1, 3})},
                            index({from_input(1), from_input(2)})});
  CHECK(run.outputs.at(0).dims() == std::vector<int64_t>{2, 3});
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{0, 1, 3, 8, 9, 11});
}

TEST_CASE("advanced_subtensor leaves neighbouring vectors in their place") {
  const OpRun run = run_op({"advanced_subtensor",
                            {counting({2, 3, 2}), tensor(DType::int64, {4}, {0, 2, 1, 0})},
                            index({slice({}, {}), from_input(1), slice({}, {}, -1)})});
  CHECK(run.outputs.at(0).dims() == std::vector<int64_t>{2, 4, 2});
  CHECK(values_of(run.outputs.at(0)) ==
        std::vector<double>{1, 0, 5, 4, 3, 2, 1, 0, 7, 6, 11, 10, 9, 8, 7, 6});
}

TEST_CASE("advanced_subtensor puts the dims of separated vectors in front") {
  const OpRun run = run_op({"advanced_subtensor",
                            {counting({2, 3, 2}), tensor(DType::int64, {4}, {0, 1, 1, 0})},
                            index({at(1), slice({}, {}), from_input(1)})});
  CHECK(run.outputs.at(0).dims() == std::vector<int64_t>{4, 3});
  CHECK(values_of(run.outputs.at(0)) ==
        std::vector<double>{6, 8, 10, 7, 9, 11, 7, 9, 11, 6, 8, 10});
}

TEST_CASE("advanced_subtensor fails on an index out of bounds") {
  const OpRun run = run_op({"advanced_subtensor",
                            {counting({3, 4}), tensor(DType::int64, {2}, {0, 4})},
                            index({slice({}, {}), from_input(1)})});
  CHECK(run.failure.find("index 4 is out of bounds for axis 1 with size 4") != std::string::npos);
}

TEST_CASE("take flattens without an axis and keeps the indices' shape") {
  const OpRun flat =
      run_op({"take", {counting({2, 3}), tensor(DType::int64, {2, 2}, {5, 0, -2, 1})}});
  CHECK(flat.outputs.at(0).dims() == std::vector<int64_t>{2, 2});
  CHECK(values_of(flat.outputs.at(0)) == std::vector<double>{5, 0, 4, 1});
  const OpRun columns = run_op(
      {"take", {counting({2, 3}), tensor(DType::int64, {2}, {2, 0})}, {{"axis", int64_t{1}}}});
  CHECK(values_of(columns.outputs.at(0)) == std::vector<double>{2, 0, 5, 3});
  const OpRun one = run_op(
      {"take", {counting({2, 3}), Tensor::scalar_int(DType::int64, 1)}, {{"axis", int64_t{0}}}});
  CHECK(values_of(one.outputs.at(0)) == std::vector<double>{3, 4, 5});
}

TEST_CASE("inc_subtensor adds to a slice with broadcasting") {
  for (const bool symbolic : {false, true}) {
    const OpRun run = run_op({"inc_subtensor",
                              {counting({3, 2}), tensor(DType::float64, {2, 1}, {10, 20})},
                              index({slice({}, {}, -2)}),
                              symbolic});
    if (symbolic) CHECK(run.failure.empty());
    CHECK(values_of(run.outputs.at(0)) == std::vector<double>{20, 21, 2, 3, 14, 15});
  }
}

TEST_CASE("set_subtensor replaces one element named at run time") {
  const OpRun run = run_op(
      {"set_subtensor",
       {counting({4}), Tensor::scalar(DType::float64, 9), Tensor::scalar_int(DType::int64, -1)},
       index({from_input(2)})});
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{0, 1, 2, 9});
}

TEST_CASE("set_subtensor of an empty selection changes nothing") {
  const OpRun run = run_op({"set_subtensor",
                            {counting({3}), Tensor::scalar(DType::float64, 9)},
                            index({slice(DimExpr(2), DimExpr(1))})});
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{0, 1, 2});
}

TEST_CASE("set_subtensor refuses a value of a wider dtype") {
  const OpRun run = run_op({"set_subtensor",
                            {Tensor(DType::float32, {3}), Tensor::scalar(DType::float64, 9)},
                            index({slice({}, {})})});
  CHECK(run.diagnostic == "set_subtensor: cannot put float64 (x1) into float32 (x0)");
}

TEST_CASE("inc_subtensor refuses a value that does not fit the selection") {
  const OpRun run = run_op({"inc_subtensor",
                            {counting({3, 2}), Tensor(DType::float64, {3})},
                            index({slice(DimExpr(1), {})})});
  CHECK(run.diagnostic == "inc_subtensor: x1 [3] does not fit the selection [2, 2]");
}

TEST_CASE("advanced_inc_subtensor1 adds once for each time a row is named") {
  for (const DType dtype : {DType::float64, DType::float32, DType::int16}) {
    const OpRun run =
        run_op({"advanced_inc_subtensor1",
                {counting({3, 2}).cast_to(dtype), tensor(dtype, {4, 2}, {1, 1, 10, 10, 2, 2, 4, 4}),
                 tensor(DType::int64, {4}, {2, 0, -1, 2})}});
    CHECK(values_of(run.outputs.at(0)) == std::vector<double>{10, 11, 2, 3, 11, 12});
  }
}

TEST_CASE("advanced_set_subtensor1 keeps the last of two values") {
  const OpRun run = run_op({"advanced_set_subtensor1",
                            {counting({3, 2}), tensor(DType::float64, {3, 1}, {7, 8, 9}),
                             tensor(DType::int64, {3}, {1, 0, 1})}});
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{8, 8, 9, 9, 4, 5});
}

TEST_CASE("advanced_inc_subtensor adds twice at a position named twice") {
  const OpRun run =
      run_op({"advanced_inc_subtensor",
              {counting({2, 3}), tensor(DType::float64, {3}, {10, 20, 30}),
               tensor(DType::int64, {3}, {0, 1, 0}), tensor(DType::int64, {3}, {2, 0, -1})},
              index({from_input(2), from_input(3)})});
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{0, 1, 42, 23, 4, 5});
}

namespace {

// The kernels of advanced_inc_subtensor(x, y)[i, j] for a matrix x.
std::vector<LoweredKernel> lower_pairs(bool is_arange) {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input({DType::float64, {3, 4}, {}}, "x");
  const VariableId y = graph.add_input({DType::float64, {3}, {}}, "y");
  const VariableId j = graph.add_input({DType::int64, {3}, {}}, "j");
  const VariableId count = builder.call("dim", {}, {{"value", DimExpr(3)}});
  const VariableId i = is_arange ? builder.call("arange", {count}) : j;
  const ApplyId apply =
      builder.add("advanced_inc_subtensor", {x, y, i, j}, index({from_input(2), from_input(3)}));
  LowerContext context(graph, graph.apply(apply));
  for (const VariableId input : {x, y, i, j}) {
    context.inputs.push_back(contiguous_layout(graph, input));
  }
  context.outputs = {contiguous_layout(graph, graph.apply(apply).outputs.at(0))};
  context.kernel_name = "k";
  context.apply.op->lower(context);
  return context.result.kernels;
}

bool is_serial(const LoweredKernel& kernel) {
  const auto& nest = std::get<LoopNest>(kernel.kernel.body);
  return nest.outer.empty() && std::holds_alternative<Serial>(nest.body.at(0).node);
}

}  // namespace

TEST_CASE("advanced_inc_subtensor is parallel only where no position can come twice") {
  CHECK(is_serial(lower_pairs(false).at(1)));
  CHECK_FALSE(is_serial(lower_pairs(true).at(1)));
}

TEST_CASE("inc_subtensor in place touches the selection only") {
  OpCase op_case{"inc_subtensor",
                 {counting({5}), tensor(DType::float64, {2}, {10, 20})},
                 index({slice(DimExpr(1), DimExpr(3))})};
  op_case.in_place = true;
  const OpRun run = run_op(op_case);
  CHECK(values_of(run.outputs.at(0)) == std::vector<double>{0, 11, 22, 3, 4});
  CHECK(run.kernels == 1);
}

TEST_CASE("advanced_set_subtensor fails on an index out of bounds") {
  const OpRun run = run_op(
      {"advanced_set_subtensor",
       {counting({2, 3}), Tensor::scalar(DType::float64, 9), tensor(DType::int64, {2}, {0, -4})},
       index({slice({}, {}), from_input(2)})});
  CHECK(run.failure.find("index -4 is out of bounds for axis 1 with size 3") != std::string::npos);
}

}  // namespace tgc
