// SPDX-License-Identifier: Apache-2.0
// See builder.h.
#include "graph/builder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/graph_symbols.h"
#include "support/check.h"

namespace tgc {
namespace {

bool check_arity(InferContext& context) {
  if (!context.inner.empty()) return true;  // inputs are those of the inner Graphs: infer checks
  const OpDef& op = context.op;
  const int count = static_cast<int>(context.inputs.size());
  if (count >= op.min_inputs && (op.max_inputs < 0 || count <= op.max_inputs)) return true;
  std::string wanted = std::to_string(op.min_inputs);
  if (op.max_inputs < 0) {
    wanted = "at least " + wanted;
  } else if (op.max_inputs != op.min_inputs) {
    wanted += " to " + std::to_string(op.max_inputs);
  }
  const bool is_one = op.min_inputs == 1 && op.max_inputs <= 1;
  const std::string unit = is_one ? " input" : " inputs";
  return context.fail("wrong-arity", "takes " + wanted + unit + ", got " + std::to_string(count),
                      "inputs");
}

// Sizes that do not fit 63 bits are the user's fault; values too large to tell are just not known.
bool check_outputs(InferContext& context) {
  for (const TensorType& type : context.outputs) {
    std::vector<int64_t> dims;
    bool is_good = true;
    for (const DimExpr& dim : type.shape) {
      is_good = is_good && !dim.is_saturated();
      dims.push_back(std::max<int64_t>(dim.constant().value_or(1), 0));
    }
    if (!is_good || !element_count(dims, dtype_size(type.dtype))) {
      return context.fail("shape-overflow",
                          "the size of its result " + type_text(type) + " does not fit 63 bits");
    }
  }
  for (auto& value : context.output_values) {
    const bool is_known = !value || std::none_of(value->begin(), value->end(),
                                                 [](const auto& v) { return v.is_saturated(); });
    if (!is_known) value.reset();
  }
  return true;
}

// What a call is told when the equality does not hold, as for elements that fail: the short
// message, with the node's name behind the op's, and what the node got. "add (total): dimension
// mismatch on axis 0: n (x) and m (y); inputs: x float32[n], y float32[m]". Those of inner Graphs
// tell it already.
std::string bind_message(const InferContext& context, const Origin& origin, std::string message) {
  constexpr std::string_view kInputs = "; inputs: ";
  constexpr size_t kMostInputs = 6;
  if (message.find(kInputs) != std::string::npos) return message;
  const std::string op(context.op.name);
  if (!origin.nodes.empty() && message.starts_with(op + ": ")) {
    message.insert(op.size(), " (" + origin.nodes.front() + ")");
  }
  if (!origin.trace.empty()) message += ", created at " + origin.trace.front();
  const size_t count = context.inputs.size();
  for (size_t i = 0; i < std::min(count, kMostInputs); ++i) {
    message += i == 0 ? kInputs : ", ";
    message += context.name(i) + " " + type_text(context.type(i));
  }
  if (count > kMostInputs) message += " and " + std::to_string(count - kMostInputs) + " more";
  return message;
}

bool refuse_complex(const InferContext& context, const std::string& dtypes) {
  return context.fail("bad-dtype", "is not defined for " + dtypes, "inputs",
                      "real, imag and abs_ take a complex number apart");
}

std::string first_complex(const InferContext& context) {
  const auto found =
      std::find_if(context.inputs.begin(), context.inputs.end(),
                   [](const Variable* input) { return is_complex(input->type.dtype); });
  TGC_CHECK(found != context.inputs.end(), "no input is complex");
  return std::string(dtype_name((*found)->type.dtype));
}

std::string dtypes_of_inputs(const InferContext& context) {
  std::string text;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (i > 0) text += " and ";
    text += std::string(dtype_name(context.type(i).dtype)) + " (" + context.name(i) + ")";
  }
  return text;
}

// infer_types with real dtypes in place of the complex ones; what it tells names the complex ones.
bool infer_of_parts(InferContext& context) {
  std::vector<Variable> reals;
  for (const Variable* input : context.inputs) {
    reals.push_back(*input);
    reals.back().type.dtype = real_dtype(input->type.dtype);
  }
  Diagnostics found;
  InferContext parts(context.op, context.attributes, found);
  parts.float_x = context.float_x;
  parts.locate = context.locate;
  for (const Variable& real : reals) parts.inputs.push_back(&real);
  const bool is_good = infer_types(parts);
  context.equalities = std::move(parts.equalities);
  for (Diagnostic& diagnostic : found.all()) {
    size_t note = 0;
    for (const Variable* input : context.inputs) {
      if (input->name.empty() || note == diagnostic.notes.size()) continue;
      diagnostic.notes[note++].message = "'" + input->name + "' is " + type_text(input->type);
    }
    context.diagnostics.add(std::move(diagnostic));
  }
  return is_good;
}

// A complex result asked for of real inputs: the real one, and zeros beside it.
std::optional<std::vector<VariableId>> add_real(Builder& builder, NodeSpec spec,
                                                const std::string& wanted,
                                                Diagnostics& diagnostics) {
  if (spec.op->on_complex == nullptr) {
    InferContext context(*spec.op, spec.attributes, diagnostics);
    context.locate = spec.locate;
    const DType dtype = *find_attr<DType>(spec.attributes, wanted);
    context.fail("bad-dtype", "is not defined for " + std::string(dtype_name(dtype)), wanted,
                 "give a real dtype; `complex` makes a complex number of two real ones");
    return std::nullopt;
  }
  for (auto& [name, value] : spec.attributes) {
    auto* dtype = std::get_if<DType>(&value);
    if (dtype != nullptr) *dtype = real_dtype(*dtype);
  }
  const Origin origin = spec.origin, outside = builder.origin();
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  if (!outputs) return std::nullopt;
  builder.set_origin(origin);
  std::vector<VariableId> joined;
  for (const VariableId output : *outputs) {
    const VariableId zero = builder.scalar(builder.graph().type(output).dtype, 0);
    joined.push_back(builder.call("complex", {output, zero}));
  }
  builder.set_origin(outside);
  return joined;
}

// How a node that its inputs do not fit ends an attempt.
struct PartFailure {
  Diagnostic diagnostic;
};

}  // namespace

