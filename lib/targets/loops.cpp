// SPDX-License-Identifier: Apache-2.0
// See loops.h. Joining loops i (outer) and j: i·n + j becomes one counter when every address has
// stride(i) == stride(j)·extent(j) and no expression uses i or j by itself.
#include "targets/loops.h"

#include <map>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>

namespace tgc {
namespace {

class Walker {
 public:
  std::function<void(const IndexExpr&)> on_address = [](const IndexExpr&) {};
  std::function<void(const ExprRef&)> on_expr = [](const ExprRef&) {};

  void body(const Body& statements) {
    for (const Stmt& stmt : statements) {
      std::visit([this](const auto& node) { statement(node); }, stmt.node);
    }
  }
  void expr(const ExprRef& expr) {
    if (!expr || !seen_.insert(expr.get()).second) return;
    on_expr(expr);
    if (const auto* call = std::get_if<Call>(&expr->node)) {
      for (const ExprRef& arg : call->args) this->expr(arg);
    } else if (const auto* cast = std::get_if<Cast>(&expr->node)) {
      this->expr(cast->arg);
    } else if (const auto* load = std::get_if<Load>(&expr->node)) {
      address(load->address);
    }
  }

 private:
  void address(const IndexExpr& address) {
    on_address(address);
    expr(address.rest);
  }
  void statement(const Let& let) { expr(let.value); }
  void statement(const Reduce& reduce) { expr(reduce.value); }
  void statement(const Store& store) {
    address(store.address);
    expr(store.value);
  }
  void statement(const ForEach& loop) { body(*loop.body); }
  void statement(const Serial& serial) {
    for (const Carried& carried : serial.carried) {
      expr(carried.initial);
      expr(carried.next);
    }
    body(*serial.body);
  }
  void statement(const If& branch) {
    expr(branch.condition);
    body(*branch.then_body);
  }
  void statement(const Check& check) {
    expr(check.ok);
    expr(check.value);
  }

  std::unordered_set<const Expr*> seen_;
};

// Rewrites counters: index -> linear form in new counters.
class Substitution {
 public:
  std::map<IndexId, IndexExpr> map;

  IndexExpr address(const IndexExpr& old) {
    IndexExpr sum(old.offset);
    for (const IndexTerm& term : old.terms) {
      const auto found = map.find(term.index);
      sum = sum + (found == map.end() ? IndexExpr(term.index) : found->second) * term.stride;
    }
    if (old.rest) {
      IndexExpr rest;
      rest.rest = expr(old.rest);
      sum = sum + rest;
    }
    return sum;
  }

  ExprRef expr(const ExprRef& old) {
    if (!old) return old;
    if (const auto found = done_.find(old.get()); found != done_.end()) return found->second;
    ExprRef result = old;
    if (const auto* index = std::get_if<IndexValue>(&old->node)) {
      if (const auto found = map.find(index->index); found != map.end()) {
        result = to_expr(found->second);
      }
    } else if (const auto* load = std::get_if<Load>(&old->node)) {
      result =
          std::make_shared<const Expr>(Expr{old->dtype, Load{load->param, address(load->address)}});
    } else if (const auto* call = std::get_if<Call>(&old->node)) {
      std::vector<ExprRef> args;
      for (const ExprRef& arg : call->args) args.push_back(expr(arg));
      result = std::make_shared<const Expr>(Expr{old->dtype, Call{call->op, std::move(args)}});
    } else if (const auto* cast = std::get_if<Cast>(&old->node)) {
      result = std::make_shared<const Expr>(Expr{old->dtype, Cast{expr(cast->arg)}});
    }
    keep_.push_back(old);
    done_.emplace(old.get(), result);
    return result;
  }

  Body body(const Body& old) {
    Body result;
    for (const Stmt& stmt : old) {
      result.push_back(
          {std::visit([this](const auto& node) -> decltype(Stmt::node) { return statement(node); },
                      stmt.node)});
    }
    return result;
  }

