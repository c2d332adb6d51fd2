# SPDX-License-Identifier: Apache-2.0
"""Scan -> tgc's scan, whose states are single values: a recurrence that looks k steps back becomes
k states that shift. The ancestor's result is a buffer, the initial values followed by the states;
mostly only the states are asked for (buffer[k:], buffer[-1]), which _make_indexing answers from
`loops`; else the buffer is joined from both. The gradient of a Scan is a Scan with sums over steps
(mit_mot), which become states, too."""
from collections import OrderedDict
from typing import Any, List, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, NodeList, Scope, Unsupported
from ._make_helpers import dims_of, known_dim
from ._sizes import dim_of, number


class _Parts(object):
    """The inner and outer variables of a Scan by their role."""

    def __init__(self, apply: Any) -> None:
        inner, outputs = ancestors.inner_graph(apply.op)
        taps, written, counts, is_while = _roles(apply.op.info)
        self.condition = outputs.pop() if is_while else None
        n_seqs, n_mit_mot, n_shared, n_nit_sot = counts
        outer = list(apply.inputs[1:])
        self.n_steps = apply.inputs[0]
        self.outer_sequences, outer = outer[:n_seqs], outer[n_seqs:]
        self.inner_sequences, inner = inner[:n_seqs], inner[n_seqs:]
        self.sums: List[Tuple[List[int], List[int], Any, List[Any], List[Any]]] = []
        self.states: List[Tuple[List[int], Any, List[Any], Any]] = []
        for place, own in enumerate(taps):
            # The first step reads the first row of a sum's buffer, whatever its least tap is.
            if place < n_mit_mot:
                written[place] = [tap - min(own) for tap in written[place]]
                own = [tap - min(own) for tap in own]
            variables, inner = inner[:len(own)], inner[len(own):]
            if place < n_mit_mot:
                results, outputs = outputs[:len(written[place])], outputs[len(written[place]):]
                self.sums.append((own, written[place], outer.pop(0), variables, results))
            else:
                self.states.append((own, outer.pop(0), variables, outputs.pop(0)))
        # In outputs shared states come behind the results, in inputs before their lengths.
        self.outer_shared, outer = outer[:n_shared], outer[n_shared:]
        self.inner_shared, self.inner_rest = inner[:n_shared], inner[n_shared:]
        self.lengths, self.outer_rest = outer[:n_nit_sot], outer[n_nit_sot:]
        self.results, self.shared_next = outputs[:n_nit_sot], outputs[n_nit_sot:]
        self.shared_next = self.shared_next[:n_shared]


def _roles(info: Any) -> Tuple[List[List[int]], List[List[int]], List[int], bool]:
    """Taps that are read, first those of sums (mit_mot); taps that sums write; the numbers of
    sequences, sums, shared states and results; whether the loop may end early."""
    if isinstance(info, dict):  # Theano
        counts = [info[key] for key in ("n_seqs", "n_mit_mot", "n_shared_outs", "n_nit_sot")]
        return ([list(t) for t in info["tap_array"]],
                [list(t) for t in info["mit_mot_out_slices"]], counts, bool(info["as_while"]))
    if hasattr(info, "mit_mot_in_slices"):  # Aesara, PyTensor
        shared = getattr(info, "n_untraced_sit_sot", None)
        shared = getattr(info, "n_shared_outs", 0) if shared is None else shared
        read = (tuple(info.mit_mot_in_slices) + tuple(info.mit_sot_in_slices) +
                tuple(info.sit_sot_in_slices))
        counts = [info.n_seqs, len(info.mit_mot_in_slices), shared, info.n_nit_sot]
        return ([list(t) for t in read], [list(t) for t in info.mit_mot_out_slices], counts,
                bool(info.as_while))
    counts = [info.n_seqs, info.n_mit_mot, info.n_shared_outs, info.n_nit_sot]  # Theano-PyMC
    return ([list(t) for t in info.tap_array], [list(t) for t in info.mit_mot_out_slices], counts,
            bool(info.as_while))


