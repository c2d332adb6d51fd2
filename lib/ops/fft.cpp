// SPDX-License-Identifier: Apache-2.0
// rfft and irfft in Theano's layout: transforms over all axes but the first, of which the last one
// keeps n // 2 + 1 numbers; a last axis of 2 has real and imaginary parts. The kernels do not scale
// and take lengths that fit; the gradient of one is the other.
#include <cmath>

#include "ops/composition.h"

namespace tgc {
namespace {

using Variables = std::vector<VariableId>;

constexpr std::string_view kOnHost = "Fourier transforms run on the host";

// The axes that are transformed: all but the first, and for irfft the last one of pairs.
Shape transformed(const Shape& shape, bool is_inverse) {
  return {shape.begin() + 1, shape.end() - (is_inverse ? 1 : 0)};
}

Shape with_frequencies(const DimExpr& batch, const Shape& lengths) {
  Shape shape{batch};
  shape.insert(shape.end(), lengths.begin(), lengths.end());
  shape.back() = DimExpr::floor_div(lengths.back(), 2) + 1;
  shape.emplace_back(2);
  return shape;
}

Shape with_elements(const DimExpr& batch, const Shape& lengths) {
  Shape shape{batch};
  shape.insert(shape.end(), lengths.begin(), lengths.end());
  return shape;
}

bool check(InferContext& context, bool is_inverse) {
  if (!require_float(context, 0) || !require_rank_at_least(context, 0, is_inverse ? 3 : 2)) {
    return false;
  }
  const Shape& shape = context.type(0).shape;
  if (is_inverse && !context.require_equal(shape.back(), 2,
                                           "the last axis of " + context.name(0) +
                                               " must have real and imaginary parts, 2 elements",
                                           "inputs/0")) {
    return false;
  }
  const auto* const s = find_attr<Shape>(context.attributes, "s");
  const size_t count = transformed(shape, is_inverse).size();
  if (s != nullptr && s->size() != count) {
    return context.fail("bad-attribute",
                        "s has " + std::to_string(s->size()) + " lengths, but " +
                            std::to_string(count) + " axes are transformed",
                        "s");
  }
  return true;
}

bool infer_rfft(InferContext& context) {
  if (!check(context, false)) return false;
  const TensorType type = context.type(0);
  const auto lengths = context.attributes.try_emplace("s", transformed(type.shape, false)).first;
  context.output(type.dtype, with_frequencies(type.shape[0], std::get<Shape>(lengths->second)));
  return true;
}

bool infer_irfft(InferContext& context) {
  if (!check(context, true)) return false;
  const TensorType type = context.type(0);
  Shape usual = transformed(type.shape, true);
  const bool is_odd = attr_or<bool>(context.attributes, "is_odd", false);
  if (!context.attributes.contains("s") &&
      !context.require_equal(DimExpr::max(usual.back(), 1), usual.back(),
                             context.name(0) + " has no frequencies, not even the mean",
                             "inputs/0")) {
    return false;
  }
  usual.back() = (usual.back() - 1) * 2 + (is_odd ? 1 : 0);
  if (context.attributes.contains("s") && context.attributes.contains("is_odd")) {
    return context.fail("bad-attribute", "s says the length, so is_odd must not", "is_odd");
  }
  context.attributes.erase("is_odd");
  const auto lengths = context.attributes.try_emplace("s", usual).first;
  context.output(type.dtype, with_elements(type.shape[0], std::get<Shape>(lengths->second)));
  return true;
}

// x cut, or filled up with zeros, to `length` on the axis.
Node fitted(const Node& x, int64_t axis, const DimExpr& length) {
  Shape shape = x.type().shape;
  DimExpr& own = shape[static_cast<size_t>(axis)];
  if (own == length) return x;
  own = length;
  const Node zero = x.number(0);
  const Node wide = joined({x, allocated(zero, shape)}, axis);
  return reshaped(sliced(wide, axis, DimExpr(0), length), shape);
}

double element_share(bool is_inverse, const std::string* norm) {
  if (norm == nullptr) return is_inverse ? 1 : 0;
  return *norm == "ortho" ? 0.5 : 0;
}

// Scaled by the number of elements to the power of -`share`.
Node scaled(const Node& x, const Shape& lengths, double share) {
  if (share == 0) return x;
  const DimExpr count = element_count(lengths);
  const Node number = Node(x.builder(), x.builder().call("dim", {}, {{"value", count}}));
  const Node factor = number.cast(x.type().dtype);
  return x / (share == 0.5 ? sqrt(factor) : factor);
}

std::optional<Variables> expand(Builder& builder, const Variables& inputs,
                                const Attributes& attributes, bool is_inverse) {
  const std::string* const norm = find_attr<std::string>(attributes, "norm");
  const Shape lengths = *find_attr<Shape>(attributes, "s");
  const Node given(builder, inputs[0]);
  const DType own = given.type().dtype;
  Node x = given.cast(own == DType::float16 ? DType::float32 : own);
  const Shape wanted = is_inverse ? with_frequencies(x.type().shape[0], lengths)
                                  : with_elements(x.type().shape[0], lengths);
  for (size_t axis = 1; axis <= lengths.size(); ++axis) {
    x = fitted(x, static_cast<int64_t>(axis), wanted[axis]);
  }
  if (x.id() == given.id() && norm != nullptr && *norm == "no_norm") return std::nullopt;
  const Node result =
      x.call(is_inverse ? "irfft" : "rfft", {}, {{"norm", std::string("no_norm")}, {"s", lengths}});
  return Variables{scaled(result, lengths, element_share(is_inverse, norm)).cast(own).id()};
}

std::optional<Variables> expand_rfft(Builder& builder, const Variables& inputs,
                                     const Attributes& attributes) {
  return expand(builder, inputs, attributes, false);
}

std::optional<Variables> expand_irfft(Builder& builder, const Variables& inputs,
                                      const Attributes& attributes) {
  return expand(builder, inputs, attributes, true);
}

// ---- the reference: sums by the definition

struct Complex {
  double re = 0;
  double im = 0;
};

// e^(2 pi i part / whole), 0 <= part < whole; exact at quarters of a turn, so that what cancels
// there is 0 and no rounding error.
Complex turn(int64_t part, int64_t whole) {
  if (4 * part % whole == 0) {
    const double cosines[] = {1, 0, -1, 0};
    const auto quarter = static_cast<size_t>(4 * part / whole);
    return {cosines[quarter], cosines[(quarter + 3) % 4]};
  }
  const double angle = 2 * M_PI * static_cast<double>(part) / static_cast<double>(whole);
  return {std::cos(angle), std::sin(angle)};
}

// Elements in rows of `length` along one axis: those of a line are `stride` apart.
void transform_axis(std::vector<Complex>& values, int64_t length, int64_t stride, double sign) {
  const int64_t block = length * stride;
  const int64_t size = std::ssize(values);
  for (int64_t first = 0; first < size; ++first) {
    if (first % block >= stride) continue;
    std::vector<Complex> line(static_cast<size_t>(length));
    for (int64_t k = 0; k < length; ++k) {
      for (int64_t j = 0; j < length; ++j) {
        const Complex by = turn(j * k % length, length);
        const Complex& x = values[static_cast<size_t>(first + j * stride)];
        line[static_cast<size_t>(k)].re += x.re * by.re - sign * x.im * by.im;
        line[static_cast<size_t>(k)].im += sign * x.re * by.im + x.im * by.re;
      }
    }
    for (int64_t k = 0; k < length; ++k) {
      values[static_cast<size_t>(first + k * stride)] = line[static_cast<size_t>(k)];
    }
  }
}

void eval_rfft(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  Tensor& result = context.make_output(0);
  std::vector<Complex> values(static_cast<size_t>(x.size()));
  for (int64_t i = 0; i < x.size(); ++i) values[static_cast<size_t>(i)].re = x.get_double(i);
  int64_t stride = 1;
  for (int64_t axis = x.rank() - 1; axis > 0; --axis) {
    const int64_t length = x.dims()[static_cast<size_t>(axis)];
    if (x.size() > 0) transform_axis(values, length, stride, -1);
    stride *= length;
  }
  const int64_t n = x.dims().back();
  const int64_t kept = n / 2 + 1;
  for (int64_t i = 0; i < result.size() / 2 && x.size() > 0; ++i) {
    const Complex& value = values[static_cast<size_t>(i / kept * n + i % kept)];
    result.set_double(2 * i, value.re);
    result.set_double(2 * i + 1, value.im);
  }
}

// The numbers that are not kept are the conjugates of those at the opposite place of the last axis;
// the other axes are transformed before.
void eval_irfft(EvalContext& context) {
  const Tensor& a = *context.inputs[0];
  Tensor& result = context.make_output(0);
  if (result.size() == 0) return;
  const int64_t kept = a.dims()[a.dims().size() - 2];
  std::vector<Complex> values(static_cast<size_t>(a.size() / 2));
  for (int64_t i = 0; i < a.size() / 2; ++i) {
    values[static_cast<size_t>(i)] = {a.get_double(2 * i), a.get_double(2 * i + 1)};
  }
  int64_t stride = kept;
  for (int64_t axis = result.rank() - 2; axis > 0; --axis) {
    const int64_t length = a.dims()[static_cast<size_t>(axis)];
    transform_axis(values, length, stride, 1);
    stride *= length;
  }
  const int64_t n = result.dims().back();
  for (int64_t line = 0; line < result.size() / n; ++line) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < kept; ++k) {
        const Complex& value = values[static_cast<size_t>(line * kept + k)];
        const Complex by = turn(j * k % n, n);
        const double weight = k == 0 || 2 * k == n ? 1 : 2;
        sum += weight * (value.re * by.re - value.im * by.im);
      }
      result.set_double(line * n + j, sum);
    }
  }
}

