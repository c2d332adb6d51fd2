// SPDX-License-Identifier: Apache-2.0
// Which inputs are cut, what each batch holds, how rows are shuffled.
#include "tgc/batches.h"

#include <algorithm>

#include "catch2/catch.hpp"

namespace tgc {
namespace {

ManifestFunction function_of(const std::vector<std::vector<std::string>>& shapes) {
  ManifestFunction function;
  function.name = "f";
  for (size_t i = 0; i < shapes.size(); ++i) {
    function.inputs.push_back({"x" + std::to_string(i), "int32", shapes[i]});
  }
  return function;
}

Tensor counting(std::vector<int64_t> dims) {
  Tensor tensor(DType::int32, std::move(dims));
  for (int64_t i = 0; i < tensor.size(); ++i) tensor.set_int(i, i);
  return tensor;
}

std::vector<int32_t> elements(const tgc_tensor& view) {
  int64_t count = 1;
  for (uint32_t i = 0; i < view.rank; ++i) count *= view.dims[i];
  const auto* data = static_cast<const int32_t*>(view.data);
  return {data, data + count};
}

TEST_CASE("inputs that share the leading symbol of the first one are cut") {
  const auto function = function_of({{"3"}, {"n", "2"}, {"n"}, {"m"}, {}});
  const std::vector<Tensor> inputs = {counting({3}), counting({5, 2}), counting({5}), counting({5}),
                                      counting({})};
  CHECK(inputs_to_cut(function, inputs) == std::vector<bool>{false, true, true, false, false});
}

TEST_CASE("without symbols the inputs that are longer than declared are cut") {
  const auto function = function_of({{"2", "3"}, {"4"}});
  CHECK(inputs_to_cut(function, {counting({6, 3}), counting({4})}) ==
        std::vector<bool>{true, false});
}

TEST_CASE("inputs with different numbers of rows cannot be cut together") {
  const auto function = function_of({{"n"}, {"n"}});
  Diagnostics diagnostics;
  CHECK_FALSE(row_count(function, {counting({5}), counting({4})}, {true, true}, diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].message ==
        "the inputs that are cut into batches must have equally many rows: 'x0' has 5, 'x1' has 4");
}

TEST_CASE("a function without rows to cut is rejected") {
  Diagnostics diagnostics;
  CHECK_FALSE(row_count(function_of({{"3"}}), {counting({3})}, {false}, diagnostics));
  CHECK_FALSE(row_count(function_of({{"n"}}), {counting({0})}, {true}, diagnostics));
  CHECK(diagnostics.all().size() == 2);
}

TEST_CASE("the last batch has what is left") {
  const std::vector<Tensor> inputs = {counting({5, 2}), counting({})};
  Batches batches(inputs, {true, false}, 5, 2);
  REQUIRE(batches.count() == 3);
  CHECK(elements(batches.take(0)[0]) == std::vector<int32_t>{0, 1, 2, 3});
  const auto& last = batches.take(2);
  CHECK(batches.rows_in(2) == 1);
  CHECK(last[0].dims[0] == 1);
  CHECK(elements(last[0]) == std::vector<int32_t>{8, 9});
  CHECK(elements(last[1]) == std::vector<int32_t>{0});
}

TEST_CASE("rows are taken in the order that was set") {
  const std::vector<Tensor> inputs = {counting({3, 2})};
  Batches batches(inputs, {true}, 3, 2);
  batches.set_order({2, 0, 1});
  CHECK(elements(batches.take(0)[0]) == std::vector<int32_t>{4, 5, 0, 1});
  CHECK(elements(batches.take(1)[0]) == std::vector<int32_t>{2, 3});
}

TEST_CASE("a shuffle is a permutation that depends on seed and epoch alone") {
  const std::vector<int64_t> rows = shuffled_rows(100, 7, 1);
  std::vector<int64_t> sorted = rows;
  std::sort(sorted.begin(), sorted.end());
  for (int64_t i = 0; i < 100; ++i) REQUIRE(sorted[static_cast<size_t>(i)] == i);
  CHECK(shuffled_rows(100, 7, 1) == rows);
  CHECK(shuffled_rows(100, 7, 2) != rows);
  CHECK(shuffled_rows(100, 8, 1) != rows);
}

TEST_CASE("a shuffle is the same on every machine") {
  CHECK(shuffled_rows(5, 1, 1) == std::vector<int64_t>{3, 4, 2, 0, 1});
}

}  // namespace
}  // namespace tgc