 private:
  std::shared_ptr<const Body> shared(const std::shared_ptr<const Body>& old) {
    return std::make_shared<const Body>(body(*old));
  }
  Let statement(const Let& let) { return {let.local, expr(let.value)}; }
  Reduce statement(const Reduce& reduce) {
    return {reduce.local, reduce.kind, reduce.loops, expr(reduce.value)};
  }
  Store statement(const Store& store) {
    return {store.param, address(store.address), expr(store.value), store.combine};
  }
  ForEach statement(const ForEach& loop) { return {loop.loops, shared(loop.body)}; }
  Serial statement(const Serial& serial) {
    Serial result{serial.loop, {}, shared(serial.body)};
    for (const Carried& carried : serial.carried) {
      result.carried.push_back({carried.local, expr(carried.initial), expr(carried.next)});
    }
    return result;
  }
  If statement(const If& branch) { return {expr(branch.condition), shared(branch.then_body)}; }
  Check statement(const Check& check) { return {expr(check.ok), check.code, expr(check.value)}; }

  std::map<const Expr*, ExprRef> done_;
  std::vector<ExprRef> keep_;
};

// Which counters appear outside the linear part of an address.
std::set<IndexId> free_counters(const Body& body) {
  std::set<IndexId> used;
  for_each_expr(body, [&](const ExprRef& expr) {
    if (const auto* index = std::get_if<IndexValue>(&expr->node)) used.insert(index->index);
  });
  return used;
}

bool can_join(const Body& body, const Loop& outer, const Loop& inner,
              const std::set<IndexId>& used) {
  if (used.count(outer.index) != 0 || used.count(inner.index) != 0) return false;
  bool joins = true;
  for_each_address(body, [&](const IndexExpr& address) {
    joins =
        joins && address.stride_of(outer.index) == address.stride_of(inner.index) * inner.extent;
  });
  return joins;
}

// Simplifies one list of loops over `body`; records the replaced counters.
std::vector<Loop> simplify(const std::vector<Loop>& loops, const Body& body,
                           Substitution& substitution) {
  const std::set<IndexId> used = free_counters(body);
  std::vector<Loop> kept;
  for (const Loop& loop : loops) {
    if (loop.extent.is(1)) {
      substitution.map[loop.index] = IndexExpr(int64_t{0});
      continue;
    }
    if (!kept.empty() && can_join(body, kept.back(), loop, used)) {
      // stride(outer) = stride(inner)·extent: the outer counter's term is absorbed
      substitution.map[kept.back().index] = IndexExpr(int64_t{0});
      kept.back() = {loop.index, kept.back().extent * loop.extent};
      continue;
    }
    kept.push_back(loop);
  }
  return kept;
}

void collapse_nested(Body& body) {
  for (Stmt& stmt : body) {
    if (auto* reduce = std::get_if<Reduce>(&stmt.node)) {
      Substitution inner;
      const Body only = {Stmt{Let{reduce->local, reduce->value}}};
      reduce->loops = simplify(reduce->loops, only, inner);
      reduce->value = inner.expr(reduce->value);
    } else if (auto* loop = std::get_if<ForEach>(&stmt.node)) {
      Substitution inner;
      loop->loops = simplify(loop->loops, *loop->body, inner);
      Body changed = inner.body(*loop->body);
      collapse_nested(changed);
      loop->body = std::make_shared<const Body>(std::move(changed));
    } else if (auto* serial = std::get_if<Serial>(&stmt.node)) {
      Body changed = *serial->body;
      collapse_nested(changed);
      serial->body = std::make_shared<const Body>(std::move(changed));
    } else if (auto* branch = std::get_if<If>(&stmt.node)) {
      Body changed = *branch->then_body;
      collapse_nested(changed);
      branch->then_body = std::make_shared<const Body>(std::move(changed));
    }
  }
}

}  // namespace

void for_each_address(const Body& body, const std::function<void(const IndexExpr&)>& f) {
  Walker walker;
  walker.on_address = f;
  walker.body(body);
}

void for_each_expr(const Body& body, const std::function<void(const ExprRef&)>& f) {
  Walker walker;
  walker.on_expr = f;
  walker.body(body);
}

Kernel collapse_loops(const Kernel& kernel) {
  Kernel result = kernel;
  auto* nest = std::get_if<LoopNest>(&result.body);
  if (nest == nullptr) return result;
  Substitution substitution;
  nest->outer = simplify(nest->outer, nest->body, substitution);
  nest->body = substitution.body(nest->body);
  collapse_nested(nest->body);
  return result;
}

}  // namespace tgc
