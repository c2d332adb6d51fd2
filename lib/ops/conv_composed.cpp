// SPDX-License-Identifier: Apache-2.0
// Theano's functions over the convolutions: conv2d_transpose, causal_conv1d, separable_conv2d and
// separable_conv3d.
#include "graph/node.h"
#include "ops/conv_geometry.h"
#include "ops/index_template.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

AttrDef renamed(AttrDef def, std::string_view name, std::string_view doc) {
  def.name = name;
  def.doc = doc;
  return def;
}

// Gives attribute `from` the name `to`.
void rename(Attributes& attributes, std::string_view from, const std::string& to) {
  const auto found = attributes.find(from);
  if (found == attributes.end()) return;
  AttrValue value = std::move(found->second);
  attributes.erase(found);
  attributes.insert_or_assign(to, std::move(value));
}

bool infer_transpose(InferContext& context) {
  if (const auto* steps = find_attr<std::vector<int64_t>>(context.attributes, "input_dilation")) {
    if (steps->size() != 2 || steps->at(0) < 1 || steps->at(1) < 1) {
      return context.fail("bad-attribute", "input_dilation must be two integers of at least 1",
                          "input_dilation");
    }
  }
  if (find_attr<Shape>(context.attributes, "output_shape")->size() != 4) {
    return context.fail("bad-attribute", "output_shape must have 4 dims", "output_shape");
  }
  rename(context.attributes, "input_dilation", "subsample");
  rename(context.attributes, "output_shape", "input_shape");
  return infer_conv_grad_wrt_inputs(context);
}

Outputs expand_transpose(Builder& builder, const std::vector<VariableId>& inputs,
                         const Attributes& attributes) {
  return {{builder.call("conv2d_grad_wrt_inputs", inputs, attributes)}};
}

OpDef transpose() {
  OpDef op;
  op.name = "conv2d_transpose";
  op.theano = "AbstractConv2d_gradInputs";
  op.doc =
      "The transposed convolution of images (batch, channels, rows, columns) with filters "
      "(channels, "
      "outputs / groups, rows, columns): conv2d_grad_wrt_inputs with the names of a forward op.";
  op.min_inputs = op.max_inputs = 2;
  for (const AttrDef& def : conv_attributes(2)) {
    op.attributes.push_back(
        def.name == "subsample"
            ? renamed(def, "input_dilation", "steps of the filter over the output, two; default 1")
            : def);
  }
  op.attributes.push_back({"output_shape", AttrKind::dims, true,
                           "shape of the output; the first two dims may be -1: what fits"});
  op.attributes.push_back(conv_hint("filter_shape"));
  op.infer = infer_transpose;
  op.expand = expand_transpose;
  op.examples = {
      {R"({"op": "conv2d_transpose", "inputs": ["x", "w"], "output_shape": [-1, -1, 6, 5],
           "input_dilation": [2, 1], "border_mode": "half"})",
       R"({"x": {"dtype": "float64", "shape": [2, 2, 3, 5]},
           "w": {"dtype": "float64", "shape": [2, 3, 3, 3]}})"}};
  return op;
}

// A positive integer attribute, 1 where absent.
bool check_step(InferContext& context, const std::string& name) {
  if (attr_or<int64_t>(context.attributes, name, 1) >= 1) return true;
  return context.fail("bad-attribute", name + " must be at least 1", name);
}

