# SPDX-License-Identifier: Apache-2.0
"""Cumulative ops, diagonals, positions and permutations, checks, and marks on gradients."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import (dims_of, fixed_numbers, json_dims, known_dim, known_dims,
                            number_operand, out_dtype)
from ._make_lists import list_elements
from ._sizes import dim_of, number, numbers


def _one(ex: Exporter, apply: Any, scope: Scope, op: str, attributes: Any = (),
         count: Any = None) -> List[Any]:
    operands = ex.operands(apply.inputs[:count], scope)
    return [ex.emit(scope, op, operands, attributes, apply.outputs[0])]


def make_cumulate(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op, source = apply.op, apply.inputs[0]
    operand = ex.operand(source, scope)
    if ancestors.dtype_of(source) != out_dtype(apply):
        operand = ex.cast(scope, operand, out_dtype(apply))
    mode = getattr(op, "mode", "mul" if "prod" in ancestors.class_name(op).lower() else "add")
    attributes = [] if op.axis is None else [("axis", int(op.axis))]
    return [ex.emit(scope, "cumsum" if mode == "add" else "cumprod", [operand], attributes,
                    apply.outputs[0])]


def make_diff(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, "diff", [("n", int(apply.op.n)), ("axis", int(apply.op.axis))])


def make_repeat(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if ancestors.rank_of(apply.inputs[1]) != 0:
        return [_repeat_each(ex, apply, scope)]
    count = known_dim(ex, apply.inputs[1], scope, "how often it repeats")
    attributes: List[Any] = [("repeats", count.json())]
    if apply.op.axis is not None:
        attributes.append(("axis", int(apply.op.axis)))
    return _one(ex, apply, scope, "repeat", attributes, 1)


def _repeat_each(ex: Exporter, apply: Any, scope: Scope) -> Any:
    """A count for each element: the places of the result's elements are found among the sums of
    the counts."""
    source, counts = apply.inputs
    axis = apply.op.axis
    operand = ex.operand(source, scope)
    length = dim_of(ex, source, int(axis), scope) if axis is not None else Dim.number(1)
    if axis is None:
        for dim in dims_of(ex, source, scope):
            length = length.times(dim)
        operand = ex.emit(scope, "flatten", [operand])
    if ancestors.static_shape(counts)[0] == 1:  # one count for all
        count = known_dims(ex, counts, scope, "how often it repeats", 1)[0]
        return ex.emit(scope, "repeat", [operand],
                       [("repeats", count.json()), ("axis", int(axis or 0))], apply.outputs[0])
    known = numbers(ex, counts, scope)
    size = length.json()
    size = size if isinstance(size, int) or size in ex.names else ex.dim_operand(scope, length)
    values = ex.emit(scope, "identity", [ex.operand(counts, scope)],
                     [("type", {"dtype": ancestors.dtype_of(counts), "shape": [size]})])
    total = Dim.number(0)
    if known is not None:
        for count in known:
            total = total.plus(count)
    else:
        name = ex.unique("size", False)
        ex.emit(scope, "measured_dim", [ex.emit(scope, "sum", [values])], [("size", name)])
        total = Dim.atom(name)
    sums = ex.emit(scope, "cumsum", [values], [("axis", 0)])
    every = ex.emit(scope, "arange", [0, ex.dim_operand(scope, total), 1], [("dtype", "int64")])
    places = ex.emit(scope, "searchsorted", [sums, every], [("side", "right")])
    return ex.emit(scope, "take", [operand, places], [("axis", int(axis or 0))], apply.outputs[0])


# --- diagonals ----------------------------------------------------------------------------------


def _places(op: Any) -> List[Any]:
    return [(name, int(value)) for name, value in
            (("offset", getattr(op, "offset", 0)), ("axis1", getattr(op, "axis1", 0)),
             ("axis2", getattr(op, "axis2", 1)))]


def make_extract_diag(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, "diagonal", _places(apply.op))


def make_alloc_diag(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, "alloc_diag", _places(apply.op))


def make_fill_diagonal(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, "fill_diagonal")


def make_fill_diagonal_offset(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operands = ex.operands(apply.inputs[:2], scope)
    offset = number(ex, apply.inputs[2], scope)
    if offset is not None:
        return [ex.emit(scope, "fill_diagonal_offset", operands, [("offset", offset.json())],
                        apply.outputs[0])]
    operands.append(ex.operand(apply.inputs[2], scope))
    return [ex.emit(scope, "fill_diagonal_offset", operands, variable=apply.outputs[0])]


def make_tri(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    n, m, k = [known_dim(ex, v, scope, "its size") for v in apply.inputs]
    return [ex.emit(scope, "tri", [], [("n", n.json()), ("m", m.json()), ("k", k.json()),
                                       ("dtype", out_dtype(apply))], apply.outputs[0])]


# --- positions ----------------------------------------------------------------------------------


def _dims(ex: Exporter, variable: Any, scope: Scope) -> List[Any]:
    return json_dims(known_dims(ex, variable, scope, "a dim"))


def make_ravel_multi_index(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    attributes = [("dims", _dims(ex, apply.inputs[-1], scope)), ("mode", apply.op.mode),
                  ("order", apply.op.order)]
    return _one(ex, apply, scope, "ravel_multi_index", attributes, -1)


def make_unravel_index(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    attributes = [("dims", _dims(ex, apply.inputs[1], scope)), ("order", apply.op.order)]
    return ex.emit(scope, "unravel_index", [ex.operand(apply.inputs[0], scope)], attributes,
                   variables=apply.outputs)


def make_searchsorted(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    inputs = [v for v in apply.inputs if not ancestors.is_none(v)]
    side = getattr(apply.op, "side", "left")
    return [ex.emit(scope, "searchsorted", ex.operands(inputs, scope), [("side", side)],
                    apply.outputs[0])]


def make_permute_row_elements(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    inverse = getattr(apply.op, "inverse", None)
    if len(apply.inputs) > 2:
        inverse = fixed_numbers(ex, apply.inputs[2], scope, "whether it inverts")[0] if (
            ancestors.rank_of(apply.inputs[2])) else known_dim(
                ex, apply.inputs[2], scope, "whether it inverts").constant()
    return _one(ex, apply, scope, "permute_row_elements", [("inverse", bool(inverse))], 2)


def _rows(ex: Exporter, choices: Any, scope: Scope) -> List[Any]:
    """The rows of a tensor, each an operand."""
    owner = choices.owner
    joined = owner is not None and ancestors.class_name(owner.op) == "Join"
    parts = [v for v in owner.inputs if ancestors.rank_of(v)] if joined else [choices]
    rows = []
    for part in parts:
        count = ancestors.static_shape(part)[0]
        if count is None:
            known = dim_of(ex, part, 0, scope).constant()
            if known is None:
                raise Unsupported("the number of its choices is not constant")
            count = int(known)
        whole = ex.operand(part, scope)
        rows += [ex.emit(scope, "subtensor", [whole], [("index", [i])]) for i in range(count)]
    return rows


def make_choose(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """The choices are rows of one tensor, or elements of a list."""
    if ancestors.dtype_of(apply.inputs[1]) is None:
        rows = ex.operands(list_elements(ex, apply.inputs[1], scope), scope)
    else:
        rows = _rows(ex, apply.inputs[1], scope)
    return [ex.emit(scope, "choose", [ex.operand(apply.inputs[0], scope)] + rows,
                    [("mode", apply.op.mode)], apply.outputs[0])]


def make_bartlett(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    length = known_dim(ex, apply.inputs[0], scope, "its length")
    return [ex.emit(scope, "bartlett", [], [("M", length.json())], apply.outputs[0])]


# --- checks and marks ---------------------------------------------------------------------------


def make_assert(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """A size stays a size: what is asked of it is known before the call."""
    value = apply.inputs[0]
    if ancestors.rank_of(value) == 0 and number(ex, value, scope) is not None:
        return [number_operand(ex, value, scope)]
    message = str(getattr(apply.op, "msg", "") or "the assertion does not hold")
    return _one(ex, apply, scope, "assert", [("message", message)])


def make_raise(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, "raise", [("message", str(apply.op.msg))], 1)


def make_print(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    ex.warn("Print is a copy in tgc%s" % ancestors.created_at(apply.outputs[0]))
    return _one(ex, apply, scope, "print", [("message", str(apply.op.message))])


MARKS = {"ConsiderConstant": "consider_constant", "ZeroGrad": "zero_grad",
         "DisconnectedGrad": "disconnected_grad", "UndefinedGrad": "undefined_grad"}


def make_gradient_mark(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, MARKS[ancestors.class_name(apply.op)])


def make_grad_clip(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    bounds = [("lower", float(numpy.asarray(apply.op.clip_lower_bound))),
              ("upper", float(numpy.asarray(apply.op.clip_upper_bound)))]
    return _one(ex, apply, scope, "grad_clip", bounds)


def make_grad_scale(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _one(ex, apply, scope, "grad_scale", [("multiplier", float(apply.op.multiplier))])


def make_sort(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op = "argsort" if ancestors.class_name(apply.op) == "ArgSortOp" else "sort"
    attributes: List[Any] = [("flat", True)]
    if len(apply.inputs) > 1 and not ancestors.is_none(apply.inputs[1]):
        axis = fixed_numbers(ex, apply.inputs[1], scope, "its axis")[0]
        attributes = [("axis", axis % ancestors.rank_of(apply.inputs[0]))]
    return [ex.emit(scope, op, [ex.operand(apply.inputs[0], scope)], attributes, apply.outputs[0])]


def make_topk(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """The ancestors leave the order of what they find open; tgc's is by size."""
    op = apply.op
    k = known_dim(ex, apply.inputs[1], scope, "k").json()
    attributes: List[Any] = [("k", k), ("axis", op.axis % ancestors.rank_of(apply.inputs[0]))]
    if op.return_indices:
        attributes.append(("idx_dtype", op.idx_dtype))
    names = {(True, True): "topk_and_argtopk", (True, False): "topk", (False, True): "argtopk"}
    return ex.emit(scope, names[bool(op.return_values), bool(op.return_indices)],
                   [ex.operand(apply.inputs[0], scope)], attributes, variables=apply.outputs)


def make_unique(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op = apply.op
    if getattr(op, "axis", None) is not None and ancestors.rank_of(apply.inputs[0]) != 1:
        raise Unsupported("unique along an axis has no counterpart in tgc")
    attributes = [(key, True) for key in ("return_index", "return_inverse", "return_counts")
                  if getattr(op, key, False)]
    return ex.emit(scope, "unique", [ex.operand(apply.inputs[0], scope)], attributes,
                   variables=apply.outputs)
