# SPDX-License-Identifier: Apache-2.0
"""Convolution and pooling, with their gradients."""
from typing import Any, List, Optional

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, dims_of, fixed_numbers, json_dims, known_dims
from ._sizes import numbers, scalar_class


def _rank(apply: Any) -> int:
    return int(getattr(apply.op, "convdim", 3 if "3d" in ancestors.class_name(apply.op) else 2))


def _op(apply: Any, suffix: str = "") -> str:
    rank = _rank(apply)
    if rank not in (2, 3):
        raise Unsupported("a convolution of %d axes %s" % (rank, NO_COUNTERPART))
    return "conv%dd%s" % (rank, suffix)


def _border(mode: Any) -> Any:
    """Pads as integers; pairs for all axes where one has a pair."""
    if isinstance(mode, str):
        return mode
    if not isinstance(mode, (tuple, list)):
        return int(mode)
    if not any(isinstance(side, (tuple, list)) for side in mode):
        return [int(side) for side in mode]
    return [[int(s) for s in side] if isinstance(side, (tuple, list)) else [int(side)] * 2
            for side in mode]


def _convolution(apply: Any) -> List[Any]:
    op = apply.op
    ones = (1,) * _rank(apply)
    attributes: List[Any] = []
    if op.border_mode != "valid":
        attributes.append(("border_mode", _border(op.border_mode)))
    if tuple(op.subsample) != ones:
        attributes.append(("subsample", [int(step) for step in op.subsample]))
    if not getattr(op, "filter_flip", False):  # CorrMM never flips
        attributes.append(("filter_flip", False))
    if tuple(getattr(op, "filter_dilation", ones)) != ones:
        attributes.append(("filter_dilation", [int(step) for step in op.filter_dilation]))
    if int(getattr(op, "num_groups", 1)) != 1:
        attributes.append(("num_groups", int(op.num_groups)))
    if getattr(op, "unshared", False):
        attributes.append(("unshared", True))
    return attributes


def _emit(ex: Exporter, apply: Any, scope: Scope, op: str, inputs: List[Any],
          attributes: List[Any]) -> List[Any]:
    """The ancestors give it the dtype of one input, tgc that of both."""
    operands = ex.operands(inputs, scope)
    dtypes = [str(ancestors.dtype_of(variable)) for variable in inputs]
    dtype = ancestors.dtype_of(apply.outputs[0])
    if dtype is None or numpy.result_type(*dtypes).name == dtype:
        return [ex.emit(scope, op, operands, attributes, apply.outputs[0])]
    wide = ex.emit(scope, op, operands, attributes)
    return [ex.emit(scope, "cast", [wide], [("dtype", dtype)], apply.outputs[0])]


def make_conv(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, _op(apply), apply.inputs[:2], _convolution(apply))


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
    return _emit(ex, apply, scope, "conv2d", apply.inputs[:2], attributes)


def _kernel_shape(ex: Exporter, apply: Any, scope: Scope, channels: List[Any]) -> List[Any]:
    if len(apply.inputs) < 3:
        raise Unsupported("its shape is not known when the call begins")
    return channels + json_dims(known_dims(ex, apply.inputs[2], scope, "its shape", _rank(apply)))


