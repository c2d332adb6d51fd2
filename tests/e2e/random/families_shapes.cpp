// SPDX-License-Identifier: Apache-2.0
// Families of ops whose operands or attributes must fit each other. See families.h.
#include <algorithm>
#include <map>

#include "e2e/random/families.h"

namespace tgc {
namespace {

using Family = bool (*)(GraphMaker& maker, const OpDef& op);

VariableId any_of_rank(GraphMaker& maker, int64_t low, int64_t high) {
  for (int attempt = 0; attempt < 4; ++attempt) {
    const VariableId id = maker.any();
    if (maker.type(id).rank() >= low && maker.type(id).rank() <= high) return id;
  }
  const auto found =
      maker.find([&](const TensorType& type) { return type.rank() >= low && type.rank() <= high; });
  if (found && maker.random().chance(0.8)) return *found;
  return maker.leaf(maker.some_dtype(), maker.some_shape(maker.random().between(low, high)));
}

DType partner_dtype(GraphMaker& maker, VariableId x) {
  return maker.random().chance(0.8) ? maker.type(x).dtype : maker.some_dtype();
}

std::vector<int64_t> permutation(Random& random, int64_t rank) {
  std::vector<int64_t> order;
  for (int64_t i = 0; i < rank; ++i) {
    order.insert(order.begin() + random.below(i + 1), i);
  }
  return order;
}

bool dot(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId a = any_of_rank(maker, 1, 3);
  Shape shape{maker.type(a).shape.back()};
  if (random.chance(0.75)) shape.push_back(maker.some_dim());
  const VariableId b = maker.fit(partner_dtype(maker, a), shape);
  return maker.add({&op, {a, b}, {}, {}, {}}).has_value();
}

bool batched_dot(GraphMaker& maker, const OpDef& op) {
  const VariableId a = any_of_rank(maker, 2, 3);
  const Shape& own = maker.type(a).shape;
  Shape shape{own[0], own.back()};
  if (maker.random().chance(0.7)) shape.push_back(maker.some_dim());
  const VariableId b = maker.fit(partner_dtype(maker, a), shape);
  return maker.add({&op, {a, b}, {}, {}, {}}).has_value();
}

bool tensordot(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId a = any_of_rank(maker, 1, 4);
  const Shape& own = maker.type(a).shape;
  const int64_t count = random.between(0, std::min<int64_t>(maker.type(a).rank(), 2));
  const std::vector<int64_t> order = permutation(random, maker.type(a).rank());
  Proposal proposal{&op, {a}, {}, {}, {}};
  Shape shape;
  if (random.chance(0.5)) {
    std::vector<int64_t> a_axes(order.begin(), order.begin() + count);
    std::vector<int64_t> b_axes;
    for (const int64_t axis : a_axes) {
      b_axes.push_back(static_cast<int64_t>(shape.size()));
      shape.push_back(own[static_cast<size_t>(axis)]);
    }
    proposal.attributes = {{"a_axes", a_axes}, {"b_axes", b_axes}};
  } else {
    shape.assign(own.end() - count, own.end());
    proposal.attributes = {{"axes", count}};
  }
  if (random.chance(0.7)) shape.push_back(maker.some_dim());
  proposal.inputs.push_back(maker.fit(partner_dtype(maker, a), shape));
  return maker.add(proposal).has_value();
}

bool join(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId first = any_of_rank(maker, 1, 4);
  const int64_t rank = maker.type(first).rank();
  const int64_t axis = random.below(rank);
  Proposal proposal{&op, {first}, {}, {}, {}};
  for (int64_t i = random.between(0, 3); i > 0; --i) {
    Shape shape = maker.type(first).shape;
    if (random.chance(0.5)) shape[static_cast<size_t>(axis)] = maker.some_dim();
    proposal.inputs.push_back(random.chance(0.1) ? first
                                                 : maker.fit(partner_dtype(maker, first), shape));
  }
  proposal.attributes = {{"axis", random.chance(0.3) ? axis - rank : axis}};
  return maker.add(proposal).has_value();
}

bool stack(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId first = any_of_rank(maker, 0, 3);
  const int64_t rank = maker.type(first).rank();
  Proposal proposal{&op, {first}, {}, {}, {}};
  for (int64_t i = random.between(0, 3); i > 0; --i) {
    proposal.inputs.push_back(maker.fit(partner_dtype(maker, first), maker.type(first).shape));
  }
  proposal.attributes = {{"axis", random.between(-rank - 1, rank)}};
  return maker.add(proposal).has_value();
}

bool split(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId x = any_of_rank(maker, 1, 4);
  const int64_t axis = random.below(maker.type(x).rank());
  const DimExpr length = maker.type(x).shape[static_cast<size_t>(axis)];
  std::vector<DimExpr> sizes;
  DimExpr left = length;
  for (int64_t i = random.between(1, 2); i > 0; --i) {
    const DimExpr part = random.chance(0.5) ? DimExpr::floor_div(left, 2) : DimExpr::min(left, 1);
    sizes.push_back(part);
    left = left - part;
  }
  sizes.push_back(left);
  return maker.add({&op, {x}, {{"axis", axis}, {"sizes", sizes}}, {}, {}}).has_value();
}

// Joined axes, a split one, ones put in.
bool reshape(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId x = maker.any();
  Shape shape = maker.type(x).shape;
  for (int64_t i = random.between(1, 3); i > 0; --i) {
    const double draw = random.unit();
    if (draw < 0.4 && shape.size() >= 2) {
      const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(shape.size()) - 1));
      shape[at] = shape[at] * shape[at + 1];
      shape.erase(shape.begin() + static_cast<int64_t>(at) + 1);
    } else if (draw < 0.6 && shape.size() >= 2) {
      std::swap(shape.front(), shape.back());
    } else if (draw < 0.8) {
      shape.insert(shape.begin() + random.below(static_cast<int64_t>(shape.size()) + 1), 1);
    } else if (!shape.empty() && shape[0].constant().value_or(1) % 2 == 0) {
      shape[0] = DimExpr(*shape[0].constant() / 2);
      shape.insert(shape.begin() + 1, 2);
    }
  }
  if (!shape.empty() && random.chance(0.3)) {
    shape[static_cast<size_t>(random.below(static_cast<int64_t>(shape.size())))] = -1;
  }
  return maker.add({&op, {x}, {{"shape", shape}}, {}, {}}).has_value();
}

