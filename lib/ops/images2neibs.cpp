// SPDX-License-Identifier: Apache-2.0
// images2neibs: patches of images as rows of a matrix; images2neibs_grad puts the rows back where
// they came from and adds them where patches overlap, written as a gather over the patches above a
// pixel. Both are linear and each other's gradient. neibs2images is the second for patches that do
// not overlap.
#include <array>

#include "graph/builder.h"
#include "ops/conv_lowering.h"
#include "ops/elementwise.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

// Along rows or columns: patch `a` covers the positions a·step + i - shift, 0 <= i < patch.
struct NeibAxis {
  DimExpr image;
  DimExpr patch;
  DimExpr step;
  DimExpr shift;
  DimExpr grid;          // number of patches
  bool wraps = false;    // positions are taken modulo `image`
  bool reaches = false;  // positions may lie outside of the image, where it counts as 0
};
using NeibAxes = std::array<NeibAxis, 2>;

NeibAxes axes_of(const Attributes& attributes, const Shape& images) {
  const auto mode = attr_or<std::string>(attributes, "mode", "valid");
  NeibAxes axes;
  for (size_t i = 0; i < 2; ++i) {
    NeibAxis& axis = axes[i];
    axis.image = images.at(i + 2);
    axis.patch = find_attr<Shape>(attributes, "neib_shape")->at(i);
    axis.step = find_attr<Shape>(attributes, "neib_step")->at(i);
    axis.wraps = mode == "wrap_centered";
    axis.reaches = mode == "half" || mode == "full";
    DimExpr room = axis.image - axis.patch;
    if (mode == "half") room = axis.image - DimExpr::mod(axis.patch, 2);
    if (mode == "full") room = axis.image + axis.patch - 2;
    if (mode == "half" || axis.wraps) axis.shift = DimExpr::floor_div(axis.patch, 2);
    if (mode == "full") axis.shift = axis.patch - 1;
    axis.grid = axis.wraps ? DimExpr::ceil_div(axis.image, axis.step)
                           : DimExpr::floor_div(room, axis.step) + 1;
  }
  return axes;
}

DimExpr rows_of(const Shape& images, const NeibAxes& axes) {
  return images[0] * images[1] * axes[0].grid * axes[1].grid;
}

// `value` >= `least` for all calls, or checked at each.
bool require_least(InferContext& context, const DimExpr& value, int64_t least,
                   const std::string& message, std::string_view part) {
  const auto low = value.lower_bound();
  if (low && *low >= least) return true;
  const auto high = value.upper_bound();
  if (high && *high < least) return context.fail("bad-attribute", message, part);
  return context.require_equal(DimExpr::max(value, least), value, message, part);
}

bool check_pair(InferContext& context, const std::string& name) {
  const Shape& pair = *find_attr<Shape>(context.attributes, name);
  const std::string message = name + " must be two integers of at least 1";
  if (pair.size() != 2) return context.fail("bad-attribute", message, name);
  return require_least(context, pair[0], 1, message, name) &&
         require_least(context, pair[1], 1, message, name);
}

bool check_fit(InferContext& context, const NeibAxis& axis, const std::string& mode) {
  const std::string sizes = "patches of " + axis.patch.text() + ", steps of " + axis.step.text() +
                            " and an image of " + axis.image.text();
  const std::string message = sizes + " do not fit together in mode " + mode;
  if (mode == "wrap_centered") {
    const std::string odd =
        "mode wrap_centered needs patches of odd sizes, not " + axis.patch.text();
    if (!context.require_equal(DimExpr::mod(axis.patch, 2), 1, odd, "neib_shape")) return false;
  }
  if (mode == "ignore_borders") return require_least(context, axis.grid, 0, message, "neib_shape");
  if (!require_least(context, axis.image - axis.patch, 0, message, "neib_shape")) return false;
  if (mode == "wrap_centered") return true;
  DimExpr room = axis.image - axis.patch;
  if (mode == "half") room = axis.image - DimExpr::mod(axis.patch, 2);
  if (mode == "full") room = axis.image + axis.patch - 2;
  return context.require_equal(DimExpr::mod(room, axis.step), 0, message, "neib_step");
}

