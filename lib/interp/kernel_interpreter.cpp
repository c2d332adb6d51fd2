// SPDX-License-Identifier: Apache-2.0
// See kernel_interpreter.h.
#include "interp/kernel_interpreter.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "kernel/scalar_value.h"
#include "support/check.h"

namespace tgc {
namespace {

class Machine {
 public:
  Machine(const Kernel& kernel, const std::vector<KernelBuffer*>& params, const Bindings& bindings,
          bool backwards)
      : kernel_(kernel),
        params_(params),
        bindings_(bindings),
        backwards_(backwards),
        counters_(static_cast<size_t>(kernel.index_count), 0),
        locals_(static_cast<size_t>(kernel.local_count)) {
    TGC_CHECK(params.size() == kernel.params.size(), "wrong number of buffers");
  }

  KernelFailure run() {
    std::visit(*this, kernel_.body);
    return failure_;
  }

  void operator()(const LoopNest& nest) {
    for_each(nest.outer, [&] { body(nest.body); });
  }
  void operator()(const Contraction& contraction) {
    for_each({contraction.batch, contraction.m, contraction.n}, [&] {
      ScalarValue sum = scalar_value(contraction.accumulator, 0);
      for_each({contraction.k}, [&] {
        const ScalarValue a = cast(value(contraction.a), sum.dtype);
        const ScalarValue b = cast(value(contraction.b), sum.dtype);
        const ScalarValue product = evaluate(ScalarOp::mul, {a, b}, sum.dtype);
        sum = evaluate(ScalarOp::add, {sum, product}, sum.dtype);
      });
      set(contraction.result, sum);
      body(contraction.epilogue);
    });
  }
  void operator()(const Routine& routine) {
    throw InternalError("the kernel interpreter has no routine " + routine.name);
  }

  void operator()(const Let& let) { set(let.local, value(let.value)); }
  void operator()(const Reduce& reduce) {
    const bool is_position = reduce.kind == ReduceKind::argmax || reduce.kind == ReduceKind::argmin;
    ScalarValue carried = start(reduce);
    int64_t count = 0;
    int64_t position = 0;
    for_each(
        reduce.loops,
        [&] {
          const ScalarValue next = value(reduce.value);
          if (takes(reduce.kind, carried, next, count)) position = count;
          carried = combined(reduce.kind, carried, next, count);
          ++count;
        },
        false);
    set(reduce.local, is_position ? scalar_value_int(DType::int64, position) : carried);
  }
  void operator()(const Store& store) {
    const auto param = static_cast<size_t>(store.param);
    TGC_CHECK(kernel_.params.at(param).access != Access::read, "store to an input");
    KernelBuffer& buffer = *params_.at(param);
    const int64_t at = checked_address(buffer, store.address, param);
    ScalarValue result = value(store.value);
    if (store.combine == Combine::add) {
      const DType dtype = result.dtype == DType::float16 ? DType::float32 : result.dtype;
      const ScalarValue old = cast(element(buffer.elements, at), dtype);
      result = evaluate(ScalarOp::add, {old, cast(result, dtype)}, dtype);
    }
    set_element(buffer.elements, at, result);
    buffer.written[static_cast<size_t>(at)] = true;
  }
  void operator()(const ForEach& loop) {
    for_each(loop.loops, [&] { body(*loop.body); });
  }
  void operator()(const Serial& serial) {
    for (const Carried& carried : serial.carried) set(carried.local, value(carried.initial));
    for_each(
        {serial.loop},
        [&] {
          body(*serial.body);
          std::vector<ScalarValue> next;
          for (const Carried& carried : serial.carried) next.push_back(value(carried.next));
          for (size_t i = 0; i < next.size(); ++i) set(serial.carried[i].local, next[i]);
        },
        false);
  }
  void operator()(const If& branch) {
    if (value(branch.condition).is_true()) body(*branch.then_body);
  }
  void operator()(const Check& check) {
    if (failure_.code != 0 || value(check.ok).is_true()) return;
    failure_ = {check.code, value(check.value).integer};
  }

  ScalarValue operator()(const Constant& constant) const {
    return {dtype_, constant.real, constant.integer};
  }
  ScalarValue operator()(const DimValue& dim) const {
    return scalar_value_int(DType::int64, bindings_.get(dim.dim));
  }
  ScalarValue operator()(const IndexValue& index) const {
    return scalar_value_int(DType::int64, counters_.at(index.index.index()));
  }
  ScalarValue operator()(const LocalValue& local) const { return locals_.at(local.local.index()); }
  ScalarValue operator()(const Load& load) {
    const auto param = static_cast<size_t>(load.param);
    TGC_CHECK(kernel_.params.at(param).access != Access::write, "load from an output");
    const KernelBuffer& buffer = *params_.at(param);
    return element(buffer.elements, checked_address(buffer, load.address, param));
  }
  ScalarValue operator()(const Call& call) {
    const DType result = dtype_;
    if (call.op == ScalarOp::switch_) {
      return value(call.args[value(call.args[0]).is_true() ? 1 : 2]);
    }
    std::vector<ScalarValue> args;
    for (const ExprRef& arg : call.args) args.push_back(value(arg));
    return evaluate(call.op, args, result);
  }
  ScalarValue operator()(const Cast& node) {
    const DType to = dtype_;
    return cast(value(node.arg), to);
  }

