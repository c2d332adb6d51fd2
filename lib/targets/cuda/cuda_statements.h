// SPDX-License-Identifier: Apache-2.0
// Statements of Kernel IR as CUDA text, in one of two modes. alone: one thread runs the statements
// by itself. block: all threads of a block run them together; reductions and ForEachs are shared
// out, stores outside of a ForEach are thread 0's.
#pragma once
#include <string>
#include <vector>

#include "targets/c_text.h"
#include "targets/target.h"

namespace tgc {

enum class CudaMode { alone, block };

class CudaStatements {
 public:
  CudaStatements(CText& text, IndentedWriter& writer, CudaMode mode, int64_t threads,
                 bool atomic_adds)
      : text_(text), writer_(writer), mode_(mode), threads_(threads), atomic_adds_(atomic_adds) {}
  void body(const Body& body);
  // Puts a Store's value into `target`, a place of the param's storage type.
  void store_to(const Store& store, DType dtype, const std::string& target);

 private:
  void statement(const Let& let);
  void statement(const Reduce& reduce);
  void statement(const Store& store);
  void statement(const ForEach& loop);
  void statement(const Serial& serial);
  void statement(const If& branch);
  void statement(const Check& check);
  void reduce_alone(const Reduce& reduce);
  void reduce_block(const Reduce& reduce);
  // Opens a loop over the flattened iterations of `loops`, from `first` by `step`; names counters.
  void open_flat_loop(const std::vector<Loop>& loops, const std::string& first,
                      const std::string& step);
  void store_text(const Store& store);
  std::vector<ExprRef> name_shared(const std::vector<ExprRef>& exprs);

  CText& text_;
  IndentedWriter& writer_;
  CudaMode mode_;
  int64_t threads_;
  bool atomic_adds_;
};

// `const int64_t i0 = flat / d1; const int64_t i1 = flat % d1;` for the loops' counters.
void name_counters(CText& text, IndentedWriter& writer, const std::vector<Loop>& loops,
                   const std::string& flat);
DimExpr iteration_count(const std::vector<Loop>& loops);

}  // namespace tgc
