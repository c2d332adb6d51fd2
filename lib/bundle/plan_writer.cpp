// SPDX-License-Identifier: Apache-2.0
// See plan_writer.h. Tables are collected first; every one is then placed at a multiple of 64
// bytes.
#include "bundle/plan_writer.h"

#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "bundle/expr_table.h"
#include "support/check.h"
#include "support/hash.h"
#include "support/sha256.h"
#include "tgc/bundle_abi.h"

namespace tgc {
namespace {

class FileBuilder {
 public:
  FileBuilder() { bytes_.resize(sizeof(tgc_plan_header)); }

  template <class T>
  tgc_plan_span add(const std::vector<T>& table) {
    align();
    const tgc_plan_span span{bytes_.size(), table.size()};
    if (!table.empty()) {
      bytes_.append(reinterpret_cast<const char*>(table.data()), table.size() * sizeof(T));
    }
    return span;
  }
  uint64_t add_blob(const std::byte* data, size_t size) {
    align();
    const uint64_t offset = bytes_.size();
    bytes_.append(reinterpret_cast<const char*>(data), size);
    return offset;
  }
  tgc_plan_text text(const std::string& value) {
    const auto [entry, inserted] =
        texts_.try_emplace(value, static_cast<tgc_u32>(all_texts_.size()));
    if (inserted) all_texts_.insert(all_texts_.end(), value.begin(), value.end());
    return {entry->second, static_cast<tgc_u32>(value.size())};
  }
  std::string finish(tgc_plan_header header) {
    header.texts = add(all_texts_);
    align();
    header.file_bytes = bytes_.size() + 32;
    std::memcpy(bytes_.data(), &header, sizeof header);
    const auto digest = sha256(bytes_);
    bytes_.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    return std::move(bytes_);
  }

 private:
  void align() { bytes_.resize((bytes_.size() + 63) / 64 * 64); }

  std::string bytes_;
  std::vector<char> all_texts_;
  std::map<std::string, tgc_u32> texts_;
};

std::vector<std::string> symbol_names(const PlanProgram& program) {
  std::vector<std::string> names;
  for (const PlanSymbol& symbol : program.symbols) names.push_back(symbol.dim.name);
  return names;
}

class ProgramWriter {
 public:
  ProgramWriter(const PlanProgram& program, const PlanFileParts& parts, FileBuilder& file)
      : program_(program), parts_(parts), file_(file), exprs_(symbol_names(program)) {}

  tgc_plan_program write() {
    tgc_plan_program out{};
    out.function = file_.text(program_.function);
    out.place = program_.is_cuda ? TGC_PLACE_CUDA : TGC_PLACE_HOST;
    out.symbols = file_.add(symbols());
    const auto buffer_table = buffers();
    const auto step_table = steps();
    const auto inputs = values(program_.inputs);
    const auto outputs = values(program_.outputs);
    std::vector<tgc_plan_equality> equalities;
    for (const DimEquality& equality : program_.equalities) {
      equalities.push_back(
          {exprs_.add(equality.left), exprs_.add(equality.right), file_.text(equality.message)});
    }
    std::vector<tgc_plan_update> updates;
    for (const PlanUpdate& update : program_.updates) {
      updates.push_back({static_cast<tgc_u32>(update.shared), static_cast<tgc_u32>(update.buffer)});
    }
    out.equalities = file_.add(equalities);
    out.inputs = file_.add(inputs);
    out.outputs = file_.add(outputs);
    out.updates = file_.add(updates);
    out.buffers = file_.add(buffer_table);
    out.steps = file_.add(step_table);
    out.variants = file_.add(variants_);
    out.pool = file_.add(pool_);
    out.exprs = file_.add(exprs_.nodes());
    return out;
  }

 private:
  std::vector<tgc_plan_symbol> symbols() {
    std::vector<tgc_plan_symbol> table;
    for (const PlanSymbol& symbol : program_.symbols) {
      tgc_plan_symbol out{};
      out.name = file_.text(symbol.dim.name);
      out.lower = symbol.dim.lower;
      out.upper = symbol.dim.upper.value_or(INT64_MAX);
      out.value_input =
          symbol.value_input < 0 ? TGC_NONE : static_cast<tgc_u32>(symbol.value_input);
      out.value_element = static_cast<tgc_u32>(symbol.value_element);
      out.is_measured = symbol.is_measured ? 1 : 0;
      table.push_back(out);
    }
    return table;
  }

