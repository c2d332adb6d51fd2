// SPDX-License-Identifier: Apache-2.0
// multinomial_from_uniform and choice_from_uniform: uniform samples made draws from the rows of a
// matrix of probabilities, with Theano's results. Sums of probabilities are carried in float64, as
// in Theano's C code; the first outcome whose sum exceeds the uniform sample is drawn.
#include "graph/builder.h"
#include "ops/composition.h"
#include "ops/elementwise.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

// ---- inference

bool check_inputs(InferContext& context) {
  if (!require_float(context, 0) || !require_rank(context, 0, 2)) return false;
  if (!require_float(context, 1) || !require_rank(context, 1, 1)) return false;
  context.attributes.try_emplace("n", DimExpr(1));
  context.attributes.try_emplace("dtype", DType::int64);
  const DimExpr& n = *find_attr<DimExpr>(context.attributes, "n");
  if (!require_dim(context, n, "n")) return false;
  const DType dtype = *find_attr<DType>(context.attributes, "dtype");
  if (!is_integer(dtype) && !is_float(dtype)) {
    return context.fail("bad-dtype", "the results are counts and positions", "dtype", "int64");
  }
  const DimExpr wanted = context.type(0).shape[0] * n;
  const DimExpr& given = context.type(1).shape[0];
  return context.require_equal(given, wanted,
                               "unis.shape[0] != pvals.shape[0] * n: there are " + given.text() +
                                   " uniform samples, not " + wanted.text(),
                               "inputs/1");
}

bool infer_multinomial(InferContext& context) {
  if (!check_inputs(context)) return false;
  context.output(*find_attr<DType>(context.attributes, "dtype"), context.type(0).shape);
  return true;
}

bool infer_choice(InferContext& context) {
  if (!check_inputs(context)) return false;
  context.attributes.try_emplace("replace", false);
  const DimExpr& n = *find_attr<DimExpr>(context.attributes, "n");
  const Shape& pvals = context.type(0).shape;
  const std::string message =
      "Cannot sample without replacement n samples bigger than the size of the distribution: n "
      "is " +
      n.text() + ", the rows have " + pvals[1].text();
  if (!*find_attr<bool>(context.attributes, "replace") &&
      !context.require_equal(DimExpr::max(n, pvals[1]), pvals[1], message, "n")) {
    return false;
  }
  context.output(*find_attr<DType>(context.attributes, "dtype"), {pvals[0], n});
  return true;
}

// ---- eval

// The first outcome of the row whose sum exceeds u, and the sum with it; -1: there is none.
struct Found {
  int64_t outcome = -1;
  double sum = 0;
};

Found first_above(const std::vector<double>& row, double u) {
  Found found;
  for (size_t k = 0; k < row.size(); ++k) {
    found.sum += row[k];
    if (found.sum > u) {
      found.outcome = static_cast<int64_t>(k);
      return found;
    }
  }
  return found;
}

std::vector<double> row_of(const Tensor& pvals, int64_t row) {
  std::vector<double> values;
  const int64_t count = pvals.dims()[1];
  for (int64_t k = 0; k < count; ++k) values.push_back(pvals.get_double(row * count + k));
  return values;
}

void set(Tensor& tensor, int64_t at, int64_t value) {
  set_element(tensor, at, scalar_value_int(DType::int64, value));
}

void eval_multinomial(EvalContext& context) {
  const Tensor& pvals = *context.inputs[0];
  const Tensor& unis = *context.inputs[1];
  Tensor& counts = context.make_output(0);
  const int64_t rows = pvals.dims()[0];
  for (int64_t r = 0; r < rows; ++r) {
    const std::vector<double> row = row_of(pvals, r);
    std::vector<int64_t> drawn(row.size(), 0);
    for (int64_t at = r; at < unis.size(); at += rows) {
      const Found found = first_above(row, unis.get_double(at));
      if (found.outcome >= 0) ++drawn[static_cast<size_t>(found.outcome)];
    }
    for (size_t k = 0; k < row.size(); ++k) {
      set(counts, r * pvals.dims()[1] + static_cast<int64_t>(k), drawn[k]);
    }
  }
}

// Takes the outcome out of the row and makes the others add up to 1 again, rounding to `dtype` as
// Theano does.
void take_out(std::vector<double>& row, const Found& found, DType dtype) {
  const auto rounded = [dtype](double value) {
    return dtype == DType::float64 ? value : double{static_cast<float>(value)};
  };
  const auto outcome = static_cast<size_t>(found.outcome);
  double total = rounded(found.sum - row[outcome]);
  row[outcome] = 0;
  Tensor stored(dtype, {static_cast<int64_t>(row.size())});
  for (size_t k = outcome + 1; k < row.size(); ++k) total = rounded(total + row[k]);
  for (size_t k = 0; k < row.size(); ++k) {
    const auto at = static_cast<int64_t>(k);
    stored.set_double(at, rounded(row[k] / total));
    row[k] = stored.get_double(at);
  }
}

