// SPDX-License-Identifier: Apache-2.0
// Convolutions, poolings and their gradients against values of Theano 1.0.5 and by hand.
#include <cmath>
#include <limits>

#include "catch2/catch.hpp"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

using Dims = std::vector<int64_t>;
using Values = std::vector<double>;

struct ConvReference {
  Dims input;
  Dims filters;
  std::string border_mode;
  std::vector<int64_t> pads;
  std::vector<int64_t> subsample;
  std::vector<int64_t> dilation;
  int64_t groups;
  bool flip;
  Dims output;
  Values values;
  Values input_grad;
  Values filter_grad;
};

std::vector<ConvReference> conv_references() {
  return {
#define TGC_CONV_REFERENCES
#include "ops/references/conv_pool.inc"
#undef TGC_CONV_REFERENCES
  };
}

struct PoolReference {
  Dims input;
  std::vector<int64_t> ws;
  bool ignore_border;
  std::vector<int64_t> stride;
  std::vector<int64_t> pad;
  std::string mode;
  Dims output;
  Values values;
  Values input_grad;  // empty: Theano has none
};

std::vector<PoolReference> pool_references() {
  return {
#define TGC_POOL_REFERENCES
#include "ops/references/conv_pool.inc"
#undef TGC_POOL_REFERENCES
  };
}

Attributes attributes_of(const ConvReference& reference) {
  Attributes attributes = {{"subsample", reference.subsample},
                           {"filter_dilation", reference.dilation},
                           {"num_groups", reference.groups},
                           {"filter_flip", reference.flip}};
  if (reference.filters.size() == 6) attributes["unshared"] = true;
  if (reference.border_mode.empty()) {
    attributes["border_mode"] = reference.pads;
  } else {
    attributes["border_mode"] = reference.border_mode;
  }
  return attributes;
}

Attributes attributes_of(const PoolReference& reference) {
  return {{"ws", reference.ws},
          {"ignore_border", reference.ignore_border},
          {"stride", reference.stride},
          {"pad", reference.pad}};
}

Shape shape_of(const Dims& dims) {
  return {dims.begin(), dims.end()};
}

// The dims of input `input` as run_op names them.
Shape symbols_of(size_t input, const Dims& dims) {
  Shape shape;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    shape.push_back(dims[axis] == 1 ? DimExpr(1) : DimExpr::symbol(dim_name(input, axis)));
  }
  return shape;
}

void require_values(const OpRun& run, const Dims& dims, const Values& values) {
  REQUIRE(run.diagnostic.empty());
  REQUIRE(run.failure.empty());
  REQUIRE(run.outputs.at(0).dims() == dims);
  const Values got = values_of(run.outputs[0]);
  REQUIRE(got.size() == values.size());
  for (size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i] == Approx(values[i]).epsilon(1e-12).margin(1e-12));
  }
}

constexpr DType kReal = DType::float64;

}  // namespace

TEST_CASE("convolutions and their gradients give Theano's values") {
  for (const bool symbolic : {false, true}) {
    size_t number = 0;
    for (const ConvReference& reference : conv_references()) {
      INFO("reference " << number++ << (symbolic ? ", symbolic" : ""));
      const Tensor x = filled(kReal, reference.input, 5);
      const Tensor w = filled(kReal, reference.filters, 7);
      const Tensor g = filled(kReal, reference.output, 3);
      Attributes attributes = attributes_of(reference);
      const std::string op = reference.input.size() == 5 ? "conv3d" : "conv2d";
      require_values(run_op({op, {x, w}, attributes, symbolic}), reference.output,
                     reference.values);
      if (symbolic) continue;  // the gradients' shapes are attributes
      attributes["input_shape"] = shape_of(reference.input);
      require_values(run_op({op + "_grad_wrt_inputs", {g, w}, attributes}), reference.input,
                     reference.input_grad);
      attributes.erase("input_shape");
      attributes["filter_shape"] = shape_of(reference.filters);
      require_values(run_op({op + "_grad_wrt_weights", {x, g}, attributes}), reference.filters,
                     reference.filter_grad);
    }
  }
}

