# SPDX-License-Identifier: Apache-2.0
"""export(): graphs of live objects -> a graph file (schemas/README.md) and its weights."""
import json
import os
import re
import warnings
from collections import OrderedDict
from typing import Any, Dict, List, Optional, Set, Tuple

import numpy

from . import _ancestors as ancestors
from . import _functions
from ._exporter import Exporter, ExportError, Scope, Skipped, Unsupported
from ._safetensors import write_safetensors
from ._sizes import dim_of, number
from ._sparse import SparseValue, as_sparse, declare_sparse_shared

_INLINE = 8  # elements of a value that is written into the JSON


def export(functions: Any, path: Any, updates: Any = None, givens: Any = None,
           name: Optional[str] = None) -> List[str]:
    """Writes `path`, a graph file, and beside it the weights (path with .safetensors).

    functions: a compiled theano.function or pytensor.function, whose graph is written as it was
        before optimisation; a pair (inputs, outputs), to which `updates` and `givens` belong; a
        dict with the arguments of theano.function; the path of a function_dump file; or a dict from
        names to such things, which share their shared variables.
    name: the file's name in tgc; default: from `path`.

    Returns the paths that were written. Raises ExportError with everything that cannot be
    exported; then nothing is written. Not for use by several threads on one graph at a time.
    """
    path = os.fspath(path)
    if isinstance(functions, dict) and "inputs" not in functions:
        things = OrderedDict((str(key), value) for key, value in functions.items())
        if updates is not None or givens is not None:
            raise TypeError("with several functions, give each its updates: (inputs, outputs, "
                            "updates, givens)")
    else:
        own = getattr(functions, "name", None)
        title = own if isinstance(own, str) and own.isidentifier() else "main"
        things = OrderedDict([(title, functions)])
    if not things:
        raise ValueError("export of no function: give it one, or a dict with one at least")
    specs = [_functions.spec_of(key, thing, updates, givens) for key, thing in things.items()]
    base = os.path.splitext(path)[0]
    weights = base + ".safetensors"
    document, tensors = graph_document(specs, name or Exporter.identifier(os.path.basename(base)),
                                       os.path.basename(weights))
    written = [path]
    if tensors:
        write_safetensors(weights, tensors)
        written.append(weights)
    with open(path, "w") as file:
        file.write(to_text(document))
    return written


def graph_document(specs: List[_functions.FunctionSpec], name: str,
                   weights: str) -> Tuple[Dict[str, Any], List[Tuple[str, numpy.ndarray]]]:
    """The file as nested dicts, and the tensors that go to the file `weights`."""
    exporter = Exporter(lambda text: warnings.warn("tgc.export: " + text, stacklevel=4))
    for spec in specs:
        for variable in spec.inputs:
            _declare(exporter, exporter.declare_input, variable, spec)
    functions: Dict[str, Any] = OrderedDict()
    titles: Dict[str, str] = {}
    for spec in specs:
        title = Exporter.identifier(spec.name)
        title += "_" if title in ("nan", "inf", "rule") else ""
        if title != spec.name:
            exporter.warn("function %r is named %r in the file" % (spec.name, title))
        if title in titles:
            raise ValueError("functions %r and %r would both be named %r in the file: rename one"
                             % (titles[title], spec.name, title))
        titles[title] = spec.name
        functions[title] = _function(exporter, spec)
    if exporter.problems:
        raise ExportError(exporter.problems)
    if len(exporter.contexts) > 1:
        exporter.warn("the contexts %s become one: a bundle runs on the one device it is opened for"
                      % ", ".join(sorted(exporter.contexts)))
    tensors: List[Tuple[str, numpy.ndarray]] = []
    document: Dict[str, Any] = OrderedDict([("tgc", 1), ("name", Exporter.identifier(name))])
    if exporter.dims:
        document["dims"] = exporter.dims
    if exporter.inputs:
        document["inputs"] = exporter.inputs
    for key, values in (("shared", exporter.shared), ("constants", exporter.constants)):
        if values:
            document[key] = OrderedDict((n, _stored(n, v, weights, tensors))
                                        for n, v in values.items())
    if exporter.top.nodes:
        document["nodes"] = exporter.top.nodes
    document["functions"] = functions
    for spec, function in zip(specs, functions.values()):
        _allow_unused(exporter, spec, function)
    return document, tensors


def _declare(exporter: Exporter, declare: Any, variable: Any, spec: Any) -> None:
    try:
        declare(variable)
    except Unsupported as problem:
        exporter.problems.append("function '%s': %s: %s" % (spec.name, exporter.title(variable),
                                                            problem))


