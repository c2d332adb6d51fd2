// SPDX-License-Identifier: Apache-2.0
// See cuda_packs.h. Where the innermost extent may not be a multiple of the width (one loop only),
// a thread at the end moves its part of a pack element by element and computes the rest in vain.
#include "targets/cuda/cuda_packs.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "targets/c_text.h"
#include "targets/cuda/cuda_statements.h"
#include "targets/cuda/kernel_frame.h"
#include "targets/loops.h"

namespace tgc {
namespace {

constexpr int64_t kPackBytes = 16;
constexpr int64_t kMostLanes = 8;

// Memory read or written in packs: all uses of `param` with this address.
struct Pack {
  int param = 0;
  IndexExpr address;
  std::vector<ExprRef> loads;
  std::string name;
  bool is_stored = false;
};

bool same_address(const IndexExpr& a, const IndexExpr& b) {
  if (a.rest || b.rest || a.terms.size() != b.terms.size() || !(a.offset == b.offset)) return false;
  for (size_t i = 0; i < a.terms.size(); ++i) {
    if (a.terms[i].index != b.terms[i].index || !(a.terms[i].stride == b.terms[i].stride)) {
      return false;
    }
  }
  return true;
}

class PackedEmitter {
 public:
  PackedEmitter(const Kernel& kernel, const LoopNest& nest)
      : kernel_(kernel), nest_(nest), text_(kernel, Dialect::cuda) {}

  // Finds the packs and their width; false where there are none or they would not be right.
  bool prepare() {
    if (nest_.outer.empty() || nest_.conflicts || !find_packs()) return false;
    inner_ = nest_.outer.back();
    int64_t largest = 1;
    std::erase_if(packs_,
                  [&](const Pack& pack) { return !pack.address.stride_of(inner_.index).is(1); });
    for (const Pack& pack : packs_) largest = std::max(largest, dtype_size(dtype_of(pack)));
    width_ = std::min(kPackBytes / largest, kMostLanes);
    while (width_ > 1 && !fits()) width_ /= 2;
    return width_ > 1;
  }

  EmittedKernel emit(int64_t threads, int64_t most_blocks) {
    std::vector<Loop> loops = nest_.outer;
    loops.back().extent = DimExpr::ceil_div(inner_.extent, width_);
    IndentedWriter writer(1);
    writer.open("for (int64_t flat = tgc_grid_index(); flat < " +
                text_.dim(iteration_count(loops)) + "; flat += tgc_grid_threads())");
    const std::string counter = text_.index_name(inner_.index);
    text_.set_index(inner_.index, "pack");
    name_counters(text_, writer, loops, "flat");
    writer.line("const int64_t first = pack * " + std::to_string(width_) + ";");
    text_.set_index(inner_.index, "first");
    if (!is_whole_) writer.line("const int64_t left = " + text_.dim(inner_.extent) + " - first;");
    open_packs(writer);
    writer.line("TGC_UNROLL");
    writer.open("for (int lane = 0; lane < " + std::to_string(width_) + "; ++lane)");
    if (uses_counter()) writer.line("const int64_t " + counter + " = first + lane;");
    text_.set_index(inner_.index, counter);
    lane_body(writer);
    writer.close();
    text_.set_index(inner_.index, "first");
    store_packs(writer);
    writer.close();
    EmittedKernel emitted;
    emitted.block = {threads, 1, 1};
    emitted.grid[0] = DimExpr::min(DimExpr::ceil_div(iteration_count(loops), threads), most_blocks);
    emitted.body = kernel_frame(kernel_, text_, threads, writer.text());
    emitted.dims = text_.dims();
    return emitted;
  }

 private:
  [[nodiscard]] const KernelParam& param_of(const Pack& pack) const {
    return kernel_.params[static_cast<size_t>(pack.param)];
  }
  [[nodiscard]] DType dtype_of(const Pack& pack) const { return param_of(pack).dtype; }

