// SPDX-License-Identifier: Apache-2.0
// The gradient of a scan is a scan from its last step to its first (back-propagation through time).
// Its step computes the forward step anew and applies the chain rule to it:
//
//   G(t)    = dC/dh(t) from outside + c1                of a state h, at its value h(t)
//   c(k)'   = c(k + 1) + sum of G * dh(t)/dh(t - k)     carried: what has reached h(t - k) so far
//   A'      = A + sum of G * dh(t)/dw                   carried: the gradient of what stays
//   dx(t)   = sum of G * dh(t)/dx(t)                    a result
//
// with c(d + 1) = 0 for a state of depth d. As states themselves, c and A have no further taps, so
// gradients of gradients need nothing new.
#include <algorithm>
#include <set>

#include "graph/clone.h"
#include "graph/grad.h"
#include "graph/graph_symbols.h"
#include "ops/index_template.h"
#include "ops/scan.h"
#include "support/check.h"

namespace tgc {
namespace {

VariableId rows(Builder& builder, VariableId x, IndexEntry entry) {
  return builder.call("subtensor", {x}, {{"index", std::vector<IndexEntry>{std::move(entry)}}});
}

VariableId reversed(Builder& builder, VariableId x) {
  return rows(builder, x, slice(std::nullopt, std::nullopt, -1));
}

Shape item_shape(const TensorType& type) {
  return {type.shape.begin() + 1, type.shape.end()};
}

// One carried value that starts as zero: what the loop and what its step know of it.
struct Carried {
  VariableId inner;
  VariableId next;
  size_t output = 0;  // of the backward loop
};

// A loop that ended early is one of as many steps as it did.
DimExpr steps_done(const Apply& loop) {
  const std::string size = measured_symbol(loop);
  return size.empty() ? *find_attr<DimExpr>(loop.attributes, "n_steps")
                      : DimExpr::symbol(size, SymbolKind::measured);
}

class ScanGradient {
 public:
  explicit ScanGradient(GradContext& context)
      : context_(context),
        outer_(context.builder),
        apply_(context.graph.apply(context.apply)),
        step_(*apply_.inner.at(0)),
        layout_(scan_layout(apply_.attributes)),
        results_(step_.outputs().begin(),
                 step_.outputs().begin() + static_cast<std::ptrdiff_t>(apply_.outputs.size())),
        steps_(steps_done(apply_)),
        back_steps_(steps_),
        inner_(body_, outer_.registry(), outer_.float_x()) {
    const auto truncated = attr_or<int64_t>(apply_.attributes, "truncate_gradient", -1);
    if (truncated >= 0) back_steps_ = DimExpr::min(steps_, truncated);
  }

  void run() {
    find_reached();
    add_sequences();
    add_carried();
    add_rest();
    if (!add_forward_step()) return;
    if (!differentiate()) return;
    if (carried_ == 0 && step_grads_.empty()) return;
    add_loop();
    give_state_gradients();
    give_sequence_gradients();
    give_rest_gradients();
  }

 private:
  [[nodiscard]] bool has_slope(size_t i) const {
    return is_continuous(step_.type(step_.inputs()[i]).dtype);
  }

  // Which outputs of the step have a gradient: those with one from outside, and states that such an
  // output is computed from. Then the step's inputs that these are computed from.
  void find_reached() {
    has_gradient_.assign(results_.size(), false);
    for (size_t i = 0; i < has_gradient_.size(); ++i) {
      has_gradient_[i] = context_.output_grads[i].has_value();
    }
    for (bool has_grown = true; has_grown;) {
      has_grown = false;
      find_ancestors();
      for (size_t i = 0; i < layout_.states.size(); ++i) {
        if (has_gradient_[i] || !has_slope(layout_.states[i].first_tap)) continue;
        has_gradient_[i] = is_reached(layout_.states[i]);
        has_grown = has_grown || has_gradient_[i];
      }
    }
  }

  [[nodiscard]] bool is_reached(const ScanState& state) const {
    for (size_t k = 0; k < state.taps.size(); ++k) {
      if (reached_.count(step_.inputs()[state.first_tap + k]) != 0) return true;
    }
    return false;
  }

