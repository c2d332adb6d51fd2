// SPDX-License-Identifier: Apache-2.0
// batch_normalization_train, batch_normalization_test, batch_normalization: Theano's functions as
// compositions, so that gradients of every order follow and elementwise fusion finds the parts. The
// variance is the mean square of the centred values, never a difference of squares. float16 is
// computed in float32 throughout.
#include <algorithm>
#include <tuple>

#include "graph/node.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

// "axes" as sorted integers; reports bad ones.
bool check_axes(InferContext& context, int64_t rank) {
  AttrValue value = std::string("per-activation");
  if (const auto found = context.attributes.find("axes"); found != context.attributes.end()) {
    value = found->second;
  }
  std::vector<int64_t> axes{0};
  if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) axes = *list;
  if (const auto* word = std::get_if<std::string>(&value); word != nullptr && *word == "spatial") {
    for (int64_t axis = 2; axis < rank; ++axis) axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  if (axes.empty() || axes.front() < 0 || axes.back() >= rank) {
    return context.fail("bad-attribute",
                        "axes must be \"per-activation\", \"spatial\" or axes of " +
                            context.name(0) + ", from 0 to " + std::to_string(rank - 1),
                        "axes");
  }
  context.attributes.insert_or_assign("axes", axes);
  return true;
}

const std::vector<int64_t>& axes_of(const Attributes& attributes) {
  return *find_attr<std::vector<int64_t>>(attributes, "axes");
}

std::vector<int64_t> kept_axes(const std::vector<int64_t>& axes, int64_t rank) {
  std::vector<int64_t> kept;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) kept.push_back(axis);
  }
  return kept;
}

// All inputs but the first have one element for each position along the axes that are kept: as
// tensors of those axes alone, or of all axes with length 1 along the others.
bool check_parameters(InferContext& context) {
  const TensorType& x = context.type(0);
  const auto& axes = axes_of(context.attributes);
  const auto kept = kept_axes(axes, x.rank());
  const int64_t rank = context.type(1).rank();
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const TensorType& type = context.type(i);
    const std::string part = "inputs/" + std::to_string(i);
    const auto few = static_cast<int64_t>(kept.size());
    if (type.rank() != rank || (rank != few && rank != x.rank())) {
      return context.fail("bad-rank",
                          context.name(i) + " has " + std::to_string(type.rank()) +
                              " dimensions; all parameters must have " + std::to_string(few) +
                              " (the axes that are kept) or " + std::to_string(x.rank()),
                          part);
    }
    for (int64_t axis = 0; axis < rank; ++axis) {
      const auto number = static_cast<size_t>(axis);
      const bool is_all = rank == x.rank();
      const bool is_kept = !is_all || std::find(kept.begin(), kept.end(), axis) != kept.end();
      const DimExpr wanted =
          !is_kept ? DimExpr(1) : x.shape[static_cast<size_t>(is_all ? axis : kept[number])];
      const std::string message = context.name(i) + " is " + shape_text(type.shape) + ", but " +
                                  context.name(0) + " is " + shape_text(x.shape) +
                                  " and normalised over " + attribute_text(axes);
      if (!context.require_equal(type.shape[number], wanted, message, part)) return false;
    }
  }
  return true;
}

// The common dtype of all inputs; nullopt after reporting one that is no float.
std::optional<DType> common_dtype(InferContext& context) {
  DType dtype = context.type(0).dtype;
  for (const Variable* input : context.inputs) dtype = promote(dtype, input->type.dtype);
  if (is_float(dtype)) return dtype;
  context.fail(
      "bad-dtype",
      context.name(0) + " must be a float, not " + std::string(dtype_name(context.type(0).dtype)),
      "inputs/0");
  return std::nullopt;
}

// cuDNN's least epsilon, which Theano demands too.
bool check_epsilon(InferContext& context) {
  const double epsilon = attr_or(context.attributes, "epsilon", 1e-4);
  const double rounded = context.float_x == DType::float64
                             ? epsilon
                             : static_cast<double>(static_cast<float>(epsilon));
  if (rounded >= 1e-5) return true;
  return context.fail("bad-attribute", "epsilon must be at least 1e-5", "epsilon");
}

bool infer_common(InferContext& context) {
  if (context.type(0).rank() == 0) {
    return context.fail("bad-rank", context.name(0) + " is a scalar", "inputs/0");
  }
  return check_axes(context, context.type(0).rank()) && check_parameters(context) &&
         check_epsilon(context);
}

