# SPDX-License-Identifier: Apache-2.0
"""Ops of sparse matrices. Where tgc has an op on the parts, that is written; what an ancestor builds
from such ops is written with them."""
from typing import Any, List, Optional, Sequence, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import dims_of, json_dims, known_dim, known_dims, out_dtype
from ._sizes import dim_of
from ._sparse import SparseValue, as_sparse

COMPARISONS = {"Equal": ("equal", "eq"), "NotEqual": ("not_equal", "neq"),
               "LessThan": ("less_than", "lt"), "GreaterThan": ("greater_than", "gt"),
               "LessEqual": ("less_equal", "le"), "GreaterEqual": ("greater_equal", "ge")}


class _Named(object):
    """Stands for a variable where a node takes its names and its line from one."""

    def __init__(self, variable: Any, end: str) -> None:
        self.name = variable.name + end if variable.name else None
        self.tag = getattr(variable, "tag", None)


def _kind(apply: Any) -> str:
    return ancestors.class_name(apply.op).split(".")[-1]


def _parts(ex: Exporter, scope: Scope, op: str, operands: Sequence[Any], attributes: Any,
           variable: Any, kind: str, dtype: str, shape: Sequence[Dim]) -> SparseValue:
    """A node that gives the parts of a matrix; `variable`: what it is for, or None."""
    wanted: List[Any] = [None] * 3 if variable is None else [
        _Named(variable, end) for end in ("_data", "_indices", "_indptr")]
    names = ex.emit(scope, op, list(operands), attributes, variables=wanted)
    return SparseValue(kind, dtype, (names[0], names[1], names[2]), list(shape))


def _sparse_dtype(variable: Any) -> str:
    return str(variable.type.dtype)


def _as_dtype(ex: Exporter, scope: Scope, value: SparseValue, dtype: str) -> SparseValue:
    if value.dtype == dtype:
        return value
    return value.with_data(ex.cast(scope, value.data, dtype), dtype)


def _as_format(ex: Exporter, scope: Scope, value: SparseValue, kind: str) -> SparseValue:
    if value.format == kind:
        return value
    op = "csr_from_csc" if kind == "csr" else "csc_from_csr"
    attributes = [("shape", json_dims(value.shape))]
    return _parts(ex, scope, op, value.parts(), attributes, None, kind, value.dtype, value.shape)


def _finished(ex: Exporter, scope: Scope, apply: Any, value: SparseValue) -> List[Any]:
    """In the dtype and format of the Apply's result."""
    variable = apply.outputs[0]
    value = _as_dtype(ex, scope, value, _sparse_dtype(variable))
    return [_as_format(ex, scope, value, str(ancestors.sparse_format(variable)))]


def _promoted(*dtypes: str) -> str:
    result = numpy.dtype(dtypes[0])
    for dtype in dtypes[1:]:
        result = numpy.promote_types(result, dtype)
    return result.name


def _data_op(ex: Exporter, scope: Scope, apply: Any, op: str, value: SparseValue,
             others: List[Any], dtype: str) -> List[Any]:
    """An op that gives the new data of a matrix whose pattern stays."""
    data = ex.emit(scope, op, value.parts() + others, value.attributes(),
                   _Named(apply.outputs[0], "_data"))
    return _finished(ex, scope, apply, value.with_data(data, dtype))


def _dense(ex: Exporter, scope: Scope, value: SparseValue, variable: Any = None) -> Any:
    return ex.emit(scope, "dense_from_sparse", value.parts(), value.attributes(), variable)


def _from_dense(ex: Exporter, scope: Scope, operand: Any, variable: Any, kind: str, dtype: str,
                shape: Sequence[Dim]) -> SparseValue:
    return _parts(ex, scope, kind + "_from_dense", [operand], [], variable, kind, dtype, shape)


def _is_sparse(variable: Any) -> bool:
    return ancestors.sparse_format(variable) is not None


def _turned(ex: Exporter, scope: Scope, operand: Any) -> Any:
    return ex.emit(scope, "dimshuffle", [operand], [("order", [1, 0])])


