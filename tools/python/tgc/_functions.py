# SPDX-License-Identifier: Apache-2.0
"""What a user may hand to export(), in one form: FunctionSpec.

A compiled function (its graph as it was before optimisation), a pair (inputs, outputs), a dict with
the arguments of theano.function, or a file that theano.function_dump wrote.
"""
import os
import pickle
from collections import OrderedDict
from typing import Any, Dict, List, Optional, Tuple

from . import _ancestors as ancestors


class FunctionSpec(object):
    """`updates`: pairs (variable with state, its new value). `states`: values of variables with
    state that are no shared variables (inputs with an update)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: List[Any] = []
        self.outputs: List[Any] = []
        self.output_names: Optional[List[str]] = None
        self.updates: List[Tuple[Any, Any]] = []
        self.givens: List[Tuple[Any, Any]] = []
        self.states: Dict[Any, Any] = {}


def _pairs(pairs: Any) -> List[Tuple[Any, Any]]:
    if not pairs:
        return []
    return list(pairs.items()) if hasattr(pairs, "items") else [tuple(pair) for pair in pairs]


def _list(things: Any) -> List[Any]:
    if things is None:
        return []
    return list(things) if isinstance(things, (list, tuple)) else [things]


def _output_variable(output: Any) -> Any:
    """Out(variable, borrow) and plain variables."""
    return output if ancestors.is_variable(output) else getattr(output, "variable", output)


def from_compiled(name: str, function: Any) -> FunctionSpec:
    """The graph that theano.function got: maker.inputs and maker.outputs keep it in Theano. In
    Aesara and PyTensor rewrites change it; see _originals.py."""
    maker = function.maker
    spec = FunctionSpec(name)
    implicit = ancestors.is_shared
    containers = list(getattr(function, "input_storage", []))
    updates, outputs = getattr(maker, "tgc_original", (None, _list(maker.outputs)))
    for position, entry in enumerate(maker.inputs):
        variable = entry.variable
        update = updates[position] if updates else getattr(entry, "update", None)
        if implicit(variable) or update is not None:
            if not implicit(variable):
                spec.states[variable] = containers[position].data
            if update is not None:
                spec.updates.append((variable, update))
        elif getattr(entry, "shared", False) or getattr(entry, "implicit", False) is True:
            spec.states[variable] = containers[position].data
        else:
            spec.inputs.append(variable)
    spec.outputs = [_output_variable(output) for output in outputs]
    keys = getattr(function, "output_keys", None) or getattr(maker, "output_keys", None)
    spec.output_names = [str(key) for key in keys] if keys else None
    return spec


def from_arguments(name: str, arguments: Dict[str, Any]) -> FunctionSpec:
    """The arguments of theano.function by name."""
    known = {"inputs", "outputs", "updates", "givens", "no_default_updates"}
    ignored = {"mode", "name", "accept_inplace", "rebuild_strict", "allow_input_downcast",
               "profile", "on_unused_input"}
    for key in arguments:
        if key not in known and key not in ignored:
            raise TypeError("function '%s': unknown argument '%s'" % (name, key))
    spec = FunctionSpec(name)
    for entry in _list(arguments.get("inputs")):
        variable = entry if ancestors.is_variable(entry) else entry.variable
        update = None if entry is variable else getattr(entry, "update", None)
        if update is not None:
            value = entry.value
            spec.states[variable] = getattr(value, "data", value)
            spec.updates.append((variable, update))
        else:
            spec.inputs.append(variable)
    outputs = arguments.get("outputs")
    if isinstance(outputs, dict):
        spec.output_names = [str(key) for key in outputs]
        outputs = list(outputs.values())
    spec.outputs = [_output_variable(output) for output in _list(outputs)]
    spec.updates += _pairs(arguments.get("updates"))
    spec.givens = _pairs(arguments.get("givens"))
    _add_default_updates(spec, arguments.get("no_default_updates") or False)
    return spec


def _add_default_updates(spec: FunctionSpec, without: Any) -> None:
    """Shared variables with a default_update (random streams) that the graph uses."""
    if without is True:
        return
    excluded = set(_list(without or None)) | {variable for variable, _ in spec.updates}
    changed = True
    while changed:
        changed = False
        roots = spec.outputs + [new for _, new in spec.updates + spec.givens
                                if ancestors.is_variable(new)]
        for apply in ancestors.applies_in_order(roots, {}):
            for variable in apply.inputs:
                new = getattr(variable, "default_update", None)
                if ancestors.is_shared(variable) and new is not None and variable not in excluded:
                    excluded.add(variable)
                    spec.updates.append((variable, new))
                    changed = True


def from_dump(name: str, path: str) -> FunctionSpec:
    """A file of theano.function_dump; reading it imports the ancestor. Pickles run code: only files
    that are trusted."""
    with open(path, "rb") as file:
        arguments = pickle.load(file)
    if not isinstance(arguments, dict) or "inputs" not in arguments:
        raise ValueError("%s was not written by function_dump" % path)
    return from_arguments(name, arguments)


def spec_of(name: str, thing: Any, updates: Any = None, givens: Any = None) -> FunctionSpec:
    """`updates` and `givens` go with a pair (inputs, outputs)."""
    if hasattr(thing, "maker") and hasattr(thing.maker, "inputs"):
        spec = from_compiled(name, thing)
    elif isinstance(thing, FunctionSpec):
        spec = thing
    elif isinstance(thing, dict):
        spec = from_arguments(name, thing)
    elif isinstance(thing, (str, os.PathLike)):
        spec = from_dump(name, os.fspath(thing))
    elif isinstance(thing, (tuple, list)) and 2 <= len(thing) <= 4:
        keys = ("inputs", "outputs", "updates", "givens")
        arguments: Dict[str, Any] = OrderedDict(zip(keys, thing))
        if updates is not None:
            arguments["updates"] = updates
        if givens is not None:
            arguments["givens"] = givens
        return from_arguments(name, arguments)
    else:
        raise TypeError("function '%s': expected a compiled function, (inputs, outputs), a dict of "
                        "arguments or a file of function_dump, got %s" % (name, type(thing)))
    if updates is not None or givens is not None:
        raise TypeError("updates and givens go with (inputs, outputs); function '%s' has its own"
                        % name)
    return spec
