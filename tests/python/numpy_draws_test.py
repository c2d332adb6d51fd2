# SPDX-License-Identifier: Apache-2.0
"""Draws of NumPy's generators: what a bundle draws, call after call, is what the ancestor draws, bit
for bit, and the states move on alike.

    numpy_draws_test.py PEER     PEER: theano (RandomFunction over RandomState), pytensor or aesara
                                 (RandomVariables over default_rng); PYTHONPATH has tgc
"""
import importlib
import os
import sys
import tempfile
import unittest

import numpy

from peer import Peer

import tgc

PEER = None
FLAGS = "floatX=float64,on_unused_input=ignore"


def compare_modes(test, make):
    """Functions of the ancestor's mode and of mode TGC, each over generators of its own."""
    importlib.import_module("tgc." + PEER.name)
    theirs = PEER.package.function([], make(), mode=PEER.mode)
    own = PEER.package.function([], make(), mode="TGC")
    for _ in range(3):
        for expected, got in zip(theirs(), own()):
            numpy.testing.assert_array_equal(got, expected)


def compare(test, inputs, outputs, arrays, exact=True):
    """The ancestor's own function and the bundle of the same graph, called in turn."""
    path = os.path.join(tempfile.mkdtemp(), "draws.json")
    theirs = PEER.package.function(inputs, outputs, mode=PEER.mode)
    tgc.export({"draw": theirs}, path)
    bundle = tgc.load(tgc.compile(path, flags=FLAGS))
    for _ in range(3):
        expected, got = theirs(*arrays), bundle.draw(*arrays)
        got = got if isinstance(got, tuple) else (got,)
        test.assertEqual(len(got), len(expected))
        for own, other in zip(got, expected):
            test.assertEqual(own.dtype, other.dtype)
            if exact:
                numpy.testing.assert_array_equal(own, other)
            else:
                numpy.testing.assert_allclose(own, other, rtol=1e-15)


class RandomFunctions(unittest.TestCase):
    def setUp(self):
        try:
            module = importlib.import_module(PEER.package.__name__ + ".tensor.shared_randomstreams")
        except ImportError:
            self.skipTest("%s has no shared_randomstreams" % PEER)
        self.streams = module.RandomStreams(seed=234)

    def test_distributions(self):
        s = self.streams
        compare(self, [], [s.uniform((3, 5)), s.uniform((7,), low=-2, high=3, dtype="float32"),
                           s.normal((3, 3), avg=1, std=2), s.normal((5,), dtype="float32"),
                           s.binomial((40,), n=10, p=0.3), s.binomial((40,), n=200, p=0.7),
                           s.poisson((30,), lam=3.5), s.poisson((30,), lam=35.)], [])

    def test_parameters_that_broadcast(self):
        s = self.streams
        mean, scale = PEER.T.vector("mean"), PEER.T.col("scale")
        compare(self, [mean, scale], [s.normal((3, 4), avg=mean, std=scale),
                                      s.uniform(mean.shape, low=mean, high=mean + 2)],
                [numpy.arange(4.), numpy.array([[1.], [2], [0.5]])])

    def test_integers(self):
        s = self.streams
        low = PEER.T.lvector("low")
        compare(self, [low], [s.random_integers((9,), low=-3, high=12),
                              s.random_integers((3, 4), low=low, high=low + 1000, dtype="int32"),
                              s.random_integers((5,), low=0, high=2 ** 40)],
                [numpy.array([-5, 0, 5, 10])])

    def test_orders(self):
        s = self.streams
        x = PEER.T.matrix("x")
        compare(self, [x], [s.permutation(n=12), s.permutation(size=(2, 3), n=5),
                            s.shuffle_row_elements(x)], [numpy.arange(15.).reshape(3, 5)])

    def test_multinomial(self):
        s = self.streams
        p = PEER.T.matrix("p")
        pvals = numpy.array([[.1, .2, .3, .4], [.25, .25, .5, 0], [.7, .1, .1, .1]])
        compare(self, [p], [s.multinomial(size=(3,), n=50, pvals=p),
                            s.multinomial(size=(2,), n=7, pvals=[.5, .5]),
                            s.multinomial(size=(4, 3), n=9, pvals=p, dtype="float32")], [pvals])

    def test_choice(self):
        s = self.streams
        x = PEER.T.vector("x")
        p = numpy.array([.5, .125, .125, .2, .05])
        compare(self, [x], [s.choice((7,), a=9), s.choice((2, 3), a=9, replace=False),
                            s.choice((4,), a=x, replace=False, dtype="float64"),
                            s.choice((50,), a=5, p=PEER.T.constant(p)),
                            s.choice((2, 2), a=5, p=PEER.T.constant(p), replace=False)],
                [numpy.linspace(0, 1, 6)])

    def test_a_state_with_a_sample_kept_is_exported(self):
        draw = self.streams.normal((3,))
        PEER.package.function([], draw, mode=PEER.mode)()
        compare(self, [], [draw], [])

    def test_mode(self):
        def make():
            streams = type(self.streams)(seed=7)
            return [streams.normal((3,)), streams.permutation(n=5)]
        compare_modes(self, make)


