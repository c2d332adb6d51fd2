// SPDX-License-Identifier: Apache-2.0
// What an op's `lower` produces for one Apply: views (no work), kernels, and temporaries between
// them; and KernelBuilder, with which it writes a kernel in terms of its operands' logical indices
// (strides and offsets of the operands are put in by the builder).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "types/tensor_type.h"

namespace tgc {

struct OperandRef {
  enum class Kind { input, output, temporary };
  Kind kind = Kind::input;
  int index = 0;
  friend bool operator==(const OperandRef&, const OperandRef&) = default;
};
inline OperandRef input_ref(int index) {
  return {OperandRef::Kind::input, index};
}
inline OperandRef output_ref(int index) {
  return {OperandRef::Kind::output, index};
}
inline OperandRef temporary_ref(int index) {
  return {OperandRef::Kind::temporary, index};
}

// Where the elements of an operand lie in its buffer, in elements. Outputs and temporaries are
// contiguous; inputs may be views.
struct OperandLayout {
  DType dtype = DType::float32;
  Shape shape;
  DimExpr offset;
  std::vector<DimExpr> strides;
  std::string name;
  ExprRef literal;  // what every load gives, where no buffer is needed: constants, dims as numbers

  [[nodiscard]] bool is_contiguous() const;
};

struct LoweredKernel {
  Kernel kernel;
  std::vector<OperandRef> params;  // one per Kernel::params
};

// Output `output` is input `input` seen through other strides: no kernel, no memory.
struct LoweredView {
  int output = 0;
  int input = 0;
  DimExpr offset;
  std::vector<DimExpr> strides;
};

// After the first `kernels` kernels the int64 in `count` is the value of a measured symbol; what is
// as large as it says gets its memory then.
struct LoweredMeasure {
  size_t kernels = 0;
  OperandRef count;
  std::string symbol;
};

struct Lowered {
  std::vector<LoweredView> views;
  std::vector<LoweredKernel> kernels;  // in order
  std::vector<OperandLayout> temporaries;
  std::optional<LoweredMeasure> measure;
};

class KernelBuilder {
 public:
  // `layout` gives the layout of an operand of the Apply being lowered.
  KernelBuilder(std::string name, std::function<OperandLayout(OperandRef)> layout);

  IndexExpr outer(const DimExpr& extent);            // a parallel loop; returns its counter
  std::vector<IndexExpr> outer(const Shape& shape);  // one per dim
  Loop loop(const DimExpr& extent);                  // for Reduce, ForEach, Serial
  LocalId local(DType dtype);
  ExprRef use(LocalId local) const;

  ExprRef load(OperandRef operand, const std::vector<IndexExpr>& indices);
  // Broadcasting load: axes whose dim is the integer 1 take index 0; missing leading axes drop.
  ExprRef load_broadcast(OperandRef operand, const std::vector<IndexExpr>& indices);
  Stmt store(OperandRef operand, const std::vector<IndexExpr>& indices, const ExprRef& value,
             Combine combine = Combine::set);

  void append(Stmt stmt);             // to the LoopNest's body
  ExprRef let(const ExprRef& value);  // appends a Let
  ExprRef reduce(ReduceKind kind, std::vector<Loop> loops, const ExprRef& value);  // appends
  void set_conflicts() { conflicts_ = true; }

  LoweredKernel finish();  // a LoopNest
  LoweredKernel finish_contraction(Contraction contraction);
  LoweredKernel finish_routine(Routine routine, std::vector<OperandRef> params,
                               std::vector<Access> access);

 private:
  int param(OperandRef operand, Access access);
  IndexExpr address(OperandRef operand, const std::vector<IndexExpr>& indices) const;
  LoweredKernel finish_with(decltype(Kernel::body) body);

  std::function<OperandLayout(OperandRef)> layout_;
  Kernel kernel_;
  std::vector<OperandRef> params_;
  std::vector<Loop> outer_;
  Body body_;
  bool conflicts_ = false;
};

}  // namespace tgc
