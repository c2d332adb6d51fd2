// SPDX-License-Identifier: Apache-2.0
// The plan file, mapped and checked: every offset, count and index inside its bounds, so that the
// rest of the runtime may trust it. Tables are used where they lie.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mapped_file.h"
#include "tgc/bundle_abi.h"

namespace tgc::runtime {

template <class T>
struct Table {
  const T* data = nullptr;
  size_t count = 0;

  const T& operator[](size_t i) const { return data[i]; }
  [[nodiscard]] size_t size() const { return count; }
  [[nodiscard]] const T* begin() const { return data; }
  [[nodiscard]] const T* end() const { return data + count; }
};

struct Program {
  std::string function;
  bool is_cuda = false;
  Table<tgc_plan_symbol> symbols;
  Table<tgc_plan_expr> exprs;
  Table<tgc_plan_equality> equalities;
  Table<tgc_plan_value> inputs;
  Table<tgc_plan_value> outputs;
  Table<tgc_plan_update> updates;
  Table<tgc_plan_buffer> buffers;
  Table<tgc_plan_step> steps;
  Table<tgc_plan_variant> variants;
  Table<tgc_u32> pool;
};

struct SharedInfo {
  std::string name;
  uint32_t dtype = 0;
  std::vector<int64_t> dims;
  uint64_t offset = 0;  // in weights.safetensors
  uint64_t bytes = 0;
  uint64_t checksum = 0;
};

struct ConstantInfo {
  const unsigned char* data = nullptr;
  uint64_t bytes = 0;
};

struct GpuKernel {
  std::string name;
  uint64_t offset = 0;  // of its module in the fatbin file
  uint64_t bytes = 0;
};

class PlanFile {
 public:
  // Fails with TGC_ERROR_BUNDLE when anything is out of order.
  PlanFile(const std::string& path, bool check_digest);

  [[nodiscard]] const tgc_plan_header& header() const { return *header_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<SharedInfo>& shared() const { return shared_; }
  [[nodiscard]] const std::vector<ConstantInfo>& constants() const { return constants_; }
  [[nodiscard]] const std::vector<Program>& programs() const { return programs_; }
  [[nodiscard]] const std::vector<GpuKernel>& gpu_kernels() const { return gpu_kernels_; }
  [[nodiscard]] std::string text(tgc_plan_text text) const;

 private:
  template <class T>
  Table<T> table(tgc_plan_span span, const char* what) const;
  [[nodiscard]] std::vector<int64_t> dims(uint64_t first, uint32_t rank) const;
  void read_shared();
  void read_constants();
  void read_program(const tgc_plan_program& source);
  [[noreturn]] void damaged(const std::string& what) const;

  std::string path_;
  MappedFile file_;
  const tgc_plan_header* header_ = nullptr;
  std::string name_;
  Table<char> texts_;
  Table<tgc_i64> integers_;
  std::vector<SharedInfo> shared_;
  std::vector<ConstantInfo> constants_;
  std::vector<Program> programs_;
  std::vector<GpuKernel> gpu_kernels_;
};

int64_t dtype_bytes(uint32_t dtype);  // 0 for an unknown one
const char* dtype_text(uint32_t dtype);

}  // namespace tgc::runtime
