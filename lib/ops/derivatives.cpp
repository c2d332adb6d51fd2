// SPDX-License-Identifier: Apache-2.0
// See derivatives.h. A Rop is made of two Lops: g(v) = Lop(f, wrt, v) is linear in v, so that its
// gradient along eval_points with respect to v is the Rop, whatever v is.
#include "ops/derivatives.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "graph/clone.h"
#include "ops/scan.h"
#include "support/check.h"

namespace tgc {
namespace {

bool fail(Diagnostics& diagnostics, const GradOptions& options, const char* code,
          const std::string& message, const std::string& part, const std::string& hint) {
  diagnostics.error(code, message, options.locate ? options.locate(part) : Location{}).hint = hint;
  return false;
}

bool are_floats(const Graph& graph, const std::vector<VariableId>& variables,
                const std::string& part, const GradOptions& options, Diagnostics& diagnostics) {
  for (size_t i = 0; i < variables.size(); ++i) {
    if (is_float(graph.type(variables[i]).dtype)) continue;
    return fail(diagnostics, options, "bad-dtype",
                display_name(graph, variables[i]) + " is " + type_text(graph.type(variables[i])) +
                    ", and only floats have derivatives",
                variables.size() == 1 && part != "f" && part != "wrt"
                    ? part
                    : part + "/" + std::to_string(i),
                "a cast node makes a float of it");
  }
  return true;
}

// One eval point for each variable, with its rank; the dims must agree in the call.
bool match_points(Builder& builder, const std::vector<VariableId>& variables,
                  std::vector<VariableId>& points, const std::string& what,
                  const GradOptions& options, Diagnostics& diagnostics) {
  Graph& graph = builder.graph();
  if (points.size() != variables.size()) {
    return fail(diagnostics, options, "wrong-arity",
                std::to_string(points.size()) + " eval_points for " +
                    std::to_string(variables.size()) + " variables in '" + what + "'",
                "eval_points", "there is one for each, in the same order");
  }
  for (size_t i = 0; i < points.size(); ++i) {
    const TensorType type = graph.type(variables[i]);
    const TensorType given = graph.type(points[i]);
    bool fits = given.rank() == type.rank() && is_float(given.dtype);
    for (size_t axis = 0; fits && axis < type.shape.size(); ++axis) {
      const DimExpr difference = given.shape[axis] - type.shape[axis];
      fits = difference.is(0) || !difference.is_constant();
    }
    const std::string message = "the eval point of " + display_name(graph, variables[i]) +
                                ", which is " + type_text(type) + ", is " + type_text(given);
    if (!fits) {
      return fail(diagnostics, options, given.rank() != type.rank() ? "bad-rank" : "type-mismatch",
                  message, "eval_points/" + std::to_string(i),
                  "an eval point has the shape of its variable, and a float dtype");
    }
    for (size_t axis = 0; axis < type.shape.size(); ++axis) {
      if (given.shape[axis] == type.shape[axis]) continue;
      graph.add_equality({given.shape[axis], type.shape[axis], message, builder.origin()});
    }
    points[i] = builder.cast(points[i], type.dtype);
  }
  return true;
}

GradOptions with_known(GradOptions options, const std::vector<VariableId>& variables,
                       const std::vector<VariableId>& gradients) {
  options.known_grads.clear();
  for (size_t i = 0; i < variables.size(); ++i) {
    options.known_grads.emplace_back(variables[i], gradients[i]);
  }
  return options;
}

// The Applies that depend on `source`, in topological order.
std::vector<ApplyId> users_of(const Graph& graph, VariableId source) {
  std::set<VariableId> reached{source};
  std::vector<ApplyId> users;
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    if (std::none_of(apply.inputs.begin(), apply.inputs.end(),
                     [&](VariableId input) { return reached.count(input) != 0; })) {
      continue;
    }
    reached.insert(apply.outputs.begin(), apply.outputs.end());
    users.push_back(id);
  }
  return users;
}

// A loop over the elements of `seed` that computes `results` with the seed a one at that element
// and zeros elsewhere; what the results need and the seed does not reach comes from outside.
class UnitLoop {
 public:
  UnitLoop(Builder& outer, VariableId seed)
      : outer_(outer),
        seed_(seed),
        type_(outer.graph().type(seed)),
        inner_(body_, outer.registry(), outer.float_x()) {}

  // Stacks, over the elements in C order.
  Derivatives run(const std::vector<VariableId>& results, Diagnostics& diagnostics) {
    DimExpr count(1);
    for (const DimExpr& dim : type_.shape) count = count * dim;
    const VariableId positions = range(outer_, count);
    const VariableId position =
        body_.add_input({DType::int64, {}, {}}, "element", VariableKind::input, {});
    inputs_.push_back(positions);
    inner_.set_origin(outer_.origin());
    map_[seed_] = unit(count, position);
    capture_needed(results);
    const auto copies = clone(outer_.graph(), results, inner_, map_, diagnostics);
    if (!copies) return std::nullopt;
    for (const VariableId copy : *copies) body_.add_output(copy);
    const ApplyId loop = outer_.add("scan", inputs_, scan_attributes(1, {}, count),
                                    {std::make_shared<const Graph>(std::move(body_))});
    return outer_.graph().apply(loop).outputs;
  }

