// SPDX-License-Identifier: Apache-2.0
// Constructors of Kernel IR expressions and arithmetic on IndexExpr.
#include "kernel/expr.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "support/check.h"

namespace tgc {
namespace {

struct ScalarFacts {
  std::string_view name;
  int arity;
};

constexpr std::array kScalarFacts = {
#define TGC_SCALAR_OP(name, arity) ScalarFacts{#name, arity},
#include "kernel/scalar_op.def"
#undef TGC_SCALAR_OP
};

bool gives_bool(ScalarOp op) {
  switch (op) {
    case ScalarOp::eq:
    case ScalarOp::neq:
    case ScalarOp::lt:
    case ScalarOp::le:
    case ScalarOp::gt:
    case ScalarOp::ge:
    case ScalarOp::isnan:
    case ScalarOp::isinf:
      return true;
    default:
      return false;
  }
}

ExprRef make(DType dtype, decltype(Expr::node) node) {
  return std::make_shared<const Expr>(Expr{dtype, std::move(node)});
}

std::optional<DimExpr> as_dim(const ExprRef& expr) {
  if (const auto* constant = std::get_if<Constant>(&expr->node)) return DimExpr(constant->integer);
  if (const auto* dim = std::get_if<DimValue>(&expr->node)) return dim->dim;
  return std::nullopt;
}

}  // namespace

std::string_view scalar_op_name(ScalarOp op) {
  std::string_view name = kScalarFacts.at(static_cast<size_t>(op)).name;
  if (name.back() == '_') name.remove_suffix(1);
  return name;
}

int scalar_op_arity(ScalarOp op) {
  return kScalarFacts.at(static_cast<size_t>(op)).arity;
}

ExprRef real_constant(DType dtype, double value) {
  TGC_CHECK(is_float(dtype), "real constant of a discrete dtype");
  return make(dtype, Constant{value, 0});
}

ExprRef integer_constant(DType dtype, int64_t value) {
  TGC_CHECK(is_discrete(dtype), "integer constant of a float dtype");
  return make(dtype, Constant{0, value});
}

ExprRef constant(DType dtype, double value) {
  if (is_float(dtype)) return real_constant(dtype, value);
  if (dtype == DType::boolean) return integer_constant(dtype, value != 0 ? 1 : 0);
  return integer_constant(dtype, static_cast<int64_t>(value));
}

ExprRef dim_value(const DimExpr& dim) {
  if (const auto value = dim.constant()) return integer_constant(DType::int64, *value);
  return make(DType::int64, DimValue{dim});
}

ExprRef index_value(IndexId index) {
  return make(DType::int64, IndexValue{index});
}

ExprRef call(ScalarOp op, std::vector<ExprRef> args) {
  DType dtype = args.at(op == ScalarOp::switch_ ? 1 : 0)->dtype;
  if (gives_bool(op)) dtype = DType::boolean;
  if (op == ScalarOp::real || op == ScalarOp::imag) dtype = real_dtype(dtype);
  return call(op, std::move(args), dtype);
}

ExprRef call(ScalarOp op, std::vector<ExprRef> args, DType dtype) {
  TGC_CHECK(static_cast<int>(args.size()) == scalar_op_arity(op),
            "wrong number of arguments for " + std::string(scalar_op_name(op)));
  if (op == ScalarOp::real || op == ScalarOp::imag) {  // a complex number made right there
    const auto* whole = std::get_if<Call>(&args[0]->node);
    if (whole != nullptr && whole->op == ScalarOp::complex) {
      return cast(whole->args[op == ScalarOp::real ? 0 : 1], dtype);
    }
  }
  return make(dtype, Call{op, std::move(args)});
}

ExprRef cast(const ExprRef& arg, DType dtype) {
  if (arg->dtype == dtype) return arg;
  if (const auto* value = std::get_if<Constant>(&arg->node)) {
    if (is_float(arg->dtype) && dtype == DType::float64) return real_constant(dtype, value->real);
    if (is_discrete(arg->dtype) && arg->dtype != DType::uint64 && is_float(dtype) &&
        std::abs(value->integer) <= 2048) {
      return real_constant(dtype, static_cast<double>(value->integer));
    }
  }
  return make(dtype, Cast{arg});
}

DimExpr IndexExpr::stride_of(IndexId index) const {
  for (const IndexTerm& term : terms) {
    if (term.index == index) return term.stride;
  }
  return 0;
}

IndexExpr IndexExpr::of(const ExprRef& value) {
  TGC_CHECK(value->dtype == DType::int64, "an index must be int64");
  if (const auto dim = as_dim(value)) return {*dim};
  if (const auto* index = std::get_if<IndexValue>(&value->node)) return IndexExpr(index->index);
  if (const auto* call = std::get_if<Call>(&value->node)) {
    if (call->op == ScalarOp::add) return of(call->args[0]) + of(call->args[1]);
    if (call->op == ScalarOp::sub) return of(call->args[0]) - of(call->args[1]);
    if (call->op == ScalarOp::mul) {
      if (const auto right = as_dim(call->args[1])) return of(call->args[0]) * *right;
      if (const auto left = as_dim(call->args[0])) return of(call->args[1]) * *left;
    }
  }
  IndexExpr result;
  result.rest = value;
  return result;
}

IndexExpr operator+(const IndexExpr& a, const IndexExpr& b) {
  IndexExpr sum = a;
  sum.offset = a.offset + b.offset;
  for (const IndexTerm& term : b.terms) {
    const auto at =
        std::lower_bound(sum.terms.begin(), sum.terms.end(), term.index,
                         [](const IndexTerm& left, IndexId right) { return left.index < right; });
    if (at != sum.terms.end() && at->index == term.index) {
      at->stride = at->stride + term.stride;
      if (at->stride.is(0)) sum.terms.erase(at);
    } else {
      sum.terms.insert(at, term);
    }
  }
  if (b.rest) sum.rest = sum.rest ? call(ScalarOp::add, {sum.rest, b.rest}) : b.rest;
  return sum;
}

IndexExpr operator-(const IndexExpr& a, const IndexExpr& b) {
  return a + b * DimExpr(-1);
}

IndexExpr operator*(const IndexExpr& a, const DimExpr& b) {
  if (b.is(0)) return {};
  if (b.is(1)) return a;
  IndexExpr product;
  product.offset = a.offset * b;
  for (const IndexTerm& term : a.terms) product.terms.push_back({term.index, term.stride * b});
  if (a.rest) product.rest = call(ScalarOp::mul, {a.rest, dim_value(b)});
  return product;
}

IndexExpr floor_div(const IndexExpr& a, const DimExpr& b) {
  if (b.is(1)) return a;
  if (a.terms.empty() && !a.rest) return {DimExpr::floor_div(a.offset, b)};
  IndexExpr result;
  result.rest = call(ScalarOp::int_div, {to_expr(a), dim_value(b)});
  return result;
}

IndexExpr mod(const IndexExpr& a, const DimExpr& b) {
  if (b.is(1)) return {};
  if (a.terms.empty() && !a.rest) return {DimExpr::mod(a.offset, b)};
  IndexExpr result;
  result.rest = call(ScalarOp::mod, {to_expr(a), dim_value(b)});
  return result;
}

ExprRef to_expr(const IndexExpr& index) {
  ExprRef sum;
  const auto add = [&](const ExprRef& part) {
    sum = sum ? call(ScalarOp::add, {sum, part}) : part;
  };
  for (const IndexTerm& term : index.terms) {
    const ExprRef counter = index_value(term.index);
    add(term.stride.is(1) ? counter : call(ScalarOp::mul, {counter, dim_value(term.stride)}));
  }
  if (index.rest) add(index.rest);
  if (!sum || !index.offset.is(0)) add(dim_value(index.offset));
  return sum;
}

}  // namespace tgc
