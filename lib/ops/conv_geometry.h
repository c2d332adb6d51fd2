// SPDX-License-Identifier: Apache-2.0
// What conv2d and its two gradients share: attributes, sizes, and the one relation between the
// positions of input, filters and output. Every term of the convolution multiplies
//   input [image, group·ci + c, y, x]   with   filters [group·co + m, c, r, s]
// into output [image, group·co + m, i, j], where y = i·stride + tap·dilation - pad and tap is r, or
// rows - 1 - r where filters are flipped (Theano's default); x likewise.
#pragma once
#include <array>
#include <functional>
#include <optional>
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
  DimExpr group_inputs;   // channels of the input in one group
  DimExpr group_outputs;  // channels of the output in one group
  std::array<ConvAxis, 2> axes;
  bool flip = true;

  [[nodiscard]] Shape input_shape() const;
  [[nodiscard]] Shape filter_shape() const;
  [[nodiscard]] Shape output_shape() const;
};

// The attributes border_mode, subsample, filter_flip, filter_dilation, num_groups.
std::vector<AttrDef> conv_attributes();
// Only those, for the gradient's nodes.
Attributes conv_attributes_of(const Attributes& attributes);

// Completes the attributes with their defaults and checks them against the shapes, whose parts are
// called `input` and `filters` in messages.
std::optional<ConvGeometry> check_conv(InferContext& context, const Shape& input,
                                       const Shape& filters);
// Both inputs are 4-d floats of one place.
bool check_conv_inputs(InferContext& context);
// A gradient's output_grad must have the convolution's output shape.
bool check_conv_output(InferContext& context, const ConvGeometry& geometry, size_t input);

// The geometry of an accepted node.
ConvGeometry conv_geometry(const Attributes& attributes, const Shape& input, const Shape& filters);

// Calls visit(input, filter, output) with the flat positions of every term, in row-major order of
// the output, then of the filter; terms in the padding are left out.
void for_each_conv_term(const ConvGeometry& geometry,
                        const std::function<int64_t(const DimExpr&)>& dim,
                        const std::function<void(int64_t, int64_t, int64_t)>& visit);

// flat = ((i0·dims[1] + i1)·dims[2] + …): the i.
std::vector<IndexExpr> unravel(const IndexExpr& flat, const Shape& dims);

// Position along the input of output position `i` and filter position `r`.
IndexExpr conv_input_position(const ConvAxis& axis, bool flip, const IndexExpr& i,
                              const IndexExpr& r);

}  // namespace tgc