  Pack& pack_at(int param, const IndexExpr& address) {
    for (Pack& pack : packs_) {
      if (pack.param == param && same_address(pack.address, address)) return pack;
    }
    packs_.push_back({param, address, {}, "", false});
    return packs_.back();
  }

  // Loads that are always evaluated, and stores; false where the body holds more than Lets and
  // Stores, or memory that is written is touched at two places.
  bool find_packs() {
    std::vector<ExprRef> always;
    for (const Stmt& stmt : nest_.body) {
      if (const auto* let = std::get_if<Let>(&stmt.node)) {
        always.push_back(let->value);
      } else if (const auto* store = std::get_if<Store>(&stmt.node)) {
        if (store->combine != Combine::set || store->address.rest) return false;
        Pack& pack = pack_at(store->param, store->address);
        if (pack.is_stored) return false;
        pack.is_stored = true;
        always.push_back(store->value);
      } else {
        return false;
      }
    }
    std::unordered_set<const Expr*> seen;
    while (!always.empty()) {
      const ExprRef expr = always.back();
      always.pop_back();
      if (!seen.insert(expr.get()).second) continue;
      if (const auto* load = std::get_if<Load>(&expr->node)) {
        if (!load->address.rest) pack_at(load->param, load->address).loads.push_back(expr);
      } else if (const auto* call = std::get_if<Call>(&expr->node)) {
        const size_t count = call->op == ScalarOp::switch_ ? 1 : call->args.size();
        always.insert(always.end(), call->args.begin(),
                      call->args.begin() + static_cast<std::ptrdiff_t>(count));
      } else if (const auto* cast = std::get_if<Cast>(&expr->node)) {
        always.push_back(cast->arg);
      }
    }
    for_each_expr(nest_.body, [&](const ExprRef& expr) {  // where it is read anyway, also lazily
      const auto* load = std::get_if<Load>(&expr->node);
      if (load == nullptr || load->address.rest || seen.count(expr.get()) != 0) return;
      for (Pack& pack : packs_) {
        const bool is_same = pack.param == load->param && same_address(pack.address, load->address);
        if (is_same && !pack.loads.empty()) pack.loads.push_back(expr);
      }
    });
    return is_safe();
  }

  // What is written is touched nowhere else.
  bool is_safe() {
    bool is_safe = true;
    const auto check = [&](int param, const IndexExpr& address) {
      for (const Pack& pack : packs_) {
        const bool is_other = pack.param == param && !same_address(pack.address, address);
        if (pack.is_stored && is_other) is_safe = false;
      }
    };
    for_each_expr(nest_.body, [&](const ExprRef& expr) {
      if (const auto* load = std::get_if<Load>(&expr->node)) check(load->param, load->address);
    });
    for (const Pack& pack : packs_) check(pack.param, pack.address);
    return is_safe;
  }

  // Is every pack of this width inside its row and aligned?
  bool fits() {
    is_whole_ = inner_.extent.is_multiple_of(width_);
    if (!is_whole_ && (nest_.outer.size() > 1 || has_lone_access())) return false;
    bool is_any_stored = false;
    for (const Pack& pack : packs_) {
      is_any_stored = is_any_stored || pack.is_stored;
      if (param_of(pack).alignment % (width_ * dtype_size(dtype_of(pack))) != 0) return false;
      if (!pack.address.offset.is_multiple_of(width_)) return false;
      for (const IndexTerm& term : pack.address.terms) {
        if (term.index != inner_.index && !term.stride.is_multiple_of(width_)) return false;
      }
    }
    return is_any_stored;
  }

