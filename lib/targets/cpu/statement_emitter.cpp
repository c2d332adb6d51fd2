// SPDX-License-Identifier: Apache-2.0
// See statement_emitter.h.
#include "targets/cpu/statement_emitter.h"

#include "support/check.h"
#include "targets/counted_loop.h"

namespace tgc {
namespace {

std::string_view reduce_name(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::sum:
      return "sum";
    case ReduceKind::prod:
      return "prod";
    case ReduceKind::max:
      return "max";
    case ReduceKind::min:
      return "min";
    case ReduceKind::all:
      return "all";
    case ReduceKind::any:
      return "any";
    case ReduceKind::argmax:
      return "argmax";
    case ReduceKind::argmin:
      return "argmin";
  }
  return {};
}

// What one more value does to an accumulator, as text of type `type`.
std::string combine_text(ReduceKind kind, const std::string& type, const std::string& acc,
                         const std::string& value) {
  switch (kind) {
    case ReduceKind::sum:
      return "(" + type + ")(" + acc + " + " + value + ")";
    case ReduceKind::prod:
      return "(" + type + ")(" + acc + " * " + value + ")";
    case ReduceKind::max:
      return "tgc_maximum(" + acc + ", " + value + ")";
    case ReduceKind::min:
      return "tgc_minimum(" + acc + ", " + value + ")";
    case ReduceKind::all:
      return "(" + type + ")(" + acc + " & " + value + ")";
    case ReduceKind::any:
      return "(" + type + ")(" + acc + " | " + value + ")";
    case ReduceKind::argmax:
    case ReduceKind::argmin:
      break;
  }
  TGC_CHECK(false, "argmax has no combining expression");
}

bool starts_from_first(ReduceKind kind) {
  return kind == ReduceKind::max || kind == ReduceKind::min;
}

std::string_view neutral(ReduceKind kind) {
  return kind == ReduceKind::prod || kind == ReduceKind::all ? "1" : "0";
}

void open_serial(CText& text, IndentedWriter& writer, const Loop& loop,
                 const std::optional<CountedLoop>& counted) {
  if (!counted) return writer.open(for_text(text, loop));
  const std::string count = text.fresh("count");
  writer.line("const int64_t " + count + " = " + text.expr(counted->count) + ";");
  const std::string counter = text.index_name(loop.index);
  writer.open("for (int64_t " + counter + " = 0; " + counter + " < " + count + "; ++" + counter +
              ")");
}

}  // namespace

template <class Emit>
void StatementEmitter::with_shared(const std::vector<ExprRef>& exprs, const Emit& emit) {
  const std::vector<ExprRef> shared = shared_subexpressions(exprs);
  for (const ExprRef& expr : shared) {
    const std::string value = text_.expr(expr);
    const std::string name = text_.fresh("t");
    writer_.line("const " + std::string(value_type(expr->dtype)) + " " + name + " = " + value +
                 ";");
    text_.bind(expr, name);
  }
  emit();
  for (const ExprRef& expr : shared) text_.unbind(expr);
}

void StatementEmitter::body(const Body& body) {
  for (const Stmt& stmt : body) {
    std::visit([this](const auto& node) { statement(node); }, stmt.node);
  }
}

void StatementEmitter::statement(const Let& let) {
  with_shared({let.value}, [&] {
    writer_.line("const " + std::string(value_type(let.value->dtype)) + " " +
                 text_.local_name(let.local) + " = " + text_.expr(let.value) + ";");
  });
}

void StatementEmitter::statement(const Store& store) {
  std::vector<ExprRef> exprs = {store.value};
  if (store.address.rest) exprs.push_back(store.address.rest);
  with_shared(exprs, [&] { writer_.line(text_.store(store)); });
}

void StatementEmitter::statement(const Check& check) {
  writer_.open("if (__builtin_expect(!(" + text_.expr(check.ok) + "), 0))");
  writer_.open("if (call->failure[0] == 0)");
  writer_.line("call->failure[1] = " + text_.expr(check.value) + ";");
  writer_.line("call->failure[0] = " + std::to_string(check.code) + ";");
  writer_.close();
  writer_.line("return;");
  writer_.close();
}

void StatementEmitter::statement(const If& branch) {
  writer_.open("if (" + text_.expr(branch.condition) + ")");
  body(*branch.then_body);
  writer_.close();
}

