# SPDX-License-Identifier: Apache-2.0
"""Softmax, cross entropy and batch normalisation, with their gradients."""
from typing import Any, List, Optional

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import axes_of, dims_of, fixed_numbers, json_dims, known_dims
from ._sizes import dim_of


def _by_rows(ex: Exporter, apply: Any, scope: Scope, op: str) -> List[Any]:
    """Softmax over any axes as softmax over the rows of a matrix."""
    operands = ex.operands(apply.inputs, scope)
    source = apply.inputs[0]
    rank = ancestors.rank_of(source)
    axes = axes_of(apply.op.axis) if hasattr(apply.op, "axis") else [rank - 1]
    axes = list(range(rank)) if axes is None else sorted(a % rank for a in axes)
    if rank == 2 and axes == [1]:
        return [ex.emit(scope, op, operands, variable=apply.outputs[0])]
    order = [a for a in range(rank) if a not in axes] + axes
    dims = dims_of(ex, source, scope)
    width = Dim.number(1)
    for axis in axes:
        width = width.times(dims[axis])
    height = Dim.number(1)
    for axis in order[:rank - len(axes)]:
        height = height.times(dims[axis])
    rows = []
    for operand in operands:
        if order != list(range(rank)):
            operand = ex.emit(scope, "dimshuffle", [operand], [("order", order)])
        rows.append(ex.emit(scope, "reshape", [operand], [("shape", json_dims([height, width]))]))
    result = ex.emit(scope, op, rows)
    if order == list(range(rank)):
        return [ex.emit(scope, "reshape", [result], [("shape", json_dims(dims))], apply.outputs[0])]
    result = ex.emit(scope, "reshape", [result], [("shape", json_dims([dims[a] for a in order]))])
    back = [order.index(a) for a in range(rank)]
    return [ex.emit(scope, "dimshuffle", [result], [("order", back)], apply.outputs[0])]


def make_softmax(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _by_rows(ex, apply, scope, "softmax")


def make_log_softmax(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _by_rows(ex, apply, scope, "log_softmax")


def make_softmax_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _by_rows(ex, apply, scope, "softmax_grad")


def make_softmax_with_bias(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "softmax_with_bias", ex.operands(apply.inputs, scope),
                    variable=apply.outputs[0])]


def make_crossentropy_1hot(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "crossentropy_categorical_1hot", ex.operands(apply.inputs, scope),
                    variable=apply.outputs[0])]


def make_crossentropy_1hot_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "crossentropy_categorical_1hot_grad",
                    ex.operands(apply.inputs, scope), variable=apply.outputs[0])]


