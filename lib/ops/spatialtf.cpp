// SPDX-License-Identifier: Apache-2.0
// dnn_spatialtf: the spatial transformer (Jaderberg et al. 2015) as cuDNN defines it, and its two
// parts. The grid is theta · (x, y, 1) for x and y from -1 to 1; a sample is interpolated between
// the four pixels around it, those outside of the image being 0.
#include <cmath>

#include "graph/node.h"
#include "ops/elementwise.h"
#include "ops/index_template.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

bool check_float(InferContext& context, size_t input, int64_t rank) {
  const TensorType& type = context.type(input);
  if (type.rank() == rank && is_float(type.dtype)) return true;
  return context.fail(type.rank() == rank ? "bad-dtype" : "bad-rank",
                      context.name(input) + " must be a float tensor of " + std::to_string(rank) +
                          " dimensions, not " + type_text(type),
                      "inputs/" + std::to_string(input));
}

bool check_theta(InferContext& context, size_t input) {
  if (!check_float(context, input, 3)) return false;
  const Shape& shape = context.type(input).shape;
  const std::string message =
      context.name(input) + " is " + shape_text(shape) + ", but must be (batch, 2, 3)";
  const std::string part = "inputs/" + std::to_string(input);
  return context.require_equal(shape[1], 2, message, part) &&
         context.require_equal(shape[2], 3, message, part);
}

bool infer_grid(InferContext& context) {
  const Shape& sizes = *find_attr<Shape>(context.attributes, "out_dims");
  if (sizes.size() != 2) {
    return context.fail("bad-attribute", "out_dims must be rows and columns", "out_dims");
  }
  for (const DimExpr& size : sizes) {
    if (!require_dim(context, size, "out_dims")) return false;
  }
  if (!check_theta(context, 0)) return false;
  context.output(context.type(0).dtype, {context.type(0).shape[0], sizes[0], sizes[1], 2});
  return true;
}

bool infer_sampler(InferContext& context) {
  if (!check_float(context, 0, 4) || !check_float(context, 1, 4)) return false;
  const Shape& images = context.type(0).shape;
  const Shape& grid = context.type(1).shape;
  const std::string message = context.name(1) + " is " + shape_text(grid) +
                              ", but must be (batch, rows, columns, 2) for " + context.name(0) +
                              ", " + shape_text(images);
  if (!context.require_equal(grid[0], images[0], message, "inputs/1") ||
      !context.require_equal(grid[3], 2, message, "inputs/1")) {
    return false;
  }
  context.output(promote(context.type(0).dtype, context.type(1).dtype),
                 {images[0], images[1], grid[1], grid[2]});
  return true;
}

// `size` scaled and rounded up; nullopt where the factor is no fraction of small integers and the
// size is not known.
std::optional<DimExpr> scaled(const DimExpr& size, double factor) {
  if (const auto known = size.constant()) {
    return DimExpr(static_cast<int64_t>(std::ceil(static_cast<double>(*known) * factor)));
  }
  constexpr int64_t kLargestDenominator = 1000;
  for (int64_t below = 1; below <= kLargestDenominator; ++below) {
    const auto above = static_cast<int64_t>(std::llround(factor * static_cast<double>(below)));
    if (static_cast<double>(above) / static_cast<double>(below) == factor) {
      return DimExpr::ceil_div(size * DimExpr(above), below);
    }
  }
  return std::nullopt;
}

bool infer_whole(InferContext& context) {
  if (!check_float(context, 0, 4) || !check_theta(context, 1)) return false;
  const Shape& images = context.type(0).shape;
  const std::string message = "there are " + images[0].text() + " images and " +
                              context.type(1).shape[0].text() + " transformations";
  if (!context.require_equal(images[0], context.type(1).shape[0], message, "inputs/1")) {
    return false;
  }
  Shape sizes;
  for (const auto& [name, axis] : {std::pair{"scale_height", size_t{2}}, {"scale_width", 3}}) {
    const double factor = attr_or(context.attributes, name, 1.0);
    if (!(factor > 0 && factor <= 1e6)) {
      return context.fail("bad-attribute", std::string(name) + " must be positive", name);
    }
    const auto size = scaled(images[axis], factor);
    if (!size) {
      return context.fail("bad-attribute",
                          std::string(name) +
                              " must be a fraction of integers up to 1000 where "
                              "the images' sizes are not known",
                          name);
    }
    sizes.push_back(*size);
  }
  context.attributes["out_dims"] = sizes;
  context.attributes.erase("scale_height");
  context.attributes.erase("scale_width");
  context.output(promote(context.type(0).dtype, context.type(1).dtype),
                 {images[0], images[1], sizes[0], sizes[1]});
  return true;
}

