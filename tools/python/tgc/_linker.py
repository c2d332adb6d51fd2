# SPDX-License-Identifier: Apache-2.0
"""The mode TGC of Theano, Theano-PyMC, Aesara and PyTensor: function(..., mode="TGC") exports the
graph, compiles it with `tgc compile`, whose cache makes the same graph free, and runs the bundle.

The values of shared variables stay in the ancestor's containers: they are inputs of the bundle, and
updates are outputs. The work is done in place of the ancestor's rewrites, so that a function can
still be rewritten and run as ever where falling back is allowed.
"""
import importlib
import os
import shutil
import tempfile
import warnings
import weakref
from typing import Any, Callable, List, Optional

import numpy

from . import _ancestors as ancestors
from ._bundle import load
from ._compile import compile as compile_graph
from ._errors import CompileError
from ._export import graph_document, to_text
from ._exporter import ExportError
from ._functions import FunctionSpec
from ._originals import keep_originals
from ._random_state import generator_of, random_words
from ._safetensors import write_safetensors


class FallbackWarning(UserWarning):
    """A function runs in the ancestor, not in tgc."""


class Options(object):
    """Of the functions that are made from now on; see configure()."""

    def __init__(self) -> None:
        self.fallback = False
        self.target = "cpu"
        self.flags: Optional[str] = None
        self.device: Optional[str] = None
        self.threads: Optional[int] = None


class Runner(object):
    """A graph as a function from arrays to arrays. Its bundle lies in a folder of its own until
    the Runner goes."""

    def __init__(self, inputs: List[Any], outputs: List[Any], name: str, options: Options,
                 float_x: str) -> None:
        for output in outputs:
            if ancestors.sparse_format(output):
                raise ExportError(["%s is sparse, which a function of mode TGC cannot give; make it "
                                   "dense, or export the function" % output])
        spec = FunctionSpec("main")
        spec.inputs, spec.outputs = list(inputs), list(outputs)
        document, tensors = graph_document([spec], name, "model.safetensors")
        names = document["functions"]["main"]["inputs"]
        self._dtypes = [ancestors.dtype_of(output) for output in outputs]
        self._are_states = [ancestors.random_state_type(x) is not None for x in inputs]
        self._count = len(names)
        self.folder = tempfile.mkdtemp(prefix="tgc-")
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, True)
        if tensors:
            write_safetensors(os.path.join(self.folder, "model.safetensors"), tensors)
        graph = os.path.join(self.folder, "model.json")
        with open(graph, "w") as file:
            file.write(to_text(document))
        flags = ["floatX=" + float_x, "on_unused_input=ignore"]
        flags += [options.flags] if options.flags else []
        path = compile_graph(graph, target=options.target, flags=",".join(flags))
        self.bundle = load(path, device=options.device, threads=options.threads)
        self._function = self.bundle["main"]

    def __reduce__(self) -> Any:  # copies and pickles of a function compile anew
        return _Gone, ()

    def __call__(self, values: List[Any]) -> List[Any]:
        if any(self._are_states):
            values = [random_words(v) if s else v for v, s in zip(values, self._are_states)]
            if any(value is None for value in values):
                raise TypeError("tgc has RandomState and Generator(PCG64), no other generators")
        results = self._function(*values)
        if not isinstance(results, tuple):
            results = () if results is None else (results,)
        return [generator_of(result) if dtype is None else result.astype(dtype, copy=False)
                for result, dtype in zip(results, self._dtypes)]


class _Gone(object):
    """Stands in a copied graph where the original has its Runner."""


