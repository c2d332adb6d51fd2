# SPDX-License-Identifier: Apache-2.0
"""What the functions that write nodes have in common."""
from typing import Any, List, Optional

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._sizes import dim_of, number, numbers

NO_COUNTERPART = "has no counterpart in tgc"


def out_dtype(apply: Any) -> str:
    dtype = ancestors.dtype_of(apply.outputs[0])
    if dtype is None:
        raise Unsupported("its result is a %s" % apply.outputs[0].type)
    return dtype


def dims_of(ex: Exporter, variable: Any, scope: Scope) -> List[Dim]:
    return [dim_of(ex, variable, i, scope) for i in range(ancestors.rank_of(variable))]


def json_dims(dims: List[Dim]) -> List[Any]:
    return [dim.json() for dim in dims]


def known_dim(ex: Exporter, variable: Any, scope: Scope, what: str) -> Dim:
    dim = number(ex, variable, scope)
    if dim is None:
        dim = measured(ex, variable, scope, what)
    return dim


def measured(ex: Exporter, variable: Any, scope: Scope, what: str) -> Dim:
    """An integer scalar that is computed from data becomes a dim when the function runs."""
    if "int" not in (ancestors.dtype_of(variable) or "") or ancestors.rank_of(variable) != 0:
        raise Unsupported("%s is not known when the call begins" % what)
    size = ex.unique(ex.identifier(variable.name or "size"), False)
    ex.emit(scope, "measured_dim", [ex.operand(variable, scope)], [("size", size)], variable)
    scope.numbers[variable] = Dim.atom(size)
    return scope.numbers[variable]


def known_bound(ex: Exporter, variable: Any, scope: Scope, length: Any) -> Dim:
    """A bound of a slice with a positive step. One that is computed from data is counted from the
    front, as dims are not negative; `length`() is the dim of the axis."""
    dim = number(ex, variable, scope)
    dtype = ancestors.dtype_of(variable) or ""
    if dim is not None or not dtype.startswith("int") or ancestors.rank_of(variable) != 0:
        return known_dim(ex, variable, scope, "a bound of a slice")
    bound = ex.operand(variable, scope)
    from_end = ex.emit(scope, "add", [bound, ex.dim_operand(scope, length())])
    is_negative = ex.emit(scope, "lt", [bound, 0])
    place = ex.emit(scope, "maximum", [ex.emit(scope, "switch", [is_negative, from_end, bound]), 0])
    if place not in scope.measures:
        size = ex.unique(ex.identifier(variable.name or "size"), False)
        ex.emit(scope, "measured_dim", [place], [("size", size)])
        scope.measures[place] = Dim.atom(size)
    return scope.measures[place]


def known_dims(ex: Exporter, variable: Any, scope: Scope, what: str,
               count: Optional[int] = None) -> List[Dim]:
    """The elements of an integer vector, of which there are `count`, as dims."""
    dims = [] if count == 0 else numbers(ex, variable, scope)
    if dims is None:
        dims = _measured_elements(ex, variable, scope, what, count)
    if count is not None and len(dims) != count:
        raise Unsupported("%s has %d elements, not %d" % (what, len(dims), count))
    return dims


def _measured_elements(ex: Exporter, variable: Any, scope: Scope, what: str,
                       count: Optional[int]) -> List[Dim]:
    if ancestors.rank_of(variable) == 0:
        return [measured(ex, variable, scope, what)]
    source = scope.constants.get(variable, variable)
    kind = ancestors.class_name(source.owner.op) if source.owner is not None else None
    if kind == "MakeVector":
        return [known_dim(ex, part, scope, what) for part in source.owner.inputs]
    if kind == "Join":
        parts = [known_dims(ex, part, scope, what) for part in source.owner.inputs[1:]]
        return [dim for part in parts for dim in part]
    length = ancestors.static_shape(variable)[0]
    length = count if length is None else length
    if length is None or "int" not in (ancestors.dtype_of(variable) or ""):
        raise Unsupported("%s is not known when the call begins" % what)
    vector = ex.operand(variable, scope)
    dims = []
    for i in range(length):
        size = ex.unique(ex.identifier(variable.name or "size"), False)
        element = ex.emit(scope, "subtensor", [vector], [("index", [i])])
        ex.emit(scope, "measured_dim", [element], [("size", size)])
        dims.append(Dim.atom(size))
    return dims


def fixed_numbers(ex: Exporter, variable: Any, scope: Scope, what: str) -> List[int]:
    """Integers that the graph holds as constants."""
    values = numbers(ex, variable, scope)
    fixed = [None] if values is None else [value.constant() for value in values]
    if any(value is None for value in fixed):
        raise Unsupported("%s is not constant" % what)
    return [int(value) for value in fixed if value is not None]


def axes_of(axis: Any) -> Optional[List[int]]:
    if axis is None:
        return None
    return [int(a) for a in axis] if isinstance(axis, (tuple, list)) else [int(axis)]


def number_operand(ex: Exporter, variable: Any, scope: Scope) -> Any:
    """A scalar of known value is written as that value, not by the nodes that compute it."""
    if ancestors.rank_of(variable) == 0 and variable.owner is not None:
        value = number(ex, variable, scope)
        if value is not None and ancestors.dtype_of(variable) == "int64":
            return ex.dim_operand(scope, value)
    return ex.operand(variable, scope)