bool infer_train(InferContext& context) {
  if (context.inputs.size() == 4) {
    return context.fail("wrong-arity",
                        "takes x, gamma and beta, or these with running_mean and running_var");
  }
  if (!infer_common(context)) return false;
  const auto dtype = common_dtype(context);
  if (!dtype) return false;
  const Shape shape = context.type(0).shape;
  Shape small;
  const bool is_all = context.type(1).rank() == context.type(0).rank();
  const auto& axes = axes_of(context.attributes);
  for (int64_t axis = 0; axis < context.type(0).rank(); ++axis) {
    const bool is_kept = std::find(axes.begin(), axes.end(), axis) == axes.end();
    if (is_kept) small.push_back(shape[static_cast<size_t>(axis)]);
    if (!is_kept && is_all) small.emplace_back(1);
  }
  context.output(*dtype, shape);
  for (size_t i = 1; i < context.inputs.size(); ++i) context.output(*dtype, small);
  return true;
}

bool infer_test(InferContext& context) {
  if (!infer_common(context)) return false;
  const auto dtype = common_dtype(context);
  if (!dtype) return false;
  context.output(*dtype, context.type(0).shape);
  return true;
}

// x and its parameters in one dtype, the parameters with all axes of x, length 1 along those that
// are normalised over.
struct Operands {
  DType dtype;  // of the results
  std::vector<Node> nodes;
};
Operands operands_of(Builder& builder, const std::vector<VariableId>& inputs,
                     const Attributes& attributes) {
  Operands operands{builder.graph().type(inputs[0]).dtype, {}};
  for (const VariableId input : inputs) {
    operands.dtype = promote(operands.dtype, builder.graph().type(input).dtype);
  }
  const DType work = compute_dtype(operands.dtype);
  operands.nodes.push_back(Node(builder, inputs[0]).cast(work));
  const Shape shape = operands.nodes[0].type().shape;
  std::vector<int64_t> order;
  Shape small = shape;
  int64_t next = 0;
  for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis) {
    const auto& axes = axes_of(attributes);
    const bool is_kept = std::find(axes.begin(), axes.end(), axis) == axes.end();
    order.push_back(is_kept ? next++ : -1);
    if (!is_kept) small[static_cast<size_t>(axis)] = 1;
  }
  for (size_t i = 1; i < inputs.size(); ++i) {
    Node parameter = Node(builder, inputs[i]).cast(work);
    if (parameter.type().shape.size() != shape.size()) {
      parameter = parameter.call("dimshuffle", {}, {{"order", order}});
    } else if (!(parameter.type().shape == small)) {
      parameter = parameter.call("reshape", {}, {{"shape", small}});
    }
    operands.nodes.push_back(parameter);
  }
  return operands;
}

Outputs expand_train(Builder& builder, const std::vector<VariableId>& inputs,
                     const Attributes& attributes) {
  const auto [dtype, nodes] = operands_of(builder, inputs, attributes);
  const Node& x = nodes[0];
  const auto& axes = axes_of(attributes);
  const Attributes wide = {{"axis", axes}, {"keepdims", true}};
  const Node mean = x.call("mean", {}, wide);
  const Node centered = x - mean;
  const Node variance = sqr(centered).call("mean", {}, wide);
  const Node inverse = sqrt(variance + attr_or(attributes, "epsilon", 1e-4)).call("inv");
  std::vector<Node> results = {centered * (nodes[1] * inverse) + nodes[2], mean, inverse};
  if (nodes.size() == 5) {
    const double factor = attr_or(attributes, "running_average_factor", 0.1);
    DimExpr count = 1;
    for (const int64_t axis : axes) count = count * x.type().shape[static_cast<size_t>(axis)];
    const auto number = [&](const DimExpr& value) {
      return Node(builder, builder.call("dim", {}, {{"value", value}})).cast(x.type().dtype);
    };
    const Node unbiased = number(count) / number(count - 1) * variance;
    results.push_back(nodes[3] * (1.0 - factor) + mean * factor);
    results.push_back(nodes[4] * (1.0 - factor) + unbiased * factor);
  }
  const auto kept = kept_axes(axes, x.type().rank());
  std::vector<VariableId> outputs;
  for (size_t i = 0; i < results.size(); ++i) {
    Node result = results[i].cast(dtype);
    const bool is_small = builder.graph().type(inputs[1]).rank() != x.type().rank();
    if (i > 0 && is_small) result = result.call("dimshuffle", {}, {{"order", kept}});
    outputs.push_back(result.id());
  }
  return outputs;
}

Outputs expand_test(Builder& builder, const std::vector<VariableId>& inputs,
                    const Attributes& attributes) {
  const auto [dtype, nodes] = operands_of(builder, inputs, attributes);
  const Node deviation = sqrt(nodes[4] + attr_or(attributes, "epsilon", 1e-4));
  return {{((nodes[0] - nodes[3]) * (nodes[1] / deviation) + nodes[2]).cast(dtype).id()}};
}

