# SPDX-License-Identifier: Apache-2.0
"""Ops that make, arrange and join tensors; their shapes become attributes."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import (dims_of, fixed_numbers, json_dims, known_dim, known_dims,
                            number_operand, out_dtype)
from ._sizes import dim_of


def make_dimshuffle(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    order = [axis if axis == "x" else int(axis) for axis in apply.op.new_order]
    operand = ex.operand(apply.inputs[0], scope)
    if order == list(range(ancestors.rank_of(apply.inputs[0]))):
        return [operand]
    operand, order = _without_ones(ex, apply.inputs[0], operand, order, scope)
    return [ex.emit(scope, "dimshuffle", [operand], [("order", order)], apply.outputs[0])]


def _without_ones(ex: Exporter, source: Any, operand: Any, order: List[Any], scope: Scope) -> Any:
    """dimshuffle drops axes of length 1 alone. Those whose length is 1 only as the call tells are
    dropped by a reshape before, which checks that. The new operand and the new order."""
    dims = dims_of(ex, source, scope)
    unsure = [i for i, dim in enumerate(dims) if i not in order and dim.constant() != 1]
    if not unsure:
        return operand, order
    kept = [i for i in range(len(dims)) if i not in unsure]
    operand = ex.emit(scope, "reshape", [operand], [("shape", json_dims([dims[i] for i in kept]))])
    return operand, ["x" if axis == "x" else kept.index(axis) for axis in order]


def make_join_dims(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    dims = dims_of(ex, apply.inputs[0], scope)
    first, count = int(apply.op.start_axis), int(apply.op.n_axes)
    joined = Dim.number(1)
    for dim in dims[first:first + count]:
        joined = joined.times(dim)
    shape = dims[:first] + [joined] + dims[first + count:]
    return [ex.emit(scope, "reshape", [ex.operand(apply.inputs[0], scope)],
                    [("shape", json_dims(shape))], apply.outputs[0])]


def make_split_dims(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    dims = dims_of(ex, apply.inputs[0], scope)
    axis = int(apply.op.axis)
    parts = known_dims(ex, apply.inputs[1], scope, "the new shape",
                       ancestors.rank_of(apply.outputs[0]) - len(dims) + 1)
    shape = dims[:axis] + parts + dims[axis + 1:]
    return [ex.emit(scope, "reshape", [ex.operand(apply.inputs[0], scope)],
                    [("shape", json_dims(shape))], apply.outputs[0])]


def make_reshape(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = known_dims(ex, apply.inputs[1], scope, "the new shape",
                       ancestors.rank_of(apply.outputs[0]))
    operand = ex.operand(apply.inputs[0], scope)
    return [ex.emit(scope, "reshape", [operand], [("shape", json_dims(shape))], apply.outputs[0])]


def make_flatten(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operand = ex.operand(apply.inputs[0], scope)
    return [ex.emit(scope, "flatten", [operand], [("ndim", int(apply.op.outdim))],
                    apply.outputs[0])]


def make_shape(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "shape", ex.operands(apply.inputs, scope), variable=apply.outputs[0])]


def make_shape_i(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.dim_operand(scope, dim_of(ex, apply.inputs[0], int(apply.op.i), scope))]


def make_specify_shape(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    source = apply.inputs[0]
    wanted = apply.inputs[1:]
    if len(wanted) == 1 and ancestors.rank_of(wanted[0]) == 1:  # Theano: one vector
        dims = known_dims(ex, wanted[0], scope, "the shape", ancestors.rank_of(source))
    else:
        dims = [dim_of(ex, source, i, scope) if ancestors.is_none(v) else
                known_dim(ex, v, scope, "a dim") for i, v in enumerate(wanted)]
    shape = [name if isinstance(name, int) or name in ex.names else ex.dim_operand(scope, dim)
             for name, dim in zip(json_dims(dims), dims)]
    kind = [("type", {"dtype": out_dtype(apply), "shape": shape})]
    checked = ex.emit(scope, "identity", [ex.operand(source, scope)], kind)
    # What `type` states is checked; a dim that is stated to be 1 also broadcasts from here on.
    return [ex.emit(scope, "reshape", [checked], [("shape", json_dims(dims))], apply.outputs[0])]


def make_rebroadcast(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Dims that are declared to be 1 become the integer 1."""
    source = apply.inputs[0]
    operand = ex.operand(source, scope)
    axes = dict(apply.op.axis)
    static = ancestors.static_shape(source)
    if all(not flag or static[axis] == 1 for axis, flag in axes.items()):
        return [operand]
    dims = [Dim.number(1) if axes.get(i) else dim_of(ex, source, i, scope)
            for i in range(len(static))]
    return [ex.emit(scope, "reshape", [operand], [("shape", json_dims(dims))], apply.outputs[0])]


