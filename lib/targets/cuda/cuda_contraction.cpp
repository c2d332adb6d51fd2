// SPDX-License-Identifier: Apache-2.0
// See cuda_contraction.h.
#include "targets/cuda/cuda_contraction.h"

#include <algorithm>

#include "targets/c_text.h"
#include "targets/cuda/cuda_statements.h"
#include "targets/cuda/kernel_frame.h"

namespace tgc {
namespace {

// What a block computes, and which unit does it. part_m x part_n is a thread's part of it on the
// scalar units, a warp's on the tensor cores.
struct Tile {
  int64_t m, n, k, part_m, part_n;
  bool on_tensor_cores = false;

  [[nodiscard]] int64_t threads() const {
    return (m / part_m) * (n / part_n) * (on_tensor_cores ? 32 : 1);
  }
  [[nodiscard]] std::string text() const {
    const std::string depth = on_tensor_cores ? "" : std::to_string(k) + ", ";
    return (on_tensor_cores ? "tgc_tensor_tile<" : "tgc_tile<") + std::to_string(m) + ", " +
           std::to_string(n) + ", " + depth + std::to_string(part_m) + ", " +
           std::to_string(part_n) + ">";
  }
  [[nodiscard]] std::string routine(DType dtype) const {
    if (on_tensor_cores) return "tgc_tensor_contraction<" + text() + ", tgc_half>(";
    return "tgc_contraction<" + text() + ", " + std::string(value_type(dtype)) + ">(";
  }
};

// Best first; each for results of at least m/2 x n/2, the last for all.
std::vector<Tile> tiles_for(DType dtype) {
  if (dtype == DType::float16) {
    return {{128, 128, 32, 64, 32, true}, {64, 64, 32, 32, 32, true}, {32, 64, 32, 16, 32, true}};
  }
  if (dtype == DType::float64) return {{64, 64, 8, 4, 4}, {32, 32, 8, 4, 2}};
  return {{128, 128, 8, 8, 8}, {64, 64, 16, 4, 4}, {32, 32, 16, 4, 4}};
}

// Not 0 when the result is large enough that tiles of this size keep the GPU busy.
DimExpr worth(const Tile& tile, const Contraction& contraction) {
  const int64_t waves = tile.m >= 128 ? 64 : 4;  // tiles wanted
  const DimExpr tiles = contraction.batch.extent *
                        DimExpr::floor_div(contraction.m.extent + tile.m / 2, tile.m) *
                        DimExpr::floor_div(contraction.n.extent + tile.n / 2, tile.n);
  return DimExpr::floor_div(tiles, waves);
}

// What lies in memory as the units take it: a Load of `dtype`, widened or not.
const Load* plain_load(const ExprRef& expr, DType dtype) {
  const auto* cast = std::get_if<Cast>(&expr->node);
  const ExprRef& inner = cast != nullptr && dtype == DType::float16 ? cast->arg : expr;
  const auto* load = std::get_if<Load>(&inner->node);
  return load != nullptr && !load->address.rest && inner->dtype == dtype ? load : nullptr;
}

// float16 where both operands are float16 in memory and summed in float32, as tensor cores do; else
// the dtype of the sums.
DType element_of(const Contraction& c) {
  const bool is_half = c.accumulator == DType::float32 && plain_load(c.a, DType::float16) &&
                       plain_load(c.b, DType::float16);
  return is_half ? DType::float16 : c.accumulator;
}

// What has to hold for an operand to be read 16 bytes at a time.
struct PackDemand {
  bool is_possible = false;
  bool runs_along_k = true;
  std::vector<DimExpr> multiples;  // of the width, where that is not known

