# SPDX-License-Identifier: Apache-2.0
"""PyTensor's Blockwise: a core op on the last axes of its inputs, whose leading axes go along. An op
of tgc that takes leading axes stands for it, or one whose attributes can be shifted behind them;
else a loop (scan) applies the core op to one element of the batch after the other."""
from collections import OrderedDict
from typing import Any, List, NamedTuple, Optional

from . import _ancestors as ancestors, _make_factors, _make_linalg
from ._dims import Dim
from ._exporter import Exporter, NodeList, Scope
from ._make_conv import make_convolve
from ._make_helpers import dims_of, json_dims, known_dim, known_dims
from ._make_indexing import emit_index
from ._sizes import dim_of, index_entries, number

LINALG = dict(_make_linalg.BLOCKWISE, **_make_factors.BLOCKWISE)
# What is applied to a part of the axes, as ops are seen by the functions that write nodes.
CoreApply = NamedTuple("CoreApply", [("op", Any), ("inputs", List[Any]), ("outputs", List[Any])])


class _Parts(object):
    """`rank`: the number of leading axes. `cores`: of each input that has none but axes of length
    1 in front, the variable without them; None for the others. `batch`: the leading dims."""

    def __init__(self, ex: Exporter, apply: Any, scope: Scope) -> None:
        op = apply.op
        self.op = op.core_op
        self.ranks = [len(sig) for sig in op.inputs_sig]
        self.rank = int(op.batch_ndim(apply))
        self.inputs = list(apply.inputs)
        self.cores = [_core(ex, v, self.rank, scope) for v in self.inputs]
        self.batch = [Dim.number(1)] * self.rank
        for axis in range(self.rank):
            for variable in self.inputs:
                if ancestors.static_shape(variable)[axis] != 1:
                    self.batch[axis] = dim_of(ex, variable, axis, scope)
                    break

    def only_batched(self, *places: int) -> bool:
        """Do the inputs at these places have leading axes, and no others?"""
        return all((core is None) == (i in places) for i, core in enumerate(self.cores))


class _Dropped(object):
    """The value of a variable without its leading axes of length 1."""

    def __init__(self, ex: Exporter, scope: Scope, variable: Any, rank: int) -> None:
        self.ex, self.scope, self.variable, self.rank = ex, scope, variable, rank

    def operand(self) -> Any:
        order = list(range(self.rank, ancestors.rank_of(self.variable)))
        return self.ex.emit(self.scope, "dimshuffle", [self.ex.operand(self.variable, self.scope)],
                            [("order", order)])


def _core(ex: Exporter, variable: Any, rank: int, scope: Scope) -> Optional[Any]:
    if rank == 0:
        return variable
    if any(size != 1 for size in ancestors.static_shape(variable)[:rank]):
        return None
    core = variable.type.clone(shape=ancestors.static_shape(variable)[rank:])
    if ancestors.is_constant(variable):
        maker = getattr(core, "Constant", None) or core.constant_type
        value = ancestors.constant_value(variable)
        return maker(core, value.reshape(value.shape[rank:]))
    owner = variable.owner
    order = list(owner.op.new_order) if owner is not None and (
        ancestors.class_name(owner.op) == "DimShuffle") else []
    rest = list(range(len(order) - rank))
    if order == ["x"] * rank + rest and len(rest) == ancestors.rank_of(owner.inputs[0]):
        return owner.inputs[0]
    made = core()
    scope.values[made] = _Dropped(ex, scope, variable, rank)
    scope.sizes[made] = dims_of(ex, variable, scope)[rank:]
    return made


