# SPDX-License-Identifier: Apache-2.0
"""Subtensor, IncSubtensor and their advanced kin."""
from typing import Any, List, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import known_bound, known_dim, measured, out_dtype
from ._sizes import dim_of, index_entries, is_whole, number, numbers, scalar_class


class _Index(object):
    """The attribute `index`, and the inputs it refers to behind the `first` ones of the node."""

    def __init__(self, ex: Exporter, scope: Scope, first: int) -> None:
        self.ex, self.scope, self.first = ex, scope, first
        self.source: Any = None  # the variable that is indexed, for bounds from data
        self.axis = 0
        self.entries: List[Any] = []
        self.operands: List[Any] = []
        self.has_mask = False

    def add(self, entry: Any) -> None:
        axis = self.axis
        is_mask = not isinstance(entry, (tuple, int)) and ancestors.dtype_of(entry) == "bool"
        self.axis += ancestors.rank_of(entry) if is_mask else 1
        if isinstance(entry, tuple):
            texts = self._bounds(entry, axis)
            self.entries.append(":".join(texts[:2] if texts[2] in ("", "1") else texts))
        elif isinstance(entry, int):
            self.entries.append(entry)
        elif ancestors.dtype_of(entry) == "bool":
            if ancestors.rank_of(entry) == 0:
                raise Unsupported("a mask without axes has no counterpart in tgc")
            self.has_mask = True
            self.entries.append({"input": self.first + len(self.operands)})
            self.operands.append(self.ex.operand(entry, self.scope))
        else:
            dim = number(self.ex, entry, self.scope) if ancestors.rank_of(entry) == 0 else None
            if dim is not None:
                self.entries.append(dim.json())
                return
            self.entries.append({"input": self.first + len(self.operands)})
            self.operands.append(self.ex.operand(entry, self.scope))

    def _bounds(self, entry: Any, axis: int) -> List[str]:
        texts = ["" if part is None or not isinstance(part, int) and ancestors.is_none(part) else
                 str(part) if isinstance(part, int) else None for part in entry]
        if texts[2] is None:
            texts[2] = str(known_dim(self.ex, entry[2], self.scope, "a bound of a slice").json())
        forward = self.source is not None and not texts[2].startswith("-")
        for i in (0, 1):
            if texts[i] is None:
                dim = known_bound(self.ex, entry[i], self.scope, lambda: dim_of(
                    self.ex, self.source, axis, self.scope)) if forward else known_dim(
                        self.ex, entry[i], self.scope, "a bound of a slice")
                texts[i] = str(dim.json())
        return [text or "" for text in texts]


def _index(ex: Exporter, scope: Scope, apply: Any, first: int) -> _Index:
    """Indices in op.idx_list, or (Theano's AdvancedSubtensor) among the inputs from `first` on."""
    index = _Index(ex, scope, first)
    index.source = apply.inputs[0]
    if hasattr(apply.op, "idx_list"):
        entries = index_entries(apply.op, apply.inputs, first)
    else:
        entries = [_slice_input(variable) for variable in apply.inputs[first:]]
    for entry in entries:
        index.add(entry)
    return index


def emit_index(ex: Exporter, scope: Scope, op: str, operands: List[Any], entries: List[Any],
               variable: Any) -> Any:
    """A node with the attribute index."""
    index = _Index(ex, scope, len(operands))
    for entry in entries:
        index.add(entry)
    return ex.emit(scope, op, operands + index.operands, [("index", index.entries)], variable)


def _slice_input(variable: Any) -> Any:
    if ancestors.is_constant(variable) and isinstance(variable.data, slice):
        part = variable.data
        return (part.start, part.stop, part.step)
    if variable.owner is not None and ancestors.class_name(variable.owner.op) == "MakeSlice":
        return tuple(variable.owner.inputs)
    return variable


