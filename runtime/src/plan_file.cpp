// SPDX-License-Identifier: Apache-2.0
// See plan_file.h.
#include "plan_file.h"

#include <algorithm>
#include <cstring>

#include "failure.h"
#include "plan_checks.h"
#include "support/sha256.h"

namespace tgc::runtime {
namespace {

constexpr uint64_t kBlobAlignment = 64;  // of constants, which code reads where they lie

bool has_size(uint32_t dtype, const std::vector<int64_t>& dims, uint64_t expected) {
  int64_t bytes = dtype_bytes(dtype);
  bool fits = bytes > 0;
  for (const int64_t dim : dims) {
    fits = fits && dim >= 0 && !__builtin_mul_overflow(bytes, dim, &bytes);
  }
  return fits && static_cast<uint64_t>(bytes) == expected;
}

}  // namespace

int64_t dtype_bytes(uint32_t dtype) {
  constexpr int64_t kBytes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 8, 16};
  return dtype < 14 ? kBytes[dtype] : 0;
}

const char* dtype_text(uint32_t dtype) {
  constexpr const char* kNames[] = {"bool",    "int8",    "int16",     "int32",     "int64",
                                    "uint8",   "uint16",  "uint32",    "uint64",    "float16",
                                    "float32", "float64", "complex64", "complex128"};
  return dtype < 14 ? kNames[dtype] : "unknown dtype";
}

void PlanFile::damaged(const std::string& what) const {
  fail(TGC_ERROR_BUNDLE, path_ + " is damaged: " + what + "; compile the bundle again");
}

template <class T>
Table<T> PlanFile::table(tgc_plan_span span, const char* what) const {
  const uint64_t size = file_.size() - 32;
  const bool fits = span.offset <= size && span.offset % alignof(T) == 0 &&
                    span.count <= (size - span.offset) / sizeof(T);
  if (!fits) damaged(std::string(what) + " lie outside of the file");
  return {reinterpret_cast<const T*>(file_.data() + span.offset), span.count};
}

std::string PlanFile::text(tgc_plan_text text) const {
  if (text.offset > texts_.size() || text.length > texts_.size() - text.offset) {
    damaged("a text lies outside of its table");
  }
  return {texts_.data + text.offset, text.length};
}

std::vector<int64_t> PlanFile::dims(uint64_t first, uint32_t rank) const {
  if (rank > TGC_MAX_RANK || first > integers_.size() || rank > integers_.size() - first) {
    damaged("the dims of a value lie outside of their table");
  }
  return {integers_.data + first, integers_.data + first + rank};
}

PlanFile::PlanFile(const std::string& path, bool check_digest) : path_(path), file_(path) {
  if (file_.size() < sizeof(tgc_plan_header) + 32) damaged("it is too short");
  header_ = reinterpret_cast<const tgc_plan_header*>(file_.data());
  if (std::memcmp(header_->magic, TGC_PLAN_MAGIC, 8) != 0) damaged("it is not a plan file");
  if (header_->version != TGC_PLAN_VERSION) {
    fail(TGC_ERROR_BUNDLE, path_ + " has plan format " + std::to_string(header_->version) +
                               ", this runtime reads format " + std::to_string(TGC_PLAN_VERSION) +
                               "; use the runtime that was made with the bundle");
  }
  if (header_->file_bytes != file_.size()) damaged("it was cut short or grew");
  if (check_digest) {
    const size_t body = file_.size() - 32;
    const auto digest = sha256({reinterpret_cast<const char*>(file_.data()), body});
    if (std::memcmp(digest.data(), file_.data() + body, 32) != 0) damaged("its digest is wrong");
  }
  texts_ = table<char>(header_->texts, "texts");
  integers_ = table<tgc_i64>(header_->integers, "dims");
  name_ = text(header_->name);
  if (name_.find('/') != std::string::npos || name_.find('\0') != std::string::npos) {
    damaged("its name is no file name");
  }
  for (const auto& entry : table<tgc_plan_gpu_kernel>(header_->gpu_kernels, "GPU kernels")) {
    gpu_kernels_.push_back({text(entry.name), entry.offset, entry.bytes});
  }
  read_shared();
  read_constants();
  for (const tgc_plan_program& program : table<tgc_plan_program>(header_->programs, "programs")) {
    read_program(program);
  }
}

void PlanFile::read_shared() {
  for (const tgc_plan_shared& source :
       table<tgc_plan_shared>(header_->shared, "shared variables")) {
    SharedInfo info;
    info.name = text(source.name);
    info.dtype = source.dtype;
    info.dims = dims(source.dims, source.rank);
    info.offset = source.weights_offset;
    info.bytes = source.bytes;
    info.checksum = source.checksum;
    if (!has_size(info.dtype, info.dims, info.bytes)) {
      damaged("shared variable " + info.name + " has an impossible size");
    }
    shared_.push_back(std::move(info));
  }
}

void PlanFile::read_constants() {
  for (const tgc_plan_constant& source :
       table<tgc_plan_constant>(header_->constants, "constants")) {
    const auto bytes = table<unsigned char>({source.offset, source.bytes}, "a constant's bytes");
    const bool is_sound = source.offset % kBlobAlignment == 0 &&
                          has_size(source.dtype, dims(source.dims, source.rank), source.bytes);
    if (!is_sound) damaged("a constant has an impossible size or place");
    constants_.push_back({bytes.data, bytes.count});
  }
}

void PlanFile::read_program(const tgc_plan_program& source) {
  Program program;
  program.function = text(source.function);
  program.is_cuda = source.place == TGC_PLACE_CUDA;
  program.symbols = table<tgc_plan_symbol>(source.symbols, "symbols");
  program.exprs = table<tgc_plan_expr>(source.exprs, "expressions");
  program.equalities = table<tgc_plan_equality>(source.equalities, "equalities");
  program.inputs = table<tgc_plan_value>(source.inputs, "inputs");
  program.outputs = table<tgc_plan_value>(source.outputs, "outputs");
  program.updates = table<tgc_plan_update>(source.updates, "updates");
  program.buffers = table<tgc_plan_buffer>(source.buffers, "buffers");
  program.steps = table<tgc_plan_step>(source.steps, "steps");
  program.variants = table<tgc_plan_variant>(source.variants, "variants");
  program.pool = table<tgc_u32>(source.pool, "lists");
  const std::string problem =
      find_problem(program, shared_.size(), constants_.size(), gpu_kernels_.size());
  if (!problem.empty()) damaged(problem + " in function " + program.function);
  const auto check_text = [this](tgc_plan_text checked) { (void)text(checked); };
  for (const auto& symbol : program.symbols) check_text(symbol.name);
  for (const auto& equality : program.equalities) check_text(equality.message);
  for (const auto& value : program.inputs) check_text(value.name);
  for (const auto& value : program.outputs) check_text(value.name);
  for (const auto& buffer : program.buffers) check_text(buffer.name);
  for (const auto& step : program.steps) check_text(step.node);
  programs_.push_back(std::move(program));
}

}  // namespace tgc::runtime
