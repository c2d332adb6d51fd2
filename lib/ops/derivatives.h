// SPDX-License-Identifier: Apache-2.0
// What Theano's gradient module builds out of grad(): Lop, Rop, jacobian, hessian. All are further
// nodes of the same Graph. Places of mistakes go through options.locate, by the names of the
// parameters here ("eval_points/0").
#pragma once
#include <optional>
#include <vector>

#include "graph/grad.h"

namespace tgc {

using Derivatives = std::optional<std::vector<VariableId>>;  // nullopt after reporting

// Rows of the Jacobian, combined: for each of `wrt` the sum over f of eval_points^T df/dwrt.
// eval_points has one variable for each of `f`, with its shape.
Derivatives lop(Builder& builder, const std::vector<VariableId>& f,
                const std::vector<VariableId>& wrt, const std::vector<VariableId>& eval_points,
                GradOptions options, Diagnostics& diagnostics);

// Columns of the Jacobian, combined: for each of `f` the sum over wrt of df/dwrt eval_points, that
// is its change along eval_points. eval_points has one variable for each of `wrt`, with its shape.
Derivatives rop(Builder& builder, const std::vector<VariableId>& f,
                const std::vector<VariableId>& wrt, const std::vector<VariableId>& eval_points,
                GradOptions options, Diagnostics& diagnostics);

// For each of `wrt` the derivatives of all elements of `expression`, float of any rank; the shape
// is expression's, then wrt's. One loop over the elements; what does not depend on which stays
// outside of it.
Derivatives jacobian(Builder& builder, VariableId expression, const std::vector<VariableId>& wrt,
                     GradOptions options, Diagnostics& diagnostics);

// For each of `wrt` the second derivatives of scalar `cost`; the shape is wrt's twice.
Derivatives hessian(Builder& builder, VariableId cost, const std::vector<VariableId>& wrt,
                    const GradOptions& options, Diagnostics& diagnostics);

}  // namespace tgc
