// SPDX-License-Identifier: Apache-2.0
// See plan_checks.h.
#include "plan_checks.h"

#include <algorithm>

namespace tgc::runtime {
namespace {

class Checker {
 public:
  Checker(const Program& program, size_t shared, size_t constants, size_t gpu_kernels)
      : p_(program), shared_(shared), constants_(constants), gpu_kernels_(gpu_kernels) {}

  std::string find() {
    symbols();
    exprs();
    values(p_.inputs, TGC_BUFFER_INPUT);
    values(p_.outputs, TGC_BUFFER_OUTPUT);
    buffers();
    updates();
    places();
    for (const auto& equality : p_.equalities) {
      require(is_expr(equality.left) && is_expr(equality.right), "an equality is out of bounds");
    }
    variants();
    if (problem_.empty()) steps(0, static_cast<uint32_t>(p_.steps.size()), 0);
    return problem_;
  }

 private:
  void require(bool holds, const char* problem) {
    if (!holds && problem_.empty()) problem_ = problem;
  }
  [[nodiscard]] bool is_expr(uint32_t i) const { return i < p_.exprs.size(); }
  [[nodiscard]] bool is_list(uint32_t first, uint32_t count) const {
    return first <= p_.pool.size() && count <= p_.pool.size() - first;
  }

  void symbols() {
    for (const auto& symbol : p_.symbols) {
      require(symbol.value_input == TGC_NONE || symbol.value_input < p_.inputs.size(),
              "a symbol names no input");
      require(symbol.is_measured <= 1, "a symbol is measured in an unknown way");
    }
  }

  void exprs() {
    for (size_t i = 0; i < p_.exprs.size(); ++i) {
      const tgc_plan_expr& expr = p_.exprs[i];
      require(expr.op <= TGC_EXPR_MAX, "an expression has an unknown operation");
      if (expr.op == TGC_EXPR_SYMBOL) {
        require(expr.left < p_.symbols.size(), "an expression names no symbol");
      } else if (expr.op != TGC_EXPR_CONSTANT) {
        require(expr.left < i && expr.right < i, "an expression uses a later one");
      }
    }
  }

  void values(const Table<tgc_plan_value>& list, uint32_t kind) {
    for (const auto& value : list) {
      const bool listed = value.rank <= TGC_MAX_RANK && is_list(value.dims, value.rank);
      require(listed && dtype_bytes(value.dtype) > 0, "a value has an impossible type");
      if (!problem_.empty()) return;
      for (uint32_t i = 0; i < value.rank; ++i) {
        require(is_expr(p_.pool[value.dims + i]), "a dim is out of bounds");
      }
      const size_t number = static_cast<size_t>(&value - list.begin());
      require(value.buffer < p_.buffers.size() && p_.buffers[value.buffer].kind == kind &&
                  p_.buffers[value.buffer].index == number,
              "a value has no buffer");
    }
  }

