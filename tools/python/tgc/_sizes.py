# SPDX-License-Identifier: Apache-2.0
"""Integer arithmetic of a graph -> Dims: of these shapes, slice bounds and step counts are made.

In an ancestor these are variables like others; in tgc they are attributes, expressions over dims
and integer inputs. None says that a value is known only when the call runs.
"""
from typing import Any, List, Optional, TypeVar

import numpy

from . import _ancestors as ancestors
from ._dims import Dim, compare
from ._op_table import SCALAR_ROWS
from ._sparse import as_sparse

T = TypeVar("T")
_DEEPEST = 20  # how far dim_of looks through ops before it asks tgc with a shape_i node
_ALIASES = ("TensorFromScalar", "ScalarFromTensor", "ViewOp", "DeepCopyOp", "Rebroadcast",
            "Unbroadcast", "Assert", "CheckAndRaise", "Print", "OutputGuard", "SpecifyShape",
            "ConsiderConstant", "DisconnectedGrad", "GpuFromHost", "HostFromGpu", "GpuToGpu",
            "GpuContiguous")
# The result has the shape of the first input (CrossentropyCategorical1Hot: its rows).
_KEEP_SHAPE = ("IncSubtensor", "AdvancedIncSubtensor1", "AdvancedIncSubtensor", "Softmax",
               "LogSoftmax", "SoftmaxWithBias", "SoftmaxGrad", "CrossentropyCategorical1Hot",
               "MaxPoolGrad", "AveragePoolGrad")


def _all(values: List[Optional[T]]) -> Optional[List[T]]:
    """The values, or None where one is missing."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def scalar_class(op: Any) -> Optional[str]:
    """The scalar op that is applied by element, if that is what op does, by Theano's name."""
    if ancestors.class_name(op) == "Elemwise":
        op = op.scalar_op
    elif not ancestors.has_class(op, "ScalarOp"):
        return None
    name = ancestors.class_name(op)
    return SCALAR_ROWS[name].classes[0] if name in SCALAR_ROWS else name


def number(exporter: Any, variable: Any, scope: Any) -> Optional[Dim]:
    """The value of an integer scalar, or of a vector with one element."""
    values = numbers(exporter, variable, scope)
    return values[0] if values is not None and len(values) == 1 else None


def numbers(exporter: Any, variable: Any, scope: Any) -> Optional[List[Dim]]:
    """The values of an integer scalar or vector."""
    if variable in scope.numbers:
        return [scope.numbers[variable]]
    if variable in exporter.declared_numbers:
        return [exporter.declared_numbers[variable]]
    dtype = ancestors.dtype_of(variable)
    if dtype is None or ancestors.rank_of(variable) > 1:
        return None
    variable = scope.constants.get(variable, variable)
    if ancestors.is_constant(variable):
        value = ancestors.constant_value(variable)
        whole = value.dtype.kind in "iub" or not value.size  # () is an empty vector of floats
        return [Dim.number(int(v)) for v in value.reshape(-1)] if whole else None
    if variable.owner is None or ("int" not in dtype and dtype != "bool"):
        return None
    values = _of_apply(exporter, variable.owner, variable, scope)
    if values is None:
        folded = _folded(variable, scope)
        values = None if folded is None else [Dim.number(int(v)) for v in folded.reshape(-1)]
    return values


def _folded(variable: Any, scope: Any) -> Optional[numpy.ndarray]:
    """The value of integers that are made of constants alone, by the ancestor's own code."""
    variable = scope.constants.get(variable, variable)
    if variable in scope.folded:
        return scope.folded[variable]
    scope.folded[variable] = value = _fold(variable, scope)
    return value


