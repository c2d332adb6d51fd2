// SPDX-License-Identifier: Apache-2.0
// ctc: the cost of connectionist temporal classification (Graves et al. 2006, equations 5 to 9) of
// activations before the softmax, and ctc_grad, its gradient with respect to them, as warp-ctc has
// them: blank is 0, negative labels are padding, and an example with more labels than its steps can
// hold costs 0. The recursions over time run in order, in logarithms; all s of one step in
// parallel.
#include <cmath>
#include <limits>

#include "graph/node.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

bool check_inputs(InferContext& context) {
  const int64_t ranks[] = {3, 2, 1};
  const char* const names[] = {"activations", "labels", "input_lengths"};
  for (size_t i = 0; i < 3; ++i) {
    const TensorType& type = context.type(i);
    const std::string part = "inputs/" + std::to_string(i);
    if (type.rank() != ranks[i]) {
      return context.fail("bad-rank",
                          std::string(names[i]) + " must have " + std::to_string(ranks[i]) +
                              " dimensions, not " + std::to_string(type.rank()),
                          part);
    }
    if (i == 0 ? is_float(type.dtype) : is_integer(type.dtype)) continue;
    return context.fail("bad-dtype",
                        std::string(names[i]) + " must be " + (i == 0 ? "floats" : "integers") +
                            ", not " + std::string(dtype_name(type.dtype)),
                        part);
  }
  const DimExpr& batch = context.type(0).shape[1];
  for (size_t i = 1; i < 3; ++i) {
    const std::string message = std::string(names[i]) + " " + shape_text(context.type(i).shape) +
                                " are not for a batch of " + batch.text() + " (axis 1 of " +
                                context.name(0) + ")";
    if (!context.require_equal(context.type(i).shape[0], batch, message,
                               "inputs/" + std::to_string(i))) {
      return false;
    }
  }
  const std::string empty = context.name(0) + " has no symbols: axis 2 must not be empty";
  return !context.type(0).shape[2].is(0) || context.fail("shape-mismatch", empty, "inputs/0");
}

bool infer(InferContext& context) {
  if (!check_inputs(context)) return false;
  context.output(context.type(0).dtype, {context.type(0).shape[1]});
  return true;
}

bool infer_grad(InferContext& context) {
  if (!check_inputs(context)) return false;
  context.output(context.type(0).dtype, context.type(0).shape);
  return true;
}

void grad(GradContext& context) {
  if (!context.wanted[0]) return;
  Builder& builder = context.builder;
  const Node own(builder,
                 builder.call("ctc_grad", {context.input(0), context.input(1), context.input(2)}));
  const Node g = Node(builder, *context.output_grads[0])
                     .call("dimshuffle", {}, {{"order", std::vector<int64_t>{-1, 0, -1}}});
  context.input_grads[0] = (own * g).id();
}

// --- eval ---------------------------------------------------------------------------------------

double log_add(double a, double b) {
  const double high = std::max(a, b);
  if (high == kNever) return kNever;
  return high + std::log(std::exp(a - high) + std::exp(b - high));
}

// One example: its log-probabilities and the labels with blanks between them.
struct Example {
  int64_t steps = 0;
  std::vector<std::vector<double>> log_p;  // by step and symbol
  std::vector<int64_t> symbols;            // blank, label, blank, …
  bool fits = true;

  [[nodiscard]] bool may_skip(size_t s) const {
    return s >= 2 && symbols[s] != 0 && symbols[s] != symbols[s - 2];
  }
};

