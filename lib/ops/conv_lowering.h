// SPDX-License-Identifier: Apache-2.0
// Reading the operands of the convolutions' contractions through index maps. Where a tensor is
// contiguous and a run of indices walks it in memory order, the run is read by one counter, so that
// addresses stay linear. "Positions" are flat: (i, j) of the output or (y, x) of the input.
#pragma once
#include <array>
#include <vector>

#include "ops/conv_geometry.h"

namespace tgc {

// A counter taken apart: counter = first·count + second.
struct CounterPair {
  IndexExpr first;
  IndexExpr second;
};
CounterPair split_counter(const Loop& loop, const DimExpr& count);

// flat = ((i0·dims[1] + i1)·dims[2] + …): the i.
std::vector<IndexExpr> unravel(const IndexExpr& flat, const Shape& dims);

// Indices of the position `flat` of a channel, for an output or input of this geometry.
std::vector<IndexExpr> flat_position(const ConvGeometry& geometry, const IndexExpr& image,
                                     const IndexExpr& channel, const IndexExpr& flat);
// Indices of tap `flat` = (c, r, s) of a filter; `position` is the output's, for unshared ones.
std::vector<IndexExpr> flat_tap(const ConvGeometry& geometry, const IndexExpr& filter,
                                const IndexExpr& position, const IndexExpr& flat);

class ConvOperands {
 public:
  ConvOperands(const LowerContext& context, KernelBuilder& kernel, const ConvGeometry& geometry)
      : context_(context), kernel_(kernel), geometry_(geometry) {}

  // The filter's tap `flat` = (c, r, s), which `tap` holds one by one; `position` is the output's,
  // for unshared filters.
  [[nodiscard]] ExprRef filter(OperandRef filters, const IndexExpr& outer,
                               const IndexExpr& position, const IndexExpr& flat,
                               const std::vector<IndexExpr>& tap) const;
  // The input under output position `flat` and `tap` = (c, r, s); 0 in the padding.
  [[nodiscard]] ExprRef input(OperandRef input, const IndexExpr& image, const IndexExpr& channel,
                              const IndexExpr& flat, const std::vector<IndexExpr>& tap) const;
  // output [image, channel, flat].
  [[nodiscard]] ExprRef output(OperandRef output, const IndexExpr& image, const IndexExpr& channel,
                               const IndexExpr& flat) const;
  // The output that input position `flat` reaches through `tap`, whose first element is skipped;
  // 0 where there is none.
  [[nodiscard]] ExprRef output_reached(OperandRef output, const IndexExpr& image,
                                       const IndexExpr& channel, const IndexExpr& flat,
                                       const std::vector<IndexExpr>& tap) const;
  // The unshared filter [outer, that output position, channel, r, s]; 0 where there is none.
  [[nodiscard]] ExprRef filter_reached(OperandRef filters, const IndexExpr& outer,
                                       const IndexExpr& channel, const IndexExpr& flat,
                                       const std::vector<IndexExpr>& tap) const;

 private:
  struct Reached {
    std::vector<IndexExpr> position;
    ExprRef exists;  // null: always
  };
  [[nodiscard]] const OperandLayout& layout(OperandRef operand) const;
  [[nodiscard]] Reached reached(const IndexExpr& flat, const std::vector<IndexExpr>& tap) const;

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