  [[nodiscard]] bool is_sure() const { return is_possible && multiples.empty(); }
};

int64_t pack_width(DType dtype) {
  return 16 / dtype_size(dtype);
}

PackDemand pack_demand(const Kernel& kernel, const Load& load, const Contraction& c,
                       const Loop& outer) {
  const int64_t width = pack_width(element_of(c));
  const IndexExpr& address = load.address;
  PackDemand demand;
  demand.runs_along_k = address.stride_of(c.k.index).is(1);
  const Loop& along = demand.runs_along_k ? c.k : outer;
  const Loop& across = demand.runs_along_k ? outer : c.k;
  demand.is_possible = address.stride_of(along.index).is(1) &&
                       kernel.params[static_cast<size_t>(load.param)].alignment % 16 == 0;
  for (const DimExpr& value : {along.extent, address.offset, address.stride_of(across.index),
                               address.stride_of(c.batch.index)}) {
    if (value.is_multiple_of(width)) continue;
    if (value.is_constant()) demand.is_possible = false;
    demand.multiples.push_back(value);
  }
  return demand;
}

class ContractionEmitter {
 public:
  // With `demands` null, only what is sure is read in packs; else what the launch must fulfil for
  // all that can be is added there.
  ContractionEmitter(const Kernel& kernel, const Contraction& contraction,
                     std::vector<DimExpr>* demands)
      : kernel_(kernel),
        c_(contraction),
        element_(element_of(contraction)),
        text_(kernel, Dialect::cuda),
        demands_(demands) {}

  EmittedKernel emit(const Tile& tile) {
    const std::string a = operand("left", c_.a, c_.m);
    const std::string b = operand("right", c_.b, c_.n);
    store_struct();
    const std::string dims[] = {text_.dim(c_.m.extent), text_.dim(c_.n.extent),
                                text_.dim(c_.k.extent)};
    IndentedWriter writer(1);
    writer.line("(void)failure;");
    writer.line(tile.routine(c_.accumulator));
    writer.line("    int(" + dims[0] + "), int(" + dims[1] + "), int(" + dims[2] + "),");
    writer.line("    " + a + ",");
    writer.line("    " + b + ",");
    writer.line("    " + std::string(kEntryMark) + "_store{" + members_list() + "});");
    EmittedKernel emitted;
    emitted.dims = text_.dims();
    emitted.body = structs_of(emitted.dims.size()) +
                   kernel_frame(kernel_, text_, tile.threads(), writer.text());
    emitted.block = {tile.threads(), 1, 1};
    emitted.grid[0] = c_.batch.extent * DimExpr::ceil_div(c_.m.extent, tile.m) *
                      DimExpr::ceil_div(c_.n.extent, tile.n);
    return emitted;
  }

 private:
  // The call's text of an operand; one that is no plain matrix gets a struct of its own.
  std::string operand(const std::string& name, const ExprRef& expr, const Loop& outer) {
    if (const Load* load = plain_load(expr, element_)) {
      const std::string param = kernel_.params[static_cast<size_t>(load->param)].name;
      const std::string offset = text_.dim(load->address.offset);
      const DimExpr along_outer = load->address.stride_of(outer.index);
      const DimExpr along_k = load->address.stride_of(c_.k.index);
      const PackDemand demand = pack_demand(kernel_, *load, c_, outer);
      const bool in_packs = demand.is_sure() || (demand.is_possible && demands_ != nullptr);
      if (in_packs && demands_ != nullptr) {
        demands_->insert(demands_->end(), demand.multiples.begin(), demand.multiples.end());
      }
      const bool runs_along_k =
          in_packs ? demand.runs_along_k : along_k.is(1) || !along_outer.is(1);
      return "tgc_make_matrix<" + std::to_string(in_packs ? pack_width(element_) : 1) + ", " +
             (runs_along_k ? "true" : "false") + ">(" + param + " + " + offset + ", int64_t(" +
             text_.dim(load->address.stride_of(c_.batch.index)) + "), int64_t(" +
             text_.dim(along_outer) + "), int64_t(" + text_.dim(along_k) + "))";
    }
    const std::string type(value_type(c_.accumulator));
    IndentedWriter writer(1);
    writer.line("using Value = " + type + ";");
    writer.line("static constexpr int kPack = 1;");
    writer.line("static constexpr bool kAlongK = true;");
    writer.line("static constexpr bool kDirect = false;");
    writer.open("struct Line");
    writer.line("int64_t batch;");
    writer.line("int64_t outer;");
    writer.close(";");
    writer.open("TGC_METHOD Line line(int64_t batch, int outer) const");
    writer.line("return {batch, outer};");
    writer.close();
    writer.open("TGC_METHOD tgc_pack<" + type + ", 1> load(const Line& line, int depth) const");
    writer.line("const int64_t " + text_.index_name(c_.batch.index) + " = line.batch;");
    writer.line("const int64_t " + text_.index_name(outer.index) + " = line.outer;");
    writer.line("const int64_t " + text_.index_name(c_.k.index) + " = depth;");
    for (const IndexId index : {c_.batch.index, outer.index, c_.k.index}) {
      writer.line("(void)" + text_.index_name(index) + ";");
    }
    writer.line("return {{(" + type + ")" + text_.expr(expr) + "}};");
    writer.close();
    structs_.emplace_back(name, writer.text());
    return std::string(kEntryMark) + "_" + name + "{" + "@members@" + "}";
  }

