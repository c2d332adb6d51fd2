# SPDX-License-Identifier: Apache-2.0
"""Writes runtime/include/tgc/random/ziggurat.h: the edges of the layers of the ziggurat method
(Marsaglia and Tsang 2000) with 256 layers of equal area under exp(-x^2 / 2) and exp(-x).

    python3 make_ziggurat.py > ../../../runtime/include/tgc/random/ziggurat.h

NumPy's Generator has edges of the normal distribution that were computed in double precision, with
one value of exp rounded up; so are these, which are the same numbers. generator_test.py holds what
is drawn with them against NumPy.
"""
from decimal import Decimal, getcontext
from math import nextafter, sqrt

getcontext().prec = 50
NORMAL_TAIL = 3.6541528853610088
NORMAL_AREA = 0.004928673233974652
ROUNDED_UP = 38
EXPONENTIAL_TAIL = Decimal("7.6971174701310497140446280481")


def exp(x):
    return float(Decimal(x).exp())


def log(x):
    return float(Decimal(x).ln())


def normal():
    x, f = [0.0] * 256, [1.0] * 256
    x[255], f[255] = NORMAL_TAIL, exp(-0.5 * NORMAL_TAIL * NORMAL_TAIL)
    x[0] = NORMAL_AREA / f[255]
    for i in range(254, 0, -1):
        x[i] = sqrt(-2.0 * log(NORMAL_AREA / x[i + 1] + f[i + 1]))
        f[i] = exp(-0.5 * x[i] * x[i])
        if i == ROUNDED_UP:
            f[i] = nextafter(f[i], 1.0)
    return x


def exponential():
    area = (EXPONENTIAL_TAIL + 1) * (-EXPONENTIAL_TAIL).exp()
    x = [EXPONENTIAL_TAIL] * 256
    x[0] = area / (-EXPONENTIAL_TAIL).exp()
    for i in range(254, 0, -1):
        x[i] = -(area / x[i + 1] + (-x[i + 1]).exp()).ln()
    return [float(edge) for edge in x]


def write(name, edges):
    print("constexpr double %s[256] = {" % name)
    for i in range(0, 256, 4):
        print("    " + ", ".join(edge.hex() for edge in edges[i:i + 4]) + ",")
    print("};")


if __name__ == "__main__":
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// Edges of a ziggurat's layers; tests/ops/references/make_ziggurat.py wrote this. The first")
    print("// number is the width of the lowest layer as a rectangle, its tail included.")
    print("#pragma once")
    print()
    write("kTgcNormalEdges", normal())
    write("kTgcExponentialEdges", exponential())
