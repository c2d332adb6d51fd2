# SPDX-License-Identifier: Apache-2.0
"""What export() makes of names, shared variables, sizes, mistakes, givens and dumps.

    export_test.py PEER     PEER: theano, aesara, pytensor; the package tgc on PYTHONPATH
"""
import importlib
import json
import os
import sys
import tempfile
import unittest
import warnings
from unittest import mock

import numpy

from peer import Peer

import tgc
from tgc import _op_table
from tgc._safetensors import read_safetensors

PEER = None


class Export(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "model.json")

    def exported(self, *args, **kwargs):
        tgc.export(*args, **kwargs)
        with open(self.path) as file:
            return json.load(file)

    def run_exported(self, flags="floatX=float64"):
        return tgc.load(tgc.compile(self.path, flags=flags))

    def test_names_survive_and_the_rest_is_named_after_ops(self):
        T = PEER.T
        x = T.dmatrix("x")
        y = T.exp(x)
        y.name = "growth"
        outputs = [y, y * 2, T.log(y + 1)]
        document = self.exported(([x], outputs), self.path)
        self.assertEqual(document["name"], "model")
        self.assertEqual(list(document["inputs"]), ["x"])
        names = [node["name"] for node in document["nodes"]]
        self.assertIn("growth", names)
        self.assertIn("log_1", names)
        again = os.path.join(self.folder, "again.json")
        tgc.export(([x], outputs), again, name="model")
        with open(again) as one, open(self.path) as other:
            self.assertEqual(one.read(), other.read())

    def test_functions_that_share_variables_go_into_one_file(self):
        T = PEER.T
        w = PEER.package.shared(numpy.arange(12.0).reshape(3, 4), name="w")
        x = T.dmatrix("x")
        y = T.dot(x, w)
        add = PEER.function([x], y.sum(), updates=[(w, w + 1)])
        get = PEER.function([x], y)
        document = self.exported({"add": add, "get": get}, self.path)
        self.assertEqual(list(document["shared"]), ["w"])
        self.assertEqual(sum(node["op"] == "dot" for node in document["nodes"]), 1)
        weights = read_safetensors(os.path.join(self.folder, "model.safetensors"))
        numpy.testing.assert_array_equal(weights["w"], w.get_value())
        bundle = self.run_exported()
        value = numpy.ones((2, 3))
        self.assertEqual(bundle.add(value), (value.dot(w.get_value())).sum())
        numpy.testing.assert_array_equal(bundle["get"](x=value), value.dot(w.get_value() + 1))

    def test_clones_of_a_shared_variable_are_one(self):
        m = PEER.package.shared(numpy.float64(1.0), name="m")
        twin = m.clone()
        x = PEER.T.dscalar("x")
        document = self.exported({"train": (([x], [x * m], [(m, m + x)])),
                                  "predict": ([x], [x * twin])}, self.path)
        self.assertEqual(list(document["shared"]), ["m"])
        bundle = self.run_exported()
        bundle.train(2.0)
        self.assertEqual(bundle.predict(10.0), 30.0)

    def test_names_of_functions_are_never_numbers_and_never_the_same(self):
        x = PEER.T.dvector("x")
        document = self.exported({"nan": ([x], [x + 1]), "f": ([x], [x + 2])}, self.path)
        self.assertEqual(sorted(document["functions"]), ["f", "nan_"])
        with self.assertRaises(ValueError) as caught:
            tgc.export({"f": ([x], [x + 1]), "f_": ([x], [x + 2])}, self.path)
        self.assertIn("'f' and 'f_' would both be named 'f'", str(caught.exception))

    def test_everything_without_a_counterpart_is_reported_at_once(self):
        T = PEER.T
        x = T.dvector("x")
        as_op = importlib.import_module(PEER.name + ".compile.ops").as_op

        def python_ranks(values):
            return values

        def python_marks(values):
            return values

        ranks, marks = [as_op([T.dvector], [T.dvector])(f) for f in (python_ranks, python_marks)]
        ranked = ranks(x)
        ranked.name = "ranks"
        with self.assertRaises(tgc.ExportError) as caught:
            tgc.export(([x], [ranked + 1, marks(x) * 2, marks(x + 1)]), self.path)
        self.assertEqual(len(caught.exception.problems), 3)
        text = str(caught.exception)
        self.assertIn("FromFunctionOp ('ranks')", text)
        self.assertEqual(text.count("FromFunctionOp{python_marks}"), 2)
        self.assertIn("export_test.py:", text)
        self.assertFalse(os.path.exists(self.path))

    def test_nodes_tell_the_line_that_made_them(self):
        T = PEER.T
        x, y = T.dmatrix("x"), T.dmatrix("y")
        document = self.exported(([x, y], [x + y]), self.path)
        self.assertRegex(document["nodes"][0]["trace"][0], r"^export_test\.py:\d+$")
        bundle = self.run_exported()
        with self.assertRaises(tgc.ArgumentError) as caught:
            bundle.main(numpy.zeros((2, 3)), numpy.zeros((2, 4)))
        self.assertRegex(str(caught.exception), r"created at export_test\.py:\d+")

    def test_sizes_become_expressions(self):
        T = PEER.T
        x, n = T.dmatrix("x"), T.lscalar("n")
        rows = x.shape[0] * 2 - 1
        outputs = [T.zeros((rows, x.shape[1] // 2)), x[: n - 1], T.arange(n + x.shape[0]),
                   x.reshape((x.shape[1], x.shape[0])), T.alloc(1.0, T.minimum(n, x.shape[0]))]
        document = self.exported(([x, n], outputs), self.path)
        shapes = [node["shape"] for node in document["nodes"] if "shape" in node]
        self.assertIn(["2*x_0 - 1", "x_1 // 2"], shapes)
        self.assertIn(["min(n, x_0)"], shapes)
        self.assertIn(["x_1", "x_0"], shapes)
        results = self.run_exported().main(numpy.ones((4, 6)), 3)
        self.assertEqual([r.shape for r in results], [(7, 3), (2, 6), (7,), (6, 4), (3,)])

    def test_sizes_that_depend_on_data_are_measured(self):
        T = PEER.T
        x, i, v = T.dvector("x"), T.lvector("i"), T.lvector("v")
        powers, _ = PEER.package.scan(lambda a: a * 2, outputs_info=[x[0]], n_steps=v[0])
        outputs = [T.zeros((i.sum(),)) + 1, x[: i[0]], x.reshape((i[0] + 1, -1)),
                   x.reshape(v, ndim=2), powers]
        outputs += T.split(x, T.stack([i[0], i[1] + 2]), n_splits=2)
        document = self.exported(([x, i, v], outputs), self.path)
        self.assertIn("measured_dim", [node["op"] for node in document["nodes"]])
        bundle = self.run_exported()
        value, cuts = numpy.arange(6.0) + 1, numpy.array([2, 4])
        shape = numpy.array([3, 2])
        results = bundle.main(value, [1, 3], shape)
        self.assertEqual([r.shape for r in results[:5]], [(4,), (1,), (2, 3), (3, 2), (3,)])
        numpy.testing.assert_array_equal(results[4], [2, 4, 8])
        with self.assertRaises(tgc.ArgumentError) as caught:
            bundle.main(value, [1, 3], cuts)
        self.assertIn("reshape", str(caught.exception))

    def test_givens_and_updates_of_a_pair(self):
        T = PEER.T
        data = PEER.package.shared(numpy.arange(20.0).reshape(5, 4), name="data")
        total = PEER.package.shared(numpy.float64(0.5), name="total")
        x, i = T.dmatrix("x"), T.lscalar("i")
        self.exported(([i], [x.sum()]), self.path, updates=[(total, total + x.sum())],
                      givens=[(x, data[i:i + 2])])
        bundle = self.run_exported()
        self.assertEqual(bundle.main(1), data.get_value()[1:3].sum())
        self.assertEqual(bundle.shared["total"], 0.5 + data.get_value()[1:3].sum())

    def test_an_update_swaps_with_the_old_values(self):
        a = PEER.package.shared(numpy.float64(1), name="a")
        b = PEER.package.shared(numpy.float64(2), name="b")
        swap = PEER.function([], [a - b], updates=[(a, b), (b, a)])
        self.exported(swap, self.path)
        bundle = self.run_exported()
        self.assertEqual(bundle.main(), -1)
        self.assertEqual((bundle.shared["a"], bundle.shared["b"]), (2, 1))

    def test_an_optimised_function_is_exported_as_it_was_written(self):
        T = PEER.T
        mode = type(PEER.mode)(linker="py", optimizer="fast_run")
        x = T.dmatrix("x")
        w = PEER.package.shared(numpy.arange(12.0).reshape(4, 3) / 7, name="w")
        loss = T.log(1 + T.exp(T.dot(x, w))).sum()
        f = PEER.function([x], [loss, x.sum(axis=0)], updates=[(w, w - 0.1 * T.grad(loss, w))],
                          mode=mode)
        document = self.exported(f, self.path)  # tgc.PEER, imported below, keeps what was written
        ops = [node["op"] for node in document["nodes"]]
        self.assertIn("log", ops)
        self.assertNotIn("softplus", ops)
        value = numpy.arange(8.0).reshape(2, 4) / 5
        bundle = self.run_exported()
        for _ in range(3):
            for ours, theirs in zip(bundle.main(value), f(value)):
                numpy.testing.assert_allclose(ours, theirs, rtol=1e-12)
        numpy.testing.assert_allclose(bundle.shared["w"], w.get_value(), rtol=1e-12)

    def test_outputs_keep_the_names_of_a_dict(self):
        x = PEER.T.dvector("x")
        self.exported({"inputs": [x], "outputs": {"twice": x * 2, "same": x, "again": x * 2}},
                      self.path)
        bundle = self.run_exported()
        names = [output.name for output in bundle.main.outputs]
        self.assertEqual(sorted(names), ["again", "same", "twice"])
        results = dict(zip(names, bundle.main([1.0])))
        self.assertEqual((results["again"], results["same"]), (2, 1))

    def test_an_input_with_an_update_becomes_a_shared_variable(self):
        if not PEER.is_theano:
            self.skipTest("has no inputs with state")
        import theano
        x, total = PEER.T.dscalar("x"), PEER.T.dscalar("total")
        f = PEER.function([x, theano.In(total, value=1.5, update=total + x)], total * 2)
        self.exported(f, self.path)
        bundle = self.run_exported()
        self.assertEqual([bundle.main(2.0), f(2.0)], [3, 3])
        self.assertEqual([bundle.main(1.0), f(1.0)], [7, 7])
        self.assertEqual(bundle.shared["total"], 4.5)

    def test_inputs_that_a_function_does_not_use_stay(self):
        x, y = PEER.T.dvector("x"), PEER.T.dvector("y")
        self.exported(PEER.function([x, y], x * 2), self.path)
        numpy.testing.assert_array_equal(self.run_exported().main([1.0], [2.0, 3.0]), [2])
        pair = {"inputs": [x, y], "outputs": [x * 2]}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.exported(dict(pair, on_unused_input="ignore"), self.path)
            self.exported(pair, self.path)
        texts = [str(w.message) for w in caught if "do not need" in str(w.message)]
        self.assertEqual(len(texts), 1)
        self.assertIn("function 'main': its outputs and updates do not need the input 'y'", texts[0])
        numpy.testing.assert_array_equal(self.run_exported().main([1.0], [2.0, 3.0]), [2])

    def test_what_is_read_for_its_size_alone_is_needed(self):
        x, n = PEER.T.dvector("x"), PEER.T.lscalar("n")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.exported(([x, n], [PEER.T.zeros((x.shape[0] + n,))]), self.path)
        self.assertEqual([w for w in caught if "do not need" in str(w.message)], [])
        self.assertEqual(self.run_exported().main([1.0, 2.0], 3).shape, (5,))

    def test_a_function_whose_name_changes_is_told(self):
        x = PEER.T.dvector("x")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            document = self.exported({"a b": ([x], [x * 2]), "nan": ([x], [x * 3]),
                                      "plain": ([x], [x])}, self.path)
        self.assertEqual(list(document["functions"]), ["a_b", "nan_", "plain"])
        texts = [str(w.message) for w in caught]
        self.assertTrue(any("function 'a b' is named 'a_b'" in text for text in texts), texts)
        self.assertFalse(any("'plain'" in text for text in texts))
        numpy.testing.assert_array_equal(self.run_exported()["nan_"]([2.0]), [6])
        with self.assertRaisesRegex(ValueError, "no function"):
            tgc.export({}, self.path)

    def test_a_dump_is_exported(self):
        module = __import__(PEER.name, fromlist=["function_dump"])
        if not hasattr(module, "function_dump"):
            self.skipTest("no function_dump")
        x = PEER.T.dvector("x")
        w = PEER.package.shared(numpy.arange(3.0), name="w")
        dump = os.path.join(self.folder, "f.pkl")
        module.function_dump(dump, [x], [x * w], updates=[(w, w * 2)])
        self.exported(dump, self.path)
        bundle = self.run_exported()
        bundle.main([1, 1, 1])
        numpy.testing.assert_array_equal(bundle.main([1.0, 1.0, 1.0]), [0, 2, 4])

    def test_test_values_become_hints_of_dims(self):
        x = PEER.T.dmatrix("x")
        x.tag.test_value = numpy.zeros((64, 10))
        document = self.exported(([x], [x * 2]), self.path)
        self.assertEqual(document["dims"], {"x_0": {"hint": 64}, "x_1": {"hint": 10}})
        self.assertEqual(self.run_exported().main(numpy.ones((2, 3))).shape, (2, 3))

    def test_a_transfer_to_the_cpu_is_the_variable(self):
        T = PEER.T
        x = T.dvector("x")
        document = self.exported(([x], [T.exp(x.transfer("cpu"))]), self.path)
        self.assertEqual([node["op"] for node in document["nodes"]], ["exp"])

    def test_transfers_between_contexts_vanish(self):
        """Theano's own classes over contexts without a GPU: these need pygpu only to be used."""
        if not PEER.is_theano:
            self.skipTest("has no GPU contexts")
        types = importlib.import_module("theano.gpuarray.type")
        ops = importlib.import_module("theano.gpuarray.basic_ops")
        context = mock.Mock(kind=b"cuda")
        codes = mock.Mock(dtype_to_typecode=lambda dtype: 0, GpuArrayException=ValueError)
        registered = {"dev0": context, "dev1": context}
        with mock.patch.object(types, "gpuarray", codes, create=True), mock.patch.dict(
                types._context_reg, registered), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            x = PEER.T.dmatrix("x")
            there = ops.GpuToGpu("dev1")(ops.GpuFromHost("dev0")(x * 3))
            back = there.transfer("cpu")
            self.assertEqual(there.type.context_name, "dev1")
            tgc.export(([x], [back + 1, x.shape[0] + back.shape[1]]), self.path)
        self.assertIn("the contexts dev0, dev1 become one",
                      [str(w.message) for w in caught if "contexts" in str(w.message)][0])
        result, sizes = self.run_exported().main(numpy.ones((2, 5)))
        numpy.testing.assert_array_equal(result, numpy.full((2, 5), 4.0))
        self.assertEqual(sizes, 7)

    def test_a_graph_of_thousands_of_ops_is_no_problem(self):
        x = PEER.T.dvector("x")
        y = x
        for _ in range(3000):
            y = y * 1.0001
        document = self.exported(([x], [y]), self.path)
        self.assertGreaterEqual(len(document["nodes"]), 3000)

    def test_the_printed_table_is_the_tables(self):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "python",
                            "OPS.md")
        with open(path) as file:
            self.assertEqual(file.read(), _op_table.markdown(),
                             "run tools/python/make_ops_table")

    def test_the_table_names_ops_that_tgc_has(self):
        import subprocess
        text = subprocess.check_output([tgc.find_command(), "ops", "--json"])
        known = {op["name"] for op in json.loads(text.decode("utf-8"))}
        self.assertEqual(set(_op_table.tgc_ops()) - known, set())


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    importlib.import_module("tgc." + PEER.name)
    unittest.main()
