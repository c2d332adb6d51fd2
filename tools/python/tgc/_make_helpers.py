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
