// SPDX-License-Identifier: Apache-2.0
// composite: a fused group of elementwise ops. Its inner Graph computes one element: 0-d inputs,
// one per input of the Apply, elementwise Applies, 0-d outputs. Inputs broadcast as in any
// elementwise op. float16 is rounded where values are stored, not between the fused ops.
#include <map>

#include "kernel/scalar_value.h"
#include "ops/elementwise.h"
#include "support/check.h"

namespace tgc {
namespace {

const Graph& inner_graph(const Apply& apply) {
  return *apply.inner.at(0);
}

bool infer(InferContext& context) {
  TGC_CHECK(context.inner.size() == 1, "composite needs its inner Graph");
  const Graph& inner = *context.inner[0];
  TGC_CHECK(inner.inputs().size() == context.inputs.size(),
            "composite: the inner Graph has other inputs");
  std::vector<size_t> which;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const TensorType& scalar = inner.type(inner.inputs()[i]);
    TGC_CHECK(scalar.rank() == 0 && scalar.dtype == context.type(i).dtype,
              "composite: inner input " + std::to_string(i) + " is " + type_text(scalar));
    which.push_back(i);
  }
  const auto shape = context.broadcast(which);
  if (!shape) return false;
  for (const VariableId output : inner.outputs()) context.output(inner.type(output).dtype, *shape);
  return true;
}

// Builds the value of one element: `args` for the inner inputs; `name` is given each value that is
// used more than once and returns how to refer to it, `check` each condition.
class ElementBuilder {
 public:
  using Name = std::function<ExprRef(const ExprRef&)>;
  using Require = std::function<void(Check)>;

  ElementBuilder(const Graph& inner, const std::vector<ExprRef>& args) : inner_(inner) {
    for (size_t i = 0; i < args.size(); ++i) values_[inner.inputs()[i]] = args[i];
  }

  std::vector<ExprRef> build(const Name& name, const Require& require) {
    for (const ApplyId id : inner_.topological_order()) {
      const Apply& apply = inner_.apply(id);
      TGC_CHECK(apply.op->is_elementwise() && apply.outputs.size() == 1,
                "composite holds " + std::string(apply.op->name));
      std::vector<ExprRef> args;
      for (const VariableId input : apply.inputs) args.push_back(value(input));
      const VariableId output = apply.outputs[0];
      const DType dtype = inner_.type(output).dtype;
      if (apply.op->scalar_check != nullptr) {
        Check check = apply.op->scalar_check(apply, args, dtype);
        if (check.ok) require(std::move(check));
      }
      const ExprRef result = apply.op->scalar(apply, args, dtype);
      values_[output] = inner_.use_count(output) > 1 ? name(result) : result;
    }
    std::vector<ExprRef> outputs;
    for (const VariableId output : inner_.outputs()) outputs.push_back(value(output));
    return outputs;
  }

 private:
  ExprRef value(VariableId id) {
    const auto found = values_.find(id);
    if (found != values_.end()) return found->second;
    const Variable& variable = inner_.variable(id);
    TGC_CHECK(variable.kind == VariableKind::constant, "composite: an input without value");
    const ScalarValue constant = element(*variable.constant, 0);
    return std::make_shared<const Expr>(
        Expr{constant.dtype, Constant{constant.real, constant.integer}});
  }

  const Graph& inner_;
  std::map<VariableId, ExprRef> values_;
};

void lower(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const auto indices = builder.outer(context.outputs.at(0).shape);
  std::vector<ExprRef> args;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const int input = static_cast<int>(i);
    const OperandRef source = context.source(input);
    ExprRef arg = builder.load_broadcast(source, indices);
    // read before any store may destroy it, and once when used more often
    const bool is_shared =
        inner_graph(context.apply).use_count(inner_graph(context.apply).inputs()[i]) > 1;
    const bool is_literal = std::holds_alternative<Constant>(arg->node);
    if (!is_literal && (is_shared || !(source == input_ref(input)))) arg = builder.let(arg);
    args.push_back(arg);
  }
  ElementBuilder element(inner_graph(context.apply), args);
  const auto values = element.build([&](const ExprRef& value) { return builder.let(value); },
                                    [&](Check check) { builder.append({std::move(check)}); });
  for (size_t i = 0; i < values.size(); ++i) {
    builder.append(builder.store(output_ref(static_cast<int>(i)), indices, values[i]));
  }
  context.add(builder.finish());
}

// One step of the plain evaluation: local number = value, or a condition.
struct Step {
  ExprRef value;
  bool is_check = false;
};

void eval(EvalContext& context) {
  const size_t count = context.inputs.size();
  std::vector<Step> steps;
  std::vector<ExprRef> args;
  size_t locals = count;
  const auto local = [](size_t number, DType dtype) {
    return std::make_shared<const Expr>(
        Expr{dtype, LocalValue{LocalId{static_cast<int32_t>(number)}}});
  };
  for (size_t i = 0; i < count; ++i) args.push_back(local(i, context.inputs[i]->dtype()));
  const auto outputs = ElementBuilder(inner_graph(context.apply), args)
                           .build(
                               [&](const ExprRef& value) {
                                 steps.push_back({value, false});
                                 return local(locals++, value->dtype);
                               },
                               [&](const Check& check) {
                                 steps.push_back({check.ok, true});
                               });
  for (size_t i = 0; i < outputs.size(); ++i) context.make_output(i);
  for_each_broadcast(context, [&](int64_t position, std::vector<ScalarValue>& values) {
    for (const Step& step : steps) {
      const ScalarValue value = evaluate(step.value, values);
      if (!step.is_check) {
        values.push_back(value);
      } else if (!value.is_true()) {
        context.failure = "integer division by zero";
      }
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      set_element(context.outputs[i], position, evaluate(outputs[i], values));
    }
  });
}

}  // namespace

OpDef composite_op() {
  OpDef op;
  op.name = "composite";
  op.theano = "Elemwise{Composite}";
  op.doc = "A fused group of elementwise ops, held as an inner graph of scalars.";
  op.min_inputs = 1;
  op.max_inputs = -1;
  op.infer = infer;
  op.no_grad = "fusion makes it after gradients are taken";
  op.eval = eval;
  op.lower = lower;
  op.is_internal = true;
  return op;
}

}  // namespace tgc