  std::vector<tgc_plan_value> values(const std::vector<PlanValue>& list) {
    std::vector<tgc_plan_value> table;
    for (const PlanValue& value : list) {
      tgc_plan_value out{};
      out.name = file_.text(value.name);
      out.dtype = static_cast<tgc_u32>(value.dtype);
      out.rank = static_cast<tgc_u32>(value.shape.size());
      out.dims = add_exprs(value.shape);
      out.buffer = static_cast<tgc_u32>(value.buffer);
      table.push_back(out);
    }
    return table;
  }

  std::vector<tgc_plan_buffer> buffers() {
    std::map<int, int> step_of_loop;
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      if (program_.steps[i].kind == StepKind::loop) {
        step_of_loop[program_.steps[i].loop_id] = static_cast<int>(i);
      }
    }
    constexpr std::array<tgc_u32, 7> kKinds = {
        TGC_BUFFER_INPUT,    TGC_BUFFER_OUTPUT, TGC_BUFFER_SHARED, TGC_BUFFER_SHARED_NEXT,
        TGC_BUFFER_CONSTANT, TGC_BUFFER_ARENA,  TGC_BUFFER_VIEW};
    std::vector<tgc_plan_buffer> table;
    for (const PlanBuffer& buffer : program_.buffers) {
      tgc_plan_buffer out{};
      out.kind = kKinds.at(static_cast<size_t>(buffer.kind));
      out.place = buffer.place.is_host() ? TGC_PLACE_HOST : TGC_PLACE_CUDA;
      out.dtype = static_cast<tgc_u32>(buffer.dtype);
      out.index = buffer.index < 0 ? TGC_NONE : static_cast<tgc_u32>(buffer.index);
      out.bytes = exprs_.add(buffer.bytes);
      out.offset = exprs_.add(buffer.offset);
      out.stride = out.loop = TGC_NONE;
      if (buffer.motion) {
        out.stride = exprs_.add(buffer.motion->stride);
        out.loop = static_cast<tgc_u32>(step_of_loop.at(buffer.motion->loop));
        out.ring = static_cast<tgc_u32>(buffer.motion->ring);
        out.phase = static_cast<tgc_u32>(buffer.motion->phase);
      }
      out.first = buffer.first < 0 ? TGC_NONE : static_cast<tgc_u32>(buffer.first);
      out.last = buffer.last < 0 ? TGC_NONE : static_cast<tgc_u32>(buffer.last);
      out.name = file_.text(buffer.name);
      table.push_back(out);
    }
    return table;
  }

  std::vector<tgc_plan_step> steps() {
    std::vector<tgc_plan_step> table;
    for (const PlanStep& step : program_.steps) {
      tgc_plan_step out{};
      out.kind = static_cast<tgc_u32>(step.kind);
      out.place = step.place.is_host() ? TGC_PLACE_HOST : TGC_PLACE_CUDA;
      out.flags = static_cast<tgc_u32>((step.fallible ? TGC_STEP_FALLIBLE : 0) |
                                       (step.writes_state ? TGC_STEP_WRITES_STATE : 0) |
                                       (step.must_end ? TGC_STEP_MUST_END : 0));
      out.args = static_cast<tgc_u32>(pool_.size());
      out.arg_count = static_cast<tgc_u32>(step.args.size());
      for (const int arg : step.args) pool_.push_back(static_cast<tgc_u32>(arg));
      out.count = exprs_.add(step.count);
      out.body = index(step.body);
      out.body_mid = index(step.body_mid);
      out.body_end = index(step.body_end);
      out.node = file_.text(step.node);
      out.symbol = symbol_number(step.symbol);
      if (step.kind == StepKind::kernel) add_kernel(step, out);
      table.push_back(out);
    }
    return table;
  }

  void add_kernel(const PlanStep& step, tgc_plan_step& out) {
    const KernelSet* set = step.place.is_host() ? parts_.cpu : parts_.cuda;
    TGC_CHECK(set != nullptr, "a kernel step without code for its place");
    const KernelSet::Use& use = set->uses.at(static_cast<size_t>(step.kernel));
    TGC_CHECK(!use.variants.empty(), "a kernel step without code");
    out.dims = add_exprs(use.variants[0].dims);
    out.dim_count = static_cast<tgc_u32>(use.variants[0].dims.size());
    out.variants = static_cast<tgc_u32>(variants_.size());
    out.variant_count = static_cast<tgc_u32>(use.variants.size());
    for (size_t i = 0; i < use.variants.size(); ++i) {
      const EmittedKernel& emitted = use.variants[i];
      TGC_CHECK(emitted.dims == use.variants[0].dims, "variants take different dims");
      tgc_plan_variant variant{};
      variant.predicate = emitted.predicate ? exprs_.add(*emitted.predicate) : TGC_NONE;
      variant.kernel = static_cast<tgc_u32>(use.kernels[i]);
      variant.tasks = exprs_.add(emitted.tasks);
      variant.scratch = static_cast<tgc_u32>(emitted.scratch);
      variant.grain = static_cast<tgc_u32>(emitted.grain);
      for (size_t axis = 0; axis < 3; ++axis) {
        variant.grid[axis] = exprs_.add(emitted.grid[axis]);
        variant.block[axis] = static_cast<tgc_u32>(emitted.block[axis]);
      }
      variants_.push_back(variant);
    }
  }

