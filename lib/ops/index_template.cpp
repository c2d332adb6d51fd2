// SPDX-License-Identifier: Apache-2.0
// See index_template.h. Bounds follow Python's slice rules, written with min and max so that they
// hold for symbolic dims.
#include "ops/index_template.h"

#include <algorithm>

#include "support/check.h"

namespace tgc {
namespace {

// The ops whose name ends in 1 have no attribute: their last input indexes the first axis.
std::vector<IndexEntry> entries_of(const Attributes& attributes, size_t input_count) {
  const auto* entries = find_attr<std::vector<IndexEntry>>(attributes, "index");
  if (entries != nullptr) return *entries;
  IndexEntry last;
  last.kind = IndexEntry::Kind::input;
  last.input = static_cast<int>(input_count) - 1;
  return {last};
}

// v counted from the front: v + dim where v is negative. `exact` is the largest c for which
// v = dim - c may stay as it is, because the caller's clamping gives the same.
DimExpr from_front(const DimExpr& v, const DimExpr& dim, int64_t exact) {
  if (v.lower_bound().value_or(-1) >= 0) return v;
  if (v.upper_bound().value_or(0) < 0) return v + dim;
  const auto below = (dim - v).constant();
  if (below && *below >= 0 && *below <= exact) return v;
  const DimExpr is_negative = DimExpr::min(1, DimExpr::max(0, DimExpr(0) - v));
  return v + dim * is_negative;
}

struct SliceBounds {
  DimExpr start;
  DimExpr length;
};

SliceBounds forward_slice(const IndexEntry& entry, const DimExpr& dim) {
  const DimExpr start =
      entry.start ? DimExpr::max(0, from_front(*entry.start, dim, 2)) : DimExpr(0);
  if (!entry.stop && entry.start && entry.start->upper_bound().value_or(0) < 0) {
    // the last k: dim - max(0, dim - k) in its simplest form
    return {start, DimExpr::ceil_div(DimExpr::min(dim, DimExpr(0) - *entry.start), entry.step)};
  }
  const DimExpr stop = entry.stop ? DimExpr::min(dim, from_front(*entry.stop, dim, 2)) : dim;
  return {start, DimExpr::max(0, DimExpr::ceil_div(stop - start, entry.step))};
}

SliceBounds backward_slice(const IndexEntry& entry, const DimExpr& dim) {
  const DimExpr start =
      entry.start ? DimExpr::min(dim - 1, from_front(*entry.start, dim, 1)) : dim - 1;
  const DimExpr stop = entry.stop ? DimExpr::max(-1, from_front(*entry.stop, dim, 1)) : DimExpr(-1);
  return {start, DimExpr::max(0, DimExpr::ceil_div(start - stop, -entry.step))};
}

// Adds axes to the selection as NumPy orders them.
IndexTemplate make_template(const Shape& source, const std::vector<IndexEntry>& entries,
                            bool has_vectors, Shape vector_shape) {
  IndexTemplate result;
  result.vector_shape = std::move(vector_shape);
  bool vectors_placed = !has_vectors;
  bool left_vectors = false;  // a slice came after an advanced entry
  bool in_front = false;
  for (size_t i = 0; i < source.size(); ++i) {
    const IndexEntry entry = i < entries.size() ? entries[i] : IndexEntry{};
    IndexedAxis axis;
    if (entry.kind == IndexEntry::Kind::slice) {
      const SliceBounds bounds =
          entry.step > 0 ? forward_slice(entry, source[i]) : backward_slice(entry, source[i]);
      axis.start = bounds.start;
      axis.step = entry.step;
      axis.out_axis = result.shape.size();
      result.shape.push_back(bounds.length);
      left_vectors = vectors_placed && has_vectors;
    } else {
      const bool is_fixed = entry.kind == IndexEntry::Kind::index;
      axis.kind = is_fixed ? IndexedAxis::Kind::fixed : IndexedAxis::Kind::input;
      if (is_fixed) axis.start = from_front(*entry.start, source[i], 1);
      axis.input = entry.input;
      if (has_vectors && left_vectors) in_front = true;
      if (!vectors_placed) result.vector_axis = result.shape.size();
      vectors_placed = true;
    }
    result.axes.push_back(std::move(axis));
  }
  if (in_front) result.vector_axis = 0;
  const size_t count = result.vector_shape.size();
  for (IndexedAxis& axis : result.axes) {
    if (axis.out_axis >= result.vector_axis) axis.out_axis += count;
  }
  result.shape.insert(result.shape.begin() + static_cast<std::ptrdiff_t>(result.vector_axis),
                      result.vector_shape.begin(), result.vector_shape.end());
  return result;
}

// An index input whose value is known becomes a plain position.
bool check_entry_input(InferContext& context, const IndexRules& rules, IndexEntry& entry,
                       const std::string& part) {
  if (entry.input < static_cast<int>(rules.first_index_input) ||
      entry.input >= static_cast<int>(context.inputs.size())) {
    return context.fail(
        "bad-attribute",
        "index names input " + std::to_string(entry.input) + ", which is not an index of this node",
        part);
  }
  const auto input = static_cast<size_t>(entry.input);
  const TensorType& type = context.type(input);
  if (type.dtype == DType::boolean || is_float(type.dtype)) {
    return context.fail("bad-dtype",
                        "an index must be an integer, but " + context.name(input) + " is " +
                            std::string(dtype_name(type.dtype)),
                        part);
  }
  if (type.rank() > 0 && !rules.accepts_vectors) {
    return context.fail("bad-rank",
                        context.name(input) + " is not a scalar; this op takes scalar indices only",
                        part, "use the op whose name begins with advanced_");
  }
  if (type.rank() == 0 && context.inputs[input]->value) {
    entry.kind = IndexEntry::Kind::index;
    entry.start = context.inputs[input]->value->front();
    entry.input = -1;
  }
  return true;
}

}  // namespace

bool check_position(InferContext& context, const DimExpr& index, const DimExpr& dim, size_t axis,
                    const std::string& part) {
  const DimExpr position = from_front(index, dim, 1);
  const DimExpr not_negative = DimExpr::max(position, 0);
  const DimExpr below_end = DimExpr::min(position, dim - 1);
  const std::string message = "index " + index.text() + " is out of bounds for axis " +
                              std::to_string(axis) + " with size " + dim.text();
  const bool never = (not_negative - position).lower_bound().value_or(0) > 0 ||
                     (position - below_end).lower_bound().value_or(0) > 0;
  if (never) return context.fail("index-out-of-bounds", message, part);
  return context.require_equal(not_negative, position, message, part) &&
         context.require_equal(below_end, position, message, part);
}

std::optional<IndexTemplate> check_index(InferContext& context, const IndexRules& rules) {
  auto entries = entries_of(context.attributes, context.inputs.size());
  const Shape& source = context.type(0).shape;
  if (entries.size() > source.size()) {
    context.fail("bad-rank",
                 "too many indices: " + std::to_string(entries.size()) + " for " + context.name(0) +
                     " with " + std::to_string(source.size()) + " dimensions",
                 "index");
    return std::nullopt;
  }
  std::vector<size_t> vectors;
  for (size_t i = 0; i < entries.size(); ++i) {
    IndexEntry& entry = entries[i];
    const std::string part = "index/" + std::to_string(i);
    if (entry.kind == IndexEntry::Kind::slice && entry.step == 0) {
      context.fail("bad-attribute", "a slice step cannot be 0", part);
      return std::nullopt;
    }
    if (entry.kind == IndexEntry::Kind::input && !check_entry_input(context, rules, entry, part)) {
      return std::nullopt;
    }
    if (entry.kind == IndexEntry::Kind::index &&
        !check_position(context, *entry.start, source[i], i, part)) {
      return std::nullopt;
    }
    if (entry.kind == IndexEntry::Kind::input) {
      vectors.push_back(static_cast<size_t>(entry.input));
    }
  }
  const auto vector_shape = context.broadcast(vectors);
  if (!vector_shape) return std::nullopt;
  const bool has_vectors = !vector_shape->empty();
  if (context.attributes.contains("index")) context.attributes["index"] = entries;
  return make_template(source, entries, has_vectors, *vector_shape);
}

IndexTemplate index_template(const Graph& graph, const Apply& apply) {
  const auto entries = entries_of(apply.attributes, apply.inputs.size());
  std::vector<const Shape*> shapes;
  size_t rank = 0;
  for (const IndexEntry& entry : entries) {
    if (entry.kind != IndexEntry::Kind::input) continue;
    shapes.push_back(&graph.type(apply.inputs.at(static_cast<size_t>(entry.input))).shape);
    rank = std::max(rank, shapes.back()->size());
  }
  Shape vector_shape(rank, DimExpr(1));
  for (const Shape* shape : shapes) {
    const size_t lead = rank - shape->size();
    for (size_t i = 0; i < shape->size(); ++i) {
      if (!(*shape)[i].is(1) && !vector_shape[lead + i].is_constant()) continue;
      if (!(*shape)[i].is(1)) vector_shape[lead + i] = (*shape)[i];
    }
  }
  return make_template(graph.type(apply.inputs.at(0)).shape, entries, rank > 0,
                       std::move(vector_shape));
}

IndexEntry slice(std::optional<DimExpr> start, std::optional<DimExpr> stop, int64_t step) {
  IndexEntry entry;
  entry.start = std::move(start);
  entry.stop = std::move(stop);
  entry.step = step;
  return entry;
}

std::vector<IndexEntry> index_with_inputs_moved(const Apply& apply, int offset) {
  auto entries = entries_of(apply.attributes, apply.inputs.size());
  for (IndexEntry& entry : entries) {
    if (entry.kind == IndexEntry::Kind::input) entry.input += offset;
  }
  return entries;
}

Selection::Selection(const EvalContext& context, const std::vector<int64_t>& dims)
    : context_(context),
      template_(index_template(context.graph, context.apply)),
      source_dims_(dims),
      strides_(contiguous_strides(dims)) {
  for (const DimExpr& dim : template_.shape) dims_.push_back(context.dim(dim));
}

int64_t Selection::index_of(const IndexedAxis& axis, const std::vector<int64_t>& selected) const {
  switch (axis.kind) {
    case IndexedAxis::Kind::slice:
      return context_.dim(axis.start) + axis.step * selected[axis.out_axis];
    case IndexedAxis::Kind::fixed:
      return context_.dim(axis.start);
    case IndexedAxis::Kind::input:
      break;
  }
  const Tensor& positions = *context_.inputs[static_cast<size_t>(axis.input)];
  const auto strides = contiguous_strides(positions.dims());
  const size_t lead = template_.vector_shape.size() - strides.size();
  int64_t at = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    if (positions.dims()[i] != 1) {
      at += strides[i] * selected[template_.vector_axis + lead + i];
    }
  }
  return positions.get_int(at);
}

