# SPDX-License-Identifier: Apache-2.0
"""tgc from Python.

    tgc.export(function, "model.json")   # a theano.function, pytensor.function, (inputs, outputs)
    tgc.compile("model.json")            # runs the command `tgc compile`: makes model.tgc
    bundle = tgc.load("model.tgc")       # runs it on NumPy arrays
    loss = bundle.train(x, y)

export() takes graphs of Theano, Theano-PyMC, Aesara and PyTensor, and imports none of them.
"""
from ._bundle import Bundle, Function, Shared, Value, load
from ._compile import compile, find_command
from ._errors import (ArgumentError, BundleError, CompileError, ComputeError, Error, FileError,
                      InternalError, OutOfMemoryError, UnavailableError)
from ._export import export
from ._exporter import ExportError

__all__ = ["ArgumentError", "Bundle", "BundleError", "CompileError", "ComputeError", "Error",
           "ExportError", "FileError", "Function", "InternalError", "OutOfMemoryError", "Shared",
           "UnavailableError", "Value", "compile", "export", "find_command", "load"]
__version__ = "0.1.0"
