// SPDX-License-Identifier: Apache-2.0
// See conv_geometry.h. Output sizes follow Theano: floor((in + pads - reach) / stride) + 1 with
// reach = (filter - 1)·dilation + 1.
#include "ops/conv_geometry.h"

#include <string>

#include "ops/strided_copy.h"

namespace tgc {
namespace {

const std::vector<int64_t>& integers(const Attributes& attributes, std::string_view name) {
  return *find_attr<std::vector<int64_t>>(attributes, name);
}

bool check_pair(InferContext& context, std::string_view name) {
  const auto& values = integers(context.attributes, name);
  if (values.size() == 2 && values[0] >= 1 && values[1] >= 1) return true;
  return context.fail("bad-attribute", std::string(name) + " must be two integers of at least 1",
                      name);
}

bool check_border_mode(InferContext& context) {
  constexpr const char* kAccepted =
      "border_mode must be \"valid\", \"full\", \"half\", an integer, two integers or two pairs "
      "of integers, none negative";
  auto& mode = context.attributes["border_mode"];
  if (const auto* text = std::get_if<std::string>(&mode)) {
    const bool known = *text == "valid" || *text == "full" || *text == "half";
    return known || context.fail("bad-attribute", kAccepted, "border_mode");
  }
  auto* pads = std::get_if<std::vector<int64_t>>(&mode);
  if (pads == nullptr) return context.fail("bad-attribute", kAccepted, "border_mode");
  std::vector<int64_t> all = *pads;
  if (all.size() == 1) all.assign(4, all[0]);
  if (all.size() == 2) all = {all[0], all[0], all[1], all[1]};
  bool is_good = all.size() == 4;
  for (const int64_t pad : all) is_good = is_good && pad >= 0;
  if (!is_good) return context.fail("bad-attribute", kAccepted, "border_mode");
  *pads = std::move(all);
  return true;
}

bool complete_attributes(InferContext& context) {
  auto& attributes = context.attributes;
  attributes.try_emplace("border_mode", std::string("valid"));
  attributes.try_emplace("subsample", std::vector<int64_t>{1, 1});
  attributes.try_emplace("filter_dilation", std::vector<int64_t>{1, 1});
  attributes.try_emplace("filter_flip", true);
  attributes.try_emplace("num_groups", int64_t{1});
  if (!check_pair(context, "subsample") || !check_pair(context, "filter_dilation")) return false;
  if (!check_border_mode(context)) return false;
  if (*find_attr<int64_t>(attributes, "num_groups") >= 1) return true;
  return context.fail("bad-attribute", "num_groups must be at least 1", "num_groups");
}

void set_padding(ConvAxis& axis, const AttrValue& mode, size_t number) {
  const DimExpr reach = (axis.filter - 1) * DimExpr(axis.dilation) + 1;
  if (const auto* pads = std::get_if<std::vector<int64_t>>(&mode)) {
    axis.pad_before = pads->at(2 * number);
    axis.pad_after = pads->at(2 * number + 1);
  } else {
    const auto& text = std::get<std::string>(mode);
    if (text == "half") axis.pad_before = DimExpr::floor_div(reach, 2);
    if (text == "full") axis.pad_before = reach - 1;
    axis.pad_after = axis.pad_before;
  }
  const DimExpr room = axis.input + axis.pad_before + axis.pad_after - reach;
  axis.output = DimExpr::floor_div(room, axis.stride) + 1;
}

}  // namespace

Shape ConvGeometry::input_shape() const {
  return {images, group_inputs * DimExpr(groups), axes[0].input, axes[1].input};
}

Shape ConvGeometry::filter_shape() const {
  return {group_outputs * DimExpr(groups), group_inputs, axes[0].filter, axes[1].filter};
}

Shape ConvGeometry::output_shape() const {
  return {images, group_outputs * DimExpr(groups), axes[0].output, axes[1].output};
}

std::vector<AttrDef> conv_attributes() {
  return {{"border_mode",
           AttrKind::padding,
           false,
           "zeros around the input: \"valid\" none (the default), \"full\" filter - 1, \"half\" "
           "filter // 2, or their number: for all sides, per axis, or per side",
           {"valid", "full", "half"}},
          {"subsample", AttrKind::integers, false, "steps of the filter, two; default [1, 1]"},
          {"filter_flip", AttrKind::boolean, false,
           "turn the filters by 180 degrees (a convolution, the default) or not (a correlation)"},
          {"filter_dilation", AttrKind::integers, false,
           "distance of the filter's taps, two; default [1, 1]"},
          {"num_groups", AttrKind::integer, false,
           "parts the channels are split into, convolved separately; default 1"}};
}

Attributes conv_attributes_of(const Attributes& attributes) {
  Attributes result;
  for (const AttrDef& def : conv_attributes()) {
    const auto found = attributes.find(def.name);
    if (found != attributes.end()) result.insert(*found);
  }
  return result;
}

ConvGeometry conv_geometry(const Attributes& attributes, const Shape& input, const Shape& filters) {
  ConvGeometry geometry;
  geometry.groups = *find_attr<int64_t>(attributes, "num_groups");
  geometry.images = input.at(0);
  geometry.group_inputs = filters.at(1);
  geometry.group_outputs = DimExpr::floor_div(filters[0], geometry.groups);
  geometry.flip = *find_attr<bool>(attributes, "filter_flip");
  for (size_t i = 0; i < 2; ++i) {
    ConvAxis& axis = geometry.axes[i];
    axis.input = input.at(i + 2);
    axis.filter = filters.at(i + 2);
    axis.stride = integers(attributes, "subsample")[i];
    axis.dilation = integers(attributes, "filter_dilation")[i];
    set_padding(axis, attributes.find("border_mode")->second, i);
  }
  return geometry;
}

std::optional<ConvGeometry> check_conv(InferContext& context, const Shape& input,
                                       const Shape& filters) {
  if (!complete_attributes(context)) return std::nullopt;
  const ConvGeometry geometry = conv_geometry(context.attributes, input, filters);
  const std::string groups = std::to_string(geometry.groups);
  const std::string channels = "the input has " + input[1].text() + " channels, but the filters " +
                               shape_text(filters) + " want " + geometry.input_shape()[1].text() +
                               " (" + groups + " groups of " + filters[1].text() + ")";
  if (!context.require_equal(input[1], geometry.input_shape()[1], channels, "inputs/1")) {
    return std::nullopt;
  }
  const std::string uneven =
      filters[0].text() + " filters cannot be split into " + groups + " groups";
  if (!context.require_equal(DimExpr::mod(filters[0], geometry.groups), 0, uneven, "num_groups")) {
    return std::nullopt;
  }
  for (const ConvAxis& axis : geometry.axes) {
    const auto largest = axis.output.upper_bound();
    if (largest && *largest < 0) {
      context.fail("shape-mismatch", "a filter of " + axis.filter.text() +
                                         " does not fit an input of " + axis.input.text() +
                                         " with its padding");
      return std::nullopt;
    }
    if (!require_dim(context, axis.output, "the output")) return std::nullopt;
  }
  return geometry;
}

bool check_conv_inputs(InferContext& context) {
  for (size_t i = 0; i < 2; ++i) {
    const std::string part = "inputs/" + std::to_string(i);
    if (context.type(i).rank() != 4) {
      return context.fail("bad-rank",
                          context.name(i) + " must have 4 dimensions, it has " +
                              std::to_string(context.type(i).rank()),
                          part);
    }
    if (is_float(context.type(i).dtype)) continue;
    return context.fail("bad-dtype",
                        context.name(i) + " must have a float dtype, it is " +
                            std::string(dtype_name(context.type(i).dtype)),
                        part);
  }
  return true;
}

bool check_conv_output(InferContext& context, const ConvGeometry& geometry, size_t input) {
  const Shape expected = geometry.output_shape();
  const Shape& given = context.type(input).shape;
  for (size_t axis = 0; axis < expected.size(); ++axis) {
    const std::string message = context.name(input) + " is " + shape_text(given) +
                                ", but the convolution's output is " + shape_text(expected);
    if (!context.require_equal(given[axis], expected[axis], message,
                               "inputs/" + std::to_string(input))) {
      return false;
    }
  }
  return true;
}

std::vector<IndexExpr> unravel(const IndexExpr& flat, const Shape& dims) {
  std::vector<IndexExpr> indices(dims.size());
  IndexExpr rest = flat;
  for (size_t i = dims.size(); i-- > 1;) {
    indices[i] = mod(rest, dims[i]);
    rest = floor_div(rest, dims[i]);
  }
  if (!dims.empty()) indices[0] = rest;
  return indices;
}

IndexExpr conv_input_position(const ConvAxis& axis, bool flip, const IndexExpr& i,
                              const IndexExpr& r) {
  const IndexExpr tap = flip ? IndexExpr(axis.filter - 1) - r : r;
  return i * DimExpr(axis.stride) + tap * DimExpr(axis.dilation) - IndexExpr(axis.pad_before);
}

void for_each_conv_term(const ConvGeometry& geometry,
                        const std::function<int64_t(const DimExpr&)>& dim,
                        const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  struct Axis {
    int64_t input, filter, output, pad, stride, dilation;
  };
  std::array<Axis, 2> axes{};
  for (size_t i = 0; i < 2; ++i) {
    const ConvAxis& axis = geometry.axes[i];
    axes[i] = {dim(axis.input),      dim(axis.filter), dim(axis.output),
               dim(axis.pad_before), axis.stride,      axis.dilation};
  }
  const Axis& rows = axes[0];
  const Axis& columns = axes[1];
  const auto place = [&](const Axis& axis, int64_t i, int64_t r) {
    const int64_t tap = geometry.flip ? axis.filter - 1 - r : r;
    return i * axis.stride + tap * axis.dilation - axis.pad;
  };
  const int64_t inputs = dim(geometry.group_inputs);
  const int64_t outputs = dim(geometry.group_outputs);
  const std::vector<int64_t> output_dims = {dim(geometry.images), geometry.groups, outputs,
                                            rows.output, columns.output};
  int64_t output = -1;
  for_each_index(output_dims, [&](const std::vector<int64_t>& at) {
    ++output;
    const int64_t group = at[1];
    const int64_t filters = (group * outputs + at[2]) * inputs;
    const int64_t images = (at[0] * geometry.groups + group) * inputs;
    for_each_index({inputs, rows.filter, columns.filter}, [&](const std::vector<int64_t>& tap) {
      const int64_t y = place(rows, at[3], tap[1]);
      const int64_t x = place(columns, at[4], tap[2]);
      if (y < 0 || y >= rows.input || x < 0 || x >= columns.input) return;
      visit(((images + tap[0]) * rows.input + y) * columns.input + x,
            ((filters + tap[0]) * rows.filter + tap[1]) * columns.filter + tap[2], output);
    });
  });
}

}  // namespace tgc