std::optional<Example> example_of(EvalContext& context, int64_t number) {
  const Tensor& x = *context.inputs[0];
  const int64_t batch = x.dims()[1];
  const int64_t count = x.dims()[2];
  Example example;
  example.steps = context.inputs[2]->get_int(number);
  const auto fail = [&](int64_t index, size_t size) {
    context.failure =
        "index " + std::to_string(index) + " is out of bounds for size " + std::to_string(size);
    return std::nullopt;
  };
  if (example.steps < 0 || example.steps > x.dims()[0]) {
    return fail(example.steps, static_cast<size_t>(x.dims()[0]));
  }
  for (int64_t t = 0; t < example.steps; ++t) {
    std::vector<double> row;
    double total = kNever;
    for (int64_t p = 0; p < count; ++p) {
      row.push_back(x.get_double((t * batch + number) * count + p));
      total = log_add(total, row.back());
    }
    for (double& value : row) value -= total;
    example.log_p.push_back(std::move(row));
  }
  example.symbols = {0};
  int64_t needed = 0;
  const int64_t width = context.inputs[1]->dims()[1];
  for (int64_t i = 0; i < width; ++i) {
    const int64_t label = context.inputs[1]->get_int(number * width + i);
    if (label < 0) continue;
    if (label >= count) return fail(label, static_cast<size_t>(count));
    const bool repeats = example.symbols.size() > 1 && *(example.symbols.end() - 2) == label;
    needed += repeats ? 2 : 1;
    example.symbols.insert(example.symbols.end(), {label, 0});
  }
  example.fits = example.steps > 0 && needed <= example.steps;
  return example;
}

using Table = std::vector<std::vector<double>>;

Table forward_of(const Example& example) {
  const size_t size = example.symbols.size();
  Table alpha(example.log_p.size(), std::vector<double>(size, kNever));
  for (size_t t = 0; t < alpha.size(); ++t) {
    for (size_t s = 0; s < size; ++s) {
      double sum = t == 0 && s < 2 ? 0.0 : kNever;
      if (t > 0) sum = alpha[t - 1][s];
      if (t > 0 && s > 0) sum = log_add(sum, alpha[t - 1][s - 1]);
      if (t > 0 && example.may_skip(s)) sum = log_add(sum, alpha[t - 1][s - 2]);
      alpha[t][s] = sum + example.log_p[t][static_cast<size_t>(example.symbols[s])];
    }
  }
  return alpha;
}

// The probabilities of what follows step t; its own symbol does not count.
Table backward_of(const Example& example) {
  const size_t size = example.symbols.size();
  Table beta(example.log_p.size(), std::vector<double>(size, kNever));
  for (size_t t = beta.size(); t-- > 0;) {
    for (size_t s = 0; s < size; ++s) {
      if (t + 1 == beta.size()) {
        if (s + 2 >= size) beta[t][s] = 0;
        continue;
      }
      const auto then = [&](size_t to) {
        return beta[t + 1][to] + example.log_p[t + 1][static_cast<size_t>(example.symbols[to])];
      };
      beta[t][s] = then(s);
      if (s + 1 < size) beta[t][s] = log_add(beta[t][s], then(s + 1));
      if (s + 2 < size && example.may_skip(s + 2)) beta[t][s] = log_add(beta[t][s], then(s + 2));
    }
  }
  return beta;
}

double likelihood_of(const Table& alpha) {
  const auto& last = alpha.back();
  return last.size() > 1 ? log_add(last.back(), last[last.size() - 2]) : last.back();
}

void eval(EvalContext& context) {
  Tensor& costs = context.make_output(0);
  for (int64_t i = 0; i < costs.size(); ++i) {
    const auto example = example_of(context, i);
    if (!example) return;
    costs.set_double(i, example->fits ? -likelihood_of(forward_of(*example)) : 0.0);
  }
}

void eval_grad(EvalContext& context) {
  Tensor& result = context.make_output(0);
  const int64_t batch = result.dims()[1];
  const int64_t count = result.dims()[2];
  for (int64_t i = 0; i < batch; ++i) {
    const auto example = example_of(context, i);
    if (!example) return;
    if (!example->fits) continue;
    const Table alpha = forward_of(*example);
    const Table beta = backward_of(*example);
    const double total = likelihood_of(alpha);
    for (size_t t = 0; t < alpha.size(); ++t) {
      std::vector<double> row;
      for (const double value : example->log_p[t]) row.push_back(std::exp(value));
      for (size_t s = 0; s < example->symbols.size(); ++s) {
        row[static_cast<size_t>(example->symbols[s])] -= std::exp(alpha[t][s] + beta[t][s] - total);
      }
      for (int64_t p = 0; p < count; ++p) {
        result.set_double((static_cast<int64_t>(t) * batch + i) * count + p,
                          row[static_cast<size_t>(p)]);
      }
    }
  }
}

