// SPDX-License-Identifier: Apache-2.0
// See conv_geometry.h. Output sizes follow Theano: floor((in + pads - reach) / stride) + 1 with
// reach = (filter - 1)·dilation + 1.
#include "ops/conv_geometry.h"

#include "ops/strided_copy.h"

namespace tgc {
namespace {

const std::vector<int64_t>& integers(const Attributes& attributes, std::string_view name) {
  return *find_attr<std::vector<int64_t>>(attributes, name);
}

std::string count_text(size_t count) {
  return count == 2 ? "two" : "three";
}

bool check_steps(InferContext& context, std::string_view name, size_t rank) {
  const auto& values = integers(context.attributes, name);
  bool is_good = values.size() == rank;
  for (const int64_t value : values) is_good = is_good && value >= 1;
  return is_good ||
         context.fail(
             "bad-attribute",
             std::string(name) + " must be " + count_text(rank) + " integers of at least 1", name);
}

// Turns paddings into pairs, one after the other.
bool check_border_mode(InferContext& context, size_t rank) {
  const std::string accepted = "border_mode must be \"valid\", \"full\", \"half\", an integer, " +
                               count_text(rank) + " integers or " + count_text(rank) +
                               " pairs of integers, none negative";
  auto& mode = context.attributes["border_mode"];
  if (const auto* text = std::get_if<std::string>(&mode)) {
    const bool known = *text == "valid" || *text == "full" || *text == "half";
    return known || context.fail("bad-attribute", accepted, "border_mode");
  }
  auto* pads = std::get_if<std::vector<int64_t>>(&mode);
  if (pads == nullptr) return context.fail("bad-attribute", accepted, "border_mode");
  std::vector<int64_t> all = *pads;
  if (all.size() == 1) all.assign(rank, all[0]);
  if (all.size() == rank) {
    std::vector<int64_t> pairs;
    for (const int64_t pad : all) pairs.insert(pairs.end(), {pad, pad});
    all = std::move(pairs);
  }
  bool is_good = all.size() == 2 * rank;
  for (const int64_t pad : all) is_good = is_good && pad >= 0;
  if (!is_good) return context.fail("bad-attribute", accepted, "border_mode");
  *pads = std::move(all);
  return true;
}

bool complete_attributes(InferContext& context, size_t rank) {
  auto& attributes = context.attributes;
  attributes.try_emplace("border_mode", std::string("valid"));
  attributes.try_emplace("subsample", std::vector<int64_t>(rank, 1));
  attributes.try_emplace("filter_dilation", std::vector<int64_t>(rank, 1));
  attributes.try_emplace("filter_flip", true);
  attributes.try_emplace("num_groups", int64_t{1});
  if (!check_steps(context, "subsample", rank)) return false;
  if (!check_steps(context, "filter_dilation", rank)) return false;
  if (!check_border_mode(context, rank)) return false;
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
}

// Negative where the filter does not fit.
DimExpr output_size(const ConvAxis& axis) {
  const DimExpr reach = (axis.filter - 1) * DimExpr(axis.dilation) + 1;
  const DimExpr room = axis.input + axis.pad_before + axis.pad_after - reach;
  return DimExpr::floor_div(room, axis.stride) + 1;
}

bool check_channels(InferContext& context, const ConvGeometry& geometry, const DimExpr& channels,
                    const Shape& filters) {
  const std::string groups = std::to_string(geometry.groups);
  const std::string message = "the input has " + channels.text() + " channels, but the filters " +
                              shape_text(filters) + " want " + geometry.input_shape()[1].text() +
                              " (" + groups + " groups of " + geometry.group_inputs.text() + ")";
  if (!context.require_equal(channels, geometry.input_shape()[1], message, "inputs/1")) {
    return false;
  }
  const std::string uneven =
      filters[0].text() + " filters cannot be split into " + groups + " groups";
  return context.require_equal(DimExpr::mod(filters[0], geometry.groups), 0, uneven, "num_groups");
}

// Theano takes an output of no positions, though not of fewer.
bool require_not_negative(InferContext& context, const DimExpr& dim, const std::string& message) {
  const auto low = dim.lower_bound();
  if (low && *low >= 0) return true;
  const auto high = dim.upper_bound();
  if (high && *high < 0) return context.fail("shape-mismatch", message);
  return context.require_equal(DimExpr::max(dim, 0), dim, message);
}

bool check_output_sizes(InferContext& context, const ConvGeometry& geometry, const Shape& filters) {
  for (size_t i = 0; i < geometry.axes.size(); ++i) {
    const ConvAxis& axis = geometry.axes[i];
    const std::string too_large = "a filter of " + axis.filter.text() +
                                  " does not fit an input of " + axis.input.text() +
                                  " with its padding";
    if (!require_not_negative(context, output_size(axis), too_large)) return false;
    if (!geometry.is_unshared) continue;
    const std::string message = "unshared filters " + shape_text(filters) + " are for outputs of " +
                                filters[i + 1].text() + ", the output has " + axis.output.text();
    if (!context.require_equal(filters[i + 1], axis.output, message, "inputs/1")) return false;
  }
  return true;
}

struct BoundAxis {
  int64_t input, filter, output, pad, stride, dilation;
};

// The flat position along all axes that the output position and the tap (from their second element
// on) meet at; -1 in the padding.
int64_t input_position(const std::vector<BoundAxis>& axes, bool flip, const int64_t* output,
                       const std::vector<int64_t>& tap) {
  int64_t flat = 0;
  for (size_t i = 0; i < axes.size(); ++i) {
    const BoundAxis& axis = axes[i];
    const int64_t step = flip ? axis.filter - 1 - tap[i + 1] : tap[i + 1];
    const int64_t at = output[i] * axis.stride + step * axis.dilation - axis.pad;
    if (at < 0 || at >= axis.input) return -1;
    flat = flat * axis.input + at;
  }
  return flat;
}

}  // namespace

Shape ConvGeometry::input_sizes() const {
  Shape sizes;
  for (const ConvAxis& axis : axes) sizes.push_back(axis.input);
  return sizes;
}

Shape ConvGeometry::output_sizes() const {
  Shape sizes;
  for (const ConvAxis& axis : axes) sizes.push_back(axis.output);
  return sizes;
}

Shape ConvGeometry::taps(const DimExpr& channels) const {
  Shape sizes = {channels};
  for (const ConvAxis& axis : axes) sizes.push_back(axis.filter);
  return sizes;
}

Shape ConvGeometry::input_shape() const {
  Shape shape = {images, group_inputs * DimExpr(groups)};
  for (const ConvAxis& axis : axes) shape.push_back(axis.input);
  return shape;
}

Shape ConvGeometry::filter_shape() const {
  Shape shape = {group_outputs * DimExpr(groups)};
  if (is_unshared) {
    for (const ConvAxis& axis : axes) shape.push_back(axis.output);
  }
  for (const DimExpr& dim : taps(group_inputs)) shape.push_back(dim);
  return shape;
}

Shape ConvGeometry::output_shape() const {
  Shape shape = {images, group_outputs * DimExpr(groups)};
  for (const ConvAxis& axis : axes) shape.push_back(axis.output);
  return shape;
}

size_t conv_rank(const OpDef& op) {
  return op.name.find('3') == std::string_view::npos ? 2 : 3;
}

std::string conv_name(size_t rank, std::string_view suffix) {
  return "conv" + std::to_string(rank) + "d" + std::string(suffix);
}

std::vector<AttrDef> conv_attributes(size_t rank) {
  std::vector<AttrDef> defs = {
      {"border_mode",
       AttrKind::padding,
       false,
       "zeros around the input: \"valid\" none (the default), \"full\" filter - 1, \"half\" "
       "filter // 2, or their number: for all sides, per axis, or per side",
       {"valid", "full", "half"}},
      {"subsample", AttrKind::integers, false, "steps of the filter, one an axis; default 1"},
      {"filter_flip", AttrKind::boolean, false,
       "turn the filters by 180 degrees (a convolution, the default) or not (a correlation)"},
      {"filter_dilation", AttrKind::integers, false,
       "distance of the filter's taps, one an axis; default 1"},
      {"num_groups", AttrKind::integer, false,
       "parts the channels are split into, convolved separately; default 1"}};
  if (rank == 2) {
    defs.push_back({"unshared", AttrKind::boolean, false,
                    "filters of their own for each position of the output: (outputs, output rows, "
                    "output columns, channels / groups, rows, columns); default false"});
  }
  return defs;
}

Attributes conv_attributes_of(const Attributes& attributes) {
  Attributes result;
  for (const AttrDef& def : conv_attributes(2)) {
    const auto found = attributes.find(def.name);
    if (found != attributes.end()) result.insert(*found);
  }
  return result;
}

ConvGeometry conv_geometry(const Attributes& attributes, const Shape& input, const Shape& filters) {
  ConvGeometry geometry;
  const size_t rank = input.size() - 2;
  geometry.groups = *find_attr<int64_t>(attributes, "num_groups");
  geometry.is_unshared = attr_or(attributes, "unshared", false);
  geometry.images = input.at(0);
  geometry.group_inputs = filters.at(filters.size() - rank - 1);
  geometry.group_outputs = DimExpr::floor_div(filters.at(0), geometry.groups);
  geometry.flip = *find_attr<bool>(attributes, "filter_flip");
  for (size_t i = 0; i < rank; ++i) {
    ConvAxis axis;
    axis.input = input.at(i + 2);
    axis.filter = filters.at(filters.size() - rank + i);
    axis.stride = integers(attributes, "subsample").at(i);
    axis.dilation = integers(attributes, "filter_dilation").at(i);
    set_padding(axis, attributes.find("border_mode")->second, i);
    axis.output = output_size(axis);
    // As one atom: the product of three polynomials of many symbols has too many terms.
    const bool is_long = !axis.input.is_constant() && !axis.filter.is_constant();
    if (rank > 2 && is_long) axis.output = DimExpr::max(axis.output, 0);
    geometry.axes.push_back(std::move(axis));
  }
  return geometry;
}

std::optional<ConvGeometry> check_conv(InferContext& context, const Shape& input,
                                       const Shape& filters) {
  if (!complete_attributes(context, input.size() - 2)) return std::nullopt;
  const ConvGeometry geometry = conv_geometry(context.attributes, input, filters);
  if (!check_channels(context, geometry, input[1], filters)) return std::nullopt;
  if (!check_output_sizes(context, geometry, filters)) return std::nullopt;
  return geometry;
}

bool check_conv_inputs(InferContext& context, int filters) {
  const size_t rank = conv_rank(context.op);
  const bool is_unshared = attr_or(context.attributes, "unshared", false);
  for (size_t i = 0; i < 2; ++i) {
    const std::string part = "inputs/" + std::to_string(i);
    const size_t wanted = is_unshared && filters == static_cast<int>(i) ? 2 * rank + 2 : rank + 2;
    if (context.type(i).shape.size() != wanted) {
      return context.fail("bad-rank",
                          context.name(i) + " must have " + std::to_string(wanted) +
                              " dimensions, it has " + std::to_string(context.type(i).rank()),
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

std::optional<Shape> check_conv_shape(InferContext& context, std::string_view name,
                                      const Shape& known) {
  Shape shape = *find_attr<Shape>(context.attributes, name);
  const std::string text(name);
  if (shape.size() != known.size()) {
    context.fail("bad-attribute", text + " must have " + std::to_string(known.size()) + " dims",
                 name);
    return std::nullopt;
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].is(-1) && !known[i].is(-1)) shape[i] = known[i];
    if (!require_dim(context, shape[i], name)) return std::nullopt;
  }
  context.attributes.insert_or_assign(text, shape);
  return shape;
}

bool check_conv_hint(InferContext& context, std::string_view name, size_t input) {
  if (!context.attributes.contains(name)) return true;
  const Shape& shape = context.type(input).shape;
  const auto stated = check_conv_shape(context, name, shape);
  if (!stated) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const std::string message = context.name(input) + " is " + shape_text(shape) + ", but " +
                                std::string(name) + " says " + shape_text(*stated);
    if (!context.require_equal(shape[i], (*stated)[i], message, name)) return false;
  }
  context.attributes.erase(context.attributes.find(name));
  return true;
}

AttrDef conv_hint(std::string_view name) {
  return {name, AttrKind::dims, false, "that input's shape, to be checked; -1: not known"};
}

void for_each_conv_term(const ConvGeometry& geometry,
                        const std::function<int64_t(const DimExpr&)>& dim,
                        const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  std::vector<BoundAxis> axes;
  const int64_t inputs = dim(geometry.group_inputs);
  const int64_t outputs = dim(geometry.group_outputs);
  std::vector<int64_t> output_dims = {dim(geometry.images), geometry.groups, outputs};
  std::vector<int64_t> tap_dims = {inputs};
  int64_t area = 1;       // of an input channel
  int64_t positions = 1;  // of an output channel
  int64_t taps = inputs;  // of a filter
  for (const ConvAxis& axis : geometry.axes) {
    axes.push_back({dim(axis.input), dim(axis.filter), dim(axis.output), dim(axis.pad_before),
                    axis.stride, axis.dilation});
    output_dims.push_back(axes.back().output);
    tap_dims.push_back(axes.back().filter);
    area *= axes.back().input;
    positions *= axes.back().output;
    taps *= axes.back().filter;
  }
  int64_t output = -1;
  for_each_index(output_dims, [&](const std::vector<int64_t>& at) {
    ++output;
    const int64_t channel = (at[0] * geometry.groups + at[1]) * inputs;
    int64_t filter = at[1] * outputs + at[2];
    if (geometry.is_unshared) filter = filter * positions + output % positions;
    int64_t tap_number = filter * taps - 1;
    for_each_index(tap_dims, [&](const std::vector<int64_t>& tap) {
      ++tap_number;
      const int64_t position = input_position(axes, geometry.flip, at.data() + 3, tap);
      if (position >= 0) visit((channel + tap[0]) * area + position, tap_number, output);
    });
  });
}

}  // namespace tgc
