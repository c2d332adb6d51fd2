# SPDX-License-Identifier: Apache-2.0
"""Softmax and cross entropy, convolution and pooling, with their gradients."""
from typing import Any, List

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, axes_of, dims_of, fixed_numbers, json_dims
from ._sizes import dim_of, numbers


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


def _convolution(apply: Any) -> List[Any]:
    op = apply.op
    if getattr(op, "convdim", 2) != 2:
        raise Unsupported("a convolution of %d axes %s" % (op.convdim, NO_COUNTERPART))
    if getattr(op, "unshared", False):
        raise Unsupported("unshared filters have no counterpart in tgc")
    mode = op.border_mode
    attributes: List[Any] = []
    if mode != "valid":
        attributes.append(("border_mode", mode if isinstance(mode, str) else
                           [list(m) if isinstance(m, (tuple, list)) else int(m) for m in mode]
                           if isinstance(mode, (tuple, list)) else int(mode)))
    if tuple(op.subsample) != (1, 1):
        attributes.append(("subsample", [int(step) for step in op.subsample]))
    if not op.filter_flip:
        attributes.append(("filter_flip", False))
    if tuple(getattr(op, "filter_dilation", (1, 1))) != (1, 1):
        attributes.append(("filter_dilation", [int(step) for step in op.filter_dilation]))
    if int(getattr(op, "num_groups", 1)) != 1:
        attributes.append(("num_groups", int(op.num_groups)))
    return attributes


def make_conv2d(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "conv2d", ex.operands(apply.inputs[:2], scope), _convolution(apply),
                    apply.outputs[0])]


def make_conv_op(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Theano's older convolution (nnet.conv.conv2d, signal.conv)."""
    op = apply.op
    logical = [tuple(getattr(op, "imshp_logical", None) or ())[-2:],
               tuple(getattr(op, "kshp_logical", None) or ())]
    actual = [tuple(op.imshp or ())[-2:], tuple(op.kshp or ())]
    if any(any(x is not None for x in a) and a != b for a, b in zip(logical, actual)):
        raise Unsupported("logical shapes have no counterpart in tgc")
    attributes: List[Any] = [("border_mode", "full")] if op.out_mode == "full" else []
    if (op.dx, op.dy) != (1, 1):
        attributes.append(("subsample", [int(op.dx), int(op.dy)]))
    return [ex.emit(scope, "conv2d", ex.operands(apply.inputs[:2], scope), attributes,
                    apply.outputs[0])]


def _kernel_shape(ex: Exporter, apply: Any, scope: Scope, channels: List[Dim]) -> List[Any]:
    sizes = numbers(ex, apply.inputs[2], scope)
    if sizes is None or len(sizes) != 2:
        raise Unsupported("its shape is not known when the call begins")
    return json_dims(channels + sizes)


def make_conv2d_grad_weights(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    image, top = apply.inputs[:2]
    groups = Dim.number(int(getattr(apply.op, "num_groups", 1)))
    depth = dim_of(ex, image, 1, scope).floor_divide(groups)
    channels = [dim_of(ex, top, 1, scope), depth or Dim.number(1)]
    shape = _kernel_shape(ex, apply, scope, channels)
    return [ex.emit(scope, "conv2d_grad_wrt_weights", ex.operands([image, top], scope),
                    _convolution(apply) + [("filter_shape", shape)], apply.outputs[0])]


def make_conv2d_grad_inputs(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    filters, top = apply.inputs[:2]
    groups = Dim.number(int(getattr(apply.op, "num_groups", 1)))
    channels = [dim_of(ex, top, 0, scope), dim_of(ex, filters, 1, scope).times(groups)]
    shape = _kernel_shape(ex, apply, scope, channels)
    return [ex.emit(scope, "conv2d_grad_wrt_inputs", ex.operands([top, filters], scope),
                    _convolution(apply) + [("input_shape", shape)], apply.outputs[0])]


def _pooling(ex: Exporter, apply: Any, scope: Scope, first: int, with_mode: bool) -> List[Any]:
    if int(getattr(apply.op, "ndim", 2)) != 2:
        raise Unsupported("pooling of %d axes %s" % (apply.op.ndim, NO_COUNTERPART))
    window, steps, pad = [fixed_numbers(ex, v, scope, "its window, stride or padding")
                          for v in apply.inputs[first:first + 3]]
    attributes = [("ws", window), ("ignore_border", bool(apply.op.ignore_border))]
    if steps != window:
        attributes.append(("stride", steps))
    if any(pad):
        attributes.append(("pad", pad))
    if with_mode and apply.op.mode != "max":
        attributes.append(("mode", apply.op.mode))
    return attributes


def make_pool(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "pool_2d", [ex.operand(apply.inputs[0], scope)],
                    _pooling(ex, apply, scope, 1, True), apply.outputs[0])]


def make_max_pool_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "max_pool_grad", ex.operands(apply.inputs[:3], scope),
                    _pooling(ex, apply, scope, 3, False), apply.outputs[0])]


def make_max_pool_grad_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "max_pool_grad_grad", ex.operands(apply.inputs[:3], scope),
                    _pooling(ex, apply, scope, 3, False), apply.outputs[0])]


def make_average_pool_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    attributes = _pooling(ex, apply, scope, 2, True)
    attributes.append(("input_shape", json_dims(dims_of(ex, apply.inputs[0], scope))))
    return [ex.emit(scope, "average_pool_grad", [ex.operand(apply.inputs[1], scope)], attributes,
                    apply.outputs[0])]


def make_batch_norm_train(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(x, scale, bias, epsilon, factor[, running mean[, running variance]]) -> the result, the
    mean, 1 / deviation[, the new running values], over the op's axes."""
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
    x, scale, bias, mean, variance, epsilon = ex.operands(apply.inputs, scope)
    deviation = ex.emit(scope, "sqrt", [ex.emit(scope, "add", [variance, epsilon])])
    weight = ex.emit(scope, "true_div", [scale, deviation])
    scaled = ex.emit(scope, "mul", [ex.emit(scope, "sub", [x, mean]), weight])
    return [ex.emit(scope, "add", [scaled, bias], variable=apply.outputs[0])]


def make_batch_norm_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(x, dy, scale, mean, 1 / deviation, epsilon) -> gradients of x, scale and bias."""
    axes = [("axis", [int(a) for a in apply.op.axes]), ("keepdims", True)]
    x, dy, scale, mean, inverse = ex.operands(apply.inputs[:5], scope)
    centred = ex.emit(scope, "sub", [x, mean])
    product = ex.emit(scope, "mul", [dy, centred])
    cube = ex.emit(scope, "mul", [inverse, inverse, inverse])
    slope = ex.emit(scope, "mul", [ex.emit(scope, "mean", [product], axes), cube])
    part = ex.emit(scope, "sub", [ex.emit(scope, "mul", [dy, inverse]),
                                  ex.emit(scope, "mul", [centred, slope])])
    rest = ex.emit(scope, "sub", [part, ex.emit(scope, "mean", [part], axes)])
    weighted = ex.emit(scope, "mul", [product, inverse])
    return [ex.emit(scope, "mul", [scale, rest], variable=apply.outputs[0]),
            ex.emit(scope, "sum", [weighted], axes, apply.outputs[1]),
            ex.emit(scope, "sum", [dy], axes, apply.outputs[2])]
