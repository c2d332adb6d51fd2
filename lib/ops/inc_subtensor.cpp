// SPDX-License-Identifier: Apache-2.0
// inc_subtensor and set_subtensor, basic and advanced: a copy of x in which the selection x[index]
// is increased by y or replaced by y, which broadcasts to the selection. Where an in-place pass
// lets the result overwrite x, the copy falls away. Positions that integer vectors name twice are
// increased twice, in order; of two replacements the last stays: so vectors are walked serially and
// only the other axes in parallel.
#include <algorithm>

#include "graph/builder.h"
#include "ops/index_template.h"
#include "ops/strided_copy.h"
#include "ops/sum_to_shape.h"

namespace tgc {
namespace {

constexpr IndexRules kBasic{2, false};
constexpr IndexRules kAdvanced{2, true};

bool sets(const Apply& apply) {
  return apply.op->name.find("set_") != std::string_view::npos;
}

bool is_list_form(std::string_view name) {
  return name.back() == '1';
}

template <const IndexRules& rules>
bool infer(InferContext& context) {
  if (is_list_form(context.op.name) && context.type(2).rank() != 1) {
    return context.fail("bad-rank", context.name(2) + " must be an integer vector", "inputs/2");
  }
  const auto index = check_index(context, rules);
  if (!index) return false;
  const DType dtype = context.type(0).dtype;
  if (promote(dtype, context.type(1).dtype) != dtype) {
    return context.fail("bad-dtype",
                        "cannot put " + std::string(dtype_name(context.type(1).dtype)) + " (" +
                            context.name(1) + ") into " + std::string(dtype_name(dtype)) + " (" +
                            context.name(0) + ")",
                        "inputs/1", "cast one of them");
  }
  const Shape& y = context.type(1).shape;
  if (y.size() > index->shape.size()) {
    return context.fail("bad-rank",
                        context.name(1) + " has " + std::to_string(y.size()) +
                            " dimensions, the selection " + shape_text(index->shape) + " has " +
                            std::to_string(index->shape.size()),
                        "inputs/1");
  }
  const size_t lead = index->shape.size() - y.size();
  for (size_t axis = 0; axis < y.size(); ++axis) {
    if (y[axis].is(1)) continue;
    const DimExpr& selected = index->shape[lead + axis];
    const std::string message = context.name(1) + " " + shape_text(y) +
                                " does not fit the selection " + shape_text(index->shape);
    if (!context.require_equal(y[axis], selected, message, "inputs/1")) return false;
  }
  context.output(dtype, context.type(0).shape);
  return true;
}

// The op that reads what this op writes.
std::string reading_op(std::string_view name) {
  const size_t at = std::min(name.find("inc_"), name.find("set_"));
  return std::string(name.substr(0, at)) + std::string(name.substr(at + 4));
}

void grad(GradContext& context) {
  const Apply apply = context.graph.apply(context.apply);
  const VariableId whole = *context.output_grads[0];
  Attributes reading;
  Attributes writing;
  if (!is_list_form(apply.op->name)) {
    reading["index"] = index_with_inputs_moved(apply, -1);
    writing["index"] = apply.attributes.at("index");
  }
  if (context.wanted[0]) {
    context.input_grads[0] = whole;
    if (sets(apply)) {
      const TensorType& type = context.graph.type(whole);
      std::vector<VariableId> inputs = {whole, context.builder.scalar(type.dtype, 0)};
      inputs.insert(inputs.end(), apply.inputs.begin() + 2, apply.inputs.end());
      context.input_grads[0] = context.builder.call(apply.op->name, inputs, writing);
    }
  }
  if (context.wanted[1]) {
    std::vector<VariableId> inputs = {whole};
    inputs.insert(inputs.end(), apply.inputs.begin() + 2, apply.inputs.end());
    const VariableId part = context.builder.call(reading_op(apply.op->name), inputs, reading);
    const TensorType y = context.graph.type(apply.inputs[1]);
    context.input_grads[1] =
        context.builder.cast(sum_to_shape(context.builder, part, y.shape), y.dtype);
  }
}

void eval(EvalContext& context) {
  Tensor& result = context.make_output(0);
  result = *context.inputs[0];
  const Tensor y = context.inputs[1]->cast_to(result.dtype());
  Selection selection(context, result.dims());
  const auto strides = contiguous_strides(y.dims());
  const size_t lead = selection.dims().size() - strides.size();
  const bool replaces = sets(context.apply);
  for_each_index(selection.dims(), [&](const std::vector<int64_t>& index) {
    const auto at = selection.position(index);
    if (!at) return;
    int64_t from = 0;
    for (size_t i = 0; i < strides.size(); ++i) {
      if (y.dims()[i] != 1) from += strides[i] * index[lead + i];
    }
    if (replaces) {
      copy_element(y, from, result, *at);
    } else if (is_float(result.dtype())) {
      result.set_double(*at, result.get_double(*at) + y.get_double(from));
    } else {
      result.set_int(*at, result.get_int(*at) + y.get_int(from));
    }
  });
  context.failure = selection.failure();
}

// True when the vectors cannot name a position twice: one of them is arange(n).
bool names_each_once(const LowerContext& context, const IndexTemplate& index) {
  if (index.vector_shape.size() != 1) return false;
  for (const IndexedAxis& axis : index.axes) {
    if (axis.kind != IndexedAxis::Kind::input) continue;
    const VariableId input = context.apply.inputs[static_cast<size_t>(axis.input)];
    const Apply* owner = context.graph.owner(input);
    if (owner != nullptr && owner->op->name == "arange" && owner->inputs.size() == 1 &&
        context.graph.type(input).shape == index.vector_shape) {
      return true;
    }
  }
  return false;
}

// result[index] = y or += y, over the selection.
void lower_selection(LowerContext& context) {
  const IndexTemplate index = index_template(context.graph, context.apply);
  KernelBuilder kernel = context.kernel();
  const bool is_serial = !index.vector_shape.empty() && !names_each_once(context, index);
  std::vector<IndexExpr> selected;
  std::vector<Loop> serial;
  for (size_t axis = 0; axis < index.shape.size(); ++axis) {
    const bool over_vector =
        axis >= index.vector_axis && axis < index.vector_axis + index.vector_shape.size();
    if (is_serial && over_vector) {
      serial.push_back(kernel.loop(index.shape[axis]));
      selected.emplace_back(serial.back().index);
    } else {
      selected.push_back(kernel.outer(index.shape[axis]));
    }
  }
  Body body;
  const SelectedElement element = select_element(context, kernel, body, index, selected);
  const Combine combine = sets(context.apply) ? Combine::set : Combine::add;
  Stmt store = kernel.store(output_ref(0), element.indices,
                            kernel.load_broadcast(input_ref(1), selected), combine);
  if (element.ok) {
    auto guarded = std::make_shared<Body>();
    guarded->push_back(std::move(store));
    body.push_back({If{element.ok, std::move(guarded)}});
  } else {
    body.push_back(std::move(store));
  }
  while (!serial.empty()) {
    Body outer_body;
    outer_body.push_back(
        {Serial{serial.back(), {}, std::make_shared<const Body>(std::move(body))}});
    body = std::move(outer_body);
    serial.pop_back();
  }
  for (Stmt& stmt : body) kernel.append(std::move(stmt));
  context.add(kernel.finish());
}

void lower(LowerContext& context) {
  if (!is_in_place(context.apply, 0, 0)) {
    lower_to_copy(context, input_ref(0), output_ref(0), context.inputs[0].shape);
  }
  lower_selection(context);
}

OpDef common(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = 2;
  op.max_inputs = -1;
  op.attributes = {{"index", AttrKind::index_list, true, "what is selected, as in subtensor"}};
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

OpDef basic(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op = common(name, theano, doc);
  op.infer = infer<kBasic>;
  return op;
}

OpDef advanced(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op = common(name, theano, doc);
  op.infer = infer<kAdvanced>;
  return op;
}

OpDef rows(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op = advanced(name, theano, doc);
  op.min_inputs = op.max_inputs = 3;
  op.attributes = {};
  return op;
}

constexpr OpExample kIncExamples[] = {
    {R"({"op": "inc_subtensor", "inputs": ["x", "y"], "index": ["::-2", 1]})",
     R"({"x": {"dtype": "float64", "shape": [5, 2]}, "y": {"dtype": "float64", "shape": [3]}})"},
    {R"({"op": "inc_subtensor", "inputs": ["x", "y", "i"], "index": [{"input": 2}]})",
     R"({"x": {"dtype": "float64", "shape": [3, 2]}, "y": {"dtype": "float64", "shape": [1]},
         "i": {"dtype": "int64", "shape": [], "value": -3}})"}};

constexpr OpExample kSetExamples[] = {
    {R"({"op": "set_subtensor", "inputs": ["x", "y"], "index": ["1:3"]})",
     R"({"x": {"dtype": "float64", "shape": [4, 2]}, "y": {"dtype": "float64", "shape": [2, 1]}})"}};

}  // namespace

std::vector<OpDef> inc_subtensor_ops() {
  OpDef inc = basic("inc_subtensor", "IncSubtensor",
                    "x with y added to the selection x[index]; y broadcasts to it.");
  inc.examples = {std::begin(kIncExamples), std::end(kIncExamples)};
  OpDef set = basic("set_subtensor", "IncSubtensor{set}",
                    "x with the selection x[index] replaced by y, which broadcasts to it.");
  set.examples = {std::begin(kSetExamples), std::end(kSetExamples)};
  OpDef inc_rows = rows("advanced_inc_subtensor1", "AdvancedIncSubtensor1",
                        "x with y added to the rows that an integer vector names; a row named "
                        "twice is increased twice.");
  inc_rows.examples = {{R"({"op": "advanced_inc_subtensor1", "inputs": ["x", "y", "ilist"]})",
                        R"({"x": {"dtype": "float64", "shape": [3, 2]},
                            "y": {"dtype": "float64", "shape": [4, 2]},
                            "ilist": {"dtype": "int64", "shape": [4], "value": [2, 0, -1, 2]}})"}};
  OpDef set_rows = rows("advanced_set_subtensor1", "AdvancedIncSubtensor1{set}",
                        "x with the rows that an integer vector names replaced by those of y; of "
                        "a row named twice the last stays.");
  set_rows.examples = {{R"({"op": "advanced_set_subtensor1", "inputs": ["x", "y", "ilist"]})",
                        R"({"x": {"dtype": "float64", "shape": [3, 2]},
                            "y": {"dtype": "float64", "shape": [2, 2]},
                            "ilist": {"dtype": "int64", "shape": [2], "value": [2, 0]}})"}};
  OpDef inc_any = advanced("advanced_inc_subtensor", "AdvancedIncSubtensor",
                           "x with y added to the selection of advanced_subtensor; a position "
                           "named twice is increased twice.");
  inc_any.examples = {{R"({"op": "advanced_inc_subtensor", "inputs": ["x", "y", "i", "j"],
                           "index": [{"input": 2}, {"input": 3}]})",
                       R"({"x": {"dtype": "float64", "shape": [3, 4]},
                           "y": {"dtype": "float64", "shape": [3]},
                           "i": {"dtype": "int64", "shape": [3], "value": [0, 1, 1]},
                           "j": {"dtype": "int32", "shape": [3], "value": [3, -1, 3]}})"}};
  OpDef set_any = advanced("advanced_set_subtensor", "AdvancedIncSubtensor{set}",
                           "x with the selection of advanced_subtensor replaced by y; of a "
                           "position named twice the last stays.");
  set_any.examples = {{R"({"op": "advanced_set_subtensor", "inputs": ["x", "y", "i"],
                           "index": [":", {"input": 2}]})",
                       R"({"x": {"dtype": "float64", "shape": [3, 4]},
                           "y": {"dtype": "float64", "shape": [3, 2]},
                           "i": {"dtype": "int64", "shape": [2], "value": [3, 1]}})"}};
  return {std::move(inc),      std::move(set),     std::move(inc_rows),
          std::move(set_rows), std::move(inc_any), std::move(set_any)};
}

}  // namespace tgc