void eval_choice(EvalContext& context) {
  const Tensor& pvals = *context.inputs[0];
  const Tensor& unis = *context.inputs[1];
  Tensor& chosen = context.make_output(0);
  const int64_t rows = pvals.dims()[0];
  const int64_t n = chosen.dims()[1];
  for (int64_t r = 0; r < rows; ++r) {
    std::vector<double> row = row_of(pvals, r);
    for (int64_t c = 0; c < n; ++c) {
      const Found found = first_above(row, unis.get_double(c * rows + r));
      set(chosen, r * n + c, found.outcome);
      if (found.outcome >= 0 && !*find_attr<bool>(context.apply.attributes, "replace")) {
        take_out(row, found, pvals.dtype());
      }
    }
  }
}

// ---- lowering

ExprRef whole(int64_t value) {
  return integer_constant(DType::int64, value);
}
ExprRef plus(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::add, {a, b});
}
ExprRef choose(const ExprRef& condition, const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::switch_, {condition, a, b}, a->dtype);
}
std::shared_ptr<const Body> body_of(Body body) {
  return std::make_shared<const Body>(std::move(body));
}

// A walk over a row's outcomes up to the first whose sum exceeds u. `total`: what the outcomes but
// that one add up to, in the dtype the row is computed in.
struct Search {
  LocalId found, sum, total;
  Serial walk;
};

Search search(KernelBuilder& kernel, OperandRef row_of, const IndexExpr& row, const DimExpr& count,
              const ExprRef& u, DType work) {
  const Loop outcomes = kernel.loop(count);
  Search result{kernel.local(DType::int64), kernel.local(DType::float64), kernel.local(work), {}};
  Body body;
  const auto let = [&](const ExprRef& value) {
    const LocalId local = kernel.local(value->dtype);
    body.push_back({Let{local, value}});
    return kernel.use(local);
  };
  const IndexExpr at(outcomes.index);
  const ExprRef p = let(cast(kernel.load(row_of, {row, at}), work));
  const ExprRef found = kernel.use(result.found);
  const ExprRef total = kernel.use(result.total);
  const ExprRef next = let(plus(kernel.use(result.sum), cast(p, DType::float64)));
  const ExprRef is_open = let(call(ScalarOp::lt, {found, whole(0)}));
  const ExprRef is_here = let(call(ScalarOp::and_, {is_open, call(ScalarOp::gt, {next, u})}));
  const ExprRef others = cast(call(ScalarOp::sub, {next, cast(p, DType::float64)}), work);
  result.walk = {outcomes,
                 {{result.found, whole(-1), choose(is_here, to_expr(at), found)},
                  {result.sum, constant(DType::float64, 0), next},
                  {result.total, constant(work, 0),
                   choose(is_here, others, choose(is_open, total, plus(total, p)))}},
                 body_of(std::move(body))};
  return result;
}

void lower_multinomial(LowerContext& context) {
  const Shape pvals = context.inputs[0].shape;
  const DimExpr n = *find_attr<DimExpr>(context.apply.attributes, "n");
  const OperandRef outcomes = context.temporary(DType::int64, {pvals[0], n});
  const DType work = compute_dtype(context.inputs[0].dtype);
  KernelBuilder find = context.kernel();
  const IndexExpr row = find.outer(pvals[0]);
  const IndexExpr draw = find.outer(n);
  const ExprRef u =
      find.let(cast(find.load(input_ref(1), {draw * pvals[0] + row}), DType::float64));
  Search searched = search(find, input_ref(0), row, pvals[1], u, work);
  find.append({std::move(searched.walk)});
  find.append(find.store(outcomes, {row, draw}, find.use(searched.found)));
  context.add(find.finish());

  KernelBuilder count = context.kernel();
  const IndexExpr r = count.outer(pvals[0]);
  const IndexExpr k = count.outer(pvals[1]);
  const Loop draws = count.loop(n);
  const ExprRef is_same =
      call(ScalarOp::eq, {count.load(outcomes, {r, IndexExpr(draws.index)}), to_expr(k)});
  const ExprRef sum = count.reduce(ReduceKind::sum, {draws}, cast(is_same, DType::int64));
  count.append(count.store(output_ref(0), {r, k}, cast(sum, context.outputs[0].dtype)));
  context.add(count.finish());
}

