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

bool check_shape(InferContext& context) {
  context.attributes.try_emplace("shape", Shape{});
  for (const DimExpr& dim : *find_attr<Shape>(context.attributes, "shape")) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  return true;
}

bool check_rows(InferContext& context, size_t input, size_t core) {
  const Shape shape = *find_attr<Shape>(context.attributes, "shape");
  Shape given = context.type(input).shape;
  const std::string part = "inputs/" + std::to_string(input);
  const std::string message = context.name(input) + " " + shape_text(given) +
                              " is not for draws of the shape " + shape_text(shape);
  given.resize(given.size() - core);
  if (given.size() > shape.size()) {
    return context.fail("shape-mismatch", message, part,
                        "the attribute shape is how many draws there are, as dims");
  }
  for (size_t axis = 0; axis < given.size(); ++axis) {
    const DimExpr& wanted = shape[shape.size() - given.size() + axis];
    if (!given[axis].is(1) && !context.require_equal(given[axis], wanted, message, part)) {
      return false;
    }
  }
  return true;
}

bool check_sample_dtype(InferContext& context, bool wants_float) {
  context.attributes.try_emplace("dtype", wants_float ? context.float_x : DType::int64);
  const DType dtype = *find_attr<DType>(context.attributes, "dtype");
  if (is_float(dtype) || (!wants_float && is_integer(dtype))) return true;
  return context.fail("bad-dtype",
                      wants_float ? "the samples are floats" : "the samples are counts", "dtype",
                      wants_float ? "float16, float32 or float64" : "int64, or another number");
}

namespace {

// A scalar, or a vector with an element for each sample.
Node flat_parameter(const Node& given, DType dtype, const Shape& shape) {
  Node value = given.cast(dtype);
  if (value.type().rank() == 0) return value;
  if (value.type().shape != shape) value = allocated(value, shape);
  return reshaped(value, {element_count(shape)});
}

}  // namespace

Drawn drawn(const Node& state, std::string_view distribution, const std::vector<Node>& parameters,
            const Shape& shape) {
  Builder& builder = state.builder();
  const Distribution& record = *find_distribution(distribution);
  std::vector<VariableId> inputs{state.id()};
  for (size_t i = 0; i < 2; ++i) {
    const DType dtype = i == 0 ? record.first : record.second;
    inputs.push_back(i < parameters.size() ? flat_parameter(parameters[i], dtype, shape).id()
                                           : builder.scalar(dtype, 0));
  }
  const ApplyId draw =
      builder.add("draw", inputs,
                  {{"distribution", std::string(distribution)}, {"count", element_count(shape)}});
  const std::vector<VariableId> made = builder.graph().apply(draw).outputs;
  return {{builder, made[0]}, reshaped({builder, made[1]}, shape)};
}

Node parameter_or(const Given& given, size_t input, DType dtype, double fallback) {
  return input < given.x.size() ? given.x[input].cast(dtype) : given.number(dtype, fallback);
}

Tensor* begin_draw(EvalContext& context) {
  context.make_output(0) = *context.inputs[0];
  context.make_output(1);
  if (is_random_state(*context.inputs[0])) return &context.outputs[0];
  context.failure = bad_state_text(0);
  return nullptr;
}

void add_draw_routine(LowerContext& context, std::string_view name, std::vector<OperandRef> inputs,
                      const std::vector<OperandRef>& temporaries, std::vector<DimExpr> dims) {
  Routine routine;
  routine.name = name;
  routine.header = "draw";
  routine.dims = std::move(dims);
  routine.is_fallible = true;
  std::vector<OperandRef> params = std::move(inputs);
  std::vector<Access> access(params.size(), Access::read);
  params.insert(params.end(), {output_ref(0), output_ref(1)});
  params.insert(params.end(), temporaries.begin(), temporaries.end());
  access.resize(params.size(), Access::write);
  KernelBuilder builder = context.kernel();
  context.add(builder.finish_routine(std::move(routine), params, access));
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
