// SPDX-License-Identifier: Apache-2.0
// Random graphs for property tests: elementwise ops, reductions, products, views, selections,
// casts, branches and updates over a few shapes, made from a seed. The same seed gives the same
// graph.
#pragma once
#include <algorithm>
#include <cstdint>

#include "unit/passes/pass_fixture.h"

namespace tgc {

// A small generator whose sequence is the same everywhere (splitmix64).
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  size_t below(size_t count) { return static_cast<size_t>(next() % count); }
  bool chance(size_t one_in) { return below(one_in) == 0; }
  double real() { return static_cast<double>(next() >> 11) * 0x1p-53 * 2 - 1; }

 private:
  uint64_t state_;
};

class RandomGraph {
 public:
  static constexpr int64_t kRows = 3;  // what the symbol n stands for

  explicit RandomGraph(uint64_t seed) : dice_(seed) {
    const DimExpr n = DimExpr::symbol("n");
    for (const Shape& shape : {Shape{n, 4}, Shape{4, n}, Shape{4}, Shape{1, 4}, Shape{}}) {
      nodes_.push_back(fixture.input("x" + std::to_string(nodes_.size()), shape, DType::float64));
    }
    for (const char* name : {"w", "v"}) nodes_.push_back(fixture.shared(name, {4, 4}));
    nodes_.push_back(fixture.input("i", {n}, DType::int32));
    const size_t count = 4 + dice_.below(20);
    for (size_t i = 0; i < count; ++i) add();
    // of the later nodes some are results, and one becomes the new value of w where it fits
    for (size_t i = 0; i < 3; ++i) fixture.output(nodes_[nodes_.size() - 1 - dice_.below(4)]);
    for (size_t i = nodes_.size(); i-- > 0;) {
      const TensorType type = nodes_[i].type();
      const bool fits = type.dtype == DType::float64 && type.shape == Shape{4, 4};
      if (!fits || fixture.function.graph.variable(nodes_[i].id()).name == "w") continue;
      fixture.update("w", nodes_[i]);
      break;
    }
  }

  std::vector<Tensor> inputs() {
    std::vector<Tensor> values;
    for (const VariableId id : fixture.function.graph.inputs()) {
      const TensorType& type = fixture.function.graph.type(id);
      std::vector<int64_t> dims;
      for (const DimExpr& dim : type.shape) dims.push_back(dim.constant().value_or(kRows));
      Tensor value(type.dtype, dims);
      for (int64_t i = 0; i < value.size(); ++i) {
        if (is_float(type.dtype)) {
          value.set_double(i, 0.25 + 1.5 * std::abs(dice_.real()));
        } else {
          value.set_int(i, static_cast<int64_t>(dice_.below(4)));
        }
      }
      values.push_back(std::move(value));
    }
    return values;
  }

  PassFixture fixture{DType::float64};

 private:
  Node any() { return nodes_[dice_.below(nodes_.size())]; }
  // A node whose shape agrees with x's, or a scalar, or x itself.
  Node like(const Node& x) {
    for (int tries = 0; tries < 8; ++tries) {
      const Node y = any();
      const Shape shape = y.type().shape;
      if (shape.empty() || shape == x.type().shape) return y;
    }
    return dice_.chance(2) ? x : x.number(static_cast<double>(dice_.below(4)) - 1);
  }
  // Of values that may grow only the bounded part goes on, so that results stay comparable.
  Node bounded(const Node& x) { return dice_.chance(3) ? x.call("tanh") : x; }

  void add() {
    switch (dice_.below(10)) {
      case 0:
        return add_unary();
      case 1:
      case 2:
        return add_binary();
      case 3:
        return add_nary();
      case 4:
        return add_reduction();
      case 5:
        return add_product();
      case 6:
        return add_view();
      case 7:
        return add_selection();
      case 8:
        return add_stable();
      default:
        return add_choice();
    }
  }

