// SPDX-License-Identifier: Apache-2.0
// tri, tril, triu: ones at and below a diagonal, and the parts of a matrix that such a mask keeps;
// written with a comparison of two ranges of indices.
#include "graph/node.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Outputs = std::optional<std::vector<VariableId>>;

// 1 where column <= row + k, else 0.
Node mask(Builder& builder, const DimExpr& rows, const DimExpr& columns, const DimExpr& k) {
  const auto number = [&](const DimExpr& value) {
    return Node(builder, builder.call("dim", {}, {{"value", value}}));
  };
  const auto range = [&](const DimExpr& count, std::vector<int64_t> order) {
    const Node numbers = number(count).call("arange");
    return numbers.call("dimshuffle", {}, {{"order", std::move(order)}});
  };
  return le(range(columns, {-1, 0}), range(rows, {0, -1}) + number(k));
}

bool infer_tri(InferContext& context) {
  Attributes& attributes = context.attributes;
  attributes.try_emplace("m", *find_attr<DimExpr>(attributes, "n"));
  attributes.try_emplace("k", DimExpr(0));
  attributes.try_emplace("dtype", context.float_x);
  const DimExpr& rows = *find_attr<DimExpr>(attributes, "n");
  const DimExpr& columns = *find_attr<DimExpr>(attributes, "m");
  if (!require_dim(context, rows, "n") || !require_dim(context, columns, "m")) return false;
  context.output(*find_attr<DType>(attributes, "dtype"), {rows, columns});
  return true;
}

Outputs expand_tri(Builder& builder, const std::vector<VariableId>&, const Attributes& attributes) {
  const Node ones =
      mask(builder, *find_attr<DimExpr>(attributes, "n"), *find_attr<DimExpr>(attributes, "m"),
           *find_attr<DimExpr>(attributes, "k"));
  return std::vector<VariableId>{ones.cast(*find_attr<DType>(attributes, "dtype")).id()};
}

bool infer_part(InferContext& context) {
  if (context.type(0).rank() != 2) {
    return context.fail("bad-rank",
                        context.name(0) + " must be a matrix, but is " + type_text(context.type(0)),
                        "inputs/0");
  }
  context.attributes.try_emplace("k", DimExpr(0));
  context.output(context.type(0).dtype, context.type(0).shape);
  return true;
}

template <bool is_upper>
Outputs expand_part(Builder& builder, const std::vector<VariableId>& inputs,
                    const Attributes& attributes) {
  const Node x(builder, inputs[0]);
  const Shape shape = x.type().shape;
  const DimExpr k = *find_attr<DimExpr>(attributes, "k");
  const Node below = mask(builder, shape[0], shape[1], is_upper ? k - 1 : k);
  const Node zero = x.number(0);
  return std::vector<VariableId>{(is_upper ? where(below, zero, x) : where(below, x, zero)).id()};
}

OpDef part(std::string_view name, std::string_view doc, std::string_view node) {
  OpDef op;
  op.name = name;
  op.theano = "Tri";
  op.doc = doc;
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"k", AttrKind::dim, false, "the diagonal; default 0, the main one"}};
  op.infer = infer_part;
  op.examples = {{node, R"({"x": {"dtype": "float32", "shape": [3, 4]}})"}};
  return op;
}

}  // namespace

std::vector<OpDef> triangle_ops() {
  OpDef tri;
  tri.name = "tri";
  tri.theano = "Tri";
  tri.doc = "A matrix of ones at and below a diagonal, of zeros above it.";
  tri.attributes = {{"n", AttrKind::dim, true, "rows"},
                    {"m", AttrKind::dim, false, "columns; default: as many as rows"},
                    {"k", AttrKind::dim, false, "the diagonal; default 0, the main one"},
                    {"dtype", AttrKind::dtype, false, "default: floatX"}};
  tri.infer = infer_tri;
  tri.expand = expand_tri;
  tri.no_grad = "its elements are constants";
  tri.examples = {{R"({"op": "tri", "inputs": [], "n": 3, "m": 4, "k": -1})", "{}"}};
  OpDef tril = part("tril", "x at and below a diagonal, zeros above it.",
                    R"({"op": "tril", "inputs": ["x"], "k": 1})");
  tril.expand = expand_part<false>;
  OpDef triu = part("triu", "x at and above a diagonal, zeros below it.",
                    R"({"op": "triu", "inputs": ["x"]})");
  triu.expand = expand_part<true>;
  return {std::move(tri), std::move(tril), std::move(triu)};
}

}  // namespace tgc
