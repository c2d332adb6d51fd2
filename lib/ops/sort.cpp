// SPDX-License-Identifier: Apache-2.0
// sort, topk, argtopk and unique, written with argsort: what sorts is taken along the axis, so
// gradients go back to where the elements came from.
#include "graph/node.h"
#include "ops/index_template.h"
#include "ops/sorted_axis.h"

namespace tgc {
namespace {

using Variables = std::vector<VariableId>;

VariableId argsort_last(Builder& builder, VariableId x) {
  return builder.call("argsort", {x}, {{"axis", builder.graph().type(x).rank() - 1}});
}

// ---- sort

bool infer_sort(InferContext& context) {
  if (!check_sorted_axis(context)) return false;
  context.output(context.type(0).dtype, sorted_shape(context));
  return true;
}

std::optional<Variables> expand_sort(Builder& builder, const Variables& inputs,
                                     const Attributes& attributes) {
  const auto sorted = [&](VariableId x) {
    return take_along_last(builder, x, argsort_last(builder, x));
  };
  if (auto moved = along_last_axis(builder, inputs[0], attributes, sorted)) return moved;
  return Variables{sorted(inputs[0])};
}

// ---- topk

// The k largest (k > 0) or the -k smallest, the most extreme first.
bool check_topk(InferContext& context) {
  if (!check_sorted_axis(context)) return false;
  const auto* k = find_attr<DimExpr>(context.attributes, "k");
  if (k->is(0)) {
    return context.fail("bad-attribute", "k is 0; topk wants some elements", "k",
                        "k above 0 takes the largest, below 0 the smallest");
  }
  const DimExpr count = DimExpr::max(*k, 0 - *k);
  const Shape shape = sorted_shape(context);
  const DimExpr length = shape[static_cast<size_t>(sorted_axis(context.attributes))];
  const std::string message =
      "k is " + k->text() + ", but the axis has " + length.text() + " elements";
  return context.require_equal(DimExpr::min(count, length), count, message, "k");
}

Shape topk_shape(const InferContext& context) {
  Shape shape = sorted_shape(context);
  const DimExpr k = *find_attr<DimExpr>(context.attributes, "k");
  shape[static_cast<size_t>(sorted_axis(context.attributes))] = DimExpr::max(k, 0 - k);
  return shape;
}

// Positions of the most extreme elements along the last axis.
VariableId top_positions(Builder& builder, VariableId x, const DimExpr& k) {
  const VariableId order = argsort_last(builder, x);
  const DimExpr length = builder.graph().type(x).shape.back();
  std::vector<IndexEntry> index(builder.graph().type(x).shape.size());
  const auto lowest = k.upper_bound();
  if (lowest && *lowest < 0) {
    index.back() = slice(std::nullopt, 0 - k);
    return builder.call("subtensor", {order}, {{"index", index}});
  }
  index.back() = slice(length - k, std::nullopt);
  const VariableId largest = builder.call("subtensor", {order}, {{"index", index}});
  index.back() = slice(std::nullopt, std::nullopt, -1);
  return builder.call("subtensor", {largest}, {{"index", index}});
}

template <bool with_values, bool with_positions>
bool infer_topk(InferContext& context) {
  const auto* k = find_attr<DimExpr>(context.attributes, "k");
  if (!k->is_constant() && k->lower_bound().value_or(-1) < 0) {
    return context.fail("bad-attribute", "the sign of k = " + k->text() + " is not known", "k",
                        "a dim is never negative; an integer input may be");
  }
  if (!check_topk(context)) return false;
  if (with_values) context.output(context.type(0).dtype, topk_shape(context));
  const DType dtype = attr_or<DType>(context.attributes, "idx_dtype", DType::int64);
  if (is_float(dtype) || dtype == DType::boolean) {
    return context.fail("bad-dtype", "idx_dtype must be an integer dtype", "idx_dtype");
  }
  if (with_positions) context.output(dtype, topk_shape(context));
  return true;
}

template <bool with_values, bool with_positions>
std::optional<Variables> expand_topk(Builder& builder, const Variables& inputs,
                                     const Attributes& attributes) {
  const DimExpr k = *find_attr<DimExpr>(attributes, "k");
  const auto both = [&](const std::function<VariableId(VariableId)>& f) {
    const auto moved = along_last_axis(builder, inputs[0], attributes, f);
    return moved ? moved->at(0) : f(inputs[0]);
  };
  Variables outputs;
  if (with_values) {
    outputs.push_back(both(
        [&](VariableId x) { return take_along_last(builder, x, top_positions(builder, x, k)); }));
  }
  if (with_positions) {
    const DType dtype = attr_or<DType>(attributes, "idx_dtype", DType::int64);
    outputs.push_back(
        builder.cast(both([&](VariableId x) { return top_positions(builder, x, k); }), dtype));
  }
  return outputs;
}

template <bool with_values, bool with_positions>
OpDef topk(std::string_view name, std::string_view doc, std::string_view example) {
  OpDef op;
  op.name = name;
  op.theano = "TopKOp";
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = sorted_axis_attributes();
  op.attributes.insert(op.attributes.begin(),
                       {"k", AttrKind::dim, true, "above 0: the largest; below 0: the smallest"});
  if (with_positions) {
    op.attributes.push_back({"idx_dtype", AttrKind::dtype, false, "default int64"});
  }
  op.infer = infer_topk<with_values, with_positions>;
  op.expand = expand_topk<with_values, with_positions>;
  op.examples = {{example, R"({"x": {"dtype": "float64", "shape": [4, 5]}})"}};
  return op;
}

// ---- unique

bool infer_unique(InferContext& context) {
  const DimExpr count = context.measured_size();
  context.output(context.type(0).dtype, {count});
  const auto want = [&](const char* name, const DimExpr& size) {
    if (attr_or<bool>(context.attributes, name, false)) context.output(DType::int64, {size});
  };
  want("return_index", count);
  want("return_inverse", element_count(context.type(0).shape));
  want("return_counts", count);
  return true;
}

// Sorted; where an element differs from the one before it a value begins.
std::optional<Variables> expand_unique(Builder& builder, const Variables& inputs,
                                       const Attributes& attributes) {
  const VariableId x = builder.call("flatten", {inputs[0]});
  const DimExpr length = builder.graph().type(x).shape[0];
  const VariableId order = argsort_last(builder, x);
  const Node sorted(builder, builder.call("advanced_subtensor1", {x, order}));
  const auto part = [&](const Node& of, std::optional<DimExpr> start, std::optional<DimExpr> stop) {
    const std::vector<IndexEntry> index{slice(std::move(start), std::move(stop))};
    return of.call("subtensor", {}, {{"index", index}});
  };
  const Node first =
      Node(builder, builder.alloc(builder.scalar(DType::boolean, 1), {DimExpr::min(length, 1)}));
  const Node differs = part(sorted, DimExpr(1), std::nullopt)
                           .call("neq", {part(sorted, std::nullopt, DimExpr::max(length - 1, 0))});
  const Node begins = first.call("join", {differs}, {{"axis", int64_t{0}}});
  const std::string size = *find_attr<std::string>(attributes, "size");
  const Node at = begins.call("nonzero", {}, {{"size", size}});
  Variables outputs{sorted.call("advanced_subtensor1", {at}).id()};
  if (attr_or<bool>(attributes, "return_index", false)) {
    outputs.push_back(builder.call("advanced_subtensor1", {order, at.id()}));
  }
  if (attr_or<bool>(attributes, "return_inverse", false)) {
    const Node number = begins.cast(DType::int64).call("cumsum", {}, {{"axis", int64_t{0}}}) - 1;
    const VariableId zeros = builder.alloc(builder.scalar(DType::int64, 0), {length});
    outputs.push_back(builder.call("advanced_set_subtensor1", {zeros, number.id(), order}));
  }
  if (attr_or<bool>(attributes, "return_counts", false)) {
    const VariableId end = builder.call("dim", {}, {{"value", length}});
    const Node ends =
        part(at, DimExpr(1), std::nullopt)
            .call("join",
                  {Node(builder, builder.call("reshape", {end}, {{"shape", Shape{DimExpr(1)}}}))},
                  {{"axis", int64_t{0}}});
    const DimExpr count = DimExpr::symbol(size, SymbolKind::measured);
    outputs.push_back((part(ends, std::nullopt, count) - at).id());
  }
  return outputs;
}

OpDef unique_op() {
  OpDef op;
  op.name = "unique";
  op.theano = "Unique";
  op.doc =
      "The different elements of x, sorted, and on request where each was found first, which "
      "of them each element is, and how often each occurs.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {
      {"return_index", AttrKind::boolean, false, "also: where each is in the flattened x"},
      {"return_inverse", AttrKind::boolean, false,
       "also: for each element of x its value's number"},
      {"return_counts", AttrKind::boolean, false, "also: how often each occurs"},
      {"size", AttrKind::text, false,
       "a name for how many there are, which dims of later nodes may use"}};
  op.infer = infer_unique;
  op.expand = expand_unique;
  op.measures = always_measures;
  op.examples = {
      {R"({"op": "unique", "inputs": ["x"]})",
       R"({"x": {"dtype": "int64", "shape": [2, 3], "value": [[3, 1, 3], [2, 1, 1]]}})"},
      {R"({"op": "unique", "inputs": ["x"], "return_index": true, "return_inverse": true,
           "return_counts": true, "outputs": ["values", "index", "inverse", "counts"]})",
       R"({"x": {"dtype": "int16", "shape": [5], "value": [2, -1, 2, 0, -1]}})"},
      {R"({"op": "unique", "inputs": ["x"], "return_index": true, "outputs": ["values", "index"]})",
       R"({"x": {"dtype": "float64", "shape": [4], "value": [2.5, -1, 0.5, 0]}})"}};
  return op;
}

}  // namespace

