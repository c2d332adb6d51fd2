// SPDX-License-Identifier: Apache-2.0
// diagonal_subtensor: of the matrices along two axes, n0 × n1, the n0 - n1 + 1 diagonals that cross
// all columns, y[a, b] = x[n1 - 1 + a - b, b]: a view. inc_diagonal_subtensor adds to them. With
// them a convolution over time is made of convolutions of images (Theano's conv3d2d).
#include "graph/builder.h"
#include "ops/elementwise.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

struct Axes {
  size_t rows;     // i0
  size_t columns;  // i1
};

Axes axes_of(const Attributes& attributes) {
  return {static_cast<size_t>(*find_attr<int64_t>(attributes, "i0")),
          static_cast<size_t>(*find_attr<int64_t>(attributes, "i1"))};
}

// The shape of the diagonals; nullopt after reporting.
std::optional<Shape> diagonals(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  for (const char* name : {"i0", "i1"}) {
    int64_t axis = *find_attr<int64_t>(context.attributes, name);
    if (axis < -rank || axis >= rank) {
      context.fail("bad-attribute",
                   std::string(name) + " is " + std::to_string(axis) + ", which is no axis of " +
                       context.name(0),
                   name);
      return std::nullopt;
    }
    if (axis < 0) axis += rank;
    context.attributes.insert_or_assign(name, axis);
  }
  const auto [rows, columns] = axes_of(context.attributes);
  if (rows == columns) {
    context.fail("bad-attribute", "i0 and i1 must be two axes", "i1");
    return std::nullopt;
  }
  Shape shape = context.type(0).shape;
  const DimExpr room = shape[rows] - shape[columns];
  const std::string message = context.name(0) + " is " + shape_text(shape) +
                              ": axis i0 must be at least as long as axis i1";
  if (const auto high = room.upper_bound(); high && *high < 0) {
    context.fail("shape-mismatch", message, "inputs/0");
    return std::nullopt;
  }
  const auto low = room.lower_bound();
  if (!low || *low < 0) {
    if (!context.require_equal(DimExpr::max(room, 0), room, message, "inputs/0")) {
      return std::nullopt;
    }
  }
  shape[rows] = room + 1;
  return shape;
}

bool infer(InferContext& context) {
  auto shape = diagonals(context);
  if (!shape) return false;
  context.output(context.type(0).dtype, std::move(*shape));
  return true;
}

bool infer_inc(InferContext& context) {
  const auto shape = diagonals(context);
  if (!shape) return false;
  const TensorType& x = context.type(0);
  const TensorType& amount = context.type(1);
  if (amount.dtype != x.dtype) {
    return context.fail("bad-dtype",
                        context.name(1) + " and " + context.name(0) + " must have one dtype",
                        "inputs/1");
  }
  const std::string message = context.name(1) + " is " + shape_text(amount.shape) +
                              ", but the diagonals are " + shape_text(*shape);
  if (amount.shape.size() != shape->size()) return context.fail("bad-rank", message, "inputs/1");
  for (size_t axis = 0; axis < shape->size(); ++axis) {
    if (!context.require_equal(amount.shape[axis], (*shape)[axis], message, "inputs/1")) {
      return false;
    }
  }
  context.output(x.dtype, x.shape);
  return true;
}

void grad(GradContext& context) {
  const VariableId x = context.input(0);
  context.input_grads[0] = context.builder.call(
      "inc_diagonal_subtensor", {context.builder.zeros_like(x), *context.output_grads[0]},
      context.attributes());
}

void grad_inc(GradContext& context) {
  const VariableId g = *context.output_grads[0];
  if (context.wanted[0]) context.input_grads[0] = g;
  if (context.wanted[1]) {
    context.input_grads[1] = context.builder.call("diagonal_subtensor", {g}, context.attributes());
  }
}

// Calls visit(element of x, element of the diagonals).
template <class F>
void for_each_diagonal(const Tensor& x, const std::vector<int64_t>& dims, const Axes& axes,
                       F&& visit) {
  const auto strides = contiguous_strides(x.dims());
  const int64_t last = x.dims()[axes.columns] - 1;
  int64_t element = -1;
  for_each_index(dims, [&](std::vector<int64_t> at) {
    at[axes.rows] += last - at[axes.columns];
    visit(flat_index(at, strides), ++element);
  });
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  Tensor& result = context.make_output(0);
  for_each_diagonal(x, result.dims(), axes_of(context.apply.attributes),
                    [&](int64_t from, int64_t to) { copy_element(x, from, result, to); });
}