Node shuffled(const Node& x, std::vector<int64_t> order) {
  return x.call("dimshuffle", {}, {{"order", std::move(order)}});
}

Node number_of(Builder& builder, const DimExpr& dim, DType dtype) {
  return Node(builder, builder.call("dim", {}, {{"value", dim}})).cast(dtype);
}

// -1 … 1 in `size` steps; a single position is -1.
Node positions(Builder& builder, const DimExpr& size, DType dtype) {
  const Node count(builder, builder.call("dim", {}, {{"value", size}}));
  const Node steps = number_of(builder, DimExpr::max(size - 1, 1), dtype);
  return count.call("arange").cast(dtype) * 2.0 / steps - 1.0;
}

// x[…, at] of the last axis.
Node last(const Node& x, int64_t at) {
  std::vector<IndexEntry> index(x.type().shape.size(), slice(std::nullopt, std::nullopt));
  index.back() = IndexEntry{};
  index.back().kind = IndexEntry::Kind::index;
  index.back().start = at;
  return x.call("subtensor", {}, {{"index", index}});
}

Outputs expand_grid(Builder& builder, const std::vector<VariableId>& inputs,
                    const Attributes& attributes) {
  const Node theta(builder, inputs[0]);
  const DType dtype = theta.type().dtype;
  const DType work = compute_dtype(dtype);
  const Shape& sizes = *find_attr<Shape>(attributes, "out_dims");
  const Node y = shuffled(positions(builder, sizes[0], work), {-1, 0, -1, -1});
  const Node x = shuffled(positions(builder, sizes[1], work), {-1, -1, 0, -1});
  const auto column = [&](int64_t at) {
    return shuffled(last(theta.cast(work), at), {0, -1, -1, 1});
  };
  return {{(column(0) * x + column(1) * y + column(2)).cast(dtype).id()}};
}

// One of the four pixels around each sample.
struct Corner {
  Node weight;    // 0 outside of the image
  Node position;  // int64, within the image
};

// The pixels below and above a coordinate from -1 to 1 along an axis of `size` pixels.
std::vector<Corner> neighbours(const Node& coordinate, const DimExpr& size) {
  Builder& builder = coordinate.builder();
  const DType dtype = coordinate.type().dtype;
  const Node highest = number_of(builder, size - 1, dtype);
  const Node place = (coordinate + 1.0) * highest / 2.0;
  const Node low = place.call("floor");
  const Node rest = place - low;
  std::vector<Corner> corners;
  for (const bool is_high : {false, true}) {
    const Node pixel = is_high ? low + 1.0 : low;
    const Node inside = ge(pixel, pixel.number(0)).call("and_", {le(pixel, highest)});
    const Node weight = is_high ? rest : 1.0 - rest;
    const Node clipped = pixel.call("clip", {pixel.number(0), highest});
    corners.push_back({where(inside, weight, weight.number(0)), clipped.cast(DType::int64)});
  }
  return corners;
}