def make_scan(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parts = _Parts(apply)
    steps = known_dim(ex, parts.n_steps, scope, "its number of steps")
    title = getattr(apply.op, "name", None) or "scan"
    body = Scope(NodeList(), "in the body of %s" % title)
    sequences = OrderedDict()
    for outer, inner in zip(parts.outer_sequences, parts.inner_sequences):
        name = ex.unique(inner.name or "element", bool(inner.name))
        sequences[name] = ex.operand(outer, scope)
        body.values[inner] = name
        body.sizes[inner] = [dim_of(ex, outer, i + 1, scope)
                             for i in range(ancestors.rank_of(inner))]
    for outer, inner in zip(parts.outer_rest, parts.inner_rest):
        value = number(ex, outer, scope)
        if value is not None and ancestors.rank_of(outer) == 0:
            body.numbers[inner] = value
        body.values[inner] = ex.operand(outer, scope)
        body.sizes[inner] = [dim_of(ex, outer, i, scope) for i in range(ancestors.rank_of(outer))]
    initial: Any = OrderedDict()
    histories: List[Any] = []
    sums = [_add_sum(ex, part, steps, scope, body, initial, sequences) for part in parts.sums]
    for taps, outer, inner, _ in parts.states:
        histories.append(_add_states(ex, taps, outer, inner, scope, body, initial))
    shared_names = []
    for outer, inner in zip(parts.outer_shared, parts.inner_shared):
        if ancestors.dtype_of(inner) is None and ancestors.random_state_type(inner) is None:
            raise Unsupported("a state of type %s" % inner.type)
        name = ex.unique(inner.name or "state", bool(inner.name))
        initial[name] = ex.operand(outer, scope)
        body.values[inner] = name
        shared_names.append(name)
    wanted = [state[3] for state in parts.states] + parts.results + parts.shared_next
    wanted += [result for part in parts.sums for result in part[4]]
    if parts.condition is not None:
        wanted.append(parts.condition)
    ex.walk(wanted, body)
    following: Any = OrderedDict()
    records = [_follow_sum(ex, part, names, body, following)
               for part, names in zip(parts.sums, sums)]
    for (history, _), state in zip(histories, parts.states):
        for name, after in zip(history, history[1:]):
            following[name] = after
        following[history[-1]] = ex.operand(state[3], body)
    for name, variable in zip(shared_names, parts.shared_next):
        following[name] = ex.operand(variable, body)
    node = _loop_node(ex, steps, scope, sequences, initial, body, following,
                      records + ex.operands(parts.results, body))
    if parts.condition is not None:
        steps = _end_early(ex, parts.condition, title, body, node)
        scope.loop_steps[apply] = steps
    names = _name_outputs(ex, apply, parts, node, initial, len(records))
    scope.nodes.nodes.append(node)
    values: List[Any] = [
        _SumBuffer(ex, scope, part, steps, node["outputs"][len(initial) + i],
                   [names[state] for state in history[:-1]])
        for i, (part, history) in enumerate(zip(parts.sums, sums))]
    first = len(values)
    for (history, start), variable, state in zip(histories, apply.outputs[first:], parts.states):
        states = names[history[-1]]
        scope.loops[variable] = (states, len(history))
        values.append(_Buffer(ex, scope, states, state[1], start, len(history)))
    results = node["outputs"][len(initial) + len(records):]
    if parts.condition is None:
        results = [_filled(ex, scope, result, variable, length, steps) for result, variable, length
                   in zip(results, apply.outputs[len(values):], parts.lengths)]
    values += results
    for name in shared_names:
        values.append(ex.emit(scope, "subtensor", [names[name]], [("index", [-1])]))
    return values


def _filled(ex: Exporter, scope: Scope, result: str, variable: Any, length: Any,
            steps: Dim) -> Any:
    """A buffer of more rows than there are steps, as truncated gradients have, ends with zeros."""
    rows = number(ex, length, scope)
    missing = None if rows is None else rows.minus(steps)
    if missing is None or missing.constant() is not None and missing.constant() <= 0:
        return result
    scope.values[variable] = result
    shape = [missing.larger(Dim.number(0))]
    shape += [dim_of(ex, variable, i, scope) for i in range(1, ancestors.rank_of(variable))]
    del scope.values[variable]
    zero = ex.constant(numpy.zeros((), ancestors.dtype_of(variable)))
    zeros = ex.emit(scope, "alloc", [zero], [("shape", [dim.json() for dim in shape])])
    return ex.emit(scope, "join", [result, zeros], [("axis", 0)])


def _end_early(ex: Exporter, condition: Any, title: str, body: Scope, node: Any) -> Dim:
    """Adds the condition of `until`; returns the number of steps that are done."""
    operand = ex.operand(condition, body)
    if ancestors.dtype_of(condition) != "bool":
        operand = ex.emit(body, "neq", [operand, 0])
        node["body"]["nodes"] = body.nodes.nodes
    node["body"]["until"] = operand
    node["size"] = ex.unique(ex.identifier(title) + "_steps")
    return Dim.atom(node["size"])


def _add_states(ex: Exporter, taps: List[int], outer: Any, inner: List[Any], scope: Scope,
                body: Scope, initial: Any) -> Tuple[List[str], Any]:
    """Names of the states from the oldest to the youngest, and the buffer of initial values."""
    depth = -min(taps)
    if max(taps) >= 0:
        raise Unsupported("a recurrence that looks ahead has no counterpart in tgc")
    values, start = _initial_values(ex, outer, depth, scope)
    by_tap = dict(zip(taps, inner))
    history = []
    sizes = [dim_of(ex, outer, i + 1, scope) for i in range(ancestors.rank_of(inner[0]))]
    for back in range(depth, 0, -1):
        variable = by_tap.get(-back)
        wanted = variable.name if variable is not None and variable.name else None
        name = ex.unique(wanted or "state", bool(wanted))
        initial[name] = values[depth - back]
        history.append(name)
        if variable is not None:
            body.values[variable] = name
            body.sizes[variable] = sizes
    return history, start


def _initial_values(ex: Exporter, outer: Any, depth: int, scope: Scope) -> Tuple[List[Any], Any]:
    """The first `depth` rows of the buffer, which Theano builds as set(empty[:depth], values)."""
    owner = outer.owner
    start = None
    if owner is not None and ancestors.class_name(owner.op) == "IncSubtensor":
        start = owner.inputs[1]
        while start.owner is not None and ancestors.class_name(start.owner.op) in (
                "Rebroadcast", "Unbroadcast", "ViewOp"):
            start = start.owner.inputs[0]
        maker = start.owner
        if (depth == 1 and maker is not None and
                ancestors.class_name(maker.op) in ("DimShuffle", "InplaceDimShuffle") and
                list(maker.op.new_order) == ["x"] + list(range(len(maker.op.new_order) - 1))):
            return [ex.operand(maker.inputs[0], scope)], start
    if start is None and owner is not None and ancestors.class_name(owner.op) == "Alloc" and (
            ancestors.rank_of(owner.inputs[0]) == 0):
        shape = [dim_of(ex, outer, i, scope).json() for i in range(1, ancestors.rank_of(outer))]
        row = ex.emit(scope, "alloc", [ex.operand(owner.inputs[0], scope)], [("shape", shape)])
        return [row] * depth, start
    buffer = ex.operand(outer if start is None else start, scope)
    return [ex.emit(scope, "subtensor", [buffer], [("index", [i])]) for i in range(depth)], start


def _add_sum(ex: Exporter, part: Any, steps: Dim, scope: Scope, body: Scope, initial: Any,
             sequences: Any) -> List[str]:
    """A buffer that step i reads and adds to at i, i + 1, … i + m, as gradients of loops do: its
    places i to i + m - 1 are m states, place i + m is an element of the buffer's rest. The names of
    these m + 1 in the body."""
    taps, written, outer, inner, _ = part
    if min(written) < min(taps):
        raise Unsupported("a sum that is not read where it is written has no counterpart in tgc")
    depth = max(taps + written)
    buffer = ex.operand(outer, scope)
    names = []
    for place in range(depth):
        names.append(ex.unique("sum", False))
        initial[names[-1]] = ex.emit(scope, "subtensor", [buffer], [("index", [place])])
    names.append(ex.unique("element", False))
    last = steps.plus(Dim.number(depth))
    whole = depth == 0 and last.same(dim_of(ex, outer, 0, scope))
    sequences[names[-1]] = buffer if whole else ex.emit(
        scope, "subtensor", [buffer], [("index", ["%d:%s" % (depth, last.json())])])
    sizes = [dim_of(ex, outer, i + 1, scope) for i in range(ancestors.rank_of(outer) - 1)]
    for tap, variable in zip(taps, inner):
        body.values[variable] = names[tap]
        body.sizes[variable] = sizes
    return names


def _follow_sum(ex: Exporter, part: Any, names: List[str], body: Scope, following: Any) -> Any:
    """The states of the next step; returns what stays at place i."""
    values: List[Any] = list(names)
    for tap, result in zip(part[1], part[4]):
        values[tap] = ex.operand(result, body)
    for name, value in zip(names[:-1], values[1:]):
        following[name] = value
    return values[0]


def _loop_node(ex: Exporter, steps: Dim, scope: Scope, sequences: Any, initial: Any, body: Scope,
               following: Any, outputs: List[Any]) -> Any:
    node: Any = OrderedDict([("op", "scan")])
    if sequences:
        node["sequences"] = sequences
    if initial:
        node["states"] = initial
    value = steps.json()
    if not isinstance(value, int) and value not in ex.names:
        value = ex.dim_operand(scope, steps)
    node["n_steps"] = value
    inside: Any = OrderedDict()
    if body.nodes.nodes:
        inside["nodes"] = body.nodes.nodes
    if following:
        inside["next"] = following
    if outputs:
        inside["outputs"] = outputs
    node["body"] = inside
    return node


def _name_outputs(ex: Exporter, apply: Any, parts: _Parts, node: Any, initial: Any,
                  records: int) -> Any:
    """Sets the node's outputs: a history of each state, records of sums, results."""
    title = ex.identifier(getattr(apply.op, "name", None) or "scan")
    names = {state: ex.unique("%s_%s" % (title, ex.identifier(state))) for state in initial}
    outputs = [names[state] for state in initial]
    outputs += [ex.unique(title + "_sum", False) for _ in range(records)]
    first = len(parts.sums) + len(parts.states)
    for variable in apply.outputs[first:first + len(parts.results)]:
        outputs.append(ex.unique(variable.name or title + "_result", bool(variable.name)))
    node["outputs"] = outputs
    place = ancestors.place_text(apply.outputs[0])
    if place:
        node["trace"] = [place]
    return names


class _SumBuffer(object):
    """The buffer of a sum after the loop, joined only if it is asked for."""

    def __init__(self, ex: Exporter, scope: Scope, part: Any, steps: Dim, record: str,
                 states: List[str]) -> None:
        self.parts = (ex, scope, part, steps, record, states)
        self.name: Any = None

    def operand(self) -> Any:
        if self.name is None:
            ex, scope, part, steps, record, states = self.parts
            pieces = [record] + [ex.emit(scope, "subtensor", [state], [("index", ["-1:"])])
                                 for state in states]
            end = steps.plus(Dim.number(len(states)))
            if not end.same(dim_of(ex, part[2], 0, scope)):
                pieces.append(ex.emit(scope, "subtensor", [ex.operand(part[2], scope)],
                                      [("index", ["%s:" % end.json()])]))
            self.name = pieces[0] if len(pieces) == 1 else ex.emit(scope, "join", pieces,
                                                                   [("axis", 0)])
        return self.name


class _Buffer(object):
    """The whole buffer, joined only if it is asked for."""

    def __init__(self, ex: Exporter, scope: Scope, states: str, outer: Any, start: Any,
                 depth: int) -> None:
        self.parts = (ex, scope, states, outer, start, depth)
        self.name: Any = None

    def operand(self) -> Any:
        if self.name is None:
            ex, scope, states, outer, start, depth = self.parts
            if start is None:
                first = ex.emit(scope, "subtensor", [ex.operand(outer, scope)],
                                [("index", [":%d" % depth])])
            else:
                first = ex.operand(start, scope)
            self.name = ex.emit(scope, "join", [first, states], [("axis", 0)])
        return self.name


def make_scalar_loop(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    """PyTensor's loop over scalars, which computes gradients of special functions. Here all elements
    run together, each with a number of steps `left`: those that are done keep their values, and the
    loop ends with the last."""
    op = getattr(apply.op, "scalar_op", None) or apply.op
    inner, results = ancestors.inner_graph(op)
    until = results.pop() if op.is_while else None
    shape = [dim.json() for dim in dims_of(ex, apply.outputs[0], scope)]

    def whole(value: Any) -> Any:
        return ex.emit(scope, "alloc", [value], [("shape", shape)]) if shape else value

    body = Scope(NodeList(), "in the body of %s" % (op.name or "a loop"))
    initial: Any = OrderedDict()
    for variable, outer in zip(inner, apply.inputs[1:]):
        body.values[variable] = ex.operand(outer, scope)
        if len(initial) < len(results):
            name = ex.unique("state", False)
            initial[name] = whole(body.values[variable])
            body.values[variable] = name
    limit = ex.operand(apply.inputs[0], scope)
    if ancestors.dtype_of(apply.inputs[0]) != "int64":
        limit = ex.cast(scope, limit, "int64")
    left, done = ex.unique("left", False), ex.unique("done", False)
    ex.walk(results + ([] if until is None else [until]), body)
    runs = ex.emit(body, "gt", [left, 0])
    if until is not None:
        runs = ex.emit(body, "and_", [runs, ex.emit(body, "invert", [done])])
    following: Any = OrderedDict(
        (name, ex.emit(body, "switch", [runs, ex.operand(value, body), name]))
        for name, value in zip(initial, results))
    outputs = list(initial)
    fewer = ex.emit(body, "sub", [left, 1])
    ends = ex.emit(body, "le", [fewer, 0])
    if until is not None:
        ended = ex.emit(body, "and_", [runs, ex.operand(until, body)])
        initial[done] = whole(ex.constant(numpy.zeros((), "bool")))
        following[done] = ex.emit(body, "or_", [done, ended])
        ends = ex.emit(body, "or_", [ends, following[done]])
        outputs.append(done)
    initial[left], following[left] = whole(limit), fewer
    ends = ex.emit(body, "all", [ends]) if shape else ends
    size = ex.unique("steps", False)
    longest = ex.emit(scope, "max", [initial[left]]) if shape else limit
    ex.emit(scope, "measured_dim", [longest], [("size", size)])
    steps = Dim.atom(size).larger(Dim.number(1))
    node = _loop_node(ex, steps, scope, OrderedDict(), initial, body, following, [])
    node["body"]["until"] = ends
    node["size"] = ex.unique("steps", False)
    node["outputs"] = [ex.unique("last_%s" % name) for name in initial]
    scope.nodes.nodes.append(node)
    last = dict(zip(initial, node["outputs"]))
    return [ex.emit(scope, "subtensor", [last[name]], [("index", [-1])], variable)
            for name, variable in zip(outputs, apply.outputs)]