// The rows change from draw to draw, in a temporary.
void lower_choice(LowerContext& context) {
  const Shape pvals = context.inputs[0].shape;
  const DType dtype = context.inputs[0].dtype;
  const OperandRef rows = context.temporary(dtype, pvals);
  KernelBuilder kernel = context.kernel();
  const IndexExpr row = kernel.outer(pvals[0]);
  const Loop copied = kernel.loop(pvals[1]);
  const IndexExpr from(copied.index);
  kernel.append({ForEach{
      {copied},
      body_of({kernel.store(rows, {row, from}, kernel.load(input_ref(0), {row, from}))})}});

  const Loop draws = kernel.loop(context.outputs[0].shape[1]);
  const IndexExpr draw(draws.index);
  Body body;
  const LocalId u = kernel.local(DType::float64);
  const ExprRef sample = kernel.load(input_ref(1), {draw * pvals[0] + row});
  body.push_back({Let{u, cast(sample, DType::float64)}});
  const DType work = compute_dtype(dtype);
  Search searched = search(kernel, rows, row, pvals[1], kernel.use(u), work);
  body.push_back({std::move(searched.walk)});
  const ExprRef found = kernel.use(searched.found);
  body.push_back(kernel.store(output_ref(0), {row, draw}, cast(found, context.outputs[0].dtype)));
  if (!*find_attr<bool>(context.apply.attributes, "replace")) {
    const Loop scaled = kernel.loop(pvals[1]);
    const IndexExpr at(scaled.index);
    const ExprRef p = cast(kernel.load(rows, {row, at}), work);
    const ExprRef is_taken = call(ScalarOp::eq, {to_expr(at), found});
    const ExprRef share = call(ScalarOp::true_div, {p, kernel.use(searched.total)});
    const ExprRef kept = choose(call(ScalarOp::lt, {found, whole(0)}), p,
                                choose(is_taken, constant(work, 0), share));
    body.push_back(
        {ForEach{{scaled}, body_of({kernel.store(rows, {row, at}, cast(kept, dtype))})}});
  }
  kernel.append({Serial{draws, {}, body_of(std::move(body))}});
  context.add(kernel.finish());
}

OpDef draw_op(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 2;
  op.attributes = {{"n", AttrKind::dim, false, "draws from each row (1)"},
                   {"dtype", AttrKind::dtype, false, "of the result (int64)"}};
  op.no_grad = "its results are integers";
  return op;
}

}  // namespace

std::vector<OpDef> from_uniform_ops() {
  constexpr std::string_view kRows = R"({"pvals": {"dtype": "float64", "shape": [3, 4],
      "value": [[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.5, 0], [0, 0, 0.375, 0.625]]},
      "unis": {"dtype": "float32", "shape": [6], "value": [0.05, 0.9, 0.3, 0.72, 0.11, 0.99]}})";
  constexpr std::string_view kShort = R"({"pvals": {"dtype": "float32", "shape": [2, 3],
      "value": [[0.5, 0.125, 0.125], [0.2, 0.3, 0.5]]},
      "unis": {"dtype": "float64", "shape": [4], "value": [0.8, 0.7, 0.6, 0.1]}})";
  OpDef multinomial = draw_op(
      "multinomial_from_uniform", "MultinomialFromUniform",
      "How often each outcome is drawn in n draws from each row of a matrix of probabilities; the "
      "second input are rows * n uniform samples, those of the first draw of all rows first.");
  multinomial.infer = infer_multinomial;
  multinomial.eval = eval_multinomial;
  multinomial.lower = lower_multinomial;
  multinomial.examples = {
      {R"({"op": "multinomial_from_uniform", "inputs": ["pvals", "unis"], "n": 2})", kRows},
      {R"({"op": "multinomial_from_uniform", "inputs": ["pvals", "unis"], "n": 2,
           "dtype": "float32"})",
       kShort},
      {R"({"op": "multinomial_from_uniform", "inputs": ["pvals", "unis"], "dtype": "int32"})",
       R"({"pvals": {"dtype": "float16", "shape": [1, 2], "value": [[0.25, 0.75]]},
           "unis": {"dtype": "float16", "shape": [1], "value": [0.5]}})"},
      {R"({"op": "multinomial_from_uniform", "inputs": ["pvals", "unis"]})",
       R"({"pvals": {"dtype": "float32", "shape": [0, 2]},
           "unis": {"dtype": "float32", "shape": [0]}})"}};
  OpDef choice = draw_op(
      "choice_from_uniform", "ChoiceFromUniform, MultinomialWOReplacementFromUniform",
      "The outcomes of n draws from each row of a matrix of probabilities, a column a draw. "
      "Without replacement a drawn outcome is not drawn again and the others' probabilities are "
      "scaled to add up to 1; -1 stands where a row's sum does not exceed the uniform sample.");
  choice.attributes.push_back(
      {"replace", AttrKind::boolean, false, "may an outcome be drawn twice (false)"});
  choice.infer = infer_choice;
  choice.eval = eval_choice;
  choice.lower = lower_choice;
  choice.examples = {
      {R"({"op": "choice_from_uniform", "inputs": ["pvals", "unis"], "n": 2})", kRows},
      {R"({"op": "choice_from_uniform", "inputs": ["pvals", "unis"], "n": 2, "replace": true,
           "dtype": "int32"})",
       kShort},
      {R"({"op": "choice_from_uniform", "inputs": ["pvals", "unis"], "n": 2})", kShort},
      {R"({"op": "choice_from_uniform", "inputs": ["pvals", "unis"], "n": 2, "dtype": "float32"})",
       R"({"pvals": {"dtype": "float16", "shape": [1, 3], "value": [[0.25, 0.5, 0.25]]},
           "unis": {"dtype": "float16", "shape": [2], "value": [0.5, 0.6]}})"},
      {R"({"op": "choice_from_uniform", "inputs": ["pvals", "unis"]})",
       R"({"pvals": {"dtype": "float32", "shape": [0, 2]},
           "unis": {"dtype": "float32", "shape": [0]}})"}};
  return {std::move(multinomial), std::move(choice)};
}

}  // namespace tgc
