// SPDX-License-Identifier: Apache-2.0
// See cuda_statements.h.
#include "targets/cuda/cuda_statements.h"

#include "support/check.h"
#include "targets/counted_loop.h"

namespace tgc {
namespace {

std::string reducer(ReduceKind kind, const std::string& type) {
  switch (kind) {
    case ReduceKind::sum:
      return "tgc_sum<" + type + ">";
    case ReduceKind::prod:
      return "tgc_prod<" + type + ">";
    case ReduceKind::max:
      return "tgc_max<" + type + ">";
    case ReduceKind::min:
      return "tgc_min<" + type + ">";
    case ReduceKind::all:
      return "tgc_all";
    case ReduceKind::any:
      return "tgc_any";
    case ReduceKind::argmax:
      return "tgc_argmax<" + type + ">";
    case ReduceKind::argmin:
      return "tgc_argmin<" + type + ">";
  }
  TGC_CHECK(false, "unknown reduction");
}

bool is_position(ReduceKind kind) {
  return kind == ReduceKind::argmax || kind == ReduceKind::argmin;
}

}  // namespace

DimExpr iteration_count(const std::vector<Loop>& loops) {
  DimExpr count = 1;
  for (const Loop& loop : loops) count = count * loop.extent;
  return count;
}

void name_counters(CText& text, IndentedWriter& writer, const std::vector<Loop>& loops,
                   const std::string& flat) {
  const bool is_empty = iteration_count(loops).is(0);  // never runs; must not divide by 0
  std::string rest = flat;
  for (size_t i = loops.size(); i-- > 0;) {
    const std::string counter = text.index_name(loops[i].index);
    if (i == 0 || is_empty) {
      writer.line("const int64_t " + counter + " = " + rest + ";");
      continue;
    }
    const std::string extent = text.dim(loops[i].extent);
    writer.line("const int64_t " + counter + " = " + rest + " % " + extent + ";");
    const std::string next = text.fresh("rest");
    writer.line("const int64_t " + next + " = " + rest + " / " + extent + ";");
    rest = next;
  }
}

std::vector<ExprRef> CudaStatements::name_shared(const std::vector<ExprRef>& exprs) {
  std::vector<ExprRef> shared = shared_subexpressions(exprs);
  for (const ExprRef& expr : shared) {
    const std::string value = text_.expr(expr);
    const std::string name = text_.fresh("t");
    writer_.line("const " + std::string(value_type(expr->dtype)) + " " + name + " = " + value +
                 ";");
    text_.bind(expr, name);
  }
  return shared;
}

void CudaStatements::body(const Body& body) {
  for (const Stmt& stmt : body) {
    std::visit([this](const auto& node) { statement(node); }, stmt.node);
  }
}

void CudaStatements::statement(const Let& let) {
  const auto shared = name_shared({let.value});
  writer_.line("const " + std::string(value_type(let.value->dtype)) + " " +
               text_.local_name(let.local) + " = " + text_.expr(let.value) + ";");
  for (const ExprRef& expr : shared) text_.unbind(expr);
}

void CudaStatements::store_text(const Store& store) {
  std::vector<ExprRef> exprs = {store.value};
  if (store.address.rest) exprs.push_back(store.address.rest);
  const auto shared = name_shared(exprs);
  if (store.combine == Combine::add && atomic_adds_) {
    const DType dtype = store.value->dtype;
    const std::string value = text_.to_storage(dtype, text_.expr(store.value));
    writer_.line("tgc_atomic_add(" + text_.param_name(store.param) + ", " +
                 text_.address(store.address) + ", (" + std::string(storage_type(dtype)) + ")" +
                 value + ");");
  } else {
    writer_.line(text_.store(store));
  }
  for (const ExprRef& expr : shared) text_.unbind(expr);
}

void CudaStatements::store_to(const Store& store, DType dtype, const std::string& target) {
  const auto shared = name_shared({store.value});
  writer_.line(target + " = " + text_.to_storage(dtype, text_.expr(store.value)) + ";");
  for (const ExprRef& expr : shared) text_.unbind(expr);
}

void CudaStatements::statement(const Store& store) {
  if (mode_ == CudaMode::alone) return store_text(store);
  writer_.open("if (threadIdx.x == 0)");
  store_text(store);
  writer_.close();
}

void CudaStatements::statement(const Check& check) {
  writer_.open("if (!(" + text_.expr(check.ok) + "))");
  writer_.line("tgc_raise(failure, " + std::to_string(check.code) + ", " + text_.expr(check.value) +
               ");");
  writer_.line("return;");
  writer_.close();
}

void CudaStatements::statement(const If& branch) {
  writer_.open("if (" + text_.expr(branch.condition) + ")");
  body(*branch.then_body);
  writer_.close();
}

void CudaStatements::open_flat_loop(const std::vector<Loop>& loops, const std::string& first,
                                    const std::string& step) {
  const std::string flat = text_.fresh("flat");
  writer_.open("for (int64_t " + flat + " = " + first + "; " + flat + " < " +
               text_.dim(iteration_count(loops)) + "; " + flat + " += " + step + ")");
  name_counters(text_, writer_, loops, flat);
}

void CudaStatements::statement(const ForEach& loop) {
  if (mode_ == CudaMode::alone) {
    for (const Loop& each : loop.loops) {
      const std::string counter = text_.index_name(each.index);
      writer_.open("for (int64_t " + counter + " = 0; " + counter + " < " + text_.dim(each.extent) +
                   "; ++" + counter + ")");
    }
    body(*loop.body);
    for (size_t i = 0; i < loop.loops.size(); ++i) writer_.close();
    return;
  }
  open_flat_loop(loop.loops, "threadIdx.x", std::to_string(threads_));
  CudaStatements(text_, writer_, CudaMode::alone, threads_, atomic_adds_).body(*loop.body);
  writer_.close();
  writer_.line("__syncthreads();");
}

void CudaStatements::statement(const Serial& serial) {
  const auto counted = counted_loop(serial);
  const std::vector<Carried>& values = counted ? counted->carried : serial.carried;
  for (const Carried& carried : values) {
    writer_.line(std::string(value_type(carried.initial->dtype)) + " " +
                 text_.local_name(carried.local) + " = " + text_.expr(carried.initial) + ";");
  }
  const std::string counter = text_.index_name(serial.loop.index);
  std::string last;
  if (counted) {
    last = text_.fresh("count");
    writer_.line("const int64_t " + last + " = " + text_.expr(counted->count) + ";");
  } else {
    last = text_.dim(serial.loop.extent);
  }
  writer_.open("for (int64_t " + counter + " = 0; " + counter + " < " + last + "; ++" + counter +
               ")");
  body(counted ? *counted->body : *serial.body);
  std::vector<std::string> next;
  for (const Carried& carried : values) {
    next.push_back(text_.fresh("next"));
    writer_.line("const " + std::string(value_type(carried.next->dtype)) + " " + next.back() +
                 " = " + text_.expr(carried.next) + ";");
  }
  for (size_t i = 0; i < next.size(); ++i) {
    writer_.line(text_.local_name(values[i].local) + " = " + next[i] + ";");
  }
  if (mode_ == CudaMode::block) writer_.line("__syncthreads();");
  writer_.close();
}

void CudaStatements::statement(const Reduce& reduce) {
  if (mode_ == CudaMode::alone) return reduce_alone(reduce);
  reduce_block(reduce);
}

// The accumulator of a reduction and the step that adds one value; the loop is opened by the
// caller.
void CudaStatements::reduce_alone(const Reduce& reduce) {
  const std::string type(value_type(reduce.value->dtype));
  const std::string kind = reducer(reduce.kind, type);
  const std::string local = text_.local_name(reduce.local);
  const std::string acc = is_position(reduce.kind) ? local + "_best" : local;
  writer_.line("typename " + kind + "::Value " + acc + " = " + kind + "::identity();");
  std::string position = "0";
  for (const Loop& loop : reduce.loops) {
    const std::string counter = text_.index_name(loop.index);
    const std::string extent = text_.dim(loop.extent);
    writer_.open("for (int64_t " + counter + " = 0; " + counter + " < " + extent + "; ++" +
                 counter + ")");
    position = position == "0" ? counter : "(" + position + " * " + extent + " + " + counter + ")";
  }
  const auto shared = name_shared({reduce.value});
  const std::string value = text_.expr(reduce.value);
  writer_.line(acc + " = " + kind + "::combine(" + acc + ", " +
               (is_position(reduce.kind) ? "{" + value + ", " + position + "}" : value) + ");");
  for (const ExprRef& expr : shared) text_.unbind(expr);
  for (size_t i = 0; i < reduce.loops.size(); ++i) writer_.close();
  if (is_position(reduce.kind)) {
    writer_.line("const int64_t " + local + " = " + acc + ".index;");
  }
}

void CudaStatements::reduce_block(const Reduce& reduce) {
  const std::string type(value_type(reduce.value->dtype));
  const std::string kind = reducer(reduce.kind, type);
  const std::string local = text_.local_name(reduce.local);
  const std::string part = local + "_part";
  writer_.line("typename " + kind + "::Value " + part + " = " + kind + "::identity();");
  const std::string flat = text_.fresh("flat");
  writer_.open("for (int64_t " + flat + " = threadIdx.x; " + flat + " < " +
               text_.dim(iteration_count(reduce.loops)) + "; " + flat +
               " += " + std::to_string(threads_) + ")");
  name_counters(text_, writer_, reduce.loops, flat);
  const auto shared = name_shared({reduce.value});
  const std::string value = text_.expr(reduce.value);
  writer_.line(part + " = " + kind + "::combine(" + part + ", " +
               (is_position(reduce.kind) ? "{" + value + ", " + flat + "}" : value) + ");");
  for (const ExprRef& expr : shared) text_.unbind(expr);
  writer_.close();
  const std::string result =
      "tgc_block_reduce<" + kind + ", " + std::to_string(threads_) + ">(" + part + ")";
  if (is_position(reduce.kind)) {
    writer_.line("const int64_t " + local + " = " + result + ".index;");
  } else {
    writer_.line("const " + type + " " + local + " = " + result + ";");
  }
}

}  // namespace tgc