def _function(exporter: Exporter, spec: _functions.FunctionSpec) -> Dict[str, Any]:
    scope = Scope(exporter.top)
    if spec.defaults:
        exporter.warn("function '%s': a graph file has no default values; calls must give %s" %
                      (spec.name, ", ".join(spec.defaults)))
    for variable, place in spec.states.items():
        _declare(exporter, lambda v, place=place: exporter.declare_state(v, place, scope), variable,
                 spec)
    for variable, replacement in spec.givens:
        _give(exporter, variable, _as_variable(replacement), scope, spec)
    wanted = spec.outputs + [new for _, new in spec.updates if ancestors.is_variable(new)]
    exporter.walk(wanted, scope)
    function: Dict[str, Any] = OrderedDict()
    function["inputs"] = [name for v in spec.inputs for name in _input_names(exporter, v)]
    operands, result_names = _results(exporter, spec, scope)
    if spec.output_names:
        function["outputs"] = OrderedDict(zip(result_names, operands))
    elif len(set(map(str, operands))) < len(operands):
        function["outputs"] = OrderedDict(zip(_result_names(operands), operands))
    elif operands or not spec.updates:
        function["outputs"] = operands
    if spec.updates:
        function["updates"] = OrderedDict()
    for variable, new in spec.updates:
        if ancestors.sparse_format(variable):
            _update_sparse(exporter, variable, new, scope, spec, function["updates"])
            continue
        name = scope.values.get(variable) if variable in spec.states else None
        if name is None:
            _declare(exporter, exporter.declare_shared, variable, spec)
            name = exporter.declared.get(variable, "?")
        operand = _value(exporter, _as_variable(new), scope, spec, ancestors.dtype_of(variable))
        function["updates"][name] = operand
    return function


def _allow_unused(exporter: Exporter, spec: _functions.FunctionSpec,
                  function: Dict[str, Any]) -> None:
    """Inputs that the function does not need: of a compiled function the ancestor allowed them,
    parts of a sparse matrix come with it, and what is read for its sizes alone is needed."""
    used = _words_of(exporter, function)
    # The shapes that sparse ops state name sizes, which not all of them read.
    sizes = {name for names in exporter.sparse_names.values() for name in names[3:]}
    if any(name not in used or name in sizes for name in function["inputs"]):
        function["on_unused_input"] = "ignore"
    for variable in _functions.unneeded_inputs(spec) if spec.warns_of_unused else ():
        exporter.warn("function '%s': its outputs and updates do not need the input %s" %
                      (spec.name, exporter.title(variable)))


def _words_of(exporter: Exporter, function: Dict[str, Any]) -> Set[str]:
    """Every word in the nodes that the function needs, and in itself but for its inputs."""
    makers = {}
    for node in exporter.top.nodes:
        for name in node.get("outputs", [node.get("name")]) + [node.get("size")]:
            makers[name] = node
    words: Set[str] = set()
    stack: List[Any] = [value for key, value in function.items() if key != "inputs"]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [part for key, part in value.items() if key != "trace"]
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, str):
            for word in [value] + re.findall(r"[A-Za-z_][A-Za-z0-9_]*", value):
                if word not in words:
                    words.add(word)
                    stack += [makers[word]] if word in makers else []
    return words


def _input_names(exporter: Exporter, variable: Any) -> List[str]:
    if variable in exporter.sparse_names:
        return exporter.sparse_names[variable]
    return [exporter.declared[variable]] if variable in exporter.declared else []


def _results(exporter: Exporter, spec: _functions.FunctionSpec,
             scope: Scope) -> Tuple[List[Any], List[str]]:
    """The operands of the outputs, and the names the caller gave them; a sparse matrix has three."""
    operands: List[Any] = []
    names: List[str] = []
    for i, variable in enumerate(spec.outputs):
        name = spec.output_names[i] if spec.output_names else ""
        if ancestors.is_variable(variable) and ancestors.sparse_format(variable):
            value = _sparse(exporter, variable, scope, spec)
            operands += [None] * 3 if value is None else value.parts()
            names += [name + end for end in ("_data", "_indices", "_indptr")]
        else:
            operands.append(_value(exporter, variable, scope, spec))
            names.append(name)
    return operands, names


