# SPDX-License-Identifier: Apache-2.0
"""Linear algebra of nlinalg and slinalg, also inside PyTensor's Blockwise, whose leading axes tgc's
ops take too."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, dims_of, json_dims, out_dtype

_SINGLE = {"MatrixInverse": "matrix_inverse", "Det": "det", "SLogDet": "slogdet"}


def make_linalg(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    name = _SINGLE[ancestors.class_name(_core(apply))]
    return ex.emit(scope, name, ex.operands(apply.inputs, scope), variables=apply.outputs)


def make_cholesky(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    core = _core(apply)
    attributes: List[Any] = [] if core.lower else [("lower", False)]
    if getattr(core, "on_error", "nan") == "nan":  # PyTensor's always gives NaNs
        attributes.append(("on_error", "nan"))
    return [ex.emit(scope, "cholesky", ex.operands(apply.inputs, scope), attributes,
                    apply.outputs[0])]


def make_solve(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Theano's Solve tells triangles by A_structure, its successors by an op of their own."""
    core = _core(apply)
    structure = getattr(core, "A_structure", "general")
    if structure in ("lower_triangular", "upper_triangular"):
        return _emit(ex, apply, scope, "solve_triangular",
                     [("lower", True)] if structure == "lower_triangular" else [])
    assumed = getattr(core, "assume_a", "sym" if structure == "symmetric" else "gen")
    assumed = {"general": "gen", "positive definite": "pos", "symmetric": "sym",
               "hermitian": "her"}.get(assumed, assumed)
    if assumed in ("lower triangular", "upper triangular"):
        return _emit(ex, apply, scope, "solve_triangular",
                     [("lower", True)] if assumed == "lower triangular" else [])
    if assumed == "gen" or structure == "symmetric":  # Theano's reads all of the matrix
        return _emit(ex, apply, scope, "solve", [])
    if assumed not in ("pos", "sym", "her", "tridiagonal", "diagonal"):
        raise Unsupported("solve with assume_a=%r %s" % (assumed, NO_COUNTERPART))
    return _emit(ex, apply, scope, "solve", [],
                 _as_assumed(ex, apply, scope, assumed, bool(getattr(core, "lower", False))))


def _as_assumed(ex: Exporter, apply: Any, scope: Scope, assumed: str, lower: bool) -> Any:
    """The whole matrix of the part that is read: a triangle, or some diagonals."""
    a = apply.inputs[0]
    operand = ex.operand(a, scope)
    n = dims_of(ex, a, scope)[-1].json()
    zero = ex.constant(numpy.zeros((), ancestors.dtype_of(a)))

    def below(k: int) -> Any:
        """A mask of what lies on and below diagonal k."""
        return ex.emit(scope, "tri", [], [("n", n), ("m", n), ("k", k), ("dtype", "bool")])

    def kept(mask: Any) -> Any:
        return ex.emit(scope, "switch", [mask, operand, zero])

    if assumed in ("diagonal", "tridiagonal"):
        width = 1 if assumed == "tridiagonal" else 0
        return kept(ex.emit(scope, "and_", [below(width), ex.emit(scope, "invert",
                                                                  [below(-width - 1)])]))
    rank = ancestors.rank_of(a)
    order = list(range(rank - 2)) + [rank - 1, rank - 2]
    masks = [below(0), below(-1)] if lower else [ex.emit(scope, "invert", [below(k)])
                                                 for k in (-1, 0)]
    other = ex.emit(scope, "dimshuffle", [kept(masks[1])], [("order", order)])
    return ex.emit(scope, "add", [kept(masks[0]), other])


def make_solve_triangular(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    core = _core(apply)
    trans = {"N": 0, "T": 1, "C": 2}.get(getattr(core, "trans", 0), getattr(core, "trans", 0))
    attributes: List[Any] = [("lower", True)] if core.lower else []
    if trans:
        attributes.append(("trans", int(trans)))
    if core.unit_diagonal:
        attributes.append(("unit_diagonal", True))
    return _emit(ex, apply, scope, "solve_triangular", attributes)


def make_cho_solve(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if not any(ancestors.rank_of(v) > 2 for v in apply.inputs):
        return _emit(ex, apply, scope, "cho_solve",
                     [] if _core(apply).lower else [("lower", False)])
    steps = (0, 1) if _core(apply).lower else (1, 0)
    operand = ex.operand(apply.inputs[1], scope)
    for trans, variable in zip(steps, (None, apply.outputs[0])):
        attributes: List[Any] = [("lower", True)] if _core(apply).lower else []
        attributes += [("trans", 1)] if trans else []
        operand = ex.emit(scope, "solve_triangular",
                          [ex.operand(apply.inputs[0], scope), operand],
                          attributes + _b_ndim(apply), variable)
    return [operand]


def make_block_diagonal(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Each block between zeros, below each other."""
    dims = [dims_of(ex, v, scope) for v in apply.inputs]
    rank = len(dims[0])
    zero = ex.constant(numpy.zeros((), out_dtype(apply)))
    rows = []
    for i, variable in enumerate(apply.inputs):
        operand = ex.operand(variable, scope)
        if ancestors.dtype_of(variable) != out_dtype(apply):
            operand = ex.cast(scope, operand, out_dtype(apply))
        parts = [operand]
        for others, place in ((dims[:i], 0), (dims[i + 1:], len(parts) + 1)):
            width = Dim.number(0)
            for other in others:
                width = width.plus(other[-1])
            if others:
                shape = json_dims(dims[i][:-1] + [width])
                parts.insert(place, ex.emit(scope, "alloc", [zero], [("shape", shape)]))
        rows.append(parts[0] if len(parts) == 1 else
                    ex.emit(scope, "join", parts, [("axis", rank - 1)]))
    return [rows[0] if len(rows) == 1 else
            ex.emit(scope, "join", rows, [("axis", rank - 2)], apply.outputs[0])]


def _core(apply: Any) -> Any:
    return getattr(apply.op, "core_op", apply.op)


def _b_ndim(apply: Any) -> List[Any]:
    """Where the rank of b does not say whether it holds vectors."""
    rank = ancestors.rank_of(apply.inputs[1])
    core = getattr(_core(apply), "b_ndim", min(rank, 2))
    return [("b_ndim", int(core))] if core != min(rank, 2) else []


def _emit(ex: Exporter, apply: Any, scope: Scope, op: str, attributes: List[Any],
          matrix: Any = None) -> List[Any]:
    operands = ex.operands(apply.inputs, scope)
    if matrix is not None:
        operands[0] = matrix
    return [ex.emit(scope, op, operands, attributes + _b_ndim(apply), apply.outputs[0])]


BLOCKWISE = {"Cholesky": make_cholesky, "Solve": make_solve, "CholeskySolve": make_cho_solve,
             "SolveTriangular": make_solve_triangular, "MatrixInverse": make_linalg,
             "Det": make_linalg, "SLogDet": make_linalg,
             "BlockDiagonal": make_block_diagonal}
