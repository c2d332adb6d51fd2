# SPDX-License-Identifier: Apache-2.0
"""The mode TGC: functions of an ancestor that run in tgc, and how they fall back.

    mode_test.py PEER     PEER: theano, aesara, pytensor; the package tgc on PYTHONPATH
"""
import importlib
import sys
import unittest
import warnings

import numpy

import cases
import models
from peer import Peer

import tgc
from tgc._ancestors import place_of

PEER = None
BACKEND = None


def runs_in_tgc(function):
    vm = getattr(function, "fn", None) or getattr(function, "vm", None)
    return hasattr(vm, "runner")


def backwards(x):
    """x from its end, by an op of this file's own, which tgc cannot know."""
    base = PEER.package.Op if hasattr(PEER.package, "Op") else importlib.import_module(
        PEER.name + ".graph.op").Op
    try:
        node = importlib.import_module(PEER.name + ".graph.basic").Apply
    except ImportError:  # Theano 1.0.5
        node = importlib.import_module("theano.gof").Apply

    class Reversed(base):
        def make_node(self, vector):
            return node(self, [vector], [vector.type()])

        def perform(self, _, inputs, outputs, *rest):
            outputs[0][0] = inputs[0][::-1].copy()

    return Reversed()(x)


class Mode(unittest.TestCase):
    def tearDown(self):
        BACKEND.allow_fallback(False)

    def test_a_function_runs_in_tgc_with_the_same_values(self):
        x, y = PEER.T.dmatrix("x"), PEER.T.dmatrix("y")
        outputs = [PEER.T.exp(x) + y, x.sum(), x, PEER.T.dot(x, y.T)[0]]
        f = PEER.function([x, y], outputs, mode="TGC")
        self.assertTrue(runs_in_tgc(f))
        a, b = cases.values(3, 4), cases.values(3, 4, seed=1)
        theirs = PEER.function([x, y], outputs)(a, b)
        for ours, other in zip(f(a, b), theirs):
            numpy.testing.assert_allclose(ours, other, rtol=1e-12)
        self.assertIsNot(f(a, b)[2], a)

    def test_updates_and_set_value_work_on_the_shared_variables(self):
        for name, build in models.MODELS.items():
            if name == "lenet":
                continue
            model = build(PEER)
            start = [variable.get_value() for variable in model.shared]
            train = PEER.function(model.inputs, model.outputs, updates=model.updates, mode="TGC")
            usual = PEER.function(model.inputs, model.outputs, updates=model.updates)
            ours = [float(train(*batch)[0]) for batch in model.batches]
            ended = [variable.get_value() for variable in model.shared]
            for variable, value in zip(model.shared, start):
                variable.set_value(value)
            theirs = [float(usual(*batch)[0]) for batch in model.batches]
            numpy.testing.assert_allclose(ours, theirs, rtol=1e-10)
            for variable, value in zip(model.shared, ended):
                numpy.testing.assert_allclose(variable.get_value(), value, rtol=1e-9, atol=1e-12)

    def test_swaps_defaults_and_no_outputs(self):
        a = PEER.package.shared(numpy.arange(3.0), name="a")
        b = PEER.package.shared(numpy.ones(3), name="b")
        swap = PEER.function([], [], updates=[(a, b), (b, a + 1)], mode="TGC")
        swap()
        numpy.testing.assert_array_equal(a.get_value(), numpy.ones(3))
        numpy.testing.assert_array_equal(b.get_value(), [1, 2, 3])
        if PEER.name == "pytensor":
            return  # has no default values any more
        In = PEER.package.In if hasattr(PEER.package, "In") else importlib.import_module(
            PEER.name + ".compile.io").In
        x, n = PEER.T.dvector("x"), PEER.T.lscalar("n")
        f = PEER.function([x, In(n, value=2)], x * n, mode="TGC")
        numpy.testing.assert_array_equal(f([1.0, 2.0]), [2, 4])
        numpy.testing.assert_array_equal(f([1.0, 2.0], 3), [3, 6])

    def test_an_op_without_counterpart_is_an_error(self):
        x = PEER.T.dvector("x")
        with self.assertRaisesRegex(tgc.ExportError, "Reversed"):
            PEER.function([x], backwards(x), mode="TGC")

    def test_falling_back_is_asked_for_and_reported(self):
        x = PEER.T.dvector("x")

        def warned(mode):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                f = PEER.function([x], backwards(x) * 2, mode=mode)
            self.assertFalse(runs_in_tgc(f))
            numpy.testing.assert_array_equal(f([3.0, 1.0, 2.0]), [4, 2, 6])
            texts = [str(w.message) for w in caught
                     if issubclass(w.category, BACKEND.FallbackWarning)]
            self.assertEqual(len(texts), 1)
            self.assertIn("Reversed", texts[0])

        warned("TGC_FALLBACK")
        BACKEND.allow_fallback(True)
        warned("TGC")
        y = PEER.function([x], x * 2, mode="TGC_FALLBACK")
        self.assertTrue(runs_in_tgc(y))

    def test_a_failing_call_names_the_line_and_changes_nothing(self):
        w = PEER.package.shared(numpy.arange(3.0), name="w")
        x, i = PEER.T.dvector("x"), PEER.T.lvector("i")
        rows = w[i]
        f = PEER.function([x, i], rows.sum(), updates=[(w, w + x)], mode="TGC")
        # PyTensor 3.0 keeps so few frames that the user's is not among them.
        place = r"mode_test\.py:\d+.*" if place_of(rows) else ""
        f([1.0, 1.0, 1.0], [0, 2])
        with self.assertRaisesRegex(tgc.ComputeError, place + "out of bounds"):
            f([1.0, 1.0, 1.0], [0, 3])
        with self.assertRaisesRegex(tgc.ArgumentError, r"mode_test\.py:\d+"):
            f([1.0, 1.0], [0])
        numpy.testing.assert_array_equal(w.get_value(), [1, 2, 3])

    def test_falling_back_works_whatever_the_linker(self):
        config, before = PEER.package.config, PEER.package.config.linker
        x = PEER.T.dvector("x")
        try:
            config.linker = "py"
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                f = PEER.function([x], backwards(x) * 2, mode="TGC_FALLBACK")
        finally:
            config.linker = before
        self.assertTrue(any(issubclass(w.category, BACKEND.FallbackWarning) for w in caught))
        numpy.testing.assert_array_equal(f([1.0, 2.0]), [4, 2])

    def test_options_reach_the_bundle(self):
        x = PEER.T.dvector("x")
        BACKEND.configure(flags="optimizer=None", threads=1)
        try:
            f = PEER.function([x], x + 1, mode="TGC")
            numpy.testing.assert_array_equal(f([1.0]), [2])
            BACKEND.configure(device="cuda97")
            with self.assertRaises(tgc.Error):  # there is no such GPU, or no compiler for one
                PEER.function([x], x + 2, mode="TGC")
            with self.assertRaisesRegex(ValueError, "no target 'gpu'"):
                BACKEND.configure(target="gpu")
        finally:
            BACKEND.configure()


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    BACKEND = importlib.import_module("tgc." + PEER.name)
    unittest.main()
