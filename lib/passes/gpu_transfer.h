// SPDX-License-Identifier: Apache-2.0
// Moving values between host and GPU with as few transfers as possible.
#pragma once
#include "graph/builder.h"

namespace tgc {

// The context whose memory a Graph compiled for a GPU uses.
inline constexpr std::string_view kGpuContext = "cuda";

// The value on the GPU: the source of a host_from_gpu, a transfer that is there already, a constant
// placed there, else a new gpu_from_host; `id` itself when it is there.
VariableId on_gpu(Builder& builder, VariableId id);

// The value on the host, in the same way.
VariableId on_host(Builder& builder, VariableId id);

}  // namespace tgc
