// SPDX-License-Identifier: Apache-2.0
// Host routines as compiled code, held against eval on every example of the op registry, and on
// matrices that must be refused. Examples run in rounds: kernels that a round lacks are compiled
// before the next one.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "catch2/catch.hpp"
#include "ops/check_op.h"
#include "ops/example_model.h"
#include "ops/op_list.h"
#include "targets/cpu/cpu_emitter.h"
#include "targets/cpu/host_compiler.h"
#include "targets/cpu/levels.h"
#include "targets/kernel_set.h"
#include "targets/prelude_headers.h"
#include "tgc/bundle_abi.h"
#include "tgc/routines/matrix.h"
#include "tgc/routines/orthogonal.h"

namespace tgc {
namespace {

namespace fs = std::filesystem;

constexpr int kMissing = -1;

struct Compiled {
  EmittedKernel emitted;
  tgc_cpu_kernel code = nullptr;
};

class Routines {
 public:
  KernelRunner runner() {
    return [this](const Kernel& kernel, const std::vector<KernelBuffer*>& params,
                  const Bindings& bindings) {
      if (!std::holds_alternative<Routine>(kernel.body)) {
        return run_kernel(kernel, params, bindings);
      }
      Kernel plain = kernel;
      plain.comments.clear();
      for (KernelParam& param : plain.params) param.alignment = 16;
      const auto found = compiled_.find(kernel_text(plain));
      if (found != compiled_.end()) return run(plain, found->second, params, bindings);
      missing_.emplace(kernel_text(plain), plain);
      return KernelFailure{kMissing, 0};
    };
  }

  [[nodiscard]] bool is_complete() const { return missing_.empty(); }

  void compile_missing() {
    std::vector<Kernel> kernels;
    for (const auto& [text, kernel] : missing_) kernels.push_back(kernel);
    const KernelSet set = make_kernel_set(
        kernels, std::vector<bool>(kernels.size(), true),
        [](const Kernel& kernel) { return std::vector<EmittedKernel>{emit_cpu_kernel(kernel)}; });
    const tgc_cpu_table* const table = build(set);
    size_t i = 0;
    for (const auto& [text, kernel] : missing_) {
      const auto& use = set.uses[i++];
      const auto number = static_cast<size_t>(use.kernels.at(0));
      compiled_[text] = {use.variants[0], table->levels[0].kernels[number]};
    }
    missing_.clear();
  }