// ---- kernels

// How many numbers a task needs for lines of n: see tgc/routines/fft.h. Of a symbol, the most.
DimExpr space_of(const DimExpr& n) {
  if (!n.constant()) return n * 36 + 32;
  int64_t rest = std::max<int64_t>(*n.constant(), 1);
  const int64_t length = rest;
  for (const int64_t factor : {2, 3, 5, 7, 11, 13}) {
    while (rest % factor == 0) rest /= factor;
  }
  int64_t size = length;
  if (rest != 1) {
    for (size = 1; size < 2 * length - 1;) size *= 2;
  }
  return (rest == 1 ? 6 * size : 8 * size + 2 * length) + length + 2;
}

// A kernel for the lines of n along one axis; few enough tasks that their space stays small.
void add_lines(LowerContext& context, const std::string& name, OperandRef from, OperandRef to,
               const DimExpr& lines, const DimExpr& n, std::vector<DimExpr> dims) {
  constexpr int64_t kMostTasks = 16;
  Routine routine;
  routine.name = name;
  routine.header = "fourier";
  routine.tasks = DimExpr::min(lines, kMostTasks);
  const DimExpr share = space_of(n);
  const OperandRef space = context.temporary(DType::float64, {routine.tasks, share});
  dims.push_back(routine.tasks);
  dims.push_back(share);
  routine.dims = std::move(dims);
  KernelBuilder builder = context.kernel();
  context.add(builder.finish_routine(std::move(routine), {from, to, space},
                                     {Access::read, Access::write, Access::write}));
}