// --- lower --------------------------------------------------------------------------------------

ExprRef whole(int64_t value) {
  return integer_constant(DType::int64, value);
}
ExprRef sum(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::add, {a, b});
}
ExprRef difference(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::sub, {a, b});
}
ExprRef both(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::and_, {a, b});
}
ExprRef less(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::lt, {a, b});
}
ExprRef at_least(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::ge, {a, b});
}
ExprRef equal(const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::eq, {a, b});
}
ExprRef choose(const ExprRef& condition, const ExprRef& a, const ExprRef& b) {
  return call(ScalarOp::switch_, {condition, a, b});
}

std::shared_ptr<const Body> body_of(Body body) {
  return std::make_shared<const Body>(std::move(body));
}

class CtcLowering {
 public:
  explicit CtcLowering(LowerContext& context)
      : context_(context),
        activations_(context.inputs[0].shape),
        labels_(context.inputs[1].shape),
        work_(compute_dtype(context.inputs[0].dtype)),
        size_(labels_[1] * DimExpr(2) + 1),
        totals_(context.temporary(work_, {activations_[0], activations_[1]})),
        compact_(context.temporary(DType::int64, labels_)),
        sizes_(context.temporary(DType::int64, {activations_[1]})),
        steps_(context.temporary(DType::int64, {activations_[1]})),
        alpha_(context.temporary(work_, {activations_[0], activations_[1], size_})) {}

  // log Σ exp of the activations of each step.
  void add_totals() {
    KernelBuilder kernel = context_.kernel();
    const IndexExpr t = kernel.outer(activations_[0]);
    const IndexExpr m = kernel.outer(activations_[1]);
    const Loop first = kernel.loop(activations_[2]);
    const ExprRef largest =
        kernel.reduce(ReduceKind::max, {first}, activation(kernel, t, m, IndexExpr(first.index)));
    const Loop second = kernel.loop(activations_[2]);
    const ExprRef x = activation(kernel, t, m, IndexExpr(second.index));
    const ExprRef total =
        kernel.reduce(ReduceKind::sum, {second}, call(ScalarOp::exp, {difference(x, largest)}));
    kernel.append(kernel.store(totals_, {t, m}, sum(largest, call(ScalarOp::log, {total}))));
    context_.add(kernel.finish());
  }

  // The labels without padding, 2·number + 1, and the steps that count: 0 where the labels do not
  // fit.
  void add_labels() {
    KernelBuilder kernel = context_.kernel();
    const IndexExpr m = kernel.outer(activations_[1]);
    const ExprRef length = kernel.let(cast(kernel.load(input_ref(2), {m}), DType::int64));
    kernel.append({Check{
        both(at_least(length, whole(0)), call(ScalarOp::le, {length, dim_value(activations_[0])})),
        kFailIndex, length}});
    const Loop each = kernel.loop(labels_[1]);
    const LocalId count = kernel.local(DType::int64);
    const LocalId previous = kernel.local(DType::int64);
    const LocalId needed = kernel.local(DType::int64);
    const ExprRef label = cast(kernel.load(input_ref(1), {m, IndexExpr(each.index)}), DType::int64);
    const ExprRef is_label = at_least(label, whole(0));
    Body body;
    body.push_back({Check{less(label, dim_value(activations_[2])), kFailIndex, label}});
    body.push_back({If{is_label, body_of({kernel.store(
                                     compact_, {m, IndexExpr::of(kernel.use(count))}, label)})}});
    const ExprRef more = choose(equal(label, kernel.use(previous)), whole(2), whole(1));
    Serial serial{each,
                  {{count, whole(0), sum(kernel.use(count), choose(is_label, whole(1), whole(0)))},
                   {previous, whole(-1), choose(is_label, label, kernel.use(previous))},
                   {needed, whole(0), sum(kernel.use(needed), choose(is_label, more, whole(0)))}},
                  body_of(std::move(body))};
    kernel.append({std::move(serial)});
    const ExprRef twice = sum(kernel.use(count), kernel.use(count));
    kernel.append(kernel.store(sizes_, {m}, sum(twice, whole(1))));
    kernel.append(
        kernel.store(steps_, {m}, choose(less(length, kernel.use(needed)), whole(0), length)));
    context_.add(kernel.finish());
  }

