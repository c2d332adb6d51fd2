// SPDX-License-Identifier: Apache-2.0
// Ops that are formulas of others: values at the edges, refusals.
#include <cmath>

#include "catch2/catch.hpp"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

using Values = std::vector<double>;
const double kInf = INFINITY;
const double kNaN = NAN;

Tensor row(const Values& values) {
  return tensor(DType::float64, {static_cast<int64_t>(values.size())}, values);
}

Values result(const OpCase& op_case) {
  return values_of(run_op(op_case).outputs.at(0));
}

}  // namespace

TEST_CASE("isclose knows NaN and signs of infinity") {
  const Tensor a = row({kInf, kInf, -kInf, kNaN, kNaN, 1, 1, kInf});
  const Tensor b = row({kInf, -kInf, -kInf, kNaN, 1, 1.000001, 1.1, 1});
  CHECK(result({"isclose", {a, b}}) == Values{1, 0, 1, 0, 0, 1, 0, 0});
  CHECK(result({"isclose", {a, b}, {{"equal_nan", true}}}) == Values{1, 0, 1, 1, 0, 1, 0, 0});
  CHECK(result({"allclose", {a, a}}) == Values{0});
  CHECK(run_op({"isclose", {Tensor(DType::boolean, {2}), a}}).diagnostic ==
        "isclose: x0 must be a number, not bool");
}

TEST_CASE("tests of infinity tell the signs apart") {
  const Tensor x = row({kInf, -kInf, kNaN, 0});
  CHECK(result({"isposinf", {x}}) == Values{1, 0, 0, 0});
  CHECK(result({"isneginf", {x}}) == Values{0, 1, 0, 0});
  CHECK(result({"isfinite", {x}}) == Values{0, 0, 0, 1});
  CHECK(result({"nan_to_num", {x}, {{"posinf", 7.0}, {"neginf", -8.0}, {"nan", 9.0}}}) ==
        Values{7, -8, 9, 0});
}

TEST_CASE("logaddexp and logsumexp neither overflow nor lose infinities") {
  const Values big = result({"logaddexp", {row({1000, -kInf, kInf}), row({1000, -kInf, 0})}});
  CHECK(big[0] == Approx(1000 + std::log(2.0)).epsilon(1e-15));
  CHECK(big[1] == -kInf);
  CHECK(big[2] == kInf);
  CHECK(result({"logsumexp", {row({-kInf, -kInf})}}) == Values{-kInf});
  CHECK(result({"logsumexp", {row({kInf, 1})}}) == Values{kInf});
}

TEST_CASE("log1mexp is exact at both ends") {
  const Values got = result({"log1mexp", {row({-1e-20, -50})}});
  CHECK(got[0] == Approx(std::log(1e-20)).epsilon(1e-15));
  CHECK(got[1] == Approx(-std::exp(-50.0)).epsilon(1e-14));
}

TEST_CASE("ceil_intdiv and divmod round as Python does") {
  const Tensor x = tensor(DType::int32, {4}, {7, -7, 6, -6});
  const Tensor y = tensor(DType::int32, {}, {3});
  CHECK(result({"ceil_intdiv", {x, y}}) == Values{3, -2, 2, -2});
  const OpRun both = run_op({"divmod", {x, y}});
  CHECK(values_of(both.outputs.at(0)) == Values{2, -3, 2, -2});
  CHECK(values_of(both.outputs.at(1)) == Values{1, 2, 0, 0});
  CHECK(run_op({"ceil_intdiv", {row({1}), row({1})}}).code == "bad-dtype");
}

TEST_CASE("round has both modes and refuses integers") {
  const Tensor x = row({0.5, 1.5, -0.5, 2.4});
  CHECK(result({"round", {x}}) == Values{0, 2, 0, 2});
  CHECK(result({"round", {x}, {{"mode", std::string("half_away_from_zero")}}}) ==
        Values{1, 2, -1, 2});
  const OpRun whole = run_op({"iround", {x}});
  CHECK(whole.types.at(0).dtype == DType::int64);
  CHECK(run_op({"round", {Tensor(DType::int32, {2})}}).diagnostic ==
        "round: x0 must be a float, not int32");
}

