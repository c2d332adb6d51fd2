// SPDX-License-Identifier: Apache-2.0
// gpu_from_host, host_from_gpu: the same value in another memory; deep_copy: in memory of its own.
// Passes put them in. The transfers have no lowering: the plan copies between the memories.
#include "graph/builder.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

bool infer_to_gpu(InferContext& context) {
  const auto* name = find_attr<std::string>(context.attributes, "context");
  TGC_CHECK(name != nullptr && !name->empty(), "gpu_from_host: no context is named");
  TGC_CHECK(context.type(0).place.is_host(), "gpu_from_host: the value is not on the host");
  context.output(context.type(0).dtype, context.type(0).shape);
  context.outputs.back().place = {*name};
  if (context.inputs[0]->value) context.output_value(*context.inputs[0]->value);
  return true;
}

bool infer_to_host(InferContext& context) {
  TGC_CHECK(!context.type(0).place.is_host(), "host_from_gpu: the value is on the host");
  context.output(context.type(0).dtype, context.type(0).shape);
  context.outputs.back().place = {};
  if (context.inputs[0]->value) context.output_value(*context.inputs[0]->value);
  return true;
}

bool infer_copy(InferContext& context) {
  context.output(context.type(0).dtype, context.type(0).shape);
  if (context.inputs[0]->value) context.output_value(*context.inputs[0]->value);
  return true;
}

void grad_to_gpu(GradContext& context) {
  context.input_grads[0] = context.builder.call("host_from_gpu", {*context.output_grads[0]});
}

void grad_to_host(GradContext& context) {
  const std::string name = context.graph.type(context.input(0)).place.context;
  context.input_grads[0] =
      context.builder.call("gpu_from_host", {*context.output_grads[0]}, {{"context", name}});
}

void grad_copy(GradContext& context) {
  context.input_grads[0] = context.output_grads[0];
}

void eval(EvalContext& context) {
  context.make_output(0) = *context.inputs[0];
}

void lower_deep_copy(LowerContext& context) {
  lower_to_copy(context, input_ref(0), output_ref(0), context.outputs[0].shape);
}

OpDef common(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.eval = eval;
  op.is_internal = true;
  return op;
}

}  // namespace

std::vector<OpDef> transfer_ops() {
  OpDef to_gpu = common("gpu_from_host", "GpuFromHost", "Copies a value to a GPU's memory.");
  to_gpu.attributes = {{"context", AttrKind::text, true, "the GPU's context"}};
  to_gpu.infer = infer_to_gpu;
  to_gpu.grad = grad_to_gpu;

  OpDef to_host = common("host_from_gpu", "HostFromGpu", "Copies a value to the host's memory.");
  to_host.infer = infer_to_host;
  to_host.grad = grad_to_host;

  OpDef copy = common("deep_copy", "DeepCopyOp", "A copy of a value in memory of its own.");
  copy.infer = infer_copy;
  copy.grad = grad_copy;
  copy.lower = lower_deep_copy;
  copy.examples = {{R"({"op": "deep_copy", "inputs": ["x"]})",
                    R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};
  return {std::move(to_gpu), std::move(to_host), std::move(copy)};
}

}  // namespace tgc
