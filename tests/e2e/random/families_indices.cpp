// SPDX-License-Identifier: Apache-2.0
// Ops with indices: slices of all kinds, fixed positions, positions read at run time, alone or as
// vectors. See families.h.
#include <algorithm>

#include "e2e/random/families.h"

namespace tgc {
namespace {

constexpr double kOutside = 0.1;  // share of indices that may lie outside

std::optional<DimExpr> bound(GraphMaker& maker, const DimExpr& length) {
  Random& random = maker.random();
  const double draw = random.unit();
  if (draw < 0.35) return std::nullopt;
  if (draw < 0.75) return DimExpr(random.between(-4, 4));
  if (draw < 0.85) return length - random.between(0, 3);
  if (draw < 0.92) return DimExpr::floor_div(length, 2);
  return maker.some_dim();
}

IndexEntry slice(GraphMaker& maker, const DimExpr& length) {
  Random& random = maker.random();
  IndexEntry entry;
  if (random.chance(0.3)) return entry;
  entry.start = bound(maker, length);
  entry.stop = bound(maker, length);
  if (random.chance(0.4)) entry.step = random.pick<int64_t>({-3, -2, -1, -1, 2, 3});
  return entry;
}

// An index that is inside in every call; a dim that may be 0 has none.
VariableId position(GraphMaker& maker, const DimExpr& length, const Shape& shape) {
  Random& random = maker.random();
  const int64_t size = std::max<int64_t>(maker.least(length), 1);
  const bool is_outside = random.chance(kOutside);
  const DType dtype =
      random.pick<DType>({DType::int64, DType::int32, DType::int64, DType::int8, DType::uint8});
  const Range range{static_cast<double>(is_outside ? -size - 2 : -size),
                    static_cast<double>(is_outside ? size + 1 : size - 1)};
  return maker.fit(dtype, shape, range);
}

struct Selection {
  std::vector<IndexEntry> entries;
  std::vector<VariableId> inputs;  // to be appended to the node's
};

Selection select(GraphMaker& maker, VariableId x, bool is_advanced, size_t first_input) {
  Random& random = maker.random();
  Selection selection;
  const Shape shape = maker.type(x).shape;
  const Shape vector = maker.some_shape(random.between(1, 2));
  const auto count = static_cast<size_t>(random.between(1, static_cast<int64_t>(shape.size())));
  for (size_t axis = 0; axis < count; ++axis) {
    const double draw = random.unit();
    const bool must_read = is_advanced && selection.inputs.empty() && axis + 1 == count;
    IndexEntry entry = slice(maker, shape[axis]);
    if (must_read || (is_advanced ? draw < 0.5 : draw < 0.12)) {
      const bool is_scalar = !is_advanced || (!must_read && random.chance(0.15));
      entry = {};
      entry.kind = IndexEntry::Kind::input;
      entry.input = static_cast<int>(first_input + selection.inputs.size());
      selection.inputs.push_back(position(maker, shape[axis], is_scalar ? Shape{} : vector));
    } else if (draw > 0.8 && maker.least(shape[axis]) > 0) {
      const int64_t size = maker.least(shape[axis]);
      entry = {};
      entry.kind = IndexEntry::Kind::index;
      entry.start = DimExpr(random.between(-size, size - 1));
    }
    selection.entries.push_back(entry);
  }
  return selection;
}

std::optional<VariableId> some_array(GraphMaker& maker) {
  if (maker.random().chance(0.5)) {
    const VariableId newest = maker.any();
    if (maker.type(newest).rank() > 0) return newest;
  }
  return maker.find([](const TensorType& type) { return type.rank() > 0; });
}

bool read(GraphMaker& maker, const OpDef& op, bool is_advanced) {
  const auto x = some_array(maker);
  if (!x) return false;
  Selection selection = select(maker, *x, is_advanced, 1);
  Proposal proposal{&op, {*x}, {{"index", selection.entries}}, {}, {}};
  proposal.inputs.insert(proposal.inputs.end(), selection.inputs.begin(), selection.inputs.end());
  return maker.add(proposal).has_value();
}

// y has the type of what is selected, which the reading op's inference tells, or broadcasts to it.
bool write(GraphMaker& maker, const OpDef& op, bool is_advanced) {
  Random& random = maker.random();
  const auto x = some_array(maker);
  if (!x) return false;
  Selection selection = select(maker, *x, is_advanced, 2);
  std::vector<IndexEntry> reading = selection.entries;
  for (IndexEntry& entry : reading) {
    if (entry.kind == IndexEntry::Kind::input) --entry.input;
  }
  std::vector<VariableId> inputs{*x};
  inputs.insert(inputs.end(), selection.inputs.begin(), selection.inputs.end());
  const auto selected =
      maker.call(is_advanced ? "advanced_subtensor" : "subtensor", inputs, {{"index", reading}});
  if (!selected) return false;
  Shape shape = maker.type(*selected).shape;
  for (DimExpr& dim : shape) {
    if (random.chance(0.15)) dim = 1;
  }
  if (!shape.empty() && random.chance(0.15)) shape.erase(shape.begin());
  const VariableId y = random.chance(0.2) ? *selected : maker.fit(maker.type(*x).dtype, shape);
  inputs.insert(inputs.begin() + 1, y);
  return maker.add({&op, inputs, {{"index", selection.entries}}, {}, {}}).has_value();
}

bool rows(GraphMaker& maker, const OpDef& op) {
  const auto x = some_array(maker);
  if (!x) return false;
  Shape shape = maker.type(*x).shape;
  const DimExpr count = maker.some_dim();
  const VariableId list = position(maker, shape[0], {count});
  if (op.name == "advanced_subtensor1") return maker.add({&op, {*x, list}, {}, {}, {}}).has_value();
  shape[0] = count;
  const VariableId y = maker.fit(maker.type(*x).dtype, shape);
  return maker.add({&op, {*x, y, list}, {}, {}, {}}).has_value();
}

bool take(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const auto x = some_array(maker);
  if (!x) return false;
  const Shape& shape = maker.type(*x).shape;
  const int64_t axis = random.below(maker.type(*x).rank());
  const Shape indices = maker.some_shape(random.between(0, 2));
  Proposal proposal{&op, {*x}, {}, {}, {}};
  if (random.chance(0.25)) {
    proposal.inputs.push_back(position(maker, element_count(shape), indices));
  } else {
    proposal.inputs.push_back(position(maker, shape[static_cast<size_t>(axis)], indices));
    proposal.attributes["axis"] = axis;
  }
  return maker.add(proposal).has_value();
}

}  // namespace

std::optional<bool> grow_from_index_family(GraphMaker& maker, const OpDef& op) {
  if (op.name == "subtensor") return read(maker, op, false);
  if (op.name == "advanced_subtensor") return read(maker, op, true);
  if (op.name == "inc_subtensor" || op.name == "set_subtensor") return write(maker, op, false);
  if (op.name == "advanced_inc_subtensor" || op.name == "advanced_set_subtensor") {
    return write(maker, op, true);
  }
  if (op.name == "take") return take(maker, op);
  if (op.name == "advanced_subtensor1" || op.name == "advanced_inc_subtensor1" ||
      op.name == "advanced_set_subtensor1") {
    return rows(maker, op);
  }
  return std::nullopt;
}

}  // namespace tgc