TEST_CASE("conv2d takes symbolic batch and image sizes into its output shape") {
  const OpRun run = run_op({"conv2d",
                            {filled(kReal, {2, 1, 5, 4}, 5), filled(kReal, {3, 1, 2, 3}, 7)},
                            {{"border_mode", std::string("full")}},
                            true});
  CHECK(shape_text(run.types.at(0).shape) == "[n0, m0, m2 + n2 - 1, m3 + n3 - 1]");
}

TEST_CASE("conv2d of float16 and float32 gives float32") {
  const OpRun run =
      run_op({"conv2d",
              {filled(DType::float16, {1, 2, 3, 3}, 5), filled(DType::float32, {1, 2, 2, 2}, 7)}});
  CHECK(run.types.at(0).dtype == DType::float32);
}

TEST_CASE("conv2d is one contraction and stores no patches") {
  const OpRun run =
      run_op({"conv2d", {filled(kReal, {2, 2, 4, 4}, 5), filled(kReal, {2, 2, 3, 3}, 7)}});
  CHECK(run.kernels == 1);
}

TEST_CASE("conv2d rejects channels that differ") {
  const OpRun run = run_op({"conv2d", {Tensor(kReal, {1, 3, 5, 5}), Tensor(kReal, {2, 2, 3, 3})}});
  CHECK(run.code == "shape-mismatch");
  CHECK(run.diagnostic ==
        "conv2d: the input has 3 channels, but the filters [2, 2, 3, 3] want 2 (1 groups of 2)");
}

TEST_CASE("conv2d rejects filters larger than the padded input") {
  const OpRun run = run_op({"conv2d", {Tensor(kReal, {1, 1, 2, 5}), Tensor(kReal, {1, 1, 4, 3})}});
  CHECK(run.diagnostic == "conv2d: a filter of 4 does not fit an input of 2 with its padding");
}

TEST_CASE("conv2d rejects filters that the groups do not divide") {
  const OpRun run = run_op({"conv2d",
                            {Tensor(kReal, {1, 4, 5, 5}), Tensor(kReal, {3, 2, 3, 3})},
                            {{"num_groups", int64_t{2}}}});
  CHECK(run.diagnostic == "conv2d: 3 filters cannot be split into 2 groups");
}

TEST_CASE("conv2d rejects a border mode it does not know") {
  const OpRun run = run_op({"conv2d",
                            {Tensor(kReal, {1, 1, 5, 5}), Tensor(kReal, {1, 1, 3, 3})},
                            {{"border_mode", std::string("same")}}});
  CHECK(run.code == "bad-attribute");
}

TEST_CASE("conv2d rejects integers") {
  const OpRun run =
      run_op({"conv2d", {Tensor(DType::int32, {1, 1, 5, 5}), Tensor(kReal, {1, 1, 3, 3})}});
  CHECK(run.diagnostic == "conv2d: x0 must have a float dtype, it is int32");
}

TEST_CASE("conv2d_grad_wrt_weights checks the gradient's shape") {
  const OpRun run = run_op({"conv2d_grad_wrt_weights",
                            {Tensor(kReal, {1, 1, 5, 5}), Tensor(kReal, {1, 1, 4, 3})},
                            {{"filter_shape", Shape{1, 1, 3, 3}}}});
  CHECK(run.diagnostic ==
        "conv2d_grad_wrt_weights: x1 is [1, 1, 4, 3], but the convolution's output is "
        "[1, 1, 3, 3]");
}

TEST_CASE("conv2d rejects unshared filters for other output sizes") {
  const OpRun run = run_op({"conv2d",
                            {Tensor(kReal, {1, 1, 5, 5}), Tensor(kReal, {1, 3, 4, 1, 3, 3})},
                            {{"unshared", true}}});
  CHECK(run.diagnostic ==
        "conv2d: unshared filters [1, 3, 4, 1, 3, 3] are for outputs of 4, the output has 3");
}

TEST_CASE("conv2d checks the shape that is said to be an input's") {
  const OpRun run = run_op({"conv2d",
                            {Tensor(kReal, {1, 1, 5, 5}), Tensor(kReal, {1, 1, 3, 3})},
                            {{"input_shape", Shape{-1, 1, 5, 6}}}});
  CHECK(run.diagnostic == "conv2d: x0 is [1, 1, 5, 5], but input_shape says [1, 1, 5, 6]");
}

