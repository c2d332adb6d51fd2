// SPDX-License-Identifier: Apache-2.0
// pool, pool_2d, pool_3d: maximum, sum or average over windows of the last axes; and
// max_pool_2d_same_size, which keeps the maxima alone.
#include "graph/builder.h"
#include "ops/elementwise.h"
#include "ops/pool_geometry.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

PoolGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return pool_geometry(apply.attributes, graph.type(apply.inputs[0]).shape);
}

bool infer_over(InferContext& context, size_t rank) {
  context.attributes.try_emplace("mode", std::string("max"));
  const auto geometry = check_pool(context, context.type(0).shape, rank);
  if (!geometry) return false;
  for (const PoolAxis& axis : geometry->axes) {
    if (!require_dim(context, axis.output, "the output")) return false;
  }
  context.output(context.type(0).dtype, geometry->output_shape());
  return true;
}

template <size_t rank>
bool infer(InferContext& context) {
  return infer_over(context, rank);
}

void grad(GradContext& context) {
  const VariableId g = *context.output_grads[0];
  Attributes attributes = context.attributes();
  if (pool_geometry(attributes, context.graph.type(context.input(0)).shape).mode == PoolMode::max) {
    attributes.erase("mode");
    context.input_grads[0] =
        context.builder.call("max_pool_grad", {context.input(0), context.output(0), g}, attributes);
    return;
  }
  attributes["input_shape"] = context.graph.type(context.input(0)).shape;
  context.input_grads[0] = context.builder.call("average_pool_grad", {g}, attributes);
}

void eval_max(const Tensor& x, const PoolGeometry& geometry, const EvalContext& context,
              Tensor& result) {
  std::vector<int64_t> best(static_cast<size_t>(result.size()), -1);
  const bool real = is_float(x.dtype());
  const auto exceeds = [&](int64_t candidate, int64_t known) {
    if (x.dtype() == DType::uint64) {
      return x.data<uint64_t>()[candidate] > x.data<uint64_t>()[known];
    }
    if (!real) return x.get_int(candidate) > x.get_int(known);
    const double value = x.get_double(candidate);
    const double other = x.get_double(known);
    return value > other || (value != value && other == other);  // NaN wins
  };
  for_each_pooled(geometry, context.dim, [&](int64_t at, int64_t out, int64_t) {
    int64_t& known = best[static_cast<size_t>(out)];
    if (known < 0 || exceeds(at, known)) known = at;
  });
  for (int64_t i = 0; i < result.size(); ++i) {
    const int64_t at = best[static_cast<size_t>(i)];
    if (at >= 0) {
      copy_element(x, at, result, i);
    } else if (real) {
      result.set_double(i, lowest_of(x.dtype()).real);
    } else {
      result.set_int(i, lowest_of(x.dtype()).integer);
    }
  }
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  const PoolGeometry geometry = geometry_of(context.graph, context.apply);
  Tensor& result = context.make_output(0);
  if (geometry.mode == PoolMode::max) return eval_max(x, geometry, context, result);
  if (is_discrete(x.dtype())) {
    for_each_pooled(geometry, context.dim, [&](int64_t at, int64_t out, int64_t) {
      result.set_int(out, result.get_int(out) + x.get_int(at));
    });
    return;
  }
  std::vector<double> sums(static_cast<size_t>(result.size()), 0.0);
  std::vector<int64_t> counts(sums.size(), 1);
  for_each_pooled(geometry, context.dim, [&](int64_t at, int64_t out, int64_t count) {
    sums[static_cast<size_t>(out)] += x.get_double(at);
    counts[static_cast<size_t>(out)] = geometry.mode == PoolMode::sum ? 1 : count;
  });
  for (size_t i = 0; i < sums.size(); ++i) {
    result.set_double(static_cast<int64_t>(i), sums[i] / static_cast<double>(counts[i]));
  }
}

void lower(LowerContext& context) {
  const PoolGeometry geometry = geometry_of(context.graph, context.apply);
  const DType work = compute_dtype(context.outputs[0].dtype);
  KernelBuilder kernel = context.kernel();
  const auto output = kernel.outer(context.outputs[0].shape);
  const PoolLoops window = inputs_under(kernel, geometry, output);
  const ExprRef element = cast(kernel.load(input_ref(0), window.indices), work);
  const bool is_max = geometry.mode == PoolMode::max;
  const ExprRef nothing = is_max ? lowest(work) : constant(work, 0);
  ExprRef value = kernel.reduce(is_max ? ReduceKind::max : ReduceKind::sum, window.loops,
                                where_valid(window.valid, element, nothing));
  if (!is_max && geometry.mode != PoolMode::sum) {
    value = call(ScalarOp::true_div, {value, cast(pool_count(geometry, output), work)});
  }
  kernel.append(kernel.store(output_ref(0), output, value));
  context.add(kernel.finish());
}