void eval_inc(EvalContext& context) {
  const Tensor& amount = *context.inputs[1];
  Tensor& result = context.make_output(0);
  result = *context.inputs[0];
  const bool real = is_float(result.dtype());
  for_each_diagonal(*context.inputs[0], amount.dims(), axes_of(context.apply.attributes),
                    [&](int64_t at, int64_t from) {
                      if (real) {
                        result.set_double(at, result.get_double(at) + amount.get_double(from));
                      } else {
                        result.set_int(at, result.get_int(at) + amount.get_int(from));
                      }
                    });
}

void lower(LowerContext& context) {
  const auto [rows, columns] = axes_of(context.apply.attributes);
  const OperandLayout& x = context.inputs[0];
  std::vector<DimExpr> strides = x.strides;
  const DimExpr offset = x.offset + (x.shape[columns] - 1) * strides[rows];
  strides[columns] = strides[columns] - strides[rows];
  lower_to_view(context, 0, 0, offset, strides);
}

void lower_inc(LowerContext& context) {
  const auto [rows, columns] = axes_of(context.apply.attributes);
  const Shape& shape = context.outputs[0].shape;
  const DType work = compute_dtype(context.outputs[0].dtype);
  KernelBuilder kernel = context.kernel();
  const auto at = kernel.outer(shape);
  auto on_diagonal = at;
  on_diagonal[rows] = at[rows] + at[columns] - IndexExpr(shape[columns] - 1);
  const ExprRef number = to_expr(on_diagonal[rows]);
  const ExprRef exists = call(
      ScalarOp::and_, {call(ScalarOp::ge, {number, integer_constant(DType::int64, 0)}),
                       call(ScalarOp::lt, {number, dim_value(shape[rows] - shape[columns] + 1)})});
  const ExprRef amount = cast(kernel.load(input_ref(1), on_diagonal), work);
  const ExprRef x = cast(kernel.load(input_ref(0), at), work);
  const ScalarOp add = work == DType::boolean ? ScalarOp::or_ : ScalarOp::add;
  kernel.append(
      kernel.store(output_ref(0), at,
                   call(add, {x, call(ScalarOp::switch_, {exists, amount, constant(work, 0)})})));
  context.add(kernel.finish());
}

std::vector<AttrDef> attributes() {
  return {{"i0", AttrKind::integer, true, "the rows' axis, at least as long as i1's"},
          {"i1", AttrKind::integer, true, "the columns' axis"}};
}

}  // namespace

std::vector<OpDef> diagonal_subtensor_ops() {
  OpDef read;
  read.name = "diagonal_subtensor";
  read.theano = "DiagonalSubtensor";
  read.doc =
      "The diagonals of the matrices along two axes that cross all columns: y[a, b] = x[n1 - 1 + a "
      "- b, b].";
  read.min_inputs = read.max_inputs = 1;
  read.attributes = attributes();
  read.infer = infer;
  read.grad = grad;
  read.eval = eval;
  read.lower = lower;
  read.examples = {{R"({"op": "diagonal_subtensor", "inputs": ["x"], "i0": 0, "i1": 2})",
                    R"({"x": {"dtype": "float64", "shape": [5, 2, 3]}})"}};
  OpDef inc;
  inc.name = "inc_diagonal_subtensor";
  inc.theano = "IncDiagonalSubtensor";
  inc.doc = "x with an amount added to the diagonals that diagonal_subtensor gives.";
  inc.min_inputs = inc.max_inputs = 2;
  inc.attributes = attributes();
  inc.infer = infer_inc;
  inc.grad = grad_inc;
  inc.eval = eval_inc;
  inc.lower = lower_inc;
  inc.examples = {{R"({"op": "inc_diagonal_subtensor", "inputs": ["x", "y"], "i0": 1, "i1": 0})",
                   R"({"x": {"dtype": "float32", "shape": [2, 4, 2]},
                       "y": {"dtype": "float32", "shape": [2, 3, 2]}})"}};
  return {std::move(read), std::move(inc)};
}

}  // namespace tgc
