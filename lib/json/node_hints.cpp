// SPDX-License-Identifier: Apache-2.0
// See node_hints.h.
#include "json/node_hints.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tgc {
namespace {

std::string name_of(const Variable& variable) {
  return "'" + variable.name + "'";
}

std::string dimshuffle_text(const Variable& variable, const std::string& order) {
  return R"({"op": "dimshuffle", "inputs": [")" + variable.name + R"("], "order": [)" + order +
         "]}";
}

std::string with_axes(const Shape& shape, size_t added) {
  Shape wider = shape;
  for (size_t i = 0; i < added; ++i) wider.emplace_back(1);
  return shape_text(wider);
}

bool is_transposed(const Shape& a, const Shape& b) {
  return a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0] && !(a[0] == b[0]);
}

// Where all of `small` stands in `large` but for its end: {n} in {n, 3} is 0.
std::optional<size_t> leading_place(const Shape& small, const Shape& large) {
  for (size_t at = 0; !small.empty() && at + small.size() < large.size(); ++at) {
    if (std::equal(small.begin(), small.end(), large.begin() + static_cast<long>(at))) return at;
  }
  return std::nullopt;
}

// The axes that `small` lacks behind its own to fit `large`; "" when that is not the mistake.
std::string forgotten_axis(const Variable& small, const Variable& large) {
  const auto at = leading_place(small.type.shape, large.type.shape);
  if (!at || small.name.empty()) return "";
  const size_t rank = small.type.shape.size();
  const size_t missing = large.type.shape.size() - rank - *at;
  std::string order;
  for (size_t i = 0; i < rank; ++i) order += (i > 0 ? ", " : "") + std::to_string(i);
  for (size_t i = 0; i < missing; ++i) order += ", \"x\"";
  return dimshuffle_text(small, order) + " makes " + name_of(small) + " " +
         with_axes(small.type.shape, missing) + ", which broadcasts; reductions do it with " +
         "\"keepdims\": true";
}

constexpr size_t kMostCompared = 8;  // inputs of one node

std::string elementwise_hint(std::vector<const Variable*> inputs) {
  if (inputs.size() > kMostCompared) inputs.resize(kMostCompared);
  for (const Variable* a : inputs) {
    for (const Variable* b : inputs) {
      if (std::string text = forgotten_axis(*a, *b); !text.empty()) return text;
      if (b->name.empty() || !is_transposed(a->type.shape, b->type.shape)) continue;
      return "is " + name_of(*b) + " transposed? " + dimshuffle_text(*b, "1, 0") + " makes it " +
             shape_text(a->type.shape);
    }
  }
  return "only a dim that is the integer 1 broadcasts; all others must be equal";
}

std::string dot_hint(const std::vector<const Variable*>& inputs) {
  const std::string rule =
      "dot sums over the last axis of its first input and the last but one of its second";
  if (inputs.size() != 2) return rule;
  const Variable& a = *inputs[0];
  const Variable& b = *inputs[1];
  const Shape& left = a.type.shape;
  const Shape& right = b.type.shape;
  if (left.empty() || right.empty()) return rule;
  if (right.size() == 2 && left.back() == right[1] && !b.name.empty()) {
    return "is " + name_of(b) + " transposed? " + dimshuffle_text(b, "1, 0") + " makes it " +
           shape_text({right[1], right[0]});
  }
  if (left.size() == 2 && right.size() == 2 && right[1] == left[0]) {
    return "the other way round they fit: dot(" + b.name + ", " + a.name + ") is " +
           shape_text({right[0], left[1]});
  }
  const DimExpr& inner = right.size() > 1 ? right[right.size() - 2] : right[0];
  if (left.size() == 2 && left[0] == inner && !a.name.empty()) {
    return "is " + name_of(a) + " transposed? " + dimshuffle_text(a, "1, 0") + " makes it " +
           shape_text({left[1], left[0]});
  }
  return rule;
}

