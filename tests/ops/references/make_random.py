# SPDX-License-Identifier: Apache-2.0
"""Writes random.inc: what Theano's random streams draw, and the states they leave behind.

    THEANO_FLAGS=floatX=float64 python3.8 make_random.py > random.inc      (Theano 1.0.5)
"""
import json

import numpy
import theano
from theano.sandbox import rng_mrg

SEEDS = [12345] * 6
STREAMS, SUBSTREAMS, DRAWS = 12, 7, 5  # as in the samples that come with Theano's tests


def rows(values):
    return "{%s}" % ", ".join(repr(float(v)) for v in numpy.asarray(values).ravel())


def write(node, state, outputs):
    inputs = {"state": {"dtype": "int32", "shape": list(state.shape), "value": state.tolist()}}
    print('{R"j(%s)j",\n R"j(%s)j",\n {%s}},' % (
        json.dumps(node), json.dumps(inputs), ",\n  ".join(rows(o) for o in outputs)))


def draw(state, shape, dtype):
    variable = theano.shared(state)
    next_state, sample = rng_mrg.mrg_uniform.new(variable, None, dtype, shape)
    node = {"op": "mrg_uniform", "inputs": ["state"], "shape": list(shape), "dtype": dtype,
            "outputs": ["next", "sample"]}
    write(node, state, theano.function([], [next_state, sample])())


def many_streams():
    state, first = [], numpy.asarray(SEEDS, dtype="int32")
    for _ in range(STREAMS):
        substream = first
        for _ in range(SUBSTREAMS):
            state.append(substream)
            substream = rng_mrg.ff_2p72(substream)
        first = rng_mrg.ff_2p134(first)
    return numpy.asarray(state, dtype="int32")


print("// SPDX-License-Identifier: Apache-2.0")
print("// Theano %s's draws; make_random.py wrote this." % theano.__version__)
draw(many_streams(), [STREAMS * SUBSTREAMS * DRAWS], "float64")
for dtype in ("float32", "float16"):
    draw(many_streams()[:4], [3, 7], dtype)