bool infer_causal(InferContext& context) {
  for (size_t i = 0; i < 2; ++i) {
    const TensorType& type = context.type(i);
    const std::string part = "inputs/" + std::to_string(i);
    if (type.rank() != 3) {
      return context.fail(
          "bad-rank",
          context.name(i) + " must have 3 dimensions, it has " + std::to_string(type.rank()), part);
    }
    if (!is_float(type.dtype)) {
      return context.fail("bad-dtype",
                          context.name(i) + " must have a float dtype, it is " +
                              std::string(dtype_name(type.dtype)),
                          part);
    }
  }
  for (const char* name : {"subsample", "filter_dilation", "num_groups"}) {
    if (!check_step(context, name)) return false;
  }
  const Shape& input = context.type(0).shape;
  const Shape& filters = context.type(1).shape;
  const auto groups = attr_or<int64_t>(context.attributes, "num_groups", 1);
  const std::string channels = "the input has " + input[1].text() + " channels, but the filters " +
                               shape_text(filters) + " want " + std::to_string(groups) +
                               " groups of " + filters[1].text();
  if (!context.require_equal(input[1], filters[1] * DimExpr(groups), channels, "inputs/1")) {
    return false;
  }
  const std::string uneven =
      filters[0].text() + " filters cannot be split into " + std::to_string(groups) + " groups";
  if (!context.require_equal(DimExpr::mod(filters[0], groups), 0, uneven, "num_groups")) {
    return false;
  }
  const auto step = attr_or<int64_t>(context.attributes, "subsample", 1);
  context.output(promote(context.type(0).dtype, context.type(1).dtype),
                 {input[0], filters[0], DimExpr::floor_div(input[2] - 1, step) + 1});
  return true;
}

// A convolution of rows padded in front alone. Where the filters' length is a symbol, padded on
// both sides by as much, of which the positions past the end are cut off.
Outputs expand_causal(Builder& builder, const std::vector<VariableId>& inputs,
                      const Attributes& attributes) {
  const Attributes as_image = {{"order", std::vector<int64_t>{0, 1, 2, -1}}};
  const Node x(builder, inputs[0]);
  const Node w(builder, inputs[1]);
  const int64_t step = attr_or<int64_t>(attributes, "subsample", 1);
  const int64_t dilation = attr_or<int64_t>(attributes, "filter_dilation", 1);
  Attributes options = {{"subsample", std::vector<int64_t>{step, 1}},
                        {"filter_dilation", std::vector<int64_t>{dilation, 1}},
                        {"num_groups", attr_or<int64_t>(attributes, "num_groups", 1)},
                        {"filter_flip", attr_or(attributes, "filter_flip", true)},
                        {"border_mode", std::string("full")}};
  const auto taps = w.type().shape[2].constant();
  if (taps) options["border_mode"] = std::vector<int64_t>{(*taps - 1) * dilation, 0, 0, 0};
  const Node result = x.call("dimshuffle", {}, as_image)
                          .call("conv2d", {w.call("dimshuffle", {}, as_image)}, options);
  const DimExpr length = DimExpr::floor_div(x.type().shape[2] - 1, step) + 1;
  std::vector<IndexEntry> index(3, slice(std::nullopt, std::nullopt));
  if (!taps) index[2] = slice(std::nullopt, length);
  IndexEntry column;
  column.kind = IndexEntry::Kind::index;
  column.start = 0;
  index.push_back(column);
  return {{result.call("subtensor", {}, {{"index", index}}).id()}};
}

OpDef causal() {
  OpDef op;
  op.name = "causal_conv1d";
  op.theano = "AbstractConv2d";
  op.doc =
      "Convolves rows (batch, channels, length) with filters (outputs, channels / groups, length) "
      "so that no result depends on what comes later in its row.";
  op.min_inputs = op.max_inputs = 2;
  op.attributes = {
      {"filter_flip", AttrKind::boolean, false, "turn the filters round; default true"},
      {"subsample", AttrKind::integer, false, "step of the filter; default 1"},
      {"filter_dilation", AttrKind::integer, false, "distance of the filter's taps; default 1"},
      {"num_groups", AttrKind::integer, false, "parts the channels are split into; default 1"}};
  op.infer = infer_causal;
  op.expand = expand_causal;
  op.examples = {{R"({"op": "causal_conv1d", "inputs": ["x", "w"], "filter_dilation": 2})",
                  R"({"x": {"dtype": "float64", "shape": [2, 3, 7]},
                      "w": {"dtype": "float64", "shape": [2, 3, 3]}})"},
                 {R"({"op": "causal_conv1d", "inputs": ["x", "w"], "subsample": 2,
                      "num_groups": 2, "filter_flip": false})",
                  R"({"x": {"dtype": "float32", "shape": [1, 2, 6]},
                      "w": {"dtype": "float32", "shape": [4, 1, 2]}})"}};
  return op;
}