TEST_CASE("conv3d wants one step for each of its three axes") {
  const OpRun run = run_op({"conv3d",
                            {Tensor(kReal, {1, 1, 5, 5, 5}), Tensor(kReal, {1, 1, 3, 3, 3})},
                            {{"subsample", std::vector<int64_t>{1, 1}}}});
  CHECK(run.diagnostic == "conv3d: subsample must be three integers of at least 1");
}

TEST_CASE("a filter that turns out larger than the image fails the call") {
  const OpRun run =
      run_op({"conv2d", {Tensor(kReal, {2, 2, 3, 3}), Tensor(kReal, {2, 2, 5, 2})}, {}, true});
  CHECK(run.failure.find("does not fit an input of") != std::string::npos);
}

TEST_CASE("conv2d of no images gives no images") {
  const OpRun run = run_op({"conv2d", {Tensor(kReal, {0, 2, 3, 3}), Tensor(kReal, {4, 2, 2, 2})}});
  CHECK(run.outputs.at(0).dims() == Dims{0, 4, 2, 2});
}

TEST_CASE("poolings and their gradients give Theano's values") {
  for (const bool symbolic : {false, true}) {
    size_t number = 0;
    for (const PoolReference& reference : pool_references()) {
      INFO("reference " << number++ << (symbolic ? ", symbolic" : ""));
      const Tensor x = filled(kReal, reference.input, 5);
      const Tensor g = filled(kReal, reference.output, 3);
      Attributes attributes = attributes_of(reference);
      attributes["mode"] = reference.mode;
      const OpRun pooled =
          run_op({reference.ws.size() == 2 ? "pool_2d" : "pool", {x}, attributes, symbolic});
      require_values(pooled, reference.output, reference.values);
      if (reference.input_grad.empty()) continue;
      OpRun back;
      if (reference.mode == "max") {
        attributes.erase("mode");
        back = run_op({"max_pool_grad", {x, pooled.outputs[0], g}, attributes, symbolic});
      } else {
        attributes["input_shape"] =
            symbolic ? symbols_of(1, reference.input) : shape_of(reference.input);
        if (symbolic) continue;  // the input's dims are not those of a variable here
        back = run_op({"average_pool_grad", {g}, attributes});
      }
      require_values(back, reference.input, reference.input_grad);
    }
  }
}

TEST_CASE("max_pool_rop reads at the first of equal maxima") {
  const OpRun run = run_op({"max_pool_rop",
                            {tensor(kReal, {4}, {2, 2, 1, 3}), tensor(kReal, {4}, {5, 6, 7, 8})},
                            {{"ws", std::vector<int64_t>{2}}}});
  CHECK(values_of(run.outputs.at(0)) == Values{5, 8});
}

TEST_CASE("max_pool_rop of a window of -inf reads its first element, not the padding") {
  const Attributes attributes = {{"ws", std::vector<int64_t>{3}},
                                 {"stride", std::vector<int64_t>{2}},
                                 {"pad", std::vector<int64_t>{2}},
                                 {"ignore_border", true}};
  const OpRun run = run_op(
      {"max_pool_rop", {tensor(kReal, {1}, {-INFINITY}), tensor(kReal, {1}, {5})}, attributes});
  CHECK(values_of(run.outputs.at(0)) == Values{5, 5});
}

TEST_CASE("pool_3d wants three sizes of a window") {
  const OpRun run =
      run_op({"pool_3d", {Tensor(kReal, {4, 4, 4})}, {{"ws", std::vector<int64_t>{2, 2}}}});
  CHECK(run.diagnostic == "pool_3d: ws must be three integers of at least 1");
}

TEST_CASE("pool refuses padding without ignore_border and padding as wide as the window") {
  const Tensor x(kReal, {4, 4});
  const std::vector<int64_t> two{2, 2};
  CHECK(run_op({"pool_2d", {x}, {{"ws", two}, {"pad", std::vector<int64_t>{1, 0}}}}).diagnostic ==
        "pool_2d: pad works with ignore_border true only");
  CHECK(run_op({"pool_2d", {x}, {{"ws", two}, {"pad", two}, {"ignore_border", true}}}).diagnostic ==
        "pool_2d: pad must be smaller than ws");
}

