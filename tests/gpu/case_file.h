// SPDX-License-Identifier: Apache-2.0
// cases.bin of the GPU battery: every kernel of the op examples with how it is launched, the memory
// it is given and what the reference interpreter makes of it. Written where tgc is built, read by
// the runner, which has nothing of lib/.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tgc::gpu {

enum BufferAccess : uint32_t { kRead = 0, kWrite = 1, kReadWrite = 2 };

struct CaseBuffer {
  std::string name;
  uint32_t dtype = 0;  // TGC_FLOAT32, … of bundle_abi.h
  uint32_t access = kRead;
  std::string before;  // bytes
  std::string after;   // of a kernel that must fail: meaningless
};

constexpr int32_t kNumber = -1;
constexpr int32_t kFailureWord = -2;
struct CaseArgument {
  int32_t buffer = kNumber;  // a number in LaunchCase::buffers, kNumber or kFailureWord
  uint64_t number = 0;       // its bytes
};

struct LaunchCase {
  std::string what;  // op, example and variant
  std::string kernel;
  uint32_t module = 0;
  std::array<uint32_t, 3> grid{};
  std::array<uint32_t, 3> block{};
  uint32_t shared_bytes = 0;
  std::vector<CaseBuffer> buffers;
  std::vector<CaseArgument> arguments;  // in the order of the kernel's parameters
  int64_t failure_code = 0;
  int64_t failure_value = 0;
  double tolerance = 0;          // of floats, relative to the largest expected value
  bool is_deterministic = true;  // else sums meet in any order
};

struct CaseModule {  // in kernels.fatbin
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

struct CaseFile {
  std::string architectures;  // "sm_90,compute_75"
  std::string compiler;       // "NVRTC 13.0"
  uint64_t left_out = 0;      // cases of the registry that were not packed
  std::vector<CaseModule> modules;
  std::vector<LaunchCase> cases;
};

std::string case_file_bytes(const CaseFile& file);
// False where the bytes are no such file or end too early.
bool read_case_file(const std::string& bytes, CaseFile& file);

}  // namespace tgc::gpu
