// SPDX-License-Identifier: Apache-2.0
// See reference_check.h.
#include "tgc/reference_check.h"

#include <algorithm>
#include <cstring>

#include "check/values.h"
#include "json/tensor_archive.h"
#include "support/text.h"
#include "tgc/batches.h"
#include "tgc/run_inputs.h"
#include "tgc/runtime.hpp"

namespace tgc {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const ManifestFunction* choose(const ReferenceOptions& options, const Manifest& manifest,
                               const std::vector<std::string>& names, Diagnostics& diagnostics) {
  std::vector<const ManifestFunction*> fitting;
  for (const ManifestFunction& function : manifest.functions) {
    const bool has_inputs =
        std::all_of(function.inputs.begin(), function.inputs.end(),
                    [&](const ManifestValue& input) { return contains(names, input.name); });
    const bool has_output =
        std::any_of(function.outputs.begin(), function.outputs.end(),
                    [&](const ManifestValue& output) { return contains(names, output.name); });
    if (!options.function.empty() && function.name != options.function) continue;
    if (has_inputs && has_output) fitting.push_back(&function);
  }
  if (fitting.size() == 1) return fitting[0];
  diagnostics
      .error("reference-file",
             options.path + (fitting.empty()
                                 ? " has not all inputs and a result of a function; it has " +
                                       join(names, ", ")
                                 : " fits several functions"))
      .hint = fitting.empty() ? "the members are named as the function's inputs and outputs"
                              : "choose one with --function";
  return nullptr;
}

Tensor tensor_of(const tgc_tensor& value, DType dtype) {
  std::vector<int64_t> dims(value.dims, value.dims + value.rank);
  Tensor tensor(dtype, std::move(dims));
  if (tensor.byte_size() > 0) {
    std::memcpy(tensor.bytes(), value.data, static_cast<size_t>(tensor.byte_size()));
  }
  return tensor;
}

std::vector<Tensor> results_of(const std::string& bundle, const ManifestFunction& function,
                               const std::vector<Tensor>& inputs) {
  EngineOptions options;
  options.device = "cpu";
  const Engine engine(bundle, options);
  Context context(engine);
  Batches whole(inputs, std::vector<bool>(inputs.size(), false), 1, 1);
  std::vector<tgc_tensor> outputs(function.outputs.size());
  context.call(engine.function(function.name), whole.take(0), outputs);
  std::vector<Tensor> results;
  for (size_t i = 0; i < outputs.size(); ++i) {
    results.push_back(
        tensor_of(outputs[i], parse_dtype(function.outputs[i].dtype).value_or(DType::float32)));
  }
  return results;
}

// A result is as good as the coarsest float that the function takes or gives.
DType coarsest_of(const ManifestFunction& function) {
  DType coarsest = DType::float64;
  for (const auto* values : {&function.inputs, &function.outputs}) {
    for (const ManifestValue& value : *values) {
      const DType dtype = real_dtype(parse_dtype(value.dtype).value_or(DType::float64));
      if (is_float(dtype) && dtype_size(dtype) < dtype_size(coarsest)) coarsest = dtype;
    }
  }
  return coarsest;
}

}  // namespace

std::optional<ReferenceVerdict> check_reference(const ReferenceOptions& options,
                                                const std::string& bundle,
                                                Diagnostics& diagnostics) {
  Location where;
  where.file = options.path;
  auto archive = TensorArchive::open(options.path, where, diagnostics);
  const auto manifest = read_manifest(bundle, diagnostics);
  if (!archive || !manifest) return std::nullopt;
  const std::vector<std::string> names = archive->names();
  const ManifestFunction* function = choose(options, *manifest, names, diagnostics);
  if (function == nullptr) return std::nullopt;
  std::vector<InputOption> sources;
  for (const ManifestValue& input : function->inputs) sources.push_back({input.name, options.path});
  const auto inputs = read_inputs(sources, *function, true, diagnostics);
  if (!inputs) return std::nullopt;
  std::vector<Tensor> results;
  try {
    results = results_of(bundle, *function, *inputs);
  } catch (const RuntimeError& error) {
    return ReferenceVerdict{false, error.what()};
  }
  const DType coarsest = coarsest_of(*function);
  for (size_t i = 0; i < results.size(); ++i) {
    const std::string& name = function->outputs[i].name;
    if (!contains(names, name)) continue;
    const auto wanted = archive->read(name, where, diagnostics);
    if (!wanted) return std::nullopt;
    const DType dtype = results[i].dtype();
    const bool is_same_kind = wanted->dims() == results[i].dims();
    const auto difference =
        difference_of(is_same_kind ? wanted->cast_to(dtype) : *wanted, results[i],
                      tolerance_of(dtype, coarsest, options.sloppiness));
    if (difference) return ReferenceVerdict{false, name + ": " + difference->text};
  }
  return ReferenceVerdict{true, ""};
}

}  // namespace tgc