bool infer_plain(InferContext& context) {
  const auto shape = context.broadcast({0, 1, 2, 3, 4});
  if (!shape) return false;
  const auto dtype = common_dtype(context);
  if (!dtype) return false;
  context.output(*dtype, *shape);
  return true;
}

// Theano's two modes differ in the memory their graphs take, which fusion settles here.
Outputs expand_plain(Builder& builder, const std::vector<VariableId>& inputs,
                     const Attributes& attributes) {
  std::vector<Node> nodes;
  for (const VariableId input : inputs) nodes.emplace_back(builder, input);
  const auto& [x, gamma, beta, mean, deviation] =
      std::tie(nodes[0], nodes[1], nodes[2], nodes[3], nodes[4]);
  if (attr_or<std::string>(attributes, "mode", "low_mem") == "high_mem") {
    return {{((x - mean) * (gamma / deviation) + beta).id()}};
  }
  return {{((x - mean) / deviation * gamma + beta).id()}};
}

// (x, dy, scale, mean, 1 / deviation), the last three with length 1 along the axes
bool infer_train_grad(InferContext& context) {
  const TensorType& x = context.type(0);
  if (x.rank() == 0 || context.type(1).rank() != x.rank()) {
    return context.fail("bad-rank", context.name(1) + " must have the rank of " + context.name(0),
                        "inputs/1");
  }
  if (!check_axes(context, x.rank())) return false;
  const auto& axes = axes_of(context.attributes);
  const auto kept = kept_axes(axes, x.rank());
  Shape small(x.shape.size(), DimExpr(1));
  for (const int64_t axis : kept) {
    small[static_cast<size_t>(axis)] = x.shape[static_cast<size_t>(axis)];
  }
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const Shape& expected = i == 1 ? x.shape : small;
    const std::string part = "inputs/" + std::to_string(i);
    const std::string message = context.name(i) + " is " + shape_text(context.type(i).shape) +
                                ", but must be " + shape_text(expected);
    if (context.type(i).rank() != x.rank()) return context.fail("bad-rank", message, part);
    for (size_t axis = 0; axis < expected.size(); ++axis) {
      if (!context.require_equal(context.type(i).shape[axis], expected[axis], message, part)) {
        return false;
      }
    }
  }
  const auto dtype = common_dtype(context);
  if (!dtype) return false;
  context.output(*dtype, x.shape);
  context.output(*dtype, small);
  context.output(*dtype, small);
  return true;
}

Outputs expand_train_grad(Builder& builder, const std::vector<VariableId>& inputs,
                          const Attributes& attributes) {
  DType dtype = builder.graph().type(inputs[0]).dtype;
  for (const VariableId input : inputs) dtype = promote(dtype, builder.graph().type(input).dtype);
  std::vector<Node> in;
  const Shape shape = builder.graph().type(inputs[0]).shape;
  Shape small = shape;
  for (const int64_t axis : axes_of(attributes)) small[static_cast<size_t>(axis)] = 1;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Node node = Node(builder, inputs[i]).cast(compute_dtype(dtype));
    if (i > 1 && !(node.type().shape == small)) {
      node = node.call("reshape", {}, {{"shape", small}});
    }
    in.push_back(node);
  }
  const Attributes wide = {{"axis", axes_of(attributes)}, {"keepdims", true}};
  const Node& dy = in[1];
  const Node normal = (in[0] - in[3]) * in[4];
  const Node slope = (dy * normal).call("mean", {}, wide);
  const Node part = (dy - normal * slope) * in[4];
  const Node dx = in[2] * (part - part.call("mean", {}, wide));
  const Node dscale = (dy * normal).call("sum", {}, wide);
  const Node dbias = dy.call("sum", {}, wide);
  return {{dx.cast(dtype).id(), dscale.cast(dtype).id(), dbias.cast(dtype).id()}};
}

OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 5;
  op.attributes = {
      {"axes",
       AttrKind::padding,
       false,
       "what to normalise over: \"per-activation\" axis 0 (the default), \"spatial\" all but axis "
       "1, or the axes",
       {"per-activation", "spatial"}},
      {"epsilon", AttrKind::real, false, "added to the variance, at least 1e-5; default 1e-4"}};
  return op;
}

