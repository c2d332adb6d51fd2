// SPDX-License-Identifier: Apache-2.0
// See sample_inputs.h.
#include "check/sample_inputs.h"

#include <algorithm>
#include <set>

#include "json/initializer.h"

namespace tgc {
namespace {

// Sizes in the order they are handed out: small, and different, so that axes do not get mixed up.
constexpr int64_t kSizes[] = {3, 4, 5, 2, 6, 7};
constexpr int64_t kEqualSize = 4;
constexpr int64_t kFallingSizes[] = {9, 4, 3, 2};  // of the first input, the second, …

class Sampler {
 public:
  Sampler(const Graph& graph, const Model& model, const NamedTensors& given, Draw draw,
          uint64_t seed, int attempt)
      : graph_(graph), model_(model), given_(given), draw_(draw), seed_(seed), attempt_(attempt) {}

  SampleInputs run() {
    learn_given();
    collect_symbols();
    SampleInputs result;
    // Each round makes one size equal to another that the Graph wants it to equal.
    for (size_t round = 0; round <= symbols_.size(); ++round) {
      result = draw_all();
      if (!result.failure.empty() || !mend_equality()) break;
    }
    return result;
  }

 private:
  // Sizes that follow from what was given.
  void learn_given() {
    for (const VariableId id : graph_.inputs()) {
      const Variable& input = graph_.variable(id);
      const Tensor* value = fixed_value(input);
      if (value == nullptr || value->rank() != input.type.rank()) continue;
      for (size_t axis = 0; axis < input.type.shape.size(); ++axis) {
        learn(input.type.shape[axis], value->dims()[axis]);
      }
      if (!input.value || is_continuous(input.type.dtype)) continue;
      for (size_t i = 0; i < input.value->size() && static_cast<int64_t>(i) < value->size(); ++i) {
        learn((*input.value)[i], value->get_int(static_cast<int64_t>(i)));
      }
    }
  }

  void learn(const DimExpr& dim, int64_t value) {
    const auto symbols = dim.symbols();
    if (symbols.size() == 1 && dim.text() == symbols[0]) {
      sizes_.try_emplace(symbols[0], value);
      known_.insert(symbols[0]);
    }
  }

  void collect_symbols() {
    const auto add = [this](const DimExpr& dim) {
      for (std::string& name : dim.symbols()) {
        if (std::find(symbols_.begin(), symbols_.end(), name) == symbols_.end()) {
          wanted_[name] = wanted_size();
          symbols_.push_back(std::move(name));
        }
      }
    };
    for (const VariableId id : graph_.inputs()) {
      const Variable& input = graph_.variable(id);
      for (const DimExpr& dim : input.type.shape) add(dim);
      for (const DimExpr& dim : input.value.value_or(std::vector<DimExpr>())) add(dim);
      ++input_;
    }
    for (const std::string& name : symbols_) {
      if (!sizes_.contains(name)) sizes_[name] = within_bounds(name, wanted_[name]);
    }
  }

  // Of the symbol that comes next.
  [[nodiscard]] int64_t wanted_size() const {
    if (attempt_ == 0) return kSizes[symbols_.size() % std::size(kSizes)];
    if (attempt_ < kSampleTries - 1) return kEqualSize;
    return kFallingSizes[std::min(input_, std::size(kFallingSizes) - 1)];
  }

  int64_t within_bounds(const std::string& name, int64_t size) const {
    for (const DimSymbol& dim : model_.dims) {
      if (dim.name != name) continue;
      size = std::max(size, dim.lower);
      if (dim.upper) size = std::min(size, *dim.upper);
    }
    return size;
  }

  [[nodiscard]] std::optional<int64_t> number(const DimExpr& dim) const {
    return dim.evaluate([this](std::string_view name) -> std::optional<int64_t> {
      const auto found = sizes_.find(name);
      if (found == sizes_.end()) return std::nullopt;
      return found->second;
    });
  }

