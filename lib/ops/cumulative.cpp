// SPDX-License-Identifier: Apache-2.0
// cumsum and cumprod: all partial sums or products along an axis (Theano's CumOp).
//
// Three forms of loops. Along the last axis a row is walked in order. Few long rows are cut into
// parts: the parts' totals, then their prefixes, then each part from its prefix. Along another axis
// the rows are walked in order and their columns side by side, a block of them at a time.
#include "ops/composition.h"
#include "ops/elementwise.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

constexpr int64_t kPart = 1024;
constexpr int64_t kFewRows = 16;
constexpr int64_t kColumns = 256;

struct Rule {
  ScalarOp op;
  ReduceKind kind;
  int start;
};
constexpr Rule kSum{ScalarOp::add, ReduceKind::sum, 0};
constexpr Rule kProduct{ScalarOp::mul, ReduceKind::prod, 1};

size_t axis_of(const Attributes& attributes) {
  return static_cast<size_t>(*find_attr<int64_t>(attributes, "axis"));
}

bool infer(InferContext& context) {
  if (!require_number(context, 0)) return false;
  Shape shape = context.type(0).shape;
  if (!context.attributes.contains("axis"))
    shape = {element_count(shape)};
  else if (!normalize_axis(context, "axis", context.type(0).rank()))
    return false;
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

// Without an axis the elements in row-major order.
template <bool is_sum>
std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  if (attributes.contains("axis")) return std::nullopt;
  const Node x = flattened({builder, inputs[0]});
  return {{x.call(is_sum ? "cumsum" : "cumprod", {}, {{"axis", int64_t{0}}}).id()}};
}

Node backwards(const Node& x, int64_t axis) {
  return sliced(x, axis, std::nullopt, std::nullopt, -1);
}

// Each element counts in all sums from it on.
Node sums_from_the_end(const Node& g, int64_t axis) {
  return backwards(backwards(g, axis).call("cumsum", {}, {{"axis", axis}}), axis);
}

void grad_sum(GradContext& context) {
  if (!context.wanted[0]) return;
  const auto axis = static_cast<int64_t>(axis_of(context.attributes()));
  const Node g(context.builder, *context.output_grads[0]);
  context.input_grads[0] = sums_from_the_end(g, axis).id();
}

// Theano's: the later products times their gradients, summed, over x; not defined where x is 0.
void grad_product(GradContext& context) {
  if (!context.wanted[0]) return;
  const auto axis = static_cast<int64_t>(axis_of(context.attributes()));
  const Node g(context.builder, *context.output_grads[0]);
  const Node y(context.builder, context.output(0));
  const Node x(context.builder, context.input(0));
  context.input_grads[0] = (sums_from_the_end(y * g, axis) / x).id();
}

template <const Rule& rule>
void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  Tensor& result = context.make_output(0);
  const size_t axis = axis_of(context.apply.attributes);
  const auto strides = contiguous_strides(x.dims());
  const DType dtype = compute_dtype(x.dtype());
  std::vector<int64_t> rows = x.dims();
  const int64_t length = rows[axis];
  rows[axis] = 1;
  for_each_index(rows, [&](const std::vector<int64_t>& index) {
    const int64_t first = flat_index(index, strides);
    ScalarValue total = scalar_value(dtype, rule.start);
    for (int64_t i = 0; i < length; ++i) {
      const int64_t at = first + i * strides[axis];
      total = evaluate(rule.op, {total, cast(element(x, at), dtype)}, dtype);
      set_element(result, at, total);
    }
  });
}

// Walks `loop` in order from `initial`: `element` is what is added at its counter, and `position`
// where the total is stored.
using Position = std::function<std::vector<IndexExpr>(const IndexExpr&)>;
void append_walk(KernelBuilder& kernel, const Rule& rule, const Loop& loop, const ExprRef& initial,
                 const Position& position) {
  const DType dtype = initial->dtype;
  const auto indices = position(IndexExpr(loop.index));
  const LocalId total = kernel.local(dtype);
  const LocalId next = kernel.local(dtype);
  const ExprRef element = cast(kernel.load(input_ref(0), indices), dtype);
  Body body;
  body.push_back({Let{next, call(rule.op, {kernel.use(total), element})}});
  body.push_back(kernel.store(output_ref(0), indices, kernel.use(next)));
  kernel.append({Serial{
      loop, {{total, initial, kernel.use(next)}}, std::make_shared<const Body>(std::move(body))}});
}

