# SPDX-License-Identifier: Apache-2.0
"""Prints means and standard deviations of samples/nuts's posterior, drawn without gradients and
without tgc: an ensemble of walkers with the stretch move (Goodman and Weare 2010), in NumPy.

    python make_reference.py ../../../samples/nuts/model.safetensors > reference.txt
"""
import json
import struct
import sys

import numpy


def arrays(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    names = {"F64": "f8", "I32": "i4"}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            yield name, numpy.frombuffer(data[8 + size + begin:8 + size + end],
                                         names[entry["dtype"]])


DATA = dict(arrays(sys.argv[1]))


def density(theta):
    """Of many parameters at once: (walkers, 12) -> (walkers,)."""
    mean, log_spread, slope, log_noise = theta.T[:4]
    levels = mean[:, None] + numpy.exp(log_spread)[:, None] * theta[:, 4:]
    error = DATA["y"] - levels[:, DATA["group"]] - slope[:, None] * DATA["x"]
    noise = numpy.exp(-log_noise)[:, None]
    return (-0.5 * (mean / 5) ** 2 - 0.5 * (slope / 5) ** 2 - 0.5 * log_spread ** 2 -
            0.5 * log_noise ** 2 - 0.5 * (theta[:, 4:] ** 2).sum(axis=1) -
            0.5 * ((error * noise) ** 2).sum(axis=1) - DATA["y"].size * log_noise)


random = numpy.random.RandomState(1)
walkers, steps = 400, 40000
theta = 0.3 * random.normal(size=(walkers, 12))
values = density(theta)
half = walkers // 2
total, squares, count = 0.0, 0.0, 0
for step in range(steps):
    for mine, others in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
        z = (random.uniform(size=half) + 1) ** 2 / 2
        partners = theta[others][random.randint(half, size=half)]
        proposal = partners + z[:, None] * (theta[mine] - partners)
        found = density(proposal)
        accepted = numpy.log(random.uniform(size=half)) < 11 * numpy.log(z) + found - values[mine]
        theta[mine] = numpy.where(accepted[:, None], proposal, theta[mine])
        values[mine] = numpy.where(accepted, found, values[mine])
    if step >= steps // 4:
        total, squares, count = total + theta.mean(axis=0), squares + (theta ** 2).mean(axis=0), count + 1
mean = total / count
for k, (m, s) in enumerate(zip(mean, numpy.sqrt(squares / count - mean ** 2))):
    print("%2d %8.4f %7.4f" % (k, m, s))