  // Makes the first pair of sizes that must be equal and are not so; false if there is none.
  bool mend_equality() {
    for (const DimEquality& equality : graph_.equalities()) {
      const auto left = number(equality.left);
      const auto right = number(equality.right);
      if (!left || !right || *left == *right) continue;
      if (set_size(equality.left, *right) || set_size(equality.right, *left)) return true;
    }
    return false;
  }

  bool set_size(const DimExpr& dim, int64_t size) {
    const auto symbols = dim.symbols();
    if (symbols.size() != 1 || dim.text() != symbols[0]) return false;
    if (known_.contains(symbols[0]) || within_bounds(symbols[0], size) != size) return false;
    sizes_[symbols[0]] = size;
    known_.insert(symbols[0]);
    return true;
  }

  SampleInputs draw_all() {
    SampleInputs result;
    drawn_ = 0;
    for (const VariableId id : graph_.inputs()) {
      const Variable& input = graph_.variable(id);
      if (const Tensor* value = fixed_value(input)) {
        result.values.push_back(*value);
        continue;
      }
      std::vector<int64_t> dims;
      for (const DimExpr& dim : input.type.shape) dims.push_back(number(dim).value_or(-1));
      if (!element_count(dims, dtype_size(input.type.dtype))) {
        result.failure = "no size of " + display_name(graph_, id) + " fits";
        return result;
      }
      result.values.push_back(input.value ? known_numbers(input, dims) : random(input, dims));
    }
    return result;
  }

  // What was given, else the initial value of a shared variable; null: to be drawn.
  [[nodiscard]] const Tensor* fixed_value(const Variable& input) const {
    const auto given = given_.find(input.name);
    if (given != given_.end()) return &given->second;
    if (input.kind != VariableKind::shared) return nullptr;
    for (const SharedVariable& shared : model_.shared) {
      if (shared.name != input.name || shared.value == nullptr) continue;
      const bool is_drawn = draw_ == Draw::normal && is_float(shared.type.dtype);
      return is_drawn ? nullptr : shared.value.get();
    }
    return nullptr;
  }

  [[nodiscard]] Tensor known_numbers(const Variable& input,
                                     const std::vector<int64_t>& dims) const {
    Tensor tensor(input.type.dtype, dims);
    for (int64_t i = 0; i < tensor.size(); ++i) {
      tensor.set_int(i, number(input.value->at(static_cast<size_t>(i))).value_or(1));
    }
    return tensor;
  }

  double uniform() { return philox_uniform(seed_, drawn_++, 0); }

  double real() {
    if (draw_ == Draw::positive) return 0.1 + 0.8 * uniform();
    return philox_normal(seed_, drawn_++);
  }

  Tensor random(const Variable& input, const std::vector<int64_t>& dims) {
    Tensor tensor(input.type.dtype, dims);
    for (int64_t i = 0; i < tensor.size(); ++i) {
      if (is_complex(tensor.dtype())) {
        const double re = real();
        tensor.set_complex(i, {re, real()});
      } else if (is_float(tensor.dtype())) {
        tensor.set_double(i, real());
      } else {
        const int64_t least = attempt_ < 2 ? 0 : 1;                      // divisors are not 0
        tensor.set_int(i, least + static_cast<int64_t>(2 * uniform()));  // small: indices of axes
      }
    }
    return tensor;
  }

  const Graph& graph_;
  const Model& model_;
  const NamedTensors& given_;
  const Draw draw_;
  const uint64_t seed_;
  const int attempt_;
  size_t input_ = 0;  // while symbols are collected
  std::map<std::string, int64_t, std::less<>> wanted_;
  std::vector<std::string> symbols_;
  std::map<std::string, int64_t, std::less<>> sizes_;
  std::set<std::string> known_;  // not to be changed any more
  uint64_t drawn_ = 0;
};

}  // namespace

SampleInputs sample_inputs(const Graph& graph, const Model& model, const NamedTensors& given,
                           Draw draw, uint64_t seed, int attempt) {
  return Sampler(graph, model, given, draw, seed, attempt).run();
}

}  // namespace tgc