def make_crossentropy_softmax(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(x, b, y) -> -log(softmax(x + b))[y], softmax(x + b), the largest column as y's dtype."""
    x, b, y = ex.operands(apply.inputs, scope)
    rows = ex.emit(scope, "add", [x, b])
    result = ex.emit(scope, "softmax", [rows], variable=apply.outputs[1])
    loss = ex.emit(scope, "crossentropy_categorical_1hot", [result, y], variable=apply.outputs[0])
    place = ex.emit(scope, "argmax", [rows], [("axis", [1])])
    return [loss, result, ex.cast(scope, place, ancestors.dtype_of(apply.outputs[2]) or "")]


def make_crossentropy_softmax_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(dy, softmax, y) -> dy[:, None] (softmax - onehot(y))."""
    dy, result, y = ex.operands(apply.inputs, scope)
    width = ex.dim_operand(scope, dim_of(ex, apply.inputs[1], 1, scope))
    columns = ex.emit(scope, "arange", [width], [("dtype", "int64")])
    target = ex.emit(scope, "dimshuffle", [y], [("order", [0, "x"])])
    onehot = ex.cast(scope, ex.emit(scope, "eq", [columns, target]),
                     ancestors.dtype_of(apply.inputs[1]) or "")
    weight = ex.emit(scope, "dimshuffle", [dy], [("order", [0, "x"])])
    return [ex.emit(scope, "mul", [weight, ex.emit(scope, "sub", [result, onehot])],
                    variable=apply.outputs[0])]


def _constant(variable: Any) -> Optional[float]:
    """The number a constant scalar holds; epsilon is small enough for tgc to refuse some."""
    if not ancestors.is_constant(variable) or ancestors.rank_of(variable) != 0:
        return None
    return float(ancestors.constant_value(variable))


def _batch_norm_attributes(apply: Any, epsilon: Any) -> Optional[List[Any]]:
    value = _constant(epsilon)
    if value is None or value < 1e-5:
        return None
    return [("axes", [int(a) for a in apply.op.axes]), ("epsilon", value)]


def make_batch_norm_train(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(x, scale, bias, epsilon, factor[, running mean[, running variance]]) -> the result, the
    mean, 1 / deviation[, the new running values], over the op's axes."""
    attributes = _batch_norm_attributes(apply, apply.inputs[3])
    factor = _constant(apply.inputs[4])
    if attributes is not None and factor is not None and len(apply.inputs) != 6:
        return ex.emit(scope, "batch_normalization_train",
                       ex.operands(apply.inputs[:3] + apply.inputs[5:], scope),
                       attributes + [("running_average_factor", factor)],
                       variables=apply.outputs)
    return _batch_norm_of_variables(ex, apply, scope)


def _batch_norm_of_variables(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """The same where epsilon or the factor is computed."""
    axes = [("axis", [int(a) for a in apply.op.axes]), ("keepdims", True)]
    x, scale, bias, epsilon = ex.operands(apply.inputs[:4], scope)
    mean = ex.emit(scope, "mean", [x], axes, apply.outputs[1])
    variance = ex.emit(scope, "var", [x], axes)
    deviation = ex.emit(scope, "sqrt", [ex.emit(scope, "add", [variance, epsilon])])
    inverse = ex.emit(scope, "inv", [deviation], variable=apply.outputs[2])
    centred = ex.emit(scope, "sub", [x, mean])
    scaled = ex.emit(scope, "mul", [centred, ex.emit(scope, "mul", [scale, inverse])])
    results = [ex.emit(scope, "add", [scaled, bias], variable=apply.outputs[0]), mean, inverse]
    if len(apply.inputs) == 5:
        return results
    factor, *running = ex.operands(apply.inputs[4:7], scope)
    count = Dim.number(1)
    for axis in apply.op.axes:
        count = count.times(dim_of(ex, apply.inputs[0], int(axis), scope))
    dtype = ancestors.dtype_of(apply.inputs[0]) or ""
    many, fewer = [ex.cast(scope, ex.dim_operand(scope, d), dtype)
                   for d in (count, count.minus(Dim.number(1)))]
    unbiased = ex.emit(scope, "mul", [ex.emit(scope, "true_div", [many, fewer]), variance])
    kept = ex.emit(scope, "sub", [1, factor])
    for number, (old, new) in enumerate(zip(running, (mean, unbiased))):
        parts = [ex.emit(scope, "mul", [old, kept]), ex.emit(scope, "mul", [new, factor])]
        results.append(ex.emit(scope, "add", parts, variable=apply.outputs[3 + number]))
    return results


def make_batch_norm_inference(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    attributes = _batch_norm_attributes(apply, apply.inputs[5])
    if attributes is not None:
        return [ex.emit(scope, "batch_normalization_test", ex.operands(apply.inputs[:5], scope),
                        attributes, apply.outputs[0])]
    x, scale, bias, mean, variance, epsilon = ex.operands(apply.inputs, scope)
    deviation = ex.emit(scope, "sqrt", [ex.emit(scope, "add", [variance, epsilon])])
    weight = ex.emit(scope, "true_div", [scale, deviation])
    scaled = ex.emit(scope, "mul", [ex.emit(scope, "sub", [x, mean]), weight])
    return [ex.emit(scope, "add", [scaled, bias], variable=apply.outputs[0])]


def make_batch_norm_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(x, dy, scale, mean, 1 / deviation, epsilon) -> gradients of x, scale and bias."""
    return ex.emit(scope, "batch_normalization_train_grad", ex.operands(apply.inputs[:5], scope),
                   [("axes", [int(a) for a in apply.op.axes])], variables=apply.outputs)


def make_images2neibs(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape, step = [known_dims(ex, v, scope, what, 2)
                   for v, what in zip(apply.inputs[1:3], ("its neib_shape", "its neib_step"))]
    attributes = [("neib_shape", json_dims(shape)), ("neib_step", json_dims(step)),
                  ("mode", apply.op.mode)]
    return [ex.emit(scope, "images2neibs", [ex.operand(apply.inputs[0], scope)], attributes,
                    apply.outputs[0])]


def make_prepend(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(scalar, matrix), or (matrix) where the op holds the scalar -> the scalar in front of each
    row."""
    if len(apply.inputs) == 2:
        value, matrix = ex.operands(apply.inputs, scope)
    else:
        data = numpy.asarray(getattr(apply.op.val, "data", apply.op.val))
        value, matrix = ex.constant(data), ex.operand(apply.inputs[0], scope)
    return [ex.emit(scope, "prepend_scalar_to_each_row", [value, matrix],
                    variable=apply.outputs[0])]


def _diagonal(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [(name, fixed_numbers(ex, variable, scope, name)[0])
            for name, variable in zip(("i0", "i1"), apply.inputs[1:3])]


def make_diagonal_subtensor(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "diagonal_subtensor", [ex.operand(apply.inputs[0], scope)],
                    _diagonal(ex, apply, scope), apply.outputs[0])]


def make_inc_diagonal_subtensor(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operands = ex.operands([apply.inputs[0], apply.inputs[3]], scope)
    return [ex.emit(scope, "inc_diagonal_subtensor", operands, _diagonal(ex, apply, scope),
                    apply.outputs[0])]


def make_sparse_block_gemv(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "sparse_block_gemv", ex.operands(apply.inputs[:5], scope),
                    variable=apply.outputs[0])]


def make_sparse_block_outer(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Theano leaves its last input, alpha, out of the product."""
    return [ex.emit(scope, "sparse_block_outer", ex.operands(apply.inputs[:5], scope),
                    variable=apply.outputs[0])]


def make_ctc(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(activations, labels, lengths) -> costs[, their gradient]."""
    operands = ex.operands(apply.inputs[:3], scope)
    results = [ex.emit(scope, "ctc", operands, variable=apply.outputs[0])]
    if len(apply.outputs) > 1:
        results.append(ex.emit(scope, "ctc_grad", operands, variable=apply.outputs[1]))
    return results