  void buffers() {
    for (size_t i = 0; i < p_.buffers.size(); ++i) {
      const tgc_plan_buffer& buffer = p_.buffers[i];
      size_t limit = 0;
      switch (buffer.kind) {
        case TGC_BUFFER_INPUT:
          limit = p_.inputs.size();
          break;
        case TGC_BUFFER_OUTPUT:
          limit = p_.outputs.size();
          break;
        case TGC_BUFFER_SHARED:
        case TGC_BUFFER_SHARED_NEXT:
          limit = shared_;
          break;
        case TGC_BUFFER_CONSTANT:
          limit = constants_;
          break;
        case TGC_BUFFER_VIEW:
          limit = p_.buffers.size();
          break;
        case TGC_BUFFER_ARENA:
          require(buffer.first == TGC_NONE ||
                      (buffer.first <= buffer.last && buffer.last < p_.steps.size()),
                  "a buffer has an impossible lifetime");
          break;
        default:
          require(false, "a buffer has an unknown kind");
      }
      require(buffer.kind == TGC_BUFFER_ARENA || buffer.index < limit, "a buffer is out of bounds");
      if (!problem_.empty()) return;
      const bool is_given = buffer.kind == TGC_BUFFER_INPUT || buffer.kind == TGC_BUFFER_OUTPUT;
      const auto& values = buffer.kind == TGC_BUFFER_INPUT ? p_.inputs : p_.outputs;
      require(!is_given || values[buffer.index].buffer == i, "two buffers are one argument");
      require(is_expr(buffer.bytes) && is_expr(buffer.offset) && dtype_bytes(buffer.dtype) > 0 &&
                  buffer.place <= TGC_PLACE_CUDA,
              "a buffer is out of bounds");
      const bool moves = buffer.stride != TGC_NONE;
      require(!moves || (is_expr(buffer.stride) && buffer.loop < p_.steps.size() &&
                         p_.steps[buffer.loop].kind == TGC_STEP_LOOP),
              "a view moves with no loop");
      if (!problem_.empty()) return;
      size_t depth = 0;  // views of views end somewhere
      for (size_t at = i; p_.buffers[at].kind == TGC_BUFFER_VIEW; at = p_.buffers[at].index) {
        if (++depth > p_.buffers.size() || p_.buffers[at].index >= p_.buffers.size()) {
          require(false, "a view leads nowhere");
          return;
        }
      }
    }
  }

  // Host memory holds what callers and files give; shared variables lie on the program's device.
  void places() {
    const uint32_t device = p_.is_cuda ? TGC_PLACE_CUDA : TGC_PLACE_HOST;
    for (const auto& buffer : p_.buffers) {
      if (!problem_.empty()) return;
      switch (buffer.kind) {
        case TGC_BUFFER_SHARED:
        case TGC_BUFFER_SHARED_NEXT:
          require(buffer.place == device, "a shared variable lies in the wrong place");
          break;
        case TGC_BUFFER_ARENA:
        case TGC_BUFFER_CONSTANT:
          require(buffer.place == TGC_PLACE_HOST || p_.is_cuda, "a buffer lies in the wrong place");
          break;
        case TGC_BUFFER_VIEW:
          require(buffer.place == p_.buffers[buffer.index].place,
                  "a view lies in another place than its memory");
          break;
        default:
          require(buffer.place == TGC_PLACE_HOST, "a buffer lies in the wrong place");
      }
    }
  }

  // An argument of step `number` has memory while the step runs.
  void check_argument(const tgc_plan_step& step, uint32_t number, uint32_t argument) {
    uint32_t at = argument;
    while (p_.buffers[at].kind == TGC_BUFFER_VIEW) at = p_.buffers[at].index;
    const tgc_plan_buffer& memory = p_.buffers[at];
    require(memory.kind != TGC_BUFFER_ARENA ||
                (memory.first <= number && number <= memory.last && memory.first != TGC_NONE),
            "a step uses a buffer outside of its lifetime");
    require(step.kind == TGC_STEP_COPY || memory.place == step.place,
            "a step uses a buffer of another place");
  }

  // The symbol a step gives its value, from a buffer of one element of the type.
  void check_measure(const tgc_plan_step& step, uint32_t dtype) {
    require(step.symbol < p_.symbols.size() && p_.symbols[step.symbol].is_measured == 1,
            "a step measures no symbol");
    require(step.arg_count == 1 && step.place == TGC_PLACE_HOST, "a step measures nothing");
    if (!problem_.empty()) return;
    require(p_.buffers[p_.pool[step.args]].dtype == dtype, "a step measures a wrong type");
  }

  void updates() {
    for (const auto& update : p_.updates) {
      require(update.shared < shared_ && update.buffer < p_.buffers.size(),
              "an update is out of bounds");
      if (!problem_.empty()) return;
      const tgc_plan_buffer& buffer = p_.buffers[update.buffer];
      require((buffer.kind == TGC_BUFFER_SHARED || buffer.kind == TGC_BUFFER_SHARED_NEXT) &&
                  buffer.index == update.shared,
              "an update has no buffer");
    }
  }

