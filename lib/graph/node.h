// SPDX-License-Identifier: Apache-2.0
// Node: a Variable together with its Builder, so that gradients and compositions read as formulas:
// `g * cos(x)` adds the Applies mul and cos. A number takes the dtype of the Node beside it.
#pragma once
#include <string_view>
#include <vector>

#include "graph/builder.h"

namespace tgc {

class Node {
 public:
  Node(Builder& builder, VariableId id) : builder_(&builder), id_(id) {}

  [[nodiscard]] VariableId id() const { return id_; }
  [[nodiscard]] Builder& builder() const { return *builder_; }
  [[nodiscard]] TensorType type() const { return builder_->graph().type(id_); }
  [[nodiscard]] Node cast(DType dtype) const { return {*builder_, builder_->cast(id_, dtype)}; }
  // A 0-d constant of this node's dtype.
  [[nodiscard]] Node number(double value) const {
    return {*builder_, builder_->scalar(type().dtype, value)};
  }
  // Op `op` of this node, then `others`.
  [[nodiscard]] Node call(std::string_view op, const std::vector<Node>& others = {},
                          Attributes attributes = {}) const {
    std::vector<VariableId> inputs{id_};
    for (const Node& other : others) inputs.push_back(other.id_);
    return {*builder_, builder_->call(op, std::move(inputs), std::move(attributes))};
  }

 private:
  Builder* builder_;
  VariableId id_;
};

inline Node operator+(const Node& a, const Node& b) {
  return a.call("add", {b});
}
inline Node operator-(const Node& a, const Node& b) {
  return a.call("sub", {b});
}
inline Node operator*(const Node& a, const Node& b) {
  return a.call("mul", {b});
}
inline Node operator/(const Node& a, const Node& b) {
  return a.call("true_div", {b});
}
inline Node operator-(const Node& a) {
  return a.call("neg");
}
inline Node operator+(const Node& a, double b) {
  return a + a.number(b);
}
inline Node operator-(const Node& a, double b) {
  return a - a.number(b);
}
inline Node operator*(const Node& a, double b) {
  return a * a.number(b);
}
inline Node operator/(const Node& a, double b) {
  return a / a.number(b);
}
inline Node operator+(double a, const Node& b) {
  return b.number(a) + b;
}
inline Node operator-(double a, const Node& b) {
  return b.number(a) - b;
}
inline Node operator*(double a, const Node& b) {
  return b.number(a) * b;
}
inline Node operator/(double a, const Node& b) {
  return b.number(a) / b;
}

inline Node sqr(const Node& a) {
  return a.call("sqr");
}
inline Node sqrt(const Node& a) {
  return a.call("sqrt");
}
inline Node exp(const Node& a) {
  return a.call("exp");
}
inline Node log(const Node& a) {
  return a.call("log");
}
inline Node sin(const Node& a) {
  return a.call("sin");
}
inline Node cos(const Node& a) {
  return a.call("cos");
}
inline Node sinh(const Node& a) {
  return a.call("sinh");
}
inline Node cosh(const Node& a) {
  return a.call("cosh");
}
inline Node abs(const Node& a) {
  return a.call("abs_");
}
inline Node eq(const Node& a, const Node& b) {
  return a.call("eq", {b});
}
inline Node lt(const Node& a, const Node& b) {
  return a.call("lt", {b});
}
inline Node gt(const Node& a, const Node& b) {
  return a.call("gt", {b});
}
inline Node ge(const Node& a, const Node& b) {
  return a.call("ge", {b});
}
inline Node le(const Node& a, const Node& b) {
  return a.call("le", {b});
}
inline Node where(const Node& condition, const Node& a, const Node& b) {
  return condition.call("switch", {a, b});
}

}  // namespace tgc
