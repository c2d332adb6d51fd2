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
    """`updates`: pairs (variable with state, its new value). `states`: where the values lie of
    variables with state that are no shared variables (inputs with an update): a container of the
    ancestor, or a value of the function's own. `defaults`: names of inputs with default values."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: List[Any] = []
        self.outputs: List[Any] = []
        self.output_names: Optional[List[str]] = None
        self.updates: List[Tuple[Any, Any]] = []
        self.givens: List[Tuple[Any, Any]] = []
        self.states: Dict[Any, Any] = OrderedDict()
        self.defaults: List[str] = []
        self.warns_of_unused = False


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


def _note_default(spec: FunctionSpec, entry: Any) -> None:
    if getattr(entry, "value", None) is not None:
        spec.defaults.append(str(entry.variable))


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
                spec.states[variable] = containers[position]
            if update is not None:
                spec.updates.append((variable, update))
        elif getattr(entry, "shared", False) or getattr(entry, "implicit", False) is True:
            spec.states[variable] = containers[position]
        else:
            spec.inputs.append(variable)
            _note_default(spec, entry)
    spec.outputs = [_output_variable(output) for output in outputs]
    keys = getattr(function, "output_keys", None) or getattr(maker, "output_keys", None)
    spec.output_names = [str(key) for key in keys] if keys else None
    return spec


def from_arguments(name: str, arguments: Dict[str, Any]) -> FunctionSpec:
    """The arguments of theano.function by name; what it refuses is refused here, too."""
    known = {"inputs", "outputs", "updates", "givens", "no_default_updates"}
    ignored = {"mode", "name", "accept_inplace", "rebuild_strict", "allow_input_downcast",
               "profile", "on_unused_input", "trust_input"}
    for key in arguments:
        if key not in known and key not in ignored:
            raise TypeError("function '%s': unknown argument '%s'" % (name, key))
    spec = FunctionSpec(name)
    spec.warns_of_unused = arguments.get("on_unused_input") != "ignore"
    for entry in _list(arguments.get("inputs")):
        variable = entry if ancestors.is_variable(entry) else getattr(entry, "variable", entry)
        _check_input(spec, variable)
        update = None if entry is variable else getattr(entry, "update", None)
        if update is not None:
            spec.states[variable] = entry.value
            spec.updates.append((variable, update))
        else:
            spec.inputs.append(variable)
            _note_default(spec, entry)
    outputs = arguments.get("outputs")
    if isinstance(outputs, dict):
        spec.output_names = [str(key) for key in outputs]
        outputs = list(outputs.values())
    spec.outputs = [_output_variable(output) for output in _list(outputs)]
    for variable, new in _pairs(arguments.get("updates")):
        _add_update(spec, variable, new)
    strict = arguments.get("rebuild_strict", True)
    for variable, replacement in _pairs(arguments.get("givens")):
        _add_given(spec, variable, replacement, strict)
    _add_default_updates(spec, arguments.get("no_default_updates") or False)
    return spec


def _check_input(spec: FunctionSpec, variable: Any) -> None:
    if not ancestors.is_variable(variable) or ancestors.is_constant(variable):
        raise TypeError("function '%s': an input must be a variable, not %r" % (spec.name, variable))
    if ancestors.is_shared(variable):
        raise TypeError("function '%s': the shared variable %s cannot be an input; replace it by one "
                        "through givens" % (spec.name, variable))
    if variable in spec.inputs or variable in spec.states:
        raise ValueError("function '%s': %s is twice among the inputs" % (spec.name, variable))


def _conform(spec: FunctionSpec, variable: Any, new: Any, what: str, convert: bool) -> Any:
    """`new` as a variable of the type of `variable`, by the ancestor's own rule."""
    try:
        return variable.type.filter_variable(new, allow_convert=convert)
    except TypeError as problem:
        raise TypeError("function '%s': the %s of %s, which is %s, must be of the same type, not "
                        "%s; cast it (%s)" % (spec.name, what, variable, variable.type,
                                              getattr(new, "type", type(new)), problem))


def _add_update(spec: FunctionSpec, variable: Any, new: Any) -> None:
    if not ancestors.is_variable(variable) or not ancestors.is_shared(variable):
        raise TypeError("function '%s': only shared variables have updates, not %s" %
                        (spec.name, variable))
    if any(variable is other for other, _ in spec.updates):
        raise ValueError("function '%s': %s has two updates" % (spec.name, variable))
    converts = ancestors.package_of(variable) == "pytensor"
    spec.updates.append((variable, _conform(spec, variable, new, "update", converts)))


def _add_given(spec: FunctionSpec, variable: Any, replacement: Any, strict: bool) -> None:
    if not ancestors.is_variable(variable):
        raise TypeError("function '%s': the keys of givens must be variables, not %r" %
                        (spec.name, variable))
    if variable in spec.inputs or variable in spec.states:
        raise ValueError("function '%s': givens cannot replace %s, which is an input" %
                         (spec.name, variable))
    before = [new for _, new in spec.givens if ancestors.is_variable(new)]
    if variable in _reached(before, {}) or any(variable is old for old, _ in spec.givens):
        raise ValueError("function '%s': %s is replaced, but another replacement in givens depends "
                         "on it" % (spec.name, variable))
    if strict and ancestors.is_variable(replacement):
        replacement = _conform(spec, variable, replacement, "replacement", True)
    spec.givens.append((variable, replacement))


def _reached(roots: List[Any], replaced: Any) -> Dict[Any, None]:
    """The variables that the roots are computed from, and these, as far as they are not replaced."""
    found: Dict[Any, None] = OrderedDict((root, None) for root in roots if root not in replaced)
    for apply in ancestors.applies_in_order(list(found), replaced):
        found.update((variable, None) for variable in apply.inputs if variable not in replaced)
    return found


def unneeded_inputs(spec: FunctionSpec) -> List[Any]:
    """The inputs that neither outputs nor updates are computed from."""
    replaced = dict(spec.givens)
    roots = [v for v in spec.outputs + [new for _, new in spec.updates] if ancestors.is_variable(v)]
    needed: Dict[Any, None] = OrderedDict()
    while roots:
        needed.update((variable, None) for variable in roots)
        found = list(_reached(roots, replaced)) + [
            variable for apply in ancestors.applies_in_order(roots, replaced)
            for variable in apply.inputs]
        roots = [replaced[v] for v in set(found + roots) if v in replaced]
        needed.update((variable, None) for variable in found)
        roots = [v for v in roots if ancestors.is_variable(v) and v not in needed]
    return [variable for variable in spec.inputs if variable not in needed]


def _add_default_updates(spec: FunctionSpec, without: Any) -> None:
    """Shared variables with a default_update (random streams) that the graph uses."""
    if without is True:
        return
    excluded = set(_list(without or None)) | {variable for variable, _ in spec.updates}
    replaced = {variable: None for variable, _ in spec.givens}
    roots = [new for _, new in spec.givens + spec.updates if ancestors.is_variable(new)]
    roots = [variable for variable in roots + spec.outputs if ancestors.is_variable(variable)]
    while roots:
        news = []
        for variable in _reached(roots, replaced):
            new = getattr(variable, "default_update", None)
            if ancestors.is_shared(variable) and new is not None and variable not in excluded:
                excluded.add(variable)
                new = _conform(spec, variable, new, "default update", False)
                spec.updates.append((variable, new))
                news.append(new)
        roots = news


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
