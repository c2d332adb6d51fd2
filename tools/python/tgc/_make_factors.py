# SPDX-License-Identifier: Apache-2.0
"""Eigenvalues, singular values, QR and what is made of them, also inside PyTensor's Blockwise."""
from typing import Any, List

import numpy

from . import _ancestors as ancestors
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART, json_dims, out_dtype
from ._sizes import numbers

_MODES = {"reduced": "reduced", "complete": "complete", "r": "r", "raw": "raw"}
_MODES_OF_SCIPY = {"economic": "reduced", "full": "complete", "raw": "raw"}


def make_eigh(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "eigh", _triangle(apply))


def make_eigh_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "eigh_grad", _triangle(apply))


def make_eigvalsh(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "eigvalsh", [] if core(apply).lower else [("lower", False)])


def make_eigvalsh_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "eigvalsh_grad",
                 [] if core(apply).lower else [("lower", False)])


def make_eig(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    if "complex" in out_dtype(apply):
        raise Unsupported("eig with complex results %s" % NO_COUNTERPART)
    return _emit(ex, apply, scope, "eig", [])


def make_svd(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    op = core(apply)
    return _emit(ex, apply, scope, "svd", [(name, False) for name in ("full_matrices", "compute_uv")
                                           if not getattr(op, name)])


def make_pinv(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """Of a matrix that is declared hermitian too: its pseudo-inverse is the same."""
    return _emit(ex, apply, scope, "pinv", [])


def make_numpy_qr(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    mode = core(apply).mode
    if mode not in _MODES:
        raise Unsupported("qr with mode=%r %s" % (mode, NO_COUNTERPART))
    return _emit(ex, apply, scope, "qr", [] if mode == "reduced" else [("mode", mode)])


def make_scipy_qr(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """SciPy's names of the modes; its r has all rows, and raw gives r too, from h."""
    op = core(apply)
    if getattr(op, "pivoting", False):
        raise Unsupported("qr with pivoting %s" % NO_COUNTERPART)
    if op.mode == "r":
        return ex.emit(scope, "qr", ex.operands(apply.inputs, scope), [("mode", "complete")],
                       variables=[None, apply.outputs[0]])[1:]
    if op.mode not in _MODES_OF_SCIPY or op.mode == "raw":
        raise Unsupported("qr with mode=%r %s" % (op.mode, NO_COUNTERPART))
    mode = _MODES_OF_SCIPY[op.mode]
    return _emit(ex, apply, scope, "qr", [] if mode == "reduced" else [("mode", mode)])


def make_expm(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "expm", [])


def make_expm_grad(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "expm_grad", [])


def make_lstsq(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """The ancestors declare float64 and an integer, whatever the inputs have."""
    names = _emit(ex, apply, scope, "lstsq", [])
    common = numpy.result_type(*[str(ancestors.dtype_of(v)) for v in apply.inputs[:2]])
    own = [common.name if common.kind == "f" else "float64"] * 4
    own[2] = "int64"
    return [name if dtype == ancestors.dtype_of(v) else ex.cast(scope, name, ancestors.dtype_of(v))
            for name, dtype, v in zip(names, own, apply.outputs)]


def make_tensorsolve(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    axes = core(apply).axes
    return _emit(ex, apply, scope, "tensorsolve",
                 [] if axes is None else [("axes", [int(axis) for axis in axes])])


def make_tensorinv(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _emit(ex, apply, scope, "tensorinv", [("ind", int(core(apply).ind))])


def make_rfft(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _transform(ex, apply, scope, "rfft")


def make_irfft(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _transform(ex, apply, scope, "irfft")


def _transform(ex: Exporter, apply: Any, scope: Scope, op: str) -> List[Any]:
    """The ancestors scale with ops of their own. Integers are transformed as float64 and cut."""
    source, lengths = apply.inputs
    known = numbers(ex, lengths, scope)
    if known is None:
        raise Unsupported("the lengths of the transforms are not known when the call begins")
    operand, dtype = ex.operand(source, scope), ancestors.dtype_of(source) or ""
    attributes = [("norm", "no_norm"), ("s", json_dims(known))]
    if dtype.startswith("float"):
        return [ex.emit(scope, op, [operand], attributes, apply.outputs[0])]
    result = ex.emit(scope, op, [ex.cast(scope, operand, "float64")], attributes)
    return [ex.cast(scope, result, dtype)]


def core(apply: Any) -> Any:
    return getattr(apply.op, "core_op", apply.op)


def _triangle(apply: Any) -> List[Any]:
    op = core(apply)
    uplo = getattr(op, "UPLO", None) or ("L" if op.lower else "U")
    return [] if uplo == "L" else [("UPLO", uplo)]


def _emit(ex: Exporter, apply: Any, scope: Scope, op: str, attributes: List[Any]) -> List[Any]:
    return ex.emit(scope, op, ex.operands(apply.inputs, scope), attributes,
                   variables=apply.outputs)


BLOCKWISE = {"Eigh": make_eigh, "Eigvalsh": make_eigvalsh, "Eig": make_eig, "SVD": make_svd,
             "MatrixPinv": make_pinv, "QR": make_scipy_qr, "Expm": make_expm}
