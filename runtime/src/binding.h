// SPDX-License-Identifier: Apache-2.0
// Binding: everything about a function that depends on the dims of a call alone: values of all
// expressions, chosen kernel variants, arena offsets. Made once per context and dims.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine.h"

namespace tgc::runtime {

// What decides a binding: the dims of all inputs in order, then the integer values symbols come
// from.
using BindingKey = std::vector<int64_t>;

struct BoundStep {
  const tgc_plan_variant* variant = nullptr;
  int64_t tasks = 0;
  std::vector<int64_t> dims;  // arguments of the kernel
  int64_t count = 0;          // loops
  Launch launch;              // device kernels; a grid of 0: there is nothing to do
  uint32_t failure_word = 0;  // fallible device kernels: the number of theirs
};

struct Binding {
  BindingKey key;
  std::vector<std::optional<int64_t>> symbols;
  std::vector<int64_t> exprs;  // 0 where not known yet
  // Of programs that measure sizes, one per expr; else empty: everything is known at once.
  std::vector<bool> is_known;
  std::vector<bool> is_measured;  // depends on a size that a step measures
  std::vector<BoundStep> steps;
  std::vector<uint64_t> arena_offsets;  // one per buffer; host and device arenas apart
  uint64_t host_arena = 0;              // bytes
  uint64_t device_arena = 0;
  uint32_t failure_words = 0;  // of device kernels
  uint64_t last_used = 0;
};

// Checks types, ranks and data pointers of the arguments and makes the key, into `key`.
// Fails with ARGUMENT in Theano's words.
void make_key(const Engine& engine, const FunctionEntry& function, const tgc_tensor* inputs,
              BindingKey& key);

// Evaluates; checks bounds, equalities and dims. Fails with ARGUMENT.
Binding make_binding(const Engine& engine, const FunctionEntry& function, const BindingKey& key);

// A symbol has been measured: evaluates, checks and chooses what depends on it, as bind does.
void set_measured(const Engine& engine, const FunctionEntry& function, uint32_t symbol,
                  int64_t value, Binding& binding);
// They are not known any more: a loop's next step measures them anew.
void forget_measured(const Engine& engine, const FunctionEntry& function,
                     const std::vector<uint32_t>& symbols, Binding& binding);

}  // namespace tgc::runtime
