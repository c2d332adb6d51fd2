// SPDX-License-Identifier: Apache-2.0
// diagonal: the elements of two axes whose indices differ by `offset`, as the last axis of the
// result; a view.
#include <algorithm>

#include "ops/composition.h"
#include "ops/index_template.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

struct Places {
  int64_t offset = 0;
  size_t rows = 0;     // the axis of the rows
  size_t columns = 0;  // and that of the columns
};

Places places_of(const Attributes& attributes) {
  const auto integer = [&](std::string_view name) { return *find_attr<int64_t>(attributes, name); };
  return {integer("offset"), static_cast<size_t>(integer("axis1")),
          static_cast<size_t>(integer("axis2"))};
}

bool infer(InferContext& context) {
  const int64_t rank = context.type(0).rank();
  if (!require_rank_at_least(context, 0, 2)) return false;
  context.attributes.try_emplace("offset", int64_t{0});
  if (!normalize_axis(context, "axis1", rank, 0) || !normalize_axis(context, "axis2", rank, 1)) {
    return false;
  }
  const Places places = places_of(context.attributes);
  if (places.rows == places.columns) {
    return context.fail("bad-attribute", "axis1 and axis2 are the same axis", "axis2");
  }
  const Shape whole = context.type(0).shape;
  Shape shape;
  for (size_t axis = 0; axis < whole.size(); ++axis) {
    if (axis != places.rows && axis != places.columns) shape.push_back(whole[axis]);
  }
  const DimExpr below = whole[places.rows] + std::min<int64_t>(places.offset, 0);
  const DimExpr right = whole[places.columns] - std::max<int64_t>(places.offset, 0);
  shape.push_back(DimExpr::max(DimExpr::min(below, right), 0));
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

// Offset and strides of the view for the whole's strides.
template <class T>
T strided_view(const Places& places, const std::vector<T>& whole, std::vector<T>& strides) {
  for (size_t axis = 0; axis < whole.size(); ++axis) {
    if (axis != places.rows && axis != places.columns) strides.push_back(whole[axis]);
  }
  strides.push_back(whole[places.rows] + whole[places.columns]);
  const T start = whole[places.rows] * T(std::max<int64_t>(-places.offset, 0));
  return start + whole[places.columns] * T(std::max<int64_t>(places.offset, 0));
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  Tensor& result = context.make_output(0);
  if (result.size() == 0) return;
  std::vector<int64_t> strides;
  const int64_t offset =
      strided_view(places_of(context.apply.attributes), contiguous_strides(x.dims()), strides);
  copy_from_strided(x, offset, strides, result);
}

// An empty diagonal of a symbolic length begins nowhere outside of x: nobody reads it then.
void lower(LowerContext& context) {
  const OperandLayout x = context.inputs[0];
  std::vector<DimExpr> strides;
  const DimExpr offset = strided_view(places_of(context.apply.attributes), x.strides, strides);
  lower_to_view(context, 0, 0, x.offset + offset, strides);
}

// Zeros with g on the diagonal.
void grad(GradContext& context) {
  if (!context.wanted[0]) return;
  Builder& builder = context.builder;
  const Places places = places_of(context.attributes());
  const Node x(builder, context.input(0));
  Node g(builder, *context.output_grads[0]);
  const int64_t last = g.type().rank() - 1;
  const Attributes no_attributes;
  const Given given{builder, {}, no_attributes};
  const Node along = given.range(g.type().shape.back());
  const Node row = along + given.size(std::max<int64_t>(-places.offset, 0));
  const Node column = along + given.size(std::max<int64_t>(places.offset, 0));
  std::vector<IndexEntry> index(x.type().shape.size());
  const size_t positions[] = {places.rows, places.columns};
  for (size_t i = 0; i < 2; ++i) {
    index[positions[i]].kind = IndexEntry::Kind::input;
    index[positions[i]].input = static_cast<int>(2 + i);
  }
  // the vectors' axis stands where the first of them stood, or in front when they are apart
  const auto [first, second] = std::minmax(places.rows, places.columns);
  const int64_t place = first + 1 == second ? static_cast<int64_t>(first) : 0;
  if (place != last) {
    g = g.call(
        "moveaxis", {},
        {{"source", std::vector<int64_t>{last}}, {"destination", std::vector<int64_t>{place}}});
  }
  const Node zeros(builder, builder.zeros_like(x.id()));
  context.input_grads[0] =
      zeros.call("advanced_set_subtensor", {g, row, column}, {{"index", index}}).id();
}

}  // namespace

OpDef diagonal_op() {
  OpDef op;
  op.name = "diagonal";
  op.theano = "ExtractDiag";
  op.doc = "A diagonal of the matrices that two axes make, as the last axis of the result.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"offset", AttrKind::integer, false, "negative below the main one (0)"},
                   {"axis1", AttrKind::integer, false, "the axis of the rows (0)"},
                   {"axis2", AttrKind::integer, false, "the axis of the columns (1)"}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.aliases = {"extract_diag"};
  op.examples = {
      {R"({"op": "diagonal", "inputs": ["x"]})", R"({"x": {"dtype": "float32", "shape": [3, 4]}})"},
      {R"({"op": "diagonal", "inputs": ["x"], "offset": -1})",
       R"({"x": {"dtype": "float32", "shape": [3, 4]}})"},
      {R"({"op": "diagonal", "inputs": ["x"], "offset": 1, "axis1": 2, "axis2": 0})",
       R"({"x": {"dtype": "float64", "shape": [3, 2, 4]}})"},
      {R"({"op": "diagonal", "inputs": ["x"], "offset": 5, "axis1": 1, "axis2": 2})",
       R"({"x": {"dtype": "float32", "shape": [2, 3, 4]}})"}};
  return op;
}

}  // namespace tgc
