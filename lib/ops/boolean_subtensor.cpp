// SPDX-License-Identifier: Apache-2.0
// Indexing with boolean masks among the indices, as in NumPy: a mask of k axes stands for the k
// vectors that nonzero gives of it, so these are written with nonzero and the advanced subtensors.
#include "graph/builder.h"
#include "ops/index_template.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

// An index input of the form without masks: an input as it is, or an axis of a mask's nonzero.
struct Unmasked {
  size_t input = 0;
  std::optional<size_t> axis;
};

struct UnmaskedIndex {
  std::vector<IndexEntry> entries;
  std::vector<Unmasked> inputs;  // after those that are no indices
};

// Entries with masks, which take as many axes as they have, replaced; `ranks` holds the rank of
// each input that is a mask, else 0.
UnmaskedIndex without_masks(const std::vector<IndexEntry>& entries,
                            const std::vector<size_t>& ranks, size_t first_index_input) {
  UnmaskedIndex result;
  for (const IndexEntry& entry : entries) {
    if (entry.kind != IndexEntry::Kind::input) {
      result.entries.push_back(entry);
      continue;
    }
    const auto input = static_cast<size_t>(entry.input);
    const size_t count = std::max<size_t>(ranks.at(input), 1);
    for (size_t axis = 0; axis < count; ++axis) {
      IndexEntry one = entry;
      one.input = static_cast<int>(first_index_input + result.inputs.size());
      result.entries.push_back(one);
      result.inputs.push_back({input, ranks[input] > 0 ? std::optional(axis) : std::nullopt});
    }
  }
  return result;
}

// The sizes of several masks are different symbols, which must turn out equal.
std::string size_name(const std::string& size, size_t mask) {
  return mask == 0 ? size : size + "_" + std::to_string(mask + 1);
}

template <class Types>
std::vector<size_t> mask_ranks(const Types& type_of, size_t count, size_t first_index_input) {
  std::vector<size_t> ranks(count, 0);
  for (size_t i = first_index_input; i < count; ++i) {
    const TensorType& type = type_of(i);
    if (type.dtype == DType::boolean) ranks[i] = type.shape.size();
  }
  return ranks;
}

// A mask has the dims of the axes it stands for.
bool check_masks(InferContext& context, const std::vector<IndexEntry>& entries,
                 const std::vector<size_t>& ranks) {
  const Shape& source = context.type(0).shape;
  size_t at = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const IndexEntry& entry = entries[i];
    const bool is_input = entry.kind == IndexEntry::Kind::input;
    if (is_input && static_cast<size_t>(entry.input) >= ranks.size()) return true;  // told later
    const size_t rank = is_input ? ranks[static_cast<size_t>(entry.input)] : 0;
    for (size_t axis = 0; axis < rank && at + axis < source.size(); ++axis) {
      const Shape& mask = context.type(static_cast<size_t>(entry.input)).shape;
      const std::string message = "boolean index did not match indexed array along dimension " +
                                  std::to_string(at + axis) + "; dimension is " +
                                  source[at + axis].text() +
                                  " but corresponding boolean dimension is " + mask[axis].text();
      if (!context.require_equal(source[at + axis], mask[axis], message,
                                 "index/" + std::to_string(i))) {
        return false;
      }
    }
    at += std::max<size_t>(rank, 1);
  }
  return true;
}

bool infer(InferContext& context, std::string_view plain, size_t first) {
  const auto entries = *find_attr<std::vector<IndexEntry>>(context.attributes, "index");
  const auto ranks = mask_ranks([&](size_t i) -> const TensorType& { return context.type(i); },
                                context.inputs.size(), first);
  if (std::all_of(ranks.begin(), ranks.end(), [](size_t rank) { return rank == 0; })) {
    return context.fail("bad-dtype", "no index input is a bool tensor with axes", "inputs",
                        "without masks this is " + std::string(plain));
  }
  if (!check_masks(context, entries, ranks)) return false;
  for (const IndexEntry& entry : entries) {
    const bool is_good = entry.kind != IndexEntry::Kind::input ||
                         (entry.input >= static_cast<int>(first) &&
                          static_cast<size_t>(entry.input) < context.inputs.size());
    if (!is_good) return context.fail("bad-attribute", "there is no such index input", "index");
  }
  const UnmaskedIndex index = without_masks(entries, ranks, first);
  const std::string size = *find_attr<std::string>(context.attributes, "size");
  std::vector<Variable> vectors(index.inputs.size());
  Attributes attributes = {{"index", index.entries}};
  InferContext inner(context.op, attributes, context.diagnostics);
  inner.float_x = context.float_x;
  inner.locate = context.locate;
  inner.inputs.assign(context.inputs.begin(),
                      context.inputs.begin() + static_cast<std::ptrdiff_t>(first));
  size_t mask = 0;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const Unmasked& from = index.inputs[i];
    vectors[i] = *context.inputs[from.input];
    if (from.axis) {
      if (i > 0 && *from.axis == 0 && index.inputs[i - 1].axis) ++mask;
      const DimExpr count = DimExpr::symbol(size_name(size, mask), SymbolKind::measured);
      vectors[i].type = {DType::int64, {count}, {}};
      vectors[i].value.reset();
    }
    inner.inputs.push_back(&vectors[i]);
  }
  if (!op_registry().get(plain).infer(inner)) return false;
  context.outputs = std::move(inner.outputs);
  context.output_values.resize(context.outputs.size());
  for (DimEquality& equality : inner.equalities) context.equalities.push_back(std::move(equality));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes, std::string_view plain,
                                              size_t first) {
  const auto ranks =
      mask_ranks([&](size_t i) -> const TensorType& { return builder.graph().type(inputs[i]); },
                 inputs.size(), first);
  const UnmaskedIndex index =
      without_masks(*find_attr<std::vector<IndexEntry>>(attributes, "index"), ranks, first);
  const std::string size = *find_attr<std::string>(attributes, "size");
  std::vector<VariableId> plain_inputs(inputs.begin(),
                                       inputs.begin() + static_cast<std::ptrdiff_t>(first));
  std::vector<VariableId> found;
  size_t mask = 0;
  for (const Unmasked& from : index.inputs) {
    if (from.axis && *from.axis == 0) {
      const ApplyId nonzero =
          builder.add("nonzero", {inputs[from.input]}, {{"size", size_name(size, mask++)}});
      found = builder.graph().apply(nonzero).outputs;
    }
    plain_inputs.push_back(from.axis ? found[*from.axis] : inputs[from.input]);
  }
  return std::vector<VariableId>{builder.call(plain, plain_inputs, {{"index", index.entries}})};
}