void lower_rows(LowerContext& context, const Rule& rule, size_t axis, DType dtype) {
  KernelBuilder kernel = context.kernel();
  std::vector<IndexExpr> indices;
  const Shape shape = context.outputs.at(0).shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    indices.push_back(i == axis ? IndexExpr(0) : kernel.outer(shape[i]));
  }
  append_walk(kernel, rule, kernel.loop(shape[axis]), constant(dtype, rule.start),
              [&](const IndexExpr& at) {
                auto all = indices;
                all[axis] = at;
                return all;
              });
  context.add(kernel.finish());
}

// The last axis is `axis`; all parts but the last are whole.
void lower_parts(LowerContext& context, const Rule& rule, DType dtype) {
  const Shape shape = context.outputs.at(0).shape;
  const Shape rows(shape.begin(), shape.end() - 1);
  const DimExpr whole = DimExpr::floor_div(DimExpr::max(shape.back() - 1, 0), kPart);
  Shape parts = rows;
  parts.push_back(whole + 1);
  const OperandRef totals = context.temporary(dtype, parts);
  const OperandRef prefixes = context.temporary(dtype, parts);
  const auto with = [](std::vector<IndexExpr> row, const IndexExpr& last) {
    row.push_back(last);
    return row;
  };
  KernelBuilder sums = context.kernel();
  auto row = sums.outer(rows);
  IndexExpr part = sums.outer(whole);
  const Loop inside = sums.loop(kPart);
  const ExprRef element =
      sums.load(input_ref(0), with(row, part * kPart + IndexExpr(inside.index)));
  const ExprRef total = sums.reduce(rule.kind, {inside}, cast(element, dtype));
  sums.append(sums.store(totals, with(row, part), total));
  context.add(sums.finish());

  KernelBuilder prefix = context.kernel();
  row = prefix.outer(rows);
  const Loop over = prefix.loop(whole + 1);
  const LocalId carried = prefix.local(dtype);
  const auto here = with(row, IndexExpr(over.index));
  const ExprRef is_whole = call(ScalarOp::lt, {index_value(over.index), dim_value(whole)});
  const ExprRef added = call(
      ScalarOp::switch_, {is_whole, prefix.load(totals, here), constant(dtype, rule.start)}, dtype);
  Body body;
  body.push_back(prefix.store(prefixes, here, prefix.use(carried)));
  const ExprRef next = call(rule.op, {prefix.use(carried), added});
  prefix.append({Serial{over,
                        {{carried, constant(dtype, rule.start), next}},
                        std::make_shared<const Body>(std::move(body))}});
  context.add(prefix.finish());

  KernelBuilder full = context.kernel();
  row = full.outer(rows);
  part = full.outer(whole);
  append_walk(full, rule, full.loop(kPart), full.load(prefixes, with(row, part)),
              [&](const IndexExpr& at) { return with(row, part * kPart + at); });
  context.add(full.finish());

  KernelBuilder rest = context.kernel();
  row = rest.outer(rows);
  append_walk(rest, rule, rest.loop(shape.back() - whole * kPart),
              rest.load(prefixes, with(row, IndexExpr(whole))),
              [&](const IndexExpr& at) { return with(row, IndexExpr(whole * kPart) + at); });
  context.add(rest.finish());
}

// Every total is the one above it and the element: rows in order, columns side by side.
void lower_columns(LowerContext& context, const Rule& rule, size_t axis, DType dtype) {
  KernelBuilder kernel = context.kernel();
  const Shape shape = context.outputs.at(0).shape;
  std::vector<IndexExpr> indices;
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    indices.push_back(i == axis ? IndexExpr(0) : kernel.outer(shape[i]));
  }
  const IndexExpr block = kernel.outer(DimExpr::ceil_div(shape.back(), kColumns));
  const Loop over = kernel.loop(shape[axis]);
  const Loop columns = kernel.loop(kColumns);
  indices.push_back(block * kColumns + IndexExpr(columns.index));
  indices[axis] = IndexExpr(over.index);
  auto above = indices;
  above[axis] = IndexExpr(over.index) - IndexExpr(1);
  const ExprRef element = cast(kernel.load(input_ref(0), indices), dtype);
  const ExprRef before = cast(kernel.load(output_ref(0), above), dtype);
  const ExprRef is_first = call(ScalarOp::eq, {index_value(over.index), constant(DType::int64, 0)});
  const ExprRef value =
      call(ScalarOp::switch_, {is_first, element, call(rule.op, {before, element})}, dtype);
  Body inner;
  inner.push_back(kernel.store(output_ref(0), indices, value));
  const ExprRef is_column = call(ScalarOp::lt, {to_expr(indices.back()), dim_value(shape.back())});
  Body guarded;
  guarded.push_back({If{is_column, std::make_shared<const Body>(std::move(inner))}});
  Body row;
  row.push_back({ForEach{{columns}, std::make_shared<const Body>(std::move(guarded))}});
  kernel.append({Serial{over, {}, std::make_shared<const Body>(std::move(row))}});
  context.add(kernel.finish());
}