def make_blockwise(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    core = ancestors.class_name(getattr(apply.op, "core_op", apply.op))  # Aesara's is a MatMul
    if core in ("Dot", "MatMul"):
        operands = ex.operands(apply.inputs, scope)
        op = "dot" if ancestors.rank_of(apply.inputs[0]) == 2 else "matmul"
        return [ex.emit(scope, op, operands, variable=apply.outputs[0])]
    if core in ("Convolve1d", "Convolve2d"):
        return make_convolve(ex, apply, scope)
    if core in LINALG:
        return LINALG[core](ex, apply, scope)
    if apply.op.batch_ndim(apply) == 0:
        from . import _make_ops
        return _make_ops.make(ex, CoreApply(apply.op.core_op, apply.inputs, apply.outputs), scope)
    parts = _Parts(ex, apply, scope)
    if core in SHIFTED:
        result = SHIFTED[core](ex, apply, scope, parts)
        if result is not None:
            return [result]
    return _loop(ex, apply, scope, parts)


# --- ops that work behind the leading axes -------------------------------------------------------


def _aligned(ex: Exporter, scope: Scope, variable: Any, core: int, wanted: int, rank: int) -> Any:
    """The operand with axes of length 1 between the leading and the `core` last axes, so that
    these become `wanted`."""
    operand = ex.operand(variable, scope)
    if core >= wanted:
        return operand
    order = list(range(rank)) + ["x"] * (wanted - core) + list(range(rank, rank + core))
    return ex.emit(scope, "dimshuffle", [operand], [("order", order)])


def _reshape(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    if not parts.only_batched(0):
        return None
    shape = known_dims(ex, parts.cores[1], scope, "the new shape",
                       ancestors.rank_of(apply.outputs[0]) - parts.rank)
    return ex.emit(scope, "reshape", [ex.operand(apply.inputs[0], scope)],
                   [("shape", json_dims(parts.batch + shape))], apply.outputs[0])


def _alloc(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    if not parts.only_batched(0):
        return None
    shape = [known_dim(ex, v, scope, "a dim of its shape") for v in parts.cores[1:]]
    value = _aligned(ex, scope, apply.inputs[0], parts.ranks[0], len(shape), parts.rank)
    return ex.emit(scope, "alloc", [value], [("shape", json_dims(parts.batch + shape))],
                   apply.outputs[0])


def _subtensor(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    entries = index_entries(parts.op, parts.inputs, 1)
    if parts.only_batched(1) and parts.ranks == [1, 0] and not isinstance(entries[0], tuple):
        operands = [ex.operand(parts.cores[0], scope), ex.operand(apply.inputs[1], scope)]
        return ex.emit(scope, "advanced_subtensor", operands, [("index", [{"input": 1}])],
                       apply.outputs[0])
    if not parts.only_batched(0):
        return None
    entries = index_entries(parts.op, [None] + parts.cores[1:], 1)
    return emit_index(ex, scope, "subtensor", [ex.operand(apply.inputs[0], scope)],
                      [(None, None, None)] * parts.rank + entries, apply.outputs[0])


def _inc_subtensor(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    if not (parts.only_batched(0) or parts.only_batched(0, 1)):
        return None
    entries = index_entries(parts.op, [None, None] + parts.cores[2:], 2)
    kept = parts.ranks[0] - sum(not isinstance(entry, tuple) for entry in entries)
    value = (ex.operand(parts.cores[1], scope) if parts.cores[1] is not None else
             _aligned(ex, scope, apply.inputs[1], parts.ranks[1], kept, parts.rank))
    return emit_index(ex, scope,
                      "set_subtensor" if parts.op.set_instead_of_inc else "inc_subtensor",
                      [ex.operand(apply.inputs[0], scope), value],
                      [(None, None, None)] * parts.rank + entries, apply.outputs[0])


def _sort(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    if not parts.only_batched(0) or parts.cores[1] is None:
        return None
    known = number(ex, parts.cores[1], scope)
    axis = None if known is None else known.constant()
    if axis is None:
        return None
    op = "argsort" if ancestors.class_name(parts.op) == "ArgSortOp" else "sort"
    return ex.emit(scope, op, [ex.operand(apply.inputs[0], scope)],
                   [("axis", axis % parts.ranks[0] + parts.rank)], apply.outputs[0])


def _alloc_diag(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    places = [("offset", int(parts.op.offset))] + [
        (name, int(getattr(parts.op, name)) % (parts.ranks[0] + 1) + parts.rank)
        for name in ("axis1", "axis2")]
    return ex.emit(scope, "alloc_diag", [ex.operand(apply.inputs[0], scope)], places,
                   apply.outputs[0])


def _searchsorted(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> Any:
    if len(parts.inputs) != 2 or parts.cores[0] is None:
        return None
    operands = [ex.operand(parts.cores[0], scope), ex.operand(apply.inputs[1], scope)]
    return ex.emit(scope, "searchsorted", operands, [("side", parts.op.side)], apply.outputs[0])


SHIFTED = {"Reshape": _reshape, "Alloc": _alloc, "Subtensor": _subtensor, "SortOp": _sort,
           "IncSubtensor": _inc_subtensor, "ArgSortOp": _sort, "AllocDiag": _alloc_diag,
           "SearchsortedOp": _searchsorted}


# --- loops ---------------------------------------------------------------------------------------


def _loop(ex: Exporter, apply: Any, scope: Scope, parts: _Parts) -> List[Any]:
    from . import _make_ops
    body = Scope(NodeList(), "for each element of a batch")
    variables = [v.type.clone(shape=ancestors.static_shape(v)[parts.rank:])()
                 if core is None else core for v, core in zip(parts.inputs, parts.cores)]
    node: Any = OrderedDict([("op", "scan"), ("sequences", OrderedDict())])
    for variable, inner, core in zip(parts.inputs, variables, parts.cores):
        if core is None:
            name = ex.unique("element", False)
            node["sequences"][name] = _rows(ex, scope, variable, parts)
            body.values[inner] = name
            body.sizes[inner] = dims_of(ex, variable, scope)[parts.rank:]
        elif not ancestors.is_constant(core):
            _share(ex, scope, body, core)
    apply_core = parts.op.make_node(*variables)
    results = _make_ops.make(ex, apply_core, body)
    if not node["sequences"]:  # all leading axes have length 1
        return _once(ex, apply, scope, parts, body, results)
    steps = _count(parts.batch)
    value = steps.json()
    node["n_steps"] = value if isinstance(value, int) or value in ex.names else (
        ex.dim_operand(scope, steps))
    node["body"] = OrderedDict([("nodes", body.nodes.nodes)] if body.nodes.nodes else [])
    node["body"]["outputs"] = results
    node["outputs"] = [ex.unique(v.name or "blockwise", bool(v.name)) for v in apply.outputs]
    place = ancestors.place_text(apply.outputs[0])
    if place:
        node["trace"] = [place]
    scope.nodes.nodes.append(node)
    if parts.rank == 1:
        return list(node["outputs"])
    return [_unrolled(ex, scope, name, v, parts) for name, v in zip(node["outputs"], apply.outputs)]


def _share(ex: Exporter, scope: Scope, body: Scope, core: Any) -> None:
    """What every element of the batch sees."""
    value = number(ex, core, scope) if ancestors.rank_of(core) == 0 else None
    if value is not None:
        body.numbers[core] = value
    body.values[core] = ex.operand(core, scope)
    body.sizes[core] = dims_of(ex, core, scope)


def _count(dims: List[Dim]) -> Dim:
    product = Dim.number(1)
    for dim in dims:
        product = product.times(dim)
    return product


def _rows(ex: Exporter, scope: Scope, variable: Any, parts: _Parts) -> Any:
    """The variable with its leading axes, which axes of length 1 repeat, joined into one."""
    operand = ex.operand(variable, scope)
    own = dims_of(ex, variable, scope)
    rest = own[parts.rank:]
    if any(not a.same(b) for a, b in zip(own, parts.batch)):
        operand = ex.emit(scope, "alloc", [operand], [("shape", json_dims(parts.batch + rest))])
    if parts.rank == 1:
        return operand
    return ex.emit(scope, "reshape", [operand],
                   [("shape", json_dims([_count(parts.batch)] + rest))])


def _unrolled(ex: Exporter, scope: Scope, name: str, variable: Any, parts: _Parts) -> Any:
    rest = [Dim.atom(ex.emit(scope, "shape_i", [name], [("i", axis + 1)]))
            for axis in range(ancestors.rank_of(variable) - parts.rank)]
    return ex.emit(scope, "reshape", [name], [("shape", json_dims(parts.batch + rest))], variable)


def _once(ex: Exporter, apply: Any, scope: Scope, parts: _Parts, body: Scope,
          results: List[Any]) -> List[Any]:
    scope.nodes.nodes += body.nodes.nodes
    values = []
    for result, variable in zip(results, apply.outputs):
        core = ancestors.rank_of(variable) - parts.rank
        values.append(ex.emit(scope, "dimshuffle", [result],
                              [("order", ["x"] * parts.rank + list(range(core)))], variable))
    return values
