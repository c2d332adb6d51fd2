// SPDX-License-Identifier: Apache-2.0
// See reduction.h.
#include "ops/reduction.h"

#include <algorithm>
#include <cmath>

#include "kernel/scalar_value.h"
#include "ops/elementwise.h"
#include "support/check.h"

namespace tgc {
namespace {

bool contains(const std::vector<int64_t>& axes, int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

// Carries a reduction over elements in row-major order.
class Accumulator {
 public:
  Accumulator(ReduceKind kind, DType carry) : kind_(kind), value_(start(kind, carry)) {}

  void add(const ScalarValue& element) {
    const ScalarValue next = cast(element, value_.dtype);
    switch (kind_) {
      case ReduceKind::sum:
        combine(ScalarOp::add, next);
        break;
      case ReduceKind::prod:
        combine(ScalarOp::mul, next);
        break;
      case ReduceKind::any:
        combine(ScalarOp::or_, next);
        break;
      case ReduceKind::all:
        combine(ScalarOp::and_, next);
        break;
      case ReduceKind::max:
      case ReduceKind::min:
      case ReduceKind::argmax:
      case ReduceKind::argmin:
        extreme(next);
        break;
    }
    ++count_;
  }
  [[nodiscard]] ScalarValue result() const {
    const bool is_position = kind_ == ReduceKind::argmax || kind_ == ReduceKind::argmin;
    return is_position ? scalar_value_int(DType::int64, position_) : value_;
  }

 private:
  static ScalarValue start(ReduceKind kind, DType carry) {
    const bool is_one = kind == ReduceKind::prod || kind == ReduceKind::all;
    return scalar_value(carry, is_one ? 1 : 0);
  }
  void combine(ScalarOp op, const ScalarValue& next) {
    value_ = evaluate(op, {value_, next}, value_.dtype);
  }
  void extreme(const ScalarValue& next) {
    const bool largest = kind_ == ReduceKind::max || kind_ == ReduceKind::argmax;
    const bool is_set = count_ > 0 && is_float(value_.dtype) && std::isnan(value_.real);
    const bool is_nan = is_float(next.dtype) && std::isnan(next.real);
    const ScalarOp better = largest ? ScalarOp::gt : ScalarOp::lt;
    if (count_ == 0 ||
        (!is_set && (is_nan || evaluate(better, {next, value_}, DType::boolean).is_true()))) {
      value_ = next;
      position_ = count_;
    }
  }

  ReduceKind kind_;
  ScalarValue value_;
  int64_t position_ = 0;
  int64_t count_ = 0;
};

// Calls f(offset) for every index over the given axes, row-major; offsets are Σ index·stride.
template <class F>
void for_each_offset(const std::vector<int64_t>& dims, const std::vector<int64_t>& strides,
                     const std::vector<int64_t>& axes, const F& f) {
  int64_t count = 1;
  for (const int64_t axis : axes) count *= dims[static_cast<size_t>(axis)];
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    int64_t offset = 0;
    for (size_t k = axes.size(); k-- > 0;) {
      const auto axis = static_cast<size_t>(axes[k]);
      offset += rest % dims[axis] * strides[axis];
      rest /= dims[axis];
    }
    f(offset);
  }
}

// One value of a whole array is one task, unless it is cut into parts of this many elements.
constexpr int64_t kPart = 16384;

ScalarOp combiner(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::sum:
      return ScalarOp::add;
    case ReduceKind::prod:
      return ScalarOp::mul;
    case ReduceKind::all:
      return ScalarOp::and_;
    default:
      return ScalarOp::or_;
  }
}

bool goes_in_parts(const LowerContext& context, ReduceKind kind) {
  const OperandLayout& input = context.inputs.at(0);
  const bool is_whole =
      reduced_axes(context.apply.attributes).size() == input.shape.size() && !input.shape.empty();
  const bool is_simple = kind == ReduceKind::sum || kind == ReduceKind::prod ||
                         kind == ReduceKind::all || kind == ReduceKind::any;
  const auto count = element_count(input.shape).constant();
  return is_whole && is_simple && !input.literal && (!count || *count >= 2 * kPart) &&
         input.strides == contiguous_strides(input.shape);
}

// Whole parts in parallel; then the parts' values and the elements left over, in order.
void lower_in_parts(LowerContext& context, ReduceKind kind, DType carry) {
  OperandLayout& input = context.inputs.at(0);
  const DimExpr count = element_count(input.shape);
  const DimExpr parts = DimExpr::floor_div(count, kPart);
  input.shape = {count};
  input.strides = {1};
  const DType dtype = compute_dtype(carry);
  const OperandRef partial = context.temporary(dtype, {parts});
  KernelBuilder first = context.kernel();
  const IndexExpr part = first.outer(parts);
  const Loop inside = first.loop(kPart);
  const ExprRef element = first.load(input_ref(0), {part * kPart + IndexExpr(inside.index)});
  const ExprRef of_part = first.reduce(kind, {inside}, cast(element, dtype));
  first.append(first.store(partial, {part}, of_part));
  context.add(first.finish());

  KernelBuilder second = context.kernel();
  const Loop over_parts = second.loop(parts);
  const ExprRef whole =
      second.reduce(kind, {over_parts}, second.load(partial, {IndexExpr(over_parts.index)}));
  const Loop rest = second.loop(DimExpr::mod(count, kPart));
  const ExprRef last =
      second.load(input_ref(0), {IndexExpr(rest.index) + IndexExpr(parts * kPart)});
  const ExprRef left_over = second.reduce(kind, {rest}, cast(last, dtype));
  second.append(second.store(output_ref(0), {}, call(combiner(kind), {whole, left_over})));
  context.add(second.finish());
}

}  // namespace