class RandomVariables(unittest.TestCase):
    def setUp(self):
        try:
            self.draws = importlib.import_module(PEER.package.__name__ + ".tensor.random.basic")
        except ImportError:
            self.skipTest("%s has no random variables" % PEER)

    def made(self, name, *parameters, **kwargs):
        """A draw of a generator of its own, which the function updates."""
        rng = PEER.package.shared(numpy.random.default_rng(len(name) + len(parameters)))
        following, sample = self.op(name).make_node(
            rng, *self.arguments(name, kwargs.pop("size", None), parameters)).outputs
        rng.default_update = following
        return sample

    def op(self, name):
        """PyTensor's gamma is a function that makes the op's parameters."""
        return getattr(self.draws, "_" + name, getattr(self.draws, name))

    def arguments(self, name, size, parameters):
        if PEER.name == "aesara":
            return [size, self.op(name).dtype or "float64"] + list(parameters)
        return [size] + list(parameters)

    def test_continuous_distributions(self):
        made = self.made
        compare(self, [], [made("uniform", -1.0, 2.0, size=(3, 5)), made("normal", 1.0, 2.0, size=(2000,)),
                           made("lognormal", 0.0, 1.0, size=(50,)), made("exponential", 2.0, size=(500,)),
                           made("gamma", 0.3, 2.0, size=(50,)), made("gamma", 3.0, 2.0, size=(50,)),
                           made("beta", 0.4, 0.3, size=(50,)), made("beta", 2.0, 3.0, size=(50,)),
                           made("laplace", 0.0, 2.0, size=(50,)), made("logistic", 0.0, 2.0, size=(50,))],
                [])

    def test_discrete_distributions(self):
        made = self.made
        p = numpy.array([.1, .2, .3, .4])
        rows = numpy.array([[.1, .2, .3, .4], [.25, .25, .5, 0]])
        compare(self, [], [made("binomial", 10, 0.3, size=(40,)), made("binomial", 500, 0.6, size=(40,)),
                           made("bernoulli", 0.3, size=(40,)), made("poisson", 3.5, size=(40,)),
                           made("poisson", 44.0, size=(40,)), made("geometric", 0.1, size=(40,)),
                           made("integers", -3, 12, size=(41,)), made("integers", 0, 2 ** 40, size=(9,)),
                           made("categorical", p, size=(30,)), made("categorical", rows),
                           made("multinomial", 20, p, size=(3,))], [])

    def test_samples_shaped_by_parameters(self):
        x, y = PEER.T.matrix("x"), PEER.T.vector("y")
        compare(self, [x, y], [self.made("normal", x, y), self.made("halfnormal", x, y),
                               self.made("poisson", x, size=None),
                               self.made("invgamma", x, y)],
                [numpy.arange(1., 7).reshape(2, 3), numpy.array([1., 2, 3])], exact=False)

    def test_orders(self):
        x = PEER.T.vector("x")
        compare(self, [x], [self.draws.permutation(x, rng=self.fresh()),
                            self.draws.permutation(12, rng=self.fresh())], [numpy.arange(9.)])

    def fresh(self):
        return PEER.package.shared(numpy.random.default_rng(77))

    def test_mode(self):
        compare_modes(self, lambda: [self.made("normal", 0.0, 1.0, size=(3,)),
                                     self.made("integers", 0, 10, size=(5,))])

    def test_what_has_no_counterpart_is_reported_in_full(self):
        outputs = [self.made("vonmises", 0.0, 1.0, size=(3,)), self.made("vonmises", 0.5, 1.0, size=(3,))]
        with self.assertRaises(tgc.ExportError) as caught:
            tgc.export(([], outputs), os.path.join(tempfile.mkdtemp(), "draws.json"))
        self.assertEqual(len(caught.exception.problems), 2)


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    print(PEER)
    unittest.main()
