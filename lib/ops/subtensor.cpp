// SPDX-License-Identifier: Apache-2.0
// subtensor: x[2, a:b:c, i] with integers, slices and scalar indices read at run time. Without the
// last kind it is a view. advanced_subtensor and advanced_subtensor1 also take integer vectors;
// take is written as one of them.
#include "graph/builder.h"
#include "ops/index_template.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

constexpr IndexRules kBasic{1, false};
constexpr IndexRules kAdvanced{1, true};

template <const IndexRules& rules>
bool infer(InferContext& context) {
  const auto index = check_index(context, rules);
  if (!index) return false;
  context.output(context.type(0).dtype, index->shape);
  const auto& value = context.inputs[0]->value;
  const bool is_vector = value && index->axes.size() == 1;
  if (!is_vector || index->axes[0].kind == IndexedAxis::Kind::input) return true;
  const auto start = index->axes[0].start.constant();
  const auto count = index->shape.empty() ? 1 : index->shape[0].constant();
  if (!start || !count) return true;
  std::vector<DimExpr> selected;
  for (int64_t i = 0; i < *count; ++i) {
    selected.push_back(value->at(static_cast<size_t>(*start + i * index->axes[0].step)));
  }
  context.output_value(std::move(selected));
  return true;
}

// A single integer vector on axis 0.
bool infer_advanced1(InferContext& context) {
  if (context.type(1).rank() != 1) {
    return context.fail("bad-rank", context.name(1) + " must be an integer vector", "inputs/1");
  }
  return infer<kAdvanced>(context);
}

void grad(GradContext& context) {
  const Apply apply = context.graph.apply(context.apply);
  std::vector<VariableId> inputs = {context.builder.zeros_like(apply.inputs[0]),
                                    *context.output_grads[0]};
  inputs.insert(inputs.end(), apply.inputs.begin() + 1, apply.inputs.end());
  Attributes attributes;
  if (apply.op->name != "advanced_subtensor1") {
    attributes["index"] = index_with_inputs_moved(apply, 1);
  }
  const std::string op = apply.op->name == "subtensor"
                             ? "inc_subtensor"
                             : "advanced_inc_" + std::string(apply.op->name.substr(9));
  context.input_grads[0] = context.builder.call(op, inputs, attributes);
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  Tensor& result = context.make_output(0);
  Selection selection(context, x.dims());
  int64_t at = 0;
  for_each_index(result.dims(), [&](const std::vector<int64_t>& index) {
    const auto position = selection.position(index);
    if (position) copy_element(x, *position, result, at);
    ++at;
  });
  context.failure = selection.failure();
}

void lower_to_strides(LowerContext& context, const IndexTemplate& index) {
  const OperandLayout x = context.inputs[0];
  DimExpr offset = x.offset;
  std::vector<DimExpr> strides(index.shape.size());
  for (size_t i = 0; i < index.axes.size(); ++i) {
    const IndexedAxis& axis = index.axes[i];
    offset = offset + axis.start * x.strides[i];
    if (axis.kind == IndexedAxis::Kind::slice) {
      strides[axis.out_axis] = x.strides[i] * DimExpr(axis.step);
    }
  }
  lower_to_view(context, 0, 0, offset, strides);
}

void lower(LowerContext& context) {
  const IndexTemplate index = index_template(context.graph, context.apply);
  bool is_view = true;
  for (const IndexedAxis& axis : index.axes) {
    if (axis.kind == IndexedAxis::Kind::input) is_view = false;
  }
  if (is_view) return lower_to_strides(context, index);
  KernelBuilder kernel = context.kernel();
  const auto selected = kernel.outer(context.outputs[0].shape);
  Body body;
  const SelectedElement element = select_element(context, kernel, body, index, selected);
  for (Stmt& stmt : body) kernel.append(std::move(stmt));
  const ExprRef value = kernel.load(input_ref(0), element.indices);
  const ExprRef guarded = call(ScalarOp::switch_, {element.ok, value, constant(value->dtype, 0)});
  kernel.append(kernel.store(output_ref(0), selected, guarded));
  context.add(kernel.finish());
}

constexpr std::string_view kIndexDoc =
    "one entry per leading axis of x: an integer, a slice, or the position of an index input";

OpDef common(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = 1;
  op.max_inputs = -1;
  op.attributes = {{"index", AttrKind::index_list, true, kIndexDoc}};
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

}  // namespace

std::vector<OpDef> subtensor_ops() {
  OpDef basic = common("subtensor", "Subtensor",
                       "x[index] with integers, slices (steps of any sign, bounds of any sign) "
                       "and scalar index inputs. An index outside its axis fails the call.");
  basic.infer = infer<kBasic>;
  basic.examples = {{R"({"op": "subtensor", "inputs": ["x"], "index": [1, "::-2"]})",
                     R"({"x": {"dtype": "float32", "shape": [3, 5]}})"},
                    {R"({"op": "subtensor", "inputs": ["x"], "index": ["-3:-1", ":0:-1", -1]})",
                     R"({"x": {"dtype": "float64", "shape": [4, 3, 2]}})"},
                    {R"({"op": "subtensor", "inputs": ["x", "i"], "index": ["1:", {"input": 1}]})",
                     R"({"x": {"dtype": "float64", "shape": [2, 3]},
                         "i": {"dtype": "int32", "shape": [], "value": -2}})"}};

  OpDef advanced = common("advanced_subtensor", "AdvancedSubtensor",
                          "x[index] as in NumPy with integer vectors and tensors among the "
                          "indices: they are broadcast together and walked in parallel.");
  advanced.infer = infer<kAdvanced>;
  advanced.examples = {
      {R"({"op": "advanced_subtensor", "inputs": ["x", "i", "j"],
           "index": [{"input": 1}, {"input": 2}]})",
       R"({"x": {"dtype": "float64", "shape": [3, 4]},
           "i": {"dtype": "int64", "shape": [3], "value": [0, 1, 1]},
           "j": {"dtype": "int32", "shape": [3], "value": [3, -1, 3]}})"},
      {R"({"op": "advanced_subtensor", "inputs": ["x", "i"], "index": [":", {"input": 1}, "1:"]})",
       R"({"x": {"dtype": "float32", "shape": [2, 3, 3]},
           "i": {"dtype": "int64", "shape": [2, 2], "value": [[0, 2], [1, 2]]}})"}};

  OpDef rows = common("advanced_subtensor1", "AdvancedSubtensor1",
                      "x[ilist]: the rows of x that an integer vector names.");
  rows.min_inputs = rows.max_inputs = 2;
  rows.attributes = {};
  rows.infer = infer_advanced1;
  rows.examples = {{R"({"op": "advanced_subtensor1", "inputs": ["x", "ilist"]})",
                    R"({"x": {"dtype": "float32", "shape": [3, 2]},
                        "ilist": {"dtype": "int64", "shape": [4], "value": [2, 0, -1, 2]}})"}};
  return {std::move(basic), std::move(advanced), std::move(rows)};
}

}  // namespace tgc