bool infer_types(InferContext& context) {
  if (!check_arity(context)) return false;
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const Place& first = context.type(0).place;
    const Place& other = context.type(i).place;
    const bool mixed = first != other && context.type(i).rank() > 0 && context.type(0).rank() > 0;
    TGC_CHECK(!mixed || context.op.is_internal,
              std::string(context.op.name) + ": inputs live in two places");
  }
  return context.op.infer(context) && check_outputs(context);
}

// Sizes measured of the same inputs are the same size.
std::string Builder::size_name(const NodeSpec& spec) const {
  std::set<std::string> taken;
  for (const ApplyId id : graph_.applies()) {
    const Apply& apply = graph_.apply(id);
    const auto* name = find_attr<std::string>(apply.attributes, "size");
    if (measured_symbol(apply).empty()) continue;
    if (apply.op == spec.op && apply.inputs == spec.inputs) return *name;
    taken.insert(*name);
  }
  const std::string stem =
      size_scope_ + (spec.name.empty() ? std::string(spec.op->name) : spec.name);
  std::string name = stem + "_size";
  for (int number = 2; taken.count(name) != 0; ++number) {
    name = stem + "_size_" + std::to_string(number);
  }
  return name;
}

// Compositions in terms of the real and imaginary parts of complex inputs.
std::optional<std::vector<VariableId>> Builder::add_complex(NodeSpec spec,
                                                            Diagnostics& diagnostics) {
  InferContext context(*spec.op, spec.attributes, diagnostics);
  context.float_x = float_x_;
  context.locate = spec.locate;
  for (const VariableId input : spec.inputs) context.inputs.push_back(&graph_.variable(input));
  if (spec.op->on_complex == nullptr || !spec.inner.empty()) {
    refuse_complex(context, first_complex(context));
    return std::nullopt;
  }
  for (auto& [name, value] : spec.attributes) {
    auto* dtype = std::get_if<DType>(&value);
    if (dtype != nullptr && !is_complex(*dtype)) {
      context.fail("bad-dtype",
                   "a complex input has no " + std::string(dtype_name(*dtype)) + " result", name,
                   "take real(…) of the input first, or give a complex dtype");
      return std::nullopt;
    }
    if (dtype != nullptr) *dtype = real_dtype(*dtype);
  }
  if (!infer_of_parts(context)) return std::nullopt;
  for (DimEquality& equality : context.equalities) {
    equality.origin = spec.origin;
    equality.message = bind_message(context, spec.origin, std::move(equality.message));
    graph_.add_equality(std::move(equality));
  }
  const Origin outside = std::exchange(origin_, spec.origin);
  auto outputs = spec.op->on_complex(*this, *spec.op, spec.inputs, spec.attributes);
  origin_ = outside;
  if (outputs.empty()) {
    context.inputs.clear();  // where the Graph had them before it grew
    for (const VariableId input : spec.inputs) context.inputs.push_back(&graph_.variable(input));
    refuse_complex(context, dtypes_of_inputs(context));
    return std::nullopt;
  }
  const Variable& output = graph_.variable(outputs[0]);
  if (outputs.size() == 1 && output.name.empty() && output.owner.valid()) {
    graph_.set_name(output.id, spec.name);
  }
  return outputs;
}

