// SPDX-License-Identifier: Apache-2.0
// What poolings and their gradients share: attributes, sizes by Theano's rules, and which input
// positions a window covers. Windows run over as many of the last axes as ws has elements. Along
// each, output position o covers the positions o·stride - pad + r, 0 <= r < window, that lie inside
// the input; without ignore_border the last window may be cut off at the end.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/op_def.h"

namespace tgc {

enum class PoolMode { max, sum, average_inc_pad, average_exc_pad };

struct PoolAxis {
  DimExpr input;
  DimExpr output;
  int64_t window = 1;
  int64_t stride = 1;
  int64_t pad = 0;
  bool ignore_border = false;
};

struct PoolGeometry {
  PoolMode mode = PoolMode::max;
  Shape lead;  // the axes that are not pooled
  std::vector<PoolAxis> axes;

  [[nodiscard]] Shape output_shape() const;
};

// ws, ignore_border, stride, pad and, where the op has one, mode.
std::vector<AttrDef> pool_attributes(bool with_mode);

// Completes and checks the attributes for an input of this shape. `rank` is the number of axes to
// pool over; 0: as many as ws has elements.
std::optional<PoolGeometry> check_pool(InferContext& context, const Shape& input, size_t rank = 0);
// The input must have the shape of the pooled output.
bool check_pool_output(InferContext& context, const PoolGeometry& geometry, size_t input);
PoolGeometry pool_geometry(const Attributes& attributes, const Shape& input);

// Calls visit(input, output, count) with the flat positions of every input element under every
// window; count is the number an average divides by.
void for_each_pooled(const PoolGeometry& geometry,
                     const std::function<int64_t(const DimExpr&)>& dim,
                     const std::function<void(int64_t, int64_t, int64_t)>& visit);

// One side of the relation as loops: for an output element the inputs under its window, or for an
// input element the windows over it. `valid` is null where every iteration is a real one.
struct PoolLoops {
  std::vector<Loop> loops;
  std::vector<IndexExpr> indices;
  ExprRef valid;
};
PoolLoops inputs_under(KernelBuilder& kernel, const PoolGeometry& geometry,
                       const std::vector<IndexExpr>& output);
PoolLoops windows_over(KernelBuilder& kernel, const PoolGeometry& geometry,
                       const std::vector<IndexExpr>& input);
// The number an average over the window of `output` divides by, int64.
ExprRef pool_count(const PoolGeometry& geometry, const std::vector<IndexExpr>& output);
// The value no element is below.
Constant lowest_of(DType dtype);
ExprRef lowest(DType dtype);
// `value` where `valid` holds, else `otherwise`.
ExprRef where_valid(const ExprRef& valid, const ExprRef& value, const ExprRef& otherwise);

}  // namespace tgc
