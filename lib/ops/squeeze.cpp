// SPDX-License-Identifier: Apache-2.0
// squeeze: drops axes of length 1, all of them or those named; written as a dimshuffle.
#include <algorithm>

#include "ops/composition.h"

namespace tgc {
namespace {

bool check(InferContext& context) {
  const Shape& shape = context.type(0).shape;
  std::vector<int64_t> dropped;
  if (context.attributes.contains("axis")) {
    const auto axes = context.axes(context.type(0).rank());
    if (!axes) return false;
    dropped = *axes;
  } else {
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis].is(1)) dropped.push_back(static_cast<int64_t>(axis));
    }
  }
  for (const int64_t axis : dropped) {
    const DimExpr& dim = shape[static_cast<size_t>(axis)];
    const std::string message = "axis " + std::to_string(axis) + " of " + context.name(0) +
                                " has length " + dim.text() + ", so it cannot be dropped";
    if (!context.require_equal(dim, 1, message, "axis")) return false;
  }
  context.attributes.insert_or_assign("axis", dropped);
  return true;
}

Node squeeze(const Given& given) {
  const auto& dropped = given.get<std::vector<int64_t>>("axis");
  Shape shape = given.x[0].type().shape;
  for (const int64_t axis : dropped) shape[static_cast<size_t>(axis)] = 1;
  std::vector<int64_t> kept;
  for (int64_t axis = 0; axis < given.x[0].type().rank(); ++axis) {
    if (std::find(dropped.begin(), dropped.end(), axis) == dropped.end()) kept.push_back(axis);
  }
  return dimshuffled(reshaped(given.x[0], shape), kept);
}

}  // namespace

OpDef squeeze_op() {
  return composed<squeeze, check>(
      {.name = "squeeze",
       .theano = "DimShuffle",
       .doc = "x without its axes of length 1, or without those that are named.",
       .min_inputs = 1,
       .max_inputs = 1,
       .attributes = {{"axis", AttrKind::integers, false,
                       "the axes to drop; default: all that are known to have length 1"}},
       .examples = {{R"({"op": "squeeze", "inputs": ["x"]})",
                     R"({"x": {"dtype": "float32", "shape": [1, 3, 1, 2]}})"},
                    {R"({"op": "squeeze", "inputs": ["x"], "axis": -2})",
                     R"({"x": {"dtype": "float32", "shape": [1, 3, 1, 2]}})"}}});
}

}  // namespace tgc