void StatementEmitter::statement(const ForEach& loop) {
  for (size_t i = 0; i < loop.loops.size(); ++i) {
    if (i + 1 == loop.loops.size()) writer_.line("#pragma omp simd");
    writer_.open(for_text(text_, loop.loops[i]));
  }
  if (loop.loops.empty()) writer_.open("");
  body(*loop.body);
  for (size_t i = 0; i < std::max<size_t>(1, loop.loops.size()); ++i) writer_.close();
}

void StatementEmitter::statement(const Serial& serial) {
  const auto counted = counted_loop(serial);
  const std::vector<Carried>& values = counted ? counted->carried : serial.carried;
  for (const Carried& carried : values) {
    writer_.line(std::string(value_type(carried.initial->dtype)) + " " +
                 text_.local_name(carried.local) + " = " + text_.expr(carried.initial) + ";");
  }
  open_serial(text_, writer_, serial.loop, counted);
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
  writer_.close();
}

void StatementEmitter::statement(const Reduce& reduce) {
  const std::string local = text_.local_name(reduce.local);
  const std::string type(value_type(reduce.value->dtype));
  const bool is_position = reduce.kind == ReduceKind::argmax || reduce.kind == ReduceKind::argmin;
  const bool is_truth = reduce.kind == ReduceKind::all || reduce.kind == ReduceKind::any;
  const std::string call = "tgc_reduce_" + std::string(reduce_name(reduce.kind)) +
                           (is_truth ? "" : "<" + type + ">") + "(";
  if (reduce.loops.empty()) {
    writer_.line("const " + (is_position ? "int64_t" : type) + " " + local + " = " +
                 (is_position ? "0" : text_.expr(reduce.value)) + ";");
    return;
  }
  const Loop& inner = reduce.loops.back();
  const auto functor = [&] {
    writer_.open("const auto " + local + "_of = [&](int64_t " + text_.index_name(inner.index) +
                 ")");
    with_shared({reduce.value}, [&] { writer_.line("return " + text_.expr(reduce.value) + ";"); });
    writer_.close(";");
  };
  if (reduce.loops.size() == 1) {
    functor();
    writer_.line("const " + (is_position ? "int64_t" : type) + " " + local + " = " + call +
                 text_.dim(inner.extent) + ", " + local + "_of);");
    return;
  }
  if (is_position) {  // positions count over all loops: one functor over the flat position
    DimExpr count = 1;
    for (const Loop& loop : reduce.loops) count = count * loop.extent;
    writer_.open("const auto " + local + "_of = [&](int64_t flat)");
    std::string rest = "flat";
    for (size_t i = reduce.loops.size(); i-- > 0;) {
      const std::string extent = text_.dim(reduce.loops[i].extent);
      writer_.line("const int64_t " + text_.index_name(reduce.loops[i].index) + " = " +
                   (i == 0 ? rest : rest + " % " + extent) + ";");
      rest = "(" + rest + " / " + extent + ")";
    }
    writer_.line("return " + text_.expr(reduce.value) + ";");
    writer_.close(";");
    writer_.line("const int64_t " + local + " = " + call + text_.dim(count) + ", " + local +
                 "_of);");
    return;
  }
  // outer loops in order, the inner one by lanes
  const bool from_first = starts_from_first(reduce.kind);
  writer_.line(type + " " + local + " = " +
               (from_first ? type + "()" : "(" + type + ")" + std::string(neutral(reduce.kind))) +
               ";");
  if (from_first) writer_.line("bool " + local + "_any = false;");
  for (size_t i = 0; i + 1 < reduce.loops.size(); ++i) {
    writer_.open(for_text(text_, reduce.loops[i]));
  }
  functor();
  writer_.line("const " + type + " " + local + "_part = " + call + text_.dim(inner.extent) + ", " +
               local + "_of);");
  const std::string combined = combine_text(reduce.kind, type, local, local + "_part");
  if (from_first) {
    writer_.line(local + " = " + local + "_any ? " + combined + " : " + local + "_part;");
    writer_.line(local + "_any = true;");
  } else {
    writer_.line(local + " = " + combined + ";");
  }
  for (size_t i = 0; i + 1 < reduce.loops.size(); ++i) writer_.close();
}

