// SPDX-License-Identifier: Apache-2.0
// See draws.h.
#include "ops/draws.h"

#include "kernel/random_value.h"
#include "ops/strided_copy.h"

namespace tgc {

bool check_numpy_state(InferContext& context) {
  const TensorType& state = context.type(0);
  const auto words = random_state_words(state.dtype);
  const std::string wanted =
      "the state must be a uint32 vector of 628 elements (RandomState) or a uint64 vector of 6 "
      "(default_rng)";
  if (!words || state.rank() != 1) {
    return context.fail("bad-dtype", wanted, "inputs/0",
                        "a shared variable, updated with the first output");
  }
  return context.require_equal(state.shape[0], *words, wanted, "inputs/0");
}

bool check_parameters(InferContext& context, size_t first) {
  const Shape shape = *find_attr<Shape>(context.attributes, "shape");
  for (const DimExpr& dim : shape) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  for (size_t i = first; i < context.inputs.size(); ++i) {
    const std::string part = "inputs/" + std::to_string(i);
    if (!require_number(context, i)) return false;
    const Shape given = context.type(i).shape;
    const std::string message = context.name(i) + " " + shape_text(given) +
                                " does not broadcast to the sample's shape " + shape_text(shape);
    const std::string hint = "the attribute shape is that of the result";
    if (given.size() > shape.size()) {
      return context.fail("shape-mismatch", message, part, hint);
    }
    for (size_t axis = 0; axis < given.size(); ++axis) {
      const DimExpr& wanted = shape[shape.size() - given.size() + axis];
      if (!given[axis].is(1) && !context.require_equal(given[axis], wanted, message, part)) {
        return false;
      }
    }
  }
  return true;
}

std::string bad_state_text(int64_t row) {
  return "row " + std::to_string(row) +
         " of the random generator's state is none that a generator can have";
}

std::string bad_parameter_text(int64_t sample) {
  return "the distribution of sample number " + std::to_string(sample) +
         " has a parameter out of its range";
}

}  // namespace tgc