  tgc_u32 add_exprs(const std::vector<DimExpr>& list) {
    std::vector<tgc_u32> numbers;
    for (const DimExpr& expr : list) numbers.push_back(exprs_.add(expr));
    const auto first = static_cast<tgc_u32>(pool_.size());
    pool_.insert(pool_.end(), numbers.begin(), numbers.end());
    return first;
  }

  [[nodiscard]] tgc_u32 symbol_number(const std::string& name) const {
    for (size_t i = 0; i < program_.symbols.size(); ++i) {
      if (!name.empty() && program_.symbols[i].dim.name == name) return static_cast<tgc_u32>(i);
    }
    return TGC_NONE;
  }

  static tgc_u32 index(int value) { return value < 0 ? TGC_NONE : static_cast<tgc_u32>(value); }

  const PlanProgram& program_;
  const PlanFileParts& parts_;
  FileBuilder& file_;
  ExprTable exprs_;
  std::vector<tgc_plan_variant> variants_;
  std::vector<tgc_u32> pool_;
};

}  // namespace

std::string write_plan(const PlanFileParts& parts) {
  FileBuilder file;
  tgc_plan_header header{};
  std::memcpy(header.magic, TGC_PLAN_MAGIC, sizeof header.magic);
  header.version = TGC_PLAN_VERSION;
  header.header_bytes = sizeof header;
  std::memcpy(header.code_sha256, parts.code_sha256.data(), 32);
  std::memcpy(header.fatbin_sha256, parts.fatbin_sha256.data(), 32);
  header.name = file.text(parts.plan.name);
  header.minimum_driver = parts.minimum_driver;
  std::vector<tgc_i64> integers;
  std::vector<tgc_plan_shared> shared;
  for (size_t i = 0; i < parts.plan.shared.size(); ++i) {
    const SharedVariable& variable = parts.plan.shared[i];
    tgc_plan_shared out{};
    out.name = file.text(variable.name);
    out.dtype = static_cast<tgc_u32>(variable.type.dtype);
    out.rank = static_cast<tgc_u32>(variable.type.rank());
    out.dims = integers.size();
    for (const int64_t dim : variable.value->dims()) integers.push_back(dim);
    out.weights_offset = parts.weights.offsets.at(i);
    out.bytes = static_cast<tgc_u64>(variable.value->byte_size());
    out.checksum = xxh3_64(
        std::string_view(reinterpret_cast<const char*>(variable.value->bytes()), out.bytes));
    shared.push_back(out);
  }
  std::vector<tgc_plan_constant> constants;
  for (const auto& constant : parts.plan.constants) {
    tgc_plan_constant out{};
    out.dtype = static_cast<tgc_u32>(constant->dtype());
    out.rank = static_cast<tgc_u32>(constant->rank());
    out.dims = integers.size();
    for (const int64_t dim : constant->dims()) integers.push_back(dim);
    out.bytes = static_cast<tgc_u64>(constant->byte_size());
    out.offset = file.add_blob(constant->bytes(), out.bytes);
    constants.push_back(out);
  }
  std::vector<tgc_plan_program> programs;
  for (const PlanProgram& program : parts.plan.programs) {
    programs.push_back(ProgramWriter(program, parts, file).write());
  }
  std::vector<tgc_plan_gpu_kernel> entries;
  if (parts.cuda != nullptr) {
    for (size_t i = 0; i < parts.cuda->kernels.size(); ++i) {
      const FatbinModule& module = parts.modules.at(i);
      entries.push_back({file.text(parts.cuda->kernels[i].name), module.offset, module.size});
    }
  }
  header.shared = file.add(shared);
  header.constants = file.add(constants);
  header.programs = file.add(programs);
  header.gpu_kernels = file.add(entries);
  header.integers = file.add(integers);
  return file.finish(header);
}

}  // namespace tgc
