# SPDX-License-Identifier: Apache-2.0
"""Lists of tensors (typed_list). tgc has no lists: where a graph tells which variables a list holds,
the list is these variables, and ops on it are done when the graph is exported."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Skipped, Unsupported
from ._make_helpers import dims_of, out_dtype
from ._sizes import number


class ListValue(object):
    """`elements` are variables of the ancestor."""

    def __init__(self, elements: List[Any]) -> None:
        self.elements = list(elements)

    def operand(self) -> Any:
        raise Unsupported("it is of a list; a bundle takes and gives its elements one by one")


def list_elements(ex: Exporter, variable: Any, scope: Scope) -> List[Any]:
    if variable in scope.values:
        return list(scope.values[variable].elements)
    if variable in scope.failed:
        raise Skipped()
    if ancestors.is_constant(variable):
        return [_constant(variable, element) for element in variable.data]
    if variable.owner is None:
        raise Unsupported("the list %s comes from outside, so that its length is not known; make "
                          "its elements inputs and the list with make_list" % ex.title(variable))
    ex.build(variable.owner, scope)
    return list_elements(ex, variable, scope)


def _constant(variable: Any, element: Any) -> Any:
    kind = variable.type.ttype
    maker = getattr(kind, "Constant", None) or getattr(kind, "constant_type")
    return maker(kind, numpy.asarray(element))


def _place(ex: Exporter, variable: Any, scope: Scope) -> int:
    value = number(ex, variable, scope)
    known = None if value is None else value.constant()
    if known is None:
        raise Unsupported("the position in its list is not constant")
    return known


def _is_same(ex: Exporter, left: Any, right: Any, scope: Scope) -> Any:
    """True where both are one variable, else a bool scalar that says whether they are equal."""
    a, b = ex.operand(left, scope), ex.operand(right, scope)
    if a == b:
        return True
    sizes = [[dim.json() for dim in dims_of(ex, v, scope)] for v in (left, right)]
    if sizes[0] != sizes[1]:
        raise Unsupported("elements of %s and %s are compared, whose sizes are not known to be "
                          "equal" % (sizes[0], sizes[1]))
    equal = ex.emit(scope, "eq", [a, b])
    return ex.emit(scope, "all", [equal]) if sizes[0] else equal


# --- lists --------------------------------------------------------------------------------------


def make_make_list(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ListValue(apply.inputs)]


def make_list_append(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ListValue(list_elements(ex, apply.inputs[0], scope) + [apply.inputs[1]])]


def make_list_extend(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    left, right = [list_elements(ex, variable, scope) for variable in apply.inputs]
    return [ListValue(left + right)]


def make_list_insert(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    elements = list_elements(ex, apply.inputs[0], scope)
    elements.insert(_place(ex, apply.inputs[1], scope), apply.inputs[2])
    return [ListValue(elements)]


def make_list_reverse(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [ListValue(list_elements(ex, apply.inputs[0], scope)[::-1])]


def make_list_remove(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Of the first element that is equal; the graph tells which where it is the variable itself."""
    elements = list_elements(ex, apply.inputs[0], scope)
    for place, element in enumerate(elements):
        if _is_same(ex, element, apply.inputs[1], scope) is not True:
            raise Unsupported("which element it removes depends on their values")
        del elements[place]
        break
    return [ListValue(elements)]


# --- of lists -----------------------------------------------------------------------------------


def make_list_get_item(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    elements, index = list_elements(ex, apply.inputs[0], scope), apply.inputs[1]
    if ancestors.is_constant(index) and isinstance(index.data, slice):
        return [ListValue(elements[index.data])]
    if ancestors.dtype_of(index) is None:
        raise Unsupported("a slice whose bounds are not constant")
    place = _place(ex, index, scope)
    if not -len(elements) <= place < len(elements):
        raise Unsupported("position %d in a list of %d" % (place, len(elements)))
    element = elements[place]
    if ancestors.dtype_of(element) is None:  # a list or a sparse matrix
        if element.owner is not None and element not in scope.values:
            ex.build(element.owner, scope)
        if element not in scope.values:
            raise Unsupported("its element is a %s" % element.type)
        return [scope.values[element]]
    for known in (scope.sizes, ex.declared_sizes):
        if element in known:
            scope.sizes[apply.outputs[0]] = known[element]
    return [ex.operand(element, scope)]


def make_list_length(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    count = len(list_elements(ex, apply.inputs[0], scope))
    scope.numbers[apply.outputs[0]] = Dim.number(count)
    return [ex.constant(numpy.asarray(count, "int64"))]


def make_list_count(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    dtype = out_dtype(apply)
    total: Any = ex.constant(numpy.asarray(0, dtype))
    for element in list_elements(ex, apply.inputs[0], scope):
        same = _is_same(ex, element, apply.inputs[1], scope)
        one = ex.constant(numpy.asarray(1, dtype)) if same is True else ex.cast(scope, same, dtype)
        total = ex.emit(scope, "add", [total, one])
    return [total]


def make_list_index(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Of the first that is equal; without one the call fails, as it does in Theano."""
    dtype = out_dtype(apply)
    tests = []
    for element in list_elements(ex, apply.inputs[0], scope):
        tests.append(_is_same(ex, element, apply.inputs[1], scope))
        if tests[-1] is True:
            break
    result: Any = ex.constant(numpy.asarray(max(len(tests) - 1, 0), dtype))
    for place in reversed(range(len(tests))):
        if tests[place] is not True:
            result = ex.emit(scope, "switch", [tests[place], ex.constant(
                numpy.asarray(place, dtype)), result])
    if tests and tests[-1] is True:
        return [result]
    found: Any = False
    for test in tests:
        found = test if found is False else ex.emit(scope, "or_", [found, test])
    return [ex.emit(scope, "assert", [result, found],
                    [("message", "the element is not in the list")], apply.outputs[0])]