OpDef train() {
  OpDef op = record("batch_normalization_train", "AbstractBatchNormTrain",
                    "x normalised to mean beta and deviation gamma, the mean, and 1 / deviation; "
                    "with running_mean and running_var as fourth and fifth input also their new "
                    "values, the variance unbiased.");
  op.min_inputs = 3;
  op.attributes.push_back({"running_average_factor", AttrKind::real, false,
                           "weight of the new in the running values; default 0.1"});
  op.infer = infer_train;
  op.expand = expand_train;
  op.examples = {
      {R"({"op": "batch_normalization_train", "inputs": ["x", "gamma", "beta"],
           "outputs": ["y", "mean", "invstd"]})",
       R"({"x": {"dtype": "float64", "shape": [4, 3]},
           "gamma": {"dtype": "float64", "shape": [3]},
           "beta": {"dtype": "float64", "shape": [3]}})"},
      {R"({"op": "batch_normalization_train", "inputs": ["x", "gamma", "beta", "rm", "rv"],
           "axes": "spatial", "epsilon": 0.01, "running_average_factor": 0.3,
           "outputs": ["y", "mean", "invstd", "new_mean", "new_var"]})",
       R"({"x": {"dtype": "float32", "shape": [2, 3, 2, 4]},
           "gamma": {"dtype": "float32", "shape": [1, 3, 1, 1]},
           "beta": {"dtype": "float32", "shape": [1, 3, 1, 1]},
           "rm": {"dtype": "float32", "shape": [1, 3, 1, 1]},
           "rv": {"dtype": "float32", "shape": [1, 3, 1, 1], "low": 0.5, "high": 2}})"},
      {R"({"op": "batch_normalization_train", "inputs": ["x", "gamma", "beta"], "axes": [1, 2],
           "outputs": ["y", "mean", "invstd"]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3, 4]},
           "gamma": {"dtype": "float64", "shape": [2]},
           "beta": {"dtype": "float64", "shape": [2]}})"}};
  return op;
}

OpDef train_grad() {
  OpDef op =
      record("batch_normalization_train_grad", "AbstractBatchNormTrainGrad",
             "The gradients of x, gamma and beta of batch_normalization_train from x, the "
             "result's gradient, gamma, mean and invstd, the last three with all axes of x.");
  op.attributes.pop_back();
  op.infer = infer_train_grad;
  op.expand = expand_train_grad;
  op.examples = {
      {R"({"op": "batch_normalization_train_grad", "inputs": ["x", "dy", "gamma", "mean", "invstd"],
           "axes": "spatial", "outputs": ["dx", "dgamma", "dbeta"]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3, 4]},
           "dy": {"dtype": "float64", "shape": [2, 3, 4]},
           "gamma": {"dtype": "float64", "shape": [1, 3, 1]},
           "mean": {"dtype": "float64", "shape": [1, 3, 1]},
           "invstd": {"dtype": "float64", "shape": [1, 3, 1], "low": 0.5, "high": 2}})"}};
  return op;
}

OpDef test() {
  OpDef op = record("batch_normalization_test", "AbstractBatchNormInference",
                    "(x - mean) gamma / sqrt(var + epsilon) + beta, the inputs in the order x, "
                    "gamma, beta, mean, var.");
  op.infer = infer_test;
  op.expand = expand_test;
  op.examples = {
      {R"({"op": "batch_normalization_test", "inputs": ["x", "gamma", "beta", "mean", "var"],
           "axes": "spatial"})",
       R"({"x": {"dtype": "float32", "shape": [2, 3, 4]},
           "gamma": {"dtype": "float32", "shape": [3]},
           "beta": {"dtype": "float32", "shape": [3]},
           "mean": {"dtype": "float32", "shape": [3]},
           "var": {"dtype": "float32", "shape": [3], "low": 0.5, "high": 2}})"}};
  return op;
}

OpDef plain() {
  OpDef op = record("batch_normalization", "Elemwise{Composite}",
                    "(x - mean) gamma / std + beta by element, the inputs in the order x, gamma, "
                    "beta, mean, std.");
  op.attributes = {{"mode",
                    AttrKind::text,
                    false,
                    "Theano's choice of a graph; both give one kernel here; default low_mem",
                    {"low_mem", "high_mem"}}};
  op.infer = infer_plain;
  op.expand = expand_plain;
  op.examples = {
      {R"({"op": "batch_normalization", "inputs": ["x", "gamma", "beta", "mean", "std"]})",
       R"({"x": {"dtype": "float32", "shape": [4, 3]},
           "gamma": {"dtype": "float32", "shape": [3]},
           "beta": {"dtype": "float32", "shape": [3]},
           "mean": {"dtype": "float32", "shape": [1, 3]},
           "std": {"dtype": "float32", "shape": [1, 3], "low": 0.5, "high": 2}})"}};
  return op;
}

}  // namespace

std::vector<OpDef> batch_norm_ops() {
  return {train(), train_grad(), test(), plain()};
}

}  // namespace tgc
