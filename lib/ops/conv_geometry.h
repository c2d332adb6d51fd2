// SPDX-License-Identifier: Apache-2.0
// What the convolutions and their gradients share: attributes, sizes, and the one relation between
// the positions of input, filters and output. With two axes every term of the sum multiplies
//   input [image, group·ci + c, y, x]   with   filters [group·co + m, c, r, s]
// into output [image, group·co + m, i, j], where y = i·stride + tap·dilation - pad and tap is r, or
// rows - 1 - r where filters are flipped (Theano's default); x likewise, and so on with three axes.
// Unshared filters have one set of taps for each output position: [group·co + m, i, j, c, r, s].
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/op_def.h"

namespace tgc {

struct ConvAxis {
  DimExpr input;
  DimExpr filter;
  DimExpr output;
  DimExpr pad_before;
  DimExpr pad_after;
  int64_t stride = 1;
  int64_t dilation = 1;
};

struct ConvGeometry {
  DimExpr images;
  int64_t groups = 1;
  DimExpr group_inputs;        // channels of the input in one group
  DimExpr group_outputs;       // channels of the output in one group
  std::vector<ConvAxis> axes;  // rows, columns; or depth, rows, columns
  bool flip = true;
  bool is_unshared = false;

  [[nodiscard]] Shape input_shape() const;
  [[nodiscard]] Shape filter_shape() const;
  [[nodiscard]] Shape output_shape() const;

  [[nodiscard]] Shape input_sizes() const;                  // of the axes alone
  [[nodiscard]] Shape output_sizes() const;                 // of the axes alone
  [[nodiscard]] Shape taps(const DimExpr& channels) const;  // channels, then the filter's sizes
};

// The number of axes that an op of the name convNd… convolves over.
size_t conv_rank(const OpDef& op);
// "conv" + rank + "d" + suffix.
std::string conv_name(size_t rank, std::string_view suffix = "");

// The attributes border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared.
std::vector<AttrDef> conv_attributes(size_t rank);
// Only those, for the gradient's nodes.
Attributes conv_attributes_of(const Attributes& attributes);

// Completes the attributes with their defaults and checks them against the shapes, whose parts are
// called `input` and `filters` in messages.
std::optional<ConvGeometry> check_conv(InferContext& context, const Shape& input,
                                       const Shape& filters);
// Both inputs are floats of the right rank; `filters` is the input with filters, -1: none has.
bool check_conv_inputs(InferContext& context, int filters);
// A gradient's output_grad must have the convolution's output shape.
bool check_conv_output(InferContext& context, const ConvGeometry& geometry, size_t input);
// The attribute `name`, a shape, with -1 replaced by what `known` has there. Reports a wrong rank
// and negative dims; nullopt then.
std::optional<Shape> check_conv_shape(InferContext& context, std::string_view name,
                                      const Shape& known);

// The attribute `name`, where given: what the user says of an input's shape, with -1 for what is
// not known. Checked and erased.
bool check_conv_hint(InferContext& context, std::string_view name, size_t input);
// The attributes input_shape and filter_shape that such hints are.
AttrDef conv_hint(std::string_view name);

// The inference of convNd_grad_wrt_inputs, for the ops that are made of it.
bool infer_conv_grad_wrt_inputs(InferContext& context);

// The geometry of an accepted node.
ConvGeometry conv_geometry(const Attributes& attributes, const Shape& input, const Shape& filters);

// Calls visit(input, filter, output) with the flat positions of every term, in row-major order of
// the output, then of the filter; terms in the padding are left out.
void for_each_conv_term(const ConvGeometry& geometry,
                        const std::function<int64_t(const DimExpr&)>& dim,
                        const std::function<void(int64_t, int64_t, int64_t)>& visit);

}  // namespace tgc
