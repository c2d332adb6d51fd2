# SPDX-License-Identifier: Apache-2.0
"""Reductions and products of matrices."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, axes_of, out_dtype
from ._op_table import REDUCTIONS


def make_reduce(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    kind = ancestors.class_name(apply.op.scalar_op)
    if kind not in REDUCTIONS:
        raise Unsupported("a reduction by %s %s" % (kind, NO_COUNTERPART))
    return _reduce(ex, apply, scope, ex.operand(apply.inputs[0], scope), REDUCTIONS[kind])


def make_prod_without_zeros(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """The product of all but the zeros."""
    operand = ex.operand(apply.inputs[0], scope)
    one = ex.constant(numpy.ones((), ancestors.dtype_of(apply.inputs[0])))
    is_zero = ex.emit(scope, "eq", [operand, 0])
    return _reduce(ex, apply, scope, ex.emit(scope, "switch", [is_zero, one, operand]), "prod")


def _reduce(ex: Exporter, apply: Any, scope: Scope, operand: Any, op: str) -> List[Any]:
    source, result = ancestors.dtype_of(apply.inputs[0]) or "", out_dtype(apply)
    axes = axes_of(apply.op.axis)
    if axes == [] or ancestors.rank_of(apply.inputs[0]) == 0:
        return [operand if source == result else ex.cast(scope, operand, result)]
    if op in ("all", "any") and source != "bool":
        raise Unsupported("a reduction of bits %s" % NO_COUNTERPART)
    attributes: List[Any] = [] if axes is None else [("axis", axes)]
    if op == "prod" and getattr(apply.op, "no_zeros_in_input", False):
        attributes.append(("no_zeros_in_input", True))
    if op in ("sum", "prod"):
        default = source if "float" in source else "uint64" if source[0] == "u" else "int64"
        if result != default:
            attributes.append(("dtype", result))
        wide = getattr(apply.op, "acc_dtype", None)
        usual = {"float16": "float32", "float32": "float64"}.get(result, result)
        if wide is not None and wide != usual:
            attributes.append(("acc_dtype", wide))
    return [ex.emit(scope, op, [operand], attributes, apply.outputs[0])]


def _position_axes(apply: Any) -> List[Any]:
    axes = axes_of(apply.op.axis)
    whole = axes is None or sorted(axes) == list(range(ancestors.rank_of(apply.inputs[0])))
    return [] if whole else [("axis", axes)]


def make_max_and_argmax(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return ex.emit(scope, "max_and_argmax", [ex.operand(apply.inputs[0], scope)],
                   _position_axes(apply), variables=apply.outputs)


def make_argmax(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "argmax", [ex.operand(apply.inputs[0], scope)], _position_axes(apply),
                    apply.outputs[0])]


def make_dot(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "dot", ex.operands(apply.inputs, scope), variable=apply.outputs[0])]


def _scaled(ex: Exporter, scope: Scope, factor: Any, operand: Any, one: Any) -> Any:
    """factor * operand; `one` is the variable of the factor, which mostly is the constant 1."""
    if ancestors.is_constant(one) and float(ancestors.constant_value(one)) == 1.0:
        return operand
    return ex.emit(scope, "mul", [factor, operand])


def make_gemm(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(z, a, x, y, b) -> b z + a dot(x, y). Rewritten graphs inside loops hold such ops."""
    z, a, x, y, b = ex.operands(apply.inputs, scope)
    product = _scaled(ex, scope, a, ex.emit(scope, "dot", [x, y]), apply.inputs[1])
    kept = _scaled(ex, scope, b, z, apply.inputs[4])
    return [ex.emit(scope, "add", [kept, product], variable=apply.outputs[0])]


def make_gemv(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(y, alpha, A, x, beta) -> beta y + alpha dot(A, x)."""
    return make_gemm(ex, apply, scope)


def make_ger(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """(A, alpha, x, y) -> A + alpha x[:, None] y."""
    matrix, alpha, x, y = ex.operands(apply.inputs, scope)
    column = ex.emit(scope, "dimshuffle", [x], [("order", [0, "x"])])
    product = _scaled(ex, scope, alpha, ex.emit(scope, "mul", [column, y]), apply.inputs[1])
    return [ex.emit(scope, "add", [matrix, product], variable=apply.outputs[0])]


def make_dot22_scalar(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    x, y, a = ex.operands(apply.inputs, scope)
    product = ex.emit(scope, "dot", [x, y])
    return [ex.emit(scope, "mul", [a, product], variable=apply.outputs[0])]


def make_batched_dot(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "batched_dot", ex.operands(apply.inputs, scope),
                    variable=apply.outputs[0])]
