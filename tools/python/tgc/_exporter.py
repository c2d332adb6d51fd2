# SPDX-License-Identifier: Apache-2.0
"""The graph of an ancestor -> the sections of a graph file: names, declarations, nodes.

Exporter holds what the whole file shares; a Scope is one function's, inner graph's or loop body's
view of it: which variable stands under which name. Equal nodes are written once.
"""
import json
import re
from collections import OrderedDict
from typing import Any, Dict, List, Optional, Set, Tuple

import numpy

from . import _ancestors as ancestors
from ._dims import Dim
from ._op_table import OP_ROWS, SCALAR_ROWS
from ._random_state import random_words
from ._sparse import as_sparse, declare_sparse_input, declare_sparse_shared

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float16", "float32", "float64", "complex64", "complex128")
RESERVED = ("nan", "inf", "-inf", "rule")  # no names in a file
_INLINE = 8  # elements; larger values go to the weights file


class ExportError(Exception):
    """What cannot be exported, all of it: `problems` has a line for each occurrence."""

    def __init__(self, problems: List[str]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        title = "%d %s cannot be exported" % (count, "thing" if count == 1 else "things")
        Exception.__init__(self, "\n  ".join([title + ":"] + self.problems))


class Unsupported(Exception):
    """Of the node that is being written; the reason."""


class Skipped(Exception):
    """The node needs one that was reported already."""


class Scope(object):
    """`values`: the operand (a name or a literal) of each variable. `nodes` is shared by scopes
    that write into the same list; `sizes` are dims that are known of variables without an Apply;
    `numbers` values of integer scalars; `loops` what stands for the buffers of scans; `loop_steps`
    the numbers of steps of scans that may end early."""

    def __init__(self, nodes: "NodeList", inside: str = "") -> None:
        self.values: Dict[Any, Any] = {}
        self.sizes: Dict[Any, List[Dim]] = {}
        self.numbers: Dict[Any, Dim] = {}
        self.measures: Dict[str, Dim] = {}  # dims that were made of operands
        self.constants: Dict[Any, Any] = {}  # constants that inputs of a graph inside stand for
        self.folded: Dict[Any, Any] = {}
        self.failed: Set[Any] = set()
        self.loops: Dict[Any, Any] = {}
        self.loop_steps: Dict[Any, Dim] = {}
        self.nodes = nodes
        self.inside = inside  # for messages: "in the body of scan_fn"


class NodeList(object):
    def __init__(self) -> None:
        self.nodes: List[Dict[str, Any]] = []
        self.known: Dict[str, Tuple[str, ...]] = {}


class Exporter(object):
    def __init__(self, warn: Any) -> None:
        self.names: Set[str] = set()
        self.counts: Dict[str, int] = {}
        self.dims: Dict[str, Dict[str, Any]] = OrderedDict()
        self.inputs: Dict[str, Dict[str, Any]] = OrderedDict()
        self.shared: Dict[str, Any] = OrderedDict()
        self.constants: Dict[str, numpy.ndarray] = OrderedDict()
        self.declared: Dict[Any, str] = {}
        self.declared_sizes: Dict[Any, List[Dim]] = {}
        self.declared_numbers: Dict[Any, Dim] = {}
        self.storages: Dict[int, Any] = {}  # the shared variable that was declared for a storage
        self.sparse: Dict[Any, Any] = {}  # the parts of declared sparse matrices
        self.sparse_names: Dict[Any, List[str]] = {}
        self.states: Dict[int, Tuple[str, List[Dim]]] = {}  # by the ancestor's storage
        self.constant_names: Dict[Tuple[str, Tuple[int, ...], bytes], str] = {}
        self.contexts: Set[str] = set()  # that Theano's graph names
        self.top = NodeList()
        self.problems: List[str] = []
        self.reported: Set[Any] = set()
        self.warn = warn

    # --- names ----------------------------------------------------------------------------------

    def unique(self, wanted: str, first: bool = True) -> str:
        """`wanted`, or `wanted_2`, …; with first=False always numbered."""
        wanted = wanted[:150] or "value"
        if wanted in RESERVED:
            wanted += "_"
        if first and wanted not in self.names:
            self.names.add(wanted)
            return wanted
        number = self.counts.get(wanted, 1 if first else 0)
        while True:
            number += 1
            name = "%s_%d" % (wanted, number)
            if name not in self.names:
                self.counts[wanted] = number
                self.names.add(name)
                return name

    @staticmethod
    def identifier(text: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "value"
        if name in RESERVED:
            return name + "_"
        return "_" + name if name[0].isdigit() else name

    # --- what has no Apply ----------------------------------------------------------------------

    def declare_input(self, variable: Any, as_names: bool = False) -> str:
        if variable in self.declared:
            return self.declared[variable]
        if ancestors.sparse_format(variable):
            declare_sparse_input(self, variable)
            return ""
        dtype = ancestors.dtype_of(variable)
        shape = ancestors.static_shape(variable)
        words = ancestors.random_state_type(variable)
        if words is not None:
            dtype, shape = words[0], (words[1],)
        if dtype not in DTYPES:
            raise Unsupported("an input of type %s" % variable.type)
        wanted = variable.name or "input"
        is_number = not shape and "int" in dtype
        name = self.unique(self.identifier(wanted) if is_number or as_names else wanted,
                           bool(variable.name))
        dims: List[Dim] = []
        example = ancestors.test_shape(variable)
        for i, size in enumerate(shape):
            if size is not None:
                dims.append(Dim.number(size))
                continue
            symbol = self.unique("%s_%d" % (self.identifier(name), i))
            dims.append(Dim.atom(symbol))
            if example is not None and len(example) == len(shape):
                self.dims[symbol] = OrderedDict([("hint", example[i])])
        self.inputs[name] = OrderedDict([("dtype", dtype), ("shape", [d.json() for d in dims])])
        self.declared[variable] = name
        self.declared_sizes[variable] = dims
        if is_number:
            self.declared_numbers[variable] = Dim.atom(name, dtype.startswith("u"))
        return name

    def declare_shared(self, variable: Any, value: Any = None) -> str:
        if variable in self.declared:
            return self.declared[variable]
        if ancestors.sparse_format(variable):
            declare_sparse_shared(self, variable, value)
            return ""
        storage = ancestors.shared_storage(variable) if value is None else None
        twin = self.storages.get(id(storage)) if storage is not None else None
        if twin is not None:
            self.declared_sizes[variable] = self.declared_sizes[twin]
            self.declared[variable] = self.declared[twin]
            return self.declared[variable]
        if storage is not None:
            self.storages[id(storage)] = variable
        value = ancestors.shared_value(variable) if value is None else value
        words = random_words(value)
        if words is not None:
            value = words
        elif ancestors.dtype_of(variable) not in DTYPES:
            raise Unsupported("a shared variable of type %s" % variable.type)
        array = numpy.asarray(value)
        name = self.unique(variable.name or "shared", bool(variable.name))
        self.shared[name] = array
        self.declared[variable] = name
        self.declared_sizes[variable] = [Dim.number(size) for size in array.shape]
        return name

    def declare_state(self, variable: Any, place: Any, scope: Scope) -> str:
        """A variable of one function with a value of its own: an input with an update. `place` is
        its container, which several functions may share, or its first value."""
        place = getattr(place, "container", place)  # of a shared variable
        storage = getattr(place, "storage", None)
        value = place if storage is None else storage[0]
        if ancestors.sparse_format(variable):
            return self.declare_shared(variable, value)
        if storage is not None and id(storage) in self.states:
            name, dims = self.states[id(storage)]
        else:
            kept: Any = [(known, known.pop(variable, None))  # of a function that has it as an input
                         for known in (self.declared, self.declared_sizes)]
            name = self.declare_shared(variable, value)
            dims = self.declared_sizes[variable]
            for known, before in kept:
                del known[variable]
                if before is not None:
                    known[variable] = before
            if storage is not None:
                self.states[id(storage)] = name, dims
        scope.values[variable], scope.sizes[variable] = name, dims
        return name

    def constant(self, value: numpy.ndarray, name: Optional[str] = None) -> Any:
        """A literal where tgc gives it the same dtype, else the name of a constant."""
        if value.dtype.name not in DTYPES:
            raise Unsupported("a constant of dtype %s" % value.dtype.name)
        if value.ndim == 0 and value.dtype.name == "bool":
            return bool(value)
        if value.ndim == 0 and value.dtype.kind == "i":
            number = int(value)
            smallest = next(bits for bits in (8, 16, 32, 64)
                            if -(1 << (bits - 1)) <= number < (1 << (bits - 1)))
            if value.dtype.name == "int%d" % smallest:
                return number
        key = (value.dtype.name, value.shape, value.tobytes())
        if key not in self.constant_names:
            if value.ndim == 0:
                name = "%s(%s)" % (value.dtype.name, repr(value.item()))
            self.constant_names[key] = self.unique(name or "constant", bool(name))
            self.constants[self.constant_names[key]] = value
        return self.constant_names[key]

    # --- variables ------------------------------------------------------------------------------

    def operand(self, variable: Any, scope: Scope) -> Any:
        """The name or literal that stands for the variable, whose node is written if need be."""
        if variable in scope.values:
            value = scope.values[variable]
            return value.operand() if hasattr(value, "operand") else value
        if variable in scope.failed:
            raise Skipped()
        if ancestors.sparse_format(variable):
            return as_sparse(self, variable, scope).operand()
        if ancestors.is_constant(variable):
            if ancestors.dtype_of(variable) not in DTYPES:
                raise Unsupported("a constant of type %s" % variable.type)
            value = ancestors.constant_value(variable)
            return self.constant(value.astype(ancestors.dtype_of(variable)), variable.name)
        if variable in self.declared:
            return self.declared[variable]
        if ancestors.is_shared(variable):
            return self.declare_shared(variable)
        if variable.owner is None:
            raise Unsupported("needs %s, which is not among the inputs" % self.title(variable))
        self.build(variable.owner, scope)
        if variable in scope.failed:
            raise Skipped()
        return self.operand(variable, scope)

    def operands(self, variables: List[Any], scope: Scope) -> List[Any]:
        return [self.operand(variable, scope) for variable in variables]

    @staticmethod
    def title(variable: Any) -> str:
        return "'%s'" % variable.name if variable.name else str(variable)

    # --- nodes ----------------------------------------------------------------------------------

    def emit(self, scope: Scope, op: str, inputs: List[Any], attributes: Any = (),
             variable: Any = None, variables: Any = None, name: Optional[str] = None) -> Any:
        """Writes a node, or finds the equal one. `variable` gives its name and trace; `variables`
        are those of a node with several outputs, whose names are returned as a list."""
        node: Dict[str, Any] = OrderedDict()
        node["op"] = op
        node["inputs"] = list(inputs)
        for key, value in attributes:
            node[key] = value
        outputs = [variable] if variables is None else list(variables)
        key_text = json.dumps(node)
        known = scope.nodes.known.get(key_text)
        wanted = [name if name else getattr(v, "name", None) for v in outputs]
        if known is not None and all(not w or w == k for w, k in zip(wanted, known)):
            return known[0] if variables is None else list(known)
        names = tuple(self.unique(w or op, bool(w)) for w in wanted)
        scope.nodes.known.setdefault(key_text, names)
        if variables is None:
            node["name"] = names[0]
        else:
            node["outputs"] = list(names)
        place = None if outputs[0] is None else ancestors.place_text(outputs[0])
        if place:
            node["trace"] = [place]
        scope.nodes.nodes.append(node)
        return names[0] if variables is None else list(names)

    def cast(self, scope: Scope, operand: Any, dtype: str) -> Any:
        return self.emit(scope, "cast", [operand], [("dtype", dtype)])

    def dim_operand(self, scope: Scope, dim: Dim) -> Any:
        """A variable with the value of the expression: a literal, a dim's name or a `dim` node."""
        value = dim.json()
        if isinstance(value, int) or value in self.names:
            return value
        return self.emit(scope, "dim", [], [("value", value)])

    def walk(self, outputs: List[Any], scope: Scope) -> None:
        """Writes all nodes that the outputs need, but for those that are about sizes: these are
        written when somebody asks for them as values."""
        for apply in ancestors.applies_in_order(outputs, scope.values):
            if not self.is_about_sizes(apply):
                self.build(apply, scope)

    @staticmethod
    def is_about_sizes(apply: Any) -> bool:
        kind = ancestors.class_name(apply.op)
        if kind in ("Scan", "IfElse"):
            return False
        if kind in ("AllocEmpty", "MakeSlice"):
            return True
        if kind == "IncSubtensor" and apply.inputs[0].owner is not None:
            return ancestors.class_name(apply.inputs[0].owner.op) == "AllocEmpty"
        variables = list(apply.outputs)
        scalar = getattr(apply.op, "scalar_op", None)
        if kind == "Elemwise" and scalar is not None and ancestors.class_name(scalar) == "Cast":
            variables = list(apply.inputs)
            if variables[0].owner is None and not ancestors.is_constant(variables[0]):
                return False
        return all("int" in (ancestors.dtype_of(v) or "") and ancestors.rank_of(v) <= 1
                   for v in variables)

    def build(self, apply: Any, scope: Scope) -> None:
        if all(variable in scope.values or variable in scope.failed for variable in apply.outputs):
            return
        from . import _make_ops
        try:
            values = _make_ops.make(self, apply, scope)
        except Skipped:
            scope.failed.update(apply.outputs)
            return
        except Unsupported as problem:
            scope.failed.update(apply.outputs)
            self.report(apply, str(problem), scope)
            return
        for variable, value in zip(apply.outputs, values):
            if variable not in scope.values:
                scope.values[variable] = value

    def report(self, apply: Any, reason: str, scope: Scope) -> None:
        if (apply, scope.inside) in self.reported:
            return
        self.reported.add((apply, scope.inside))
        variable = apply.outputs[0]
        self.problems.append("%s (%s)%s: %s%s" % (
            op_text(apply.op), self.title(variable), " " + scope.inside if scope.inside else "",
            reason, ancestors.created_at(variable)))


def op_text(op: Any) -> str:
    """Elemwise{exp}: the class, and the scalar op where there is one."""
    kind = ancestors.class_name(op)
    scalar = getattr(op, "scalar_op", None)
    core = getattr(op, "core_op", None)
    if scalar is not None and kind == "Elemwise":
        return "%s{%s}" % (kind, ancestors.class_name(scalar))
    return "%s{%s}" % (kind, ancestors.class_name(core)) if core is not None else kind


def is_known_op(op: Any) -> bool:
    kind = ancestors.class_name(op)
    return kind in OP_ROWS or kind in SCALAR_ROWS