  void find_ancestors() {
    reached_.clear();
    std::vector<VariableId> work;
    for (size_t i = 0; i < has_gradient_.size(); ++i) {
      if (has_gradient_[i]) work.push_back(results_[i]);
    }
    while (!work.empty()) {
      const VariableId id = work.back();
      work.pop_back();
      if (!reached_.insert(id).second) continue;
      if (const Apply* owner = step_.owner(id)) {
        work.insert(work.end(), owner->inputs.begin(), owner->inputs.end());
      }
    }
  }

  [[nodiscard]] bool is_wanted(size_t loop_input, size_t step_input) const {
    return context_.wanted[loop_input] && has_slope(step_input) &&
           reached_.count(step_.inputs()[step_input]) != 0;
  }

  // Rows of steps T-1, T-2, … of a variable that has one row a step.
  VariableId add_backward(VariableId outer, const TensorType& element, const std::string& name) {
    VariableId sequence = reversed(outer_, outer);
    if (back_steps_ != steps_) sequence = rows(outer_, sequence, slice(std::nullopt, back_steps_));
    inputs_.push_back(sequence);
    ++sequences_;
    return body_.add_input(element, name);
  }

  // The rows of a sequence in the order of the steps.
  [[nodiscard]] IndexEntry step_order() const {
    if (layout_.is_backwards) {
      return slice(std::nullopt, std::nullopt, -1);
    }
    return slice(std::nullopt, steps_);
  }

  VariableId in_step_order(VariableId sequence) {
    VariableId ordered = rows(outer_, sequence, step_order());
    if (layout_.is_backwards) ordered = rows(outer_, ordered, slice(std::nullopt, steps_));
    return ordered;
  }

  void add_sequences() {
    const auto& inner = step_.inputs();
    for (size_t i = 0; i < layout_.sequences; ++i) {
      map_[inner[i]] = add_backward(in_step_order(apply_.inputs[i]), step_.type(inner[i]),
                                    step_.variable(inner[i]).name);
    }
    for (size_t i = 0; i < layout_.states.size(); ++i) {
      const ScanState& state = layout_.states[i];
      TGC_CHECK(!state.is_last_only, "the gradient of a scan that kept last values only");
      for (size_t k = 0; k < state.taps.size(); ++k) {
        const VariableId tap = inner[state.first_tap + k];
        const DimExpr first = state.depth + state.taps[k];
        const VariableId seen = rows(outer_, apply_.outputs[i], slice(first, first + steps_));
        map_[tap] = add_backward(seen, step_.type(tap), step_.variable(tap).name);
      }
    }
    outside_.resize(results_.size());
    for (size_t i = 0; i < outside_.size(); ++i) {
      if (!context_.output_grads[i]) continue;
      VariableId gradient = *context_.output_grads[i];
      if (i < layout_.states.size()) {
        gradient = rows(outer_, gradient, slice(layout_.states[i].depth, std::nullopt));
      }
      TensorType element = context_.graph.type(gradient);
      element.shape = step_.type(results_[i]).shape;
      outside_[i] = add_backward(gradient, element, "");
    }
  }

  Carried carry(const TensorType& type) {
    const VariableId zero = outer_.scalar(type.dtype, 0);
    Shape shape = type.shape;
    shape.insert(shape.begin(), DimExpr(1));
    inputs_.push_back(outer_.alloc(zero, shape));
    Carried carried;
    carried.inner = body_.add_input(type, "");
    carried.output = carried_++;
    return carried;
  }

  void add_carried() {
    state_carried_.resize(layout_.states.size());
    for (size_t i = 0; i < layout_.states.size(); ++i) {
      if (!has_gradient_[i] || !has_slope(layout_.states[i].first_tap)) continue;
      for (int64_t k = 0; k < layout_.states[i].depth; ++k) {
        state_carried_[i].push_back(carry(step_.type(results_[i])));
      }
    }
    for (size_t i = layout_.loop_rest; i < apply_.inputs.size(); ++i) {
      const size_t step_input = i - layout_.loop_rest + layout_.step_rest;
      if (!is_wanted(i, step_input)) continue;
      rest_carried_[i] = carry(step_.type(step_.inputs()[step_input]));
    }
  }

  void add_rest() {
    for (size_t i = layout_.loop_rest; i < apply_.inputs.size(); ++i) {
      const VariableId inner = step_.inputs()[i - layout_.loop_rest + layout_.step_rest];
      const Variable& variable = step_.variable(inner);
      const VariableId copy = body_.add_input(variable.type, variable.name);
      if (variable.value) body_.set_value(copy, *variable.value);
      map_[inner] = copy;
      inputs_.push_back(apply_.inputs[i]);
    }
  }