// Complex transforms of all axes but the first, the last and the pairs. `to` is where the last of
// them goes, when they are all that is left to do.
OperandRef add_other_axes(LowerContext& context, OperandRef from, const Shape& shape,
                          std::optional<OperandRef> to, bool backwards) {
  const size_t last = shape.size() - 2;
  for (size_t axis = last - 1; axis > 0; --axis) {
    const bool is_final = axis == 1 && to.has_value();
    const OperandRef next = is_final ? *to : context.temporary(context.outputs[0].dtype, shape);
    const auto at = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    const DimExpr outer = element_count({shape.begin(), at});
    const DimExpr inner = element_count({at + 1, shape.end() - 1});
    add_lines(context, "fft_axis", from, next, outer * inner, *at,
              {outer, *at, inner, DimExpr(backwards ? 1 : 0)});
    from = next;
  }
  return from;
}

void lower_rfft(LowerContext& context) {
  const Shape x = context.inputs[0].shape;
  const Shape result = context.outputs[0].shape;
  const bool is_line = x.size() == 2;
  const DimExpr lines = element_count({x.begin(), x.end() - 1});
  const OperandRef from = context.contiguous(0);
  const OperandRef first =
      is_line ? output_ref(0) : context.temporary(context.outputs[0].dtype, result);
  add_lines(context, "fft_real", from, first, lines, x.back(), {lines, x.back()});
  if (!is_line) add_other_axes(context, first, result, output_ref(0), false);
}

void lower_irfft(LowerContext& context) {
  const Shape result = context.outputs[0].shape;
  const DimExpr lines = element_count({result.begin(), result.end() - 1});
  const OperandRef from = context.contiguous(0);
  const OperandRef ready =
      add_other_axes(context, from, context.inputs[0].shape, std::nullopt, true);
  add_lines(context, "fft_hermitian", ready, output_ref(0), lines, result.back(),
            {lines, result.back()});
}

// ---- gradients

// 1, and `inside` for the frequencies that stand for their opposites too, over the axis of n.
Node weights(const Node& like, const DimExpr& n, double inside) {
  Builder& builder = like.builder();
  const DimExpr kept = DimExpr::floor_div(n, 2) + 1;
  const auto size = [&](const DimExpr& dim) {
    return Node(builder, builder.call("dim", {}, {{"value", dim}}));
  };
  const Node k = size(kept).call("arange");
  const Node is_inside = gt(k, k.number(0)).call("and_", {lt(k + k, size(n))});
  return with_new_axis(where(is_inside, like.number(inside), like.number(1)), 1);
}

