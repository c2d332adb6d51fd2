# SPDX-License-Identifier: Apache-2.0
"""Writes numpy_draws.inc: what NumPy's RandomState(1234) and default_rng(1234) draw.

    python3 make_numpy_draws.py > numpy_draws.inc      (NumPy 1.17 or later)

RANDOMSTATE stands for the first one's state, which draws_test.cpp makes.
"""
import json

import numpy

SEED = 1234
P = [0.1, 0.2, 0.3, 0.4]
# op, RandomState's method, Generator's, parameters
DRAWS = [
    ("uniform", "uniform", "uniform", [-2.0, 3.0]), ("normal", "normal", "normal", [1.0, 2.0]),
    ("lognormal", "lognormal", "lognormal", [0.0, 0.5]),
    ("exponential", "exponential", "exponential", [2.0]), ("gamma", "gamma", "gamma", [0.5, 2.0]),
    ("gamma", "gamma", "gamma", [4.0, 2.0]), ("beta", "beta", "beta", [0.5, 0.7]),
    ("beta", "beta", "beta", [2.0, 3.0]), ("laplace", "laplace", "laplace", [0.0, 1.5]),
    ("logistic", "logistic", "logistic", [0.0, 1.5]), ("binomial", "binomial", "binomial", [9, 0.3]),
    ("binomial", "binomial", "binomial", [400, 0.6]), ("poisson", "poisson", "poisson", [3.5]),
    ("poisson", "poisson", "poisson", [60.0]), ("geometric", "geometric", "geometric", [0.5]),
    ("geometric", "geometric", "geometric", [0.05]), ("integers", "randint", "integers", [-5, 90]),
    ("integers", "randint", "integers", [0, 2 ** 40])] + [
        (op, method, method, parameters) for op, method, parameters in [
            ("chisquare", "chisquare", [3.0]), ("f", "f", [3.0, 4.0]),
            ("nbinom", "negative_binomial", [4.5, 0.3]), ("power", "power", [2.5]),
            ("rayleigh", "rayleigh", [2.0]), ("wald", "wald", [2.0, 3.0]),
            ("vonmises", "vonmises", [0.5, 2.0]), ("vonmises", "vonmises", [3.0, 1e-6]),
            ("vonmises", "vonmises", [1.0, 1e-9]), ("vonmises", "vonmises", [1.0, 4e6]),
            ("weibull", "weibull", [1.5]), ("weibull", "weibull", [0.0]), ("zipf", "zipf", [2.5]),
            ("t", "standard_t", [4.0]), ("hypergeometric", "hypergeometric", [100, 150, 80]),
            ("hypergeometric", "hypergeometric", [100, 15, 108]),
            ("hypergeometric", "hypergeometric", [7, 15, 9])]]


def state_of(generator):
    if isinstance(generator, numpy.random.RandomState):
        return "RANDOMSTATE"
    state = generator.bit_generator.state["state"]
    low = 2 ** 64 - 1
    return {"dtype": "uint64", "shape": [6], "value": [
        state["state"] >> 64, state["state"] & low, state["inc"] >> 64, state["inc"] & low, 0, 0]}


def write(generator, op, inputs, attributes, draw):
    node = dict({"op": op, "inputs": ["state"] + list(inputs), "outputs": ["next", "sample"]},
                **attributes)
    declared = {name: {"dtype": value.dtype.name, "shape": list(value.shape),
                       "value": value.tolist()} for name, value in inputs.items()}
    declared["state"] = state_of(generator)
    text = json.dumps(declared).replace('"RANDOMSTATE"', "RANDOMSTATE")
    sample = numpy.asarray(draw(), "float64").ravel()
    print('{R"j(%s)j",\n R"j(%s)j",\n {{%s}}},' % (json.dumps(node), text,
                                                  ", ".join(repr(float(v)) for v in sample)))


def write_all(make, method):
    for row in DRAWS:
        generator = make()
        inputs = {"abc"[i]: numpy.asarray(v) for i, v in enumerate(row[3])}
        write(generator, "random_" + row[0], inputs, {"shape": [12]},
              lambda: getattr(generator, row[method])(*row[3], size=12))
    generator = make()
    write(generator, "random_permutation", {}, {"n": 20}, lambda: generator.permutation(20))
    generator = make()
    write(generator, "random_multinomial", {"n": numpy.asarray(50), "p": numpy.asarray(P)},
          {"shape": [2]}, lambda: generator.multinomial(50, P, size=2))
    for alpha in ([0.5, 2.0, 3.0], [0.05, 0.02, 0.03]):
        generator = make()
        write(generator, "random_dirichlet", {"a": numpy.asarray(alpha)},
              {"shape": [4], "dtype": "float64"}, lambda: generator.dirichlet(alpha, size=4))
    for n, count in [(50, 20), (9, 9), (20000, 12), (10100, 300)]:
        generator = make()
        write(generator, "random_choice", {}, {"shape": [count], "n": n},
              lambda: generator.choice(n, size=count, replace=False))
    for replace in (True, False):
        generator = make()
        write(generator, "random_choice", {"p": numpy.asarray(P)},
              {"shape": [3], "replace": replace},
              lambda: generator.choice(4, size=3, replace=replace, p=P))


print("// SPDX-License-Identifier: Apache-2.0")
print("// NumPy %s's draws; make_numpy_draws.py wrote this." % numpy.__version__)
write_all(lambda: numpy.random.RandomState(SEED), 1)
write_all(lambda: numpy.random.default_rng(SEED), 2)
