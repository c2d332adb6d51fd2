// SPDX-License-Identifier: Apache-2.0
// The kernels under the ops of sparse matrices: csm_lines (the line of each stored element),
// csr_dot (rows are gathered), coo_dot (rows are scattered, in any order) and coo_sampled_dot (the
// elements of a product at given places). The gradient of each is made of the others.
#include "ops/contraction.h"
#include "ops/elementwise.h"
#include "ops/sparse.h"

namespace tgc {
namespace {

ExprRef in_range(const ExprRef& index, const DimExpr& length) {
  return call(ScalarOp::and_,
              {call(ScalarOp::ge, {index, integer_constant(DType::int64, 0)}),
               call(ScalarOp::lt, {index, dim_value(length)})},
              DType::boolean);
}

std::string out_of_bounds(int64_t index, int64_t length) {
  return "index " + std::to_string(index) + " is out of bounds for size " + std::to_string(length);
}

// What must hold, which a failing call says before the index or value at fault.
void set_message(InferContext& context) {
  context.attributes.insert_or_assign(
      "message", std::string("of a sparse matrix indptr must rise from 0 to the number of elements "
                             "and indices must lie inside"));
}

AttrDef message_attribute() {
  return {"message", AttrKind::text, false, "what must hold"};
}

// ---- csm_lines

// What a line's part of indptr must be: the lines follow one another from 0 to the end.
struct LineBounds {
  ExprRef begin;
  ExprRef end;
};

LineBounds append_line_bounds(KernelBuilder& kernel, int indptr, const IndexExpr& line,
                              const DimExpr& lines, const DimExpr& count) {
  const auto load = [&](const IndexExpr& at) {
    return kernel.let(cast(kernel.load(input_ref(indptr), {at}), DType::int64));
  };
  const ExprRef zero = integer_constant(DType::int64, 0);
  const LineBounds bounds{load(line), load(line + IndexExpr(1))};
  const ExprRef is_first = call(ScalarOp::eq, {to_expr(line), zero});
  const ExprRef is_last = call(ScalarOp::eq, {to_expr(line + IndexExpr(1)), dim_value(lines)});
  const auto test = [&](const ExprRef& condition, const ExprRef& value, ScalarOp op,
                        const ExprRef& bound) {
    const ExprRef holds = call(op, {value, bound});
    const ExprRef ok =
        condition
            ? call(ScalarOp::or_, {call(ScalarOp::invert, {condition}, DType::boolean), holds},
                   DType::boolean)
            : holds;
    kernel.append({Check{ok, kFailArgument, value}});
  };
  test(is_first, bounds.begin, ScalarOp::eq, zero);
  test(nullptr, bounds.begin, ScalarOp::ge, zero);
  test(nullptr, bounds.end, ScalarOp::ge, bounds.begin);
  test(nullptr, bounds.end, ScalarOp::le, dim_value(count));
  test(is_last, bounds.end, ScalarOp::eq, dim_value(count));
  return bounds;
}

ExprRef is_in_line(const Loop& walk, const LineBounds& bounds) {
  const ExprRef count = call(ScalarOp::sub, {bounds.end, bounds.begin});
  return call(ScalarOp::lt, {index_value(walk.index), count}, DType::boolean);
}

// A loop that does nothing from where the condition fails (targets/counted_loop.h).
Stmt counted(const Loop& walk, const ExprRef& condition, std::vector<Carried> carried, Body body) {
  Body only{{If{condition, std::make_shared<const Body>(std::move(body))}}};
  return {Serial{walk, std::move(carried), std::make_shared<const Body>(std::move(only))}};
}

// The failure for an indptr that does not rise from 0 to `count`; empty when it does.
std::string indptr_failure(const Tensor& indptr, int64_t count) {
  for (int64_t i = 0; i + 1 < indptr.size(); ++i) {
    const int64_t begin = indptr.get_int(i);
    const int64_t end = indptr.get_int(i + 1);
    const bool is_last = i + 2 == indptr.size();
    const bool begin_fits = begin >= 0 && (i > 0 || begin == 0);
    const bool end_fits = end >= begin && end <= count && (!is_last || end == count);
    if (!begin_fits || !end_fits) {
      return "value " + std::to_string(begin_fits ? end : begin) + " is out of its range";
    }
  }
  return {};
}

bool infer_lines(InferContext& context) {
  set_message(context);
  const DimExpr& count = *find_attr<DimExpr>(context.attributes, "count");
  context.output(context.type(0).dtype, {count});
  return true;
}

void eval_lines(EvalContext& context) {
  Tensor& result = context.make_output(0);
  const Tensor& indptr = *context.inputs[0];
  context.failure = indptr_failure(indptr, result.size());
  if (!context.failure.empty()) return;
  for (int64_t line = 0; line + 1 < indptr.size(); ++line) {
    for (int64_t at = indptr.get_int(line); at < indptr.get_int(line + 1); ++at) {
      result.set_int(at, line);
    }
  }
}

void lower_lines(LowerContext& context) {
  KernelBuilder kernel = context.kernel();
  const DimExpr count = context.outputs.at(0).shape[0];
  const DimExpr lines = context.inputs.at(0).shape[0] - 1;
  const IndexExpr line = kernel.outer(lines);
  const LineBounds bounds = append_line_bounds(kernel, 0, line, lines, count);
  const Loop walk = kernel.loop(count);
  const IndexExpr at = IndexExpr::of(bounds.begin) + IndexExpr(walk.index);
  const ExprRef condition = is_in_line(walk, bounds);
  kernel.append(counted(walk, condition, {}, {kernel.store(output_ref(0), {at}, to_expr(line))}));
  context.add(kernel.finish());
}

OpDef lines_op() {
  OpDef op;
  op.name = "csm_lines";
  op.theano = "CSMProperties";
  op.doc =
      "The line of each stored element of a sparse matrix, from its indptr: rows of csr, columns "
      "of csc. The call fails where indptr does not rise from 0 to the number of elements.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"count", AttrKind::dim, true, "how many elements are stored"},
                   message_attribute()};
  op.infer = infer_lines;
  op.no_grad = "its result is integers";
  op.eval = eval_lines;
  op.lower = lower_lines;
  op.is_internal = true;
  return op;
}

// ---- products

DType product_dtype(InferContext& context, size_t a, size_t b) {
  return promote(context.type(a).dtype, context.type(b).dtype);
}

ExprRef factor(const ExprRef& value, DType dtype) {
  return cast(value, dtype);
}

// (data, indices, indptr, y)
bool infer_csr(InferContext& context) {
  set_message(context);
  context.output(product_dtype(context, 0, 3),
                 {context.type(2).shape[0] - 1, context.type(3).shape[1]});
  return true;
}

// result[row] += data · y[from], in double or int64.
template <class T, class Get>
void add_row(std::vector<T>& sums, int64_t row, int64_t from, T data, int64_t width,
             const Get& get) {
  for (int64_t k = 0; k < width; ++k) {
    sums[static_cast<size_t>(row * width + k)] += data * get(from * width + k);
  }
}

// Sums over the stored elements (to, from, at): result[to] += data[at]·y[from].
struct Term {
  int64_t to = 0;
  int64_t from = 0;
  int64_t at = 0;
};

void eval_terms(const std::vector<Term>& terms, const Tensor& data, const Tensor& y,
                Tensor& result) {
  const int64_t width = y.dims()[1];
  const auto count = static_cast<size_t>(result.size());
  if (is_float(result.dtype())) {
    std::vector<double> sums(count);
    const auto get = [&](int64_t at) { return y.get_double(at); };
    for (const Term& term : terms) {
      add_row(sums, term.to, term.from, data.get_double(term.at), width, get);
    }
    for (size_t i = 0; i < count; ++i) result.set_double(static_cast<int64_t>(i), sums[i]);
    return;
  }
  std::vector<uint64_t> sums(count);
  const auto get = [&](int64_t at) { return static_cast<uint64_t>(y.get_int(at)); };
  for (const Term& term : terms) {
    add_row(sums, term.to, term.from, static_cast<uint64_t>(data.get_int(term.at)), width, get);
  }
  for (size_t i = 0; i < count; ++i) {
    result.set_int(static_cast<int64_t>(i), static_cast<int64_t>(sums[i]));
  }
}

void eval_csr(EvalContext& context) {
  const Tensor& indices = *context.inputs[1];
  const Tensor& indptr = *context.inputs[2];
  const Tensor& y = *context.inputs[3];
  Tensor& result = context.make_output(0);
  context.failure = indptr_failure(indptr, indices.size());
  if (!context.failure.empty()) return;
  std::vector<Term> terms;
  for (int64_t row = 0; row + 1 < indptr.size(); ++row) {
    for (int64_t at = indptr.get_int(row); at < indptr.get_int(row + 1); ++at) {
      const int64_t from = indices.get_int(at);
      if (from < 0 || from >= y.dims()[0]) {
        context.failure = out_of_bounds(from, y.dims()[0]);
        return;
      }
      terms.push_back({row, from, at});
    }
  }
  eval_terms(terms, *context.inputs[0], y, result);
}

void lower_csr(LowerContext& context) {
  const OperandLayout result = context.outputs.at(0);
  const Shape y = context.inputs.at(3).shape;
  const DimExpr count = context.inputs[1].shape[0];
  const DType dtype = carry_dtype(result.dtype);
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(result.shape);
  const LineBounds bounds = append_line_bounds(kernel, 2, indices[0], result.shape[0], count);
  const Loop walk = kernel.loop(count);
  const IndexExpr at = IndexExpr::of(bounds.begin) + IndexExpr(walk.index);
  const LocalId sum = kernel.local(dtype);
  const ExprRef from = cast(kernel.load(input_ref(1), {at}), DType::int64);
  const ExprRef value = factor(kernel.load(input_ref(0), {at}), dtype);
  const ExprRef other = factor(kernel.load(input_ref(3), {IndexExpr::of(from), indices[1]}), dtype);
  const ExprRef condition = is_in_line(walk, bounds);
  const ExprRef next = call(ScalarOp::add, {kernel.use(sum), call(ScalarOp::mul, {value, other})});
  const ExprRef kept = call(ScalarOp::switch_, {condition, next, kernel.use(sum)}, dtype);
  kernel.append(counted(walk, condition, {{sum, constant(dtype, 0), kept}},
                        {{Check{in_range(from, y[0]), kFailIndex, from}}}));
  kernel.append(kernel.store(output_ref(0), indices, kernel.use(sum)));
  context.add(kernel.finish());
}

Node cast_to(const Node& x, const Node& like) {
  return x.cast(like.type().dtype);
}

Node sampled(const Node& rows, const Node& columns, const Node& x, const Node& y) {
  return rows.call("coo_sampled_dot", {columns, x, y});
}

Node scattered(const Node& data, const Node& to, const Node& from, const Node& y,
               const DimExpr& size) {
  return data.call("coo_dot", {to, from, y}, {{"size", size}});
}

std::vector<Node> inputs_of(GradContext& context) {
  std::vector<Node> x;
  for (size_t i = 0; i < context.wanted.size(); ++i)
    x.emplace_back(context.builder, context.input(i));
  return x;
}

void grad_csr(GradContext& context) {
  const auto x = inputs_of(context);
  const Node g(context.builder, *context.output_grads[0]);
  const Node lines = csm_lines(x[2], x[1].type().shape[0]);
  if (context.wanted[0]) {
    context.input_grads[0] = cast_to(sampled(lines, x[1], g, x[3]), x[0]).id();
  }
  if (context.wanted[3]) {
    const DimExpr size = x[3].type().shape[0];
    context.input_grads[3] = cast_to(scattered(x[0], x[1], lines, g, size), x[3]).id();
  }
}

OpDef csr_op() {
  OpDef op;
  op.name = "csr_dot";
  op.theano = "StructuredDotCSR";
  op.doc = "A csr matrix times a dense one, from data, indices, indptr and the dense matrix.";
  op.min_inputs = op.max_inputs = 4;
  op.attributes = {message_attribute()};
  op.infer = infer_csr;
  op.grad = grad_csr;
  op.eval = eval_csr;
  op.lower = lower_csr;
  op.is_internal = true;
  return op;
}

// (data, to, from, y)
bool infer_coo(InferContext& context) {
  context.output(product_dtype(context, 0, 3),
                 {*find_attr<DimExpr>(context.attributes, "size"), context.type(3).shape[1]});
  return true;
}

void eval_coo(EvalContext& context) {
  const Tensor& y = *context.inputs[3];
  Tensor& result = context.make_output(0);
  std::vector<Term> terms;
  for (int64_t at = 0; at < context.inputs[1]->size(); ++at) {
    const Term term{context.inputs[1]->get_int(at), context.inputs[2]->get_int(at), at};
    if (term.to < 0 || term.to >= result.dims()[0]) {
      context.failure = out_of_bounds(term.to, result.dims()[0]);
    } else if (term.from < 0 || term.from >= y.dims()[0]) {
      context.failure = out_of_bounds(term.from, y.dims()[0]);
    }
    if (!context.failure.empty()) return;
    terms.push_back(term);
  }
  eval_terms(terms, *context.inputs[0], y, result);
}

// Rows may meet, so that a target takes them in order or adds atomically.
void lower_coo(LowerContext& context) {
  const OperandLayout result = context.outputs.at(0);
  const DType dtype = carry_dtype(result.dtype);
  const bool is_narrow = dtype != result.dtype;
  const OperandRef target = is_narrow ? context.temporary(dtype, result.shape) : output_ref(0);
  KernelBuilder zero = context.kernel();
  const auto everywhere = zero.outer(result.shape);
  zero.append(zero.store(target, everywhere, constant(dtype, 0)));
  context.add(zero.finish());

  KernelBuilder kernel = context.kernel();
  kernel.set_conflicts();
  const IndexExpr at = kernel.outer(context.inputs.at(1).shape[0]);
  const auto place = [&](int input, const DimExpr& length) {
    const ExprRef index = kernel.let(cast(kernel.load(input_ref(input), {at}), DType::int64));
    kernel.append({Check{in_range(index, length), kFailIndex, index}});
    return IndexExpr::of(index);
  };
  const IndexExpr to = place(1, result.shape[0]);
  const IndexExpr from = place(2, context.inputs.at(3).shape[0]);
  const ExprRef value = kernel.let(factor(kernel.load(input_ref(0), {at}), dtype));
  const Loop column = kernel.loop(result.shape[1]);
  const IndexExpr k(column.index);
  const ExprRef product =
      call(ScalarOp::mul, {value, factor(kernel.load(input_ref(3), {from, k}), dtype)});
  Body body{kernel.store(target, {to, k}, product, Combine::add)};
  kernel.append({ForEach{{column}, std::make_shared<const Body>(std::move(body))}});
  context.add(kernel.finish());
  if (!is_narrow) return;
  KernelBuilder narrow = context.kernel();
  const auto all = narrow.outer(result.shape);
  narrow.append(narrow.store(output_ref(0), all, narrow.load(target, all)));
  context.add(narrow.finish());
}

void grad_coo(GradContext& context) {
  const auto x = inputs_of(context);
  const Node g(context.builder, *context.output_grads[0]);
  if (context.wanted[0]) context.input_grads[0] = cast_to(sampled(x[1], x[2], g, x[3]), x[0]).id();
  if (context.wanted[3]) {
    const DimExpr size = x[3].type().shape[0];
    context.input_grads[3] = cast_to(scattered(x[0], x[2], x[1], g, size), x[3]).id();
  }
}

OpDef coo_op() {
  OpDef op;
  op.name = "coo_dot";
  op.theano = "StructuredDotCSC";
  op.doc =
      "result[to[p]] += data[p]·y[from[p]] for every stored element p, in the order data, to, "
      "from, y.";
  op.min_inputs = op.max_inputs = 4;
  op.attributes = {{"size", AttrKind::dim, true, "rows of the result"}};
  op.infer = infer_coo;
  op.grad = grad_coo;
  op.eval = eval_coo;
  op.lower = lower_coo;
  op.is_internal = true;
  return op;
}

// (rows, columns, x, y)
bool infer_sampled(InferContext& context) {
  context.output(product_dtype(context, 2, 3), context.type(0).shape);
  return true;
}

void eval_sampled(EvalContext& context) {
  const Tensor& x = *context.inputs[2];
  const Tensor& y = *context.inputs[3];
  Tensor& result = context.make_output(0);
  const int64_t width = x.dims()[1];
  for (int64_t at = 0; at < result.size(); ++at) {
    const int64_t row = context.inputs[0]->get_int(at);
    const int64_t column = context.inputs[1]->get_int(at);
    if (row < 0 || row >= x.dims()[0]) context.failure = out_of_bounds(row, x.dims()[0]);
    if (column < 0 || column >= y.dims()[0]) context.failure = out_of_bounds(column, y.dims()[0]);
    if (!context.failure.empty()) return;
    double real = 0;
    uint64_t whole = 0;
    for (int64_t k = 0; k < width; ++k) {
      const int64_t a = row * width + k;
      const int64_t b = column * width + k;
      if (is_float(result.dtype())) {
        real += x.get_double(a) * y.get_double(b);
      } else {
        whole += static_cast<uint64_t>(x.get_int(a)) * static_cast<uint64_t>(y.get_int(b));
      }
    }
    if (is_float(result.dtype())) {
      result.set_double(at, real);
    } else {
      result.set_int(at, static_cast<int64_t>(whole));
    }
  }
}

void lower_sampled(LowerContext& context) {
  const OperandLayout result = context.outputs.at(0);
  const DType dtype = carry_dtype(result.dtype);
  KernelBuilder kernel = context.kernel();
  const IndexExpr at = kernel.outer(result.shape[0]);
  const auto place = [&](int input, const DimExpr& length) {
    const ExprRef index = kernel.let(cast(kernel.load(input_ref(input), {at}), DType::int64));
    kernel.append({Check{in_range(index, length), kFailIndex, index}});
    return IndexExpr::of(index);
  };
  const IndexExpr row = place(0, context.inputs.at(2).shape[0]);
  const IndexExpr column = place(1, context.inputs.at(3).shape[0]);
  const Loop along = kernel.loop(context.inputs[2].shape[1]);
  const IndexExpr k(along.index);
  const ExprRef product =
      call(ScalarOp::mul, {factor(kernel.load(input_ref(2), {row, k}), dtype),
                           factor(kernel.load(input_ref(3), {column, k}), dtype)});
  const ExprRef sum = kernel.reduce(ReduceKind::sum, {along}, product);
  kernel.append(kernel.store(output_ref(0), {at}, sum));
  context.add(kernel.finish());
}

void grad_sampled(GradContext& context) {
  const auto x = inputs_of(context);
  const Node g(context.builder, *context.output_grads[0]);
  if (context.wanted[2]) {
    const DimExpr size = x[2].type().shape[0];
    context.input_grads[2] = cast_to(scattered(g, x[0], x[1], x[3], size), x[2]).id();
  }
  if (context.wanted[3]) {
    const DimExpr size = x[3].type().shape[0];
    context.input_grads[3] = cast_to(scattered(g, x[1], x[0], x[2], size), x[3]).id();
  }
}

OpDef sampled_op() {
  OpDef op;
  op.name = "coo_sampled_dot";
  op.theano = "StructuredDotGradCSR, StructuredDotGradCSC, SamplingDotCSR";
  op.doc = "x[rows[p]]·y[columns[p]] for every p, in the order rows, columns, x, y.";
  op.min_inputs = op.max_inputs = 4;
  op.infer = infer_sampled;
  op.grad = grad_sampled;
  op.eval = eval_sampled;
  op.lower = lower_sampled;
  op.is_internal = true;
  return op;
}

}  // namespace

std::vector<OpDef> sparse_products_ops() {
  return {lines_op(), csr_op(), coo_op(), sampled_op()};
}

}  // namespace tgc
