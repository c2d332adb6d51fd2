// SPDX-License-Identifier: Apache-2.0
// Proposals from the op registry alone. See families.h.
#include "e2e/random/families.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "e2e/random/motifs.h"
#include "ops/op_list.h"
#include "support/text.h"

namespace tgc {
namespace {

using Json = nlohmann::ordered_json;

std::optional<DimExpr> slice_bound(const std::string& text) {
  if (trim(text).empty()) return std::nullopt;
  return DimExpr(std::stoll(text));
}

IndexEntry example_entry(const Json& value) {
  IndexEntry entry;
  if (value.is_object()) {
    entry.kind = IndexEntry::Kind::input;
    entry.input = value.at("input").get<int>();
  } else if (value.is_number()) {
    entry.kind = IndexEntry::Kind::index;
    entry.start = DimExpr(value.get<int64_t>());
  } else {
    const std::vector<std::string> parts = split(value.get<std::string>(), ':');
    entry.start = slice_bound(parts.at(0));
    if (parts.size() > 1) entry.stop = slice_bound(parts[1]);
    if (parts.size() > 2 && !parts[2].empty()) entry.step = std::stoll(parts[2]);
  }
  return entry;
}

// JSON has true and false where the tensor is bool.
double example_number(const Json& value) {
  return value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>();
}

std::vector<int64_t> example_integers(const Json& value) {
  std::vector<int64_t> result;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (item.is_array()) {
      for (const Json& one : item) result.push_back(static_cast<int64_t>(example_number(one)));
    } else {
      result.push_back(item.is_string() ? -1 : item.get<int64_t>());
    }
  }
  return result;
}

AttrValue example_attribute(const AttrDef& def, const Json& value) {
  switch (def.kind) {
    case AttrKind::boolean:
      return value.get<bool>();
    case AttrKind::integer:
      return value.get<int64_t>();
    case AttrKind::real:
      if (value.is_string()) return value.get<std::string>() == "inf" ? INFINITY : -INFINITY;
      return value.get<double>();
    case AttrKind::text:
      return value.get<std::string>();
    case AttrKind::texts:
      return value.get<std::vector<std::string>>();
    case AttrKind::dtype:
      return *parse_dtype(value.get<std::string>());
    case AttrKind::dim:
      return DimExpr(value.get<int64_t>());
    case AttrKind::dims: {
      std::vector<DimExpr> dims;
      for (const Json& dim : value) dims.emplace_back(dim.get<int64_t>());
      return dims;
    }
    case AttrKind::index_list: {
      std::vector<IndexEntry> entries;
      for (const Json& entry : value) entries.push_back(example_entry(entry));
      return entries;
    }
    case AttrKind::padding:
      if (value.is_string()) return value.get<std::string>();
      return example_integers(value);
    case AttrKind::integers:
      break;
  }
  return example_integers(value);
}

void fill(const Json& value, Tensor& tensor, int64_t& position) {
  if (value.is_array()) {
    for (const Json& element : value) fill(element, tensor, position);
  } else {
    tensor.set_double(position++, example_number(value));
  }
}

VariableId example_input(GraphMaker& maker, const Json& input, std::optional<DType> floats) {
  DType dtype = *parse_dtype(input.at("dtype").get<std::string>());
  if (is_float(dtype) && floats) dtype = *floats;
  const auto dims = input.at("shape").get<std::vector<int64_t>>();
  if (input.count("value") > 0) {
    Tensor tensor(dtype, dims);
    int64_t position = 0;
    fill(input.at("value"), tensor, position);
    return maker.leaf_of(tensor);
  }
  std::optional<Range> range;
  if (input.count("low") > 0 || input.count("high") > 0) {
    range = Range{input.value("low", -1.0), input.value("high", 1.0)};
  }
  Shape shape;
  for (const int64_t dim : dims) shape.emplace_back(dim);
  return maker.fit(dtype, shape, range);
}

VariableId example_literal(GraphMaker& maker, const Json& value) {
  const DType dtype = value.is_number_integer() ? DType::int64 : DType::float64;
  return maker.constant(dtype, example_number(value));
}

// The ranges that the example gives its inputs, in order of the node's inputs.
std::vector<std::optional<Range>> example_ranges(const OpDef& op) {
  std::vector<std::optional<Range>> ranges;
  if (op.examples.empty()) return ranges;
  const Json inputs = Json::parse(op.examples[0].inputs);
  const Json node = Json::parse(op.examples[0].node);
  if (node.count("inputs") == 0) return ranges;
  for (const Json& name : node.at("inputs")) {
    ranges.emplace_back();
    if (!name.is_string() || inputs.count(name.get<std::string>()) == 0) continue;
    const Json& input = inputs.at(name.get<std::string>());
    if (input.count("low") == 0) continue;
    ranges.back() = Range{input.at("low").get<double>(), input.value("high", 1.0)};
  }
  return ranges;
}

std::vector<int64_t> random_axes(Random& random, int64_t rank) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (random.chance(0.5)) axes.push_back(random.chance(0.3) ? axis - rank : axis);
  }
  if (axes.size() > 1 && random.chance(0.3)) std::swap(axes[0], axes[1]);
  return axes;
}

