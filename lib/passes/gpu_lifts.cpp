// SPDX-License-Identifier: Apache-2.0
// local_gpua_...: moves one Apply to the GPU.
//   f(host_from_gpu(x), y)  ->  host_from_gpu(f(x, gpu_from_host(y)))
// An Apply moves when one of its inputs comes from the GPU, or when all its results go there. The
// rows of the table differ only in the ops they move, so that excluding a name leaves those ops on
// the host, between transfers. Integers whose value is known before the call (sizes and arithmetic
// on them) never move.
// Relies on: place_shared. Guarantees: all inputs of an Apply on the GPU are there, but for
// constants of rank 0, which kernels hold as literals.
#include <algorithm>

#include "passes/gpu_transfer.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

bool has_known_value(const Graph& graph, const Apply& apply) {
  return std::any_of(apply.outputs.begin(), apply.outputs.end(),
                     [&](VariableId output) { return graph.variable(output).value.has_value(); });
}

bool is_on_gpu(const Graph& graph, const Apply& apply) {
  return std::any_of(apply.outputs.begin(), apply.outputs.end(),
                     [&](VariableId output) { return !graph.type(output).place.is_host(); });
}

bool goes_to_gpu(const Graph& graph, const Apply& apply) {
  return std::all_of(apply.outputs.begin(), apply.outputs.end(), [&](VariableId output) {
    const auto uses = graph.uses(output);
    return !uses.empty() && std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
      return use.apply.valid() && graph.apply(use.apply).op->name == "gpu_from_host";
    });
  });
}

bool should_move(const Graph& graph, const Apply& apply) {
  if (is_on_gpu(graph, apply) || has_known_value(graph, apply)) return false;
  const bool comes_from_gpu = std::any_of(
      apply.inputs.begin(), apply.inputs.end(),
      [&](VariableId input) { return made_by(graph, input, "host_from_gpu") != nullptr; });
  return comes_from_gpu || goes_to_gpu(graph, apply);
}

bool is_literal(const Graph& graph, VariableId id) {
  const Variable& variable = graph.variable(id);
  return variable.kind == VariableKind::constant && variable.type.rank() == 0;
}

// float32 sums are carried in float32 on the GPU, where float64 is slow (Theano's choice).
Attributes attributes_on_gpu(const Rewrite& rewrite) {
  Attributes attributes = rewrite.apply.attributes;
  const auto* carry = find_attr<DType>(attributes, "acc_dtype");
  if (carry == nullptr || *carry != DType::float64) return attributes;
  if (rewrite.graph.type(rewrite.input(0)).dtype == DType::float32) {
    attributes.insert_or_assign("acc_dtype", DType::float32);
  }
  return attributes;
}

Replacements lift(Rewrite& rewrite) {
  if (!should_move(rewrite.graph, rewrite.apply)) return {};
  std::vector<VariableId> inputs;
  // the known value of a second input is in the attribute `shape`
  const bool is_reshape = rewrite.apply.op->name == "reshape";
  const size_t count = is_reshape ? 1 : rewrite.apply.inputs.size();
  bool all_literal = true;
  for (size_t i = 0; i < count; ++i) {
    all_literal = all_literal && is_literal(rewrite.graph, rewrite.input(i));
  }
  for (size_t i = 0; i < count; ++i) {
    const VariableId input = rewrite.input(i);
    const bool stays = is_literal(rewrite.graph, input) && !all_literal;
    inputs.push_back(stays ? input : on_gpu(rewrite.builder, input));
  }
  if (inputs.empty()) return {};
  const ApplyId made = rewrite.builder.add(rewrite.apply.op->name, inputs,
                                           attributes_on_gpu(rewrite), rewrite.apply.inner);
  const std::vector<VariableId> outputs = rewrite.graph.apply(made).outputs;
  Replacements results;
  for (const VariableId output : outputs) {
    results.push_back(rewrite.builder.call("host_from_gpu", {output}));
  }
  return results;
}

Replacements lift_elemwise(Rewrite& rewrite) {
  const bool fits = rewrite.apply.op->is_elementwise() || rewrite.apply.op->name == "composite";
  return fits ? lift(rewrite) : Replacements{};
}

// Sizes are read from the type; the tensor need not come to the host.
Replacements lift_shape(Rewrite& rewrite) {
  const auto source = argument_of(rewrite.graph, rewrite.input(0), "host_from_gpu");
  if (!source) return {};
  return {rewrite.builder.call(rewrite.apply.op->name, {*source}, rewrite.apply.attributes)};
}

Pass row(std::string_view name, std::vector<std::string_view> ops) {
  return node_pass(name, "f(host_from_gpu(x)) -> host_from_gpu(f(x))", std::move(ops), lift);
}

}  // namespace

