// SPDX-License-Identifier: Apache-2.0
// Kernel IR: what one kernel computes, over flat buffers, without saying how. Targets print it.
//
// Meaning. All iterations of a LoopNest's outer loops and of a ForEach are independent: they may
// run in any order and in parallel; a kernel never reads what another iteration of it writes,
// except where `conflicts` says that Stores with a combiner may meet (then a target runs them one
// after the other or atomically). Serial iterations run in order. A Reduce is one value: its
// combination order is fixed by the target as a function of the extents alone, never of the number
// of threads; argmax/argmin give the first extreme in row-major order, NaN wins. Reads and writes
// of one buffer alias only where params say read_write; then an iteration reads the elements it
// writes itself.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "kernel/expr.h"

namespace tgc {

enum class Access { read, write, read_write };

struct KernelParam {
  std::string name;  // the user's name where there is one, made a C identifier, unique
  DType dtype = DType::float32;
  Access access = Access::read;
  int64_t alignment = 1;  // bytes its memory is known to be aligned to; at least its dtype's size
};

struct Loop {
  IndexId index;
  DimExpr extent;
};

enum class ReduceKind { sum, prod, max, min, all, any, argmax, argmin };
enum class Combine { set, add };

struct Stmt;
using Body = std::vector<Stmt>;

struct Let {
  LocalId local;
  ExprRef value;
};
// local = reduce over loops of value, carried in dtype of `value` (cast it to the accumulator).
// argmax/argmin: local is the int64 position; sum of nothing 0, prod 1, all true, any false.
struct Reduce {
  LocalId local;
  ReduceKind kind = ReduceKind::sum;
  std::vector<Loop> loops;
  ExprRef value;
};
struct Store {
  int param = 0;
  IndexExpr address;  // in elements
  ExprRef value;      // cast to the param's dtype by the builder
  Combine combine = Combine::set;
};
// Independent inner iterations.
struct ForEach {
  std::vector<Loop> loops;
  std::shared_ptr<const Body> body;
};
// One loop run in order, with scalars carried from one iteration to the next.
struct Carried {
  LocalId local;  // its value inside the body and, afterwards, the final value
  ExprRef initial;
  ExprRef next;  // evaluated at the end of each iteration
};
struct Serial {
  Loop loop;
  std::vector<Carried> carried;
  std::shared_ptr<const Body> body;
};
struct If {
  ExprRef condition;
  std::shared_ptr<const Body> then_body;
};
// What a kernel reports when it fails: the values of TGC_FAIL_… in bundle_abi.h.
inline constexpr int kFailIndex = 1;
inline constexpr int kFailDivision = 2;
inline constexpr int kFailAssert = 3;
inline constexpr int kFailSingular = 4;
inline constexpr int kFailNotPositiveDefinite = 5;
inline constexpr int kFailConvergence = 6;
inline constexpr int kFailLibrary = 7;
inline constexpr int kFailSteps = 8;
inline constexpr int kFailArgument = 9;
inline constexpr int kFailNan = 10;
inline constexpr int kFailInf = 11;
inline constexpr int kFailBig = 12;

// The kernel fails with `code` and the int64 `value` where `ok` is false.
struct Check {
  ExprRef ok;
  int code = 0;
  ExprRef value;
};

struct Stmt {
  std::variant<Let, Reduce, Store, ForEach, Serial, If, Check> node;
};

struct LoopNest {
  std::vector<Loop> outer;
  Body body;
  bool conflicts = false;
};

// For all b, m, n: result = Σ_k a(b, m, k)·b(b, k, n), then the epilogue. The operands have the
// dtype to multiply in; sums are carried in `accumulator`. The epilogue sees the counters b, m, n.
struct Contraction {
  Loop batch, m, n, k;
  ExprRef a;
  ExprRef b;
  DType accumulator = DType::float32;
  LocalId result;
  Body epilogue;
};

// An algorithm that is no loop nest (sorting, factorisations, generators): the host function
// tgc_NAME of runtime/include/tgc/routines/HEADER.h, called as
// tgc_NAME(call, begin, end, params…, dims…) for the tasks begin <= t < end. Its params are
// contiguous. Steps with routines run on the host.
struct Routine {
  std::string name;
  std::string header;
  DimExpr tasks = 1;
  std::vector<DimExpr> dims;
  bool is_fallible = false;
};

struct Kernel {
  std::string name;  // a C identifier: op and a number, e.g. "softmax_3"
  std::vector<KernelParam> params;
  std::variant<LoopNest, Contraction, Routine> body;
  int index_count = 0;  // ids given out
  int local_count = 0;
  std::vector<DType> local_dtypes;
  std::vector<std::string> comments;  // the user's nodes it computes
};

bool is_fallible(const Kernel& kernel);         // holds a Check
std::string kernel_text(const Kernel& kernel);  // stable text for goldens

}  // namespace tgc
