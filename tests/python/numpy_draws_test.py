# SPDX-License-Identifier: Apache-2.0
"""Draws of NumPy's generators: what a bundle draws, call after call, is what the ancestor draws, bit
for bit, and the states move on alike.

    numpy_draws_test.py PEER     PEER: theano (RandomFunction over RandomState), pytensor or aesara
                                 (RandomVariables over default_rng); PYTHONPATH has tgc
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


def compare_modes(test, make):
    """Functions of the ancestor's mode and of mode TGC, each over generators of its own."""
    importlib.import_module("tgc." + PEER.name)
    theirs = PEER.package.function([], make(), mode=PEER.mode)
    own = PEER.package.function([], make(), mode="TGC")
    for _ in range(3):
        for expected, got in zip(theirs(), own()):
            numpy.testing.assert_array_equal(got, expected)


def compare(test, inputs, outputs, arrays, exact=True, rtol=1e-15):
    """The ancestor's own function and the bundle of the same graph, called in turn."""
    path = os.path.join(tempfile.mkdtemp(), "draws.json")
    theirs = PEER.package.function(inputs, outputs, mode=PEER.mode, on_unused_input="ignore")
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
                numpy.testing.assert_allclose(own, other, rtol=rtol, atol=rtol)


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
        if PEER.is_theano:
            self.skipTest("has few, over a RandomState: see VariablesOfTheanoPymc")

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

    def has(self, name):
        return hasattr(self.draws, name)

    def test_distributions_made_of_others(self):
        made = self.made
        samples = [made("vonmises", 0.5, 2.0, size=(50,)), made("vonmises", 3.0, 1e-6, size=(9,)),
                   made("weibull", 1.5, size=(50,)), made("hypergeometric", 7, 15, 9, size=(30,)),
                   made("hypergeometric", 700, 150, 90, size=(30,)),
                   made("dirichlet", numpy.array([0.5, 2, 3]), size=(7,)),
                   made("dirichlet", numpy.array([0.05, 0.02, 0.03]), size=(7,)),
                   made("dirichlet", numpy.array([[0.5, 2, 3], [1, 1, 1]])),
                   made("negative_binomial", 5, 0.3, size=(40,)),
                   made("betabinom", 12, 2.0, 3.0, size=(40,)), made("t", 4.0, 1.0, 2.0, size=(40,))]
        for name in ["chisquare", "power", "rayleigh"] if PEER.name == "aesara" else []:
            samples.append(made(name, 2.5, size=(40,)))
        if PEER.name == "aesara":
            samples += [made("zipf", 2.5, size=(40,)), made("f", 3.0, 4.0, size=(40,))]
        compare(self, [], samples, [])

    def formulas(self, cast):
        def made(name, *parameters):
            return self.made(name, *[cast(p) for p in parameters], size=(40,))
        return [made("triangular", -1.0, 0.3, 2.0), made("wald", 2.0, 3.3), made("pareto", 2.3, 1.3),
                made("gumbel", 1.0, 2.0), made("cauchy", 1.0, 2.0), made("halfcauchy", 1.0, 2.0),
                made("halfnormal", 1.0, 2.0), made("gengamma", 2.0, 1.3, 3.3),
                made("truncexpon", 2.3, 1.0, 3.0)]

    def test_distributions_by_formulas(self):
        compare(self, [], self.formulas(numpy.float64), [], exact=False, rtol=1e-12)

    def test_parameters_that_autocast_makes_narrow(self):
        """NumPy before 2 computes 1 / b of a scalar of float32 in float64."""
        rtol = 1e-12 if int(numpy.__version__.split(".")[0]) > 1 else 1e-5
        compare(self, [], self.formulas(float), [], exact=False, rtol=rtol)

    def test_multivariate_normal(self):
        mean = numpy.array([1.0, 2.0, -1.0])
        cov = numpy.array([[2, 0.5, 0.25], [0.5, 1, 0.125], [0.25, 0.125, 3]])
        samples = [self.made("multivariate_normal", mean, cov, size=(5,)),
                   self.made("multivariate_normal", mean, cov),
                   self.made("multivariate_normal", numpy.stack([mean, 2 * mean]), cov),
                   self.made("multivariate_normal", mean, numpy.stack([cov, 2 * cov]))]
        if PEER.name != "aesara":
            for method in ("svd", "eigh"):
                samples.append(self.draws.multivariate_normal(mean, cov, method=method, size=(4,),
                                                              rng=self.fresh()))
        compare(self, [], samples, [], exact=False, rtol=1e-12)

    def test_samples_shaped_by_parameters(self):
        made = self.made
        x, y = PEER.T.matrix("x"), PEER.T.vector("y")
        counts = PEER.T.lvector("counts")
        samples = [made("normal", x, y), made("halfnormal", x, y), made("poisson", x, size=None),
                   made("vonmises", x, y), made("t", y, x, 2.0), made("wald", x, y, size=(4, 2, 3)),
                   made("gumbel", x, y, size=(4, 2, 3)), made("triangular", -x, y * 0, y),
                   made("hypergeometric", counts, counts + 5, counts), made("betabinom", counts, x, y),
                   made("dirichlet", x), made("dirichlet", x, size=(3, 2)),
                   made("negative_binomial", counts, y / 4), made("categorical", x / x.sum(1)[:, None])]
        if PEER.name != "aesara":
            samples.append(made("invgamma", x, y))
        compare(self, [x, y, counts], samples,
                [numpy.arange(1., 7).reshape(2, 3), numpy.array([1., 2, 3]), numpy.array([3, 30, 9])],
                exact=False, rtol=1e-12)

    def test_narrow_samples(self):
        x = PEER.T.fvector("x")
        samples = [self.made("normal", x, x), self.made("gumbel", x, x), self.made("dirichlet", x)]
        compare(self, [x], samples, [numpy.array([1, 2, 3], "float32")], exact=False, rtol=1e-6)

    def test_choice(self):
        x, m = PEER.T.vector("x"), PEER.T.matrix("m")
        p = numpy.array([.5, .125, .125, .2, .05])
        choice = self.draws.choice
        samples = [choice(x, size=(4,), replace=False, rng=self.fresh()),
                   choice(9, size=(2, 3), replace=False, rng=self.fresh()),
                   choice(20000, size=(500,), replace=False, rng=self.fresh()),
                   choice(5, size=(2, 2), replace=False, p=p, rng=self.fresh()),
                   choice(9, size=(12,), rng=self.fresh()), choice(5, size=(12,), p=p, rng=self.fresh())]
        if PEER.name != "aesara":
            samples.append(choice(m, size=(2,), replace=False, rng=self.fresh()))
        compare(self, [x, m], samples, [numpy.linspace(0, 1, 6), numpy.arange(8.).reshape(4, 2)])

    def test_orders(self):
        x = PEER.T.vector("x")
        compare(self, [x], [self.draws.permutation(x, rng=self.fresh()),
                            self.draws.permutation(12, rng=self.fresh())], [numpy.arange(9.)])

    def test_orders_of_rows(self):
        m = PEER.T.matrix("m")
        samples = [self.draws.permutation(m, rng=self.fresh())]
        if PEER.name != "aesara":
            rows = self.draws.PermutationRV(signature="(x)->(x)", dtype="float64")
            samples.append(rows(m, rng=self.fresh()))
        compare(self, [m], samples, [numpy.arange(12.).reshape(4, 3)])

    def fresh(self):
        return PEER.package.shared(numpy.random.default_rng(77))

    def test_mode(self):
        compare_modes(self, lambda: [self.made("normal", 0.0, 1.0, size=(3,)),
                                     self.made("integers", 0, 10, size=(5,))])

    def test_what_has_no_counterpart_is_reported_in_full(self):
        x = PEER.T.matrix("x")
        if PEER.name == "aesara":
            outputs = [self.made("invgamma", 0.5, 1.0, size=(3,)) for _ in range(2)]
        else:
            choice = self.draws.ChoiceWithoutReplacement(signature="(a),(1)->(s)", dtype="float64")
            outputs = [choice(x, numpy.array([n]), rng=self.fresh()) for n in (1, 2)]
        with self.assertRaises(tgc.ExportError) as caught:
            tgc.export(([x], outputs), os.path.join(tempfile.mkdtemp(), "draws.json"))
        self.assertEqual(len(caught.exception.problems), 2)