  void store_struct() {
    const std::string type(value_type(c_.accumulator));
    IndentedWriter writer(1);
    writer.line("static constexpr int kPack = 1;");
    writer.open("TGC_METHOD void operator()(int64_t batch, int row, int column, const tgc_pack<" +
                type + ", 1>& sum) const");
    writer.line("const int64_t " + text_.index_name(c_.batch.index) + " = batch;");
    writer.line("const int64_t " + text_.index_name(c_.m.index) + " = row;");
    writer.line("const int64_t " + text_.index_name(c_.n.index) + " = column;");
    for (const IndexId index : {c_.batch.index, c_.m.index, c_.n.index}) {
      writer.line("(void)" + text_.index_name(index) + ";");
    }
    writer.line("const " + type + " " + text_.local_name(c_.result) + " = sum[0];");
    CudaStatements(text_, writer, CudaMode::alone, 1, false).body(c_.epilogue);
    writer.close();
    structs_.emplace_back("store", writer.text());
  }

  [[nodiscard]] std::string members_list() const {
    std::string list;
    for (const KernelParam& param : kernel_.params) list += (list.empty() ? "" : ", ") + param.name;
    for (size_t i = 0; i < text_.dims().size(); ++i) {
      list += (list.empty() ? "d" : ", d") + std::to_string(i);
    }
    return list;
  }

  [[nodiscard]] std::string structs_of(size_t dim_count) const {
    std::string text;
    for (const auto& [name, body] : structs_) {
      text += "struct " + std::string(kEntryMark) + "_" + name + " {\n";
      for (const KernelParam& param : kernel_.params) {
        text += "  TGC_POINTER(" + std::string(param.access == Access::read ? "const " : "") +
                std::string(storage_type(param.dtype)) + ") " + param.name + ";\n";
      }
      for (size_t i = 0; i < dim_count; ++i) text += "  int64_t d" + std::to_string(i) + ";\n";
      text += body + "};\n";
    }
    return text;
  }