std::vector<AttrDef> reduction_attributes() {
  return {{"axis", AttrKind::integers, false, "the axis or axes to reduce; all when absent"},
          {"keepdims", AttrKind::boolean, false, "keep the reduced axes with length 1 (false)"}};
}

bool infer_reduction(InferContext& context, DType dtype) {
  const Shape& shape = context.type(0).shape;
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", *axes);
  const bool keepdims = attr_or(context.attributes, "keepdims", false);
  if (!keepdims) context.attributes.erase("keepdims");
  Shape result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!contains(*axes, static_cast<int64_t>(axis))) {
      result.push_back(shape[axis]);
    } else if (keepdims) {
      result.emplace_back(1);
    }
  }
  context.output(dtype, std::move(result));
  return true;
}

bool check_accumulator(InferContext& context, DType carry) {
  const DType input = context.type(0).dtype;
  if (promote(input, carry) == carry || (is_float(carry) && is_discrete(input))) return true;
  return context.fail("bad-attribute",
                      "acc_dtype " + std::string(dtype_name(carry)) + " loses precision of " +
                          std::string(dtype_name(input)) + " (" + context.name(0) + ")",
                      "acc_dtype", "leave acc_dtype out, or cast the input first");
}

void take_no_axes_as_all(Attributes& attributes) {
  const auto found = attributes.find("axis");
  if (found == attributes.end()) return;
  const auto* list = std::get_if<std::vector<int64_t>>(&found->second);
  if (list != nullptr && list->empty()) attributes.erase(found);
}

bool require_elements(InferContext& context) {
  for (const int64_t axis : reduced_axes(context.attributes)) {
    const DimExpr& dim = context.type(0).shape[static_cast<size_t>(axis)];
    if (dim.lower_bound().value_or(0) >= 1) continue;
    const std::string message =
        "axis " + std::to_string(axis) + " of " + context.name(0) + " has no elements";
    if (!context.require_equal(DimExpr::max(dim, 1), dim, message, "inputs/0")) return false;
  }
  return true;
}

std::optional<std::vector<VariableId>> expand_keepdims(Builder& builder, std::string_view op,
                                                       const std::vector<VariableId>& inputs,
                                                       const Attributes& attributes) {
  if (!attr_or(attributes, "keepdims", false)) return std::nullopt;
  Attributes plain = attributes;
  plain.erase("keepdims");
  const Node x(builder, inputs[0]);
  return {{keep_axes(x.call(op, {}, plain), x, plain).id()}};
}

std::vector<int64_t> reduced_axes(const Attributes& attributes) {
  const auto* axes = find_attr<std::vector<int64_t>>(attributes, "axis");
  TGC_CHECK(axes != nullptr, "a reduction without its axes");
  return *axes;
}

Node keep_axes(const Node& reduced, const Node& wide, const Attributes& attributes) {
  const auto axes = reduced_axes(attributes);
  if (axes.empty()) return reduced;
  std::vector<int64_t> order;
  int64_t kept = 0;
  for (int64_t axis = 0; axis < wide.type().rank(); ++axis) {
    order.push_back(contains(axes, axis) ? -1 : kept++);
  }
  return reduced.call("dimshuffle", {}, {{"order", order}});
}

void eval_reduction(EvalContext& context, ReduceKind kind, DType carry) {
  const Tensor& x = *context.inputs[0];
  const auto axes = reduced_axes(context.apply.attributes);
  const auto strides = contiguous_strides(x.dims());
  std::vector<int64_t> kept;
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (!contains(axes, axis)) kept.push_back(axis);
  }
  Tensor& output = context.make_output(0);
  int64_t position = 0;
  for_each_offset(x.dims(), strides, kept, [&](int64_t base) {
    Accumulator sum(kind, carry);
    for_each_offset(x.dims(), strides, axes,
                    [&](int64_t offset) { sum.add(element(x, base + offset)); });
    set_element(output, position++, sum.result());
  });
}

void lower_reduction(LowerContext& context, ReduceKind kind, DType carry) {
  const auto axes = reduced_axes(context.apply.attributes);
  if (goes_in_parts(context, kind)) return lower_in_parts(context, kind, carry);
  KernelBuilder builder = context.kernel();
  const Shape& shape = context.inputs.at(0).shape;
  std::vector<IndexExpr> input_indices;
  std::vector<IndexExpr> output_indices;
  std::vector<Loop> loops;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (contains(axes, static_cast<int64_t>(axis))) {
      loops.push_back(builder.loop(shape[axis]));
      input_indices.emplace_back(loops.back().index);
    } else {
      output_indices.push_back(builder.outer(shape[axis]));
      input_indices.push_back(output_indices.back());
    }
  }
  ExprRef value = cast(builder.load(input_ref(0), input_indices), compute_dtype(carry));
  const bool is_position = kind == ReduceKind::argmax || kind == ReduceKind::argmin;
  if (!loops.empty()) {
    value = builder.reduce(kind, std::move(loops), value);
  } else if (is_position) {
    value = integer_constant(DType::int64, 0);
  }
  builder.append(builder.store(output_ref(0), output_indices, value));
  context.add(builder.finish());
}

}  // namespace tgc