  // alpha[t, m, s]: the probability of the first t + 1 steps ending at s. Then -log of that of all
  // to `costs`, of the output's or a temporary's dtype.
  void add_forward(OperandRef costs) {
    KernelBuilder kernel = context_.kernel();
    const IndexExpr m = kernel.outer(activations_[1]);
    const ExprRef size = kernel.let(kernel.load(sizes_, {m}));
    const ExprRef steps = kernel.let(kernel.load(steps_, {m}));
    const Loop time = kernel.loop(activations_[0]);
    const Loop place = kernel.loop(size_);
    const IndexExpr t(time.index);
    const IndexExpr s(place.index);
    const ExprRef number = to_expr(s);
    const auto before = [&](int64_t back) {
      return kernel.load(alpha_, {t - IndexExpr(1), m, s - IndexExpr(back)});
    };
    const ExprRef one = choose(at_least(number, whole(1)), before(1), never());
    const ExprRef two = choose(may_skip(kernel, m, s), before(2), never());
    const ExprRef start = choose(less(number, whole(2)), constant(work_, 0), never());
    const ExprRef reached =
        choose(equal(to_expr(t), whole(0)), start, log_sum(before(0), one, two));
    const ExprRef value = choose(less(number, size),
                                 sum(reached, log_p(kernel, t, m, symbol(kernel, m, s))), never());
    Body body{{ForEach{{place}, body_of({kernel.store(alpha_, {t, m, s}, value)})}}};
    kernel.append({Serial{time, {}, body_of(std::move(body))}});
    const auto last = [&](int64_t back) {
      return kernel.load(alpha_, {IndexExpr::of(difference(steps, whole(1))), m,
                                  IndexExpr::of(difference(size, whole(back)))});
    };
    const ExprRef blank = choose(at_least(size, whole(2)), last(2), never());
    const ExprRef total = log_sum(last(1), blank, never());
    const ExprRef cost =
        choose(less(steps, whole(1)), constant(work_, 0), call(ScalarOp::neg, {total}));
    kernel.append(kernel.store(costs, {m}, cost));
    context_.add(kernel.finish());
  }

  // beta[t, m, s]: the probability of the steps after t, being at s.
  void add_backward(OperandRef beta) {
    KernelBuilder kernel = context_.kernel();
    const IndexExpr m = kernel.outer(activations_[1]);
    const ExprRef size = kernel.let(kernel.load(sizes_, {m}));
    const ExprRef steps = kernel.let(kernel.load(steps_, {m}));
    const Loop time = kernel.loop(activations_[0]);
    const Loop place = kernel.loop(size_);
    const IndexExpr t = IndexExpr(activations_[0] - 1) - IndexExpr(time.index);
    const IndexExpr s(place.index);
    const ExprRef number = to_expr(s);
    const auto after = [&](int64_t on) {
      const IndexExpr to = s + IndexExpr(on);
      const IndexExpr next = t + IndexExpr(1);
      return sum(kernel.load(beta, {next, m, to}), log_p(kernel, next, m, symbol(kernel, m, to)));
    };
    const ExprRef one = choose(less(sum(number, whole(1)), size), after(1), never());
    // a label past the last may not be looked at
    const ExprRef two =
        choose(less(sum(number, whole(2)), size),
               choose(may_skip(kernel, m, s + IndexExpr(2)), after(2), never()), never());
    const ExprRef is_last = equal(sum(to_expr(t), whole(1)), steps);
    const ExprRef ends = choose(at_least(sum(number, whole(2)), size), constant(work_, 0), never());
    const ExprRef is_real = both(less(number, size), less(to_expr(t), steps));
    const ExprRef value =
        choose(is_real, choose(is_last, ends, log_sum(after(0), one, two)), never());
    Body body{{ForEach{{place}, body_of({kernel.store(beta, {t, m, s}, value)})}}};
    kernel.append({Serial{time, {}, body_of(std::move(body))}});
    context_.add(kernel.finish());
  }

