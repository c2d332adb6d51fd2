// SPDX-License-Identifier: Apache-2.0
// See contraction_emitter.h.
#include "targets/cpu/contraction_emitter.h"

#include <array>

#include "targets/c_text.h"
#include "targets/cpu/statement_emitter.h"
#include "tgc/prelude/contraction_tiles.h"

namespace tgc {
namespace {

// The prelude's tgc_contraction_tasks as a DimExpr of the shape.
DimExpr task_count(const Contraction& contraction) {
  const auto tiles = [](const DimExpr& extent, int64_t largest, int64_t unit) {
    const DimExpr wanted = DimExpr::ceil_div(extent, largest);
    const DimExpr tile = DimExpr::ceil_div(extent, wanted * unit) * unit;
    return DimExpr::ceil_div(extent, DimExpr::max(tile, 1));
  };
  const auto along = [&](const DimExpr& extent, int64_t largest, int64_t unit) {
    if (extent.is(0)) return DimExpr(0);
    return tiles(DimExpr::max(extent, 1), largest, unit);
  };
  return contraction.batch.extent * along(contraction.m.extent, kTgcTaskRows, 12) *
         along(contraction.n.extent, kTgcTaskColumns, 32);
}

int64_t scratch_bytes(const Contraction& contraction) {
  const int64_t element = dtype_size(contraction.accumulator) < 4 ? 4
                          : dtype_size(contraction.accumulator);
  const auto bound = [](const DimExpr& extent, int64_t fallback) {
    return extent.constant().value_or(fallback);
  };
  return tgc_contraction_scratch_bytes(bound(contraction.m.extent, kTgcTaskRows),
                                       bound(contraction.n.extent, kTgcTaskColumns),
                                       bound(contraction.k.extent, kTgcBlockDepth), element);
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
  writer.line("tgc_contraction<" + type + ">(" + text.dim(contraction.batch.extent) + ", " +
              text.dim(contraction.m.extent) + ", " + text.dim(contraction.n.extent) + ", " +
              text.dim(contraction.k.extent) + ", left, right, store, call->scratch, begin, end);");
  emitted.tasks = task_count(contraction);
  emitted.scratch = scratch_bytes(contraction);
  emitted.dims = text.dims();
  emitted.body = function_text(kernel, text, writer.text());
  return emitted;
}

}  // namespace tgc