std::optional<std::vector<VariableId>> Builder::add_node(NodeSpec spec, Diagnostics& diagnostics) {
  if (spec.op->measures != nullptr && spec.op->measures(spec.attributes) &&
      !spec.attributes.contains("size")) {
    spec.attributes.insert_or_assign("size", size_name(spec));
  }
  const bool has_complex =
      std::any_of(spec.inputs.begin(), spec.inputs.end(),
                  [&](VariableId input) { return is_complex(graph_.type(input).dtype); });
  if (has_complex && !spec.op->accepts_complex) return add_complex(std::move(spec), diagnostics);
  for (const auto& [name, value] : spec.attributes) {
    const auto* dtype = std::get_if<DType>(&value);
    if (dtype == nullptr || !is_complex(*dtype) || spec.op->accepts_complex) continue;
    return add_real(*this, std::move(spec), std::string(name), diagnostics);
  }
  InferContext context(*spec.op, spec.attributes, diagnostics);
  context.float_x = float_x_;
  context.locate = std::move(spec.locate);
  context.inner = spec.inner;
  for (const VariableId input : spec.inputs) context.inputs.push_back(&graph_.variable(input));
  if (!infer_types(context)) return std::nullopt;
  for (const TensorType& output : context.outputs) {
    if (!is_complex(output.dtype) || spec.op->accepts_complex) continue;
    refuse_complex(context, std::string(dtype_name(output.dtype)));
    return std::nullopt;
  }
  for (DimEquality& equality : context.equalities) {
    equality.origin = spec.origin;
    equality.message = bind_message(context, spec.origin, std::move(equality.message));
    graph_.add_equality(std::move(equality));
  }
  if (spec.op->expand != nullptr) {
    std::optional<std::vector<VariableId>> outputs;
    const auto failure = attempt([&] { outputs = expand(spec, context.outputs); });
    if (failure) {
      context.fail_in_part(*failure);
      return std::nullopt;
    }
    if (outputs) return outputs;
  }
  ApplySpec apply;
  apply.op = spec.op;
  apply.inputs = std::move(spec.inputs);
  apply.attributes = std::move(spec.attributes);
  apply.inner = std::move(context.inner);
  apply.output_types = std::move(context.outputs);
  apply.output_values = std::move(context.output_values);
  apply.name = std::move(spec.name);
  apply.origin = std::move(spec.origin);
  return graph_.apply(graph_.add_apply(std::move(apply))).outputs;
}