TEST_CASE("max_pool_grad with padding leaves the windows where they are") {
  // windows at rows and columns {-1, 0}, {1, 2}; the padding never holds the maximum
  const Attributes attributes = {{"ws", std::vector<int64_t>{2, 2}},
                                 {"ignore_border", true},
                                 {"pad", std::vector<int64_t>{1, 1}}};
  const OpRun run =
      run_op({"max_pool_grad",
              {tensor(kReal, {3, 3}, {-1, -2, -3, -4, -9, -5, -6, -7, -9}),
               tensor(kReal, {2, 2}, {-1, -2, -4, -5}), tensor(kReal, {2, 2}, {1, 10, 100, 1000})},
              attributes});
  CHECK(values_of(run.outputs.at(0)) == Values{1, 10, 0, 100, 0, 1000, 0, 0, 0});
}

TEST_CASE("max_pool_grad gives the gradient to all ties and adds overlapping windows") {
  const Attributes attributes = {{"ws", std::vector<int64_t>{1, 2}},
                                 {"stride", std::vector<int64_t>{1, 1}}};
  const OpRun run = run_op({"max_pool_grad",
                            {tensor(kReal, {1, 3}, {2, 2, 2}), tensor(kReal, {1, 2}, {2, 2}),
                             tensor(kReal, {1, 2}, {1, 10})},
                            attributes});
  CHECK(values_of(run.outputs.at(0)) == Values{1, 11, 10});
}

TEST_CASE("average_pool_grad with padding divides by the elements inside") {
  const Attributes attributes = {{"ws", std::vector<int64_t>{1, 2}},
                                 {"ignore_border", true},
                                 {"pad", std::vector<int64_t>{0, 1}},
                                 {"mode", std::string("average_exc_pad")},
                                 {"input_shape", Shape{1, 4}}};
  // windows over columns {-1, 0}, {1, 2}, {3, 4}
  const OpRun run =
      run_op({"average_pool_grad", {tensor(kReal, {1, 3}, {1, 10, 100})}, attributes});
  CHECK(values_of(run.outputs.at(0)) == Values{1, 5, 5, 100});
}

TEST_CASE("pool_2d of maxima keeps NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const OpRun run = run_op(
      {"pool_2d", {tensor(kReal, {2, 2}, {1, nan, 3, 2})}, {{"ws", std::vector<int64_t>{2, 2}}}});
  CHECK(std::isnan(run.outputs.at(0).get_double(0)));
}

TEST_CASE("pool_2d of maxima takes integers of any sign") {
  for (const DType dtype : {DType::int8, DType::int64, DType::uint8, DType::uint64}) {
    const double low = is_signed_integer(dtype) ? -5 : 0;
    const OpRun run = run_op({"pool_2d",
                              {tensor(dtype, {3, 1}, {low, low, low})},
                              {{"ws", std::vector<int64_t>{2, 2}}}});
    CHECK(values_of(run.outputs.at(0)) == Values{low, low});
  }
}

TEST_CASE("pool_2d refuses padding without ignore_border and padding as large as the window") {
  Attributes attributes = {{"ws", std::vector<int64_t>{2, 2}}, {"pad", std::vector<int64_t>{1, 1}}};
  CHECK(run_op({"pool_2d", {Tensor(kReal, {4, 4})}, attributes}).diagnostic ==
        "pool_2d: pad works with ignore_border true only");
  attributes["ignore_border"] = true;
  attributes["pad"] = std::vector<int64_t>{2, 0};
  CHECK(run_op({"pool_2d", {Tensor(kReal, {4, 4})}, attributes}).diagnostic ==
        "pool_2d: pad must be smaller than ws");
}

TEST_CASE("pool_2d refuses averages of integers") {
  const Attributes attributes = {{"ws", std::vector<int64_t>{2, 2}},
                                 {"mode", std::string("average_inc_pad")}};
  CHECK(run_op({"pool_2d", {Tensor(DType::int32, {4, 4})}, attributes}).diagnostic ==
        "pool_2d: int32 cannot be averaged");
}

}  // namespace tgc
