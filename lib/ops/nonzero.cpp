// SPDX-License-Identifier: Apache-2.0
// nonzero and what is written with it: the positions of the elements that are not 0. How many there
// are is measured when the first kernel has counted them.
#include "graph/node.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

bool is_set(const Tensor& tensor, int64_t at) {
  return is_float(tensor.dtype()) ? tensor.get_double(at) != 0 : tensor.get_int(at) != 0;
}

bool infer(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  if (rank == 0) {
    return context.fail("bad-rank", "Nonzero only supports non-scalar arrays", "inputs/0",
                        "a scalar is tested with neq");
  }
  for (int64_t axis = 0; axis < rank; ++axis) {
    context.output(DType::int64, {context.measured_size()});
    context.outputs.back().place = {};
  }
  return true;
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  std::vector<int64_t> found;
  for (int64_t at = 0; at < x.size(); ++at) {
    if (is_set(x, at)) found.push_back(at);
  }
  const auto count = static_cast<int64_t>(found.size());
  context.measured = count;
  for (size_t axis = 0; axis < x.dims().size(); ++axis) {
    int64_t stride = 1;
    for (size_t inner = axis + 1; inner < x.dims().size(); ++inner) stride *= x.dims()[inner];
    Tensor positions(DType::int64, {count});
    for (int64_t k = 0; k < count; ++k) {
      positions.set_int(k, found[static_cast<size_t>(k)] / stride % x.dims()[axis]);
    }
    context.outputs.push_back(std::move(positions));
  }
}

ExprRef is_set(const ExprRef& element) {
  return call(ScalarOp::neq, {element, constant(element->dtype, 0)});
}

// One pass counts; the second walks in order with the number found so far.
void lower(LowerContext& context) {
  const Shape& shape = context.inputs[0].shape;
  const OperandRef count = context.temporary(DType::int64, {});
  KernelBuilder counter = context.kernel();
  std::vector<Loop> loops;
  std::vector<IndexExpr> at;
  for (const DimExpr& dim : shape) {
    loops.push_back(counter.loop(dim));
    at.emplace_back(loops.back().index);
  }
  const ExprRef one = cast(is_set(counter.load(input_ref(0), at)), DType::int64);
  const ExprRef total = counter.reduce(ReduceKind::sum, loops, one);
  counter.append(counter.store(count, {}, total));
  context.add(counter.finish());
  context.measure(count);

  KernelBuilder builder = context.kernel();
  const Loop walk = builder.loop(element_count(shape));
  std::vector<IndexExpr> indices(shape.size());
  IndexExpr rest(walk.index);
  for (size_t axis = shape.size(); axis-- > 0;) {
    indices[axis] = axis == 0 ? rest : mod(rest, shape[axis]);
    rest = floor_div(rest, shape[axis]);
  }
  const LocalId found = builder.local(DType::int64);
  const ExprRef place = builder.use(found);
  const ExprRef is_found = is_set(builder.load(input_ref(0), indices));
  Body body;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    body.push_back(builder.store(output_ref(static_cast<int>(axis)), {IndexExpr::of(place)},
                                 to_expr(indices[axis])));
  }
  Serial serial;
  serial.loop = walk;
  serial.carried.push_back({found, integer_constant(DType::int64, 0),
                            call(ScalarOp::add, {place, cast(is_found, DType::int64)})});
  serial.body = std::make_shared<const Body>(
      Body{{If{is_found, std::make_shared<const Body>(std::move(body))}}});
  builder.append({std::move(serial)});
  context.add(builder.finish());
}

const AttrDef kSize = {"size", AttrKind::text, false,
                       "a name for how many there are, which dims of later nodes may use"};
constexpr std::string_view kHostOnly =
    "a walk in order, whose result decides the sizes that follow";

OpDef nonzero_op() {
  OpDef op;
  op.name = "nonzero";
  op.theano = "Nonzero";
  op.doc =
      "The positions of the elements that are not 0, in row-major order: one int64 vector an axis.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {kSize};
  op.infer = infer;
  op.no_grad = "its results are integers";
  op.eval = eval;
  op.lower = lower;
  op.measures = always_measures;
  op.host_only = kHostOnly;
  op.examples = {
      {R"({"op": "nonzero", "inputs": ["x"], "outputs": ["row", "column"]})",
       R"({"x": {"dtype": "float32", "shape": [2, 3], "value": [[0, 1.5, 0], [-2, 0, 3]]}})"},
      {R"({"op": "nonzero", "inputs": ["m"], "outputs": ["where"], "size": "k"})",
       R"({"m": {"dtype": "bool", "shape": [5], "value": [1, 0, 0, 1, 1]}})"},
      {R"({"op": "nonzero", "inputs": ["m"], "outputs": ["where"]})",
       R"({"m": {"dtype": "int8", "shape": [3], "value": [0, 0, 0]}})"}};
  return op;
}

Attributes size_of(const Attributes& attributes) {
  return {{"size", *find_attr<std::string>(attributes, "size")}};
}

bool infer_flat(InferContext& context) {
  context.output(DType::int64, {context.measured_size()});
  context.outputs.back().place = {};
  return true;
}

std::optional<std::vector<VariableId>> expand_flat(Builder& builder,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes) {
  const VariableId flat = builder.call("flatten", {inputs[0]});
  return std::vector<VariableId>{builder.call("nonzero", {flat}, size_of(attributes))};
}

bool infer_values(InferContext& context) {
  context.output(context.type(0).dtype, {context.measured_size()});
  return true;
}

std::optional<std::vector<VariableId>> expand_values(Builder& builder,
                                                     const std::vector<VariableId>& inputs,
                                                     const Attributes& attributes) {
  const VariableId flat = builder.call("flatten", {inputs[0]});
  const VariableId found = builder.call("nonzero", {flat}, size_of(attributes));
  return std::vector<VariableId>{builder.call("advanced_subtensor1", {flat, found})};
}

OpDef composed(OpDef op, std::string_view name, std::string_view doc) {
  op.name = name;
  op.theano = name;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {kSize};
  op.measures = always_measures;
  return op;
}

}  // namespace

std::vector<OpDef> nonzero_ops() {
  OpDef flat;
  flat.infer = infer_flat;
  flat.expand = expand_flat;
  flat.examples = {{R"({"op": "flatnonzero", "inputs": ["x"]})",
                    R"({"x": {"dtype": "float64", "shape": [2, 2], "value": [[0, 1], [1, 0]]}})"}};
  OpDef values;
  values.infer = infer_values;
  values.expand = expand_values;
  values.examples = {
      {R"({"op": "nonzero_values", "inputs": ["x"]})",
       R"({"x": {"dtype": "float64", "shape": [2, 2], "value": [[2, 1.5], [-1, 0.5]]}})"},
      {R"({"op": "nonzero_values", "inputs": ["x"]})",
       R"({"x": {"dtype": "int64", "shape": [2, 2], "value": [[0, 3], [-1, 0]]}})"}};
  return {nonzero_op(),
          composed(std::move(flat), "flatnonzero",
                   "The positions of the elements that are not 0 in the flattened tensor."),
          composed(std::move(values), "nonzero_values",
                   "The elements that are not 0, as a vector in row-major order.")};
}

}  // namespace tgc
