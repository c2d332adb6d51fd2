// SPDX-License-Identifier: Apache-2.0
// Expressions of Kernel IR. Immutable, shared, typed.
//
// Semantics. Floats are IEEE; a target may not reassociate, contract a*b+c or assume finite values.
// float16 is a storage type: arithmetic on it is done in float32 and rounded at casts and stores.
// Integers wrap. int_div and mod round toward minus infinity; a zero divisor gives 0. Casts of
// floats to integers truncate; out of range is unspecified but harmless. Complex values are loaded,
// stored, made from two parts and taken apart, nothing else. switch_(c, a, b) evaluates
// only the operand it selects, so a load under it may be out of bounds where it is not selected.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "support/ids.h"
#include "types/dim_expr.h"
#include "types/dtype.h"

namespace tgc {

enum class ScalarOp {
#define TGC_SCALAR_OP(name, arity) name,
#include "kernel/scalar_op.def"
#undef TGC_SCALAR_OP
};
std::string_view scalar_op_name(ScalarOp op);  // "switch_" is "switch", "and_" is "and", …
int scalar_op_arity(ScalarOp op);

using IndexId = Id<struct IndexTag>;  // a loop's counter
using LocalId = Id<struct LocalTag>;  // a value named by Let, Reduce or Contraction

struct Expr;
using ExprRef = std::shared_ptr<const Expr>;

// An int64 linear in the loop counters: offset + Σ stride·counter + rest. All addresses have this
// form, so loops can be collapsed and vectorised by comparing strides.
struct IndexTerm {
  IndexId index;
  DimExpr stride;
};
struct IndexExpr {
  DimExpr offset;
  std::vector<IndexTerm> terms;  // by index, each once, strides not 0
  ExprRef rest;                  // null, or an int64 expression not linear in the counters

  IndexExpr() = default;
  IndexExpr(DimExpr value) : offset(std::move(value)) {}  // NOLINT: dims are indices
  IndexExpr(int64_t value) : offset(value) {}             // NOLINT: integers are indices
  explicit IndexExpr(IndexId index) : terms{{index, 1}} {}
  static IndexExpr of(const ExprRef& value);  // int64 expression; linear ones are taken apart

  [[nodiscard]] DimExpr stride_of(IndexId index) const;  // 0 when absent
};
IndexExpr operator+(const IndexExpr& a, const IndexExpr& b);
IndexExpr operator-(const IndexExpr& a, const IndexExpr& b);
IndexExpr operator*(const IndexExpr& a, const DimExpr& b);
IndexExpr floor_div(const IndexExpr& a, const DimExpr& b);
IndexExpr mod(const IndexExpr& a, const DimExpr& b);
ExprRef to_expr(const IndexExpr& index);  // int64

struct Constant {
  double real = 0;      // float dtypes
  int64_t integer = 0;  // the others; uint64 as its bits
};
struct DimValue {  // int64
  DimExpr dim;
};
struct IndexValue {  // int64
  IndexId index;
};
struct LocalValue {
  LocalId local;
};
struct Load {
  int param = 0;
  IndexExpr address;  // in elements
};
struct Call {
  ScalarOp op = ScalarOp::add;
  std::vector<ExprRef> args;
};
struct Cast {
  ExprRef arg;
};

struct Expr {
  DType dtype = DType::float32;
  std::variant<Constant, DimValue, IndexValue, LocalValue, Load, Call, Cast> node;
};

// Constructors. call() takes the result dtype from the first argument unless one is given;
// comparisons and tests give bool; constants fold where the result is exact for integers.
ExprRef real_constant(DType dtype, double value);
ExprRef integer_constant(DType dtype, int64_t value);
ExprRef dim_value(const DimExpr& dim);
ExprRef index_value(IndexId index);
ExprRef call(ScalarOp op, std::vector<ExprRef> args);
ExprRef call(ScalarOp op, std::vector<ExprRef> args, DType dtype);
ExprRef cast(const ExprRef& arg, DType dtype);  // the argument itself when it has that dtype
// A constant of any dtype from a double (bool: value != 0).
ExprRef constant(DType dtype, double value);

}  // namespace tgc