def _fold(variable: Any, scope: Any) -> Optional[numpy.ndarray]:
    if "int" not in (ancestors.dtype_of(variable) or ""):
        return None
    if ancestors.is_constant(variable):
        return ancestors.constant_value(variable)
    if variable in scope.numbers:
        known = scope.numbers[variable].constant()
        return None if known is None else numpy.asarray(known)
    apply = variable.owner
    if apply is None or not hasattr(apply.op, "perform"):
        return None
    inputs = _all([_folded(part, scope) for part in apply.inputs])
    if inputs is None:
        return None
    storage: List[Any] = [[None] for _ in apply.outputs]
    try:
        apply.op.perform(apply, inputs, storage)
    except Exception:  # it wants to be compiled, or fails on these values: then it is not folded
        return None
    return numpy.asarray(storage[apply.outputs.index(variable)][0])


def _of_apply(exporter: Any, apply: Any, variable: Any, scope: Any) -> Optional[List[Dim]]:
    op, inputs = apply.op, apply.inputs
    kind = ancestors.class_name(op)
    scalar = scalar_class(op)
    if scalar == "Composite":
        return _composite(exporter, getattr(op, "scalar_op", op), inputs, scope)
    if scalar is not None:
        return _elementwise(exporter, scalar, inputs, scope)
    if kind in _ALIASES or kind == "DimShuffle" or kind == "InplaceDimShuffle":
        return numbers(exporter, inputs[0], scope)
    if kind == "Shape":
        return [dim_of(exporter, inputs[0], i, scope) for i in range(ancestors.rank_of(inputs[0]))]
    if kind == "sparse.CSMProperties":
        return list(as_sparse(exporter, inputs[0], scope).shape) if (
            variable is apply.outputs[3]) else None
    if kind == "Shape_i":
        return [dim_of(exporter, inputs[0], int(op.i), scope)]
    if kind == "MakeVector":
        return _all([number(exporter, v, scope) for v in inputs])
    if kind == "Join":
        lists = _all([numbers(exporter, v, scope) for v in inputs[1:]])
        return None if lists is None else [value for part in lists for value in part]
    if kind == "Reshape":
        return numbers(exporter, inputs[0], scope)
    if kind == "Subtensor":
        return _selected(exporter, apply, scope)
    if kind == "IncSubtensor" and op.set_instead_of_inc:
        return _replaced(exporter, apply, scope)
    if kind in ("Sum", "Prod", "Max", "Min", "CAReduce"):
        return _reduced(exporter, apply, scope)
    return None


def _reduced(exporter: Any, apply: Any, scope: Any) -> Optional[List[Dim]]:
    values = numbers(exporter, apply.inputs[0], scope)
    if values is None:
        return None
    kind = scalar_class(apply.op.scalar_op) or ""
    result: Optional[Dim] = None
    for value in values:
        result = value if result is None else _apply(kind, [result, value])
        if result is None:
            return None
    if result is None:
        return [Dim.number(1 if kind == "Mul" else 0)] if kind in ("Mul", "Add") else None
    return [result]


def _selected(exporter: Any, apply: Any, scope: Any) -> Optional[List[Dim]]:
    """Elements of a vector of known values at constant places."""
    entries = index_entries(apply.op, apply.inputs, 1)
    values = numbers(exporter, apply.inputs[0], scope)
    if values is None or len(entries) != 1 or ancestors.rank_of(apply.inputs[0]) != 1:
        return None
    entry = entries[0]
    bounds: List[Optional[int]] = []
    for part in entry if isinstance(entry, tuple) else (entry,):
        if part is None or isinstance(part, int):
            bounds.append(part)
            continue
        value = number(exporter, part, scope)
        bounds.append(None if value is None else value.constant())
        if bounds[-1] is None:
            return None
    if isinstance(entry, tuple):
        return values[slice(*bounds)]
    place = bounds[0]
    if place is None or not -len(values) <= place < len(values):
        return None
    return [values[place]]


def _replaced(exporter: Any, apply: Any, scope: Any) -> Optional[List[Dim]]:
    """A vector of known values, one of which is set."""
    entries = index_entries(apply.op, apply.inputs, 2)
    values = numbers(exporter, apply.inputs[0], scope)
    value = number(exporter, apply.inputs[1], scope)
    if values is None or value is None or len(entries) != 1 or isinstance(entries[0], tuple):
        return None
    place = entries[0]
    if not isinstance(place, int):
        known = number(exporter, place, scope)
        place = None if known is None else known.constant()
    if place is None or not -len(values) <= place < len(values):
        return None
    values = list(values)
    values[place] = value
    return values