def make_conv_grad_weights(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    image, top = apply.inputs[:2]
    unshared = [-1, -1] if getattr(apply.op, "unshared", False) else []
    shape = _kernel_shape(ex, apply, scope, [-1] + unshared + [-1])
    return _emit(ex, apply, scope, _op(apply, "_grad_wrt_weights"), [image, top],
                 _convolution(apply) + [("filter_shape", shape)])


def make_conv_grad_inputs(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    filters, top = apply.inputs[:2]
    shape = _kernel_shape(ex, apply, scope, [-1, -1])
    return _emit(ex, apply, scope, _op(apply, "_grad_wrt_inputs"), [top, filters],
                 _convolution(apply) + [("input_shape", shape)])


def _product(dims: List[Dim]) -> Dim:
    result = Dim.number(1)
    for dim in dims:
        result = result.times(dim)
    return result


def _truth(ex: Exporter, variable: Any, scope: Scope) -> Optional[bool]:
    """A flag, made by "and" and "not" of what is known and what need not be."""
    values = numbers(ex, variable, scope)
    known = values[0].constant() if values is not None and len(values) == 1 else None
    if known is not None:
        return bool(known)
    variable = scope.constants.get(variable, variable)
    if variable.owner is None:
        return None
    kind = scalar_class(variable.owner.op)
    parts = [_truth(ex, part, scope) for part in variable.owner.inputs]
    if kind == "AND":
        return False if False in parts else None if None in parts else True
    if kind == "Invert" or kind == "INVERT":
        return None if parts[0] is None else not parts[0]
    return parts[0] if kind is None and len(parts) == 1 else None


def _is_full(ex: Exporter, variable: Any, scope: Scope) -> bool:
    known = _truth(ex, variable, scope)
    if known is None:
        raise Unsupported("whether it is full is not known when the call begins")
    return known


def _convolve_rows(ex: Exporter, apply: Any, scope: Scope, operands: List[Any],
                   sizes: List[List[Dim]], is_full: bool) -> Any:
    """Each row of a batch with its own kernel: the rows of one image under unshared filters, the
    same along a row."""
    one = Dim.number(1)
    batch, (n, k) = _product(sizes[0][:-1]), [own[-1] for own in sizes]
    length = n.plus(k).minus(one) if is_full else n.minus(k).plus(one)
    x, w = [ex.operand(v, scope) for v in operands]
    x = ex.emit(scope, "reshape", [x], [("shape", json_dims([one, one, batch, n]))])
    w = ex.emit(scope, "reshape", [w], [("shape", json_dims([one, batch, one, one, one, k]))])
    w = ex.emit(scope, "alloc", [w], [("shape", json_dims([one, batch, length, one, one, k]))])
    result = ex.emit(scope, "conv2d", [x, w], [("unshared", True)] +
                     ([("border_mode", "full")] if is_full else []))
    return ex.emit(scope, "reshape", [result], [("shape", json_dims(sizes[0][:-1] + [length]))],
                   apply.outputs[0])


def make_convolve(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """PyTensor's convolution of the last one or two axes, others being independent of each other:
    they become images, filters or, where both have them, groups."""
    image, kernel, mode = apply.inputs
    rank = int(getattr(apply.op, "core_op", apply.op).ndim)
    is_full = _is_full(ex, mode, scope)
    sizes = [dims_of(ex, v, scope) for v in (image, kernel)]
    if "float" not in (ancestors.dtype_of(apply.outputs[0]) or ""):
        raise Unsupported("a convolution of integers %s" % NO_COUNTERPART)
    fixed = [[dim.constant() for dim in own[-rank:]] for own in sizes]
    if not is_full and all(n is not None and k is not None and n < k for n, k in zip(*fixed)):
        image, kernel, sizes = kernel, image, sizes[::-1]
    batches = [_product(own[:-rank]) for own in sizes]
    one = Dim.number(1)
    images, groups = batches[0], None
    if not batches[1].same(one):
        images, groups = one, batches[0].constant()
        known = [own.constant() for own in batches]
        if groups != 1 and None not in known and known[0] != known[1]:
            raise Unsupported("a convolution that broadcasts other axes %s" % NO_COUNTERPART)
        if groups is None and rank == 1:
            return [_convolve_rows(ex, apply, scope, [image, kernel], sizes, is_full)]
        if groups is None:
            raise Unsupported("a convolution of a batch of unknown size with another")
    spatial = [[one] * (2 - rank) + own[-rank:] for own in sizes]
    x = ex.emit(scope, "reshape", [ex.operand(image, scope)],
                [("shape", json_dims([images, one if groups is None else batches[0]] +
                                     spatial[0]))])
    w = ex.emit(scope, "reshape", [ex.operand(kernel, scope)],
                [("shape", json_dims([batches[1], one] + spatial[1]))])
    attributes: List[Any] = [("border_mode", "full")] if is_full else []
    if groups not in (None, 1):
        attributes.append(("num_groups", groups))
    result = ex.emit(scope, "conv2d", [x, w], attributes)
    lead = sizes[0][:-rank] if batches[1].same(one) or groups != 1 else sizes[1][:-rank]
    out = [n.plus(k).minus(one) if is_full else n.minus(k).plus(one)
           for n, k in zip(sizes[0][-rank:], sizes[1][-rank:])]
    return [ex.emit(scope, "reshape", [result], [("shape", json_dims(lead + out))],
                    apply.outputs[0])]


def _pooling(ex: Exporter, apply: Any, scope: Scope, first: int, with_mode: bool) -> List[Any]:
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
    rank = int(getattr(apply.op, "ndim", 2))
    return [ex.emit(scope, "pool_%dd" % rank if rank in (2, 3) else "pool",
                    [ex.operand(apply.inputs[0], scope)], _pooling(ex, apply, scope, 1, True),
                    apply.outputs[0])]


def make_max_pool_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "max_pool_grad", ex.operands(apply.inputs[:3], scope),
                    _pooling(ex, apply, scope, 3, False), apply.outputs[0])]


def make_max_pool_grad_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "max_pool_grad_grad", ex.operands(apply.inputs[:3], scope),
                    _pooling(ex, apply, scope, 3, False), apply.outputs[0])]


def make_max_pool_rop(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "max_pool_rop", ex.operands(apply.inputs[:2], scope),
                    _pooling(ex, apply, scope, 2, False), apply.outputs[0])]


def make_average_pool_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    attributes = _pooling(ex, apply, scope, 2, True)
    attributes.append(("input_shape", json_dims(dims_of(ex, apply.inputs[0], scope))))
    return [ex.emit(scope, "average_pool_grad", [ex.operand(apply.inputs[1], scope)], attributes,
                    apply.outputs[0])]
