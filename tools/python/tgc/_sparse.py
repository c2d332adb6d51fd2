# SPDX-License-Identifier: Apache-2.0
"""Sparse matrices in the exporter: tgc knows their parts, data, indices and indptr, as vectors.

SparseValue stands in a scope where a sparse variable of an ancestor would; as_sparse finds or makes
it. An input x becomes x_data, x_indices and x_indptr, and x_columns (csc: x_rows), the size that
these do not tell; so do shared variables and results.
"""
from collections import OrderedDict
from typing import Any, List, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim

FORMATS = ("csr", "csc")


class SparseValue(object):
    """The operands of the parts; `shape` are the Dims of rows and columns."""

    def __init__(self, kind: str, dtype: str, parts: Tuple[Any, Any, Any],
                 shape: List[Dim]) -> None:
        self.format, self.dtype = kind, dtype
        self.data, self.indices, self.indptr = parts
        self.shape = shape

    def parts(self) -> List[Any]:
        return [self.data, self.indices, self.indptr]

    def attributes(self) -> List[Tuple[str, Any]]:
        return [("format", self.format), ("shape", [dim.json() for dim in self.shape])]

    def operand(self) -> Any:
        from ._exporter import Unsupported
        raise Unsupported("it is of a sparse matrix, which only sparse ops take in tgc")

    def with_data(self, data: Any, dtype: str) -> "SparseValue":
        return SparseValue(self.format, dtype, (data, self.indices, self.indptr), self.shape)

    def transposed(self) -> "SparseValue":
        other = "csc" if self.format == "csr" else "csr"
        return SparseValue(other, self.dtype, (self.data, self.indices, self.indptr),
                           self.shape[::-1])


def lines_axis(kind: str) -> int:
    return 0 if kind == "csr" else 1


def as_sparse(ex: Any, variable: Any, scope: Any) -> SparseValue:
    """The parts of a sparse variable, whose nodes are written if need be."""
    from ._exporter import Skipped, Unsupported
    if variable in scope.values:
        return scope.values[variable]
    if variable in ex.sparse:
        return ex.sparse[variable]
    if variable in scope.failed:
        raise Skipped()
    if ancestors.is_constant(variable):
        return _of_value(ex, variable, variable.data, None)
    if ancestors.is_shared(variable):
        return declare_sparse_shared(ex, variable)
    if variable.owner is None:
        raise Unsupported("needs %s, which is not among the inputs" % ex.title(variable))
    ex.build(variable.owner, scope)
    if variable in scope.failed:
        raise Skipped()
    return scope.values[variable]


def _kind_of(variable: Any) -> str:
    from ._exporter import Unsupported
    kind = ancestors.sparse_format(variable)
    if kind not in FORMATS:
        raise Unsupported("a sparse matrix of format %s has no counterpart in tgc" % kind)
    return str(kind)


def _of_value(ex: Any, variable: Any, value: Any, names: Any) -> SparseValue:
    """Of a SciPy matrix: constants, or with `names` shared variables."""
    kind = _kind_of(variable)
    arrays = [numpy.asarray(value.data), numpy.asarray(value.indices), numpy.asarray(value.indptr)]
    if names is None:
        parts = [ex.constant(array) for array in arrays]
    else:
        for name, array in zip(names, arrays):
            ex.shared[name] = array
        parts = names
    return SparseValue(kind, arrays[0].dtype.name, (parts[0], parts[1], parts[2]),
                       [Dim.number(size) for size in value.shape])


def part_names(ex: Any, variable: Any, fallback: str) -> List[str]:
    base = ex.identifier(variable.name or fallback)
    while any(base + end in ex.names for end in ("_data", "_indices", "_indptr")):
        base = ex.unique(base, False)
    return [ex.unique(base + end) for end in ("_data", "_indices", "_indptr")]


def declare_sparse_shared(ex: Any, variable: Any, value: Any = None) -> SparseValue:
    if variable not in ex.sparse:
        value = ancestors.shared_value(variable) if value is None else value
        names = part_names(ex, variable, "shared")
        ex.sparse[variable] = _of_value(ex, variable, value, names)
        ex.sparse_names[variable] = names
    return ex.sparse[variable]


def declare_sparse_input(ex: Any, variable: Any) -> None:
    if variable in ex.sparse:
        return
    kind = _kind_of(variable)
    names = part_names(ex, variable, "input")
    base = names[0][:-len("_data")]
    static = ancestors.static_shape(variable) or (None, None)  # Theano's tell nothing
    lines, across = lines_axis(kind), 1 - lines_axis(kind)
    count = ex.unique(base + "_count")
    shape = [Dim.number(size or 0) for size in static]
    if static[lines] is None:
        length = ex.unique(base + "_indptr_0")
        shape[lines] = Dim.atom(length).minus(Dim.number(1))
    else:
        length = static[lines] + 1
    if static[across] is None:
        size = ex.unique(base + ("_columns" if kind == "csr" else "_rows"))
        shape[across] = Dim.atom(size)
        names.append(size)
    dtype = str(variable.type.dtype)
    for name, kind_of_part, dim in zip(names, (dtype, "int32", "int32"), (count, count, length)):
        ex.inputs[name] = OrderedDict([("dtype", kind_of_part), ("shape", [dim])])
    if len(names) > 3:
        ex.inputs[names[3]] = OrderedDict([("dtype", "int64"), ("shape", [])])
    ex.sparse[variable] = SparseValue(kind, dtype, (names[0], names[1], names[2]), shape)
    ex.sparse_names[variable] = names
