// SPDX-License-Identifier: Apache-2.0
// See legacy_ops.h. Class and function names of theano.sandbox.cuda (removed after Theano 0.9) and
// of theano.gpuarray, with the op of the format that stands for them.
#include "json/legacy_ops.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tgc {
namespace {

struct Entry {
  std::string_view name;
  std::string_view instead;  // "" nothing: transfers and copies are the compiler's work
};

constexpr std::array kEntries = {
    Entry{"CudaNdarrayType", ""},
    Entry{"GpuAdvancedIncSubtensor1", "advanced_inc_subtensor1"},
    Entry{"GpuAdvancedIncSubtensor1_dev20", "advanced_inc_subtensor1"},
    Entry{"GpuAdvancedSubtensor1", "advanced_subtensor1"},
    Entry{"GpuAlloc", "alloc"},
    Entry{"GpuAllocEmpty", "alloc"},
    Entry{"GpuCAReduce", "sum, prod, max or min"},
    Entry{"GpuCAReduceCPY", "sum, prod, max or min"},
    Entry{"GpuCAReduceCuda", "sum, prod, max or min"},
    Entry{"GpuContiguous", ""},
    Entry{"GpuConv", "conv2d"},
    Entry{"GpuCorr3dMM", "conv3d"},
    Entry{"GpuCorr3dMM_gradInputs", "conv3d_grad_wrt_inputs"},
    Entry{"GpuCorr3dMM_gradWeights", "conv3d_grad_wrt_weights"},
    Entry{"GpuCorrMM", "conv2d"},
    Entry{"GpuCorrMM_gradInputs", "conv2d_grad_wrt_inputs"},
    Entry{"GpuCorrMM_gradWeights", "conv2d_grad_wrt_weights"},
    Entry{"GpuCrossentropySoftmaxArgmax1HotWithBias", "softmax and categorical_crossentropy"},
    Entry{"GpuDimShuffle", "dimshuffle"},
    Entry{"GpuDnnConv", "conv2d"},
    Entry{"GpuDnnConvGradI", "conv2d_grad_wrt_inputs"},
    Entry{"GpuDnnConvGradW", "conv2d_grad_wrt_weights"},
    Entry{"GpuDnnPool", "pool_2d"},
    Entry{"GpuDnnSoftmax", "softmax"},
    Entry{"GpuDot22", "dot"},
    Entry{"GpuDot22Scalar", "dot and mul"},
    Entry{"GpuDownsampleFactorMax", "pool_2d"},
    Entry{"GpuElemwise", "the function itself: add, mul, tanh, …"},
    Entry{"GpuEye", "eye"},
    Entry{"GpuFlatten", "flatten"},
    Entry{"GpuFromHost", ""},
    Entry{"GpuGemm", "dot, mul and add"},
    Entry{"GpuGemmBatch", "batched_dot"},
    Entry{"GpuGemv", "dot, mul and add"},
    Entry{"GpuGer", "dot, mul and add"},
    Entry{"GpuIncSubtensor", "inc_subtensor or set_subtensor"},
    Entry{"GpuJoin", "join"},
    Entry{"GpuMaxPoolGrad", "max_pool_grad"},
    Entry{"GpuMaxPoolRop", "max_pool_rop"},
    Entry{"GpuPool", "pool_2d"},
    Entry{"GpuReshape", "reshape"},
    Entry{"GpuShape", "shape"},
    Entry{"GpuSoftmax", "softmax"},
    Entry{"GpuSoftmaxWithBias", "add and softmax"},
    Entry{"GpuSplit", "split"},
    Entry{"GpuSubtensor", "subtensor"},
    Entry{"GpuSum", "sum"},
    Entry{"GpuToGpu", ""},
    Entry{"HostFromGpu", ""},
    Entry{"as_cuda_ndarray_variable", ""},
    Entry{"as_gpuarray_variable", ""},
    Entry{"gpu_alloc", "alloc"},
    Entry{"gpu_contiguous", ""},
    Entry{"gpu_from_cuda", ""},
    Entry{"gpu_from_host", ""},
    Entry{"gpu_join", "join"},
    Entry{"gpu_shape", "shape"},
    Entry{"host_from_gpu", ""},
};

constexpr std::array<std::string_view, 4> kModules = {
    "theano.sandbox.cuda.", "theano.sandbox.gpuarray.", "theano.gpuarray.", "sandbox.cuda."};

// "GpuElemwise{add,no_inplace}" and "theano.sandbox.cuda.basic_ops.GpuElemwise" -> "GpuElemwise".
std::string_view bare_name(std::string_view name) {
  name = name.substr(0, name.find('{'));
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

// What other libraries, operators and Theano's own printed graphs call an op.
constexpr std::array<std::pair<std::string_view, std::string_view>, 36> kForeign = {{
    {"+", "add"},
    {"-", "sub"},
    {"*", "mul"},
    {"/", "true_div"},
    {"//", "int_div"},
    {"**", "pow"},
    {"@", "dot"},
    {"==", "eq"},
    {"<", "lt"},
    {">", "gt"},
    {"absolute", "abs_"},
    {"cat", "join"},
    {"concat", "join"},
    {"concatenate", "join"},
    {"divide", "true_div"},
    {"dot22", "dot"},
    {"equal", "eq"},
    {"expand_dims", "dimshuffle"},
    {"gemm", "dot"},
    {"greater", "gt"},
    {"greater_equal", "ge"},
    {"inplacedimshuffle", "dimshuffle"},
    {"less", "lt"},
    {"less_equal", "le"},
    {"matmul", "dot"},
    {"max_pool_2d", "pool_2d"},
    {"maxpool", "pool_2d"},
    {"mm", "dot"},
    {"multiply", "mul"},
    {"negative", "neg"},
    {"permute", "dimshuffle"},
    {"power", "pow"},
    {"square", "sqr"},
    {"subtract", "sub"},
    {"unsqueeze", "dimshuffle"},
    {"where", "switch"},
}};

}  // namespace

std::string foreign_op(std::string_view name) {
  for (const auto prefix : {"Elemwise{", "Sum{", "CAReduce{"}) {  // "Elemwise{tanh,no_inplace}"
    if (!name.starts_with(prefix)) continue;
    if (name[0] == 'S') return "sum";
    name.remove_prefix(std::string_view(prefix).size());
    name = name.substr(0, name.find_first_of(",}"));
  }
  std::string bare(bare_name(name));
  for (char& c : bare) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto& [foreign, op] : kForeign) {
    if (foreign == bare) return std::string(op);
  }
  return bare == name ? "" : bare;
}

