// SPDX-License-Identifier: Apache-2.0
// See sparse.h.
#include "ops/sparse.h"

#include "ops/strided_copy.h"
#include "support/check.h"

namespace tgc {
namespace {

constexpr DType kIndex = DType::int32;  // of indices and indptr that ops make, as SciPy's

std::string part_of(size_t input) {
  return "inputs/" + std::to_string(input);
}

bool check_parts(InferContext& context, size_t indices, size_t indptr) {
  for (const size_t input : {indices, indptr}) {
    if (!require_rank(context, input, 1) || !require_integer(context, input)) return false;
  }
  return true;
}

}  // namespace

Node SparseMatrix::line() const {
  return csm_lines(indptr, count()).cast(DType::int64);
}

Node SparseMatrix::place() const {
  Builder& builder = indices.builder();
  const Node length(builder, builder.call("dim", {}, {{"value", across()}}));
  return indices.call("checked_index", {length});
}

Node SparseMatrix::key() const {
  Builder& builder = indices.builder();
  const Node length(builder, builder.call("dim", {}, {{"value", across()}}));
  return line() * length + place();
}

SparseMatrix SparseMatrix::with_data(const Node& values) const {
  SparseMatrix result = *this;
  result.data = values;
  return result;
}

SparseMatrix SparseMatrix::transposed() const {
  return {data, indices, indptr, !is_csr, columns, rows};
}

SparseMatrix sparse_matrix(const Given& given, size_t first, std::string_view shape,
                           std::string_view format) {
  const Shape& dims = given.get<Shape>(shape);
  return {given.x.at(first),
          given.x.at(first + 1),
          given.x.at(first + 2),
          given.get<std::string>(format) == "csr",
          dims.at(0),
          dims.at(1)};
}

bool check_pattern(InferContext& context, size_t first) {
  return check_parts(context, first, first + 1);
}

bool check_sparse(InferContext& context, size_t first, std::string_view shape,
                  std::string_view format) {
  context.attributes.try_emplace(std::string(format), std::string("csr"));
  if (!require_rank(context, first, 1) || !check_parts(context, first + 1, first + 2)) return false;
  const DimExpr& count = context.type(first).shape[0];
  const DimExpr& places = context.type(first + 1).shape[0];
  if (!context.require_equal(count, places,
                             context.name(first) + " has " + count.text() + " elements, but " +
                                 context.name(first + 1) + " has " + places.text(),
                             part_of(first + 1))) {
    return false;
  }
  const Shape dims = *find_attr<Shape>(context.attributes, shape);
  if (dims.size() != 2) {
    return context.fail(
        "bad-attribute",
        "a sparse matrix has 2 dims, " + std::string(shape) + " has " + std::to_string(dims.size()),
        shape);
  }
  const bool is_csr = *find_attr<std::string>(context.attributes, format) == "csr";
  const DimExpr& lines = dims[is_csr ? 0 : 1];
  const DimExpr length = context.type(first + 2).shape[0];
  return context.require_equal(length, lines + 1,
                               context.name(first + 2) + " has " + length.text() +
                                   " elements, but a matrix with " + lines.text() +
                                   (is_csr ? " rows" : " columns") + " needs one more than that",
                               part_of(first + 2));
}

bool fits(InferContext& context, size_t input, size_t axis, const DimExpr& wanted,
          const std::string& what) {
  const Shape& shape = context.type(input).shape;
  return context.require_equal(
      shape[axis], wanted,
      context.name(input) + " is " + shape_text(shape) + ", but " + what + " " + wanted.text(),
      "inputs/" + std::to_string(input));
}

const Shape& sparse_shape(const InferContext& context) {
  return *find_attr<Shape>(context.attributes, "shape");
}

bool check_sparse_shape(InferContext& context) {
  for (const DimExpr& dim : sparse_shape(context)) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  return true;
}

bool check_one_sparse(InferContext& context) {
  return check_sparse_shape(context) && check_sparse(context, 0);
}

Node elements_at(const Node& y, const Node& rows, const Node& columns) {
  std::vector<IndexEntry> index(2);
  for (size_t i = 0; i < 2; ++i) {
    index[i].kind = IndexEntry::Kind::input;
    index[i].input = static_cast<int>(i) + 1;
  }
  return y.call("advanced_subtensor", {rows, columns}, {{"index", index}});
}

Node csm_lines(const Node& indptr, const DimExpr& count) {
  return indptr.call("csm_lines", {}, {{"count", count}});
}

Node sparse_dot(const Given& given, const SparseMatrix& x, const Node& y) {
  const bool is_vector = y.type().rank() == 1;
  const Node matrix = is_vector ? with_new_axis(y, 1) : y;
  Node result = x.data;
  if (x.is_csr) {
    result = x.data.call("csr_dot", {x.indices, x.indptr, matrix});
  } else {
    result = x.data.call("coo_dot", {x.indices, csm_lines(x.indptr, x.count()), matrix},
                         {{"size", x.rows}});
  }
  static_cast<void>(given);
  return is_vector ? reshaped(result, {x.rows}) : result;
}

// Elements at one place are added.
Node dense_of(const Given& given, const SparseMatrix& x) {
  const Node at = x.row() * given.size(x.columns) + x.column();
  const Node first = allocated(given.number(DType::int64, 0), {x.count()});
  const Node one = allocated(x.data.number(1), {1, 1});
  const Node flat = x.data.call("coo_dot", {at, first, one}, {{"size", x.rows * x.columns}});
  return reshaped(flat, {x.rows, x.columns});
}

std::vector<Node> parts_of(const Given& given, const Node& data, const Node& keys,
                           const DimExpr& lines, const DimExpr& across) {
  const Node width = given.size(DimExpr::max(across, 1));
  const Node line = keys.call("int_div", {width});
  const Node begins = line.call("searchsorted", {given.range(lines + 1)});
  return {data, keys.call("mod", {width}).cast(kIndex), begins.cast(kIndex)};
}

KeyedSums sums_by_key(const Given& given, const Node& data, const Node& keys) {
  Builder& builder = given.builder;
  Diagnostics none;
  NodeSpec spec;
  spec.op = &builder.registry().get("unique");
  spec.inputs = {keys.id()};
  spec.attributes = {{"return_inverse", true}};
  spec.origin = builder.origin();
  const auto found = builder.add_node(std::move(spec), none);
  TGC_CHECK(found.has_value(), "unique of keys");
  const Node places(builder, found->at(0));
  const Node zeros = allocated(data.number(0), places.type().shape);
  return {zeros.call("advanced_inc_subtensor1", {data, {builder, found->at(1)}}), places};
}

std::vector<Node> summed_parts(const Given& given, const Node& data, const Node& keys,
                               const DimExpr& lines, const DimExpr& across,
                               const std::string& size) {
  const KeyedSums sums = sums_by_key(given, data, keys);
  const Node kept = sums.data.call("nonzero", {}, {{"size", size}});
  return parts_of(given, sums.data.call("advanced_subtensor1", {kept}),
                  sums.keys.call("advanced_subtensor1", {kept}), lines, across);
}

Node picked(const Node& x, const Node& at) {
  return x.call("advanced_subtensor1", {at});
}

Node order_of(const Node& keys) {
  return keys.call("argsort", {}, {{"axis", int64_t{0}}});
}

static Runs runs_of(const Given& given, const Node& starts, const Node& counts,
                    const Attributes& size) {
  const Node zero = allocated(given.number(DType::int64, 0), {1});
  const Node ends = joined({zero, counts.call("cumsum", {}, {{"axis", int64_t{0}}})}, 0);
  const Node total = reduced("sum", counts, {0}).call("measured_dim", {}, size);
  const DimExpr count = given.builder.graph().variable(total.id()).value->front();
  const Node owner = csm_lines(ends, count);
  const Node position = picked(starts, owner) + given.range(count) - picked(ends, owner);
  return {owner, position, ends};
}

Runs lines_at(const Given& given, const Node& indptr, const Node& lines, const Attributes& size) {
  const Node wide = indptr.cast(DType::int64);
  const Node starts = picked(wide, lines);
  return runs_of(given, starts, picked(wide, lines + 1) - starts, size);
}

AttrDef sparse_format_attribute() {
  return {"format", AttrKind::text, false, "csr or csc (csr)", {"csr", "csc"}};
}

AttrDef sparse_shape_attribute() {
  return {"shape", AttrKind::dims, true, "rows and columns of the sparse matrix"};
}

AttrDef sparse_size_attribute() {
  return {"size", AttrKind::text, false,
          "a name for how many elements the result stores, which dims of later nodes may use"};
}

}  // namespace tgc
