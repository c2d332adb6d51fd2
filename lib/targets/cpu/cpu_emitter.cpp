// SPDX-License-Identifier: Apache-2.0
// See cpu_emitter.h.
#include "targets/cpu/cpu_emitter.h"

#include <algorithm>
#include <utility>

#include "support/check.h"
#include "targets/c_text.h"
#include "targets/counted_loop.h"
#include "targets/cpu/contraction_emitter.h"
#include "targets/cpu/statement_emitter.h"
#include "targets/loops.h"

namespace tgc {
namespace {

constexpr int64_t kBlock = 4096;           // elements of a task of the flat schedule
constexpr int64_t kColumns = 512;          // outer iterations carried side by side: a page of sums
constexpr int64_t kGrainElements = 32768;  // elements worth another thread

bool has_inner_loops(const Body& body) {
  return std::any_of(body.begin(), body.end(), [](const Stmt& stmt) {
    if (const auto* branch = std::get_if<If>(&stmt.node)) {
      return has_inner_loops(*branch->then_body);
    }
    return std::holds_alternative<Reduce>(stmt.node) ||
           std::holds_alternative<ForEach>(stmt.node) || std::holds_alternative<Serial>(stmt.node);
  });
}

bool has_check(const Body& body) {
  return std::any_of(body.begin(), body.end(),
                     [](const Stmt& stmt) { return std::holds_alternative<Check>(stmt.node); });
}

// Rows of the outer loops but the last `inner` ones.
DimExpr row_count(const LoopNest& nest, size_t inner) {
  DimExpr count = 1;
  for (size_t i = 0; i + inner < nest.outer.size(); ++i) count = count * nest.outer[i].extent;
  return count;
}

class NestEmitter {
 public:
  NestEmitter(const Kernel& kernel, const LoopNest& nest)
      : kernel_(kernel), nest_(nest), text_(kernel) {}

  EmittedKernel emit() {
    const bool is_empty = std::any_of(nest_.outer.begin(), nest_.outer.end(),
                                      [](const Loop& loop) { return loop.extent.is(0); });
    if (is_empty) {
      emitted_.tasks = 0;
    } else if (nest_.conflicts || nest_.outer.empty()) {
      emit_serial();
    } else if (!has_inner_loops(nest_.body)) {
      emit_flat();
    } else if (is_column_reduction()) {
      emit_columns();
    } else if (is_row_gather()) {
      emit_gather();
    } else {
      emit_rows();
    }
    emitted_.dims = text_.dims();
    emitted_.body = function_text(kernel_, text_, writer_.text());
    return std::move(emitted_);
  }

 private:
  // `for` loops over all outer counters in one task.
  void emit_serial() {
    writer_.line("(void)begin;");
    writer_.line("(void)end;");
    for (const Loop& loop : nest_.outer) writer_.open(for_text(text_, loop));
    StatementEmitter(kernel_, text_, writer_).body(nest_.body);
    for (size_t i = 0; i < nest_.outer.size(); ++i) writer_.close();
  }

  // Names the counters of outer[0 … count) from the flat number `flat`.
  void name_counters(const std::string& flat, size_t count) {
    std::string rest = flat;
    for (size_t i = count; i-- > 0;) {
      const Loop& loop = nest_.outer[i];
      const std::string name = text_.index_name(loop.index);
      if (i == 0) {
        writer_.line("const int64_t " + name + " = " + rest + ";");
        continue;
      }
      const std::string extent = text_.dim(loop.extent);
      writer_.line("const int64_t " + name + " = " + rest + " % " + extent + ";");
      const std::string next = text_.fresh("rest");
      writer_.line("const int64_t " + next + " = " + rest + " / " + extent + ";");
      rest = next;
    }
  }

  void emit_flat() {
    const Loop& inner = nest_.outer.back();
    const size_t outer_count = nest_.outer.size() - 1;
    const std::string counter = text_.index_name(inner.index);
    const std::string extent = text_.dim(inner.extent);
    const std::string block = std::to_string(kBlock);
    const DimExpr blocks = DimExpr::ceil_div(inner.extent, kBlock);
    const bool is_one_block = blocks.is(1);
    emitted_.grain = kGrainElements / kBlock;
    if (outer_count == 0 || !is_one_block) {
      emitted_.tasks = row_count(nest_, 1) * blocks;
      writer_.open("for (int64_t task = begin; task < end; ++task)");
      const std::string count = text_.dim(blocks);
      writer_.line("const int64_t first = task" + (outer_count > 0 ? " % " + count : "") + " * " +
                   block + ";");
      writer_.line("const int64_t last = first + " + block + " < " + extent + " ? first + " +
                   block + " : " + extent + ";");
      if (outer_count > 0) name_counters("(task / " + count + ")", outer_count);
      vector_loop(counter, "first", "last");
      writer_.close();
      return;
    }
    const int64_t per_task = std::max<int64_t>(
        1, kBlock / std::max<int64_t>(1, inner.extent.constant().value_or(kBlock)));
    const DimExpr rows = row_count(nest_, 1);
    emitted_.tasks = DimExpr::ceil_div(rows, per_task);
    open_row_loop(rows, per_task);
    name_counters("row", outer_count);
    vector_loop(counter, "0", extent);
    writer_.close();
    writer_.close();
  }

