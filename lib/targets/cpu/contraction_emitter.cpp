// SPDX-License-Identifier: Apache-2.0
// See contraction_emitter.h.
#include "targets/cpu/contraction_emitter.h"

#include <algorithm>
#include <array>

#include "targets/c_text.h"
#include "targets/cpu/statement_emitter.h"
#include "tgc/prelude/contraction_tiles.h"

namespace tgc {
namespace {

// The prelude's tgc_contraction_tasks where the shape is known, else a bound of it: the kernel
// stops at the true number.
DimExpr task_count(const Contraction& contraction) {
  const auto batch = contraction.batch.extent.constant();
  const auto m = contraction.m.extent.constant();
  const auto n = contraction.n.extent.constant();
  if (batch && m && n) return tgc_contraction_tasks(*batch, *m, *n);
  return contraction.batch.extent * DimExpr::ceil_div(contraction.m.extent, kTgcTileNarrow) *
         DimExpr::ceil_div(contraction.n.extent, kTgcTileNarrow);
}

// Tasks that hold enough multiplications to be worth waking a thread.
int64_t grain(const Contraction& contraction) {
  // A product with a vector waits for memory: each multiplication takes that much longer.
  const bool with_vector = contraction.m.extent.is(1) || contraction.n.extent.is(1);
  const int64_t worth = with_vector ? 150'000 : 1'000'000;
  const int64_t m = contraction.m.extent.constant().value_or(kTgcTileNarrow);
  const int64_t n = contraction.n.extent.constant().value_or(kTgcTileNarrow);
  const int64_t k = contraction.k.extent.constant().value_or(kTgcBlockDepth);
  const int64_t tasks = std::max<int64_t>(1, tgc_contraction_tasks(1, m, n));
  return std::max<int64_t>(1, worth / std::max<int64_t>(1, m * n / tasks * k));
}

int64_t scratch_bytes(const Contraction& contraction) {
  const int64_t element = std::max<int64_t>(4, dtype_size(contraction.accumulator));
  const auto m = contraction.m.extent.constant();
  const auto n = contraction.n.extent.constant();
  const int64_t k = contraction.k.extent.constant().value_or(kTgcBlockDepth);
  if (m && n) return tgc_contraction_scratch_bytes(*m, *n, k, element);
  // the largest tile: wide on both sides
  const int64_t wide = kTgcTileWide;
  return std::max(tgc_contraction_scratch_bytes(wide, wide, k, element),
                  std::max(tgc_contraction_scratch_bytes(1, wide, k, element),
                           tgc_contraction_scratch_bytes(wide, 1, k, element)));
}

// A load of the element type, linear in its counters: passed as a strided matrix.
const Load* plain_load(const ExprRef& expr, DType dtype) {
  const auto* load = std::get_if<Load>(&expr->node);
  const bool is_plain = load != nullptr && !load->address.rest && expr->dtype == dtype &&
                        dtype != DType::boolean && dtype != DType::float16;
  return is_plain ? load : nullptr;
}

}  // namespace

EmittedKernel emit_cpu_contraction(const Kernel& kernel, const Contraction& contraction) {
  CText text(kernel);
  IndentedWriter writer(1);
  EmittedKernel emitted;
  emitted.header = "tgc/prelude/contraction.h";
  const DType dtype = contraction.accumulator;
  const std::string type(value_type(dtype));
  const auto operand = [&](const std::string& name, const ExprRef& expr,
                           const std::array<IndexId, 3>& counters) {
    if (const Load* load = plain_load(expr, dtype)) {
      const std::string& param = kernel.params[static_cast<size_t>(load->param)].name;
      const std::string offset = text.dim(load->address.offset);
      std::string fields = offset == "0" ? param : param + " + " + offset;
      for (const IndexId counter : counters) {
        fields += ", " + text.dim(load->address.stride_of(counter));
      }
      writer.line("const tgc_strided<" + type + "> " + name + "{" + fields + "};");
      return;
    }
    std::string params;
    for (const IndexId counter : counters) {
      params += (params.empty() ? "int64_t " : ", int64_t ") + text.index_name(counter);
    }
    writer.open("const auto " + name + " = [=](" + params + ") -> " + type);
    for (const IndexId counter : counters) writer.line("(void)" + text.index_name(counter) + ";");
    writer.line("return (" + type + ")" + text.expr(expr) + ";");
    writer.close(";");
  };
  const IndexId b = contraction.batch.index;
  const IndexId m = contraction.m.index;
  const IndexId n = contraction.n.index;
  operand("left", contraction.a, {b, m, contraction.k.index});
  operand("right", contraction.b, {b, contraction.k.index, n});
  const std::string result = text.local_name(contraction.result);
  writer.open("const auto store = [=](int64_t " + text.index_name(b) + ", int64_t " +
              text.index_name(m) + ", int64_t " + text.index_name(n) + ", " + type + " " + result +
              ")");
  for (const IndexId counter : {b, m, n}) writer.line("(void)" + text.index_name(counter) + ";");
  StatementEmitter(kernel, text, writer).body(contraction.epilogue);
  writer.close(";");
  emitted.tasks = task_count(contraction);
  const std::string shape = text.dim(contraction.batch.extent) + ", " +
                            text.dim(contraction.m.extent) + ", " + text.dim(contraction.n.extent);
  if (!emitted.tasks.is_constant()) {
    writer.line("const int64_t tasks = tgc_contraction_tasks(" + shape + ");");
    writer.line("if (end > tasks) end = tasks;");
  }
  writer.line("tgc_contraction<" + type + ">(" + shape + ", " + text.dim(contraction.k.extent) +
              ", left, right, store, call->scratch, begin, end);");
  emitted.scratch = scratch_bytes(contraction);
  emitted.grain = grain(contraction);
  emitted.dims = text.dims();
  emitted.body = function_text(kernel, text, writer.text());
  return emitted;
}

}  // namespace tgc