std::optional<int64_t> Selection::position(const std::vector<int64_t>& selected) {
  int64_t at = 0;
  for (size_t i = 0; i < template_.axes.size(); ++i) {
    const int64_t index = index_of(template_.axes[i], selected);
    const bool counts_back = template_.axes[i].kind == IndexedAxis::Kind::input && index < 0;
    const int64_t wrapped = counts_back ? index + source_dims_[i] : index;
    if (wrapped < 0 || wrapped >= source_dims_[i]) {
      failure_ = "index " + std::to_string(index) + " is out of bounds for axis " +
                 std::to_string(i) + " with size " + std::to_string(source_dims_[i]);
      return std::nullopt;
    }
    at += wrapped * strides_[i];
  }
  return at;
}

SelectedElement select_element(const LowerContext& context, KernelBuilder& kernel, Body& body,
                               const IndexTemplate& index, const std::vector<IndexExpr>& selected) {
  SelectedElement element;
  const auto let = [&](const ExprRef& value) {
    const LocalId local = kernel.local(value->dtype);
    body.push_back({Let{local, value}});
    return kernel.use(local);
  };
  const auto first = selected.begin() + static_cast<std::ptrdiff_t>(index.vector_axis);
  const std::vector<IndexExpr> vector_index(
      first, first + static_cast<std::ptrdiff_t>(index.vector_shape.size()));
  for (size_t i = 0; i < index.axes.size(); ++i) {
    const IndexedAxis& axis = index.axes[i];
    if (axis.kind != IndexedAxis::Kind::input) {
      IndexExpr position(axis.start);
      if (axis.kind == IndexedAxis::Kind::slice) {
        position = position + selected[axis.out_axis] * DimExpr(axis.step);
      }
      element.indices.push_back(position);
      continue;
    }
    const ExprRef dim = dim_value(context.inputs[0].shape[i]);
    const ExprRef zero = integer_constant(DType::int64, 0);
    const ExprRef given =
        let(cast(kernel.load_broadcast(input_ref(axis.input), vector_index), DType::int64));
    const ExprRef wrapped =
        let(call(ScalarOp::switch_,
                 {call(ScalarOp::lt, {given, zero}), call(ScalarOp::add, {given, dim}), given}));
    const ExprRef ok = let(call(
        ScalarOp::and_, {call(ScalarOp::ge, {wrapped, zero}), call(ScalarOp::lt, {wrapped, dim})}));
    body.push_back({Check{ok, kFailIndex, given}});
    element.ok = element.ok ? call(ScalarOp::and_, {element.ok, ok}) : ok;
    element.indices.push_back(IndexExpr::of(wrapped));
  }
  return element;
}

}  // namespace tgc