  void add_unary() {
    static constexpr const char* kOps[] = {"neg", "tanh", "sigmoid", "abs_",
                                           "sqr", "exp",  "sin",     "identity"};
    const Node x = any();
    if (!is_float(x.type().dtype)) return nodes_.push_back(x.cast(DType::float64));
    const char* op = kOps[dice_.below(std::size(kOps))];
    nodes_.push_back(std::string_view(op) == "exp" ? exp(x.call("tanh")) : bounded(x).call(op));
  }
  void add_binary() {
    static constexpr const char* kOps[] = {"add", "sub", "mul", "maximum", "minimum"};
    const Node x = any();
    nodes_.push_back(x.call(kOps[dice_.below(std::size(kOps))], {like(x)}));
  }
  void add_nary() {
    const Node x = any();
    std::vector<Node> others;
    for (size_t i = 0; i < 1 + dice_.below(3); ++i) others.push_back(like(x));
    nodes_.push_back(bounded(x).call(dice_.chance(2) ? "add" : "mul", others));
  }
  void add_reduction() {
    const Node x = any();
    if (x.type().rank() == 0) return add_unary();
    const auto axis = static_cast<int64_t>(dice_.below(static_cast<size_t>(x.type().rank())));
    static constexpr const char* kOps[] = {"sum", "max", "mean", "prod"};
    nodes_.push_back(bounded(x).call(kOps[dice_.below(std::size(kOps))], {},
                                     {{"axis", axis}, {"keepdims", dice_.chance(3)}}));
  }
  void add_product() {
    const Node x = any();
    for (int tries = 0; tries < 8; ++tries) {
      const Node y = any();
      const Shape a = x.type().shape;
      const Shape b = y.type().shape;
      const bool fits = a.size() == 2 && !b.empty() && b.size() <= 2 && a[1] == b[0] &&
                        is_float(x.type().dtype) && is_float(y.type().dtype);
      if (!fits) continue;
      Node product = x.call("tanh").call("dot", {y.call("tanh")});
      if (dice_.chance(2)) product = like(product) - product * 0.5;
      return nodes_.push_back(product);
    }
    add_binary();
  }
  void add_view() {
    const Node x = any();
    const int64_t rank = x.type().rank();
    if (rank == 2 && dice_.chance(2)) {
      return nodes_.push_back(x.call("dimshuffle", {}, {{"order", std::vector<int64_t>{1, 0}}}));
    }
    if (rank == 1) {
      return nodes_.push_back(x.call("dimshuffle", {}, {{"order", std::vector<int64_t>{-1, 0}}}));
    }
    if (rank == 2) {
      const Shape flat = {element_count(x.type().shape)};
      return nodes_.push_back(x.call("reshape", {}, {{"shape", flat}}));
    }
    nodes_.push_back(x.call("fill", {x.number(2)}));
  }
  void add_selection() {
    const Node x = any();
    if (x.type().rank() == 0) return add_unary();
    IndexEntry entry;
    static constexpr int64_t kSteps[] = {1, 1, 2, -1};
    entry.step = kSteps[dice_.below(4)];
    if (dice_.chance(2)) entry.start = DimExpr(entry.step > 0 ? 1 : -1);
    if (dice_.chance(4)) {
      entry.kind = IndexEntry::Kind::index;
      entry.start = DimExpr(dice_.chance(2) ? 0 : -1);
      entry.step = 1;
    }
    const Attributes index = {{"index", std::vector<IndexEntry>{entry}}};
    const Node part = x.call("subtensor", {}, index);
    if (!dice_.chance(3)) return nodes_.push_back(part);
    nodes_.push_back(x.call("inc_subtensor", {part}, index));
  }
  // Formulas that stabilising rewrites look for.
  void add_stable() {
    const Node x = any();
    if (!is_float(x.type().dtype)) return add_binary();
    const Node t = x.call("tanh");
    switch (dice_.below(6)) {
      case 0:
        return nodes_.push_back(log(1 + exp(t)));
      case 1:
        return nodes_.push_back(log(t.call("sigmoid")));
      case 2:
        return nodes_.push_back(exp(t) / (1 + exp(t)));
      case 3:
        return nodes_.push_back(exp(t) - 1);
      case 4:
        return nodes_.push_back((x * t) / (2 + sqr(t)) * 3);
      default:
        break;
    }
    if (x.type().rank() != 2) return nodes_.push_back(log(2 - sqr(t)));
    nodes_.push_back(dice_.chance(2) ? log(t.call("softmax")) : t.call("softmax"));
  }
  void add_choice() {
    const Node x = any();
    const Node y = like(x);
    if (dice_.chance(2)) return nodes_.push_back(where(gt(x, y), x, y.call("neg")));
    const Node condition = gt(x.call("sum"), x.number(2).cast(x.call("sum").type().dtype));
    const Node first = x.call("sigmoid");
    nodes_.push_back(condition.call("ifelse", {first, first * 2 + 1}));
  }

  Dice dice_;
  std::vector<Node> nodes_;
};

}  // namespace tgc