  bool add_forward_step() {
    const auto outputs = clone(step_, results_, inner_, map_, context_.diagnostics);
    if (outputs) forward_ = *outputs;
    return outputs.has_value();
  }

  VariableId sum_of(const std::vector<VariableId>& terms, DType dtype) {
    return inner_.cast(terms.size() == 1 ? terms[0] : inner_.call("add", terms), dtype);
  }

  // The gradients of the step's inputs, from those of its outputs.
  bool differentiate() {
    GradOptions options;
    options.disconnected_inputs = DisconnectedInputs::ignore;
    options.locate = context_.locate;
    for (size_t i = 0; i < forward_.size(); ++i) {
      std::vector<VariableId> terms;
      if (outside_[i]) terms.push_back(*outside_[i]);
      if (i < state_carried_.size() && !state_carried_[i].empty()) {
        terms.push_back(state_carried_[i][0].inner);
      }
      if (terms.empty()) continue;
      options.known_grads.emplace_back(forward_[i], sum_of(terms, body_.type(forward_[i]).dtype));
    }
    std::vector<size_t> wanted;
    for (size_t i = 0; i < layout_.sequences; ++i) {
      if (is_wanted(i, i)) wanted.push_back(i);
    }
    for (size_t i = 0; i < layout_.states.size(); ++i) {
      if (state_carried_[i].empty()) continue;
      const ScanState& state = layout_.states[i];
      for (size_t k = 0; k < state.taps.size(); ++k) {
        if (reached_.count(step_.inputs()[state.first_tap + k]) != 0) {
          wanted.push_back(state.first_tap + k);
        }
      }
    }
    for (const auto& [loop_input, carried] : rest_carried_) {
      wanted.push_back(loop_input - layout_.loop_rest + layout_.step_rest);
    }
    std::vector<VariableId> wrt;
    for (const size_t input : wanted) wrt.push_back(map_.at(step_.inputs()[input]));
    inner_.set_origin(apply_.origin);
    const auto gradients = grad(inner_, std::nullopt, wrt, options, context_.diagnostics);
    if (!gradients) return false;
    for (size_t i = 0; i < wanted.size(); ++i) step_grads_[wanted[i]] = (*gradients)[i];
    return true;
  }

  void add_loop() {
    for (size_t i = 0; i < layout_.states.size(); ++i) {
      for (size_t k = 0; k < state_carried_[i].size(); ++k) add_next_of_state(i, k);
    }
    for (auto& [loop_input, carried] : rest_carried_) {
      const size_t input = loop_input - layout_.loop_rest + layout_.step_rest;
      body_.add_output(
          sum_of({carried.inner, step_grads_.at(input)}, body_.type(carried.inner).dtype));
    }
    size_t output = carried_;
    for (size_t i = 0; i < layout_.sequences; ++i) {
      const auto gradient = step_grads_.find(i);
      if (gradient == step_grads_.end()) continue;
      body_.add_output(gradient->second);
      sequence_outputs_[i] = output++;
    }
    const Attributes attributes =
        scan_attributes(sequences_, std::vector<std::vector<int64_t>>(carried_, {-1}), back_steps_);
    const ApplyId loop =
        outer_.add("scan", inputs_, attributes, {std::make_shared<const Graph>(std::move(body_))});
    outputs_ = outer_.graph().apply(loop).outputs;
  }

  // c(k)' = c(k + 1) + the gradient through the tap -k, if there is one; here k counts from 0.
  void add_next_of_state(size_t i, size_t k) {
    const ScanState& state = layout_.states[i];
    std::vector<VariableId> terms;
    if (k + 1 < state_carried_[i].size()) terms.push_back(state_carried_[i][k + 1].inner);
    for (size_t tap = 0; tap < state.taps.size(); ++tap) {
      const auto gradient = step_grads_.find(state.first_tap + tap);
      if (gradient == step_grads_.end()) continue;
      if (state.taps[tap] == -static_cast<int64_t>(k) - 1) terms.push_back(gradient->second);
    }
    const TensorType type = body_.type(state_carried_[i][k].inner);
    if (terms.empty()) terms.push_back(inner_.alloc(inner_.scalar(type.dtype, 0), type.shape));
    body_.add_output(sum_of(terms, type.dtype));
  }