// The product of the integers in "shape"; nullopt when it holds names.
std::optional<int64_t> known_product(const JsonValue& node, bool& has_open) {
  const auto shape = node.find("shape");
  if (!shape || !shape->is_array()) return std::nullopt;
  int64_t product = 1;
  for (const JsonValue dim : shape->elements()) {
    const auto number = dim.int64();
    if (!number) return std::nullopt;
    has_open = has_open || *number == -1;
    if (*number != -1 && __builtin_mul_overflow(product, *number, &product)) return std::nullopt;
  }
  return product;
}

std::string reshape_hint(const HintedNode& node) {
  bool has_open = false;
  const auto product = known_product(node.where, has_open);
  if (!product) return "the sizes of the new shape must multiply to as many elements";
  const std::string text = std::to_string(*product);
  if (has_open) return "-1 stands for what is left, so the elements must be a multiple of " + text;
  return "the new shape has " + text + (*product == 1 ? " element" : " elements") +
         "; one of its dims may be -1, which stands for what is left";
}

std::string shape_hint(const HintedNode& node) {
  const std::string_view op = node.op->name;
  if (node.op->scalar != nullptr) return elementwise_hint(node.inputs);
  if (op == "dot") return dot_hint(node.inputs);
  if (op == "reshape") return reshape_hint(node);
  if (op == "join") return "the inputs of join differ in the axis they are joined along alone";
  if (op == "conv3d")
    return "images are [batch, channels, depth, rows, columns], filters [out, channels, …]";
  if (op == "conv2d")
    return "images are [batch, channels, rows, columns], filters [out, channels, rows, columns]";
  return "";
}

// {"op": "dot", "inputs": ["x", "y"]}, from the op's page.
std::string example_hint(const OpDef& op) {
  return op.examples.empty() ? "" : "such as " + std::string(op.examples[0].node);
}

std::string axis_hint(const HintedNode& node) {
  if (node.inputs.empty() || node.inputs[0]->name.empty()) return "";
  const auto rank = static_cast<int64_t>(node.inputs[0]->type.rank());
  if (rank == 0) return name_of(*node.inputs[0]) + " is a scalar and has no axes";
  const std::string last = std::to_string(rank - 1);
  return name_of(*node.inputs[0]) + " has axes 0 to " + last + "; from the end they are -1 to -" +
         std::to_string(rank);
}

std::string op_hint(const HintedNode& node, const Diagnostic& diagnostic) {
  const std::string& code = diagnostic.code;
  const bool is_axis = diagnostic.message.find("is out of range for") != std::string::npos;
  std::string hint;
  if (code == "shape-mismatch") hint = shape_hint(node);
  if (code == "wrong-arity") hint = example_hint(*node.op);
  if (code == "bad-attribute" && is_axis) hint = axis_hint(node);
  if (code == "index-out-of-bounds") {
    hint = "an axis of length n has indices 0 to n - 1; from the end they are -1 to -n";
  }
  if (code == "shape-overflow") hint = "is a dim larger than was meant?";
  if (code == "bad-dtype") hint = "a cast node changes the dtype; ";
  const bool is_whole = !hint.empty() && !hint.ends_with("; ");
  return is_whole ? hint
                  : hint + "`tgc ops " + std::string(node.op->name) + "` tells what it takes";
}

std::string grad_hint(const HintedNode& node, const Diagnostic& diagnostic) {
  const std::string& code = diagnostic.code;
  const auto cost = node.where.find("cost");
  const std::string name = cost && cost->is_string() ? cost->string() : "loss";
  if (diagnostic.location.pointer.find("/known_grads") != std::string::npos) {
    return "a gradient is a float and has the shape of its variable";
  }
  if (code == "bad-rank") {
    return R"(reduce it first: {"op": "mean", "inputs": [")" + name +
           R"("], "name": "cost"}, or sum)";
  }
  if (code == "bad-dtype") return "only floats have gradients; cast what it is computed from";
  if (code == "disconnected-input") return "leave it out of \"wrt\"";
  if (code == "no-gradient") {
    return "name what is to count as constant in \"consider_constant\", or leave the op out";
  }
  return "`tgc explain " + code + "` tells more";
}