constexpr std::string_view kRead = "advanced_subtensor";
constexpr std::string_view kInc = "advanced_inc_subtensor";
constexpr std::string_view kSet = "advanced_set_subtensor";

template <const std::string_view& plain, size_t first>
OpDef masked(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = static_cast<int>(first) + 1;
  op.max_inputs = -1;
  op.attributes = {{"index", AttrKind::index_list, true,
                    "one entry per leading axes of x: an integer, a slice, or the position of an "
                    "index input; a mask stands for as many axes as it has"},
                   {"size", AttrKind::text, false,
                    "a name for how many elements the mask selects, which dims of later nodes may "
                    "use"}};
  op.infer = [](InferContext& context) { return infer(context, plain, first); };
  op.expand = [](Builder& builder, const std::vector<VariableId>& inputs,
                 const Attributes& attributes) {
    return expand(builder, inputs, attributes, plain, first);
  };
  op.measures = always_measures;
  return op;
}

}  // namespace

std::vector<OpDef> boolean_subtensor_ops() {
  OpDef read = masked<kRead, 1>(
      "advanced_boolean_subtensor", "AdvancedBooleanSubtensor",
      "x[mask], x[:, mask, i] …: the elements where a boolean mask is true, in row-major order.");
  read.examples = {
      {R"({"op": "advanced_boolean_subtensor", "inputs": ["x", "m"], "index": [{"input": 1}]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3]},
           "m": {"dtype": "bool", "shape": [2, 3], "value": [[1, 0, 1], [0, 0, 1]]}})"},
      {R"({"op": "advanced_boolean_subtensor", "inputs": ["x", "m"],
           "index": ["1:", {"input": 1}], "size": "k"})",
       R"({"x": {"dtype": "float32", "shape": [3, 4, 2]},
           "m": {"dtype": "bool", "shape": [4], "value": [0, 1, 1, 0]}})"},
      {R"({"op": "advanced_boolean_subtensor", "inputs": ["x", "m", "i"],
           "index": [{"input": 1}, {"input": 2}]})",
       R"({"x": {"dtype": "float64", "shape": [3, 4]},
           "m": {"dtype": "bool", "shape": [3], "value": [1, 0, 1]},
           "i": {"dtype": "int64", "shape": [2], "value": [3, -4]}})"}};
  OpDef inc = masked<kInc, 2>("advanced_boolean_inc_subtensor", "AdvancedBooleanIncSubtensor",
                              "x with y added to x[mask], which y broadcasts to.");
  inc.examples = {
      {R"({"op": "advanced_boolean_inc_subtensor", "inputs": ["x", "y", "m"],
           "index": [{"input": 2}]})",
       R"({"x": {"dtype": "float64", "shape": [2, 2]}, "y": {"dtype": "float64", "shape": []},
           "m": {"dtype": "bool", "shape": [2, 2], "value": [[1, 0], [0, 1]]}})"}};
  OpDef set = masked<kSet, 2>("advanced_boolean_set_subtensor", "AdvancedBooleanIncSubtensor{set}",
                              "x with x[mask] replaced by y, which broadcasts to it.");
  set.examples = {
      {R"({"op": "advanced_boolean_set_subtensor", "inputs": ["x", "y", "m"],
           "index": [":", {"input": 2}]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3]}, "y": {"dtype": "float64", "shape": [2, 2]},
           "m": {"dtype": "bool", "shape": [3], "value": [1, 0, 1]}})"}};
  return {std::move(read), std::move(inc), std::move(set)};
}

}  // namespace tgc
