// SPDX-License-Identifier: Apache-2.0
// A convolution and its two gradients are one sum of products of an input, filters and an output:
// each op computes one of the three from the other two. So does the gradient of each of them.
#pragma once
#include "ops/conv_geometry.h"

namespace tgc {

enum class ConvRole { input, filters, output };

// What a node of this kind is given, in order, and what it makes.
struct ConvRoles {
  ConvRole first;
  ConvRole second;
  ConvRole result;
};

constexpr ConvRoles kConv{ConvRole::input, ConvRole::filters, ConvRole::output};
constexpr ConvRoles kConvGradWrtInputs{ConvRole::output, ConvRole::filters, ConvRole::input};
constexpr ConvRoles kConvGradWrtWeights{ConvRole::input, ConvRole::output, ConvRole::filters};

void eval_conv(EvalContext& context, const ConvGeometry& geometry, const ConvRoles& roles);
void grad_conv(GradContext& context, const ConvRoles& roles);

}  // namespace tgc