  const Kernel& kernel_;
  const Contraction& c_;
  const DType element_;
  CText text_;
  std::vector<DimExpr>* demands_;
  std::vector<std::pair<std::string, std::string>> structs_;
};

std::string with_members(std::string body, const std::string& members) {
  constexpr std::string_view kMark = "@members@";
  for (size_t at = body.find(kMark); at != std::string::npos; at = body.find(kMark)) {
    body.replace(at, kMark.size(), members);
  }
  return body;
}

// Integers have no tiles: a thread an element, k in order.
EmittedKernel emit_plain(const Kernel& kernel, const Contraction& c) {
  CText text(kernel, Dialect::cuda);
  IndentedWriter writer(1);
  const std::vector<Loop> loops = {c.batch, c.m, c.n};
  writer.line("(void)failure;");
  writer.open("for (int64_t flat = tgc_grid_index(); flat < " + text.dim(iteration_count(loops)) +
              "; flat += tgc_grid_threads())");
  name_counters(text, writer, loops, "flat");
  const std::string type(value_type(c.accumulator));
  const std::string result = text.local_name(c.result);
  const std::string k = text.index_name(c.k.index);
  writer.line(type + " " + result + " = 0;");
  writer.open("for (int64_t " + k + " = 0; " + k + " < " + text.dim(c.k.extent) + "; ++" + k + ")");
  writer.line(result + " = (" + type + ")(" + result + " + " + text.expr(c.a) + " * " +
              text.expr(c.b) + ");");
  writer.close();
  CudaStatements(text, writer, CudaMode::alone, 1, false).body(c.epilogue);
  writer.close();
  EmittedKernel emitted;
  emitted.block = {256, 1, 1};
  emitted.grid[0] = DimExpr::min(DimExpr::ceil_div(iteration_count(loops), 256), 16384);
  emitted.body = kernel_frame(kernel, text, 256, writer.text());
  emitted.dims = text.dims();
  return emitted;
}

EmittedKernel emit_tile(const Kernel& kernel, const Contraction& contraction, const Tile& tile,
                        std::vector<DimExpr>* demands) {
  EmittedKernel emitted = ContractionEmitter(kernel, contraction, demands).emit(tile);
  std::string members;
  for (const KernelParam& param : kernel.params) {
    members += (members.empty() ? "" : ", ") + param.name;
  }
  for (size_t d = 0; d < emitted.dims.size(); ++d) {
    members += (members.empty() ? "d" : ", d") + std::to_string(d);
  }
  emitted.body = with_members(std::move(emitted.body), members);
  return emitted;
}

// 1 where all of `values` are multiples of `width`, else 0.
DimExpr are_multiples(const std::vector<DimExpr>& values, int64_t width) {
  DimExpr rest = 0;
  for (const DimExpr& value : values) rest = rest + DimExpr::mod(value, width);
  return DimExpr(1) - DimExpr::min(rest, 1);
}

}  // namespace

std::vector<EmittedKernel> emit_cuda_contraction(const Kernel& kernel,
                                                 const Contraction& contraction) {
  const DType dtype = contraction.accumulator;
  if (dtype != DType::float32 && dtype != DType::float64) return {emit_plain(kernel, contraction)};
  std::vector<EmittedKernel> variants;
  const std::vector<Tile> tiles = tiles_for(element_of(contraction));
  bool is_largest = true;
  for (size_t i = 0; i < tiles.size(); ++i) {
    const bool is_last = i + 1 == tiles.size();
    const DimExpr predicate = worth(tiles[i], contraction);
    if (!is_last && predicate.is(0)) continue;  // never large enough
    if (is_largest) {  // worth a second text where packs depend on the dims of the call
      std::vector<DimExpr> demands;
      EmittedKernel packed = emit_tile(kernel, contraction, tiles[i], &demands);
      if (!demands.empty()) {
        packed.needs = are_multiples(demands, pack_width(element_of(contraction)));
        packed.predicate = (is_last ? DimExpr(1) : predicate) * packed.needs;
        variants.push_back(std::move(packed));
      }
    }
    is_largest = false;
    EmittedKernel emitted = emit_tile(kernel, contraction, tiles[i], nullptr);
    const bool is_sure = predicate.is_constant();
    if (!is_last && !is_sure) emitted.predicate = predicate;
    variants.push_back(std::move(emitted));
    if (is_sure && !is_last) break;  // always chosen
  }
  return variants;
}

}  // namespace tgc
