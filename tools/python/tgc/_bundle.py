# SPDX-License-Identifier: Apache-2.0
"""load(): a bundle that runs on NumPy arrays."""
import ctypes
import os
import shutil
import tempfile
import threading
import weakref
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy

from . import _errors, _runtime

_flags_lock = threading.Lock()
_opened: Dict[str, Tuple[Any, ...]] = {}  # what lay at a path when it was opened first


class Value(object):
    """Name, dtype and shape of an input, an output or a shared variable; a dim that is known only
    when a function is called is None."""

    def __init__(self, info: _runtime.ValueInfo) -> None:
        self.name = info.name.decode("utf-8")
        self.dtype = _runtime.DTYPES[info.dtype]
        self.shape = tuple(None if d < 0 else int(d) for d in info.dims[:info.rank])

    def __repr__(self) -> str:
        dims = ", ".join("?" if d is None else str(d) for d in self.shape)
        return "%s: %s[%s]" % (self.name, self.dtype, dims)


class Function(object):
    """One function of a bundle. Call it with arrays in the order of `inputs`, or by their names.

    Arrays are read where they lie, whatever their strides; one of another dtype is converted if
    that loses nothing. The result is an array, a tuple of arrays where there are several outputs,
    or None where there are none; results belong to the caller.
    """

    def __init__(self, bundle: "Bundle", number: int) -> None:
        self._bundle, self._number = bundle, number
        info = _runtime.FunctionInfo()
        bundle._call("function_describe", bundle._engine, number, ctypes.byref(info))
        self.name = info.name.decode("utf-8")
        self.inputs = [bundle._describe("input_describe", i, number)
                       for i in range(info.input_count)]
        self.outputs = [bundle._describe("output_describe", i, number)
                        for i in range(info.output_count)]
        self.update_count = int(info.update_count)
        # The shapes of results by those of the arguments, until one was seen to depend on more.
        self._results: Dict[Any, List[Tuple[int, ...]]] = {}
        self._depends_on_data = False
        self._arguments = (_runtime.Tensor * max(1, len(self.inputs)))()
        self._returned = (_runtime.Tensor * max(1, len(self.outputs)))()
        self._slots = [self._arguments[i] for i in range(len(self.inputs))]
        self._given = [self._returned[i] for i in range(len(self.outputs))]
        self._layouts: List[Any] = [None] * len(self.inputs)  # what the slots hold
        self._wanted = [info.dtype for info in self.inputs]
        self._unknown = [i for i, info in enumerate(self.outputs) if None in info.shape]
        # Sizes may depend on the values of integer scalars, too.
        self._numbers = [i for i, info in enumerate(self.inputs)
                         if not info.shape and info.dtype.kind in "iu"]

    def __repr__(self) -> str:
        return "%s(%s) -> (%s)" % (self.name, ", ".join(map(repr, self.inputs)),
                                   ", ".join(map(repr, self.outputs)))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != len(self.inputs):
            self._check_names(kwargs)
            args, kwargs = self._without_sparse(args, kwargs)
            args = tuple(self._bind(args, kwargs))
        arrays = [value if type(value) is numpy.ndarray and value.dtype is dtype else
                  as_array(value, self.inputs[i])
                  for i, (value, dtype) in enumerate(zip(args, self._wanted))]
        key: Any = tuple([array.shape for array in arrays])
        if self._numbers:
            key += tuple([int(arrays[i]) for i in self._numbers])
        bundle = self._bundle
        with bundle._lock:
            bundle._check_open()
            for i, array in enumerate(arrays):
                layout = (array.shape, array.strides)
                if layout != self._layouts[i]:
                    fill_tensor(self._slots[i], array)
                    self._layouts[i] = layout
                else:
                    self._slots[i].data = array.__array_interface__["data"][0]
            shapes = self._results.get(key)
            results = self._prepare(shapes)
            try:
                self._run(len(arrays))
            except _errors.ArgumentError:
                if shapes is None:
                    raise
                shapes = None  # perhaps a result is larger now; a call that failed changed nothing
                self._prepare(None)
                self._run(len(arrays))
                self._depends_on_data = True
            if shapes is None:
                results = [_copy(tensor) for tensor in self._given]
                self._keep(key, [result.shape for result in results])
            else:
                self._shrink(results)
        if len(results) == 1:
            return results[0]
        return tuple(results) if results else None

    def _run(self, count: int) -> None:
        bundle = self._bundle
        bundle._library.run(bundle._context, self._number, self._arguments, count,
                            self._returned, len(self.outputs))

    def _keep(self, key: Any, shapes: List[Tuple[int, ...]]) -> None:
        if self._depends_on_data or len(self._results) > 64:
            self._results.clear()
        if not self._depends_on_data:
            self._results[key] = shapes

    def _shrink(self, results: List[numpy.ndarray]) -> None:
        """Cuts what is smaller now than in an earlier call with arguments of these shapes."""
        for i in self._unknown:
            tensor, result = self._given[i], results[i]
            shape = tuple(tensor.dims[:tensor.rank])
            if shape == result.shape:
                continue
            self._depends_on_data = True
            self._results.clear()
            size = int(numpy.prod(shape))
            results[i] = result.reshape(-1)[:size].reshape(shape).copy()

    def _check_names(self, kwargs: Dict[str, Any]) -> None:
        names = [info.name for info in self.inputs]
        known = set(names) | {name.rpartition("_")[0] for name in names
                              if name.endswith("_indptr")}
        for name in kwargs:
            if name not in known:
                raise TypeError("%s() has no input '%s'; there are %s" % (self.name, name,
                                                                          ", ".join(names)))

    def _refuse_dense(self, value: Any, base: str) -> None:
        """A dense matrix where the parts of the sparse matrix `base` are asked for."""
        names = [info.name for info in self.inputs]
        parts = [base + end for end in ("_data", "_indices", "_indptr")]
        if numpy.ndim(value) == 2 and set(parts) <= set(names):
            raise _errors.ArgumentError(
                "input '%s' is a dense matrix; pass a SciPy %s matrix, or its parts %s" %
                (base, "csc" if base + "_rows" in names else "csr", ", ".join(parts)))

    def _without_sparse(self, args: Any, kwargs: Any) -> Tuple[Any, Any]:
        """SciPy's csr and csc matrices as their parts: data, indices, indptr and the size that
        these do not tell, where the function asks for it."""
        values: List[Any] = []
        for value in args:
            place = len(values)
            if not hasattr(value, "indptr") and place < len(self.inputs):
                self._refuse_dense(value, self.inputs[place].name.rpartition("_")[0])
            values += [value] if not hasattr(value, "indptr") else [
                part for _, part in self._parts(value, self.inputs[place:place + 4])]
        named = {}
        for name, value in kwargs.items():
            if hasattr(value, "indptr"):
                wanted = [i for i in self.inputs if i.name.rpartition("_")[0] == name]
                named.update(self._parts(value, wanted))
            else:
                self._refuse_dense(value, name)
                named[name] = value
        return tuple(values), named

    @staticmethod
    def _parts(value: Any, wanted: List[Value]) -> List[Tuple[str, Any]]:
        sizes = {"columns": value.shape[1]} if value.format == "csr" else {"rows": value.shape[0]}
        known = dict(sizes, data=value.data, indices=value.indices, indptr=value.indptr)
        base = wanted[0].name.rpartition("_")[0] if wanted else ""
        parts = []
        for info in wanted:
            start, _, end = info.name.rpartition("_")
            if start == base and end in known:
                parts.append((info.name, known[end]))
            elif start == base and end in ("columns", "rows"):
                raise _errors.ArgumentError("input '%s' is a %s matrix, which the function does not "
                                            "take: it asks for %s" % (base, value.format,
                                                                      info.name))
        return parts

    def _bind(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> List[Any]:
        if len(args) + len(kwargs) != len(self.inputs):
            raise TypeError("%s() takes %d inputs (%s), got %d" % (
                self.name, len(self.inputs), ", ".join(i.name for i in self.inputs),
                len(args) + len(kwargs)))
        values = list(args)
        for info in self.inputs[len(args):]:
            if info.name not in kwargs:
                raise TypeError("%s() misses input '%s'" % (self.name, info.name))
            values.append(kwargs[info.name])
        return values

    def _prepare(self, shapes: Optional[List[Tuple[int, ...]]]) -> List[numpy.ndarray]:
        """Memory for the results where their shapes are known from an earlier call."""
        results = []
        for i, tensor in enumerate(self._given):
            if shapes is None:
                tensor.data, tensor.capacity = None, 0
                continue
            result = numpy.empty(shapes[i], self.outputs[i].dtype)
            tensor.data = result.__array_interface__["data"][0]
            tensor.capacity = result.nbytes
            results.append(result)
        return results


def as_array(value: Any, info: Value, what: str = "input") -> numpy.ndarray:
    """An array of exactly the wanted dtype; ArgumentError where values could be lost."""
    if not isinstance(value, (numpy.ndarray, numpy.generic)) and hasattr(value, "__dlpack__"):
        if not hasattr(numpy, "from_dlpack"):
            raise _errors.ArgumentError("%s '%s' is no NumPy array, and this NumPy (%s) has no "
                                        "from_dlpack" % (what, info.name, numpy.__version__))
        value = numpy.from_dlpack(value)
    typed = isinstance(value, (numpy.ndarray, numpy.generic))
    array = numpy.asarray(value)
    if array.dtype != info.dtype:  # another byte order, too
        same_numbers = array.dtype.newbyteorder("=") == info.dtype
        if not same_numbers and not _loses_nothing(array, info.dtype, typed):
            raise _errors.ArgumentError("%s '%s' is %s, which does not convert to %s without loss; "
                                        "cast it: .astype(\"%s\")" % (
                                            what, info.name, array.dtype, info.dtype, info.dtype))
        array = array.astype(info.dtype)
    return array


def _loses_nothing(array: numpy.ndarray, dtype: numpy.dtype, typed: bool) -> bool:
    if array.size == 0 and not typed:
        return True
    if numpy.can_cast(array.dtype, dtype, "safe"):
        return True
    if typed:  # an array means its dtype
        return False
    if dtype.kind == "f":  # Python's numbers take the dtype that is asked for
        return array.dtype.kind in "iuf"
    return array.dtype.kind in "iu" and dtype.kind in "iu" and bool(
        (array.astype(dtype) == array).all())


def fill_tensor(tensor: _runtime.Tensor, array: numpy.ndarray) -> None:
    tensor.data = array.__array_interface__["data"][0]
    tensor.dtype = _runtime.CODES[array.dtype]
    tensor.rank = array.ndim
    for i, (size, step) in enumerate(zip(array.shape, array.strides)):
        tensor.dims[i] = size
        tensor.strides[i] = step
    tensor.has_strides = 0 if array.flags.c_contiguous else 1
    tensor.capacity = array.nbytes


def _copy(tensor: _runtime.Tensor) -> numpy.ndarray:
    """A copy of memory that the context owns."""
    result = numpy.empty(tuple(tensor.dims[:tensor.rank]), _runtime.DTYPES[tensor.dtype])
    if result.nbytes:
        ctypes.memmove(result.ctypes.data, tensor.data, result.nbytes)
    return result


class Shared(object):
    """The shared variables by name: bundle.shared["w"] copies out, bundle.shared["w"] = v sets."""

    def __init__(self, bundle: "Bundle") -> None:
        self._bundle = bundle
        count = bundle._library.call("shared_count", bundle._engine)
        infos = [bundle._describe("shared_describe", i) for i in range(count)]
        self.values = {info.name: info for info in infos}

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> numpy.ndarray:
        bundle = self._bundle
        tensor = _runtime.Tensor()
        with bundle._lock:
            bundle._check_open()
            bundle._call("state_get", bundle._state, name.encode("utf-8"), ctypes.byref(tensor))
            result = numpy.empty(tuple(tensor.dims[:tensor.rank]), _runtime.DTYPES[tensor.dtype])
            tensor.data, tensor.capacity = result.ctypes.data, result.nbytes
            bundle._call("state_get", bundle._state, name.encode("utf-8"), ctypes.byref(tensor))
        return result

    def __setitem__(self, name: str, value: Any) -> None:
        bundle = self._bundle
        if name in self.values:
            value = as_array(value, self.values[name], "shared variable")
        tensor = _runtime.Tensor()
        fill_tensor(tensor, numpy.asarray(value))
        with bundle._lock:
            bundle._check_open()
            bundle._call("state_set", bundle._state, name.encode("utf-8"), ctypes.byref(tensor))


def _release(library: _runtime.Library, engine: Optional[int], state: Optional[int],
             context: Optional[int]) -> None:
    library.call("context_free", context)
    library.call("state_release", state)
    library.call("engine_close", engine)


class Bundle(object):
    """A loaded bundle: `bundle.train(x, y)` or `bundle["train"](x=x, y=y)` calls a function.

    Threads: a bundle may be used by several threads; its calls, which release the GIL, run one
    after the other, as they share one context. For calls at the same time give each thread a
    `bundle.sharing()`, which has a context of its own over the same shared variables: functions
    that only read these run side by side, one that updates them runs alone.
    """

    def __init__(self, path: str, options: _runtime.Options,
                 owner: Optional["Bundle"] = None) -> None:
        self._lock = threading.RLock()
        self.path = path
        self._options = options
        self._library = _runtime.library_of(path)
        self._engine = ctypes.c_void_p()
        self._state = ctypes.c_void_p()
        self._context = ctypes.c_void_p()
        if owner is None:
            self._call("engine_open", os.fsencode(path), ctypes.byref(options),
                       ctypes.byref(self._engine))
        try:
            if owner is None:
                self._call("state_new", self._engine, ctypes.byref(self._state))
            else:
                self._engine, self._state = owner._engine, owner._state
            self._call("context_new", self._engine, self._state, ctypes.byref(self._context))
        except _errors.Error:
            if owner is None:
                _release(self._library, self._engine.value, self._state.value, self._context.value)
            raise
        own = owner is None
        self._owner = owner  # lives as long as this
        self._free = weakref.finalize(self, _release, self._library,
                                      self._engine.value if own else None,
                                      self._state.value if own else None, self._context.value)
        self.functions: Dict[str, Function] = {}
        for number in range(self._library.call("function_count", self._engine)):
            function = Function(self, number)
            self.functions[function.name] = function
        self.shared = Shared(self)

    def _call(self, name: str, *arguments: Any) -> None:
        self._library.call(name, *arguments)

    def _check_open(self) -> None:
        if not self._free.alive or (self._owner is not None and not self._owner._free.alive):
            raise _errors.ArgumentError("the bundle '%s' was closed" % self.path)

    def _describe(self, what: str, number: int, function: Optional[int] = None) -> Value:
        info = _runtime.ValueInfo()
        place = (number,) if function is None else (function, number)
        self._call(what, *((self._engine,) + place + (ctypes.byref(info),)))
        return Value(info)

    def __getitem__(self, name: str) -> Function:
        if name not in self.functions:
            raise KeyError("no function '%s'; there are %s" % (name, ", ".join(self.functions)))
        return self.functions[name]

    def __getattr__(self, name: str) -> Function:
        functions = self.__dict__.get("functions", {})
        if name in functions:
            return functions[name]
        raise AttributeError("no function '%s'; there are %s" % (name, ", ".join(functions)))

    def __dir__(self) -> List[str]:
        return sorted(set(object.__dir__(self)) | set(self.functions))

    def __repr__(self) -> str:
        return "<tgc.Bundle %s on %s: %s>" % (self.name, self.device, ", ".join(self.functions))

    @property
    def name(self) -> str:
        self._check_open()
        return self._library.call("engine_name", self._engine).decode("utf-8")

    @property
    def device(self) -> str:
        """cpu, cuda0, …"""
        self._check_open()
        return self._library.call("engine_device", self._engine).decode("utf-8")

    def save_state(self, path: Any) -> None:
        """Writes all shared variables to a safetensors file, which is replaced in one step."""
        with self._lock:
            self._check_open()
            self._call("state_save", self._state, os.fsencode(os.fspath(path)))

    def load_state(self, path: Any) -> None:
        """Takes the shared variables from a safetensors file; on an error none changes."""
        with self._lock:
            self._check_open()
            self._call("state_load", self._state, os.fsencode(os.fspath(path)))

    def profile(self) -> str:
        """What the time of calls went to, a line a step. Counting starts with the first use."""
        with self._lock:
            self._check_open()
            text = self._library.call("context_profile", self._context)
            return text.decode("utf-8") if text else ""

    def sharing(self) -> "Bundle":
        """The same shared variables with a context of its own, for another thread."""
        self._check_open()
        return Bundle(self.path, self._options, self if self._owner is None else self._owner)

    def close(self) -> None:
        """Releases all memory now. It also goes when the last reference does."""
        with self._lock:
            self._free()

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _identity(path: str) -> Tuple[Any, ...]:
    """Changes when the bundle is compiled anew."""
    names = sorted(name for name in os.listdir(path) if name.endswith(".so"))
    stats = [os.stat(os.path.join(path, name)) for name in names]
    return tuple((name, s.st_ino, s.st_mtime_ns, s.st_size) for name, s in zip(names, stats))


def _current(path: str) -> Tuple[str, Optional[str]]:
    """(the folder to open, a copy to remove later). A process that has opened a library does not
    look at its file again, so that a bundle that was compiled anew is opened from a copy."""
    real = os.path.realpath(path)
    if not os.path.isdir(real):
        return path, None
    now = _identity(real)
    if _opened.setdefault(real, now) == now:
        return path, None
    folder = tempfile.mkdtemp(prefix="tgc-")
    copy = os.path.join(folder, os.path.basename(real))
    shutil.copytree(real, copy)
    return copy, folder


# What the runtime reads; TGC_FLAGS may hold those of `tgc compile`, too.
FLAGS = ("device", "init_gpu_device", "lib.cnmem", "gpuarray.preallocate", "openmp", "threads",
         "exception_verbosity")


def _check_flags(flags: str) -> None:
    for part in flags.split(","):
        name = part.partition("=")[0].strip()
        if name and name not in FLAGS:
            raise ValueError("flags=%r: '%s' is no flag of the runtime; there are %s" %
                             (flags, name, ", ".join(FLAGS)))


def load(path: Any, device: Optional[str] = None, threads: Optional[int] = None,
         flags: Optional[str] = None, check_digests: bool = True,
         preallocate: Optional[float] = None) -> Bundle:
    """Opens the bundle folder that `tgc compile` wrote.

    device: "cpu", "cuda", "cuda0", …; threads: of the process's CPU pool; preallocate: of GPU
        memory, as Theano's gpuarray.preallocate. None: as the configuration says (TGC_FLAGS,
        THEANO_FLAGS, the file that TGC_CONFIG names).
    flags: such as "exception_verbosity=high"; they come before those of TGC_FLAGS.
    check_digests: False vouches for the bundle's files and makes loading faster.
    """
    path = os.fspath(path)
    if threads is not None and threads < 0:
        raise ValueError("threads is %d; it must not be negative" % threads)
    _check_flags(flags or "")
    options = _runtime.Options()
    options.size = ctypes.sizeof(options)
    options.device = device.encode("utf-8") if device else None
    options.threads = threads or 0
    options.check_digests = 0 if check_digests else -1
    options.preallocate = preallocate or 0.0
    with _flags_lock:
        before = os.environ.get("TGC_FLAGS")
        if flags:
            os.environ["TGC_FLAGS"] = ",".join(part for part in (flags, before) if part)
        folder, copied = _current(path)
        try:
            bundle = Bundle(folder, options)
            if copied is not None:
                weakref.finalize(bundle, shutil.rmtree, copied, True)
            return bundle
        finally:
            if flags and before is None:
                del os.environ["TGC_FLAGS"]
            elif flags:
                os.environ["TGC_FLAGS"] = before or ""
