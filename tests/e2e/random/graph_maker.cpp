// SPDX-License-Identifier: Apache-2.0
// See graph_maker.h.
#include "e2e/random/graph_maker.h"

#include <algorithm>
#include <cmath>

#include "ops/op_list.h"

namespace tgc {
namespace {

// Sizes of the dims n, m and k in a call.
int64_t dim_size(Random& random) {
  const double draw = random.unit();
  if (draw < 0.03) return 0;
  if (draw < 0.13) return 1;
  if (draw < 0.93) return random.between(2, 9);
  return random.pick<int64_t>({16, 17, 33, 65, 130, 300});
}

// May an input have this dim? Integers and the names of dims are all that a file can declare.
bool is_declarable(const DimExpr& dim) {
  const std::string text = dim.text();
  return dim.is_constant() || std::find(kDims.begin(), kDims.end(), text) != kDims.end();
}

Tensor first_element(const Tensor& sequence) {
  std::vector<int64_t> dims(sequence.dims().begin() + 1, sequence.dims().end());
  Tensor result(sequence.dtype(), dims);
  if (sequence.size() > 0 && result.size() > 0) {
    std::memcpy(result.bytes(), sequence.bytes(), static_cast<size_t>(result.byte_size()));
  }
  return result;
}

std::vector<std::string> dim_texts(const Shape& shape) {
  std::vector<std::string> texts;
  for (const DimExpr& dim : shape) texts.push_back(dim.text());
  return texts;
}

}  // namespace

GraphMaker::GraphMaker(Sketch& sketch, Random& random, const MakerOptions& options)
    : sketch_(sketch),
      random_(random),
      options_(options),
      counter_(&own_counter_),
      builder_(graph_, op_registry()) {
  for (Bindings& bindings : bindings_) {
    for (const char* dim : kDims) bindings.set(dim, dim_size(random));
  }
  // The last call has the dims of the first again.
  for (const char* dim : kDims) bindings_.back().set(dim, *bindings_.front().find(dim));
  for (const char* dim : kDims) {
    const DType dtype = some_dtype();
    const Shape shape{DimExpr::symbol(dim)};
    std::array<Tensor, kCalls> values;
    SketchValue value;
    for (size_t call = 0; call < kCalls; ++call) {
      values[call] = random_tensor(dtype, dims_of(shape, call), {});
      value.values.push_back(values[call]);
    }
    value.name = new_name("x");
    value.dtype = dtype;
    value.shape = {dim};
    sketch_.values.push_back(value);
    const VariableId id = graph_.add_input({dtype, shape, {}}, value.name);
    remember(id, value.name, values);
    pool_.push_back(id);
  }
}

GraphMaker::GraphMaker(GraphMaker& outer)
    : sketch_(outer.sketch_),
      random_(outer.random_),
      options_(outer.options_),
      outer_(&outer),
      depth_(outer.depth_ + 1),
      counter_(outer.counter_),
      builder_(graph_, op_registry()),
      bindings_(outer.bindings_),
      is_failed_(outer.is_failed_) {}

std::string GraphMaker::new_name(const char* letter) {
  return (letter == std::string("v") ? "" : sketch_.function + "_") + letter +
         std::to_string((*counter_)++);
}

void GraphMaker::remember(VariableId id, const std::string& name,
                          const std::array<Tensor, kCalls>& values) {
  names_[id] = name;
  for (size_t call = 0; call < kCalls; ++call) {
    if (!is_failed_[call]) values_[call].insert_or_assign(id, values[call]);
  }
}

std::vector<int64_t> GraphMaker::dims_of(const Shape& shape, size_t call) const {
  std::vector<int64_t> dims;
  for (const DimExpr& dim : shape) dims.push_back(bindings_[call].get(dim));
  return dims;
}

VariableId GraphMaker::any() {
  if (focus_) return *focus_;
  if (pool_.empty()) return some_leaf();
  if (random_.chance(0.3)) return pool_.back();
  const auto size = static_cast<int64_t>(pool_.size());
  const int64_t back = std::min(random_.below(size), random_.below(size));
  return pool_[static_cast<size_t>(size - 1 - back)];
}

std::optional<VariableId> GraphMaker::find(const std::function<bool(const TensorType&)>& wanted) {
  std::vector<VariableId> found;
  for (const VariableId id : pool_) {
    if (wanted(type(id))) found.push_back(id);
  }
  if (found.empty()) return std::nullopt;
  return random_.pick(found);
}

DType GraphMaker::some_dtype() {
  const double draw = random_.unit();
  if (draw < 0.35) return DType::float32;
  if (draw < 0.60) return DType::float64;
  if (draw < 0.70) return DType::int64;
  if (draw < 0.78) return DType::int32;
  if (draw < 0.84) return DType::boolean;
  if (draw < 0.90) return DType::float16;
  return random_.pick(real_dtypes());
}

DimExpr GraphMaker::some_dim() {
  const double draw = random_.unit();
  if (draw < 0.45) return DimExpr::symbol(kDims[static_cast<size_t>(random_.below(3))]);
  if (draw < 0.60) return 1;
  if (draw < 0.62) return 0;
  if (draw < 0.66) return random_.pick<int64_t>({16, 33, 70, 300});
  return random_.between(2, 7);
}

int64_t GraphMaker::some_rank() {
  const double draw = random_.unit();
  return draw < 0.15 ? 0 : draw < 0.45 ? 1 : draw < 0.80 ? 2 : draw < 0.95 ? 3 : 4;
}

Shape GraphMaker::some_shape(int64_t rank) {
  for (int attempt = 0;; ++attempt) {
    Shape shape;
    for (int64_t i = 0; i < rank; ++i) shape.push_back(attempt < 9 ? some_dim() : DimExpr(2));
    if (fits_limits({{DType::float32, shape, {}}})) return shape;
  }
}

Tensor GraphMaker::random_tensor(DType dtype, const std::vector<int64_t>& dims,
                                 std::optional<Range> range) {
  Tensor tensor(dtype, dims);
  const double kind = random_.unit();
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (dtype == DType::boolean) {
      tensor.set_int(i, range && range->low >= range->high ? 0 : random_.below(2));
    } else if (is_float(dtype)) {
      const double steps[] = {-1, -0.5, 0, 0.5, 1, 2};
      const double low = range ? range->low : kind < 0.2 ? 0.3 : -1.5;
      const double high = range ? range->high : kind < 0.2 ? 3 : 1.5;
      const bool is_step = !range && kind > 0.85;
      tensor.set_double(i, is_step ? steps[random_.below(6)] : low + (high - low) * random_.unit());
    } else {
      auto low = static_cast<int64_t>(std::ceil(range ? range->low : kind < 0.3 ? 1 : -3));
      const auto high = static_cast<int64_t>(std::floor(range ? range->high : 5));
      if (is_unsigned_integer(dtype)) low = std::max<int64_t>(low, 0);
      tensor.set_int(i, random_.between(std::min(low, high), high));
      const bool is_extreme = !range && kind > 0.93 && random_.chance(0.3);
      if (is_extreme) tensor.set_int(i, static_cast<int64_t>(random_.bits()));
    }
  }
  return tensor;
}

