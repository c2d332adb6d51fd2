# SPDX-License-Identifier: Apache-2.0
"""What the exporter asks of objects of Theano, Theano-PyMC, Aesara and PyTensor.

Everything is read from the objects themselves: none of these packages is imported here, so that one
code serves all of them and needs none.
"""
import os
from typing import Any, List, NamedTuple, Optional, Tuple

import numpy

PACKAGES = ("theano", "aesara", "pytensor")


def package_of(thing: Any) -> Optional[str]:
    """theano, aesara or pytensor for an object of one of their classes, or of a subclass."""
    for kind in type(thing).__mro__:
        root = kind.__module__.split(".")[0]
        if root in PACKAGES:
            return root
    return None


def class_name(thing: Any) -> str:
    """The name of the class if it is an ancestor's own, else one that no table holds. Ops of sparse
    matrices and of lists share names with others: sparse.Dot, typed_list.Append."""
    kind = type(thing)
    parts = kind.__module__.split(".")
    if parts[0] not in PACKAGES:
        return "%s.%s" % (kind.__module__, kind.__name__)
    if len(parts) > 1 and parts[1] in ("sparse", "typed_list"):
        return "%s.%s" % (parts[1], kind.__name__)
    return kind.__name__


def has_class(thing: Any, name: str) -> bool:
    """Is an ancestor's class of this name among the bases?"""
    return any(kind.__name__ == name and kind.__module__.split(".")[0] in PACKAGES
               for kind in type(thing).__mro__)


def is_variable(thing: Any) -> bool:
    return has_class(thing, "Variable")


def is_constant(variable: Any) -> bool:
    return has_class(variable, "Constant")


def is_shared(variable: Any) -> bool:
    return has_class(variable, "SharedVariable")


def is_none(variable: Any) -> bool:
    """Theano's NoneConst, which stands for an absent slice bound or dim."""
    return is_constant(variable) and variable.data is None


def dtype_of(variable: Any) -> Optional[str]:
    """None for what is no tensor or scalar: random states, sparse matrices, lists."""
    kind = variable.type
    if has_class(kind, "SparseTensorType") or has_class(kind, "SparseType"):
        return None
    dtype = getattr(kind, "dtype", None)
    return dtype if isinstance(dtype, str) else None


def sparse_format(variable: Any) -> Optional[str]:
    """csr, csc or bsr; None for what is no sparse matrix."""
    kind = variable.type
    if has_class(kind, "SparseTensorType") or has_class(kind, "SparseType"):
        return str(kind.format)
    return None


def random_state_type(variable: Any) -> Optional[Tuple[str, int]]:
    """The dtype and number of words that tgc has for a generator of NumPy; None for the rest."""
    if has_class(variable.type, "RandomStateType"):
        return "uint32", 628
    return ("uint64", 6) if has_class(variable.type, "RandomGeneratorType") else None


def rank_of(variable: Any) -> int:
    return int(getattr(variable.type, "ndim", 0))


def static_shape(variable: Any) -> Tuple[Optional[int], ...]:
    """What the type says of the dims: PyTensor knows numbers, Theano whether a dim is 1."""
    shape = getattr(variable.type, "shape", None)
    if isinstance(shape, tuple):
        return tuple(None if size is None else int(size) for size in shape)
    flags = getattr(variable.type, "broadcastable", ())
    return tuple(1 if flag else None for flag in flags)


def constant_value(variable: Any) -> numpy.ndarray:
    return numpy.asarray(variable.data)


def shared_value(variable: Any) -> Any:
    return variable.get_value(borrow=True)


def shared_storage(variable: Any) -> Any:
    """Where the value is kept; clones of a shared variable keep theirs in one place."""
    return getattr(getattr(variable, "container", None), "storage", None)


def inner_graph(op: Any) -> Tuple[List[Any], List[Any]]:
    """Inputs and outputs of the graph inside an op (Scan, OpFromGraph, Composite)."""
    for inputs, outputs in (("inner_inputs", "inner_outputs"), ("local_inputs", "local_outputs"),
                            ("inputs", "outputs")):
        if hasattr(op, inputs) and hasattr(op, outputs):
            return list(getattr(op, inputs)), list(getattr(op, outputs))
    return list(op.fgraph.inputs), list(op.fgraph.outputs)


def test_shape(variable: Any) -> Optional[Tuple[int, ...]]:
    """The shape of the variable's test value, where the user gave one."""
    value = getattr(getattr(variable, "tag", None), "test_value", None)
    return None if value is None else tuple(int(size) for size in numpy.shape(value))


Place = NamedTuple("Place", [("file", str), ("line", int), ("function", str), ("text", str)])


def place_of(variable: Any) -> Optional[Place]:
    """The user's line that made the variable, where the ancestor kept it (traceback.limit)."""
    traces = getattr(getattr(variable, "tag", None), "trace", None)
    if not isinstance(traces, (list, tuple)):
        return None
    inside = tuple(os.sep + name + os.sep for name in PACKAGES)
    for trace in traces:
        for entry in reversed(list(trace or ())):
            file, line, function, text = (tuple(entry) + (None,) * 4)[:4]
            if file and not any(part in file for part in inside):
                return Place(os.path.basename(file), int(line), function or "",
                             (text or "").strip())
    return None


def place_text(variable: Any) -> Optional[str]:
    """model.py:12"""
    place = place_of(variable)
    return None if place is None else "%s:%d" % (place.file, place.line)


def created_at(variable: Any) -> str:
    """, created at model.py:12: y = T.sort(x)"""
    place = place_of(variable)
    if place is None:
        return ""
    text = ": " + place.text if place.text else ""
    return ", created at %s:%d%s" % (place.file, place.line, text)


def applies_in_order(outputs: List[Any], known: Any) -> List[Any]:
    """Every Apply the outputs need, inputs first; variables in `known` are not looked behind."""
    order, done = [], set()
    stack = [(variable.owner, False) for variable in reversed(outputs)
             if variable.owner is not None and variable not in known]
    while stack:
        apply, ready = stack.pop()
        if apply in done:
            continue
        if ready:
            done.add(apply)
            order.append(apply)
            continue
        stack.append((apply, True))
        for variable in reversed(apply.inputs):
            if variable.owner is not None and variable not in known:
                stack.append((variable.owner, False))
    return order