TEST_CASE("largest takes the second of two where one is NaN, and stacks more than two") {
  CHECK(result({"largest", {row({1, kNaN, 3}), row({2, 5, 3})}}) == Values{2, 5, 3});
  CHECK(result({"smallest", {row({1, 4}), row({2, 3}), row({0, 9})}}) == Values{0, 3});
  CHECK(run_op({"largest", {row({1}), row({2, 3}), row({0})}}).diagnostic ==
        "largest: lengths of axis 0 differ: 1 (x0) and 2 (x1)");
}

TEST_CASE("norms are those of vectors and matrices") {
  const Tensor m = tensor(DType::float64, {2, 2}, {3, -4, 0, 1});
  CHECK(result({"norm", {row({3, -4, 0})}}) == Values{5});
  CHECK(result({"norm", {row({3, -4, 0})}, {{"ord", kInf}}}) == Values{4});
  CHECK(result({"norm", {row({3, -4, 0})}, {{"ord", 0.0}}}) == Values{2});
  CHECK(result({"norm", {m}, {{"ord", 1.0}}}) == Values{5});
  CHECK(result({"norm", {m}, {{"ord", -1.0}}}) == Values{3});
  CHECK(result({"norm", {m}, {{"ord", kInf}}}) == Values{7});
  CHECK(run_op({"norm", {m}, {{"ord", 3.0}}}).diagnostic ==
        "norm: the norm of a matrix knows ord 1, -1, 2, -2, inf and -inf");
}

TEST_CASE("reductions of the family refuse axes without elements where they must") {
  CHECK(run_op({"ptp", {Tensor(DType::float64, {0, 2})}, {{"axis", int64_t{0}}}}).diagnostic ==
        "ptp: axis 0 of x0 has no elements");
  CHECK(run_op({"logsumexp", {Tensor(DType::float64, {0})}}).code == "shape-mismatch");
  CHECK(result({"count_nonzero", {Tensor(DType::float64, {0})}}) == Values{0});
}

TEST_CASE("prod_without_zeros of zeros alone is 1") {
  CHECK(result({"prod_without_zeros", {row({0, 0})}}) == Values{1});
  CHECK(result({"prod_without_zeros", {row({0, 3, -2})}}) == Values{-6});
}

TEST_CASE("cov is that of rows, unbiased unless told otherwise") {
  const Tensor m = tensor(DType::float64, {2, 3}, {1, 2, 3, 1, 1, 4});
  CHECK(result({"cov", {m}}) == Values{1, 1.5, 1.5, 3});
  CHECK(run_op({"cov", {m, Tensor(DType::float64, {1, 4})}}).code == "shape-mismatch");
}

TEST_CASE("assert gives its value or its message, and passes gradients on") {
  const Tensor x = row({1, 2});
  CHECK(result({"assert", {x, tensor(DType::int32, {2}, {1, -3})}}) == Values{1, 2});
  const OpCase wrong{"assert", {x, row({1, 0})}, {{"message", std::string("be good")}}};
  CHECK(run_op(wrong).failure.find("assert: be good") != std::string::npos);
  CHECK(run_op({"assert", {x, row({})}}).kernels == 1);
  CHECK(run_op({"raise", {x}}).failure.find("the assertion does not hold") != std::string::npos);
}

TEST_CASE("indices out of bounds fail where Theano raises") {
  const Tensor i = tensor(DType::int64, {2}, {1, 3});
  const Attributes dims = {{"dims", Shape{3, 2}}};
  CHECK(run_op({"unravel_index", {tensor(DType::int64, {1}, {6})}, dims})
            .failure.find("index 6 is out of bounds") != std::string::npos);
  CHECK(run_op({"unravel_index", {tensor(DType::int64, {1}, {-1})}, dims}).failure != "");
  CHECK(run_op({"ravel_multi_index", {i, i}, dims}).failure != "");
  CHECK(run_op({"choose", {i, row({5}), row({6})}}).failure != "");
  CHECK(run_op({"to_one_hot", {i}, {{"nb_class", DimExpr(3)}}}).failure != "");
  CHECK(run_op({"bincount", {i}, {{"minlength", DimExpr(3)}}}).failure != "");
}