// Completes and checks the attributes for images of this shape.
bool check_neibs(InferContext& context, const Shape& images) {
  auto& attributes = context.attributes;
  attributes.try_emplace("mode", std::string("valid"));
  attributes.try_emplace("neib_step", attributes.find("neib_shape")->second);
  if (!check_pair(context, "neib_shape") || !check_pair(context, "neib_step")) return false;
  const auto mode = *find_attr<std::string>(attributes, "mode");
  for (const NeibAxis& axis : axes_of(attributes, images)) {
    if (!check_fit(context, axis, mode)) return false;
  }
  return true;
}

bool infer(InferContext& context) {
  const TensorType& images = context.type(0);
  if (images.rank() != 4) {
    return context.fail(
        "bad-rank",
        context.name(0) + " must have 4 dimensions, it has " + std::to_string(images.rank()),
        "inputs/0");
  }
  if (!check_neibs(context, images.shape)) return false;
  const NeibAxes axes = axes_of(context.attributes, images.shape);
  context.output(images.dtype, {rows_of(images.shape, axes), axes[0].patch * axes[1].patch});
  return true;
}

bool infer_grad(InferContext& context) {
  const Shape images = *find_attr<Shape>(context.attributes, "input_shape");
  if (images.size() != 4) {
    return context.fail("bad-attribute", "input_shape must have 4 dims", "input_shape");
  }
  for (const DimExpr& dim : images) {
    if (!require_dim(context, dim, "input_shape")) return false;
  }
  if (!check_neibs(context, images)) return false;
  const NeibAxes axes = axes_of(context.attributes, images);
  const TensorType& rows = context.type(0);
  if (rows.rank() != 2) {
    return context.fail("bad-rank", context.name(0) + " must be a matrix", "inputs/0");
  }
  const Shape expected = {rows_of(images, axes), axes[0].patch * axes[1].patch};
  const std::string message = context.name(0) + " is " + shape_text(rows.shape) +
                              ", but the patches are " + shape_text(expected);
  for (size_t axis = 0; axis < 2; ++axis) {
    if (!context.require_equal(rows.shape[axis], expected[axis], message, "inputs/0")) return false;
  }
  context.output(rows.dtype, images);
  return true;
}

void grad(GradContext& context) {
  Attributes attributes = context.attributes();
  attributes["input_shape"] = context.graph.type(context.input(0)).shape;
  context.input_grads[0] =
      context.builder.call("images2neibs_grad", {*context.output_grads[0]}, attributes);
}

void grad_grad(GradContext& context) {
  Attributes attributes = context.attributes();
  attributes.erase("input_shape");
  context.input_grads[0] =
      context.builder.call("images2neibs", {*context.output_grads[0]}, attributes);
}

// Calls visit(pixel, element of the matrix) for all of the matrix that show a pixel.
template <class F>
void for_each_shown(const NeibAxes& axes, const Shape& images,
                    const std::function<int64_t(const DimExpr&)>& dim, F&& visit) {
  const int64_t size[2] = {dim(axes[0].image), dim(axes[1].image)};
  int64_t element = -1;
  for_each_index({dim(images[0]) * dim(images[1]), dim(axes[0].grid), dim(axes[1].grid),
                  dim(axes[0].patch), dim(axes[1].patch)},
                 [&](const std::vector<int64_t>& at) {
                   ++element;
                   int64_t pixel = at[0];
                   for (size_t i = 0; i < 2; ++i) {
                     int64_t place = at[i + 1] * dim(axes[i].step) + at[i + 3] - dim(axes[i].shift);
                     if (axes[i].wraps) place = (place + size[i]) % size[i];
                     if (place < 0 || place >= size[i]) return;
                     pixel = pixel * size[i] + place;
                   }
                   visit(pixel, element);
                 });
}

void eval(EvalContext& context) {
  const Tensor& images = *context.inputs[0];
  const Shape& shape = context.graph.type(context.apply.inputs[0]).shape;
  Tensor& result = context.make_output(0);
  for_each_shown(
      axes_of(context.apply.attributes, shape), shape, context.dim,
      [&](int64_t pixel, int64_t element) { copy_element(images, pixel, result, element); });
}

void eval_grad(EvalContext& context) {
  const Tensor& rows = *context.inputs[0];
  const Shape& shape = *find_attr<Shape>(context.apply.attributes, "input_shape");
  Tensor& result = context.make_output(0);
  const bool real = is_float(rows.dtype());
  std::vector<double> sums(static_cast<size_t>(real ? result.size() : 0), 0.0);
  for_each_shown(axes_of(context.apply.attributes, shape), shape, context.dim,
                 [&](int64_t pixel, int64_t element) {
                   if (real) {
                     sums[static_cast<size_t>(pixel)] += rows.get_double(element);
                   } else {
                     result.set_int(pixel, result.get_int(pixel) + rows.get_int(element));
                   }
                 });
  if (real) set_all(result, sums);
}