def _elementwise(exporter: Any, kind: str, inputs: List[Any], scope: Any) -> Optional[List[Dim]]:
    if kind == "Cast":
        ceiling = _rounded_up(exporter, inputs[0], scope)
        if ceiling is not None:
            return ceiling
    found = [numbers(exporter, variable, scope) for variable in inputs]
    if kind == "Switch":
        condition = found[0][0].constant() if found[0] and len(found[0]) == 1 else None
        if condition is not None:
            return found[1] if condition else found[2]
        if found[0] is None and _is_one_or(inputs):
            return found[2]
    if kind == "Second":
        return found[1] if ancestors.rank_of(inputs[0]) == 0 else None
    lists = _all(found)
    if lists is None:
        return None
    count = max(len(values) for values in lists)
    if any(len(values) not in (1, count) for values in lists):
        return None
    results = []
    for i in range(count):
        value = _apply(kind, [values[i if len(values) > 1 else 0] for values in lists])
        if value is None:
            return None
        results.append(value)
    return results


def _is_one_or(inputs: List[Any]) -> bool:
    """switch(eq(n, 1), -1, n), from which Aesara computes what shapes broadcast to. A dim of tgc
    that is not the integer 1 does not broadcast, so that n serves in both cases."""
    condition, other, size = inputs
    if condition.owner is None or scalar_class(condition.owner.op) != "EQ":
        return False
    while other.owner is not None and scalar_class(other.owner.op) == "Neg":
        other = other.owner.inputs[0]
    one = condition.owner.inputs[1]
    return (condition.owner.inputs[0] is size and ancestors.is_constant(other) and
            ancestors.is_constant(one) and int(ancestors.constant_value(one)) == 1 and
            abs(int(ancestors.constant_value(other))) == 1)


def _composite(exporter: Any, op: Any, inputs: List[Any], scope: Any) -> Optional[List[Dim]]:
    """A scalar op that is a graph itself."""
    variables, outputs = ancestors.inner_graph(op)
    inner = type(scope)(scope.nodes, scope.inside)
    for variable, outer in zip(variables, inputs):
        value = number(exporter, outer, scope)
        if value is None:
            return None
        inner.numbers[variable] = value
    return numbers(exporter, outputs[0], inner)


def _rounded_up(exporter: Any, variable: Any, scope: Any) -> Optional[List[Dim]]:
    """cast(ceil(true_div(a, b))) of integers, as ranges compute their lengths."""
    steps = []
    for kind in ("Ceil", "TrueDiv"):
        if variable.owner is None or scalar_class(variable.owner.op) != kind:
            return None
        steps = variable.owner.inputs
        variable = steps[0]
    parts = []
    for part in steps:
        while part.owner is not None and scalar_class(part.owner.op) == "Cast":
            part = part.owner.inputs[0]
        parts.append(number(exporter, part, scope))
    if parts[0] is None or parts[1] is None:
        return None
    quotient = Dim.number(0).minus(parts[0]).floor_divide(parts[1])
    return None if quotient is None else [Dim.number(0).minus(quotient)]


def _apply(kind: str, args: List[Dim]) -> Optional[Dim]:
    if kind in ("Cast", "Identity"):
        return args[0]
    if kind == "Neg":
        return Dim.number(0).minus(args[0])
    if kind == "Abs":
        return args[0] if args[0].at_least(0) else None
    if kind in ("LT", "LE", "GT", "GE", "EQ", "NEQ"):
        decided = compare(kind, args[0], args[1])
        return None if decided is None else Dim.number(int(decided))
    if kind == "Switch":
        condition = args[0].constant()
        return None if condition is None else args[1 if condition else 2]
    methods = {"Add": Dim.plus, "Sub": Dim.minus, "Mul": Dim.times, "IntDiv": Dim.floor_divide,
               "Mod": Dim.modulo, "Maximum": Dim.larger, "Minimum": Dim.smaller}
    if kind in ("AND", "OR"):
        flags = _all([arg.constant() for arg in args])
        if flags is None or any(flag not in (0, 1) for flag in flags):
            return None
        return Dim.number(min(flags) if kind == "AND" else max(flags))
    if kind not in methods:
        return None
    result: Optional[Dim] = args[0]
    for arg in args[1:]:
        result = None if result is None else methods[kind](result, arg)
    return result


