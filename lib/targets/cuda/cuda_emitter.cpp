// SPDX-License-Identifier: Apache-2.0
// See cuda_emitter.h.
#include "targets/cuda/cuda_emitter.h"

#include <algorithm>

#include "support/check.h"
#include "targets/cuda/cuda_contraction.h"
#include "targets/cuda/cuda_packs.h"
#include "targets/cuda/cuda_statements.h"
#include "targets/cuda/kernel_frame.h"
#include "targets/loops.h"

namespace tgc {
namespace {

constexpr int64_t kFlatThreads = 256;
constexpr int64_t kRowThreads = 128;
constexpr int64_t kWholeThreads = 512;  // one row in all: the largest block that is still quick
constexpr int64_t kMostBlocks = 16384;  // a grid-stride loop takes the rest
constexpr int64_t kAloneWork = 64;      // inner iterations one thread does by itself

// The largest number of iterations of a loop nest inside `body`; nullopt when not known.
std::optional<int64_t> inner_work(const Body& body) {
  int64_t most = 1;
  for (const Stmt& stmt : body) {
    std::vector<Loop> loops;
    int64_t nested = 1;
    if (const auto* reduce = std::get_if<Reduce>(&stmt.node)) loops = reduce->loops;
    if (const auto* each = std::get_if<ForEach>(&stmt.node)) {
      loops = each->loops;
      const auto work = inner_work(*each->body);
      if (!work) return std::nullopt;
      nested = *work;
    }
    if (std::holds_alternative<Serial>(stmt.node)) continue;  // runs in order anyway
    const auto count = iteration_count(loops).constant();
    if (!count) return std::nullopt;
    most = std::max(most, *count * nested);
  }
  return most;
}

bool has_shared_work(const Body& body) {
  return std::any_of(body.begin(), body.end(), [](const Stmt& stmt) {
    if (const auto* serial = std::get_if<Serial>(&stmt.node)) return has_shared_work(*serial->body);
    if (const auto* branch = std::get_if<If>(&stmt.node))
      return has_shared_work(*branch->then_body);
    return std::holds_alternative<Reduce>(stmt.node) || std::holds_alternative<ForEach>(stmt.node);
  });
}

// Neighbouring outer iterations read neighbouring elements, so a thread each is coalesced.
bool is_column_reduction(const LoopNest& nest) {
  if (nest.outer.empty()) return false;
  const IndexId column = nest.outer.back().index;
  bool along_column = false;
  bool along_row = false;
  for (const Stmt& stmt : nest.body) {
    const auto* reduce = std::get_if<Reduce>(&stmt.node);
    if (reduce == nullptr || reduce->loops.empty()) continue;
    const IndexId inner = reduce->loops.back().index;
    for_each_address({Stmt{Let{reduce->local, reduce->value}}}, [&](const IndexExpr& address) {
      along_column = along_column || address.stride_of(column).is(1);
      along_row = along_row || address.stride_of(inner).is(1);
    });
  }
  return along_column && !along_row;
}

EmittedKernel emit_alone(const Kernel& kernel, const LoopNest& nest) {
  CText text(kernel, Dialect::cuda);
  IndentedWriter writer(1);
  EmittedKernel emitted;
  const bool single = nest.outer.empty();
  if (single) {
    writer.open("if (tgc_grid_index() == 0)");
  } else {
    writer.open("for (int64_t flat = tgc_grid_index(); flat < " +
                text.dim(iteration_count(nest.outer)) + "; flat += tgc_grid_threads())");
    name_counters(text, writer, nest.outer, "flat");
  }
  CudaStatements(text, writer, CudaMode::alone, 1, nest.conflicts).body(nest.body);
  writer.close();
  const int64_t threads = single ? 32 : kFlatThreads;
  emitted.block = {threads, 1, 1};
  emitted.grid[0] =
      single ? DimExpr(1)
             : DimExpr::min(DimExpr::ceil_div(iteration_count(nest.outer), threads), kMostBlocks);
  emitted.body = kernel_frame(kernel, text, threads, writer.text());
  emitted.dims = text.dims();
  return emitted;
}

EmittedKernel emit_block(const Kernel& kernel, const LoopNest& nest) {
  CText text(kernel, Dialect::cuda);
  IndentedWriter writer(1);
  EmittedKernel emitted;
  const int64_t threads = nest.outer.empty() ? kWholeThreads : kRowThreads;
  const DimExpr rows = iteration_count(nest.outer);
  writer.open("for (int64_t row = blockIdx.x; row < " + text.dim(rows) + "; row += gridDim.x)");
  name_counters(text, writer, nest.outer, "row");
  CudaStatements(text, writer, CudaMode::block, threads, nest.conflicts).body(nest.body);
  writer.close();
  emitted.block = {threads, 1, 1};
  emitted.grid[0] = DimExpr::min(rows, kMostBlocks);
  emitted.body = kernel_frame(kernel, text, threads, writer.text());
  emitted.dims = text.dims();
  return emitted;
}

}  // namespace

std::string kernel_frame(const Kernel& kernel, const CText& text, int64_t threads,
                         const std::string& body) {
  std::string params;
  for (const KernelParam& param : kernel.params) {
    const std::string type =
        (param.access == Access::read ? "const " : "") + std::string(storage_type(param.dtype));
    params += "TGC_GLOBAL(" + type + ") " + param.name + ", ";
  }
  for (size_t i = 0; i < text.dims().size(); ++i) params += "int64_t d" + std::to_string(i) + ", ";
  params += "TGC_GLOBAL(int64_t) failure";
  IndentedWriter writer;
  writer.open("TGC_KERNEL(" + std::string(kEntryMark) + ", " + std::to_string(threads) + ", 1, (" +
              params + "))");
  return writer.text() + body + "}\n";
}

std::vector<EmittedKernel> emit_cuda_kernel(const Kernel& kernel) {
  if (const auto* contraction = std::get_if<Contraction>(&kernel.body)) {
    return emit_cuda_contraction(kernel, *contraction);
  }
  TGC_CHECK(std::holds_alternative<LoopNest>(kernel.body),
            "the cuda target has no routine for " + kernel.name);
  const Kernel collapsed = collapse_loops(kernel);
  const auto& nest = std::get<LoopNest>(collapsed.body);
  if (auto packed = emit_cuda_packed(collapsed, nest, kFlatThreads, kMostBlocks)) {
    return {std::move(*packed)};
  }
  const auto work = inner_work(nest.body);
  const bool alone =
      !has_shared_work(nest.body) || (work && *work <= kAloneWork) || is_column_reduction(nest);
  return {alone ? emit_alone(collapsed, nest) : emit_block(collapsed, nest)};
}

}  // namespace tgc
