# SPDX-License-Identifier: Apache-2.0
"""The C API of libtgc_runtime.so (runtime/include/tgc/runtime.h) through ctypes."""
import ctypes
import os
import threading
from typing import Any, Dict

import numpy

from . import _errors

MAX_RANK = 16
# In the order of TGC_BOOL, TGC_INT8, … of bundle_abi.h.
DTYPES = [numpy.dtype(name) for name in (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128")]
CODES = {dtype: code for code, dtype in enumerate(DTYPES)}


class RuntimeErrorRecord(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("status", ctypes.c_int),
                ("message", ctypes.c_char * 2000)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_uint32), ("rank", ctypes.c_uint32),
                ("dims", ctypes.c_int64 * MAX_RANK), ("strides", ctypes.c_int64 * MAX_RANK),
                ("has_strides", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("capacity", ctypes.c_size_t)]


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("device", ctypes.c_char_p),
                ("threads", ctypes.c_int32), ("check_digests", ctypes.c_int32),
                ("preallocate", ctypes.c_double)]


class FunctionInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("input_count", ctypes.c_uint32),
                ("output_count", ctypes.c_uint32), ("update_count", ctypes.c_uint32)]


class ValueInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dtype", ctypes.c_uint32), ("rank", ctypes.c_uint32),
                ("dims", ctypes.c_int64 * MAX_RANK)]


_POINTER = ctypes.c_void_p
_NUMBER = ctypes.c_uint32
_ERROR = ctypes.POINTER(RuntimeErrorRecord)
_TENSORS = ctypes.POINTER(Tensor)
_OUT = ctypes.POINTER(ctypes.c_void_p)
# name: (result, arguments); functions that return a status have the error record as the last one.
_SIGNATURES: Dict[str, Any] = {
    "tgc_runtime_version": (ctypes.c_int, []),
    "tgc_engine_open": (ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(Options), _OUT, _ERROR]),
    "tgc_engine_close": (None, [_POINTER]),
    "tgc_engine_name": (ctypes.c_char_p, [_POINTER]),
    "tgc_engine_device": (ctypes.c_char_p, [_POINTER]),
    "tgc_function_count": (_NUMBER, [_POINTER]),
    "tgc_function_describe": (ctypes.c_int, [_POINTER, _NUMBER, ctypes.POINTER(FunctionInfo),
                                             _ERROR]),
    "tgc_input_describe": (ctypes.c_int, [_POINTER, _NUMBER, _NUMBER, ctypes.POINTER(ValueInfo),
                                          _ERROR]),
    "tgc_output_describe": (ctypes.c_int, [_POINTER, _NUMBER, _NUMBER, ctypes.POINTER(ValueInfo),
                                           _ERROR]),
    "tgc_shared_count": (_NUMBER, [_POINTER]),
    "tgc_shared_describe": (ctypes.c_int, [_POINTER, _NUMBER, ctypes.POINTER(ValueInfo), _ERROR]),
    "tgc_state_new": (ctypes.c_int, [_POINTER, _OUT, _ERROR]),
    "tgc_state_release": (None, [_POINTER]),
    "tgc_state_get": (ctypes.c_int, [_POINTER, ctypes.c_char_p, _TENSORS, _ERROR]),
    "tgc_state_set": (ctypes.c_int, [_POINTER, ctypes.c_char_p, _TENSORS, _ERROR]),
    "tgc_state_save": (ctypes.c_int, [_POINTER, ctypes.c_char_p, _ERROR]),
    "tgc_state_load": (ctypes.c_int, [_POINTER, ctypes.c_char_p, _ERROR]),
    "tgc_context_new": (ctypes.c_int, [_POINTER, _POINTER, _OUT, _ERROR]),
    "tgc_context_free": (None, [_POINTER]),
    "tgc_call": (ctypes.c_int, [_POINTER, _NUMBER, _TENSORS, _NUMBER, _TENSORS, _NUMBER, _ERROR]),
    "tgc_context_profile": (ctypes.c_char_p, [_POINTER]),
}
_STATUS = {name for name, (_, arguments) in _SIGNATURES.items()
           if arguments and arguments[-1] is _ERROR}


class Library(object):
    """call("state_get", …) is tgc_state_get, with a failure as an exception."""

    def __init__(self, path: str) -> None:
        try:
            self._library = ctypes.CDLL(path)
        except OSError as problem:
            raise _errors.UnavailableError("cannot load %s: %s" % (path, problem))
        self._functions = {}
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
            self._functions[name] = function
        self._run = self._functions["tgc_call"]

    def call(self, name: str, *arguments: Any) -> Any:
        name = "tgc_" + name
        if name not in _STATUS:
            return self._functions[name](*arguments)
        record = RuntimeErrorRecord()
        record.size = ctypes.sizeof(record)
        status = self._functions[name](*(arguments + (ctypes.byref(record),)))
        if status != 0:
            _fail(status, record)
        return None

    def run(self, *arguments: Any) -> None:
        """tgc_call, with one record for the errors of a thread."""
        record = getattr(_local, "record", None)
        if record is None:
            record = _local.record = RuntimeErrorRecord()
            record.size = ctypes.sizeof(record)
        status = self._run(*(arguments + (record,)))
        if status != 0:
            _fail(status, record)


def _fail(status: int, record: RuntimeErrorRecord) -> None:
    text = record.message.decode("utf-8", "replace")
    raise _errors.BY_STATUS.get(status, _errors.InternalError)(text)


_local = threading.local()


_libraries: Dict[str, Library] = {}
_lock = threading.Lock()


def library_of(bundle: str) -> Library:
    """The runtime that lies in the bundle; loaded once for each file."""
    path = os.path.realpath(os.path.join(bundle, "libtgc_runtime.so"))
    with _lock:
        if path not in _libraries:
            if not os.path.exists(path):
                raise _errors.BundleError("'%s' is no bundle: it holds no libtgc_runtime.so"
                                          % bundle)
            _libraries[path] = Library(path)
        return _libraries[path]