std::vector<Pass> gpu_lifts_passes() {
  std::vector<Pass> passes = {
      row("local_gpua_careduce", {"sum", "prod", "max", "min", "all", "any"}),
      row("local_gpu_maxandargmax", {"argmax", "argmin"}),
      row("local_gpua_dimshuffle", {"dimshuffle"}),
      row("local_gpua_reshape", {"reshape"}),
      row("local_gpuaalloc", {"alloc"}),
      row("local_gpua_join", {"join"}),
      row("local_gpua_split", {"split"}),
      row("local_gpua_subtensor", {"diagonal_subtensor", "subtensor"}),
      row("local_gpua_subtensor_graph", {"subtensor"}),
      row("local_gpua_inc_subtensor", {"inc_diagonal_subtensor", "inc_subtensor", "set_subtensor"}),
      row("local_gpua_advanced_subtensor", {"advanced_subtensor"}),
      row("local_gpua_advanced_subtensor1", {"advanced_subtensor1"}),
      row("local_gpua_advanced_incsubtensor1",
          {"advanced_inc_subtensor", "advanced_set_subtensor", "advanced_inc_subtensor1",
           "advanced_set_subtensor1"}),
      row("local_gpua_dot22", {"dot22", "dot"}),
      row("local_gpua_dot22scalar", {"dot22scalar"}),
      row("local_gpua_gemm", {"gemm"}),
      row("local_gpua_gemv", {"gemv"}),
      row("local_gpua_ger", {"ger"}),
      row("local_gpua_gemmbatch", {"batched_dot"}),
      row("local_gpua_abstractconv",
          {"conv2d", "conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights", "conv3d",
           "conv3d_grad_wrt_inputs", "conv3d_grad_wrt_weights"}),
      row("local_gpua_lift_abstractconv_graph",
          {"conv2d", "conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights", "conv3d",
           "conv3d_grad_wrt_inputs", "conv3d_grad_wrt_weights"}),
      row("local_abstractconv_gemm", {"conv2d"}),
      row("local_abstractconv_gradweights_gemm", {"conv2d_grad_wrt_weights"}),
      row("local_abstractconv_gradinputs", {"conv2d_grad_wrt_inputs"}),
      row("local_gpu_pool", {"pool", "pool_2d", "pool_3d"}),
      row("local_gpu_max_pool_grad", {"max_pool_grad"}),
      row("local_gpu_average_pool_grad", {"average_pool_grad"}),
      row("local_gpu_downsample_factor_max_grad_grad", {"max_pool_grad_grad"}),
      row("local_gpu_max_pool_rop", {"max_pool_rop"}),
      row("local_gpu_ctc", {"ctc", "ctc_grad"}),
      row("local_gpua_mrg", {"mrg_uniform", "philox_words"}),
      row("local_gpua_mrg_graph", {"mrg_uniform", "philox_words"}),
      row("local_gpua_multinomial", {"multinomial_from_uniform"}),
      row("local_gpua_multinomial_wor", {"choice_from_uniform"}),
      row("local_gpua_cumop", {"cumprod", "cumsum"}),
      row("local_gpu_extract_diag", {"diagonal"}),
      row("local_gpua_assert", {"assert"}),
      row("local_gpua_assert_graph", {"assert"}),
      row("local_gpua_images2neibs", {"images2neibs", "images2neibs_grad"}),
      row("local_gpua_softmax", {"softmax", "softmax_grad", "log_softmax"}),
      row("local_gpua_softmaxwithbias", {"softmax_with_bias"}),
      row("local_gpua_crossentropysoftmaxargmax1hotwithbias",
          {"crossentropy_softmax_argmax_1hot_with_bias"}),
      row("local_gpua_crossentropysoftmax1hotwithbiasdx",
          {"crossentropy_softmax_1hot_with_bias_dx"}),
      row("local_gpu_crossentropycategorical1hot", {"crossentropy_categorical_1hot"}),
      row("local_gpu_crossentropycategorical1hotgrad", {"crossentropy_categorical_1hot_grad"}),
  };
  passes.push_back(node_pass("local_gpua_elemwise",
                             "elementwise f(host_from_gpu(x)) -> host_from_gpu(f(x))", {},
                             lift_elemwise));
  passes.push_back(node_pass("local_gpua_shape", "shape(host_from_gpu(x)) -> shape(x)",
                             {"shape", "shape_i"}, lift_shape));
  passes.push_back(node_pass("local_gpua_shape_graph", "shape(host_from_gpu(x)) -> shape(x)",
                             {"shape", "shape_i"}, lift_shape));
  return passes;
}

}  // namespace tgc
