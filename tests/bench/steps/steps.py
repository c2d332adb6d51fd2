# SPDX-License-Identifier: Apache-2.0
"""Training steps of the samples, tgc beside PyTensor and Theano; README.md says how to run it."""
import os
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "beside"))
import beside


def model(name):
    return os.path.join(ROOT, "samples", name, "model.json")


def cases():
    random = numpy.random.default_rng(1)
    for float_type in ("float32", "float64"):
        for batch in (32, 128, 512):
            x = random.random((batch, 64)).astype(float_type)
            y = random.integers(0, 10, batch).astype("int32")
            yield beside.Case("digits %d" % batch, model("digits"), "train", "digits", float_type,
                              [x, y])
        for batch in (20, 128):
            x = random.random((batch, 64)).astype(float_type)
            y = random.integers(0, 10, batch).astype("int32")
            yield beside.Case("lenet %d" % batch, model("lenet"), "train", "lenet", float_type,
                              [x, y], skip=("pytensor-c", "pytensor-numba"))
        for batch in (400, 32, 128, 512):
            x = (0.1 * random.standard_normal((batch, 784))).astype(float_type)
            y = random.integers(0, 2, batch).astype(float_type)
            yield beside.Case("logistic regression %d" % batch, model("logistic_regression"),
                              "train", "logistic_regression", float_type, [x, y])


def main():
    options = beside.parse_arguments()
    kinds = ["tgc", "pytensor-c", "pytensor-numba"] + (["theano"] if options.theano else [])
    chosen = [case for case in cases() if case.key().startswith(options.only)]
    models = os.path.join(ROOT, "tests", "e2e", "losses", "peer_models.py")
    result = beside.measure(options, models, chosen, kinds, (1, 2), options.rounds,
                            options.seconds)
    beside.write(options, result, options.out or HERE, "Training steps", options.note)


if __name__ == "__main__":
    main()