Outputs expand_sampler(Builder& builder, const std::vector<VariableId>& inputs, const Attributes&) {
  const Node images(builder, inputs[0]);
  const Node grid(builder, inputs[1]);
  const DType dtype = promote(images.type().dtype, grid.type().dtype);
  const DType work = compute_dtype(dtype);
  const Shape from = images.type().shape;
  const Shape to = grid.type().shape;
  const DimExpr samples = to[0] * to[1] * to[2];
  const Shape pixels = {from[0] * from[2] * from[3], from[1]};
  const Node rows =
      shuffled(images.cast(work), {0, 2, 3, 1}).call("reshape", {}, {{"shape", pixels}});
  const auto across = neighbours(last(grid.cast(work), 0), from[3]);
  const auto down = neighbours(last(grid.cast(work), 1), from[2]);
  const Node images_count(builder, builder.call("dim", {}, {{"value", from[0]}}));
  const Node image = shuffled(images_count.call("arange"), {0, -1, -1});
  const Node height = number_of(builder, from[2], DType::int64);
  const Node width = number_of(builder, from[3], DType::int64);
  std::optional<Node> sum;
  for (const Corner& y : down) {
    for (const Corner& x : across) {
      const Node place = (image * height + y.position) * width + x.position;
      const Node flat = place.call("reshape", {}, {{"shape", Shape{samples}}});
      const Node weight = (y.weight * x.weight).call("reshape", {}, {{"shape", Shape{samples, 1}}});
      const Node part = rows.call("advanced_subtensor1", {flat}) * weight;
      sum = sum ? *sum + part : part;
    }
  }
  const Shape whole = {to[0], to[1], to[2], from[1]};
  const Node result = sum->call("reshape", {}, {{"shape", whole}});
  return {{shuffled(result, {0, 3, 1, 2}).cast(dtype).id()}};
}

Outputs expand_whole(Builder& builder, const std::vector<VariableId>& inputs,
                     const Attributes& attributes) {
  const Node grid(builder, builder.call("spatialtf_grid", {inputs[1]}, attributes));
  return {{builder.call("spatialtf_sampler", {inputs[0], grid.id()})}};
}

}  // namespace

std::vector<OpDef> spatialtf_ops() {
  OpDef grid;
  grid.name = "spatialtf_grid";
  grid.theano = "GpuDnnTransformerGrid";
  grid.doc =
      "Sampling points (batch, rows, columns, 2), x before y, of affine transformations theta "
      "(batch, 2, 3): theta (x, y, 1) for x and y from -1 to 1.";
  grid.min_inputs = grid.max_inputs = 1;
  grid.attributes = {{"out_dims", AttrKind::dims, true, "rows and columns of the grid"}};
  grid.infer = infer_grid;
  grid.expand = expand_grid;
  grid.examples = {{R"({"op": "spatialtf_grid", "inputs": ["theta"], "out_dims": [3, 4]})",
                    R"({"theta": {"dtype": "float32", "shape": [2, 2, 3]}})"}};
  OpDef sampler;
  sampler.name = "spatialtf_sampler";
  sampler.theano = "GpuDnnTransformerSampler";
  sampler.doc =
      "Images (batch, channels, rows, columns) interpolated at the points of a grid (batch, rows, "
      "columns, 2) of x and y from -1 to 1; what lies outside counts as 0.";
  sampler.min_inputs = sampler.max_inputs = 2;
  sampler.infer = infer_sampler;
  sampler.expand = expand_sampler;
  sampler.examples = {{R"({"op": "spatialtf_sampler", "inputs": ["img", "grid"]})",
                       R"({"img": {"dtype": "float64", "shape": [1, 2, 3, 4]},
           "grid": {"dtype": "float64", "shape": [1, 2, 3, 2],
                    "value": [[[[-0.9, 0.3], [0.1, -0.45], [1.2, 0.7]],
                               [[0.35, 1.9], [-0.2, 0.62], [0.8, -1.1]]]]}})"}};
  OpDef whole;
  whole.name = "dnn_spatialtf";
  whole.theano = "GpuDnnTransformerGrid, GpuDnnTransformerSampler";
  whole.doc =
      "Images under affine transformations theta (batch, 2, 3), interpolated (spatial "
      "transformer).";
  whole.min_inputs = whole.max_inputs = 2;
  whole.attributes = {
      {"scale_width", AttrKind::real, false, "the output's columns, rounded up, over the input's"},
      {"scale_height", AttrKind::real, false, "the output's rows, rounded up, over the input's"}};
  whole.infer = infer_whole;
  whole.expand = expand_whole;
  whole.examples = {{R"({"op": "dnn_spatialtf", "inputs": ["img", "theta"], "scale_height": 1.5})",
                     R"({"img": {"dtype": "float32", "shape": [1, 2, 3, 4]},
           "theta": {"dtype": "float32", "shape": [1, 2, 3],
                     "value": [[[0.7, 0.17, 0.05], [-0.1, 0.85, 0.02]]]}})"}};
  return {std::move(grid), std::move(sampler), std::move(whole)};
}

}  // namespace tgc