def index_entries(op: Any, inputs: List[Any], first: int) -> List[Any]:
    """The indices of a Subtensor and its kin: a variable, an int, or (start, stop, step) of these
    and None. `first` is the position of the first index input."""
    by_position = hasattr(op, "n_index_vars")  # PyTensor since 3.1
    rest = list(inputs[first:])
    queue = list(rest)

    def part(entry: Any) -> Any:
        if entry is None:
            return None
        if isinstance(entry, int) and not isinstance(entry, bool):
            return rest[entry] if by_position else entry
        return queue.pop(0)

    entries = []
    for entry in op.idx_list:
        if isinstance(entry, slice):
            step = entry.step
            entries.append((part(entry.start), part(entry.stop), part(step)))
        else:
            entries.append(part(entry))
    return entries


def dim_of(exporter: Any, variable: Any, axis: int, scope: Any, depth: int = 0) -> Dim:
    """Dim `axis` of a variable; where it cannot be read off the graph, tgc is asked (shape_i)."""
    rank = ancestors.rank_of(variable)
    axis = int(axis) + rank if axis < 0 else int(axis)
    if ancestors.sparse_format(variable):
        return as_sparse(exporter, variable, scope).shape[axis]
    size = ancestors.static_shape(variable)[axis]
    if size is not None:
        return Dim.number(size)
    for sizes in (scope.sizes, exporter.declared_sizes):
        if variable in sizes:
            return sizes[variable][axis]
    if ancestors.is_constant(variable):
        return Dim.number(ancestors.constant_value(variable).shape[axis])
    if ancestors.is_shared(variable) and variable not in scope.values:
        exporter.declare_shared(variable)
        return exporter.declared_sizes[variable][axis]
    if variable.owner is not None and variable not in scope.sizes and depth < _DEEPEST:
        found = _dim_of_loop(exporter, variable, axis, scope, depth + 1) if (
            ancestors.class_name(variable.owner.op) == "Scan") else _dim_through(
                exporter, variable.owner, axis, scope, depth + 1)
        if found is not None:
            return found
    operand = exporter.operand(variable, scope)
    name = exporter.identifier(str(operand)) + "_dim%d" % axis
    node = exporter.emit(scope, "shape_i", [operand], [("i", axis)],
                         name=None if name in exporter.names else name)
    return Dim.atom(node)


def is_whole(exporter: Any, source: Any, axis: int, entry: Any, scope: Any) -> bool:
    """Is the entry a slice that takes all of the axis? Theano cuts sequences of scan so."""
    if not isinstance(entry, tuple):
        return False
    bounds = [None if part is None or ancestors.is_none(part) else
              Dim.number(part) if isinstance(part, int) else
              number(exporter, part, scope) or Dim.atom("unknown") for part in entry]
    if bounds[2] is not None and bounds[2].constant() != 1:
        return False
    if bounds[0] is not None and bounds[0].constant() != 0:
        return False
    return bounds[1] is None or bounds[1].same(dim_of(exporter, source, axis, scope))


def _dim_of_slice(exporter: Any, apply: Any, axis: int, scope: Any, depth: int) -> Optional[Dim]:
    """Of axes that the index leaves whole."""
    source = apply.inputs[0]
    entries = index_entries(apply.op, apply.inputs, 1)
    kept = [i for i in range(ancestors.rank_of(source))
            if i >= len(entries) or isinstance(entries[i], tuple)]
    place = kept[axis]
    if place < len(entries) and not is_whole(exporter, source, place, entries[place], scope):
        return None
    return dim_of(exporter, source, place, scope, depth)


