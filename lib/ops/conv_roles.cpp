// SPDX-License-Identifier: Apache-2.0
// See conv_roles.h.
#include "ops/conv_roles.h"

#include <array>

#include "graph/builder.h"
#include "ops/conv_lowering.h"

namespace tgc {
namespace {

constexpr size_t kRoles = 3;

size_t number(ConvRole role) {
  return static_cast<size_t>(role);
}

// The node that makes `wanted`, of the type given, from the two others.
VariableId make_role(GradContext& context, ConvRole wanted, const TensorType& type,
                     const std::array<VariableId, kRoles>& values) {
  struct Maker {
    std::string_view suffix;
    std::string_view shape;  // the attribute that holds the result's
    ConvRoles roles;
  };
  static constexpr std::array<Maker, kRoles> kMakers = {
      {{"_grad_wrt_inputs", "input_shape", kConvGradWrtInputs},
       {"_grad_wrt_weights", "filter_shape", kConvGradWrtWeights},
       {"", "", kConv}}};
  const Maker& maker = kMakers[number(wanted)];
  Attributes attributes = conv_attributes_of(context.attributes());
  if (!maker.shape.empty()) attributes[std::string(maker.shape)] = type.shape;
  const size_t rank = conv_rank(*context.graph.apply(context.apply).op);
  return context.builder.call(
      conv_name(rank, maker.suffix),
      {values[number(maker.roles.first)], values[number(maker.roles.second)]}, attributes);
}

}  // namespace

void eval_conv(EvalContext& context, const ConvGeometry& geometry, const ConvRoles& roles) {
  const Tensor& a = *context.inputs[0];
  const Tensor& b = *context.inputs[1];
  Tensor& result = context.make_output(0);
  std::vector<double> sums(static_cast<size_t>(result.size()), 0.0);
  for_each_conv_term(geometry, context.dim, [&](int64_t input, int64_t filter, int64_t output) {
    const std::array<int64_t, kRoles> at = {input, filter, output};
    sums[static_cast<size_t>(at[number(roles.result)])] +=
        a.get_double(at[number(roles.first)]) * b.get_double(at[number(roles.second)]);
  });
  set_all(result, sums);
}

void grad_conv(GradContext& context, const ConvRoles& roles) {
  const std::array<ConvRole, 2> given = {roles.first, roles.second};
  std::array<VariableId, kRoles> values;
  values[number(roles.result)] = *context.output_grads[0];
  for (size_t i = 0; i < given.size(); ++i) values[number(given[i])] = context.input(i);
  for (size_t i = 0; i < given.size(); ++i) {
    if (!context.wanted[i]) continue;
    const TensorType type = context.graph.type(context.input(i));
    context.input_grads[i] =
        context.builder.cast(make_role(context, given[i], type, values), type.dtype);
  }
}

}  // namespace tgc