bool dimshuffle(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const VariableId x = maker.any();
  std::vector<int64_t> order = permutation(random, maker.type(x).rank());
  if (op.name == "transpose") {
    return maker.add({&op, {x}, {{"axes", order}}, {}, {}}).has_value();
  }
  std::erase_if(order, [&](int64_t axis) {
    return maker.type(x).broadcasts(static_cast<size_t>(axis)) && random.chance(0.4);
  });
  for (int64_t i = random.between(0, 2); i > 0; --i) {
    order.insert(order.begin() + random.below(static_cast<int64_t>(order.size()) + 1), -1);
  }
  return maker.add({&op, {x}, {{"order", order}}, {}, {}}).has_value();
}

bool arange(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  Proposal proposal{&op, {}, {}, {}, {}};
  const auto number = [&](int64_t low, int64_t high) {
    const auto dim =
        random.chance(0.4) ? maker.call("dim", {}, {{"value", maker.some_dim()}}) : std::nullopt;
    return dim ? *dim
               : maker.constant(DType::int64, static_cast<double>(random.between(low, high)));
  };
  const int64_t count = random.between(1, 3);
  if (count > 1) proposal.inputs.push_back(number(-3, 3));
  proposal.inputs.push_back(number(-2, 9));
  if (count > 2) {
    const double step = static_cast<double>(random.pick<int64_t>({-2, -1, 1, 2, 3}));
    proposal.inputs.push_back(maker.constant(DType::int64, step));
  }
  if (random.chance(0.3)) proposal.attributes["dtype"] = maker.some_dtype();
  return maker.add(proposal).has_value();
}

std::vector<int64_t> random_list(Random& random, size_t count, int64_t low, int64_t high) {
  std::vector<int64_t> list;
  for (size_t i = 0; i < count; ++i) list.push_back(random.between(low, high));
  return list;
}

