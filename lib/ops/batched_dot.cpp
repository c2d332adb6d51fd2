// SPDX-License-Identifier: Apache-2.0
// batched_dot: one product for every entry of the first axis. As in Theano vectors of scalars make
// it mul, and more than three dimensions go through dimshuffle and reshape.
#include <algorithm>

#include "ops/contraction.h"
#include "ops/tensordot.h"

namespace tgc {
namespace {

bool infer_batched_dot(InferContext& context) {
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  for (size_t i = 0; i < 2; ++i) {
    const int64_t rank = context.type(i).rank();
    if (rank >= 1) continue;
    return context.fail("bad-rank", context.name(i) + " has no batch axis: it is a scalar",
                        "inputs/" + std::to_string(i));
  }
  if (!context.require_equal(a[0], b[0],
                             differ("batch sizes", a[0], context.name(0), b[0], context.name(1)),
                             "inputs/1")) {
    return false;
  }
  Shape result{a[0].is_constant() ? a[0] : b[0]};
  if (a.size() == 1 || b.size() == 1) {
    const Shape& other = a.size() == 1 ? b : a;
    result.insert(result.end(), other.begin() + 1, other.end());
    context.output(product_dtype(context), std::move(result));
    return true;
  }
  const size_t b_axis = std::max<size_t>(1, b.size() - 2);
  if (!context.require_equal(
          a.back(), b[b_axis],
          differ("inner dimensions", a.back(), context.name(0), b[b_axis], context.name(1)),
          "inputs/1")) {
    return false;
  }
  result.insert(result.end(), a.begin() + 1, a.end() - 1);
  for (size_t axis = 1; axis < b.size(); ++axis) {
    if (axis != b_axis) result.push_back(b[axis]);
  }
  context.output(product_dtype(context), std::move(result));
  return true;
}

std::optional<std::vector<VariableId>> expand_batched_dot(Builder& builder,
                                                          const std::vector<VariableId>& inputs,
                                                          const Attributes&) {
  const Node a(builder, inputs[0]);
  const Node b(builder, inputs[1]);
  const int64_t a_rank = a.type().rank();
  const int64_t b_rank = b.type().rank();
  if (a_rank == 1 || b_rank == 1) {
    const Node& vector = a_rank == 1 ? a : b;
    const Node& other = a_rank == 1 ? b : a;
    std::vector<int64_t> order(static_cast<size_t>(other.type().rank()), -1);
    order[0] = 0;
    const Node wide =
        order.size() == 1 ? vector : vector.call("dimshuffle", {}, {{"order", order}});
    return {{(wide * other).id()}};
  }
  if (a_rank <= 3 && b_rank <= 3) return std::nullopt;
  return {{as_product(a, b, {a_rank - 1}, {std::max<int64_t>(1, b_rank - 2)}, true).id()}};
}

Node batch_transposed(const Node& x) {
  return x.call("dimshuffle", {}, {{"order", std::vector<int64_t>{0, 2, 1}}});
}

Node with_axis(const Node& x, int64_t axis) {
  std::vector<int64_t> order{0, 1};
  order.insert(order.begin() + axis, -1);
  return x.call("dimshuffle", {}, {{"order", order}});
}

// As for dot, per batch entry; operands without their own axis get one of length 1.
void grad_batched_dot(GradContext& context) {
  Builder& builder = context.builder;
  const Node x0(builder, context.input(0));
  const Node y0(builder, context.input(1));
  const bool x_vector = x0.type().rank() == 2;
  const bool y_vector = y0.type().rank() == 2;
  const Node x = x_vector ? with_axis(x0, 1) : x0;  // [b, m, k]
  const Node y = y_vector ? with_axis(y0, 2) : y0;  // [b, k, n]
  Node g(builder, *context.output_grads[0]);
  if (x_vector && y_vector) {
    g = g.call("dimshuffle", {}, {{"order", std::vector<int64_t>{0, -1, -1}}});
  } else if (x_vector) {
    g = with_axis(g, 1);
  } else if (y_vector) {
    g = with_axis(g, 2);
  }
  const auto dropped = [](const Node& full, int64_t axis) {
    return full.call("sum", {}, {{"axis", std::vector<int64_t>{axis}}});
  };
  if (context.wanted[0]) {
    const Node gx = g.call("batched_dot", {batch_transposed(y)});
    context.input_grads[0] = (x_vector ? dropped(gx, 1) : gx).id();
  }
  if (context.wanted[1]) {
    const Node gy = batch_transposed(x).call("batched_dot", {g});
    context.input_grads[1] = (y_vector ? dropped(gy, 2) : gy).id();
  }
}

void eval(EvalContext& context) {
  eval_product(*context.inputs[0], *context.inputs[1], true, context.make_output(0));
}

void lower(LowerContext& context) {
  Product product;
  product.a = input_ref(0);
  product.b = input_ref(1);
  product.result = output_ref(0);
  product.dtype = context.outputs.at(0).dtype;
  product.batched = true;
  lower_product(context, product);
}

}  // namespace

OpDef batched_dot_op() {
  OpDef batched_dot;
  batched_dot.name = "batched_dot";
  batched_dot.theano = "BatchedDot";
  batched_dot.doc = "The product of a[i] and b[i] for every i of the first axis.";
  batched_dot.min_inputs = batched_dot.max_inputs = 2;
  batched_dot.infer = infer_batched_dot;
  batched_dot.grad = grad_batched_dot;
  batched_dot.eval = eval;
  batched_dot.lower = lower;
  batched_dot.expand = expand_batched_dot;
  batched_dot.examples = {
      {R"({"op": "batched_dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
           "b": {"dtype": "float32", "shape": [2, 4, 5]}})"},
      {R"({"op": "batched_dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float32", "shape": [2, 4]},
           "b": {"dtype": "float32", "shape": [2, 4, 5]}})"},
      {R"({"op": "batched_dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
           "b": {"dtype": "float32", "shape": [2, 4]}})"},
      {R"({"op": "batched_dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float64", "shape": [2, 4]}, "b": {"dtype": "float64", "shape": [2, 4]}})"},
      {R"({"op": "batched_dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float64", "shape": [2]}, "b": {"dtype": "float64", "shape": [2, 4]}})"},
      {R"({"op": "batched_dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float64", "shape": [2, 3, 2, 4]},
           "b": {"dtype": "float64", "shape": [2, 4, 3]}})"}};
  return batched_dot;
}

}  // namespace tgc