void ColumnEmitter::reduce(const Reduce& reduce) {
  const std::string local = text_.local_name(reduce.local);
  const std::string type(value_type(reduce.value->dtype));
  const std::string lanes = std::to_string(columns_);
  const std::string counter = text_.index_name(column_);
  const bool from_first = starts_from_first(reduce.kind);
  writer_.line(type + " " + local + "_lanes[" + lanes + "];");
  writer_.line("for (int64_t lane = 0; lane < " + lanes + "; ++lane) " + local +
               "_lanes[lane] = (" + type + ")" +
               (from_first ? "0" : std::string(neutral(reduce.kind))) + ";");
  for (const Loop& loop : reduce.loops) writer_.open(for_text(text_, loop));
  std::string is_first;
  if (from_first) {
    for (const Loop& loop : reduce.loops) {
      is_first += (is_first.empty() ? "" : " && ") + text_.index_name(loop.index) + " == 0";
    }
    writer_.line("const bool is_first = " + is_first + ";");
  }
  writer_.line("#pragma omp simd");
  writer_.open("for (int64_t lane = 0; lane < width; ++lane)");
  writer_.line("const int64_t " + counter + " = first + lane;");
  writer_.line("const " + type + " value = " + text_.expr(reduce.value) + ";");
  const std::string acc = local + "_lanes[lane]";
  const std::string combined = combine_text(reduce.kind, type, acc, "value");
  writer_.line(acc + " = " + (from_first ? "is_first ? value : " + combined : combined) + ";");
  writer_.close();
  for (size_t i = 0; i < reduce.loops.size(); ++i) writer_.close();
}

void ColumnEmitter::body(const Body& body) {
  // Lets are recomputed in each lane loop that needs them; reduced values come from their lanes.
  size_t last_reduce = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    if (std::holds_alternative<Reduce>(body[i].node)) last_reduce = i;
  }
  TGC_CHECK(!body.empty(), "empty kernel body");
  std::vector<const Reduce*> reduced;
  for (size_t i = 0; i <= last_reduce; ++i) {
    if (const auto* node = std::get_if<Reduce>(&body[i].node)) {
      reduce(*node);
      reduced.push_back(node);
    } else {
      TGC_CHECK(std::holds_alternative<Let>(body[i].node), "statement before a column reduction");
    }
  }
  writer_.line("#pragma omp simd");
  writer_.open("for (int64_t lane = 0; lane < width; ++lane)");
  writer_.line("const int64_t " + text_.index_name(column_) + " = first + lane;");
  StatementEmitter statements(kernel_, text_, writer_);
  for (const Stmt& stmt : body) {
    if (const auto* node = std::get_if<Reduce>(&stmt.node)) {
      writer_.line("const " + std::string(value_type(node->value->dtype)) + " " +
                   text_.local_name(node->local) + " = " + text_.local_name(node->local) +
                   "_lanes[lane];");
    } else {
      statements.body({stmt});
    }
  }
  writer_.close();
}

void GatherEmitter::open_lanes() {
  writer_.line("#pragma omp simd");
  writer_.open("for (int64_t lane = 0; lane < width; ++lane)");
  writer_.line("const int64_t " + text_.index_name(column_) + " = first + lane;");
}

void GatherEmitter::name_carried(const std::vector<Carried>& values) {
  for (const Carried& carried : values) {
    const std::string local = text_.local_name(carried.local);
    writer_.line("const " + std::string(value_type(carried.initial->dtype)) + " " + local + " = " +
                 local + "_lanes[lane];");
  }
}

void GatherEmitter::serial(const Loop& loop, const CountedLoop& counted) {
  for (const Carried& carried : counted.carried) {
    writer_.line(std::string(value_type(carried.initial->dtype)) + " " +
                 text_.local_name(carried.local) + "_lanes[" + std::to_string(columns_) + "];");
  }
  open_lanes();
  for (const Carried& carried : counted.carried) {
    writer_.line(text_.local_name(carried.local) + "_lanes[lane] = " + text_.expr(carried.initial) +
                 ";");
  }
  writer_.close();
  open_serial(text_, writer_, loop, counted);
  StatementEmitter(kernel_, text_, writer_).body(*counted.body);
  open_lanes();
  name_carried(counted.carried);
  for (const Carried& carried : counted.carried) {
    writer_.line(text_.local_name(carried.local) + "_lanes[lane] = " + text_.expr(carried.next) +
                 ";");
  }
  writer_.close();
  writer_.close();
}

void GatherEmitter::body(const Body& body) {
  StatementEmitter statements(kernel_, text_, writer_);
  bool is_after = false;
  for (const Stmt& stmt : body) {
    const auto* walk = std::get_if<Serial>(&stmt.node);
    const auto counted = walk == nullptr ? std::nullopt : counted_loop(*walk);
    if (!counted || is_after) {
      statements.body({stmt});
      continue;
    }
    is_after = true;
    serial(walk->loop, *counted);
    open_lanes();
    name_carried(counted->carried);
  }
  writer_.close();
}

}  // namespace tgc