std::vector<OpDef> sort_ops() {
  OpDef sort;
  sort.name = "sort";
  sort.theano = "SortOp";
  sort.doc = "x sorted along an axis, the smallest first, NaNs last.";
  sort.min_inputs = sort.max_inputs = 1;
  sort.attributes = sorted_axis_attributes();
  sort.infer = infer_sort;
  sort.expand = expand_sort;
  sort.examples = {
      {R"({"op": "sort", "inputs": ["x"]})", R"({"x": {"dtype": "float64", "shape": [3, 5]}})"},
      {R"({"op": "sort", "inputs": ["x"], "axis": 0})",
       R"({"x": {"dtype": "float64", "shape": [4, 2, 3]}})"},
      {R"({"op": "sort", "inputs": ["x"], "flat": true})",
       R"({"x": {"dtype": "float64", "shape": [2, 3]}})"}};
  return {std::move(sort),
          topk<true, false>("topk", "The k largest elements along an axis, the largest first.",
                            R"({"op": "topk", "inputs": ["x"], "k": 3})"),
          topk<false, true>("argtopk", "Where the k largest elements along an axis are.",
                            R"({"op": "argtopk", "inputs": ["x"], "k": -2, "axis": 0})"),
          topk<true, true>("topk_and_argtopk",
                           "The k largest elements along an axis, and where they are.",
                           R"({"op": "topk_and_argtopk", "inputs": ["x"], "k": 2,
                               "idx_dtype": "int32", "outputs": ["values", "positions"]})"),
          unique_op()};
}

}  // namespace tgc
