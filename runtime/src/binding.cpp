// SPDX-License-Identifier: Apache-2.0
// See binding.h.
#include "binding.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>

#include "failure.h"
#include "strided.h"

namespace tgc::runtime {
namespace {

[[noreturn]] void bad_argument(const FunctionEntry& function, size_t index,
                               const std::string& what) {
  fail(TGC_ERROR_ARGUMENT, "Bad input argument to function '" + function.name + "' at index " +
                               std::to_string(index) + " ('" + function.input_names[index] +
                               "'): " + what);
}

int64_t integer_element(const tgc_tensor& tensor, int64_t element) {
  const auto* data = static_cast<const char*>(tensor.data);
  const int64_t stride =
      tensor.has_strides != 0 && tensor.rank > 0 ? tensor.strides[0] : dtype_bytes(tensor.dtype);
  data += element * stride;
  const auto read = [&](auto sample) {
    std::memcpy(&sample, data, sizeof sample);
    return static_cast<int64_t>(sample);
  };
  switch (tensor.dtype) {
    case TGC_INT8:
      return read(int8_t{});
    case TGC_INT16:
      return read(int16_t{});
    case TGC_INT32:
      return read(int32_t{});
    case TGC_INT64:
      return read(int64_t{});
    case TGC_UINT16:
      return read(uint16_t{});
    case TGC_UINT32:
      return read(uint32_t{});
    case TGC_UINT64:
      return read(uint64_t{});
    default:
      return read(uint8_t{});
  }
}

int64_t floor_division(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t floor_remainder(int64_t a, int64_t b) {
  const int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

class Binder {
 public:
  Binder(const Engine& engine, const FunctionEntry& function, Binding& binding)
      : engine_(engine),
        plan_(engine.plan()),
        function_(function),
        p_(*function.program),
        binding_(binding) {}

  void bind() {
    define_symbols();
    evaluate();
    for (size_t i = 0; i < binding_.is_known.size(); ++i) {
      binding_.is_measured.push_back(!binding_.is_known[i]);
    }
    check_symbols();
    check_dims();
    check_results();
    check_equalities();
    bind_steps();
    check_sizes();
    place_arena();
    check_views();
  }

  void measure(uint32_t symbol, int64_t value) {
    if (value < 0) {
      fail(TGC_ERROR_BUNDLE, "dim " + plan_.text(p_.symbols[symbol].name) + " of function '" +
                                 function_.name + "' was measured as " + std::to_string(value));
    }
    symbols_[symbol] = value;
    evaluate();
    check_results();
    check_equalities();
    bind_steps();
    check_sizes();
    check_bytes();
    check_views();
  }

  void forget(const std::vector<uint32_t>& symbols) {
    for (const uint32_t symbol : symbols) symbols_[symbol].reset();
    evaluate();
  }

 private:
  [[nodiscard]] int64_t expr(uint32_t number) const { return binding_.exprs[number]; }
  [[nodiscard]] bool is_known(uint32_t number) const {
    return binding_.is_known.empty() || binding_.is_known[number];
  }
  [[nodiscard]] bool is_measured(uint32_t number) const {
    return !binding_.is_measured.empty() && binding_.is_measured[number];
  }

  void check_equalities() const {
    for (const auto& equality : p_.equalities) {
      if (!is_known(equality.left) || !is_known(equality.right)) continue;
      const int64_t left = expr(equality.left);
      const int64_t right = expr(equality.right);
      if (left == right) continue;
      // Behind the mismatch itself: a scan's inputs that follow may fill several lines.
      const std::string message = plan_.text(equality.message);
      size_t end = message.size();
      for (const char* mark : {", created at ", "; inputs: ", "\n"}) {
        end = std::min(end, message.find(mark));
      }
      const std::string symbols = symbols_text({equality.left, equality.right});
      const bool is_index =
          message.find(" is out of bounds") < end;  // the sides are bounds, clipped
      std::string facts = std::to_string(left) + " and " + std::to_string(right);
      facts += symbols.empty() ? "" : ", where " + symbols;
      if (is_index && !symbols.empty()) facts = symbols;
      fail(TGC_ERROR_ARGUMENT, "Input dimension mismatch in function '" + function_.name +
                                   "': " + message.substr(0, end) + " (" + facts + ")" +
                                   message.substr(end));
    }
  }

  // "k is 3 and n is 5": the symbols of sides that are arithmetic.
  [[nodiscard]] std::string symbols_text(std::initializer_list<uint32_t> sides) const {
    std::vector<bool> is_used(p_.exprs.size(), false);
    for (const uint32_t side : sides) {
      if (p_.exprs[side].op != TGC_EXPR_SYMBOL) is_used[side] = true;
    }
    std::vector<uint32_t> found;
    for (size_t i = p_.exprs.size(); i-- > 0;) {  // operands stand before their expression
      const tgc_plan_expr& node = p_.exprs[i];
      if (!is_used[i] || node.op == TGC_EXPR_CONSTANT) continue;
      if (node.op != TGC_EXPR_SYMBOL) {
        is_used[node.left] = is_used[node.right] = true;
      } else if (std::find(found.begin(), found.end(), node.left) == found.end()) {
        found.push_back(node.left);
      }
    }
    std::sort(found.begin(), found.end());
    std::string text;
    for (size_t i = 0; i < found.size(); ++i) {
      const char* lead = i == 0 ? "" : i + 1 == found.size() ? " and " : ", ";
      text += lead + plan_.text(p_.symbols[found[i]].name) + " is " +
              std::to_string(symbols_[found[i]].value_or(0));
    }
    return text;
  }
  [[nodiscard]] int64_t input_dim(size_t input, size_t axis) const {
    return binding_.key[first_dim_[input] + axis];
  }

  void define_symbols() {
    symbols_.assign(p_.symbols.size(), std::nullopt);
    size_t position = 0;
    for (const auto& value : p_.inputs) {
      first_dim_.push_back(position);
      position += value.rank;
    }
    for (size_t i = 0; i < p_.inputs.size(); ++i) {
      for (uint32_t axis = 0; axis < p_.inputs[i].rank; ++axis) {
        const tgc_plan_expr& dim = p_.exprs[p_.pool[p_.inputs[i].dims + axis]];
        if (dim.op == TGC_EXPR_SYMBOL && !symbols_[dim.left] &&
            p_.symbols[dim.left].value_input == TGC_NONE && p_.symbols[dim.left].is_measured == 0) {
          symbols_[dim.left] = input_dim(i, axis);
        }
      }
    }
    for (size_t i = 0; i < p_.symbols.size(); ++i) {
      if (p_.symbols[i].value_input != TGC_NONE) symbols_[i] = binding_.key[position++];
    }
  }

  void evaluate() {
    const bool measures = std::any_of(p_.symbols.begin(), p_.symbols.end(),
                                      [](const auto& symbol) { return symbol.is_measured != 0; });
    binding_.exprs.resize(p_.exprs.size());
    if (measures) binding_.is_known.resize(p_.exprs.size());
    for (size_t i = 0; i < p_.exprs.size(); ++i) {
      const tgc_plan_expr& node = p_.exprs[i];
      if (measures) binding_.is_known[i] = can_evaluate(node);
      binding_.exprs[i] = measures && !binding_.is_known[i] ? 0 : evaluate(node);
    }
  }

  [[nodiscard]] bool can_evaluate(const tgc_plan_expr& node) const {
    if (node.op == TGC_EXPR_CONSTANT) return true;
    if (node.op == TGC_EXPR_SYMBOL) {
      return p_.symbols[node.left].is_measured == 0 || symbols_[node.left].has_value();
    }
    return is_known(node.left) && is_known(node.right);
  }

  int64_t evaluate(const tgc_plan_expr& node) {
    if (node.op == TGC_EXPR_CONSTANT) return node.value;
    if (node.op == TGC_EXPR_SYMBOL) {
      if (!symbols_[node.left]) {
        fail(TGC_ERROR_BUNDLE, "dim " + plan_.text(p_.symbols[node.left].name) + " of function '" +
                                   function_.name + "' is the size of no input");
      }
      return *symbols_[node.left];
    }
    const int64_t a = expr(node.left);
    const int64_t b = expr(node.right);
    int64_t result = 0;
    bool good = true;
    switch (node.op) {
      case TGC_EXPR_ADD:
        good = !__builtin_add_overflow(a, b, &result);
        break;
      case TGC_EXPR_MUL:
        good = !__builtin_mul_overflow(a, b, &result);
        break;
      case TGC_EXPR_MIN:
        result = std::min(a, b);
        break;
      case TGC_EXPR_MAX:
        result = std::max(a, b);
        break;
      default:
        good = b != 0 && !(a == std::numeric_limits<int64_t>::min() && b == -1);
        if (good) result = node.op == TGC_EXPR_MOD ? floor_remainder(a, b) : floor_division(a, b);
    }
    if (!good) {
      fail(TGC_ERROR_ARGUMENT, "the dims given to function '" + function_.name +
                                   "' make a size that overflows or divides by zero");
    }
    return result;
  }

  void check_symbols() {
    for (size_t i = 0; i < p_.symbols.size(); ++i) {
      const tgc_plan_symbol& symbol = p_.symbols[i];
      if (!symbols_[i] || (*symbols_[i] >= symbol.lower && *symbols_[i] <= symbol.upper)) continue;
      const std::string upper = symbol.upper == std::numeric_limits<int64_t>::max()
                                    ? "more"
                                    : std::to_string(symbol.upper);
      fail(TGC_ERROR_ARGUMENT, "dim " + plan_.text(symbol.name) + " of function '" +
                                   function_.name + "' is " + std::to_string(*symbols_[i]) +
                                   ", the model allows " + std::to_string(symbol.lower) + " to " +
                                   upper);
    }
  }

  void check_dims() {
    for (size_t i = 0; i < p_.inputs.size(); ++i) {
      std::vector<int64_t> given;
      std::vector<int64_t> wanted;
      for (uint32_t axis = 0; axis < p_.inputs[i].rank; ++axis) {
        given.push_back(input_dim(i, axis));
        wanted.push_back(expr(p_.pool[p_.inputs[i].dims + axis]));
      }
      if (given != wanted) {
        bad_argument(function_, i,
                     "its shape is " + dims_text(given) +
                         (p_.inputs.size() == 1 ? ", it must be "
                                                : ", with the other arguments it must be ") +
                         dims_text(wanted));
      }
    }
  }

  void check_results() {
    for (const auto& value : p_.outputs) {
      for (uint32_t axis = 0; axis < value.rank; ++axis) {
        const uint32_t dim = p_.pool[value.dims + axis];
        if (expr(dim) >= 0) continue;
        const std::string symbols = symbols_text({dim});
        fail(TGC_ERROR_ARGUMENT,
             "output '" + plan_.text(value.name) + "' of function '" + function_.name +
                 "' would have a negative dim: " + std::to_string(expr(dim)) + " on axis " +
                 std::to_string(axis) + (symbols.empty() ? "" : ", where " + symbols));
      }
    }
  }

  // All steps; after a measure those that depend on it.
  void bind_steps() {
    const bool is_first = binding_.steps.empty();
    binding_.steps.resize(p_.steps.size());
    for (size_t i = 0; i < p_.steps.size(); ++i) {
      const tgc_plan_step& step = p_.steps[i];
      BoundStep& bound = binding_.steps[i];
      if (step.kind == TGC_STEP_LOOP) bound.count = expr(step.count);
      if (step.kind != TGC_STEP_KERNEL) continue;
      const bool may_fail = (step.flags & TGC_STEP_FALLIBLE) != 0;
      if (is_first && may_fail && step.place == TGC_PLACE_CUDA) {
        bound.failure_word = binding_.failure_words++;
      }
      if (is_first || any_expr(step, [&](uint32_t number) { return is_measured(number); })) {
        bind_step(step, bound);
      }
    }
  }

  void bind_step(const tgc_plan_step& step, BoundStep& bound) {
    bound.variant = nullptr;
    bound.dims.clear();
    if (any_expr(step, [&](uint32_t number) { return !is_known(number); })) return;
    for (uint32_t v = 0; v < step.variant_count && bound.variant == nullptr; ++v) {
      const tgc_plan_variant& variant = p_.variants[step.variants + v];
      if (variant.predicate == TGC_NONE || expr(variant.predicate) != 0) {
        bound.variant = &variant;
      }
    }
    if (bound.variant == nullptr) {
      fail(TGC_ERROR_BUNDLE, "no kernel of step '" + plan_.text(step.node) + "' fits these dims");
    }
    bound.tasks = expr(bound.variant->tasks);
    for (uint32_t d = 0; d < step.dim_count; ++d) {
      bound.dims.push_back(expr(p_.pool[step.dims + d]));
    }
    if (step.place == TGC_PLACE_CUDA) bind_launch(step, bound);
  }

  // Does `test` hold for an expression that decides how the step runs?
  template <class Test>
  [[nodiscard]] bool any_expr(const tgc_plan_step& step, const Test& test) const {
    if (binding_.is_known.empty()) return false;
    for (uint32_t d = 0; d < step.dim_count; ++d) {
      if (test(p_.pool[step.dims + d])) return true;
    }
    for (uint32_t v = 0; v < step.variant_count; ++v) {
      const tgc_plan_variant& variant = p_.variants[step.variants + v];
      if (variant.predicate != TGC_NONE && test(variant.predicate)) return true;
      if (test(variant.tasks)) return true;
      for (const uint32_t extent : variant.grid) {
        if (step.place == TGC_PLACE_CUDA && test(extent)) return true;
      }
    }
    return false;
  }

  void bind_launch(const tgc_plan_step& step, BoundStep& bound) {
    Launch& launch = bound.launch;
    launch.kernel = bound.variant->kernel;
    launch.shared_bytes = bound.variant->scratch;
    bool is_empty = false;
    for (size_t axis = 0; axis < 3; ++axis) {
      launch.grid[axis] = expr(bound.variant->grid[axis]);
      launch.block[axis] = bound.variant->block[axis];
      is_empty = is_empty || launch.grid[axis] <= 0;
    }
    if (is_empty) launch.grid = {0, 0, 0};
    if (is_empty) return;
    const size_t params = step.arg_count + bound.dims.size() + 1;
    engine_.device()->prepare(launch, params, plan_.text(step.node));
  }

  [[nodiscard]] int64_t value_bytes(const tgc_plan_value& value) const {
    int64_t bytes = dtype_bytes(value.dtype);
    bool fits = true;
    for (uint32_t axis = 0; axis < value.rank; ++axis) {
      fits = fits && !__builtin_mul_overflow(bytes, expr(p_.pool[value.dims + axis]), &bytes);
    }
    return fits ? bytes : -1;
  }

  // What lies outside of the arena is as large as the plan believes: arguments and results by their
  // dims, shared variables and constants by their tables.
  void check_sizes() {
    const auto require = [&](bool holds, const std::string& name) {
      if (holds) return;
      fail(TGC_ERROR_BUNDLE, "the plan of function '" + function_.name +
                                 "' is wrong about the size of '" + name +
                                 "'; compile the bundle again");
    };
    for (const Table<tgc_plan_value>* list : {&p_.inputs, &p_.outputs}) {
      for (const tgc_plan_value& value : *list) {
        if (!is_known(p_.buffers[value.buffer].bytes) || !has_known_dims(value)) continue;
        require(expr(p_.buffers[value.buffer].bytes) == value_bytes(value), plan_.text(value.name));
      }
    }
    for (const tgc_plan_buffer& buffer : p_.buffers) {
      if (!is_known(buffer.bytes)) continue;
      const auto bytes = static_cast<uint64_t>(std::max<int64_t>(expr(buffer.bytes), 0));
      if (buffer.kind == TGC_BUFFER_SHARED || buffer.kind == TGC_BUFFER_SHARED_NEXT) {
        require(bytes <= plan_.shared()[buffer.index].bytes, plan_.text(buffer.name));
      } else if (buffer.kind == TGC_BUFFER_CONSTANT) {
        require(bytes <= plan_.constants()[buffer.index].bytes, plan_.text(buffer.name));
      }
    }
    for (const tgc_plan_step& step : p_.steps) {
      const bool reads_flag =
          step.kind == TGC_STEP_BRANCH || (step.kind == TGC_STEP_LOOP && step.symbol != TGC_NONE);
      if (!reads_flag && step.kind != TGC_STEP_MEASURE) continue;
      const tgc_plan_buffer& read = p_.buffers[p_.pool[step.args]];
      const int64_t least = reads_flag ? 1 : static_cast<int64_t>(sizeof(int64_t));
      require(is_known(read.bytes) && expr(read.bytes) >= least, plan_.text(read.name));
    }
  }

  [[nodiscard]] bool has_known_dims(const tgc_plan_value& value) const {
    for (uint32_t axis = 0; axis < value.rank; ++axis) {
      if (!is_known(p_.pool[value.dims + axis])) return false;
    }
    return true;
  }

  void check_bytes() {
    for (const tgc_plan_buffer& buffer : p_.buffers) {
      if (expr(buffer.bytes) >= 0) continue;
      fail(TGC_ERROR_ARGUMENT, "a shape inside function '" + function_.name +
                                   "' gets a negative dim ('" + plan_.text(buffer.name) + "')");
    }
  }

  // Greedy by size: the largest buffer first, each at the lowest offset free during its lifetime.
  void place_arena() {
    binding_.arena_offsets.assign(p_.buffers.size(), 0);
    std::vector<uint32_t> order;
    check_bytes();
    for (uint32_t i = 0; i < p_.buffers.size(); ++i) {
      const tgc_plan_buffer& buffer = p_.buffers[i];
      if (is_measured(buffer.bytes)) continue;  // memory of its own, once it is known
      if (buffer.kind == TGC_BUFFER_ARENA && buffer.first != TGC_NONE) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return expr(p_.buffers[a].bytes) > expr(p_.buffers[b].bytes);
    });
    std::vector<uint32_t> placed;
    for (const uint32_t i : order) {
      const tgc_plan_buffer& buffer = p_.buffers[i];
      const uint64_t size = rounded(buffer);
      std::vector<std::pair<uint64_t, uint64_t>> taken;
      for (const uint32_t other : placed) {
        const tgc_plan_buffer& b = p_.buffers[other];
        if (b.place != buffer.place || b.last < buffer.first || b.first > buffer.last) continue;
        taken.emplace_back(binding_.arena_offsets[other],
                           binding_.arena_offsets[other] + rounded(b));
      }
      std::sort(taken.begin(), taken.end());
      uint64_t offset = 0;
      for (const auto& [begin, end] : taken) {
        if (begin >= offset + size) break;
        offset = std::max(offset, end);
      }
      binding_.arena_offsets[i] = offset;
      placed.push_back(i);
      uint64_t& total =
          buffer.place == TGC_PLACE_CUDA ? binding_.device_arena : binding_.host_arena;
      total = std::max(total, offset + size);
      if (total > kLargestArena) {
        fail(TGC_ERROR_MEMORY, "function '" + function_.name +
                                   "' would need more memory with these dims than there can be");
      }
    }
  }

  static constexpr uint64_t kLargestArena = uint64_t{1} << 60;
  static constexpr int64_t kMostIterations = int64_t{1} << 60;

  [[nodiscard]] uint64_t rounded(const tgc_plan_buffer& buffer) const {
    constexpr uint64_t kAlignment = 256;
    return (static_cast<uint64_t>(expr(buffer.bytes)) + kAlignment - 1) / kAlignment * kAlignment;
  }

  // Every part of a view lies in its memory, in each iteration of its loop.
  [[nodiscard]] bool lies_inside(const tgc_plan_buffer& view) const {
    if (!is_known(view.bytes) || !is_known(view.offset)) return true;  // not yet
    if (!is_known(p_.buffers[view.index].bytes)) return true;
    if (view.stride != TGC_NONE &&
        (!is_known(view.stride) || !is_known(p_.steps[view.loop].count))) {
      return true;
    }
    const int64_t bytes = expr(view.bytes);
    int64_t low = expr(view.offset);
    int64_t high = low;
    bool fits = true;
    if (view.stride != TGC_NONE) {
      const int64_t count = expr(p_.steps[view.loop].count);
      if (count <= 0) return true;
      const int64_t stride = expr(view.stride);
      const int64_t places = view.ring != 0 ? int64_t{view.ring} - 1 : count - 1 + view.phase;
      int64_t last = 0;
      fits = count <= kMostIterations && !__builtin_mul_overflow(places, stride, &last) &&
             !__builtin_add_overflow(last, low, &last);
      high = std::max(low, last);
      low = std::min(low, last);
    }
    fits = fits && !__builtin_add_overflow(high, bytes, &high);
    const int64_t memory = expr(p_.buffers[view.index].bytes);
    return bytes == 0 || (fits && low >= 0 && high <= memory);
  }

  void check_views() {
    for (const tgc_plan_buffer& buffer : p_.buffers) {
      if (buffer.kind != TGC_BUFFER_VIEW || lies_inside(buffer)) continue;
      fail(TGC_ERROR_ARGUMENT, "'" + plan_.text(buffer.name) + "' in function '" + function_.name +
                                   "' does not fit its memory with these dims");
    }
  }

  const Engine& engine_;
  const PlanFile& plan_;
  const FunctionEntry& function_;
  const Program& p_;
  Binding& binding_;
  std::vector<size_t> first_dim_;
  std::vector<std::optional<int64_t>>& symbols_ = binding_.symbols;
};

}  // namespace

void make_key(const Engine& engine, const FunctionEntry& function, const tgc_tensor* inputs,
              BindingKey& key) {
  (void)engine;
  const Program& program = *function.program;
  key.clear();
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const tgc_plan_value& value = program.inputs[i];
    const tgc_tensor& given = inputs[i];
    if (given.dtype != value.dtype) {
      bad_argument(function, i,
                   std::string("it is ") + dtype_text(given.dtype) + ", the function takes " +
                       dtype_text(value.dtype));
    }
    if (given.rank != value.rank) {
      std::vector<int64_t> dims(given.dims, given.dims + std::min(given.rank, TGC_MAX_RANK));
      bad_argument(function, i,
                   "Wrong number of dimensions: expected " + std::to_string(value.rank) + ", got " +
                       std::to_string(given.rank) + " with shape " + dims_text(dims));
    }
    int64_t count = 1;
    for (uint32_t axis = 0; axis < value.rank; ++axis) {
      const int64_t dim = given.dims[axis];
      if (dim < 0 || __builtin_mul_overflow(count, std::max<int64_t>(dim, 1), &count)) {
        bad_argument(function, i, "its dims are negative or too large");
      }
      key.push_back(dim);
      if (dim == 0) count = 0;
    }
    if (given.data == nullptr && count > 0) bad_argument(function, i, "its data is NULL");
  }
  for (const tgc_plan_symbol& symbol : program.symbols) {
    if (symbol.value_input == TGC_NONE) continue;
    const tgc_tensor& given = inputs[symbol.value_input];
    const int64_t count = given.rank == 0 ? 1 : given.dims[0];
    const bool is_there = given.rank <= 1 && symbol.value_element < count;
    if (!is_there) bad_argument(function, symbol.value_input, "it has too few elements");
    key.push_back(integer_element(given, symbol.value_element));
  }
}

Binding make_binding(const Engine& engine, const FunctionEntry& function, const BindingKey& key) {
  Binding binding;
  binding.key = key;
  Binder(engine, function, binding).bind();
  return binding;
}

void set_measured(const Engine& engine, const FunctionEntry& function, uint32_t symbol,
                  int64_t value, Binding& binding) {
  Binder(engine, function, binding).measure(symbol, value);
}

void forget_measured(const Engine& engine, const FunctionEntry& function,
                     const std::vector<uint32_t>& symbols, Binding& binding) {
  Binder(engine, function, binding).forget(symbols);
}

}  // namespace tgc::runtime