  // softmax - the share of paths that have the symbol at the step.
  void add_gradient(OperandRef costs, OperandRef beta) {
    KernelBuilder kernel = context_.kernel();
    const IndexExpr t = kernel.outer(activations_[0]);
    const IndexExpr m = kernel.outer(activations_[1]);
    const IndexExpr p = kernel.outer(activations_[2]);
    const ExprRef size = kernel.let(kernel.load(sizes_, {m}));
    const ExprRef is_step = kernel.let(less(to_expr(t), kernel.load(steps_, {m})));
    const ExprRef cost = kernel.let(kernel.load(costs, {m}));
    const Loop place = kernel.loop(size_);
    const IndexExpr s(place.index);
    const ExprRef is_real = both(is_step, less(to_expr(s), size));
    const ExprRef is_own = equal(symbol(kernel, m, s), to_expr(p));
    const ExprRef path =
        sum(sum(kernel.load(alpha_, {t, m, s}), kernel.load(beta, {t, m, s})), cost);
    const ExprRef zero = constant(work_, 0);
    const ExprRef share =
        kernel.reduce(ReduceKind::sum, {place},
                      choose(is_real, choose(is_own, call(ScalarOp::exp, {path}), zero), zero));
    const ExprRef own = call(ScalarOp::exp, {log_p(kernel, t, m, to_expr(p))});
    kernel.append(
        kernel.store(output_ref(0), {t, m, p}, choose(is_step, difference(own, share), zero)));
    context_.add(kernel.finish());
  }

  [[nodiscard]] OperandRef make_costs() { return context_.temporary(work_, {activations_[1]}); }
  [[nodiscard]] OperandRef make_beta() {
    return context_.temporary(work_, {activations_[0], activations_[1], size_});
  }

 private:
  [[nodiscard]] ExprRef never() const { return real_constant(work_, kNever); }

  [[nodiscard]] ExprRef activation(KernelBuilder& kernel, const IndexExpr& t, const IndexExpr& m,
                                   const IndexExpr& p) const {
    return cast(kernel.load(input_ref(0), {t, m, p}), work_);
  }

  [[nodiscard]] ExprRef log_p(KernelBuilder& kernel, const IndexExpr& t, const IndexExpr& m,
                              const ExprRef& p) const {
    return difference(activation(kernel, t, m, IndexExpr::of(p)), kernel.load(totals_, {t, m}));
  }

  // The symbol at place s of blank, label, blank, …
  [[nodiscard]] ExprRef symbol(KernelBuilder& kernel, const IndexExpr& m,
                               const IndexExpr& s) const {
    return choose(equal(to_expr(mod(s, 2)), whole(1)), kernel.load(compact_, {m, floor_div(s, 2)}),
                  whole(0));
  }

  // Is there a way from s - 2 to s? Not from a blank, nor between equal labels.
  [[nodiscard]] ExprRef may_skip(KernelBuilder& kernel, const IndexExpr& m,
                                 const IndexExpr& s) const {
    const ExprRef number = to_expr(s);
    const ExprRef is_label = both(equal(to_expr(mod(s, 2)), whole(1)), at_least(number, whole(3)));
    const ExprRef own = kernel.load(compact_, {m, floor_div(s, 2)});
    const ExprRef other = kernel.load(compact_, {m, floor_div(s, 2) - IndexExpr(1)});
    // a label may be 0, the blank itself
    const ExprRef differs =
        both(call(ScalarOp::neq, {own, other}), call(ScalarOp::neq, {own, whole(0)}));
    return choose(is_label, differs, integer_constant(DType::boolean, 0));
  }