void require(ExprRef& condition, const ExprRef& more) {
  condition = condition ? call(ScalarOp::and_, {condition, more}) : more;
}

ExprRef at_least_zero(const IndexExpr& index) {
  return call(ScalarOp::ge, {to_expr(index), integer_constant(DType::int64, 0)});
}

ExprRef below(const IndexExpr& index, const DimExpr& end) {
  return call(ScalarOp::lt, {to_expr(index), dim_value(end)});
}

// Row and column of the matrix for image number, patch and place in the patch.
std::vector<IndexExpr> matrix_indices(const NeibAxes& axes, const IndexExpr& image,
                                      const std::vector<IndexExpr>& patch,
                                      const std::vector<IndexExpr>& place) {
  return {(image * axes[0].grid + patch[0]) * axes[1].grid + patch[1],
          place[0] * axes[1].patch + place[1]};
}

void lower(LowerContext& context) {
  const Shape& shape = context.graph.type(context.apply.inputs[0]).shape;
  const NeibAxes axes = axes_of(context.apply.attributes, shape);
  KernelBuilder kernel = context.kernel();
  const auto at =
      kernel.outer({shape[0], shape[1], axes[0].grid, axes[1].grid, axes[0].patch, axes[1].patch});
  std::vector<IndexExpr> pixel = {at[0], at[1]};
  ExprRef inside;
  for (size_t i = 0; i < 2; ++i) {
    const NeibAxis& axis = axes[i];
    IndexExpr place = at[i + 2] * axis.step + at[i + 4] - IndexExpr(axis.shift);
    if (axis.wraps) place = mod(place, axis.image);
    if (axis.reaches) {
      require(inside, at_least_zero(place));
      require(inside, below(place, axis.image));
    }
    pixel.push_back(place);
  }
  ExprRef value = kernel.load(input_ref(0), pixel);
  if (inside) value = call(ScalarOp::switch_, {inside, value, constant(value->dtype, 0)});
  const auto element =
      matrix_indices(axes, at[0] * shape[1] + at[1], {at[2], at[3]}, {at[4], at[5]});
  kernel.append(kernel.store(output_ref(0), element, value));
  context.add(kernel.finish());
}

void lower_grad(LowerContext& context) {
  const Shape& shape = *find_attr<Shape>(context.apply.attributes, "input_shape");
  const NeibAxes axes = axes_of(context.apply.attributes, shape);
  const DType work = compute_dtype(context.outputs[0].dtype);
  KernelBuilder kernel = context.kernel();
  const auto pixel = kernel.outer(shape);
  std::vector<Loop> loops;
  std::vector<IndexExpr> patch;
  std::vector<IndexExpr> place;
  ExprRef exists;
  for (size_t i = 0; i < 2; ++i) {
    const NeibAxis& axis = axes[i];
    loops.push_back(kernel.loop(axis.patch));
    place.emplace_back(loops.back().index);
    IndexExpr start = pixel[i + 2] + IndexExpr(axis.shift) - place.back();
    if (axis.wraps) start = mod(start, axis.image);
    patch.push_back(floor_div(start, axis.step));
    require(exists, call(ScalarOp::eq,
                         {to_expr(mod(start, axis.step)), integer_constant(DType::int64, 0)}));
    require(exists, at_least_zero(start));
    require(exists, below(patch.back(), axis.grid));
  }
  const auto element = matrix_indices(axes, pixel[0] * shape[1] + pixel[1], patch, place);
  const ExprRef share = cast(kernel.load(input_ref(0), element), work);
  const ExprRef sum = kernel.reduce(ReduceKind::sum, loops,
                                    call(ScalarOp::switch_, {exists, share, constant(work, 0)}));
  kernel.append(kernel.store(output_ref(0), pixel, sum));
  context.add(kernel.finish());
}

bool infer_inverse(InferContext& context) {
  auto& attributes = context.attributes;
  attributes["input_shape"] = attributes.at("original_shape");
  attributes.erase("original_shape");
  attributes["neib_step"] = attributes.at("neib_shape");
  return infer_grad(context);
}