void put_gradient(GradContext& context, std::string_view other, bool is_inverse) {
  if (!context.wanted[0]) return;
  const Shape lengths = *find_attr<Shape>(context.attributes(), "s");
  const Node g(context.builder, *context.output_grads[0]);
  const Node factors = weights(g, lengths.back(), is_inverse ? 2 : 0.5);
  const Attributes attributes = {{"norm", std::string("no_norm")}, {"s", lengths}};
  const Node result = is_inverse ? g.call(other, {}, attributes) * factors
                                 : (g * factors).call(other, {}, attributes);
  context.input_grads[0] = reshaped(result, context.graph.type(context.input(0)).shape).id();
}

void grad_rfft(GradContext& context) {
  put_gradient(context, "irfft", false);
}

void grad_irfft(GradContext& context) {
  put_gradient(context, "rfft", true);
}

OpDef of_transform(OpDef op) {
  op.min_inputs = op.max_inputs = 1;
  op.attributes.push_back({"norm",
                           AttrKind::text,
                           false,
                           "ortho: scale both ways by 1 / sqrt(n); no_norm: not at all; default: "
                           "irfft by 1 / n, n the product of the lengths",
                           {"ortho", "no_norm"}});
  op.attributes.push_back({"s", AttrKind::dims, false,
                           "the lengths of the transforms, to which the input is cut or filled up "
                           "with zeros; default: what fits"});
  op.host_only = kOnHost;
  return op;
}

constexpr std::string_view kLines = R"({"x": {"dtype": "float64", "shape": [3, 8]}})";
constexpr std::string_view kPairs = R"({"a": {"dtype": "float64", "shape": [2, 5, 2]}})";

OpDef make_rfft() {
  OpDef op = of_transform({.name = "rfft",
                           .theano = "RFFTOp",
                           .doc = "The discrete Fourier transforms of real x over all axes but the "
                                  "first: [m, ..., n] becomes [m, ..., n // 2 + 1, 2], the last "
                                  "axis real and imaginary parts."});
  op.infer = infer_rfft;
  op.grad = grad_rfft;
  op.eval = eval_rfft;
  op.lower = lower_rfft;
  op.expand = expand_rfft;
  op.examples = {
      {R"({"op": "rfft", "inputs": ["x"]})", kLines},
      {R"({"op": "rfft", "inputs": ["x"], "norm": "ortho"})",
       R"({"x": {"dtype": "float32", "shape": [2, 15]}})"},
      {R"({"op": "rfft", "inputs": ["x"], "norm": "no_norm"})",
       R"({"x": {"dtype": "float64", "shape": [2, 4, 3, 6]}})"},
      {R"({"op": "rfft", "inputs": ["x"]})", R"({"x": {"dtype": "float64", "shape": [20, 17]}})"},
      {R"({"op": "rfft", "inputs": ["x"]})", R"({"x": {"dtype": "float64", "shape": [1, 1]}})"},
      {R"({"op": "rfft", "inputs": ["x"], "s": [5]})", kLines},
      {R"({"op": "rfft", "inputs": ["x"], "s": [2, 10]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3, 4]}})"},
      {R"({"op": "rfft", "inputs": ["x"]})", R"({"x": {"dtype": "float64", "shape": [0, 4]}})"}};
  return op;
}

OpDef make_irfft() {
  OpDef op = of_transform(
      {.name = "irfft",
       .theano = "IRFFTOp",
       .doc = "The inverse of rfft: [m, ..., n // 2 + 1, 2] becomes [m, ..., "
              "n], n even unless is_odd or s says otherwise.",
       .attributes = {{"is_odd", AttrKind::boolean, false, "the last length is odd (false)"}}});
  op.infer = infer_irfft;
  op.grad = grad_irfft;
  op.eval = eval_irfft;
  op.lower = lower_irfft;
  op.expand = expand_irfft;
  op.examples = {{R"({"op": "irfft", "inputs": ["a"]})", kPairs},
                 {R"({"op": "irfft", "inputs": ["a"], "is_odd": true})", kPairs},
                 {R"({"op": "irfft", "inputs": ["a"], "norm": "ortho"})",
                  R"({"a": {"dtype": "float32", "shape": [2, 4, 2]}})"},
                 {R"({"op": "irfft", "inputs": ["a"], "norm": "no_norm", "s": [6, 3, 7]})",
                  R"({"a": {"dtype": "float64", "shape": [2, 6, 3, 4, 2]}})"},
                 {R"({"op": "irfft", "inputs": ["a"], "is_odd": true})",
                  R"({"a": {"dtype": "float64", "shape": [18, 10, 2]}})"},
                 {R"({"op": "irfft", "inputs": ["a"], "s": [4]})", kPairs},
                 {R"({"op": "irfft", "inputs": ["a"], "s": [34]})", kPairs}};
  return op;
}

}  // namespace

std::vector<OpDef> fft_ops() {
  return {make_rfft(), make_irfft()};
}

}  // namespace tgc