AttrValue random_attribute(GraphMaker& maker, const AttrDef& def, int64_t rank) {
  Random& random = maker.random();
  switch (def.kind) {
    case AttrKind::boolean:
      return random.chance(0.5);
    case AttrKind::integer:
      return random.between(-rank, rank);
    case AttrKind::real:
      return 0.25 * static_cast<double>(random.between(-3, 5));
    case AttrKind::text:
      return def.choices.empty() ? "text" : std::string(random.pick(def.choices));
    case AttrKind::padding:
      if (def.choices.empty()) return std::vector<int64_t>{random.between(0, 2)};
      return std::string(random.pick(def.choices));
    case AttrKind::texts:
      return std::vector<std::string>();
    case AttrKind::dtype:
      return maker.some_dtype();
    case AttrKind::dim:
      return maker.some_dim();
    case AttrKind::dims:
      return maker.some_shape(maker.some_rank());
    case AttrKind::index_list:
      return std::vector<IndexEntry>();
    case AttrKind::integers:
      break;
  }
  return random_axes(random, rank);
}

// Something that broadcasts with `anchor`, more often than not.
VariableId companion(GraphMaker& maker, VariableId anchor) {
  Random& random = maker.random();
  const TensorType& type = maker.type(anchor);
  const double draw = random.unit();
  if (draw < 0.2) {
    const double numbers[] = {0, 1, -1, 2, 0.5, 3, -2, 10};
    return maker.constant(random.chance(0.7) ? type.dtype : maker.some_dtype(),
                          numbers[random.below(8)]);
  }
  if (draw < 0.3) return anchor;
  if (draw < 0.8) {
    const bool is_same_dtype = random.chance(0.5);
    const auto found = maker.find([&](const TensorType& one) {
      if (is_same_dtype && one.dtype != type.dtype) return false;
      for (size_t i = 0; i < std::min(one.shape.size(), type.shape.size()); ++i) {
        const DimExpr& a = one.shape[one.shape.size() - 1 - i];
        const DimExpr& b = type.shape[type.shape.size() - 1 - i];
        if (!(a == b) && !a.is(1) && !b.is(1)) return false;
      }
      return true;
    });
    if (found) return *found;
  }
  Shape shape = type.shape;
  for (DimExpr& dim : shape) {
    if (random.chance(0.2)) dim = 1;
  }
  if (!shape.empty() && random.chance(0.25)) shape.erase(shape.begin());
  return maker.leaf(random.chance(0.7) ? type.dtype : maker.some_dtype(), shape);
}

}  // namespace

bool grow_from_example(GraphMaker& maker, const OpDef& op) {
  if (op.examples.empty()) return false;
  Random& random = maker.random();
  const OpExample& example =
      op.examples[static_cast<size_t>(random.below(static_cast<int64_t>(op.examples.size())))];
  const Json node = Json::parse(example.node);
  if (example.inputs.find("complex") != std::string_view::npos) return false;
  const Json inputs = Json::parse(example.inputs);
  if (node.count("inputs") == 0) return false;
  std::optional<DType> floats;
  if (random.chance(0.6))
    floats = random.pick<DType>({DType::float16, DType::float32, DType::float32, DType::float64});
  Proposal proposal{&op, {}, {}, {}, {}};
  for (const Json& name : node.at("inputs")) {
    proposal.inputs.push_back(name.is_string()
                                  ? example_input(maker, inputs.at(name.get<std::string>()), floats)
                                  : example_literal(maker, name));
  }
  for (const AttrDef& def : op.attributes) {
    const std::string name(def.name);
    if (node.count(name) > 0) proposal.attributes[name] = example_attribute(def, node.at(name));
  }
  return maker.add(proposal).has_value();
}