VariableId GraphMaker::leaf(DType dtype, const Shape& shape, std::optional<Range> range) {
  if (outer_ != nullptr) return capture(outer_->leaf(dtype, shape, range));
  if (!std::all_of(shape.begin(), shape.end(), is_declarable)) {
    const VariableId number = leaf(dtype, {}, range);
    return call("alloc", {number}, {{"shape", shape}}).value_or(number);
  }
  const bool is_fixed =
      std::all_of(shape.begin(), shape.end(), [](const DimExpr& dim) { return dim.is_constant(); });
  const double draw = random_.unit();
  SketchValue value;
  if (is_fixed && draw < 0.14) value.kind = SketchValue::Kind::shared;
  if (is_fixed && draw > 0.86) value.kind = SketchValue::Kind::constant;
  value.dtype = dtype;
  value.shape = dim_texts(shape);
  std::array<Tensor, kCalls> values;
  for (size_t call = 0; call < kCalls; ++call) {
    const bool is_same = call > 0 && value.kind != SketchValue::Kind::input;
    values[call] = is_same ? values[0] : random_tensor(dtype, dims_of(shape, call), range);
    if (!is_same) value.values.push_back(values[call]);
  }
  const bool is_constant = value.kind == SketchValue::Kind::constant;
  value.name = new_name(is_constant ? "c" : value.kind == SketchValue::Kind::shared ? "s" : "x");
  VariableId id;
  if (is_constant) {
    id = graph_.add_constant(std::make_shared<const Tensor>(values[0]), value.name);
  } else {
    id = graph_.add_input(
        {dtype, shape, {}}, value.name,
        value.kind == SketchValue::Kind::shared ? VariableKind::shared : VariableKind::input);
  }
  if (value.kind == SketchValue::Kind::input && shape.empty() && is_integer(dtype)) {
    graph_.set_value(id, {DimExpr::symbol(value.name, SymbolKind::value)});
    for (size_t call = 0; call < kCalls; ++call) {
      bindings_[call].set(value.name, values[call].get_int(0));
    }
  }
  sketch_.values.push_back(value);
  remember(id, value.name, values);
  if (!is_constant) pool_.push_back(id);
  return id;
}

VariableId GraphMaker::leaf_of(const Tensor& tensor) {
  if (outer_ != nullptr) return capture(outer_->leaf_of(tensor));
  SketchValue value;
  value.dtype = tensor.dtype();
  for (const int64_t dim : tensor.dims()) value.shape.push_back(std::to_string(dim));
  const bool is_constant = tensor.rank() == 0 || random_.chance(0.3);
  value.kind = is_constant ? SketchValue::Kind::constant : SketchValue::Kind::input;
  value.values.assign(is_constant ? 1 : kCalls, tensor);
  value.name = new_name(is_constant ? "c" : "x");
  VariableId id;
  if (is_constant) {
    id = graph_.add_constant(std::make_shared<const Tensor>(tensor), value.name);
  } else {
    Shape shape;
    for (const int64_t dim : tensor.dims()) shape.emplace_back(dim);
    id = graph_.add_input({tensor.dtype(), shape, {}}, value.name);
  }
  sketch_.values.push_back(value);
  remember(id, value.name, {tensor, tensor, tensor});
  return id;
}