LegacyOp find_legacy_op(std::string_view name) {
  const bool from_module = std::any_of(kModules.begin(), kModules.end(),
                                       [&](auto module) { return name.starts_with(module); });
  const std::string_view bare = bare_name(name);
  const auto* entry = std::find_if(kEntries.begin(), kEntries.end(),
                                   [&](const Entry& e) { return e.name == bare; });
  const bool looks_so =
      bare.size() > 3 && bare.starts_with("Gpu") && bare[3] >= 'A' && bare[3] <= 'Z';
  if (entry == kEntries.end() && !from_module && !looks_so) return {};
  LegacyOp result;
  result.found = true;
  result.explanation =
      "belongs to Theano's GPU back-ends (the legacy cuda one or gpuarray), not to the graph "
      "format";
  const size_t brace = name.find('{');
  if (bare == "GpuElemwise" && brace != std::string_view::npos) {  // GpuElemwise{add,no_inplace}
    const std::string_view inner = name.substr(brace + 1);
    result.hint = "write " + std::string(inner.substr(0, inner.find_first_of(",}"))) +
                  "; --target and device choose the GPU";
  } else if (entry != kEntries.end() && !entry->instead.empty()) {
    result.hint = "write " + std::string(entry->instead) + "; --target and device choose the GPU";
  } else if (entry != kEntries.end()) {
    result.hint = "leave it out: transfers are put in by the compiler";
  } else {
    result.hint = "write the op without its Gpu prefix; --target and device choose the GPU";
  }
  return result;
}

}  // namespace tgc