  [[nodiscard]] VariableId last_of(const Carried& carried) {
    return rows(outer_, outputs_[carried.output], slice(DimExpr(-1), std::nullopt));
  }

  // Rows for steps that a truncated gradient did not come to, in front.
  VariableId padded(VariableId gradient) {
    if (back_steps_ == steps_) return gradient;
    const TensorType type = outer_.graph().type(gradient);
    Shape shape = item_shape(type);
    shape.insert(shape.begin(), steps_ - back_steps_);
    const VariableId zeros = outer_.alloc(outer_.scalar(type.dtype, 0), shape);
    return outer_.call("join", {zeros, gradient}, {{"axis", int64_t{0}}});
  }

  // Of the initial values: what was carried to them, the farthest back first, and what the users of
  // the trace make of them.
  void give_state_gradients() {
    for (size_t i = 0; i < layout_.states.size(); ++i) {
      const size_t input = layout_.sequences + i;
      if (!context_.wanted[input] || state_carried_[i].empty()) continue;
      const DimExpr depth = layout_.states[i].depth;
      std::vector<VariableId> parts;
      for (size_t k = state_carried_[i].size(); k-- > 0;) {
        parts.push_back(last_of(state_carried_[i][k]));
      }
      VariableId gradient =
          parts.size() == 1 ? parts[0] : outer_.call("join", parts, {{"axis", int64_t{0}}});
      if (back_steps_ != steps_) {
        gradient = rows(outer_, padded(gradient), slice(std::nullopt, depth));
      }
      if (context_.output_grads[i]) {
        const VariableId direct =
            rows(outer_, *context_.output_grads[i], slice(std::nullopt, depth));
        gradient = outer_.call("add", {gradient, direct});
      }
      context_.input_grads[input] = gradient;
    }
  }

  void give_sequence_gradients() {
    for (const auto& [input, output] : sequence_outputs_) {
      VariableId gradient = padded(reversed(outer_, outputs_[output]));
      const VariableId sequence = apply_.inputs[input];
      if (layout_.is_backwards) gradient = reversed(outer_, gradient);
      const DimExpr length = context_.graph.type(sequence).shape[0];
      if (length != steps_) {  // steps did not come to the other rows
        IndexEntry seen = layout_.is_backwards ? slice(length - steps_, std::nullopt)
                                               : slice(std::nullopt, steps_);
        gradient = outer_.call("inc_subtensor", {outer_.zeros_like(sequence), gradient},
                               {{"index", std::vector<IndexEntry>{std::move(seen)}}});
      }
      context_.input_grads[input] = gradient;
    }
  }

  void give_rest_gradients() {
    for (const auto& [loop_input, carried] : rest_carried_) {
      IndexEntry last;
      last.kind = IndexEntry::Kind::index;
      last.start = DimExpr(-1);
      context_.input_grads[loop_input] = rows(outer_, outputs_[carried.output], last);
    }
  }

  GradContext& context_;
  Builder& outer_;
  const Apply apply_;  // a copy: the Graph grows
  const Graph& step_;
  const ScanLayout layout_;
  const std::vector<VariableId> results_;  // the step's outputs but the until condition
  const DimExpr steps_;
  DimExpr back_steps_;
  Graph body_;  // the backward step
  Builder inner_;
  CloneMap map_;                    // from the forward step to its copy in body_
  std::vector<VariableId> inputs_;  // of the backward loop
  size_t sequences_ = 0;
  size_t carried_ = 0;
  std::vector<bool> has_gradient_;                  // per output of the step
  std::set<VariableId> reached_;                    // the step's variables with a gradient
  std::vector<std::optional<VariableId>> outside_;  // per output: its gradient from outside
  std::vector<std::vector<Carried>> state_carried_;
  std::map<size_t, Carried> rest_carried_;  // by the loop's input
  std::vector<VariableId> forward_;
  std::map<size_t, VariableId> step_grads_;  // by the step's input
  std::map<size_t, size_t> sequence_outputs_;
  std::vector<VariableId> outputs_;  // of the backward loop
};

}  // namespace

void scan_grad(GradContext& context) {
  ScanGradient(context).run();
}

}  // namespace tgc