  void variants() {
    for (const auto& variant : p_.variants) {
      require((variant.predicate == TGC_NONE || is_expr(variant.predicate)) &&
                  is_expr(variant.tasks) && variant.grain > 0 && variant.scratch < (1u << 30),
              "a kernel variant is out of bounds");
      for (int axis = 0; axis < 3; ++axis) {
        require(is_expr(variant.grid[axis]), "a kernel variant is out of bounds");
      }
    }
  }

  void steps(uint32_t begin, uint32_t end, int depth) {
    require(depth < 64, "bodies are nested too deeply");
    for (uint32_t i = begin; i < end && problem_.empty();) {
      const tgc_plan_step& step = p_.steps[i];
      require(is_list(step.args, step.arg_count) && is_list(step.dims, step.dim_count),
              "a step is out of bounds");
      if (!problem_.empty()) return;
      require(step.place == TGC_PLACE_HOST || (step.place == TGC_PLACE_CUDA && p_.is_cuda),
              "a step runs in an unknown place");
      for (uint32_t a = 0; a < step.arg_count && problem_.empty(); ++a) {
        const uint32_t argument = p_.pool[step.args + a];
        require(argument < p_.buffers.size(), "a step names no buffer");
        if (problem_.empty()) check_argument(step, i, argument);
      }
      for (uint32_t d = 0; d < step.dim_count; ++d) {
        require(is_expr(p_.pool[step.dims + d]), "a step's dim is out of bounds");
      }
      i = check_step(step, i, end, depth);
    }
  }

  uint32_t check_step(const tgc_plan_step& step, uint32_t i, uint32_t end, int depth) {
    switch (step.kind) {
      case TGC_STEP_KERNEL: {
        const bool listed = step.variants <= p_.variants.size() && step.variant_count > 0 &&
                            step.variant_count <= p_.variants.size() - step.variants;
        require(listed, "a step has no kernel");
        for (uint32_t v = 0; listed && v < step.variant_count; ++v) {
          require(
              step.place != TGC_PLACE_CUDA || p_.variants[step.variants + v].kernel < gpu_kernels_,
              "a step has no kernel");
        }
        return i + 1;
      }
      case TGC_STEP_COPY:
        require(step.arg_count == 2, "a copy needs two buffers");
        return i + 1;
      case TGC_STEP_LOOP:
        require(is_expr(step.count) && step.body == i + 1 && step.body_end >= step.body &&
                    step.body_end <= end,
                "a loop's body is out of bounds");
        if (step.symbol != TGC_NONE) check_measure(step, TGC_BOOL);
        if (problem_.empty()) steps(step.body, step.body_end, depth + 1);
        return step.body_end;
      case TGC_STEP_MEASURE:
        check_measure(step, TGC_INT64);
        return i + 1;
      case TGC_STEP_BRANCH:
        require(step.arg_count == 1 && step.body == i + 1 && step.body_mid >= step.body &&
                    step.body_end >= step.body_mid && step.body_end <= end,
                "a branch's body is out of bounds");
        if (problem_.empty()) {
          steps(step.body, step.body_mid, depth + 1);
          steps(step.body_mid, step.body_end, depth + 1);
        }
        return step.body_end;
      default:
        require(false, "a step has an unknown kind");
        return end;
    }
  }

  const Program& p_;
  size_t shared_;
  size_t constants_;
  size_t gpu_kernels_;
  std::string problem_;
};

}  // namespace

std::string find_problem(const Program& program, size_t shared, size_t constants,
                         size_t gpu_kernels) {
  return Checker(program, shared, constants, gpu_kernels).find();
}

}  // namespace tgc::runtime
