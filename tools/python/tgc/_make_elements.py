# SPDX-License-Identifier: Apache-2.0
"""Ops by element, what stands for its input, graphs inside ops, and choices."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, number_operand, out_dtype
from ._make_scan import make_scalar_loop
from ._op_table import SCALAR_ROWS
from ._sizes import number


def make_elemwise(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op = getattr(apply.op, "scalar_op", None) or apply.op
    kind = ancestors.class_name(op)
    if kind in ("Composite", "BNComposite"):
        return _inline(ex, apply, op, scope)
    if kind == "ScalarLoop":
        return make_scalar_loop(ex, apply, scope)
    dtype = out_dtype(apply)
    if kind == "Cast":
        same = ancestors.dtype_of(apply.inputs[0]) == dtype
        operand = number_operand(ex, apply.inputs[0], scope)
        return [operand if same else
                ex.emit(scope, "cast", [operand], [("dtype", dtype)], apply.outputs[0])]
    if kind == "InRange":
        ends = [("openlow", bool(op.openlow)), ("openhi", bool(op.openhi))]
        return [ex.emit(scope, "inrange", ex.operands(apply.inputs, scope), ends,
                        apply.outputs[0])]
    if kind not in SCALAR_ROWS:
        raise Unsupported(NO_COUNTERPART)
    row = SCALAR_ROWS[kind]
    operands = ex.operands(apply.inputs, scope)
    dtypes = [ancestors.dtype_of(variable) or "" for variable in apply.inputs]
    if row.op == "identity":
        return operands
    if row.rule == "float" and not any("float" in d or "complex" in d for d in dtypes):
        operands = [ex.cast(scope, operand, dtype) for operand in operands]
        dtypes = [dtype] * len(dtypes)
    if len(operands) == 1 and row.op in ("add", "mul", "and_", "or_", "maximum", "minimum"):
        return operands
    if _predicted(row.rule, dtypes) == dtype:
        return [ex.emit(scope, row.op, operands, variable=apply.outputs[0])]
    raw = ex.emit(scope, row.op, operands)
    return [ex.emit(scope, "cast", [raw], [("dtype", dtype)], apply.outputs[0])]


def _predicted(rule: str, dtypes: List[str]) -> str:
    """The dtype tgc gives the result."""
    if rule in ("bool", "float64"):
        return rule
    if rule == "same":
        return dtypes[0]
    if rule == "part":
        return {"complex64": "float32", "complex128": "float64"}.get(dtypes[0], dtypes[0])
    result = numpy.dtype(dtypes[1] if rule == "last" else dtypes[0])
    for dtype in dtypes[1:]:
        result = numpy.promote_types(result, dtype)
    if rule == "complex":
        return "complex128" if result.itemsize > 4 or result.name.endswith("int32") else "complex64"
    return result.name


def _inline(ex: Exporter, apply: Any, op: Any, scope: Scope) -> List[Any]:
    """Writes the graph inside op in its place."""
    inputs, outputs = ancestors.inner_graph(op)
    inner = Scope(scope.nodes, scope.inside)
    for variable, outer in zip(inputs, apply.inputs):
        value = number(ex, outer, scope)
        if value is not None and ancestors.rank_of(outer) == 0:
            inner.numbers[variable] = value
        if ancestors.is_constant(outer) or outer in scope.constants:
            inner.constants[variable] = scope.constants.get(outer, outer)
        inner.values[variable] = ex.operand(outer, scope)
    ex.walk(outputs, inner)
    return ex.operands(outputs, inner)


def make_inline(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _inline(ex, apply, apply.op, scope)


def make_alias(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.operand(apply.inputs[0], scope)]


def make_transfer(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """A graph file names no devices: a bundle runs on the one it is opened for."""
    for variable in list(apply.inputs) + list(apply.outputs):
        context = getattr(variable.type, "context_name", None)
        if context not in (None, "cpu"):
            ex.contexts.add(str(context))
    return [ex.operand(apply.inputs[0], scope)]


def make_ifelse(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operands = ex.operands(apply.inputs, scope)
    if len(apply.outputs) == 1:
        return [ex.emit(scope, "ifelse", operands, variable=apply.outputs[0])]
    return ex.emit(scope, "ifelse", operands, variables=apply.outputs)