def _sparse(exporter: Exporter, variable: Any, scope: Scope,
            spec: _functions.FunctionSpec) -> Optional[SparseValue]:
    try:
        exporter.walk([variable], scope)
        return as_sparse(exporter, variable, scope)
    except Skipped:
        return None
    except Unsupported as problem:
        exporter.problems.append("function '%s': %s" % (spec.name, problem))
        return None


def _update_sparse(exporter: Exporter, variable: Any, new: Any, scope: Scope,
                   spec: _functions.FunctionSpec, updates: Dict[str, Any]) -> None:
    """A shared sparse matrix keeps its pattern, as shared variables keep their shapes."""
    value = _sparse(exporter, new, scope, spec)
    if value is None:
        return
    own = declare_sparse_shared(exporter, variable)
    if value.parts()[1:] != own.parts()[1:] or value.dtype != own.dtype:
        exporter.problems.append(
            "function '%s': the update of the sparse %s may change its pattern, which shared "
            "variables of tgc keep; make it from csm_data(x) with CSR or CSC of the same indices" %
            (spec.name, exporter.title(variable)))
        return
    updates[own.data] = value.data


def _result_names(operands: List[Any]) -> List[str]:
    """A variable may be a result twice, but two results have two names."""
    names: List[str] = []
    for operand in operands:
        name, number = str(operand), 1
        while name in names:
            number += 1
            name = "%s_result_%d" % (operand, number)
        names.append(name)
    return names


def _as_variable(value: Any) -> Any:
    return value if ancestors.is_variable(value) else numpy.asarray(value)


def _give(exporter: Exporter, variable: Any, replacement: Any, scope: Scope, spec: Any) -> None:
    if ancestors.sparse_format(variable):
        value = _sparse(exporter, replacement, scope, spec)
        if value is not None:
            scope.values[variable] = value
        return
    scope.values[variable] = _value(exporter, replacement, scope, spec,
                                    ancestors.dtype_of(variable))
    if not isinstance(replacement, numpy.ndarray):
        scope.sizes[variable] = [dim_of(exporter, replacement, i, scope)
                                 for i in range(ancestors.rank_of(replacement))]
        value = number(exporter, replacement, scope)
        if value is not None and not ancestors.rank_of(replacement):
            scope.numbers[variable] = value


def _value(exporter: Exporter, variable: Any, scope: Scope, spec: Any,
           dtype: Optional[str] = None) -> Any:
    """The operand of an output or update; `dtype`: what it must have."""
    try:
        if isinstance(variable, numpy.ndarray):
            return exporter.constant(variable.astype(dtype or variable.dtype))
        exporter.walk([variable], scope)
        operand = exporter.operand(variable, scope)
        own = ancestors.dtype_of(variable)
        if dtype is not None and own != dtype:
            return exporter.cast(scope, operand, dtype)
        return operand
    except Skipped:
        return None
    except Unsupported as problem:
        text = "function '%s': %s" % (spec.name, problem)
        if text not in exporter.problems:
            exporter.problems.append(text)
        return None


# --- JSON ---------------------------------------------------------------------------------------


def _stored(name: str, value: numpy.ndarray, weights: str,
            tensors: List[Tuple[str, numpy.ndarray]]) -> Dict[str, Any]:
    entry: Any = OrderedDict([("dtype", value.dtype.name), ("shape", list(value.shape))])
    if value.size <= _INLINE:
        entry["value"] = _elements(value.tolist())
    else:
        tensors.append((name, value))
        entry["value"] = OrderedDict([("file", weights), ("member", name)])
    return entry


def _elements(value: Any) -> Any:
    if isinstance(value, list):
        return [_elements(part) for part in value]
    if isinstance(value, complex):
        return {"re": _elements(value.real), "im": _elements(value.imag)}
    if isinstance(value, float) and not numpy.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return value


def to_text(document: Dict[str, Any]) -> str:
    """JSON with one declaration, node and function a line; bodies of loops are indented."""
    lines = []
    for key, value in document.items():
        if not isinstance(value, (dict, list)):
            lines.append("  %s: %s" % (json.dumps(key), json.dumps(value)))
            continue
        items = value.items() if isinstance(value, dict) else [(None, v) for v in value]
        texts = ["    " + ("" if k is None else json.dumps(k) + ": ") + json.dumps(v)
                 for k, v in items]
        brackets = "{}" if isinstance(value, dict) else "[]"
        lines.append("  %s: %s\n%s\n  %s" % (json.dumps(key), brackets[0], ",\n".join(texts),
                                             brackets[1]))
    return "{\n" + ",\n".join(lines) + "\n}\n"
