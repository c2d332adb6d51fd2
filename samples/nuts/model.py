# SPDX-License-Identifier: Apache-2.0
"""Writes model.json: the log-density of a hierarchical regression and its gradient, built with
PyTensor as PyMC would build it.

    pip install pytensor ../../tools/python && python model.py

Made-up measurements of 8 groups: y = a[group] + b x + noise. Parameters, in one vector: the mean
and log spread of the groups' levels a, the slope b, the log of the noise, and the groups' levels in
units of the spread. Priors: mean, slope ~ N(0, 5); log spread, log noise ~ N(0, 1).
"""
import numpy
import pytensor
import pytensor.tensor as pt

import tgc

GROUPS, COUNT = 8, 60
random = numpy.random.RandomState(20)
group = numpy.arange(COUNT) % GROUPS
level = random.normal(1.5, 0.7, GROUPS)
x = random.normal(size=COUNT).round(3)
y = (level[group] - 0.8 * x + random.normal(0, 0.4, COUNT)).round(3)

x, y = pytensor.shared(x, name="x"), pytensor.shared(y, name="y")
group = pytensor.shared(group.astype("int32"), name="group")


def normal(value, mean, log_sd):
    """Log-density, summed, without the constant."""
    return (-0.5 * ((value - mean) * pt.exp(-log_sd)) ** 2 - log_sd).sum()


theta = pt.dvector("theta")
mean, log_spread, slope, log_noise, z = theta[0], theta[1], theta[2], theta[3], theta[4:]
prediction = (mean + pt.exp(log_spread) * z)[group] + slope * x
density = (normal(mean, 0, numpy.log(5.0)) + normal(slope, 0, numpy.log(5.0)) +
           normal(log_spread, 0, numpy.float64(0)) + normal(log_noise, 0, numpy.float64(0)) +
           normal(z, 0, numpy.float64(0)) + normal(y, prediction, log_noise))
gradient = pt.grad(density, theta)
density.name, gradient.name = "log_density", "gradient"
tgc.export({"density": ([theta], [density, gradient])}, "model.json", name="regression")
