# SPDX-License-Identifier: Apache-2.0
"""The installed package without any ancestor: load() and what a bundle does. Wants $TGC, or the
command in the package."""
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy

import tgc
from tgc import _bundle

GRAPH = """{
  "tgc": 1, "name": "line",
  "inputs": {
    "x": {"dtype": "float64", "shape": ["n", 3]}, "y": {"dtype": "float64", "shape": ["n"]},
    "i": {"dtype": "int64", "shape": ["k"]}
  },
  "shared": {
    "w": {"dtype": "float64", "shape": [3], "value": [1, 2, 3]},
    "b": {"dtype": "float64", "shape": [], "value": 0.5}
  },
  "nodes": [
    {"op": "dot", "inputs": ["x", "w"], "name": "xw"},
    {"op": "add", "inputs": ["xw", "b"], "name": "prediction"},
    {"op": "sub", "inputs": ["prediction", "y"], "name": "error"},
    {"op": "sqr", "inputs": ["error"], "name": "squared"},
    {"op": "mean", "inputs": ["squared"], "name": "loss"},
    {"op": "advanced_subtensor1", "inputs": ["x", "i"], "name": "rows"}
  ],
  "functions": {
    "train": {"inputs": ["x", "y"], "outputs": ["loss", "prediction"],
              "updates": {"rule": "sgd", "cost": "loss", "params": ["w", "b"], "learning_rate": 0.1}},
    "predict": {"inputs": ["x"], "outputs": ["prediction"]},
    "pick": {"inputs": ["x", "i"], "outputs": ["rows"]}
  }
}
"""
X = numpy.arange(12.0).reshape(4, 3) / 7


