# SPDX-License-Identifier: Apache-2.0
"""Linear algebra of nlinalg and slinalg, also inside PyTensor's Blockwise, whose leading axes tgc's
ops take too."""
from typing import Any, List

from . import _ancestors as ancestors
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART

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
    assumed = getattr(core, "assume_a", "gen")
    if assumed in ("lower triangular", "upper triangular"):
        return _emit(ex, apply, scope, "solve_triangular",
                     [("lower", True)] if assumed == "lower triangular" else [])
    if assumed not in ("gen", "general"):
        raise Unsupported("solve with assume_a=%r %s" % (assumed, NO_COUNTERPART))
    return _emit(ex, apply, scope, "solve", [])


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
    if any(ancestors.rank_of(v) > 2 for v in apply.inputs):
        raise Unsupported("cho_solve of a batch %s" % NO_COUNTERPART)
    return _emit(ex, apply, scope, "cho_solve", [] if _core(apply).lower else [("lower", False)])


def _core(apply: Any) -> Any:
    return getattr(apply.op, "core_op", apply.op)


def _emit(ex: Exporter, apply: Any, scope: Scope, op: str, attributes: List[Any]) -> List[Any]:
    """With b_ndim where the rank of b does not say whether it holds vectors."""
    rank = ancestors.rank_of(apply.inputs[1])
    core = getattr(_core(apply), "b_ndim", min(rank, 2))
    if core != min(rank, 2):
        attributes = attributes + [("b_ndim", int(core))]
    return [ex.emit(scope, op, ex.operands(apply.inputs, scope), attributes, apply.outputs[0])]


BLOCKWISE = {"Cholesky": make_cholesky, "Solve": make_solve, "CholeskySolve": make_cho_solve,
             "SolveTriangular": make_solve_triangular, "MatrixInverse": make_linalg,
             "Det": make_linalg, "SLogDet": make_linalg}
