# SPDX-License-Identifier: Apache-2.0
"""Single kernels of kernels.json, tgc beside PyTensor and Theano; README.md says how to run it."""
import os
import sys

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "beside"))
import beside


def cases():
    random = numpy.random.default_rng(1)
    model = os.path.join(HERE, "kernels.json")

    def case(name, function, shapes, work, float_type="float32"):
        inputs = [random.standard_normal(shape).astype(float_type) for shape in shapes]
        return beside.Case(name, model, function, function, float_type, inputs, work)

    def product(m, k, n, float_type="float32"):
        return case("matmul %dx%dx%d" % (m, k, n), "matmul", [(m, k), (k, n)],
                    (2 * m * k * n, "GFLOP/s"), float_type)

    yield product(1024, 1024, 1024)
    yield product(1024, 1024, 1024, "float64")
    yield product(256, 256, 256)
    yield product(20, 784, 512)
    yield case("layer 256x784x512", "layer", [(256, 784), (784, 512), (512,)],
               (2 * 256 * 784 * 512, "GFLOP/s"))
    yield case("softmax 4096x1000", "softmax", [(4096, 1000)], (8 * 4096 * 1000, "GB/s"))
    yield case("chain 1e4", "chain", [(10000,)], (8 * 1e4, "GB/s"))
    yield case("chain 1e7", "chain", [(10 ** 7,)], (8 * 1e7, "GB/s"))
    for axis in ("axis_0", "axis_1", "all"):
        yield case("sum 4096x4096 " + axis, "sum_" + axis, [(4096, 4096)],
                   (4 * 4096 * 4096, "GB/s"))


def main():
    options = beside.parse_arguments()
    kinds = ["tgc", "pytensor-c", "pytensor-numba"] + (["theano"] if options.theano else [])
    chosen = [case for case in cases() if case.key().startswith(options.only)]
    result = beside.measure(options, os.path.join(HERE, "peer_kernels.py"), chosen, kinds, (1, 2),
                            options.rounds, options.seconds)
    beside.write(options, result, options.out or HERE, "Kernels", options.note)


if __name__ == "__main__":
    main()
