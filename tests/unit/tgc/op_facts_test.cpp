// SPDX-License-Identifier: Apache-2.0
// What `tgc ops` finds out about ops.
#include "tgc/op_facts.h"

#include <algorithm>

#include "catch2/catch.hpp"
#include "ops/op_list.h"

namespace tgc {
namespace {

bool accepts(const char* op, DType dtype) {
  const auto dtypes = accepted_dtypes(op_registry().get(op));
  return std::find(dtypes.begin(), dtypes.end(), dtype) != dtypes.end();
}

TEST_CASE("an op takes the dtypes in which the reader accepts its examples") {
  CHECK(accepts("dot", DType::float32));
  CHECK(accepts("dot", DType::float16));
  CHECK(accepts("add", DType::int8));
  CHECK_FALSE(accepts("softmax", DType::int32));
}

TEST_CASE("every op that a graph file may name takes some dtype") {
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal) continue;
    INFO(op->name);
    CHECK_FALSE(accepted_dtypes(*op).empty());
    CHECK(realization(*op, DeviceKind::cpu).how != "");
    CHECK(realization(*op, DeviceKind::cuda).how != "");
  }
}

TEST_CASE("an op without gradient says so") {
  CHECK(has_gradient(op_registry().get("dot")));
  CHECK(has_gradient(op_registry().get("scan")));
  CHECK_FALSE(has_gradient(op_registry().get("arange")));
}

}  // namespace
}  // namespace tgc