class Seeds(unittest.TestCase):
    """Of models written by hand: the generators that NumPy makes from the seed."""
    STATES = [("random_state", "uint32", 628, lambda seed: numpy.random.RandomState(seed)),
              ("default_rng", "uint64", 6, lambda seed: numpy.random.default_rng(seed))]

    def test_draws(self):
        for init, dtype, words, make in self.STATES:
            for seed in (0, 77, 2 ** 32 - 1):
                model = {"tgc": 1, "name": "seeded", "shared": {"state": {
                    "dtype": dtype, "shape": [words], "value": {"init": init, "seed": seed}}},
                    "nodes": [{"op": "random_normal", "inputs": ["state"], "shape": [9],
                               "dtype": "float64", "outputs": ["next", "sample"]}],
                    "functions": {"draw": {"inputs": [], "outputs": ["sample"],
                                           "updates": {"state": "next"}}}}
                path = os.path.join(tempfile.mkdtemp(), "seeded.json")
                with open(path, "w") as file:
                    json.dump(model, file)
                bundle = tgc.load(tgc.compile(path))
                generator = make(seed)
                for _ in range(2):
                    numpy.testing.assert_array_equal(bundle.draw(), generator.normal(size=9))


class VariablesOfTheanoPymc(unittest.TestCase):
    def setUp(self):
        if not PEER.is_theano or not hasattr(PEER.T, "random"):
            self.skipTest("for Theano-PyMC")
        self.draws = importlib.import_module("theano.tensor.random.basic")

    def made(self, name, *parameters, **kwargs):
        rng = PEER.package.shared(numpy.random.RandomState(len(name)))
        op = getattr(self.draws, name)
        following, sample = op.make_node(rng, kwargs.get("size"), op.dtype or "float64",
                                         *parameters).outputs
        rng.default_update = following
        return sample

    def test_samples(self):
        made, p = self.made, numpy.array([.1, .2, .3, .4])
        rows = numpy.array([[.1, .2, .3, .4], [.25, .25, .5, 0]])  # its own code takes no size here
        x, y = PEER.T.matrix("x"), PEER.T.vector("y")
        compare(self, [x, y], [made("uniform", -1.0, 2.0, size=(3, 5)), made("normal", x, y),
                               made("normal", 1.0, 2.0, size=(200,)), made("exponential", 2.0, size=(9,)),
                               made("gamma", 0.3, 2.0, size=(50,)), made("beta", 2.0, 3.0, size=(50,)),
                               made("binomial", 10, 0.3, size=(40,)), made("bernoulli", 0.3, size=(40,)),
                               made("poisson", x), made("categorical", rows),
                               made("multinomial", 20, p, size=(3,))],
                [numpy.arange(1., 7).reshape(2, 3), numpy.array([1., 2, 3])], exact=False)

    def test_orders(self):
        x = PEER.T.vector("x")
        rng = PEER.package.shared(numpy.random.RandomState(7))
        compare(self, [x], [self.draws.permutation(x, rng=rng), self.draws.permutation(12, rng=rng)],
                [numpy.arange(9.)])


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    print(PEER)
    unittest.main()