bool infer_same_size(InferContext& context) {
  const auto patch = *find_attr<std::vector<int64_t>>(context.attributes, "patch_size");
  context.attributes.erase("patch_size");
  context.attributes["ws"] = patch;
  context.attributes["ignore_border"] = true;
  if (patch.size() != 2 || patch[0] < 1 || patch[1] < 1) {
    return context.fail("bad-attribute", "patch_size must be two integers of at least 1",
                        "patch_size");
  }
  if (!check_pool(context, context.type(0).shape, 2)) return false;
  context.output(context.type(0).dtype, context.type(0).shape);
  return true;
}

std::optional<std::vector<VariableId>> expand_same_size(Builder& builder,
                                                        const std::vector<VariableId>& inputs,
                                                        const Attributes& attributes) {
  const VariableId pooled = builder.call("pool_2d", inputs, attributes);
  return {{builder.call("max_pool_grad", {inputs[0], pooled, pooled}, attributes)}};
}

OpDef same_size() {
  OpDef op;
  op.name = "max_pool_2d_same_size";
  op.theano = "Pool, MaxPoolGrad";
  op.doc =
      "Images of the same size in which all but the maxima of patches of the last two axes are 0; "
      "patches do not overlap, and those cut off at the end become 0.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"patch_size", AttrKind::integers, true, "rows and columns of a patch"}};
  op.infer = infer_same_size;
  op.expand = expand_same_size;
  op.examples = {{R"({"op": "max_pool_2d_same_size", "inputs": ["x"], "patch_size": [2, 2]})",
                  R"({"x": {"dtype": "float64", "shape": [1, 2, 4, 5]}})"}};
  return op;
}

OpDef record(std::string_view name, std::string_view doc, bool (*infer_op)(InferContext&)) {
  OpDef op;
  op.name = name;
  op.theano = "Pool";
  op.doc = doc;
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = pool_attributes(true);
  op.infer = infer_op;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

}  // namespace

std::vector<OpDef> pool_ops() {
  OpDef any = record("pool",
                     "The maximum, sum or average of each window over as many of the last axes as "
                     "ws has elements. average_inc_pad counts padding as zeros, the other modes "
                     "leave it out.",
                     infer<0>);
  any.examples = {{R"({"op": "pool", "inputs": ["x"], "ws": [3], "stride": [2]})",
                   R"({"x": {"dtype": "float64", "shape": [2, 6]}})"},
                  {R"({"op": "pool", "inputs": ["x"], "ws": [2, 1, 2, 2], "mode": "sum"})",
                   R"({"x": {"dtype": "float32", "shape": [3, 2, 2, 5]}})"}};
  OpDef two = record("pool_2d",
                     "The maximum, sum or average of each window of ws rows and columns of the "
                     "last two axes. average_inc_pad counts padding as zeros, the other modes "
                     "leave it out.",
                     infer<2>);
  two.examples = {{R"({"op": "pool_2d", "inputs": ["x"], "ws": [2, 2]})",
                   R"({"x": {"dtype": "float64", "shape": [2, 3, 5, 4]}})"},
                  {R"({"op": "pool_2d", "inputs": ["x"], "ws": [3, 2], "stride": [2, 1],
                       "pad": [1, 1], "ignore_border": true, "mode": "average_exc_pad"})",
                   R"({"x": {"dtype": "float64", "shape": [2, 5, 4]}})"},
                  {R"({"op": "pool_2d", "inputs": ["x"], "ws": [3, 3], "stride": [2, 2],
                       "mode": "sum"})",
                   R"({"x": {"dtype": "float32", "shape": [6, 5]}})"},
                  {R"({"op": "pool_2d", "inputs": ["x"], "ws": [2, 2], "pad": [1, 1],
                       "ignore_border": true, "mode": "average_inc_pad"})",
                   R"({"x": {"dtype": "float64", "shape": [1, 2, 4, 3]}})"},
                  {R"({"op": "pool_2d", "inputs": ["x"], "ws": [2, 2]})",
                   R"({"x": {"dtype": "float32", "shape": [0, 4, 4]}})"}};
  OpDef three = record("pool_3d",
                       "The maximum, sum or average of each window of the last three axes. "
                       "average_inc_pad counts padding as zeros, the other modes leave it out.",
                       infer<3>);
  three.examples = {{R"({"op": "pool_3d", "inputs": ["x"], "ws": [2, 2, 1]})",
                     R"({"x": {"dtype": "float64", "shape": [2, 3, 5, 4]}})"},
                    {R"({"op": "pool_3d", "inputs": ["x"], "ws": [2, 3, 2], "stride": [1, 2, 2],
                         "pad": [1, 0, 1], "ignore_border": true, "mode": "average_exc_pad"})",
                     R"({"x": {"dtype": "float64", "shape": [1, 3, 4, 3]}})"},
                    {R"({"op": "pool_3d", "inputs": ["x"], "ws": [2, 2, 2], "pad": [0, 1, 0],
                         "ignore_border": true, "mode": "average_inc_pad"})",
                     R"({"x": {"dtype": "float32", "shape": [2, 2, 4, 3]}})"}};
  return {std::move(any), std::move(two), std::move(three), same_size()};
}

}  // namespace tgc