  void open_row_loop(const DimExpr& rows, int64_t per_task) {
    const std::string count = text_.dim(rows);
    const std::string step = std::to_string(per_task);
    writer_.open("for (int64_t task = begin; task < end; ++task)");
    writer_.line("const int64_t last_row = (task + 1) * " + step + " < " + count +
                 " ? (task + 1) * " + step + " : " + count + ";");
    writer_.open("for (int64_t row = task * " + step + "; row < last_row; ++row)");
  }

  void vector_loop(const std::string& counter, const std::string& first, const std::string& last) {
    if (!has_check(nest_.body)) writer_.line("#pragma omp simd");
    writer_.open("for (int64_t " + counter + " = " + first + "; " + counter + " < " + last +
                 "; ++" + counter + ")");
    StatementEmitter(kernel_, text_, writer_).body(nest_.body);
    writer_.close();
  }

  void emit_rows() {
    int64_t per_row = 1;  // elements of the largest inner loop nest, where known
    for (const Stmt& stmt : nest_.body) {
      const auto* reduce = std::get_if<Reduce>(&stmt.node);
      const auto* each = std::get_if<ForEach>(&stmt.node);
      if (reduce == nullptr && each == nullptr) continue;
      DimExpr size = 1;
      for (const Loop& loop : reduce != nullptr ? reduce->loops : each->loops) {
        size = size * loop.extent;
      }
      per_row = std::max(per_row, size.constant().value_or(256));
    }
    const int64_t per_task = std::max<int64_t>(1, kBlock / per_row);
    const DimExpr rows = row_count(nest_, 0);
    emitted_.tasks = DimExpr::ceil_div(rows, per_task);
    emitted_.grain = std::max<int64_t>(1, kGrainElements / (per_row * per_task));
    open_row_loop(rows, per_task);
    name_counters("row", nest_.outer.size());
    StatementEmitter(kernel_, text_, writer_).body(nest_.body);
    writer_.close();
    writer_.close();
  }

  // Lets, then Reduces whose loads are contiguous along the last outer loop and not along their own
  // innermost loop, then straight code.
  bool is_column_reduction() const {
    const IndexId column = nest_.outer.back().index;
    bool found = false;
    for (const Stmt& stmt : nest_.body) {
      if (std::holds_alternative<ForEach>(stmt.node) || std::holds_alternative<Serial>(stmt.node) ||
          std::holds_alternative<If>(stmt.node) || std::holds_alternative<Check>(stmt.node)) {
        return false;
      }
      const auto* reduce = std::get_if<Reduce>(&stmt.node);
      if (reduce == nullptr) continue;
      if (reduce->kind == ReduceKind::argmax || reduce->kind == ReduceKind::argmin) return false;
      if (reduce->loops.empty()) return false;
      const IndexId inner = reduce->loops.back().index;
      bool along_column = false;
      bool along_row = false;
      for_each_address({Stmt{Let{reduce->local, reduce->value}}}, [&](const IndexExpr& address) {
        along_column = along_column || address.stride_of(column).is(1);
        along_row = along_row || address.stride_of(inner).is(1);
      });
      if (!along_column || along_row) return false;
      found = true;
    }
    return found;
  }

  void emit_columns() {
    const Loop& column = nest_.outer.back();
    const size_t outer_count = nest_.outer.size() - 1;
    const std::string width = std::to_string(kColumns);
    const std::string extent = text_.dim(column.extent);
    const DimExpr blocks = DimExpr::ceil_div(column.extent, kColumns);
    emitted_.tasks = row_count(nest_, 1) * blocks;
    emitted_.grain = 1;
    writer_.open("for (int64_t task = begin; task < end; ++task)");
    const std::string count = text_.dim(blocks);
    writer_.line("const int64_t first = task" + (outer_count > 0 ? " % " + count : "") + " * " +
                 width + ";");
    writer_.line("const int64_t width = first + " + width + " < " + extent + " ? " + width + " : " +
                 extent + " - first;");
    if (outer_count > 0) name_counters("(task / " + count + ")", outer_count);
    ColumnEmitter(kernel_, text_, writer_, column.index, kColumns).body(nest_.body);
    writer_.close();
  }

  // Are these Lets and Checks that do not depend on the last outer counter?
  [[nodiscard]] bool is_same_for_columns(const Body& body) const {
    const IndexId column = nest_.outer.back().index;
    bool same = std::all_of(body.begin(), body.end(), [](const Stmt& stmt) {
      return std::holds_alternative<Let>(stmt.node) || std::holds_alternative<Check>(stmt.node);
    });
    for_each_address(
        body, [&](const IndexExpr& address) { same = same && address.stride_of(column).is(0); });
    for_each_expr(body, [&](const ExprRef& expr) {
      const auto* index = std::get_if<IndexValue>(&expr->node);
      same = same && (index == nullptr || index->index != column);
    });
    return same;
  }

