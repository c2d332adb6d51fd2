// SPDX-License-Identifier: Apache-2.0
// cross_channel_normalization: each channel divided by a power of the sum of squares of its
// neighbours (local response normalisation; Krizhevsky, Sutskever and Hinton 2012, section 3.3),
//   y[c] = x[c] / (k + alpha · Σ over |d - c| <= n // 2 of x[d]²)^beta.
// The sum over neighbours is a pooling over the channels.
#include "graph/node.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  const TensorType& x = context.type(0);
  if (x.rank() < 2) {
    return context.fail("bad-rank", context.name(0) + " must have at least 2 dimensions",
                        "inputs/0");
  }
  if (!is_float(x.dtype)) {
    return context.fail(
        "bad-dtype", context.name(0) + " must be a float, not " + std::string(dtype_name(x.dtype)),
        "inputs/0");
  }
  const auto size = attr_or<int64_t>(context.attributes, "n", 5);
  if (size < 1 || size % 2 == 0) {
    return context.fail("bad-attribute", "n must be odd and at least 1", "n");
  }
  context.output(x.dtype, x.shape);
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const Node x(builder, inputs[0]);
  const Shape shape = x.type().shape;
  const DType work = x.type().dtype == DType::float16 ? DType::float32 : x.type().dtype;
  const auto size = attr_or<int64_t>(attributes, "n", 5);
  const Shape flat = {shape[0], shape[1], element_count({shape.begin() + 2, shape.end()})};
  const Node squares = sqr(x.cast(work)).call("reshape", {}, {{"shape", flat}});
  const Node sums = squares.call("pool", {},
                                 {{"ws", std::vector<int64_t>{size, 1}},
                                  {"stride", std::vector<int64_t>{1, 1}},
                                  {"pad", std::vector<int64_t>{size / 2, 0}},
                                  {"ignore_border", true},
                                  {"mode", std::string("sum")}});
  const Node around = sums.call("reshape", {}, {{"shape", shape}});
  const Node base = attr_or(attributes, "k", 2.0) + around * attr_or(attributes, "alpha", 1e-4);
  const Node scale = base.call("pow", {base.number(attr_or(attributes, "beta", 0.75))});
  return {{(x.cast(work) / scale).cast(x.type().dtype).id()}};
}

}  // namespace

OpDef cross_channel_normalization_op() {
  OpDef op;
  op.name = "cross_channel_normalization";
  op.theano = "Pool, Elemwise";
  op.doc =
      "Local response normalisation over axis 1: x / (k + alpha s)^beta with s the sum of squares "
      "over n channels around each.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"n", AttrKind::integer, false, "number of channels summed, odd; default 5"},
                   {"k", AttrKind::real, false, "default 2"},
                   {"alpha", AttrKind::real, false, "default 1e-4"},
                   {"beta", AttrKind::real, false, "default 0.75"}};
  op.infer = infer;
  op.expand = expand;
  op.aliases = {"lrn", "cross_map_norm"};
  op.examples = {{R"({"op": "cross_channel_normalization", "inputs": ["x"], "n": 3,
                      "alpha": 0.5})",
                  R"({"x": {"dtype": "float32", "shape": [2, 4, 3, 2]}})"}};
  return op;
}

}  // namespace tgc