template <const Rule& rule>
void lower(LowerContext& context) {
  const size_t axis = axis_of(context.apply.attributes);
  const Shape shape = context.outputs.at(0).shape;
  const DType dtype = compute_dtype(context.outputs[0].dtype);
  if (axis + 1 < shape.size()) {
    const auto columns = shape.back().constant();
    // narrow ones are walked one by one
    if (!columns || *columns >= 8) return lower_columns(context, rule, axis, dtype);
    return lower_rows(context, rule, axis, dtype);
  }
  const auto rows = element_count(Shape(shape.begin(), shape.end() - 1)).constant();
  const auto length = shape.back().constant();
  const bool is_long = !length || *length >= 4 * kPart;
  if (rows && *rows <= kFewRows && is_long && !context.inputs[0].literal) {
    return lower_parts(context, rule, dtype);
  }
  lower_rows(context, rule, axis, dtype);
}

OpDef record(std::string_view name, std::string_view doc, std::vector<OpExample> examples) {
  OpDef op;
  op.name = name;
  op.theano = "CumOp";
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"axis", AttrKind::integer, false, "default: x is flattened"}};
  op.infer = infer;
  op.examples = std::move(examples);
  return op;
}

}  // namespace

std::vector<OpDef> cumulative_ops() {
  OpDef sum = record("cumsum", "All partial sums along an axis, in the dtype of x.",
                     {{R"({"op": "cumsum", "inputs": ["x"], "axis": 1})",
                       R"({"x": {"dtype": "float32", "shape": [2, 5]}})"},
                      {R"({"op": "cumsum", "inputs": ["x"]})",
                       R"({"x": {"dtype": "int32", "shape": [2, 3], "low": -9, "high": 9}})"},
                      {R"({"op": "cumsum", "inputs": ["x"], "axis": 0})",
                       R"({"x": {"dtype": "float64", "shape": [3, 9, 2]}})"},
                      {R"({"op": "cumsum", "inputs": ["x"], "axis": -2})",
                       R"({"x": {"dtype": "float32", "shape": [2, 3, 9]}})"},
                      {R"({"op": "cumsum", "inputs": ["x"], "axis": 0})",
                       R"({"x": {"dtype": "float32", "shape": [0]}})"},
                      {R"({"op": "cumsum", "inputs": ["x"], "axis": 0})",
                       R"({"x": {"dtype": "int64", "shape": [5000], "low": -9, "high": 9}})"}});
  sum.grad = grad_sum;
  sum.eval = eval<kSum>;
  sum.lower = lower<kSum>;
  sum.expand = expand<true>;
  OpDef product =
      record("cumprod", "All partial products along an axis, in the dtype of x.",
             {{R"({"op": "cumprod", "inputs": ["x"], "axis": 1})",
               R"({"x": {"dtype": "float32", "shape": [2, 4], "low": 0.5, "high": 2}})"},
              {R"({"op": "cumprod", "inputs": ["x"], "axis": 0})",
               R"({"x": {"dtype": "float64", "shape": [3, 8], "low": 0.5, "high": 2}})"},
              {R"({"op": "cumprod", "inputs": ["x"]})",
               R"({"x": {"dtype": "int8", "shape": [2, 3], "low": -2, "high": 2}})"}});
  product.grad = grad_product;
  product.eval = eval<kProduct>;
  product.lower = lower<kProduct>;
  product.expand = expand<false>;
  return {sum, product};
}

}  // namespace tgc
