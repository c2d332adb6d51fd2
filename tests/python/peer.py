# SPDX-License-Identifier: Apache-2.0
"""One face for Theano, Theano-PyMC, Aesara and PyTensor, so that a test's graph is written once."""
import importlib

import numpy


class Peer(object):
    """`T` is the tensor module; functions run by the ancestor's own Python code, unoptimised."""

    def __init__(self, name):
        self.name = name
        self.package = importlib.import_module(name)
        self.T = importlib.import_module(name + ".tensor")
        self.is_theano = name == "theano"
        self.scan = self.package.scan if hasattr(self.package, "scan") else importlib.import_module(
            name + ".scan.basic").scan
        self.ifelse = importlib.import_module(name + ".ifelse").ifelse
        try:
            self.until = importlib.import_module(name + ".scan.utils").until
        except ImportError:  # Theano 1.0.5
            self.until = importlib.import_module("theano.scan_module").until
        io = importlib.import_module(name + ".compile.io")
        self.In, self.Out = io.In, io.Out
        mode = importlib.import_module(name + ".compile.mode")
        self.mode = mode.Mode(linker="py", optimizer=None)

    def __str__(self):
        return "%s %s" % (self.name, self.package.__version__)

    def is_one_of(self, names):
        """Of names such as "theano" and "pytensor 3.0"?"""
        return any((str(self) + ".").startswith((name + ".", name + " ")) for name in names)

    def function(self, inputs, outputs, **kwargs):
        return self.package.function(inputs, outputs, mode=kwargs.pop("mode", self.mode),
                                     on_unused_input="ignore", **kwargs)

    def variable(self, name, value):
        """An input for the value; dims are left open, but for Theano's scalars."""
        value = numpy.asarray(value)
        kind = self.T.TensorType(value.dtype.name, (False,) * value.ndim) if self.is_theano else (
            self.T.TensorType(value.dtype.name, shape=(None,) * value.ndim))
        return kind(name)

    def softmax(self, x):
        if self.is_theano:
            return self.T.nnet.softmax(x)
        return importlib.import_module(self.name + ".tensor.special").softmax(x, axis=-1)

    def log_softmax(self, x):
        if self.is_theano:
            return self.T.nnet.logsoftmax(x)
        return importlib.import_module(self.name + ".tensor.special").log_softmax(x, axis=-1)

    def sigmoid(self, x):
        return self.T.nnet.sigmoid(x) if self.is_theano else self.T.sigmoid(x)

    def softplus(self, x):
        return self.T.nnet.softplus(x) if self.is_theano else self.T.softplus(x)

    def loop(self, step, **kwargs):
        """The results of scan without its updates."""
        if self.name == "pytensor" and "return_updates" in self.scan.__code__.co_varnames:
            return self.scan(step, return_updates=False, **kwargs)
        return self.scan(step, **kwargs)[0]