void note_types(const std::vector<const Variable*>& variables, Diagnostic& diagnostic) {
  for (const Variable* variable : variables) {
    DiagnosticNote note;
    note.message = name_of(*variable) + " is " + type_text(variable->type);
    note.location.pointer = variable->origin.pointer;
    diagnostic.notes.push_back(std::move(note));
  }
}

// dot(w[784, 10], x[n, 784])
void warn_of_swapped_factors(const HintedNode& node, const Location& where,
                             Diagnostics& diagnostics) {
  if (node.inputs.size() != 2) return;
  const Shape& left = node.inputs[0]->type.shape;
  const Shape& right = node.inputs[1]->type.shape;
  if (left.size() != 2 || right.size() != 2) return;
  const bool is_open = !(left[1] - right[0]).is_constant();
  if (!is_open || !(left[0] == right[1]) || !left[0].is_constant()) return;
  const std::string first = name_of(*node.inputs[0]);
  const std::string second = name_of(*node.inputs[1]);
  auto& diagnostic = diagnostics.warning(
      "odd-broadcast",
      "dot: the axis " + left[1].text() + " of " + first + " meets the axis " + right[0].text() +
          " of " + second + ", so each call must have " + left[1].text() + " = " + right[0].text() +
          "; the other way round " + left[0].text() + " meets " + right[1].text(),
      where);
  note_types(node.inputs, diagnostic);
  diagnostic.hint = "did you mean dot(" + second + ", " + first + ")?";
}

}  // namespace

void add_node_hints(const HintedNode& node, size_t first, Diagnostics& diagnostics) {
  for (size_t i = first; i < diagnostics.all().size(); ++i) {
    Diagnostic& diagnostic = diagnostics.all()[i];
    auto& notes = diagnostic.notes;
    for (size_t k = notes.size(); k-- > 1;) {
      const auto end = notes.begin() + static_cast<long>(k);
      const bool known = std::any_of(notes.begin(), end, [&](const DiagnosticNote& note) {
        return note.message == end->message && note.location.pointer == end->location.pointer;
      });
      if (known) notes.erase(end);
    }
    if (!diagnostic.hint.empty()) continue;
    diagnostic.hint = node.op != nullptr ? op_hint(node, diagnostic) : grad_hint(node, diagnostic);
  }
}

void warn_of_odd_sizes(const HintedNode& node, const Location& where, Diagnostics& diagnostics) {
  if (node.op->name == "dot") warn_of_swapped_factors(node, where, diagnostics);
  if (node.op->scalar == nullptr) return;
  if (node.inputs.size() < 2 || node.inputs.size() > kMostCompared) return;
  for (const Variable* small : node.inputs) {
    for (const Variable* large : node.inputs) {
      const Shape& shape = small->type.shape;
      const Shape& other = large->type.shape;
      const auto at = leading_place(shape, other);
      if (!at || shape.size() != 1 || shape[0].is_constant()) continue;
      const DimExpr& opposite = other.back();
      if (opposite == shape[0] || opposite.is(1)) continue;
      auto& diagnostic = diagnostics.warning(
          "odd-broadcast",
          std::string(node.op->name) + ": the axis " + shape[0].text() + " of " + name_of(*small) +
              " meets axis " + std::to_string(other.size() - 1) + " of " + name_of(*large) + ", " +
              opposite.text() + ", so each call must have " + shape[0].text() + " = " +
              opposite.text() + "; axis " + std::to_string(*at) + " of " + name_of(*large) +
              " is " + shape[0].text() + " too",
          where);
      note_types({large, small}, diagnostic);
      diagnostic.hint = forgotten_axis(*small, *large);
      return;
    }
  }
}

}  // namespace tgc