std::optional<std::vector<VariableId>> expand_inverse(Builder& builder,
                                                      const std::vector<VariableId>& inputs,
                                                      const Attributes& attributes) {
  return {{builder.call("images2neibs_grad", inputs, attributes)}};
}

OpDef record(std::string_view name, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = "Images2Neibs";
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {
      {"neib_shape", AttrKind::dims, true, "rows and columns of a patch"},
      {"neib_step", AttrKind::dims, false, "steps from patch to patch; default neib_shape"},
      {"mode",
       AttrKind::text,
       false,
       "valid: patches fill the image, ignore_borders: what is left over is dropped, half and "
       "full: zeros around the image, wrap_centered: around each pixel, over the edges; default "
       "valid",
       {"valid", "ignore_borders", "half", "full", "wrap_centered"}}};
  return op;
}

OpDef inverse() {
  OpDef op = record("neibs2images",
                    "The images whose patches the rows are: the inverse of images2neibs with "
                    "patches that do not overlap; pixels of no patch are 0.");
  op.attributes.erase(op.attributes.begin() + 1);
  op.attributes.back() = {"mode",
                          AttrKind::text,
                          false,
                          "valid: patches fill the images, ignore_borders: or leave a border; "
                          "default valid",
                          {"valid", "ignore_borders"}};
  op.attributes.push_back({"original_shape", AttrKind::dims, true, "shape of the images"});
  op.infer = infer_inverse;
  op.expand = expand_inverse;
  op.examples = {{R"({"op": "neibs2images", "inputs": ["rows"], "neib_shape": [2, 3],
                      "original_shape": [1, 2, 4, 3]})",
                  R"({"rows": {"dtype": "float32", "shape": [4, 6]}})"}};
  return op;
}

}  // namespace

std::vector<OpDef> images2neibs_ops() {
  OpDef forward = record("images2neibs",
                         "Patches of images (batch, channels, rows, columns) as the rows of a "
                         "matrix, by image, channel, row and column of the patch.");
  forward.infer = infer;
  forward.grad = grad;
  forward.eval = eval;
  forward.lower = lower;
  forward.examples = {
      {R"({"op": "images2neibs", "inputs": ["x"], "neib_shape": [2, 3]})",
       R"({"x": {"dtype": "float64", "shape": [2, 1, 4, 6]}})"},
      {R"({"op": "images2neibs", "inputs": ["x"], "neib_shape": [2, 2], "neib_step": [1, 2],
           "mode": "ignore_borders"})",
       R"({"x": {"dtype": "float32", "shape": [1, 2, 3, 5]}})"},
      {R"({"op": "images2neibs", "inputs": ["x"], "neib_shape": [3, 2], "neib_step": [2, 1],
           "mode": "half"})",
       R"({"x": {"dtype": "float64", "shape": [1, 1, 5, 4]}})"},
      {R"({"op": "images2neibs", "inputs": ["x"], "neib_shape": [2, 3], "neib_step": [1, 2],
           "mode": "full"})",
       R"({"x": {"dtype": "float64", "shape": [1, 1, 3, 5]}})"},
      {R"({"op": "images2neibs", "inputs": ["x"], "neib_shape": [3, 3], "neib_step": [1, 2],
           "mode": "wrap_centered"})",
       R"({"x": {"dtype": "float64", "shape": [1, 1, 4, 5]}})"}};
  OpDef back = record("images2neibs_grad",
                      "The gradient of images2neibs, of the images' shape: what the rows hold, put "
                      "back where it came from and added where patches overlap.");
  back.attributes.push_back({"input_shape", AttrKind::dims, true, "shape of the images"});
  back.infer = infer_grad;
  back.grad = grad_grad;
  back.eval = eval_grad;
  back.lower = lower_grad;
  back.examples = {
      {R"({"op": "images2neibs_grad", "inputs": ["g"], "neib_shape": [2, 2], "neib_step": [1, 1],
           "input_shape": [1, 2, 3, 3]})",
       R"({"g": {"dtype": "float64", "shape": [8, 4]}})"},
      {R"({"op": "images2neibs_grad", "inputs": ["g"], "neib_shape": [3, 3], "neib_step": [2, 1],
           "mode": "wrap_centered", "input_shape": [1, 1, 3, 4]})",
       R"({"g": {"dtype": "float32", "shape": [8, 9]}})"}};
  return {std::move(forward), std::move(back), inverse()};
}

}  // namespace tgc
