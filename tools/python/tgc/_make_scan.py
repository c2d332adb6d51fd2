# SPDX-License-Identifier: Apache-2.0
"""Scan -> tgc's scan, whose states are single values: a recurrence that looks k steps back becomes
k states that shift. The ancestor's result is a buffer, the initial values followed by the states;
mostly only the states are asked for (buffer[k:], buffer[-1]), which _make_indexing answers from
`loops`; else the buffer is joined from both."""
from collections import OrderedDict
from typing import Any, List, Tuple

from . import _ancestors as ancestors
from ._dims import Dim
from ._exporter import Exporter, NodeList, Scope, Unsupported
from ._sizes import dim_of, number


class _Parts(object):
    """The inner and outer variables of a Scan by their role."""

    def __init__(self, apply: Any) -> None:
        op = apply.op
        inner_inputs, inner_outputs = ancestors.inner_graph(op)
        info = op.info
        if isinstance(info, dict):  # Theano
            taps = [list(t) for t in info["tap_array"]]
            counts = [info[k] for k in ("n_seqs", "n_mit_mot", "n_mit_sot", "n_sit_sot",
                                        "n_shared_outs", "n_nit_sot")]
            mit_mot_outputs, self.is_while = info["n_mit_mot_outs"], info["as_while"]
        else:
            shared = getattr(info, "n_untraced_sit_sot", None)
            shared = getattr(info, "n_shared_outs", 0) if shared is None else shared
            mit_mot, mit_sot = info.mit_mot_in_slices, info.mit_sot_in_slices
            sit_sot = info.sit_sot_in_slices
            taps = [list(t) for t in tuple(mit_mot) + tuple(mit_sot) + tuple(sit_sot)]
            counts = [info.n_seqs, len(mit_mot), len(mit_sot), len(sit_sot), shared, info.n_nit_sot]
            mit_mot_outputs, self.is_while = len(info.mit_mot_out_slices), info.as_while
        n_seqs, n_mit_mot, n_mit_sot, n_sit_sot, n_shared, n_nit_sot = counts
        if n_mit_mot or mit_mot_outputs:
            raise Unsupported("a loop that adds to its past (a gradient of scan) has no "
                              "counterpart in tgc")
        if self.is_while:
            raise Unsupported("until has no counterpart in tgc")
        outer = list(apply.inputs[1:])
        self.n_steps = apply.inputs[0]
        self.outer_sequences = outer[:n_seqs]
        self.inner_sequences = inner_inputs[:n_seqs]
        outer, inner = outer[n_seqs:], inner_inputs[n_seqs:]
        self.states: List[Tuple[List[int], Any, List[Any], Any]] = []
        outputs = list(inner_outputs)
        for own in taps:
            self.states.append((own, outer.pop(0), inner[:len(own)], outputs.pop(0)))
            inner = inner[len(own):]
        # Theano: recurrences, then sequences of results (nit_sot), then shared ones, in outputs;
        # shared ones before the lengths of the results, in inputs.
        self.outer_shared, outer = outer[:n_shared], outer[n_shared:]
        self.inner_shared, inner = inner[:n_shared], inner[n_shared:]
        self.lengths, self.outer_rest = outer[:n_nit_sot], outer[n_nit_sot:]
        self.inner_rest = inner
        self.results, outputs = outputs[:n_nit_sot], outputs[n_nit_sot:]
        self.shared_next = outputs[:n_shared]


def make_scan(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    parts = _Parts(apply)
    steps = number(ex, parts.n_steps, scope)
    if steps is None:
        raise Unsupported("its number of steps is not known when the call begins")
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
    for taps, outer, inner, _ in parts.states:
        histories.append(_add_states(ex, taps, outer, inner, scope, body, initial))
    shared_names = []
    for outer, inner in zip(parts.outer_shared, parts.inner_shared):
        if ancestors.dtype_of(inner) is None:
            raise Unsupported("a state of type %s" % inner.type)
        name = ex.unique(inner.name or "state", bool(inner.name))
        initial[name] = ex.operand(outer, scope)
        body.values[inner] = name
        shared_names.append(name)
    wanted = [state[3] for state in parts.states] + parts.results + parts.shared_next
    ex.walk(wanted, body)
    following = OrderedDict()
    for (history, _), state in zip(histories, parts.states):
        for name, after in zip(history, history[1:]):
            following[name] = after
        following[history[-1]] = ex.operand(state[3], body)
    for name, variable in zip(shared_names, parts.shared_next):
        following[name] = ex.operand(variable, body)
    outputs = ex.operands(parts.results, body)
    return _write(ex, apply, scope, parts, steps, sequences, initial, histories, shared_names,
                  body, following, outputs)


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
    buffer = ex.operand(outer if start is None else start, scope)
    return [ex.emit(scope, "subtensor", [buffer], [("index", [i])]) for i in range(depth)], start


def _write(ex: Exporter, apply: Any, scope: Scope, parts: _Parts, steps: Dim, sequences: Any,
           initial: Any, histories: Any, shared_names: List[str], body: Scope, following: Any,
           outputs: List[Any]) -> List[Any]:
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
    title = ex.identifier(getattr(apply.op, "name", None) or "scan")
    names = {state: ex.unique("%s_%s" % (title, ex.identifier(state))) for state in initial}
    results = [ex.unique(getattr(v, "name", None) or title + "_result", bool(v.name))
               for v in apply.outputs[len(histories):len(histories) + len(parts.results)]]
    node["outputs"] = [names[state] for state in initial] + results
    place = ancestors.place_text(apply.outputs[0])
    if place:
        node["trace"] = [place]
    scope.nodes.nodes.append(node)
    values: List[Any] = []
    for (history, start), variable, state in zip(histories, apply.outputs, parts.states):
        states = names[history[-1]]
        scope.loops[variable] = (states, len(history))
        values.append(_Buffer(ex, scope, states, state[1], start, len(history)))
    values += results
    for name in shared_names:
        values.append(ex.emit(scope, "subtensor", [names[name]], [("index", [-1])]))
    return values


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
