# SPDX-License-Identifier: Apache-2.0
"""Random streams: what a bundle draws, call after call, is what the ancestor draws, bit for bit.

    random_test.py PEER     PEER: theano (others have no MRG_RandomStreams); PYTHONPATH has tgc
"""
import importlib
import json
import os
import sys
import tempfile
import unittest

import numpy

from peer import Peer

import tgc

PEER = None
FLAGS = "floatX=float64,on_unused_input=ignore"


class RandomStreams(unittest.TestCase):
    def setUp(self):
        try:
            module = importlib.import_module(PEER.package.__name__ + ".sandbox.rng_mrg")
        except ImportError:
            self.skipTest("%s has no rng_mrg" % PEER)
        kind = getattr(module, "MRG_RandomStreams", None) or module.MRG_RandomStream
        self.streams = kind(seed=91)

    def compare(self, inputs, outputs, arrays, exact=True, calls=3):
        """Theano's own function and the bundle of the same graph, called in turn. Without a C++
        compiler Theano rounds uniform samples of float32 twice."""
        path = os.path.join(tempfile.mkdtemp(), "draws.json")
        theirs = PEER.package.function(inputs, outputs)
        tgc.export({"draw": theirs}, path)
        bundle = tgc.load(tgc.compile(path, flags=FLAGS))
        for _ in range(calls):
            expected, got = theirs(*arrays), bundle.draw(*arrays)
            for own, other in zip(got if isinstance(got, tuple) else (got,), expected):
                self.assertEqual(own.dtype, other.dtype)
                if exact and (other.dtype != "float32" or PEER.package.config.cxx):
                    numpy.testing.assert_array_equal(own, other)
                else:
                    numpy.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)

    def test_uniform(self):
        s = self.streams
        self.compare([], [s.uniform((3, 5)), s.uniform((200,), dtype="float32"),
                          s.uniform((4, 1, 2), low=-2, high=3),
                          s.uniform((2, 30), nstreams=7, dtype="float32")], [])

    def test_sizes_of_inputs(self):
        x = PEER.T.matrix("x")
        self.compare([x], [x * self.streams.uniform(x.shape)], [numpy.ones((5, 9))])

    def test_binomial(self):
        s = self.streams
        self.compare([], [s.binomial((50,), p=0.3), s.binomial((5, 7), p=0.9, dtype="float32")], [])

    def test_normal(self):
        s = self.streams
        self.compare([], [s.normal((3, 5)), s.normal((8,), avg=2., std=0.5, dtype="float32")], [],
                     exact=False)

    def test_odd_sizes_means_and_deviations(self):
        s = self.streams
        mean, deviation = PEER.T.vector("mean"), PEER.T.col("deviation")
        self.compare([mean, deviation], [s.normal((3, 5), avg=mean, std=deviation), s.normal((1,)),
                                         s.normal((7,), dtype="float32", nstreams=3)],
                     [numpy.arange(5.), numpy.array([[0.5], [1], [2]])], exact=False)

    def test_size_of_a_normal_of_inputs(self):
        x = PEER.T.matrix("x")
        self.compare([x], [x + self.streams.normal(x.shape)], [numpy.ones((3, 3))], exact=False)

    def test_multinomial(self):
        s = self.streams
        p = PEER.T.matrix("p")
        pvals = numpy.array([[.1, .2, .3, .4], [.25, .25, .5, 0], [.7, .1, .1, .1]])
        self.compare([p], [s.multinomial(pvals=p), s.multinomial(pvals=p, n=5, dtype="float32"),
                           s.multinomial(pvals=p.astype("float32"), n=3, dtype="auto")], [pvals])

    def test_choice(self):
        s = self.streams
        p = PEER.T.matrix("p")
        pvals = numpy.tile([[.1, .2, .3, .4], [.25, .25, .25, .25], [.7, .1, .1, .1]], (5, 1))
        self.compare([p], [s.choice(p=p, size=3, replace=False),
                           s.multinomial_wo_replacement(pvals=p.astype("float32"), n=2)], [pvals])

    def test_truncated_normal(self):
        s = self.streams
        if not hasattr(s, "truncated_normal"):
            self.skipTest("%s has no truncated normal" % PEER)
        self.compare([], [s.normal((5, 9), truncate=True),
                          s.truncated_normal((33,), avg=1., std=2., dtype="float32")], [],
                     exact=False)


    def test_truncated_normal_by_hand(self):
        """The op that models written by hand have, from the states that Theano begins with."""
        s = self.streams
        if not hasattr(s, "truncated_normal"):
            self.skipTest("%s has no truncated normal" % PEER)
        sample = s.truncated_normal((7, 43), avg=1., std=2., nstreams=5)
        states = [row[0].get_value() for row in s.state_updates]
        shared = {"state%d" % i: {"dtype": "int32", "shape": list(state.shape),
                                  "value": state.tolist()} for i, state in enumerate(states)}
        model = {"tgc": 1, "name": "hand", "shared": shared, "nodes": [
            {"op": "mrg_truncated_normal", "inputs": ["state0", "state1", 1.0, 2.0],
             "shape": [7, 43], "dtype": "float64", "outputs": ["next0", "next1", "sample"]}],
            "functions": {"draw": {"inputs": [], "outputs": ["sample"],
                                   "updates": {"state0": "next0", "state1": "next1"}}}}
        path = os.path.join(tempfile.mkdtemp(), "hand.json")
        with open(path, "w") as file:
            json.dump(model, file)
        bundle = tgc.load(tgc.compile(path, flags=FLAGS))
        theirs = PEER.package.function([], sample)
        for _ in range(3):
            numpy.testing.assert_allclose(bundle.draw(), theirs(), rtol=1e-12, atol=1e-13)


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    print(PEER)
    unittest.main()