def make_subtensor(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    source = apply.inputs[0]
    if source in scope.loops:
        operand = _loop_result(ex, apply, scope)
        if operand is not None:
            return [operand]
    size = _cast_size(ex, apply, scope)
    if size is not None:
        return [size]
    operand = ex.operand(source, scope)
    if all(is_whole(ex, source, axis, entry, scope)
           for axis, entry in enumerate(index_entries(apply.op, apply.inputs, 1))):
        return [operand]
    places = _stepped(ex, apply, scope, 1)
    if places is not None:
        return [ex.emit(scope, "advanced_subtensor1", [operand, places],
                        variable=apply.outputs[0])]
    index = _index(ex, scope, apply, 1)
    return [ex.emit(scope, "subtensor", [operand] + index.operands, [("index", index.entries)],
                    apply.outputs[0])]


def _stepped(ex: Exporter, apply: Any, scope: Scope, first: int) -> Any:
    """Steps of slices are integers in tgc. Of a vector, whose slice steps by a dim, the places."""
    entries = index_entries(apply.op, apply.inputs, first)
    source = apply.inputs[0]
    if ancestors.rank_of(source) != 1 or len(entries) != 1 or not isinstance(entries[0], tuple):
        return None
    parts = entries[0]
    if parts[2] is None or isinstance(parts[2], int) or ancestors.is_none(parts[2]):
        return None
    step = known_dim(ex, parts[2], scope, "the step of a slice")
    if step.constant() is not None:
        return None
    if not step.at_least(0):
        raise Unsupported("a slice whose step may be negative when the call begins")
    length = dim_of(ex, source, 0, scope)
    begin = _place(ex, parts[0], scope, Dim.number(0))
    end = _place(ex, parts[1], scope, length).smaller(length)
    bounds = [ex.dim_operand(scope, dim) for dim in (begin, end, step)]
    return ex.emit(scope, "arange", bounds, [("dtype", "int64")])


def _place(ex: Exporter, part: Any, scope: Scope, absent: Dim) -> Dim:
    """A bound of a slice that is known not to count from the end, or measured, which checks that."""
    if part is None or isinstance(part, int):
        return absent if part is None else Dim.number(part)
    if ancestors.is_none(part):
        return absent
    place = known_dim(ex, part, scope, "a bound of a slice")
    return place if place.at_least(0) else measured(ex, part, scope, "a bound of a slice")


def _cast_size(ex: Exporter, apply: Any, scope: Scope) -> Any:
    """cast(shape(x))[i] -> cast of the dim: how means get their divisor."""
    if ancestors.rank_of(apply.inputs[0]) != 1 or ancestors.rank_of(apply.outputs[0]) != 0:
        return None
    vector = apply.inputs[0]
    casts = vector.owner is not None and scalar_class(vector.owner.op) == "Cast"
    if casts:
        vector = vector.owner.inputs[0]
    values = numbers(ex, vector, scope) if vector.owner is not None else None
    entries = index_entries(apply.op, apply.inputs, 1)
    if values is None or len(entries) != 1 or isinstance(entries[0], tuple):
        return None
    place = entries[0] if isinstance(entries[0], int) else number(ex, entries[0], scope)
    place = place.constant() if isinstance(place, Dim) else place
    if place is None or not -len(values) <= place < len(values):
        return None
    operand = ex.dim_operand(scope, values[place])
    if out_dtype(apply) == "int64" and not isinstance(operand, int):
        return operand
    return ex.cast(scope, operand, out_dtype(apply))


def _loop_result(ex: Exporter, apply: Any, scope: Scope) -> Any:
    """The states after every step are the loop's buffer without its first rows."""
    states, taps = scope.loops[apply.inputs[0]]
    index = _index(ex, scope, apply, 1)
    first = index.entries[0]
    if first == -1:
        rest = [-1] + index.entries[1:]
    elif first == "%d:" % taps:
        rest = [":"] + index.entries[1:]
    else:
        return None
    while rest and rest[-1] == ":":
        rest.pop()
    if not rest:
        return states
    return ex.emit(scope, "subtensor", [states] + index.operands, [("index", rest)],
                   apply.outputs[0])


def _target_and_value(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """As NumPy's x[i] = y and x[i] += y, the ancestors convert y to the dtype of x."""
    x, y = ex.operands(apply.inputs[:2], scope)
    own, wanted = ancestors.dtype_of(apply.inputs[1]), ancestors.dtype_of(apply.inputs[0])
    rule = "unsafe" if apply.op.set_instead_of_inc and "complex" not in str(own) else "same_kind"
    if not numpy.can_cast(own, wanted, "safe") and numpy.can_cast(own, wanted, rule):
        y = ex.cast(scope, y, str(wanted))
    return [x, y]


def make_inc_subtensor(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operands = _target_and_value(ex, apply, scope)
    places = _stepped(ex, apply, scope, 2)
    if places is not None:
        op = "set" if apply.op.set_instead_of_inc else "inc"
        return [ex.emit(scope, "advanced_%s_subtensor1" % op, operands + [places],
                        variable=apply.outputs[0])]
    index = _index(ex, scope, apply, 2)
    op = "set_subtensor" if apply.op.set_instead_of_inc else "inc_subtensor"
    return [ex.emit(scope, op, operands + index.operands, [("index", index.entries)],
                    apply.outputs[0])]


def make_advanced_subtensor1(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ex.emit(scope, "advanced_subtensor1", ex.operands(apply.inputs, scope),
                    variable=apply.outputs[0])]


def make_advanced_inc_subtensor1(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op = "set" if apply.op.set_instead_of_inc else "inc"
    operands = _target_and_value(ex, apply, scope) + ex.operands(apply.inputs[2:], scope)
    return [ex.emit(scope, "advanced_%s_subtensor1" % op, operands, variable=apply.outputs[0])]


def _new_axes(ex: Exporter, apply: Any, scope: Scope, first: int) -> Tuple[Any, List[Any], Any]:
    """x[:, None, i] -> x[:, None, :][:, :, i]: the operand of x and the entries of the index; the
    order of a dimshuffle that drops the new axes, or None."""
    operand = ex.operand(apply.inputs[0], scope)
    entries = index_entries(apply.op, apply.inputs, first) if hasattr(apply.op, "idx_list") else [
        _slice_input(v) for v in apply.inputs[first:]]
    order: List[Any] = []
    used = 0
    for i, entry in enumerate(entries):
        is_tensor = entry is not None and not isinstance(entry, (tuple, int))
        if entry is None or (is_tensor and ancestors.is_none(entry)):
            order.append("x")
            entries[i] = (None, None, None)
            continue
        width = ancestors.rank_of(entry) if is_tensor and (
            ancestors.dtype_of(entry) == "bool") else 1
        order += list(range(used, used + width))
        used += width
    if "x" not in order:
        return operand, entries, None
    order += list(range(used, ancestors.rank_of(apply.inputs[0])))
    operand = ex.emit(scope, "dimshuffle", [operand], [("order", order)])
    return operand, entries, [i for i, axis in enumerate(order) if axis != "x"]


def make_advanced_subtensor(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operand, entries, back = _new_axes(ex, apply, scope, 1)
    index = _Index(ex, scope, 1)
    index.source = apply.inputs[0] if back is None else None
    for entry in entries:
        index.add(entry)
    op = "advanced_boolean_subtensor" if index.has_mask else "advanced_subtensor"
    return [ex.emit(scope, op, [operand] + index.operands, [("index", index.entries)],
                    apply.outputs[0])]


def make_advanced_inc_subtensor(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if getattr(apply.op, "ignore_duplicates", False):
        raise Unsupported("ignore_duplicates has no counterpart in tgc")
    operand, entries, back = _new_axes(ex, apply, scope, 2)
    index = _Index(ex, scope, 2)
    index.source = apply.inputs[0] if back is None else None
    value = _target_and_value(ex, apply, scope)[1]
    for entry in entries:
        index.add(entry)
    op = "advanced_%s%s_subtensor" % ("boolean_" if index.has_mask else "",
                                      "set" if apply.op.set_instead_of_inc else "inc")
    result = ex.emit(scope, op, [operand, value] + index.operands, [("index", index.entries)],
                     apply.outputs[0] if back is None else None)
    return [result if back is None else
            ex.emit(scope, "dimshuffle", [result], [("order", back)], apply.outputs[0])]


def make_nonzero(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    operand = ex.operand(apply.inputs[0], scope)
    if ancestors.rank_of(apply.outputs[0]) == 1:
        return ex.emit(scope, "nonzero", [operand], variables=apply.outputs)
    # Theano's is one matrix with a row for each axis
    rows = ex.emit(scope, "nonzero", [operand],
                   variables=[None] * ancestors.rank_of(apply.inputs[0]))
    return [ex.emit(scope, "stack", rows, [("axis", 0)], apply.outputs[0])]