bool infer_separable(InferContext& context) {
  rename(context.attributes, "num_channels", "num_groups");
  if (!check_conv_inputs(context, 1)) return false;
  const auto geometry = check_conv(context, context.type(0).shape, context.type(1).shape);
  if (!geometry) return false;
  const TensorType& points = context.type(2);
  const Shape between = geometry->output_shape();
  if (!is_float(points.dtype)) {
    return context.fail("bad-dtype",
                        context.name(2) + " must have a float dtype, it is " +
                            std::string(dtype_name(points.dtype)),
                        "inputs/2");
  }
  const std::string wanted = context.name(2) + " is " + shape_text(points.shape) +
                             ", but the pointwise filters are " + "(outputs, " + between[1].text() +
                             ", 1" + (between.size() == 5 ? ", 1, 1)" : ", 1)");
  if (points.shape.size() != between.size()) return context.fail("bad-rank", wanted, "inputs/2");
  for (size_t i = 1; i < between.size(); ++i) {
    const DimExpr dim = i == 1 ? context.type(1).shape[0] : DimExpr(1);
    if (!context.require_equal(points.shape[i], dim, wanted, "inputs/2")) return false;
  }
  Shape shape = between;
  shape[1] = points.shape[0];
  const DType first = promote(context.type(0).dtype, context.type(1).dtype);
  context.output(promote(first, points.dtype), std::move(shape));
  return true;
}

Outputs expand_separable(Builder& builder, const std::vector<VariableId>& inputs,
                         const Attributes& attributes) {
  const std::string op = conv_name(builder.graph().type(inputs[0]).shape.size() - 2);
  const Node depthwise(builder, builder.call(op, {inputs[0], inputs[1]}, attributes));
  return {{depthwise.call(op, {Node(builder, inputs[2])}).id()}};
}

OpDef separable(size_t rank) {
  OpDef op;
  op.doc =
      "A convolution of each channel by itself with the second input, then of all channels at each "
      "position with the third, filters of one tap.";
  op.min_inputs = op.max_inputs = 3;
  for (const AttrDef& def : conv_attributes(rank)) {
    if (def.name == "unshared") continue;
    op.attributes.push_back(def);
    if (def.name != "num_groups") continue;
    op.attributes.back() = renamed(def, "num_channels", "number of the input's channels");
    op.attributes.back().required = true;
  }
  op.infer = infer_separable;
  op.expand = expand_separable;
  return op;
}

}  // namespace

std::vector<OpDef> conv_composed_ops() {
  OpDef two = separable(2);
  two.name = "separable_conv2d";
  two.theano = "AbstractConv2d";
  two.examples = {{R"({"op": "separable_conv2d", "inputs": ["x", "d", "p"], "num_channels": 2,
                       "border_mode": "half"})",
                   R"({"x": {"dtype": "float64", "shape": [2, 2, 4, 3]},
                       "d": {"dtype": "float64", "shape": [4, 1, 3, 3]},
                       "p": {"dtype": "float64", "shape": [3, 4, 1, 1]}})"}};
  OpDef three = separable(3);
  three.name = "separable_conv3d";
  three.theano = "AbstractConv3d";
  three.examples = {{R"({"op": "separable_conv3d", "inputs": ["x", "d", "p"], "num_channels": 2})",
                     R"({"x": {"dtype": "float64", "shape": [1, 2, 3, 3, 2]},
                         "d": {"dtype": "float64", "shape": [2, 1, 2, 2, 2]},
                         "p": {"dtype": "float64", "shape": [3, 2, 1, 1, 1]}})"}};
  return {transpose(), causal(), std::move(two), std::move(three)};
}

}  // namespace tgc