std::optional<std::vector<VariableId>> Builder::expand(const NodeSpec& spec,
                                                       const std::vector<TensorType>& types) {
  const Origin outside = std::exchange(origin_, spec.origin);
  auto outputs = spec.op->expand(*this, spec.inputs, spec.attributes);
  origin_ = outside;
  if (!outputs) return std::nullopt;
  TGC_CHECK(outputs->size() == types.size(), std::string(spec.op->name) + ": outputs differ");
  for (size_t i = 0; i < types.size(); ++i) {
    const Variable& output = graph_.variable((*outputs)[i]);
    TGC_CHECK(output.type.dtype == types[i].dtype && output.type.rank() == types[i].rank(),
              std::string(spec.op->name) + " expands to " + type_text(output.type) + ", not " +
                  type_text(types[i]));
    if (types.size() == 1 && output.name.empty() && output.owner.valid()) {
      graph_.set_name(output.id, spec.name);
    }
  }
  return outputs;
}

std::vector<VariableId> Builder::add_checked(std::string_view op, std::vector<VariableId> inputs,
                                             Attributes attributes, std::vector<InnerGraph> inner) {
  NodeSpec spec;
  spec.op = &registry_.get(op);
  spec.inputs = std::move(inputs);
  spec.attributes = std::move(attributes);
  spec.inner = std::move(inner);
  spec.origin = origin_;
  Diagnostics diagnostics;
  auto outputs = add_node(std::move(spec), diagnostics);
  if (!outputs && is_attempt_ && !diagnostics.all().empty()) {
    throw PartFailure{diagnostics.all().front()};
  }
  TGC_CHECK(outputs.has_value(), diagnostics.all().empty() ? std::string(op) + ": inference failed"
                                                           : diagnostics.all()[0].message);
  return *outputs;
}

std::optional<Diagnostic> Builder::attempt(const std::function<void()>& parts) {
  const bool was_attempt = std::exchange(is_attempt_, true);
  const Origin outside = origin_;
  std::optional<Diagnostic> failure;
  try {
    parts();
  } catch (const PartFailure& part) {
    failure = part.diagnostic;
    origin_ = outside;
  }
  is_attempt_ = was_attempt;
  return failure;
}

ApplyId Builder::add(std::string_view op, std::vector<VariableId> inputs, Attributes attributes,
                     std::vector<InnerGraph> inner) {
  const auto outputs = add_checked(op, std::move(inputs), std::move(attributes), std::move(inner));
  const Apply* apply = graph_.owner(outputs.at(0));
  TGC_CHECK(apply != nullptr && apply->op == &registry_.get(op),
            std::string(op) + " is a composition: use call()");
  return apply->id;
}

VariableId Builder::call(std::string_view op, std::vector<VariableId> inputs,
                         Attributes attributes) {
  return add_checked(op, std::move(inputs), std::move(attributes), {}).at(0);
}

VariableId Builder::scalar(DType dtype, double value) {
  return graph_.add_constant(std::make_shared<const Tensor>(Tensor::scalar(dtype, value)));
}

VariableId Builder::cast(VariableId variable, DType dtype) {
  if (graph_.type(variable).dtype == dtype) return variable;
  return call("cast", {variable}, {{"dtype", dtype}});
}

VariableId Builder::zeros_like(VariableId variable) {
  const TensorType type = graph_.type(variable);
  return alloc(scalar(type.dtype, 0), type.shape);
}

VariableId Builder::alloc(VariableId value, const Shape& shape) {
  if (graph_.type(value).shape == shape) return value;
  return call("alloc", {value}, {{"shape", shape}});
}

}  // namespace tgc
