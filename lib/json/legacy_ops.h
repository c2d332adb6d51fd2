// SPDX-License-Identifier: Apache-2.0
// Op names of Theano's GPU back-ends. They are no part of the format: where a node runs is chosen
// when compiling. They are recognised to say so, and which op to write instead.
#pragma once
#include <string>
#include <string_view>

namespace tgc {

struct LegacyOp {
  bool found = false;
  std::string explanation;  // follows "op 'GpuElemwise' "
  std::string hint;
};

LegacyOp find_legacy_op(std::string_view name);

// The name of an op under what other libraries call it ("matmul", "T.exp", "Elemwise{add}");
// "" when nothing is known. There need be no such op.
std::string foreign_op(std::string_view name);

}  // namespace tgc