  // Is memory addressed by the inner counter outside of packs?
  bool has_lone_access() {
    size_t moving = 0;
    for_each_expr(nest_.body, [&](const ExprRef& expr) {
      const auto* load = std::get_if<Load>(&expr->node);
      if (load == nullptr) return;
      const bool is_packed = std::any_of(packs_.begin(), packs_.end(), [&](const Pack& pack) {
        return std::find(pack.loads.begin(), pack.loads.end(), expr) != pack.loads.end();
      });
      const bool is_still = !load->address.rest && load->address.stride_of(inner_.index).is(0);
      if (!is_packed && !is_still) ++moving;
    });
    for (const Stmt& stmt : nest_.body) {
      const auto* store = std::get_if<Store>(&stmt.node);
      if (store != nullptr && !store->address.stride_of(inner_.index).is(1)) ++moving;
    }
    return moving > 0;
  }

  bool uses_counter() {
    bool is_used = false;
    for_each_expr(nest_.body, [&](const ExprRef& expr) {
      const auto* index = std::get_if<IndexValue>(&expr->node);
      is_used = is_used || (index != nullptr && index->index == inner_.index);
      const auto* load = std::get_if<Load>(&expr->node);
      is_used = is_used || (load != nullptr && !load->address.stride_of(inner_.index).is(0));
    });
    for (const Stmt& stmt : nest_.body) {
      const auto* store = std::get_if<Store>(&stmt.node);
      is_used = is_used || (store != nullptr && pack_of(*store) == nullptr);
    }
    return is_used;
  }

  const Pack* pack_of(const Store& store) {
    for (const Pack& pack : packs_) {
      if (pack.is_stored && pack.param == store.param) return &pack;
    }
    return nullptr;
  }

  void open_packs(IndentedWriter& writer) {
    const std::string width = std::to_string(width_);
    for (size_t i = 0; i < packs_.size(); ++i) {
      Pack& pack = packs_[i];
      pack.name = "x" + std::to_string(i);
      const std::string from = text_.param_name(pack.param) + ", " + text_.address(pack.address);
      if (!pack.loads.empty()) {
        writer.line(std::string(pack.is_stored ? "" : "const ") + "tgc_pack<" +
                    std::string(storage_type(dtype_of(pack))) + ", " + width + "> " + pack.name +
                    (is_whole_ ? " = tgc_load_pack<" + width + ">(" + from + ");"
                               : " = tgc_load_part<" + width + ">(" + from + ", left);"));
        for (const ExprRef& load : pack.loads) {
          text_.bind(load, text_.from_storage(dtype_of(pack), pack.name + "[lane]"));
        }
      } else {
        writer.line("tgc_pack<" + std::string(storage_type(dtype_of(pack))) + ", " + width + "> " +
                    pack.name + ";");
      }
    }
  }

  void lane_body(IndentedWriter& writer) {
    CudaStatements statements(text_, writer, CudaMode::alone, 1, false);
    for (const Stmt& stmt : nest_.body) {
      const auto* store = std::get_if<Store>(&stmt.node);
      const Pack* pack = store != nullptr ? pack_of(*store) : nullptr;
      if (pack != nullptr) {
        statements.store_to(*store, dtype_of(*pack), pack->name + "[lane]");
      } else {
        statements.body({stmt});
      }
    }
  }

  void store_packs(IndentedWriter& writer) {
    for (const Pack& pack : packs_) {
      if (!pack.is_stored) continue;
      const std::string to =
          text_.param_name(pack.param) + ", " + text_.address(pack.address) + ", " + pack.name;
      writer.line(is_whole_ ? "tgc_store_pack(" + to + ");" : "tgc_store_part(" + to + ", left);");
    }
  }

  const Kernel& kernel_;
  const LoopNest& nest_;
  CText text_;
  Loop inner_;
  std::vector<Pack> packs_;
  int64_t width_ = 1;
  bool is_whole_ = true;
};

}  // namespace

std::optional<EmittedKernel> emit_cuda_packed(const Kernel& kernel, const LoopNest& nest,
                                              int64_t threads, int64_t most_blocks) {
  PackedEmitter emitter(kernel, nest);
  if (!emitter.prepare()) return std::nullopt;
  return emitter.emit(threads, most_blocks);
}

}  // namespace tgc