SIZES = """{
  "tgc": 1, "name": "sizes", "dims": {"n": {}},
  "inputs": {"x": {"dtype": "float64", "shape": ["n"]}},
  "nodes": [
    {"op": "gt", "inputs": ["x", 0], "name": "is_positive"},
    {"op": "advanced_boolean_subtensor", "inputs": ["x", "is_positive"], "index": [{"input": 1}],
     "size": "k", "name": "positive"},
    {"op": "subtensor", "inputs": ["x"], "index": ["::-1"], "name": "reversed"}],
  "functions": {"positive": {"inputs": ["x"], "outputs": ["positive", "reversed"]}}
}"""


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        graph = os.path.join(cls.folder, "line.json")
        with open(graph, "w") as file:
            file.write(GRAPH)
        cls.path = tgc.compile(graph, flags="floatX=float64")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.bundle = tgc.load(self.path)

    def expected(self, x):
        return x.dot([1, 2, 3]) + 0.5

    def test_importing_it_imports_no_ancestor(self):
        code = ("import sys, tgc; bad = {'theano', 'aesara', 'pytensor'} & set(sys.modules); "
                "sys.exit(str(bad) if bad else 0)")
        self.assertEqual(subprocess.call([sys.executable, "-c", code]), 0)

    def test_functions_are_called_by_position_and_by_name(self):
        numpy.testing.assert_allclose(self.bundle.predict(X), self.expected(X), rtol=1e-15)
        numpy.testing.assert_allclose(self.bundle["predict"](x=X), self.expected(X), rtol=1e-15)
        self.assertIn("train", dir(self.bundle))
        self.assertEqual([str(i.dtype) for i in self.bundle.train.inputs], ["float64", "float64"])
        self.assertEqual(self.bundle.predict.inputs[0].shape, (None, 3))
        with self.assertRaisesRegex(TypeError, "takes 2 inputs"):
            self.bundle.train(X)
        with self.assertRaisesRegex(TypeError, "misses input 'y'"):
            self.bundle.train(X, x=X)
        with self.assertRaisesRegex(TypeError, "has no input 'z'; there are x, y"):
            self.bundle.train(X, z=X)
        with self.assertRaisesRegex(AttributeError, "there are train, predict, pick"):
            self.bundle.nothing(X)

    def test_any_strides_and_any_number_of_rows(self):
        wide = numpy.arange(60.0).reshape(10, 6)
        for x in (wide[:, ::2], wide[::-3, 5:2:-1], numpy.asfortranarray(X), X[:0], X[1:2],
                  X.astype(">f8"), X.astype("float32"), X.tolist()):
            tolerance = 1e-6 if getattr(x, "dtype", "") == "float32" else 1e-14
            numpy.testing.assert_allclose(self.bundle.predict(x), self.expected(numpy.array(x)),
                                          rtol=tolerance)

    def test_results_belong_to_the_caller(self):
        first = self.bundle.predict(X)
        again = self.bundle.predict(X)
        third = self.bundle.predict(2 * X)
        numpy.testing.assert_array_equal(first, again)
        self.assertFalse(numpy.shares_memory(again, third))
        numpy.testing.assert_allclose(third, self.expected(2 * X))

    def test_training_changes_the_shared_variables(self):
        y = X.dot([0.5, -1, 2]) + 1
        losses = [float(self.bundle.train(X, y)[0]) for _ in range(50)]
        self.assertLess(losses[-1], losses[0] / 10)
        self.assertEqual(sorted(self.bundle.shared), ["b", "w"])
        self.assertEqual(self.bundle.shared["w"].shape, (3,))
        state = os.path.join(self.folder, "state.safetensors")
        self.bundle.save_state(state)
        other = tgc.load(self.path)
        self.assertEqual(other.shared["b"], 0.5)
        other.load_state(state)
        numpy.testing.assert_array_equal(other.shared["w"], self.bundle.shared["w"])
        other.shared["w"] = [1, 2, 3]
        other.shared["b"] = 0.5
        numpy.testing.assert_allclose(other.predict(X), self.expected(X))

    def test_mistakes_are_exceptions_with_the_runtimes_text(self):
        with self.assertRaisesRegex(tgc.ArgumentError, "x"):
            self.bundle.predict(numpy.zeros((2, 4)))
        with self.assertRaisesRegex(tgc.ArgumentError, "does not convert to int64"):
            self.bundle.pick(X, numpy.array([0.0]))
        with self.assertRaisesRegex(tgc.ComputeError, "out of bounds"):
            self.bundle.pick(X, [7])
        numpy.testing.assert_array_equal(self.bundle.pick(X, [3, 0]), X[[3, 0]])
        with self.assertRaisesRegex(tgc.Error, "w"):
            self.bundle.shared["w"] = numpy.zeros(4)
        with self.assertRaises(tgc.BundleError):
            tgc.load(self.folder)
        with self.assertRaises(tgc.UnavailableError):
            tgc.load(self.path, device="cuda97")
        with self.assertRaises(tgc.FileError):
            self.bundle.load_state(os.path.join(self.folder, "nothing.safetensors"))
        self.assertTrue(issubclass(tgc.ArgumentError, ValueError))

    def test_mistakes_say_what_to_do(self):
        with self.assertRaisesRegex(tgc.ArgumentError, r"input 'i' is float64.*astype\("):
            self.bundle.pick(X, numpy.array([0.0]))
        with self.assertRaisesRegex(tgc.ArgumentError, "shared variable 'w' is complex128"):
            self.bundle.shared["w"] = numpy.zeros(3, "complex128")
        with self.assertRaisesRegex(ValueError, "'optimizr' is no flag of the runtime"):
            tgc.load(self.path, flags="optimizr=1")
        with self.assertRaisesRegex(ValueError, "must not be negative"):
            tgc.load(self.path, threads=-1)
        loaded = tgc.load(self.path, flags="exception_verbosity=high,threads=1")
        self.assertEqual(loaded.device, "cpu")

    def test_the_flags_of_load_are_those_that_the_runtime_reads(self):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "runtime",
                              "src", "settings.cpp")
        with open(source) as file:
            self.assertEqual(set(re.findall(r'with\("([a-z_.]+)"', file.read())), set(_bundle.FLAGS))

    def test_a_rejected_graph_is_an_exception_with_the_diagnostics(self):
        path = os.path.join(self.folder, "bad.json")
        with open(path, "w") as file:
            file.write(GRAPH.replace('"op": "dot"', '"op": "dott"'))
        with self.assertRaisesRegex(tgc.CompileError, "did you mean 'dot'"):
            tgc.compile(path)

    def test_a_bundle_that_was_compiled_anew_is_seen(self):
        path = os.path.join(self.folder, "again.json")
        bundles = []
        for factor in (2, 3, 4):
            with open(path, "w") as file:
                file.write(GRAPH.replace('"value": 0.5', '"value": %d' % factor).replace(
                    '"op": "sqr"', '"op": "%s"' % ("sqr", "exp", "abs_")[factor - 2]))
            bundles.append(tgc.load(tgc.compile(path, flags="floatX=float64")))
        for factor, bundle in zip((2, 3, 4), bundles):
            numpy.testing.assert_allclose(bundle.predict(X), self.expected(X) - 0.5 + factor)
        error = X.dot([1, 2, 3]) + [[2], [3], [4]] - X[:, 0]
        losses = [float(b.train(X, X[:, 0])[0]) for b in bundles]
        numpy.testing.assert_allclose(losses, [(error[0] ** 2).mean(), numpy.exp(error[1]).mean(),
                                               abs(error[2]).mean()])

    def test_results_whose_size_depends_on_more_than_the_arguments_shapes(self):
        path = os.path.join(self.folder, "sizes.json")
        with open(path, "w") as file:
            file.write(SIZES)
        bundle = tgc.load(tgc.compile(path, flags="floatX=float64"))
        for x in ([1, -1, 2, -2], [-1, -1, -1, -1], [1, 2, 3, 4], [1, -1, 2, 3], [1, 2, -1, -1]):
            x = numpy.array(x, "float64")
            for result, wanted in zip(bundle.positive(x), (x[x > 0], x[::-1])):
                numpy.testing.assert_array_equal(result, wanted)

    def test_bundles_of_one_name_in_several_places_keep_their_code(self):
        kept = []
        for factor, op in enumerate(("sqr", "exp", "abs_", "sqr"), 1):
            folder = os.path.join(self.folder, "place%d" % factor)
            os.mkdir(folder)
            path = os.path.join(folder, "model.json")
            with open(path, "w") as file:
                file.write(GRAPH.replace('"value": 0.5', '"value": %d' % factor).replace(
                    '"op": "sqr"', '"op": "%s"' % op))
            bundle = tgc.compile(path, flags="floatX=float64")
            kept.append(tgc.load(bundle))
            again = tgc.load(bundle)  # whose file number the next one gets
            again.predict(X)
            again.close()
        for factor, bundle in enumerate(kept, 1):
            numpy.testing.assert_allclose(bundle.predict(X), self.expected(X) - 0.5 + factor)

    def test_threads_share_the_state_and_not_the_context(self):
        wanted = self.expected(X)
        wrong = []

        def work(bundle):
            for _ in range(50):
                if abs(bundle.predict(X) - wanted).max() > 1e-12:
                    wrong.append(bundle)

        bundles = [self.bundle] + [self.bundle.sharing() for _ in range(3)] + [self.bundle]
        threads = [threading.Thread(target=work, args=(b,)) for b in bundles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        bundles[1].shared["b"] = 1.5
        numpy.testing.assert_allclose(self.bundle.predict(X), wanted + 1)

    def test_closing_releases_and_is_noticed(self):
        with tgc.load(self.path, threads=1, flags="exception_verbosity=high") as bundle:
            shared = bundle.sharing()
            bundle.predict(X)
        for closed in (bundle, shared):
            with self.assertRaisesRegex(tgc.ArgumentError, "was closed"):
                closed.predict(X)
        bundle.close()
        sharing = tgc.load(self.path).sharing()
        gc.collect()
        numpy.testing.assert_allclose(sharing.predict(X), self.expected(X))

    def test_memory_does_not_grow(self):
        import resource
        for round in range(2):
            for _ in range(60):
                tgc.load(self.path, check_digests=False).predict(X)
            gc.collect()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            if round == 0:
                first = peak
        self.assertLess(peak - first, 4096)  # KiB

    def test_dlpack_is_taken_where_numpy_has_it(self):
        class Foreign(object):
            def __init__(self, array):
                self.array = array

            def __dlpack__(self, **kwargs):
                return self.array.__dlpack__(**kwargs)

            def __dlpack_device__(self):
                return self.array.__dlpack_device__()

        if hasattr(numpy, "from_dlpack"):
            numpy.testing.assert_allclose(self.bundle.predict(Foreign(X)), self.expected(X))
            result = numpy.from_dlpack(self.bundle.predict(X))
            numpy.testing.assert_allclose(result, self.expected(X))
        else:
            with self.assertRaisesRegex(tgc.ArgumentError, "from_dlpack"):
                self.bundle.predict(Foreign(X))


if __name__ == "__main__":
    unittest.main()