def _in_dtype(ex: Exporter, scope: Scope, operand: Any, has: str, wanted: str,
              variable: Any) -> Any:
    if has == wanted:
        return operand
    return ex.emit(scope, "cast", [operand], [("dtype", wanted)], variable)


# --- parts --------------------------------------------------------------------------------------


def make_csm(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    data, indices, indptr = ex.operands(apply.inputs[:3], scope)
    shape = known_dims(ex, apply.inputs[3], scope, "its shape", 2)
    parts = [data]
    for operand, variable in ((indices, apply.inputs[1]), (indptr, apply.inputs[2])):
        is_good = "int" in str(ancestors.dtype_of(variable))
        parts.append(operand if is_good else ex.cast(scope, operand, "int32"))
    return [SparseValue(apply.op.format, _sparse_dtype(apply.outputs[0]),
                        (parts[0], parts[1], parts[2]), shape)]


class _Shape(object):
    """The vector of a matrix's sizes, written only where it is asked for as a value."""

    def __init__(self, ex: Exporter, scope: Scope, shape: List[Dim]) -> None:
        self.ex, self.scope, self.shape = ex, scope, shape

    def operand(self) -> Any:
        sizes = [self.ex.dim_operand(self.scope, dim) for dim in self.shape]
        wide = self.ex.emit(self.scope, "stack", sizes)
        return self.ex.cast(self.scope, wide, "int32")


def make_csm_properties(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    return value.parts() + [_Shape(ex, scope, value.shape)]


def _format_of_part(part: Any) -> Optional[str]:
    """The format of the matrix that a vector is csm_data, csm_indices or csm_indptr of."""
    owner = part.owner
    if owner is None or ancestors.class_name(owner.op) != "sparse.CSMProperties":
        return None
    return ancestors.sparse_format(owner.inputs[0])


def make_csm_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """The elements of g at the places of x."""
    if _kind(apply) == "CSMGradC":
        raise Unsupported("it is of a rewritten graph; export the graph as it was written")
    inputs = apply.inputs
    own, other = ex.operands(inputs[1:3], scope), ex.operands(inputs[4:7], scope)
    if own == other[1:]:
        return [other[0]]
    kind = _format_of_part(inputs[4]) or _format_of_part(inputs[1])
    if kind is None:
        raise Unsupported("the format of its matrices is not known")
    shape = known_dims(ex, inputs[3], scope, "the shape of its matrix", 2)
    dtype = out_dtype(apply)
    gradient = SparseValue(kind, dtype, (other[0], other[1], other[2]), shape)
    one = ex.constant(numpy.asarray(1, dtype))
    ones = ex.emit(scope, "fill", [ex.operand(inputs[0], scope), one])
    return [ex.emit(scope, "mul_s_d", [ones] + own + [_dense(ex, scope, gradient)],
                    gradient.attributes(), apply.outputs[0])]


def make_sparse_cast(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _finished(ex, scope, apply, as_sparse(ex, apply.inputs[0], scope))


def make_sparse_neg(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    data = ex.emit(scope, "neg", [value.data], variable=_Named(apply.outputs[0], "_data"))
    return [value.with_data(data, value.dtype)]


def make_sparse_transpose(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [as_sparse(ex, apply.inputs[0], scope).transposed()]


def make_dense_from_sparse(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return [_dense(ex, scope, as_sparse(ex, apply.inputs[0], scope), apply.outputs[0])]


def make_sparse_from_dense(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    source, result = apply.inputs[0], apply.outputs[0]
    return [_from_dense(ex, scope, ex.operand(source, scope), result, apply.op.format,
                        _sparse_dtype(result), dims_of(ex, source, scope))]


def make_same_pattern(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Remove0 and EnsureSortedIndices."""
    value, result = as_sparse(ex, apply.inputs[0], scope), apply.outputs[0]
    op = "remove0" if _kind(apply) == "Remove0" else "ensure_sorted_indices"
    return [_parts(ex, scope, op, value.parts(), value.attributes(), result, value.format,
                   value.dtype, value.shape)]


def make_square_diagonal(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    source, result = apply.inputs[0], apply.outputs[0]
    size = dim_of(ex, source, 0, scope)
    value = _parts(ex, scope, "square_diagonal", [ex.operand(source, scope)], [], result, "csc",
                   _sparse_dtype(result), [size, size])
    return _finished(ex, scope, apply, value)


def make_sparse_from_list(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = known_dims(ex, apply.inputs[0], scope, "its shape", 2)
    value = _parts(ex, scope, "construct_sparse_from_list", ex.operands(apply.inputs[1:], scope),
                   [("shape", json_dims(shape))], apply.outputs[0], "csc",
                   str(ancestors.dtype_of(apply.inputs[1])), shape)
    return _finished(ex, scope, apply, value)


# --- sums and elements --------------------------------------------------------------------------


def make_sp_sum(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    axis = [] if apply.op.axis is None else [("axis", int(apply.op.axis))]
    return [ex.emit(scope, "sp_sum", value.parts(), value.attributes() + axis, apply.outputs[0])]


def make_sparse_diag(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    return [ex.emit(scope, "sparse_diag", value.parts(), value.attributes(), apply.outputs[0])]


def make_with_vector(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """MulSV, StructuredAddSV, ColScaleCSC, RowScaleCSC."""
    ops = {"ColScaleCSC": "col_scale", "RowScaleCSC": "row_scale",
           "StructuredAddSV": "structured_add_s_v"}
    value = as_sparse(ex, apply.inputs[0], scope)
    vector = apply.inputs[1]
    dtype = _promoted(value.dtype, str(ancestors.dtype_of(vector)))
    return _data_op(ex, scope, apply, ops.get(_kind(apply), "mul_s_v"), value,
                    [ex.operand(vector, scope)], dtype)


def make_mul_s_d(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value, dense = as_sparse(ex, apply.inputs[0], scope), apply.inputs[1]
    dtype = _promoted(value.dtype, str(ancestors.dtype_of(dense)))
    return _data_op(ex, scope, apply, "mul_s_d", value, [ex.operand(dense, scope)], dtype)


def make_add_s_d(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value, dense = as_sparse(ex, apply.inputs[0], scope), apply.inputs[1]
    has = _promoted(value.dtype, str(ancestors.dtype_of(dense)))
    result = ex.emit(scope, "add_s_d", value.parts() + [ex.operand(dense, scope)],
                     value.attributes(), apply.outputs[0])
    return [_in_dtype(ex, scope, result, has, out_dtype(apply), apply.outputs[0])]


def make_add_s_s_data(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    left, right = [as_sparse(ex, variable, scope) for variable in apply.inputs]
    data = ex.emit(scope, "add", [left.data, right.data],
                   variable=_Named(apply.outputs[0], "_data"))
    return [left.with_data(data, left.dtype)]


def make_compare_s_d(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    op = COMPARISONS[_kind(apply)[:-2]][0] + "_s_d"
    result = ex.emit(scope, op, value.parts() + [ex.operand(apply.inputs[1], scope)],
                     value.attributes(), apply.outputs[0])
    return [_in_dtype(ex, scope, result, "uint8", out_dtype(apply), apply.outputs[0])]


# --- pairs and stacks ---------------------------------------------------------------------------


def make_pair(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """AddSS, MulSS and the comparisons."""
    left, right = [as_sparse(ex, variable, scope) for variable in apply.inputs]
    right = _as_format(ex, scope, right, left.format)
    kind = _kind(apply)
    op = {"AddSS": "add_s_s", "MulSS": "mul_s_s", "SparseSparseMultiply": "mul_s_s"}.get(kind)
    dtype = _promoted(left.dtype, right.dtype)
    if op is None:
        op, dtype = COMPARISONS[kind[:-2]][0] + "_s_s", "uint8"
    value = _parts(ex, scope, op, left.parts() + right.parts(), left.attributes(),
                   apply.outputs[0], left.format, dtype, left.shape)
    return _finished(ex, scope, apply, value)


def make_sparse_stack(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    axis = 1 if _kind(apply) == "HStack" else 0
    result = apply.outputs[0]
    operands: List[Any] = []
    shapes: List[Any] = []
    size = Dim.number(0)
    other = Dim.number(0)
    for variable in apply.inputs:
        block = _as_format(ex, scope, as_sparse(ex, variable, scope), apply.op.format)
        block = _as_dtype(ex, scope, block, _sparse_dtype(result))
        operands += block.parts()
        shapes += json_dims(block.shape)
        size, other = size.plus(block.shape[axis]), block.shape[1 - axis]
    shape = [other, size] if axis else [size, other]
    return [_parts(ex, scope, "sparse_hstack" if axis else "sparse_vstack", operands,
                   [("format", apply.op.format), ("shapes", shapes)], result, apply.op.format,
                   _sparse_dtype(result), shape)]


# --- products -----------------------------------------------------------------------------------


def _sparse_product(ex: Exporter, scope: Scope, left: SparseValue, right: SparseValue,
                    variable: Any) -> SparseValue:
    right = _as_format(ex, scope, right, left.format)
    attributes = left.attributes() + [("y_shape", json_dims(right.shape))]
    return _parts(ex, scope, "true_dot", left.parts() + right.parts(), attributes, variable,
                  left.format, _promoted(left.dtype, right.dtype),
                  [left.shape[0], right.shape[1]])


def _dense_product(ex: Exporter, scope: Scope, value: SparseValue, operand: Any,
                   variable: Any = None) -> Any:
    return ex.emit(scope, "structured_dot", value.parts() + [operand], value.attributes(),
                   variable)


def _product(ex: Exporter, scope: Scope, x: Any, y: Any, variable: Any) -> Tuple[Any, str]:
    """x·y as a dense tensor, and its dtype; one of the two is sparse, or both are."""
    if _is_sparse(x) and _is_sparse(y):
        value = _sparse_product(ex, scope, as_sparse(ex, x, scope), as_sparse(ex, y, scope), None)
        return _dense(ex, scope, value, variable), value.dtype
    matrix, other = (x, y) if _is_sparse(x) else (y, x)
    value = as_sparse(ex, matrix, scope)
    operand = ex.operand(other, scope)
    dtype = _promoted(value.dtype, str(ancestors.dtype_of(other)))
    if matrix is x:
        return _dense_product(ex, scope, value, operand, variable), dtype
    if ancestors.rank_of(other) == 1:
        return _dense_product(ex, scope, value.transposed(), operand, variable), dtype
    turned = _dense_product(ex, scope, value.transposed(), _turned(ex, scope, operand))
    return ex.emit(scope, "dimshuffle", [turned], [("order", [1, 0])], variable), dtype


def make_sparse_dot(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Dot, whose result is dense, TrueDot, whose result is sparse, and StructuredDot."""
    x, y = apply.inputs[:2]
    result = apply.outputs[0]
    if not _is_sparse(result):
        operand, dtype = _product(ex, scope, x, y, result)
        return [_in_dtype(ex, scope, operand, dtype, out_dtype(apply), result)]
    if _is_sparse(x) and _is_sparse(y):
        value = _sparse_product(ex, scope, as_sparse(ex, x, scope), as_sparse(ex, y, scope), result)
    else:
        operand, dtype = _product(ex, scope, x, y, None)
        shape = [dim_of(ex, x, 0, scope), dim_of(ex, y, 1, scope)]
        value = _from_dense(ex, scope, operand, result, str(ancestors.sparse_format(result)),
                            dtype, shape)
    return _finished(ex, scope, apply, value)


def make_structured_dot_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    kind = "csr" if _kind(apply).endswith("CSR") else "csc"
    operands = list(ex.operands(apply.inputs[:2], scope))
    for variable in apply.inputs[2:4]:
        operands.append(_dense(ex, scope, as_sparse(ex, variable, scope)) if _is_sparse(variable)
                        else ex.operand(variable, scope))
    return [ex.emit(scope, "structured_dot_grad", operands, [("format", kind)],
                    apply.outputs[0])]


def make_sampling_dot(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    pattern = as_sparse(ex, apply.inputs[2], scope)
    factors = ex.operands(apply.inputs[:2], scope)
    data = ex.emit(scope, "sampling_dot", factors + pattern.parts(), pattern.attributes(),
                   _Named(apply.outputs[0], "_data"))
    dtypes = [str(ancestors.dtype_of(variable)) for variable in apply.inputs[:2]]
    return _finished(ex, scope, apply, pattern.with_data(data, _promoted(pattern.dtype, *dtypes)))


def make_usmm(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    alpha, x, y, z = apply.inputs
    product, dtype = _product(ex, scope, x, y, None)
    scaled = ex.emit(scope, "mul", [ex.operand(alpha, scope), product])
    result = ex.emit(scope, "add", [scaled, ex.operand(z, scope)], variable=apply.outputs[0])
    has = _promoted(dtype, str(ancestors.dtype_of(alpha)), str(ancestors.dtype_of(z)))
    return [_in_dtype(ex, scope, result, has, out_dtype(apply), apply.outputs[0])]


# --- selections ---------------------------------------------------------------------------------


def _slice(ex: Exporter, parts: Sequence[Any], scope: Scope) -> str:
    bounds = ["" if ancestors.is_none(part) else
              str(known_dim(ex, part, scope, "a bound of its slice").json()) for part in parts]
    return "%s:%s%s" % (bounds[0], bounds[1], ":" + bounds[2] if bounds[2] else "")


def make_get_item_2d(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value, result = as_sparse(ex, apply.inputs[0], scope), apply.outputs[0]
    index = [_slice(ex, apply.inputs[i:i + 3], scope) for i in (1, 4)]
    shape = []
    for length, entry in zip(value.shape, index):
        axis = ex.emit(scope, "arange", [ex.dim_operand(scope, length)])
        chosen = ex.emit(scope, "subtensor", [axis], [("index", [entry])])
        size = ex.identifier(str(chosen)) + "_dim0"
        shape.append(Dim.atom(ex.emit(scope, "shape_i", [chosen], [("i", 0)],
                                      name=None if size in ex.names else size)))
    return [_parts(ex, scope, "get_item_2d", value.parts(),
                   value.attributes() + [("index", index)], result, value.format, value.dtype,
                   shape)]


def make_get_item_scalar(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    return [ex.emit(scope, "get_item_scalar", value.parts() + ex.operands(apply.inputs[1:3], scope),
                    value.attributes(), apply.outputs[0])]


def make_get_item_list(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value, result = as_sparse(ex, apply.inputs[0], scope), apply.outputs[0]
    shape = [dim_of(ex, apply.inputs[1], 0, scope), value.shape[1]]
    return [_parts(ex, scope, "get_item_list",
                   value.parts() + [ex.operand(apply.inputs[1], scope)], value.attributes(),
                   result, value.format, value.dtype, shape)]


def make_get_item_2lists(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    value = as_sparse(ex, apply.inputs[0], scope)
    result = ex.emit(scope, "get_item_2lists",
                     value.parts() + ex.operands(apply.inputs[1:3], scope), value.attributes(),
                     apply.outputs[0])
    return [_in_dtype(ex, scope, result, value.dtype, out_dtype(apply), apply.outputs[0])]


def make_get_item_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """A matrix of zeros in which what was selected is set; of places named twice the last stays."""
    value, result = as_sparse(ex, apply.inputs[0], scope), apply.outputs[0]
    gradient = apply.inputs[-1]
    if _is_sparse(gradient):
        source = as_sparse(ex, gradient, scope)
        operand, dtype = _dense(ex, scope, source), source.dtype
    else:
        operand, dtype = ex.operand(gradient, scope), str(ancestors.dtype_of(gradient))
    places = ex.operands(apply.inputs[1:-1], scope)
    zeros = ex.emit(scope, "alloc", [ex.constant(numpy.asarray(0, dtype))],
                    [("shape", json_dims(value.shape))])
    index = [("index", [{"input": 2 + i} for i in range(len(places))])]
    dense = ex.emit(scope, "advanced_set_subtensor", [zeros, operand] + places, index)
    return _finished(ex, scope, apply, _from_dense(ex, scope, dense, result, value.format, dtype,
                                                   value.shape))


# --- ops of rewritten graphs --------------------------------------------------------------------


def make_on_parts(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """MulSDCSR and its kin take the parts and give the data, for a shape that they do not tell."""
    raise Unsupported("it is of a rewritten graph; export the graph as it was written")


