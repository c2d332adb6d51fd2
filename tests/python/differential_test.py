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
import cases_blockwise  # noqa: F401 (adds its cases)
import cases_gradients  # noqa: F401
import cases_linalg  # noqa: F401
import cases_nnet  # noqa: F401
import cases_scalars  # noqa: F401
import cases_sparse  # noqa: F401
import cases_measured  # noqa: F401
import cases_models
import cases_tensors  # noqa: F401
import models
from peer import Peer

import tgc

PEER = None
STRIDE = int(os.environ.get("TGC_FLOAT32_STRIDE", "1"))  # every which case is run in float32
FLAGS = "floatX=float64,on_unused_input=ignore"
TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 1e-2, "complex128": 1e-10,
             "complex64": 1e-5}


def assert_equal(what, ours, theirs, dtype=None, narrow=False):
    """`dtype`: that of the ancestor's variable, which a few of its ops do not keep to. `narrow`:
    what was computed in float32 is as exact as the largest element allows, whatever its dtype."""
    theirs = numpy.asarray(theirs)
    theirs = theirs.astype(dtype or theirs.dtype)
    assert ours.dtype == theirs.dtype, "%s: %s instead of %s" % (what, ours.dtype, theirs.dtype)
    assert ours.shape == theirs.shape, "%s: %s instead of %s" % (what, ours.shape, theirs.shape)
    kind = ours.dtype.name
    tolerance = TOLERANCE.get("float32" if narrow and kind in TOLERANCE else kind, 0)
    finite = numpy.abs(theirs[numpy.isfinite(theirs)]) if tolerance else []
    largest = max(1, numpy.max(finite)) if narrow and len(finite) else 1
    numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * 1e-1 * largest if
                                  narrow else tolerance * 1e-2, err_msg=what)


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()

    def path(self, name):
        return os.path.join(self.folder, name)

    def compare(self, built, float_x, target):
        path = self.path("cases_%s.json" % float_x)
        tgc.export({name: (variables, outputs) for name, variables, _, outputs in built}, path)
        bundle = tgc.load(tgc.compile(path, None, target, FLAGS.replace("float64", float_x)))
        for name, variables, arrays, outputs in built:
            theirs = PEER.function(variables, outputs)(*arrays)
            ours = bundle[name](*arrays)
            ours = ours if isinstance(ours, tuple) else (ours,)
            self.assertEqual(len(ours), len(theirs))
            for i, (own, other) in enumerate(zip(ours, theirs)):
                assert_equal("%s, output %d (%s)" % (name, i, outputs[i]), own, other,
                             outputs[i].dtype, float_x == "float32")

    def test_every_case_has_the_ancestors_values(self):
        self.compare(list(cases.built(PEER)), "float64", "cpu")

    def test_cases_of_float32_have_the_ancestors_values(self):
        """Compiled for one level of the CPU, which halves the time."""
        config = PEER.package.config
        before, config.floatX = config.floatX, "float32"
        try:
            self.compare(list(cases.built(PEER, "float32"))[::STRIDE], "float32", "cpu:x86-64-v3")
        finally:
            config.floatX = before

    def test_sparse_matrices_come_in_and_go_out(self):
        S = cases_sparse.sparse_of(PEER)
        x, z, w = S.csr_matrix("x", "float64"), S.csc_matrix("z", "float32"), PEER.T.dmatrix("w")
        h = cases_sparse.matrix("csc", 4, 6, "float64")
        held = PEER.package.shared(h, name="held") if PEER.name == "theano" else S.shared(
            h, name="held")
        product = S.structured_dot(x, w)
        rate = numpy.float64(0.1)
        data, indices, indptr, shape = S.csm_properties(held)
        same = S.CSC(data, indices, indptr, shape)
        change = PEER.package.grad(PEER.T.sum(S.structured_dot(same.T, w[:4]) ** 2), data)
        updates = [(held, S.CSC(data - rate * change, indices, indptr, shape))]
        outputs = [product, S.sp_sum(held, axis=1), S.add(x, x), S.transpose(z)]
        theirs = PEER.function([x, z, w], outputs, updates=updates)
        path = self.path("sparse.json")
        tgc.export({"step": ([x, z, w], outputs, updates)}, path)
        bundle = tgc.load(tgc.compile(path, flags=FLAGS))
        values = (cases_sparse.matrix("csr", 5, 7, "float64"),
                  cases_sparse.matrix("csc", 3, 2, "float32"), cases.values(7, 2))
        for _ in range(2):
            ours, others = bundle.step(*values), theirs(*values)
            assert_equal("product", ours[0], others[0])
            assert_equal("sums", ours[1], others[1])
            for i, matrix in ((2, others[2]), (5, others[3])):
                for own, part in zip(ours[i:i + 3], (matrix.data, matrix.indices, matrix.indptr)):
                    assert_equal("parts of output %d" % i, own, part)
        after = held.get_value()
        assert_equal("shared", bundle.shared["held_data"], after.data)
        by_name = bundle.step(w=values[2], z=values[1], x=values[0])
        self.assertEqual(by_name[0].shape, (5, 2))
        with self.assertRaisesRegex(tgc.ArgumentError, "'x' is a csc matrix"):
            bundle.step(values[0].tocsc(), *values[1:])
        with self.assertRaisesRegex(tgc.ArgumentError, "'x' is a dense matrix; pass a SciPy csr"):
            bundle.step(values[0].toarray(), *values[1:])
        with self.assertRaisesRegex(tgc.ArgumentError, "'x' is a dense matrix"):
            bundle.step(x=values[0].toarray(), z=values[1], w=values[2])
        short = (values[0].data, values[0].indices, values[0].indptr + 1, numpy.asarray(7))
        with self.assertRaisesRegex(tgc.Error, "indptr must rise"):
            bundle.step(*(short + values[1:]))

    def test_parts_of_sparse_matrices_that_nothing_reads_are_no_mistake(self):
        S = cases_sparse.sparse_of(PEER)
        x = S.csr_matrix("x", "float64")
        path = self.path("unread.json")
        tgc.export({"sums": ([x], [S.sp_sum(x, axis=1)]), "double": ([x], [x * numpy.float64(2)])},
                   path)
        bundle = tgc.load(tgc.compile(path, flags="floatX=float64"))
        value = cases_sparse.matrix("csr", 5, 7, "float64")
        assert_equal("sums", bundle.sums(value), value.toarray().sum(axis=1))
        assert_equal("double", bundle.double(value)[0], value.data * 2)

    def test_what_has_no_counterpart_is_told(self):
        S, L = cases_sparse.sparse_of(PEER), cases_sparse.lists_of(PEER)
        x, v = S.csr_matrix("x", "float64"), PEER.T.dvector("v")
        held = (PEER.package if PEER.name == "theano" else S).shared(
            cases_sparse.matrix("csr", 3, 3, "float64"), name="held")
        items = L.TypedListType(v.type)("items")
        for inputs, output, updates, message in (
                ([x], x, {held: S.add(held, x)}, "update of the sparse 'held'"),
                ([items], L.length(items), {}, "items"),
                ([v], L.make_list([v, v * 2]), {}, "list")):
            with self.assertRaisesRegex(tgc.ExportError, message):
                tgc.export((inputs, [output]), self.path("none.json"), updates=updates)

    def test_random_streams_inside_loops_give_the_same_draws(self):
        for name, build in cases_models.SAMPLERS.items():
            inputs, outputs, updates, arguments = build(PEER)
            path = self.path(name + ".json")
            tgc.export({"step": (inputs, outputs, updates)}, path)
            bundle = tgc.load(tgc.compile(path, flags=FLAGS))
            theirs = PEER.function(inputs, outputs, updates=updates)
            for call in range(3):
                for i, (own, other) in enumerate(zip(bundle.step(*arguments), theirs(*arguments))):
                    assert_equal("%s, call %d, output %d" % (name, call, i), own, other)

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