TEST_CASE("compositions of shapes refuse what does not fit") {
  const Tensor m = Tensor(DType::float64, {2, 3});
  CHECK(run_op({"specify_shape", {m}, {{"shape", Shape{2, 4}}}}).diagnostic ==
        "specify_shape: axis 1 of x0 has length 3, not 4");
  CHECK(run_op({"squeeze", {m}, {{"axis", int64_t{0}}}}).diagnostic ==
        "squeeze: axis 0 of x0 has length 2, so it cannot be dropped");
  CHECK(run_op({"squeeze", {m}, {{"axis", int64_t{0}}}, true})
            .failure.find("so it cannot be dropped") != std::string::npos);
  CHECK(run_op({"matmul", {m, m}}).diagnostic ==
        "matmul: inner dimensions differ: 3 (x0) and 2 (x1)");
  CHECK(run_op({"split_dims", {m}, {{"shape", Shape{2, 2}}, {"axis", int64_t{1}}}}).code ==
        "shape-mismatch");
  CHECK(run_op({"fill_diagonal", {Tensor(DType::int8, {2, 2}), row({1})}}).code == "bad-rank");
  CHECK(run_op({"fill_diagonal", {Tensor(DType::int8, {2, 2}), Tensor(DType::float32, {})}})
            .diagnostic == "fill_diagonal: x1 is float32, which int8 (x0) does not hold");
}

TEST_CASE("pad folds far borders as often as it takes") {
  const auto padded = [](const std::string& mode, std::vector<int64_t> widths) {
    return result({"pad", {row({1, 2, 3})}, {{"mode", mode}, {"pad_width", widths}}, true});
  };
  CHECK(padded("reflect", {5, 3}) == Values{2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2});
  CHECK(padded("symmetric", {4, 1}) == Values{3, 3, 2, 1, 1, 2, 3, 3});
  CHECK(padded("wrap", {4, 0}) == Values{3, 1, 2, 3, 1, 2, 3});
  CHECK(padded("linear_ramp", {2, 0}) == Values{0, 0.5, 1, 2, 3});
  CHECK(run_op({"pad", {row({1})}, {{"pad_width", std::vector<int64_t>{1, 1, 2, 2}}}}).diagnostic ==
        "pad: pad_width is for 2 axes, but x0 has 1");
  CHECK(run_op({"pad",
                {row({})},
                {{"mode", std::string("edge")}, {"pad_width", std::vector<int64_t>{1}}}})
            .diagnostic == "pad: axis 0 of x0 has no elements to pad with");
}

TEST_CASE("geomspace multiplies evenly, also below zero") {
  const Values up = result({"geomspace", {row({1}), row({1000})}, {{"num", DimExpr(4)}}});
  CHECK(up[1] == Approx(10).epsilon(1e-14));
  CHECK(up[2] == Approx(100).epsilon(1e-14));
  CHECK(up[3] == 1000);
  const Values down = result({"geomspace", {row({-8}), row({-1})}, {{"num", DimExpr(4)}}});
  CHECK(down[1] == Approx(-4).epsilon(1e-14));
}

TEST_CASE("searchsorted puts NaN behind all numbers") {
  const Tensor x = row({1, 2, kNaN, kNaN});
  const Tensor v = row({2, kNaN, kInf});
  CHECK(result({"searchsorted", {x, v}}) == Values{1, 2, 2});
  CHECK(result({"searchsorted", {x, v}, {{"side", std::string("right")}}}) == Values{2, 4, 2});
}

TEST_CASE("long cumulative sums are cut into parts, short rows are not") {
  Tensor x(DType::int64, {3000});
  for (int64_t i = 0; i < 3000; ++i) x.set_int(i, i % 7);
  const OpRun run = run_op({"cumsum", {x}, {{"axis", int64_t{0}}}, true});
  CHECK(run.kernels == 4);
  CHECK(run.outputs.at(0).get_int(2999) == 2999 / 7 * 21 + 0 + 1 + 2 + 3);
  CHECK(run_op({"cumsum", {row({1, 2})}, {{"axis", int64_t{0}}}}).kernels == 1);
  CHECK(run_op({"cumsum", {Tensor(DType::boolean, {2})}}).code == "bad-dtype");
}

TEST_CASE("roll goes around and back at symbolic lengths") {
  const Tensor x = row({0, 1, 2, 3});
  CHECK(result({"roll", {x}, {{"shift", DimExpr(6)}}, true}) == Values{2, 3, 0, 1});
  CHECK(result({"roll", {x}, {{"shift", DimExpr(-1)}, {"axis", int64_t{0}}}, true}) ==
        Values{1, 2, 3, 0});
  CHECK(result({"roll", {row({})}, {{"shift", DimExpr(2)}}, true}).empty());
}

}  // namespace tgc