 private:
  void body(const Body& statements) {
    for (const Stmt& stmt : statements) {
      if (failure_.code == 0) std::visit(*this, stmt.node);
    }
  }

  ScalarValue value(const ExprRef& expr) {
    const DType outside = dtype_;
    dtype_ = expr->dtype;
    const ScalarValue result = std::visit(*this, expr->node);
    dtype_ = outside;
    TGC_CHECK(result.dtype == expr->dtype,
              "an expression of kernel " + kernel_.name + " has another dtype than it says");
    return result;
  }

  void set(LocalId local, const ScalarValue& result) { locals_.at(local.index()) = result; }

  template <class F>
  void for_each(const std::vector<Loop>& loops, const F& f, bool may_reverse = true) {
    int64_t count = 1;
    std::vector<int64_t> extents;
    for (const Loop& loop : loops) {
      extents.push_back(bindings_.get(loop.extent));
      count *= extents.back();
    }
    for (int64_t i = 0; i < count; ++i) {
      int64_t rest = backwards_ && may_reverse ? count - 1 - i : i;
      for (size_t k = loops.size(); k-- > 0;) {
        counters_.at(loops[k].index.index()) = rest % extents[k];
        rest /= extents[k];
      }
      f();
    }
  }

  int64_t address(const IndexExpr& index) {
    int64_t sum = bindings_.get(index.offset);
    for (const IndexTerm& term : index.terms) {
      sum += bindings_.get(term.stride) * counters_.at(term.index.index());
    }
    if (index.rest) sum += value(index.rest).integer;
    return sum;
  }

  int64_t checked_address(const KernelBuffer& buffer, const IndexExpr& index, size_t param) {
    const int64_t at = address(index);
    TGC_CHECK(at >= 0 && at < buffer.elements.size(),
              "kernel " + kernel_.name + ": address " + std::to_string(at) + " of " +
                  kernel_.params[param].name + ", which has " +
                  std::to_string(buffer.elements.size()) + " elements");
    return at;
  }

  static ScalarValue start(const Reduce& reduce) {
    const bool is_one = reduce.kind == ReduceKind::prod || reduce.kind == ReduceKind::all;
    return scalar_value(reduce.value->dtype, is_one ? 1 : 0);
  }

  // Whether `next` becomes the extreme; NaN wins, of equal ones the first stays.
  static bool takes(ReduceKind kind, const ScalarValue& best, const ScalarValue& next,
                    int64_t count) {
    const bool largest = kind == ReduceKind::max || kind == ReduceKind::argmax;
    if (count == 0) return true;
    if (is_float(next.dtype) && std::isnan(best.real)) return false;
    if (is_float(next.dtype) && std::isnan(next.real)) return true;
    return evaluate(largest ? ScalarOp::gt : ScalarOp::lt, {next, best}, DType::boolean).is_true();
  }

  static ScalarValue combined(ReduceKind kind, const ScalarValue& carried, const ScalarValue& next,
                              int64_t count) {
    switch (kind) {
      case ReduceKind::sum:
        return evaluate(ScalarOp::add, {carried, next}, carried.dtype);
      case ReduceKind::prod:
        return evaluate(ScalarOp::mul, {carried, next}, carried.dtype);
      case ReduceKind::all:
        return evaluate(ScalarOp::and_, {carried, next}, carried.dtype);
      case ReduceKind::any:
        return evaluate(ScalarOp::or_, {carried, next}, carried.dtype);
      case ReduceKind::max:
      case ReduceKind::min:
      case ReduceKind::argmax:
      case ReduceKind::argmin:
        break;
    }
    return takes(kind, carried, next, count) ? next : carried;
  }

  const Kernel& kernel_;
  const std::vector<KernelBuffer*>& params_;
  const Bindings& bindings_;
  bool backwards_;
  std::vector<int64_t> counters_;
  std::vector<ScalarValue> locals_;
  KernelFailure failure_;
  DType dtype_ = DType::float32;  // of the expression being evaluated
};

}  // namespace

KernelFailure run_kernel(const Kernel& kernel, const std::vector<KernelBuffer*>& params,
                         const Bindings& bindings, bool backwards) {
  return Machine(kernel, params, bindings, backwards).run();
}

}  // namespace tgc
