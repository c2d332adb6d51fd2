// SPDX-License-Identifier: Apache-2.0
// See lowering.h.
#include "kernel/lowering.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "support/check.h"

namespace tgc {
namespace {

std::string identifier(const std::string& name, size_t number) {
  std::string text;
  for (const char c : name) {
    text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) text = "v" + text;
  return text + "_" + std::to_string(number);
}

}  // namespace

bool OperandLayout::is_contiguous() const {
  if (!offset.is(0)) return false;
  const auto expected = contiguous_strides(shape);
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!shape[i].is(1) && !(strides[i] == expected[i])) return false;
  }
  return true;
}

KernelBuilder::KernelBuilder(std::string name, std::function<OperandLayout(OperandRef)> layout)
    : layout_(std::move(layout)) {
  kernel_.name = std::move(name);
}

IndexExpr KernelBuilder::outer(const DimExpr& extent) {
  outer_.push_back(loop(extent));
  return IndexExpr(outer_.back().index);
}

std::vector<IndexExpr> KernelBuilder::outer(const Shape& shape) {
  std::vector<IndexExpr> indices;
  for (const DimExpr& dim : shape) indices.push_back(outer(dim));
  return indices;
}

Loop KernelBuilder::loop(const DimExpr& extent) {
  return {IndexId{kernel_.index_count++}, extent};
}

LocalId KernelBuilder::local(DType dtype) {
  kernel_.local_dtypes.push_back(dtype);
  return LocalId{kernel_.local_count++};
}

ExprRef KernelBuilder::use(LocalId local) const {
  return std::make_shared<const Expr>(
      Expr{kernel_.local_dtypes.at(local.index()), LocalValue{local}});
}

int KernelBuilder::param(OperandRef operand, Access access) {
  const auto found = std::find(params_.begin(), params_.end(), operand);
  if (found != params_.end()) {
    const auto position = static_cast<size_t>(found - params_.begin());
    if (kernel_.params[position].access != access) {
      kernel_.params[position].access = Access::read_write;
    }
    return static_cast<int>(position);
  }
  const OperandLayout layout = layout_(operand);
  kernel_.params.push_back({identifier(layout.name, params_.size()), layout.dtype, access, 1});
  params_.push_back(operand);
  return static_cast<int>(params_.size() - 1);
}

IndexExpr KernelBuilder::address(OperandRef operand, const std::vector<IndexExpr>& indices) const {
  const OperandLayout layout = layout_(operand);
  TGC_CHECK(indices.size() == layout.strides.size(), "index count differs from the rank");
  IndexExpr sum(layout.offset);
  for (size_t i = 0; i < indices.size(); ++i) sum = sum + indices[i] * layout.strides[i];
  return sum;
}

ExprRef KernelBuilder::load(OperandRef operand, const std::vector<IndexExpr>& indices) {
  const OperandLayout layout = layout_(operand);
  if (layout.literal) return layout.literal;
  const int position = param(operand, Access::read);
  const DType dtype = kernel_.params[static_cast<size_t>(position)].dtype;
  return std::make_shared<const Expr>(Expr{dtype, Load{position, address(operand, indices)}});
}

ExprRef KernelBuilder::load_broadcast(OperandRef operand, const std::vector<IndexExpr>& indices) {
  const OperandLayout layout = layout_(operand);
  TGC_CHECK(indices.size() >= layout.shape.size(), "operand has more axes than indices");
  std::vector<IndexExpr> own(indices.end() - static_cast<std::ptrdiff_t>(layout.shape.size()),
                             indices.end());
  for (size_t i = 0; i < own.size(); ++i) {
    if (layout.shape[i].is(1)) own[i] = 0;
  }
  return load(operand, own);
}

Stmt KernelBuilder::store(OperandRef operand, const std::vector<IndexExpr>& indices,
                          const ExprRef& value, Combine combine) {
  const int position = param(operand, combine == Combine::set ? Access::write : Access::read_write);
  const DType dtype = kernel_.params[static_cast<size_t>(position)].dtype;
  return {Store{position, address(operand, indices), cast(value, dtype), combine}};
}

void KernelBuilder::append(Stmt stmt) {
  body_.push_back(std::move(stmt));
}

ExprRef KernelBuilder::let(const ExprRef& value) {
  const LocalId name = local(value->dtype);
  append({Let{name, value}});
  return use(name);
}

ExprRef KernelBuilder::reduce(ReduceKind kind, std::vector<Loop> loops, const ExprRef& value) {
  const bool is_position = kind == ReduceKind::argmax || kind == ReduceKind::argmin;
  const LocalId name = local(is_position ? DType::int64 : value->dtype);
  append({Reduce{name, kind, std::move(loops), value}});
  return use(name);
}

LoweredKernel KernelBuilder::finish_with(decltype(Kernel::body) body) {
  kernel_.body = std::move(body);
  return {std::move(kernel_), std::move(params_)};
}

LoweredKernel KernelBuilder::finish() {
  return finish_with(LoopNest{std::move(outer_), std::move(body_), conflicts_});
}

LoweredKernel KernelBuilder::finish_contraction(Contraction contraction) {
  return finish_with(std::move(contraction));
}

LoweredKernel KernelBuilder::finish_routine(Routine routine, std::vector<OperandRef> params,
                                            std::vector<Access> access) {
  TGC_CHECK(params.size() == access.size(), "one access per param");
  for (size_t i = 0; i < params.size(); ++i) param(params[i], access[i]);
  return finish_with(std::move(routine));
}

}  // namespace tgc