 private:
  static const tgc_cpu_table* build(const KernelSet& set) {
    Diagnostics diagnostics;
    const auto levels = parse_cpu_targets({"cpu"}, diagnostics);
    const auto compiler = find_host_compiler("", process_environment(), diagnostics);
    REQUIRE(compiler.has_value());
    CpuCompileOptions options;
    options.headers = cpu_prelude_headers();
    const auto library =
        build_cpu_library(make_cpu_sources(make_cpu_units(set, levels, "routines", 2), levels),
                          "libroutines.so", *compiler, options, {}, diagnostics);
    INFO((diagnostics.all().empty() ? "" : diagnostics.all()[0].message.substr(0, 4000)));
    REQUIRE(library.has_value());
    CHECK(library->warnings == "");
    std::string folder = (fs::temp_directory_path() / "tgc-routines-XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    const fs::path path = fs::path(folder) / "libroutines.so";
    std::ofstream(path, std::ios::binary) << library->bytes;
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    fs::remove_all(folder);
    REQUIRE(handle != nullptr);
    return static_cast<const tgc_cpu_table*>(dlsym(handle, "tgc_code_routines"));
  }

  static KernelFailure run(const Kernel& kernel, const Compiled& compiled,
                           const std::vector<KernelBuffer*>& params, const Bindings& bindings) {
    std::vector<void*> buffers;
    for (KernelBuffer* const param : params) buffers.push_back(param->elements.bytes());
    std::vector<int64_t> dims;
    for (const DimExpr& dim : compiled.emitted.dims) dims.push_back(bindings.get(dim));
    int64_t failure[2] = {0, 0};
    const tgc_kernel_call call = {buffers.data(), dims.data(), nullptr, failure};
    // From the last task to the first: they must not depend on each other.
    for (int64_t task = bindings.get(compiled.emitted.tasks); task-- > 0;) {
      compiled.code(&call, task, task + 1);
    }
    for (size_t i = 0; i < params.size(); ++i) {
      if (kernel.params[i].access == Access::read) continue;
      params[i]->written.assign(params[i]->written.size(), true);
    }
    return {static_cast<int>(failure[0]), failure[1]};
  }

  std::map<std::string, Compiled> compiled_;
  std::map<std::string, Kernel> missing_;
};

// What differs from eval in any variant of any example.
std::string check_examples(Routines& routines) {
  std::string problems;
  for (const OpDef* op : op_registry().all()) {
    if (op->host_only.empty() && !op->needs_library) continue;
    for (const OpExample& example : op->examples) {
      for (const ExampleVariant& variant :
           {ExampleVariant{}, ExampleVariant{std::nullopt, true, DType::float32},
            ExampleVariant{DType::float32, false, DType::float32}}) {
        const ExampleModel model = make_example(*op, example, variant, 11);
        if (!model.graph) continue;
        const std::string text =
            check_kernels(*model.graph, model.inputs, {routines.runner(), true, true});
        if (!text.empty()) problems += std::string(example.node) + ": " + text + "\n";
      }
    }
  }
  return problems;
}

}  // namespace

TEST_CASE("routines agree with eval") {
  Routines routines;
  std::string problems = check_examples(routines);
  REQUIRE_FALSE(routines.is_complete());  // else there are no routines to hold against eval
  for (int round = 0; round < 12 && !routines.is_complete(); ++round) {
    routines.compile_missing();
    problems = check_examples(routines);
  }
  CHECK(problems == "");
  CHECK(routines.is_complete());
}

TEST_CASE("routines refuse the matrices that eval refuses") {
  const std::vector<std::pair<std::string_view, OpExample>> refused = {
      {"cholesky",
       {R"({"op": "cholesky", "inputs": ["a"]})",
        R"({"a": {"dtype": "float64", "shape": [2, 2, 2],
                  "value": [[[2, 1], [1, 2]], [[1, 2], [2, 1]]]}})"}},
      {"solve",
       {R"({"op": "solve", "inputs": ["a", "b"]})",
        R"({"a": {"dtype": "float64", "shape": [2, 2], "value": [[1, 2], [2, 4]]},
            "b": {"dtype": "float64", "shape": [2, 1]}})"}},
      {"solve_triangular",
       {R"({"op": "solve_triangular", "inputs": ["a", "b"]})",
        R"({"a": {"dtype": "float32", "shape": [2, 2], "value": [[0, 2], [2, 4]]},
            "b": {"dtype": "float32", "shape": [2, 1]}})"}}};
  Routines routines;
  for (int round = 0; round < 2; ++round) {
    for (const auto& [op, example] : refused) {
      INFO(example.node);
      const ExampleModel model = make_example(op_registry().get(op), example, {}, 11);
      REQUIRE(model.graph.has_value());
      // A failure other than eval's, or none, is a disagreement.
      const std::string text =
          check_kernels(*model.graph, model.inputs, {routines.runner(), false, true});
      if (round == 1) CHECK(text == "");
    }
    if (round == 0) routines.compile_missing();
  }
  CHECK(routines.is_complete());
}

TEST_CASE("routines refuse sizes that LAPACK cannot count") {
  int64_t failure[2] = {0, 0};
  const tgc_kernel_call call = {nullptr, nullptr, nullptr, failure};
  const int64_t many = int64_t{1} << 31;
  const auto refused = [&](int64_t size) {
    const bool is_refused = failure[0] == TGC_FAIL_TOO_LARGE && failure[1] == size;
    failure[0] = failure[1] = 0;
    return is_refused;
  };
  double* const none = nullptr;
  tgc_cholesky<double>(&call, 0, 1, none, none, many, 0);
  CHECK(refused(many));
  tgc_solve<double>(&call, 0, 1, none, none, none, none, nullptr, 1, many);
  CHECK(refused(many));
  tgc_solve_triangle<double>(&call, 0, 1, none, none, none, 1, many, 1, 0);
  CHECK(refused(many));
  tgc_det<double>(&call, 0, 1, none, none, none, nullptr, many);
  CHECK(refused(many));
  tgc_eigh<double>(&call, 0, 1, none, none, none, none, none, nullptr, 40000, 1, many + 5, 3);
  CHECK(refused(many + 5));
  tgc_qr_triangle<double>(&call, 0, 1, none, none, none, none, none, many, 1, 65);
  CHECK(refused(many));
}

}  // namespace tgc
