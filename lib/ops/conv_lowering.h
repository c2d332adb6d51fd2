// SPDX-License-Identifier: Apache-2.0
// Reading the operands of the three convolution contractions through index maps. Where a tensor is
// contiguous and a run of indices walks it in memory order, the run is read by one counter, so that
// addresses stay linear.
#pragma once
#include <array>
#include <vector>

#include "ops/conv_geometry.h"

namespace tgc {

struct ImageAndGroup {
  IndexExpr image;
  IndexExpr group;
};
// Takes a counter over (image, group) apart.
ImageAndGroup image_and_group(const Loop& batch, const ConvGeometry& geometry);

class ConvOperands {
 public:
  ConvOperands(const LowerContext& context, KernelBuilder& kernel, const ConvGeometry& geometry)
      : context_(context), kernel_(kernel), geometry_(geometry) {}

  // filters [outer, c, r, s]; `flat` counts (c, r, s), which `tap` holds one by one.
  [[nodiscard]] ExprRef filter(OperandRef filters, const IndexExpr& outer, const IndexExpr& flat,
                               const std::vector<IndexExpr>& tap) const;
  // The input under output position `flat` = (i, j) and filter position `tap` = (c, r, s); 0 in the
  // padding.
  [[nodiscard]] ExprRef input(OperandRef input, const IndexExpr& image, const IndexExpr& channel,
                              const IndexExpr& flat, const std::vector<IndexExpr>& tap) const;
  // output [image, channel, i, j]; `flat` counts (i, j).
  [[nodiscard]] ExprRef output(OperandRef output, const IndexExpr& image, const IndexExpr& channel,
                               const IndexExpr& flat) const;
  // The output that input position `flat` = (y, x) reaches through filter position (r, s); 0 where
  // there is none.
  [[nodiscard]] ExprRef output_reached(OperandRef output, const IndexExpr& image,
                                       const IndexExpr& channel, const IndexExpr& flat,
                                       const IndexExpr& r, const IndexExpr& s) const;

 private:
  [[nodiscard]] const OperandLayout& layout(OperandRef operand) const;

  const LowerContext& context_;
  KernelBuilder& kernel_;
  const ConvGeometry& geometry_;
};

// The kernel: result = Σ_k a·b stored to output 0 at `position`.
LoweredKernel finish_conv(const LowerContext& context, KernelBuilder& kernel,
                          const std::array<Loop, 4>& loops, const ExprRef& a, const ExprRef& b,
                          const std::vector<IndexExpr>& position);

// Sets all elements from doubles, in order.
void set_all(Tensor& tensor, const std::vector<double>& values);

}  // namespace tgc