VariableId GraphMaker::constant(DType dtype, double value) {
  return leaf_of(Tensor::scalar(dtype, value));
}

VariableId GraphMaker::some_leaf() {
  if (!pool_.empty() && random_.chance(0.5)) return leaf(some_dtype(), type(any()).shape);
  return leaf(some_dtype(), some_shape(some_rank()));
}

bool GraphMaker::is_within(VariableId x, Range range) const {
  for (size_t call = 0; call < kCalls; ++call) {
    const auto found = values_[call].find(x);
    if (found == values_[call].end()) return false;
    const Tensor& value = found->second;
    for (int64_t i = 0; i < value.size(); ++i) {
      const double element = value.get_double(i);
      if (!(element >= range.low && element <= range.high)) return false;
    }
  }
  return true;
}

VariableId GraphMaker::tame(VariableId x, Range range) {
  if (is_within(x, range)) return x;
  const DType dtype = type(x).dtype;
  if (is_float(dtype)) {
    const auto part = call("sigmoid", {x});
    const auto wide =
        part ? call("mul", {*part, constant(dtype, range.high - range.low)}) : std::nullopt;
    const auto moved = wide ? call("add", {*wide, constant(dtype, range.low)}) : std::nullopt;
    if (moved) return *moved;
  } else if (is_integer(dtype) && range.high - range.low >= 1 && range.high < 100) {
    const auto rest = call("mod", {x, constant(dtype, std::floor(range.high - range.low) + 1)});
    const auto moved = rest ? call("add", {*rest, constant(dtype, std::ceil(range.low))}) : rest;
    if (moved && type(*moved).dtype == dtype) return *moved;
  }
  return leaf(dtype, type(x).shape, range);
}

VariableId GraphMaker::fit(DType dtype, const Shape& shape, std::optional<Range> range) {
  const TensorType wanted{dtype, shape, {}};
  const auto found = find([&](const TensorType& one) { return one == wanted; });
  if (found && random_.chance(0.6)) return range ? tame(*found, *range) : *found;
  if (!is_float(dtype) || random_.chance(0.5)) return leaf(dtype, shape, range);
  const auto source = find([&](const TensorType& one) { return is_float(one.dtype); });
  const auto mean = source ? call("mean", {*source}) : std::nullopt;
  const auto number = mean ? call("cast", {*mean}, {{"dtype", dtype}}) : std::nullopt;
  const VariableId fresh = leaf(dtype, shape, range);
  const auto sum = number ? call("add", {*number, fresh}) : std::nullopt;
  if (!sum || !(type(*sum) == wanted)) return fresh;
  return range ? tame(*sum, *range) : *sum;
}

VariableId GraphMaker::add_item(VariableId outer, bool is_element) {
  TensorType inner = outer_->type(outer);
  if (is_element) inner.shape.erase(inner.shape.begin());
  const std::string name = new_name("v");
  const VariableId id = graph_.add_input(inner, name);
  std::array<Tensor, kCalls> values;
  for (size_t call = 0; call < kCalls; ++call) {
    const auto found = outer_->values_[call].find(outer);
    if (found == outer_->values_[call].end()) {
      is_failed_[call] = true;
      continue;
    }
    values[call] = is_element ? first_element(found->second) : found->second;
  }
  remember(id, name, values);
  pool_.push_back(id);
  return id;
}

VariableId GraphMaker::capture(VariableId outer) {
  const Variable& variable = outer_->graph().variable(outer);
  for (const auto& [id, name] : names_) {
    if (name == outer_->name(outer)) return id;
  }
  const VariableId id = graph_.add_input(variable.type, variable.name);
  if (variable.value) {
    graph_.set_value(id, *variable.value);
    for (size_t call = 0; call < kCalls; ++call) bindings_[call] = outer_->bindings_[call];
  }
  std::array<Tensor, kCalls> values;
  for (size_t call = 0; call < kCalls; ++call) {
    const auto found = outer_->values_[call].find(outer);
    if (found != outer_->values_[call].end()) values[call] = found->second;
    is_failed_[call] = is_failed_[call] || found == outer_->values_[call].end();
  }
  remember(id, outer_->name(outer), values);
  captured_.push_back(outer);
  if (variable.kind != VariableKind::constant) pool_.push_back(id);
  return id;
}

std::vector<std::string> GraphMaker::uses() const {
  std::vector<std::string> names;
  for (const VariableId id : captured_) names.push_back(outer_->name(id));
  return names;
}

std::optional<VariableId> GraphMaker::call(std::string_view op, std::vector<VariableId> inputs,
                                           Attributes attributes) {
  const auto outputs =
      add({&op_registry().get(op), std::move(inputs), std::move(attributes), {}, {}});
  if (!outputs) return std::nullopt;
  return outputs->at(0);
}

}  // namespace tgc