bool grow_from_definition(GraphMaker& maker, const OpDef& op) {
  Random& random = maker.random();
  Proposal proposal{&op, {}, {}, {}, {}};
  const int64_t most = op.max_inputs < 0 ? op.min_inputs + 3 : op.max_inputs;
  const int64_t count = random.between(op.min_inputs, most);
  const std::vector<std::optional<Range>> ranges = example_ranges(op);
  const bool is_tamed = random.chance(0.8);
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    VariableId input = i == 0 ? maker.any() : companion(maker, proposal.inputs[0]);
    if (is_tamed && at < ranges.size() && ranges[at] && op.is_elementwise()) {
      input = maker.tame(input, *ranges[at]);
    }
    proposal.inputs.push_back(input);
  }
  if (op.is_elementwise() && random.chance(0.2)) {
    std::reverse(proposal.inputs.begin(), proposal.inputs.end());
  }
  const int64_t rank = count > 0 ? maker.type(proposal.inputs[0]).rank() : 2;
  for (const AttrDef& def : op.attributes) {
    const bool is_rare = def.name == "dtype" || def.name == "acc_dtype";
    if (!def.required && !random.chance(is_rare ? 0.2 : 0.5)) continue;
    proposal.attributes[std::string(def.name)] = random_attribute(maker, def, rank);
  }
  return maker.add(proposal).has_value();
}

bool grow(GraphMaker& maker, const OpDef& op) {
  if (op.name == "scan") return grow_scan(maker);
  if (op.name == "ifelse") return grow_branch(maker);
  const double draw = maker.random().unit();
  if (draw < 0.15) return grow_from_example(maker, op);
  if (draw < 0.9) {
    if (const auto result = grow_from_family(maker, op)) return *result;
  }
  return grow_from_definition(maker, op);
}

const std::vector<const OpDef*>& drawn_ops() {
  static const std::vector<const OpDef*> ops = [] {
    std::vector<const OpDef*> result;
    for (const OpDef* op : op_registry().all()) {
      // Complex numbers become real ones at once: their ops have tests of their own.
      if (op->is_internal || op->name.starts_with("complex")) continue;
      if (!is_elsewhere(*op, {})) result.push_back(op);
    }
    return result;
  }();
  return ops;
}

bool grow_op(GraphMaker& maker, const OpDef& op) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    if (grow(maker, op)) return true;
  }
  return grow_from_example(maker, op);
}

void grow_some(GraphMaker& maker, int nodes) {
  Random& random = maker.random();
  // What most rewrites look for, so that one often stands on another.
  const std::vector<std::string_view> bait = {
      "add",        "sub",       "mul",     "true_div",  "neg",           "inv",
      "exp",        "log",       "log1p",   "sqr",       "sqrt",          "pow",
      "sigmoid",    "softplus",  "tanh",    "abs_",      "switch",        "cast",
      "fill",       "alloc",     "sum",     "max",       "prod",          "mean",
      "dimshuffle", "transpose", "reshape", "subtensor", "inc_subtensor", "set_subtensor",
      "join",       "split",     "dot",     "softmax",   "shape_i",       "eq",
      "maximum",    "take"};
  for (int i = 0; i < nodes; ++i) {
    if (maker.depth() == 0 && random.chance(0.08) && grow_gradient(maker)) continue;
    if (random.chance(0.2) && grow_motif(maker)) continue;
    const OpDef& op = random.chance(0.02)   ? op_registry().get("scan")
                      : random.chance(0.03) ? op_registry().get("ifelse")
                      : random.chance(0.35) ? op_registry().get(random.pick(bait))
                                            : *random.pick(drawn_ops());
    grow_op(maker, op);
  }
}

}  // namespace tgc