  // Lets and Checks, then one counted loop that carries sums, which alone depend on the last outer
  // counter, then straight code: rows that are gathered and added up.
  [[nodiscard]] bool is_row_gather() const {
    const auto found = std::find_if(nest_.body.begin(), nest_.body.end(), [](const Stmt& stmt) {
      return std::holds_alternative<Serial>(stmt.node);
    });
    if (found == nest_.body.end()) return false;
    const auto counted = counted_loop(std::get<Serial>(found->node));
    if (!counted) return false;
    const Body after(found + 1, nest_.body.end());
    const Body before(nest_.body.begin(), found);
    const IndexId column = nest_.outer.back().index;
    bool along_column = false;
    for (const Carried& carried : counted->carried) {
      for_each_address({Stmt{Let{carried.local, carried.next}}}, [&](const IndexExpr& address) {
        along_column = along_column || address.stride_of(column).is(1);
      });
    }
    return along_column && !has_inner_loops(after) && !has_check(after) &&
           is_same_for_columns(before) && is_same_for_columns({{Let{LocalId(), counted->count}}}) &&
           is_same_for_columns(*counted->body);
  }

  void emit_gather() {
    const Loop& column = nest_.outer.back();
    const size_t outer_count = nest_.outer.size() - 1;
    const DimExpr blocks = DimExpr::ceil_div(column.extent, kColumns);
    emitted_.tasks = row_count(nest_, 1) * blocks;
    emitted_.grain = 16;
    writer_.open("for (int64_t task = begin; task < end; ++task)");
    const std::string count = text_.dim(blocks);
    const std::string extent = text_.dim(column.extent);
    const std::string width = std::to_string(kColumns);
    writer_.line("const int64_t first = task" + (outer_count > 0 ? " % " + count : "") + " * " +
                 width + ";");
    writer_.line("const int64_t width = first + " + width + " < " + extent + " ? " + width + " : " +
                 extent + " - first;");
    if (outer_count > 0) name_counters("(task / " + count + ")", outer_count);
    GatherEmitter(kernel_, text_, writer_, column.index, kColumns).body(nest_.body);
    writer_.close();
  }

  const Kernel& kernel_;
  const LoopNest& nest_;
  CText text_;
  IndentedWriter writer_{1};
  EmittedKernel emitted_;
};

}  // namespace

std::string function_text(const Kernel& kernel, const CText& text, const std::string& body) {
  IndentedWriter writer;
  writer.open("void " + std::string(kEntryMark) +
              "(const tgc_kernel_call* call, int64_t begin, int64_t end)");
  for (size_t i = 0; i < kernel.params.size(); ++i) {
    const KernelParam& param = kernel.params[i];
    const std::string type =
        (param.access == Access::read ? "const " : "") + std::string(storage_type(param.dtype));
    writer.line(type + "* __restrict__ const " + param.name + " = (" + type + "*)call->buffers[" +
                std::to_string(i) + "];");
  }
  for (size_t i = 0; i < text.dims().size(); ++i) {
    const std::string number = std::to_string(i);
    writer.line("const int64_t d" + number + " = call->dims[" + number + "];");
  }
  return writer.text() + body + "}\n";
}

std::string for_text(CText& text, const Loop& loop) {
  const std::string counter = text.index_name(loop.index);
  return "for (int64_t " + counter + " = 0; " + counter + " < " + text.dim(loop.extent) + "; ++" +
         counter + ")";
}

namespace {

EmittedKernel emit_routine(const Kernel& kernel, const Routine& routine) {
  CText text(kernel);
  std::string call = "tgc_" + routine.name + "(call, begin, end";
  for (const KernelParam& param : kernel.params) call += ", " + param.name;
  for (const DimExpr& dim : routine.dims) call += ", " + text.dim(dim);
  IndentedWriter writer(1);
  writer.line(call + ");");
  EmittedKernel emitted;
  emitted.tasks = routine.tasks;
  emitted.dims = text.dims();
  emitted.header = "tgc/routines/" + routine.header + ".h";
  emitted.body = function_text(kernel, text, writer.text());
  return emitted;
}

}  // namespace

EmittedKernel emit_cpu_kernel(const Kernel& kernel) {
  if (const auto* contraction = std::get_if<Contraction>(&kernel.body)) {
    return emit_cpu_contraction(kernel, *contraction);
  }
  if (const auto* routine = std::get_if<Routine>(&kernel.body)) {
    return emit_routine(kernel, *routine);
  }
  const Kernel collapsed = collapse_loops(kernel);
  return NestEmitter(collapsed, std::get<LoopNest>(collapsed.body)).emit();
}

}  // namespace tgc
