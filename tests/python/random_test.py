# SPDX-License-Identifier: Apache-2.0
"""Random streams: what a bundle draws, call after call, is what the ancestor draws, bit for bit.

    random_test.py PEER     PEER: theano (others have no MRG_RandomStreams); PYTHONPATH has tgc
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


class RandomStreams(unittest.TestCase):
    def setUp(self):
        try:
            module = importlib.import_module(PEER.package.__name__ + ".sandbox.rng_mrg")
        except ImportError:
            self.skipTest("%s has no rng_mrg" % PEER)
        self.streams = module.MRG_RandomStreams(seed=91)

    def compare(self, inputs, outputs, arrays, exact=True, calls=3):
        """Theano's own function and the bundle of the same graph, called in turn."""
        path = os.path.join(tempfile.mkdtemp(), "draws.json")
        theirs = PEER.package.function(inputs, outputs)
        tgc.export({"draw": theirs}, path)
        bundle = tgc.load(tgc.compile(path, flags=FLAGS))
        for _ in range(calls):
            expected, got = theirs(*arrays), bundle.draw(*arrays)
            for own, other in zip(got if isinstance(got, tuple) else (got,), expected):
                self.assertEqual(own.dtype, other.dtype)
                if exact:
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


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    print(PEER)
    unittest.main()
