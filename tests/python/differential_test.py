# SPDX-License-Identifier: Apache-2.0
"""Values of an ancestor's own functions and of tgc's bundles of the exported graphs are equal.

    differential_test.py PEER     PEER: theano, aesara, pytensor; the package tgc on PYTHONPATH
"""
import os
import sys
import tempfile
import unittest

import numpy

import cases
import cases_gradients  # noqa: F401 (adds its cases)
import cases_linalg  # noqa: F401
import cases_nnet  # noqa: F401
import cases_scalars  # noqa: F401
import cases_measured  # noqa: F401
import cases_tensors  # noqa: F401
import models
from peer import Peer

import tgc

PEER = None
FLAGS = "floatX=float64,on_unused_input=ignore"
TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 1e-2, "complex128": 1e-10,
             "complex64": 1e-5}


def assert_equal(what, ours, theirs):
    theirs = numpy.asarray(theirs)
    assert ours.dtype == theirs.dtype, "%s: %s instead of %s" % (what, ours.dtype, theirs.dtype)
    assert ours.shape == theirs.shape, "%s: %s instead of %s" % (what, ours.shape, theirs.shape)
    tolerance = TOLERANCE.get(ours.dtype.name, 0)
    numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * 1e-2,
                                  err_msg=what)


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_every_case_has_the_ancestors_values(self):
        built = list(cases.built(PEER))
        path = self.path("cases.json")
        tgc.export({name: (variables, outputs) for name, variables, _, outputs in built}, path)
        bundle = tgc.load(tgc.compile(path, flags=FLAGS))
        for name, variables, arrays, outputs in built:
            theirs = PEER.function(variables, outputs)(*arrays)
            ours = bundle[name](*arrays)
            ours = ours if isinstance(ours, tuple) else (ours,)
            self.assertEqual(len(ours), len(theirs))
            for i, (own, other) in enumerate(zip(ours, theirs)):
                assert_equal("%s, output %d (%s)" % (name, i, outputs[i]), own, other)

    def test_models_train_to_the_same_losses(self):
        for name, build in models.MODELS.items():
            model = build(PEER)
            if model is None:
                continue
            train = PEER.function(model.inputs, model.outputs, updates=model.updates)
            predict = PEER.function(model.inputs[:1], model.predictions)
            path = self.path(name + ".json")
            tgc.export({"train": train, "predict": predict}, path)
            bundle = tgc.load(tgc.compile(path, flags=FLAGS))
            for step, batch in enumerate(model.batches):
                ours, theirs = bundle.train(*batch), train(*batch)
                assert_equal("%s, step %d" % (name, step), ours, theirs[0])
            assert_equal(name, bundle.predict(model.batches[0][0]),
                         predict(model.batches[0][0])[0])
            for variable in model.shared:
                assert_equal(variable.name, bundle.shared[variable.name], variable.get_value())


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    print(PEER)
    unittest.main()