 private:
  static VariableId range(Builder& builder, const DimExpr& count) {
    const VariableId end = builder.call("dim", {}, {{"value", count}});
    return builder.call("arange", {builder.cast(end, DType::int64)}, {});
  }

  VariableId unit(const DimExpr& count, VariableId position) {
    const VariableId is_one = inner_.call("eq", {range(inner_, count), position});
    return inner_.call("reshape", {inner_.cast(is_one, type_.dtype)}, {{"shape", type_.shape}});
  }

  // What the copied Applies read that does not depend on the seed becomes an input of the body.
  void capture_needed(const std::vector<VariableId>& results) {
    const Graph& graph = outer_.graph();
    std::set<VariableId> made{seed_};
    for (const ApplyId id : users_of(graph, seed_)) {
      const Apply& apply = graph.apply(id);
      for (const VariableId input : apply.inputs) capture(input, made);
      made.insert(apply.outputs.begin(), apply.outputs.end());
    }
    for (const VariableId result : results) capture(result, made);
  }

  void capture(VariableId id, const std::set<VariableId>& made) {
    const Variable variable = outer_.graph().variable(id);
    if (made.count(id) != 0 || map_.count(id) != 0) return;
    if (variable.kind == VariableKind::constant) return;  // copied by clone
    const VariableId inner =
        body_.add_input(variable.type, variable.name, VariableKind::input, variable.origin);
    if (variable.value) body_.set_value(inner, *variable.value);
    map_[id] = inner;
    inputs_.push_back(id);
  }

  Builder& outer_;
  VariableId seed_;
  TensorType type_;
  Graph body_;
  Builder inner_;
  CloneMap map_;
  std::vector<VariableId> inputs_;
};

}  // namespace

Derivatives lop(Builder& builder, const std::vector<VariableId>& f,
                const std::vector<VariableId>& wrt, const std::vector<VariableId>& eval_points,
                GradOptions options, Diagnostics& diagnostics) {
  std::vector<VariableId> points = eval_points;
  if (!are_floats(builder.graph(), f, "f", options, diagnostics) ||
      !match_points(builder, f, points, "f", options, diagnostics)) {
    return std::nullopt;
  }
  return grad(builder, std::nullopt, wrt, with_known(std::move(options), f, points), diagnostics);
}

Derivatives rop(Builder& builder, const std::vector<VariableId>& f,
                const std::vector<VariableId>& wrt, const std::vector<VariableId>& eval_points,
                GradOptions options, Diagnostics& diagnostics) {
  std::vector<VariableId> points = eval_points;
  if (!are_floats(builder.graph(), f, "f", options, diagnostics) ||
      !are_floats(builder.graph(), wrt, "wrt", options, diagnostics) ||
      !match_points(builder, wrt, points, "wrt", options, diagnostics)) {
    return std::nullopt;
  }
  std::vector<VariableId> seeds;
  for (const VariableId variable : f) seeds.push_back(builder.zeros_like(variable));
  const auto linear = grad(builder, std::nullopt, wrt, with_known(options, f, seeds), diagnostics);
  if (!linear) return std::nullopt;
  // An f that wrt does not reach does not change: that is no mistake here.
  options.disconnected_inputs = DisconnectedInputs::ignore;
  options.consider_constant.clear();
  return grad(builder, std::nullopt, seeds, with_known(std::move(options), *linear, points),
              diagnostics);
}

Derivatives jacobian(Builder& builder, VariableId expression, const std::vector<VariableId>& wrt,
                     GradOptions options, Diagnostics& diagnostics) {
  const TensorType type = builder.graph().type(expression);
  if (!are_floats(builder.graph(), {expression}, "expression", options, diagnostics)) {
    return std::nullopt;
  }
  const VariableId seed = builder.zeros_like(expression);
  const auto gradients = grad(builder, std::nullopt, wrt,
                              with_known(std::move(options), {expression}, {seed}), diagnostics);
  if (!gradients) return std::nullopt;
  auto stacks = UnitLoop(builder, seed).run(*gradients, diagnostics);
  if (!stacks) return std::nullopt;
  for (VariableId& stack : *stacks) {
    const Shape stacked = builder.graph().type(stack).shape;
    Shape shape = type.shape;
    shape.insert(shape.end(), stacked.begin() + 1, stacked.end());
    if (type.rank() != 1) stack = builder.call("reshape", {stack}, {{"shape", shape}});
  }
  return stacks;
}

Derivatives hessian(Builder& builder, VariableId cost, const std::vector<VariableId>& wrt,
                    const GradOptions& options, Diagnostics& diagnostics) {
  if (!are_floats(builder.graph(), wrt, "wrt", options, diagnostics)) return std::nullopt;
  const auto gradients = grad(builder, cost, wrt, options, diagnostics);
  if (!gradients) return std::nullopt;
  GradOptions second = options;
  // A gradient that does not depend on the variable again makes a Hessian of zeros.
  second.disconnected_inputs = DisconnectedInputs::ignore;
  std::vector<VariableId> results;
  for (size_t i = 0; i < wrt.size(); ++i) {
    const auto rows = jacobian(builder, (*gradients)[i], {wrt[i]}, second, diagnostics);
    if (!rows) return std::nullopt;
    results.push_back((*rows)[0]);
  }
  return results;
}

}  // namespace tgc
