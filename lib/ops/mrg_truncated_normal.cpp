// SPDX-License-Identifier: Apache-2.0
// mrg_truncated_normal: samples of the normal distribution between two deviations, with the numbers
// of Theano's MRG_RandomStreams, which draws anew the radii of those outside, from a stream of
// their own. How many there are is measured.
#include "ops/draws.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

// Of the whole distribution, cut off at two of its deviations; Theano's constant.
constexpr double kDeviation = 0.87962566103423978;

bool check(InferContext& context) {
  if (!check_mrg_state(context)) return false;
  const TensorType& second = context.type(1);
  if (second.dtype != DType::int32 || second.rank() != 2 || second.shape[0].is(0)) {
    return context.fail("bad-dtype", "the second state must be an int32 matrix of 6 columns",
                        "inputs/1", "a shared variable, updated with the second output");
  }
  return context.require_equal(second.shape[1], 6, "the second state must have 6 columns",
                               "inputs/1") &&
         check_sample_dtype(context, true) && check_parameters(context, 2);
}

struct Uniform {
  Node state;
  Node sample;
};
Uniform uniform(const Node& state, const DimExpr& count, DType dtype) {
  Builder& builder = state.builder();
  const ApplyId draw =
      builder.add("mrg_uniform", {state.id()}, {{"shape", Shape{count}}, {"dtype", dtype}});
  const std::vector<VariableId> made = builder.graph().apply(draw).outputs;
  return {{builder, made[0]}, {builder, made[1]}};
}

Node radius(const Node& u) {
  return sqrt(log(u) * -2.0);
}

// Box and Muller's pairs; then, in each half, those inside before those drawn anew.
std::vector<Node> formula(const Given& given) {
  const DType dtype = given.get<DType>("dtype");
  const auto& shape = given.get<Shape>("shape");
  const DimExpr count = element_count(shape);
  const DimExpr pairs = DimExpr::ceil_div(count, 2);
  const Uniform u = uniform(given.x[0], pairs * 2, dtype);
  const Node r = radius(sliced(u.sample, 0, std::nullopt, pairs));
  const Node angle = sliced(u.sample, 0, pairs, std::nullopt) * 6.283185307179586;
  const Node turns = joined({cos(angle), sin(angle)}, 0);
  const Node drawn = joined({r, r}, 0) * turns;

  const Node is_outside = lt(drawn, drawn.number(-2)).call("or_", {gt(drawn, drawn.number(2))});
  const Node at = is_outside.call("nonzero", {}, {{"size", given.get<std::string>("size")}});
  const Uniform again = uniform(given.x[1], at.type().shape[0], dtype);
  const Node least = given.number(dtype, 0.13533528323661270);  // exp(-2)
  const Node moved = radius(again.sample * (1.0 - least) + least) * taken(turns, at, 0);
  const Node samples = drawn.call("advanced_set_subtensor1", {moved, at});

  const Node place = given.range(pairs * 2);
  const Node half = ge(place, given.size(pairs)).cast(DType::int64);
  const Node rank = half * 2.0 + is_outside.cast(DType::int64);
  const Node order = (rank * given.size(pairs * 2) + place).call("argsort");
  Node sample = reshaped(sliced(taken(samples, order, 0), 0, std::nullopt, count), shape);
  const Node deviation = given.x.size() > 3 ? given.x[3] : given.literal(1);
  sample = sample * (deviation / given.literal(kDeviation)).cast(dtype);
  if (given.x.size() > 2) sample = sample + given.x[2].cast(dtype);
  return {u.state, again.state, sample};
}

#define TGC_STATES                                                                          \
  R"({"state": {"dtype": "int32", "shape": [2, 6], "value": [[12345, 12345, 12345, 12345,)" \
  R"( 12345, 12345], [1, 2, 3, 4, 5, 6]]}, "second": {"dtype": "int32", "shape": [1, 6],)"  \
  R"( "value": [[7, 8, 9, 10, 11, 12]]})"

}  // namespace

OpDef mrg_truncated_normal_op() {
  OpDef op;
  op.name = "mrg_truncated_normal";
  op.theano = "none: a method of MRG_RandomStreams";
  op.doc =
      "Samples of the normal distribution cut off at two deviations, with the mean in the third "
      "input (0) and the standard deviation of the samples in the fourth (1). Those outside are "
      "drawn anew from the second state. The two new states and the sample.";
  op.min_inputs = 2;
  op.max_inputs = 4;
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the sample"},
                   {"dtype", AttrKind::dtype, false, "default: floatX"},
                   {"size", AttrKind::text, false, "a name for how many are drawn anew"}};
  op.measures = always_measures;
  op = composed<formula, check>(std::move(op));
  op.examples = {
      {R"({"op": "mrg_truncated_normal", "inputs": ["state", "second"], "shape": [41],
           "dtype": "float64", "outputs": ["next", "next2", "sample"]})",
       TGC_STATES "}"},
      {R"({"op": "mrg_truncated_normal", "inputs": ["state", "second", "mean", "deviation"],
           "shape": [2, 30], "dtype": "float64", "size": "k",
           "outputs": ["next", "next2", "sample"]})",
       TGC_STATES
       R"(, "mean": {"dtype": "float32", "shape": [30]}, "deviation": {"dtype": "float64", "shape": [2, 1]}})"},
      {R"({"op": "mrg_truncated_normal", "inputs": ["state", "second"], "shape": [0, 2],
           "dtype": "float32", "outputs": ["next", "next2", "sample"]})",
       TGC_STATES "}"}};
  return op;
}

#undef TGC_STATES

}  // namespace tgc
