// SPDX-License-Identifier: Apache-2.0
// See kernel_cases.h. The cases are taken from the runs of tests/ops/check_op.h, which compare the
// interpreter with eval on the way.
#include "helpers/kernel_cases/kernel_cases.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "ops/check_op.h"
#include "ops/example_model.h"
#include "ops/op_list.h"
#include "support/hash.h"

namespace tgc {
namespace {

// Examples of failures, which the registry has none of.
struct FailingExample {
  std::string_view op;
  OpExample example;
};
const std::vector<FailingExample> kFailing = {
    {"take",
     {R"({"op": "take", "inputs": ["x", "i"], "axis": 0})",
      R"({"x": {"dtype": "float32", "shape": [4, 3]},
          "i": {"dtype": "int64", "shape": [3], "value": [1, 9, 2]}})"}},
    {"int_div",
     {R"({"op": "int_div", "inputs": ["x", "y"]})",
      R"({"x": {"dtype": "int32", "shape": [5]},
          "y": {"dtype": "int32", "shape": [5], "value": [3, 1, 0, 2, 7]}})"}},
};

class Collector {
 public:
  std::vector<KernelCase> cases;
  std::string problems;  // where the interpreter and eval disagree

  void collect(const OpDef& op, const OpExample& example, const ExampleVariant& variant,
               const std::string& what, bool is_thorough = false) {
    const ExampleModel model = make_example(op, example, variant, 11);
    if (!model.graph) return;  // the op takes no such dtype: tests/ops tells why
    what_ = std::string(op.name) + " " + what + " " + std::string(example.node);
    const std::string disagreement =
        check_kernels(*model.graph, model.inputs, {recorder(), is_thorough});
    if (!disagreement.empty()) problems += what_ + ": " + disagreement + "\n";
  }

 private:
  KernelRunner recorder() {
    return [this](const Kernel& kernel, const std::vector<KernelBuffer*>& params,
                  const Bindings& bindings) {
      KernelCase one{what_, kernel, bindings, {}, {}, {}};
      for (KernelParam& param : one.kernel.params) param.alignment = 16;  // as Tensors are
      for (const KernelBuffer* param : params) one.before.push_back(param->elements);
      one.failure = run_kernel(kernel, params, bindings);
      for (const KernelBuffer* param : params) one.after.push_back(param->elements);
      const KernelFailure failure = one.failure;
      if (known_.insert(fingerprint(one)).second) cases.push_back(std::move(one));
      return failure;
    };
  }

  static std::string fingerprint(const KernelCase& one) {
    Kernel plain = one.kernel;
    for (size_t i = 0; i < plain.params.size(); ++i) {
      plain.params[i].name = std::to_string(i);
    }
    plain.comments.clear();
    plain.name.clear();
    std::string bytes = kernel_text(plain);
    for (const Tensor& tensor : one.before) {
      bytes += tensor_text(tensor);
      bytes.append(reinterpret_cast<const char*>(tensor.bytes()),
                   static_cast<size_t>(tensor.byte_size()));
    }
    return xxh3_128_hex(bytes);
  }

  std::string what_;
  std::set<std::string> known_;
};

template <class F>
void for_each_example(const F& f) {
  for (const OpDef* op : op_registry().all()) {
    for (const OpExample& example : op->examples) f(*op, example);
  }
}

}  // namespace

DType KernelCase::loosest() const {
  DType dtype = DType::float64;
  for (const KernelParam& param : kernel.params) {
    if (is_continuous(param.dtype)) dtype = std::min(dtype, real_dtype(param.dtype));
  }
  return dtype;
}

std::vector<int64_t> KernelCase::dims(const EmittedKernel& emitted) const {
  std::vector<int64_t> values;
  for (const DimExpr& dim : emitted.dims) values.push_back(bindings.get(dim));
  return values;
}

std::string KernelCase::difference(const std::vector<Tensor>& got,
                                   const KernelFailure& failed) const {
  if (failed.code != failure.code || failed.value != failure.value) {
    return what + ": fails with code " + std::to_string(failed.code) + ", value " +
           std::to_string(failed.value) + "; expected " + std::to_string(failure.code) + ", " +
           std::to_string(failure.value);
  }
  if (failure.code != 0) return "";
  for (size_t i = 0; i < got.size(); ++i) {
    const KernelParam& param = kernel.params[i];
    std::string text;
    if (param.access == Access::read) {
      if (!(got[i] == before[i])) text = "changes";
    } else {
      text = tgc::difference(got[i], after[i], tolerance(loosest()));
    }
    if (!text.empty()) return what + ": " + param.name + " " + text;
  }
  return "";
}

std::vector<KernelCase> registry_cases() {
  Collector collector;
  for_each_example([&](const OpDef& op, const OpExample& example) {
    collector.collect(op, example, {}, "as it is", true);
    collector.collect(op, example, {std::nullopt, true, DType::float32}, "symbolic");
    if (op.lower == nullptr) return;  // a composition: its parts have examples of their own
    for (const DType dtype : {DType::float16, DType::float32, DType::float64, DType::boolean,
                              DType::int8, DType::uint16}) {
      collector.collect(op, example, {dtype, false, DType::float32},
                        std::string(dtype_name(dtype)));
    }
  });
  for (const FailingExample& failing : kFailing) {
    collector.collect(op_registry().get(failing.op), failing.example, {}, "failing");
  }
  if (!collector.problems.empty()) throw std::runtime_error(collector.problems);
  return std::move(collector.cases);
}

KernelSet make_case_set(const std::vector<KernelCase>& cases, const EmitFunction& emit) {
  std::vector<Kernel> kernels;
  for (const KernelCase& one : cases) kernels.push_back(one.kernel);
  return make_kernel_set(kernels, std::vector<bool>(kernels.size(), true), emit);
}

}  // namespace tgc