def make_alloc(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = [known_dim(ex, v, scope, "a dim of its shape") for v in apply.inputs[1:]]
    value = ex.operand(apply.inputs[0], scope)
    return [ex.emit(scope, "alloc", [value], [("shape", json_dims(shape))], apply.outputs[0])]


def make_alloc_empty(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = [known_dim(ex, v, scope, "a dim of its shape") for v in apply.inputs]
    zero = ex.constant(numpy.zeros((), out_dtype(apply)))
    return [ex.emit(scope, "alloc", [zero], [("shape", json_dims(shape))], apply.outputs[0])]


def make_make_vector(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if not apply.inputs:
        return [ex.constant(numpy.zeros((0,), out_dtype(apply)))]
    operands = [number_operand(ex, v, scope) for v in apply.inputs]
    dtypes = [ancestors.dtype_of(v) for v in apply.inputs]
    operands = [o if d == out_dtype(apply) else ex.cast(scope, o, out_dtype(apply))
                for o, d in zip(operands, dtypes)]
    return [ex.emit(scope, "stack", operands, [("axis", 0)], apply.outputs[0])]


def make_join(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if hasattr(apply.op, "axis") and ancestors.rank_of(apply.inputs[0]) > 0:
        axis, parts = int(apply.op.axis), apply.inputs
    else:
        axis, parts = fixed_numbers(ex, apply.inputs[0], scope, "the axis")[0], apply.inputs[1:]
    operands = ex.operands(parts, scope)
    if len(operands) == 1:
        return operands
    return [ex.emit(scope, "join", operands, [("axis", axis)], apply.outputs[0])]


def make_split(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if len(apply.inputs) == 3:
        axis = fixed_numbers(ex, apply.inputs[1], scope, "the axis")[0]
    else:
        axis = int(apply.op.axis)
    sizes = known_dims(ex, apply.inputs[-1], scope, "the length of a part", len(apply.outputs))
    operand = ex.operand(apply.inputs[0], scope)
    return ex.emit(scope, "split", [operand], [("axis", axis), ("sizes", json_dims(sizes))],
                   variables=apply.outputs)


def make_arange(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if any("float" in str(ancestors.dtype_of(v)) and not ancestors.is_constant(v)
           for v in apply.inputs):
        return [_measured_arange(ex, apply, scope)]
    operands = []
    for variable in apply.inputs:
        if ancestors.is_constant(variable):
            operands.append(ex.operand(variable, scope))
        else:
            operands.append(ex.dim_operand(scope, known_dim(ex, variable, scope, "a bound")))
    return [ex.emit(scope, "arange", operands, [("dtype", out_dtype(apply))], apply.outputs[0])]


def _measured_arange(ex: Exporter, apply: Any, scope: Scope) -> Any:
    """Between floats that are data: how many there are is computed as NumPy does, and measured."""
    start, stop, step = [ex.cast(scope, ex.operand(v, scope), "float64") for v in apply.inputs]
    span = ex.emit(scope, "sub", [stop, start])
    count = ex.emit(scope, "ceil", [ex.emit(scope, "true_div", [span, step])])
    count = ex.emit(scope, "maximum", [ex.cast(scope, count, "int64"), 0])
    size = ex.unique("count", False)
    ex.emit(scope, "measured_dim", [count], [("size", size)])
    places = ex.emit(scope, "arange", [size], [("dtype", "float64")])
    values = ex.emit(scope, "add", [start, ex.emit(scope, "mul", [places, step])])
    return ex.emit(scope, "cast", [values], [("dtype", out_dtype(apply))], apply.outputs[0])


def make_eye(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    names = ("n", "m", "k")
    dims = [(n, known_dim(ex, v, scope, n).json()) for n, v in zip(names, apply.inputs)]
    return [ex.emit(scope, "eye", [], dims + [("dtype", out_dtype(apply))], apply.outputs[0])]