bool convolution(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const size_t rank = op.name == "conv3d" ? 3 : 2;
  const DType dtype = random.pick<DType>({DType::float32, DType::float64, DType::float16});
  const int64_t groups = random.chance(0.25) ? 2 : 1;
  const int64_t channels = groups * random.between(1, 3);
  const int64_t filters = groups * random.between(1, 3);
  Shape image{random.chance(0.5) ? DimExpr::symbol("n") : DimExpr(random.between(1, 3)), channels};
  Shape taps{filters, channels / groups};
  for (size_t i = 0; i < rank; ++i) {
    image.emplace_back(random.between(3, rank == 2 ? 8 : 4));
    taps.emplace_back(random.between(1, 3));
  }
  Proposal proposal{&op, {}, {}, {}, {}};
  Attributes& attributes = proposal.attributes;
  if (groups > 1) attributes["num_groups"] = groups;
  const double draw = random.unit();
  if (draw < 0.2) attributes["border_mode"] = std::string("half");
  if (draw > 0.8) attributes["border_mode"] = std::string("full");
  if (draw > 0.5 && draw < 0.6) attributes["border_mode"] = random_list(random, rank, 0, 2);
  if (draw > 0.6 && draw < 0.7) attributes["border_mode"] = random_list(random, 2 * rank, 0, 2);
  if (random.chance(0.3)) attributes["subsample"] = random_list(random, rank, 1, 3);
  const bool is_unshared = rank == 2 && draw < 0.5 && draw > 0.35;
  if (is_unshared) {
    attributes.erase("subsample");
    attributes["unshared"] = true;
    taps.insert(taps.begin() + 1, {image[2] - taps[2] + 1, image[3] - taps[3] + 1});
  } else if (random.chance(0.2)) {
    attributes["filter_dilation"] = random_list(random, rank, 1, 2);
  }
  if (random.chance(0.4)) attributes["filter_flip"] = random.chance(0.5);
  proposal.inputs = {maker.fit(dtype, image), maker.fit(dtype, taps)};
  return maker.add(proposal).has_value();
}

bool pool(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  const size_t rank = op.name == "pool_2d"   ? 2
                      : op.name == "pool_3d" ? 3
                                             : static_cast<size_t>(random.between(1, 3));
  VariableId x = any_of_rank(maker, static_cast<int64_t>(rank), 4);
  if (random.chance(0.3)) {
    Shape shape{DimExpr::symbol("n")};
    for (size_t i = 0; i < rank; ++i) shape.emplace_back(random.between(2, 7));
    x = maker.fit(DType::float32, shape);
  }
  Proposal proposal{&op, {x}, {{"ws", random_list(random, rank, 1, 3)}}, {}, {}};
  if (random.chance(0.5)) proposal.attributes["stride"] = random_list(random, rank, 1, 3);
  const bool is_ignoring = random.chance(0.5);
  if (is_ignoring) proposal.attributes["ignore_border"] = true;
  if (is_ignoring && random.chance(0.4)) {
    proposal.attributes["pad"] = random_list(random, rank, 0, 1);
  }
  if (random.chance(0.7)) {
    proposal.attributes["mode"] =
        random.pick<std::string>({"max", "sum", "average_inc_pad", "average_exc_pad"});
  }
  return maker.add(proposal).has_value();
}

}  // namespace

std::optional<bool> grow_from_family(GraphMaker& maker, const OpDef& op) {
  static const std::map<std::string_view, Family> families = {
      {"dot", dot},
      {"batched_dot", batched_dot},
      {"tensordot", tensordot},
      {"join", join},
      {"stack", stack},
      {"split", split},
      {"reshape", reshape},
      {"dimshuffle", dimshuffle},
      {"transpose", dimshuffle},
      {"arange", arange},
      {"conv2d", convolution},
      {"conv3d", convolution},
      {"pool", pool},
      {"pool_2d", pool},
      {"pool_3d", pool},
  };
  const auto found = families.find(op.name);
  if (found != families.end()) return found->second(maker, op);
  return grow_from_index_family(maker, op);
}

}  // namespace tgc