  [[nodiscard]] ExprRef log_sum(const ExprRef& a, const ExprRef& b, const ExprRef& c) const {
    const ExprRef high = call(ScalarOp::maximum, {call(ScalarOp::maximum, {a, b}), c});
    const auto part = [&](const ExprRef& x) { return call(ScalarOp::exp, {difference(x, high)}); };
    const ExprRef total = sum(sum(part(a), part(b)), part(c));
    return choose(equal(high, never()), never(), sum(high, call(ScalarOp::log, {total})));
  }

  LowerContext& context_;
  Shape activations_;  // steps, batch, symbols
  Shape labels_;
  DType work_;
  DimExpr size_;  // the most places a sequence of labels and blanks has
  OperandRef totals_;
  OperandRef compact_;
  OperandRef sizes_;
  OperandRef steps_;
  OperandRef alpha_;
};

void lower(LowerContext& context) {
  CtcLowering ctc(context);
  ctc.add_totals();
  ctc.add_labels();
  ctc.add_forward(output_ref(0));
}

void lower_grad(LowerContext& context) {
  CtcLowering ctc(context);
  const OperandRef costs = ctc.make_costs();
  const OperandRef beta = ctc.make_beta();
  ctc.add_totals();
  ctc.add_labels();
  ctc.add_forward(costs);
  ctc.add_backward(beta);
  ctc.add_gradient(costs, beta);
}

}  // namespace

std::vector<OpDef> ctc_ops() {
  OpDef op;
  op.name = "ctc";
  op.theano = "ConnectionistTemporalClassification";
  op.doc =
      "The cost of each example under connectionist temporal classification: activations before "
      "the softmax (steps, batch, symbols), labels (batch, most labels; negative ones are "
      "padding), and the number of steps of each example. Symbol 0 is the blank.";
  op.min_inputs = op.max_inputs = 3;
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "ctc", "inputs": ["activations", "labels", "input_lengths"]})",
                  R"({"activations": {"dtype": "float32", "shape": [5, 3, 4]},
           "labels": {"dtype": "int32", "shape": [3, 2], "value": [[1, 2], [3, 3], [-1, 2]]},
           "input_lengths": {"dtype": "int32", "shape": [3], "value": [5, 4, 2]}})"},
                 {R"({"op": "ctc", "inputs": ["activations", "labels", "input_lengths"]})",
                  R"({"activations": {"dtype": "float64", "shape": [3, 4, 3]},
           "labels": {"dtype": "int64", "shape": [4, 3],
                      "value": [[1, 1, 2], [1, -1, -1], [-1, -1, -1], [2, 1, 2]]},
           "input_lengths": {"dtype": "int64", "shape": [4], "value": [3, 0, 3, 3]}})"}};
  OpDef second = op;
  second.name = "ctc_grad";
  second.doc =
      "The gradient of each example's ctc cost with respect to its activations, of their shape.";
  second.infer = infer_grad;
  second.grad = nullptr;
  second.no_grad = "Theano has none";
  second.eval = eval_grad;
  second.lower = lower_grad;
  second.examples = {{R"({"op": "ctc_grad", "inputs": ["activations", "labels", "input_lengths"]})",
                      R"({"activations": {"dtype": "float32", "shape": [5, 3, 4]},
           "labels": {"dtype": "int32", "shape": [3, 2], "value": [[1, 2], [3, 3], [-1, 2]]},
           "input_lengths": {"dtype": "int32", "shape": [3], "value": [5, 4, 2]}})"}};
  return {std::move(op), std::move(second)};
}

}  // namespace tgc