def _dim_of_loop(exporter: Any, variable: Any, axis: int, scope: Any, depth: int) -> Optional[Dim]:
    """Buffers of states keep the shape they come in with; results have a row for each step."""
    apply = variable.owner
    info = apply.op.info
    kinds = ("n_seqs", "n_mit_mot", "n_mit_sot", "n_sit_sot")
    if isinstance(info, dict):
        counts = [info[kind] for kind in kinds]
    elif hasattr(info, "mit_mot_in_slices"):
        counts = [info.n_seqs, len(info.mit_mot_in_slices), len(info.mit_sot_in_slices),
                  len(info.sit_sot_in_slices)]
    else:
        counts = [getattr(info, kind) for kind in kinds]
    place = apply.outputs.index(variable)
    if axis == 0 and _ends_early(info):
        if variable not in scope.values:
            exporter.build(apply, scope)
        steps = scope.loop_steps.get(apply)
        taps = scope.loops[variable][1] if variable in scope.loops else 0
        return None if steps is None else steps.plus(Dim.number(taps))
    if place < sum(counts[1:]):
        return dim_of(exporter, apply.inputs[1 + counts[0] + place], axis, scope, depth)
    if axis != 0:
        return None
    steps = number(exporter, apply.inputs[0], scope)
    shared = len(apply.outputs) - sum(counts[1:]) - _results(info)
    if place >= len(apply.outputs) - shared:
        return steps
    length = number(exporter, apply.inputs[1 + counts[0] + place + shared], scope)
    return steps if steps is None or length is None else steps.larger(length)


def _results(info: Any) -> int:
    return int(info["n_nit_sot"] if isinstance(info, dict) else info.n_nit_sot)


def _ends_early(info: Any) -> bool:
    return bool(info["as_while"] if isinstance(info, dict) else getattr(info, "as_while", False))


def _dim_through(exporter: Any, apply: Any, axis: int, scope: Any, depth: int) -> Optional[Dim]:
    op, inputs = apply.op, apply.inputs
    kind = ancestors.class_name(op)
    if kind == "sparse.DenseFromSparse":
        return as_sparse(exporter, inputs[0], scope).shape[axis]
    if kind in _ALIASES and kind != "TensorFromScalar":
        return dim_of(exporter, inputs[0], axis, scope, depth)
    if kind == "Elemwise":
        for part in inputs:
            if ancestors.static_shape(part)[axis] != 1:
                return dim_of(exporter, part, axis, scope, depth)
    if kind in ("DimShuffle", "InplaceDimShuffle"):
        source = list(op.new_order)[axis]
        return Dim.number(1) if source == "x" else dim_of(exporter, inputs[0], source, scope, depth)
    if kind == "Alloc":
        return number(exporter, inputs[1 + axis], scope)
    if kind == "AllocEmpty":
        return number(exporter, inputs[axis], scope)
    if kind == "Subtensor":
        return _dim_of_slice(exporter, apply, axis, scope, depth)
    if kind == "ARange":
        start, stop, step = [number(exporter, part, scope) for part in inputs]
        if start is None or stop is None or step is None or step.constant() != 1:
            return None
        length = stop.minus(start)
        return length if length.at_least(0) else None
    if kind == "Dot" and ancestors.rank_of(inputs[0]) == 2:
        source = 0 if axis == 0 else 1
        return dim_of(exporter, inputs[source], axis, scope, depth)
    if kind in ("Sum", "Prod", "Max", "Min", "All", "Any", "CAReduce") and op.axis is not None:
        axes = [a % ancestors.rank_of(inputs[0]) for a in
                (op.axis if isinstance(op.axis, (tuple, list)) else (op.axis,))]
        kept = [a for a in range(ancestors.rank_of(inputs[0])) if a not in axes]
        return dim_of(exporter, inputs[0], kept[axis], scope, depth)
    if kind == "Reshape":
        shape = numbers(exporter, inputs[1], scope)
        return shape[axis] if shape is not None and shape[axis].at_least(0) else None
    return dim_of(exporter, inputs[0], axis, scope, depth) if kind in _KEEP_SHAPE else None
