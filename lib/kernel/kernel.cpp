// SPDX-License-Identifier: Apache-2.0
// Questions about a Kernel and its stable text: one statement a line, two spaces per level, loop
// counters i0, i1, …, locals t0, t1, …, params by name.
#include "kernel/kernel.h"

#include <algorithm>

#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

constexpr std::string_view kReduceNames[] = {"sum", "prod", "max",    "min",
                                             "all", "any",  "argmax", "argmin"};
constexpr std::string_view kAccessNames[] = {"read", "write", "read_write"};

bool has_check(const Body& body);

struct HasCheck {
  bool operator()(const Let&) const { return false; }
  bool operator()(const Reduce&) const { return false; }
  bool operator()(const Store&) const { return false; }
  bool operator()(const ForEach& loop) const { return has_check(*loop.body); }
  bool operator()(const Serial& loop) const { return has_check(*loop.body); }
  bool operator()(const If& branch) const { return has_check(*branch.then_body); }
  bool operator()(const Check&) const { return true; }
};

bool has_check(const Body& body) {
  return std::any_of(body.begin(), body.end(),
                     [](const Stmt& stmt) { return std::visit(HasCheck{}, stmt.node); });
}

std::string counter(IndexId index) {
  return "i" + std::to_string(index.value);
}
std::string local(LocalId id) {
  return "t" + std::to_string(id.value);
}

std::string factor_text(const DimExpr& dim) {
  const std::string text = dim.text();
  return text.find(' ') == std::string::npos ? text : "(" + text + ")";
}

class Printer {
 public:
  explicit Printer(const Kernel& kernel) : kernel_(kernel) {}

  std::string print() {
    line("kernel " + kernel_.name);
    ++level_;
    for (const KernelParam& param : kernel_.params) {
      line("param " + param.name + ": " + std::string(dtype_name(param.dtype)) + " " +
           std::string(kAccessNames[static_cast<size_t>(param.access)]));
    }
    std::visit(*this, kernel_.body);
    return text_;
  }

  void operator()(const LoopNest& nest) {
    if (nest.conflicts) line("stores may meet");
    if (!nest.outer.empty()) line("parallel " + loops(nest.outer));
    const int inner = nest.outer.empty() ? 0 : 1;
    level_ += inner;
    body(nest.body);
    level_ -= inner;
  }
  void operator()(const Contraction& contraction) {
    line("parallel " + loops({contraction.batch, contraction.m, contraction.n}));
    ++level_;
    line(local(contraction.result) + " = sum in " +
         std::string(dtype_name(contraction.accumulator)) + " over " + loops({contraction.k}) +
         ": " + expr(contraction.a) + " * " + expr(contraction.b));
    body(contraction.epilogue);
    --level_;
  }
  void operator()(const Routine& routine) {
    std::vector<std::string> dims;
    for (const DimExpr& dim : routine.dims) dims.push_back(dim.text());
    line("routine " + routine.name + "(" + join(dims, ", ") + ") in " + routine.tasks.text() +
         " tasks");
  }

  void operator()(const Let& let) { line(local(let.local) + " = " + expr(let.value)); }
  void operator()(const Reduce& reduce) {
    line(local(reduce.local) + " = " + std::string(kReduceNames[static_cast<size_t>(reduce.kind)]) +
         " over " + loops(reduce.loops) + ": " + expr(reduce.value));
  }
  void operator()(const Store& store) {
    line(param(store.param) + "[" + index(store.address) + "] " +
         (store.combine == Combine::add ? "+= " : "= ") + expr(store.value));
  }
  void operator()(const ForEach& loop) {
    line("each " + loops(loop.loops));
    nested(*loop.body);
  }
  void operator()(const Serial& serial) {
    std::string carried;
    for (const Carried& value : serial.carried) {
      carried += ", " + local(value.local) + " = " + expr(value.initial);
    }
    line("serial " + loops({serial.loop}) + carried);
    nested(*serial.body);
    ++level_;
    for (const Carried& value : serial.carried) {
      line("next " + local(value.local) + " = " + expr(value.next));
    }
    --level_;
  }
  void operator()(const If& branch) {
    line("if " + expr(branch.condition));
    nested(*branch.then_body);
  }
  void operator()(const Check& check) {
    line("check " + expr(check.ok) + " else fail " + std::to_string(check.code) + " with " +
         expr(check.value));
  }

  // Expressions.
  std::string operator()(const Constant& value) const {
    return is_float(dtype_) ? number_text(value.real) : std::to_string(value.integer);
  }
  std::string operator()(const DimValue& value) const { return factor_text(value.dim); }
  std::string operator()(const IndexValue& value) const { return counter(value.index); }
  std::string operator()(const LocalValue& value) const { return local(value.local); }
  std::string operator()(const Load& load) {
    return param(load.param) + "[" + index(load.address) + "]";
  }
  std::string operator()(const Call& call) {
    std::vector<std::string> args;
    for (const ExprRef& arg : call.args) args.push_back(expr(arg));
    return std::string(scalar_op_name(call.op)) + "(" + join(args, ", ") + ")";
  }
  std::string operator()(const Cast& cast) {
    const DType to = dtype_;
    return std::string(dtype_name(to)) + "(" + expr(cast.arg) + ")";
  }

 private:
  void line(const std::string& text) {
    text_ += std::string(static_cast<size_t>(level_) * 2, ' ') + text + "\n";
  }
  void body(const Body& statements) {
    for (const Stmt& stmt : statements) std::visit(*this, stmt.node);
  }
  void nested(const Body& statements) {
    ++level_;
    body(statements);
    --level_;
  }
  [[nodiscard]] const std::string& param(int number) const {
    return kernel_.params.at(static_cast<size_t>(number)).name;
  }
  static std::string loops(const std::vector<Loop>& list) {
    std::vector<std::string> parts;
    for (const Loop& loop : list) {
      parts.push_back(counter(loop.index) + " < " + factor_text(loop.extent));
    }
    return join(parts, ", ");
  }
  std::string index(const IndexExpr& address) {
    std::vector<std::string> parts;
    for (const IndexTerm& term : address.terms) {
      const std::string scale = term.stride.is(1) ? "" : factor_text(term.stride) + "*";
      parts.push_back(scale + counter(term.index));
    }
    if (address.rest) parts.push_back(expr(address.rest));
    if (parts.empty() || !address.offset.is(0)) parts.push_back(address.offset.text());
    return join(parts, " + ");
  }
  std::string expr(const ExprRef& value) {
    const DType outside = dtype_;
    dtype_ = value->dtype;
    std::string text = std::visit(*this, value->node);
    dtype_ = outside;
    return text;
  }

  const Kernel& kernel_;
  std::string text_;
  int level_ = 0;
  DType dtype_ = DType::float32;  // of the expression being printed
};

struct BodyCheck {
  bool operator()(const LoopNest& nest) const { return has_check(nest.body); }
  bool operator()(const Contraction& contraction) const { return has_check(contraction.epilogue); }
  bool operator()(const Routine& routine) const { return routine.is_fallible; }
};

}  // namespace

bool is_fallible(const Kernel& kernel) {
  return std::visit(BodyCheck{}, kernel.body);
}

std::string kernel_text(const Kernel& kernel) {
  return Printer(kernel).print();
}

}  // namespace tgc