class Backend(object):
    """The classes of one ancestor's linker, rewriter and modes, made by inheriting from its own."""

    def __init__(self, package: str) -> None:
        self.package = importlib.import_module(package)
        self.name = package
        self.options = Options()
        self._link = _first_module(package, ("link.basic", "gof.link"))
        self._modes = importlib.import_module(package + ".compile.mode")
        self.linker = self._make_linker()
        self.rewriter = rewriter = self._make_rewriter()
        if package != "theano":
            maker = _first_class(package, (("compile.maker", "FunctionMaker"),
                                           ("compile.function.types", "FunctionMaker")))
            keep_originals(maker, _first_class(package, (("graph.basic", "clone_get_equiv"),)))
        self._modes.register_linker("tgc", self.linker())
        for mode, always in (("TGC", False), ("TGC_FALLBACK", True)):
            self._modes.register_mode(mode, self._modes.Mode(linker=self.linker(),
                                                             optimizer=rewriter(always)))

    def prepare(self, fgraph: Any, always: bool) -> None:
        """Compiles the graph, or where that fails and may fail rewrites it as FAST_RUN does."""
        try:
            fgraph.tgc_runner = self.runner_of(fgraph)
        except (ExportError, CompileError) as problem:
            if not (always or self.options.fallback):
                raise
            warnings.warn("the function runs in %s, not in tgc: %s" % (self.name, problem),
                          FallbackWarning, stacklevel=8)
            fgraph.tgc_runner = None
            self._usual_mode().optimizer(fgraph)

    def runner_of(self, fgraph: Any) -> Optional[Runner]:
        if not fgraph.outputs:
            return None
        return Runner(fgraph.inputs, fgraph.outputs, getattr(fgraph, "name", None) or "function",
                      self.options, self.package.config.floatX)

    def _usual_mode(self) -> Any:
        """FAST_RUN; PyTensor has none for the linker py."""
        try:
            return self._modes.get_mode("FAST_RUN")
        except KeyError:
            return self._modes.Mode(linker="py", optimizer="fast_run")

    def _make_rewriter(self) -> Any:
        base = _first_class(self.name, (("graph.rewriting.basic", "GraphRewriter"),
                                        ("graph.opt", "GlobalOptimizer"),
                                        ("gof.opt", "Optimizer")))
        backend = self

        class TgcRewriter(base):  # type: ignore
            """Stands where the ancestor's rewrites would: leaves the graph as it is."""

            def __init__(self, always: bool = False) -> None:
                base.__init__(self)
                self.always = always

            def __reduce__(self) -> Any:
                return _part_of, (backend.name, "rewriter"), self.__dict__

            def apply(self, fgraph: Any, *_: Any, **__: Any) -> None:
                backend.prepare(fgraph, self.always)

        return TgcRewriter

    def _make_linker(self) -> Any:
        base, backend, link = self._link.PerformLinker, self, self._link

        class TgcLinker(base):  # type: ignore
            """Runs the whole graph as one bundle of tgc."""

            def __reduce__(self) -> Any:
                return _part_of, (backend.name, "linker"), self.__dict__

            def make_thunk(self, input_storage: Any = None, output_storage: Any = None,
                           storage_map: Any = None, **_: Any) -> Any:
                fgraph = self.fgraph
                if isinstance(getattr(fgraph, "tgc_runner", _Gone()), _Gone):
                    # made without the rewriter of mode TGC, or copied
                    fgraph.tgc_runner = backend.runner_of(fgraph)
                if fgraph.tgc_runner is None:
                    usual = backend._usual_mode().linker.clone()
                    return usual.accept(fgraph, self.no_recycling).make_thunk(
                        input_storage=input_storage, storage_map=storage_map)
                return _thunk_of(fgraph, link, input_storage, output_storage)

        return TgcLinker


def _part_of(package: str, part: str) -> Any:
    """The linker or rewriter of a pickled function of mode TGC, before it gets its state."""
    return getattr(importlib.import_module("tgc." + package)._backend, part)()


def _thunk_of(fgraph: Any, link: Any, inputs: Any, outputs: Any) -> Any:
    runner = fgraph.tgc_runner
    inputs = [[None] for _ in fgraph.inputs] if inputs is None else inputs
    outputs = [[None] for _ in fgraph.outputs] if outputs is None else outputs

    def run(output_subset: Any = None) -> List[Any]:
        for cell, result in zip(outputs, runner([cell[0] for cell in inputs])):
            cell[0] = result
        return [cell[0] for cell in outputs]

    run.allow_gc = True  # type: ignore  # else Function.free() would clear shared variables
    run.storage_map = {v: cell for v, cell in zip(fgraph.inputs, inputs)}  # type: ignore
    run.runner = runner  # type: ignore
    return (run, [link.Container(v, cell) for v, cell in zip(fgraph.inputs, inputs)],
            [link.Container(v, cell, readonly=True) for v, cell in zip(fgraph.outputs, outputs)])


def _first_module(package: str, names: Any) -> Any:
    for name in names:
        try:
            return importlib.import_module("%s.%s" % (package, name))
        except ImportError:
            continue
    raise ImportError("this %s is none that tgc knows: it has none of %s" % (package, names))


def _first_class(package: str, names: Any) -> Any:
    for module, name in names:
        try:
            return getattr(importlib.import_module("%s.%s" % (package, module)), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError("this %s is none that tgc knows: it has none of %s" % (package, names))


def allow_fallback_of(backend: Backend) -> Callable[[bool], None]:
    def allow_fallback(allowed: bool = True) -> None:
        """Functions of mode TGC with ops that tgc does not know run in the ancestor as ever, with a
        FallbackWarning that names the ops. Mode TGC_FALLBACK does so whatever is set here."""
        backend.options.fallback = bool(allowed)
    return allow_fallback


def configure_of(backend: Backend) -> Callable[..., None]:
    def configure(target: str = "cpu", device: Optional[str] = None,
                  threads: Optional[int] = None, flags: Optional[str] = None) -> None:
        """For functions made from now on: what to compile for ("cpu", "cpu,cuda"), where to run
        them ("cuda0", which adds the target cuda), the number of CPU threads, and flags of
        `tgc compile`."""
        parts = [part.split(":")[0] for part in target.split(",")]
        if not all(part in ("cpu", "cuda") for part in parts):
            raise ValueError("there is no target '%s': cpu, cuda, or both as \"cpu,cuda\"" % target)
        if device and device.startswith("cuda") and "cuda" not in parts:
            target += ",cuda"
        options = backend.options
        options.target, options.device = target, device
        options.threads, options.flags = threads, flags
    return configure
