#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes conv_pool.inc: conv2d, conv3d, pooling and their gradients as Theano 1.0.5 computes them.

Needs Python 3.6 to 3.8 with numpy 1.21, scipy 1.7 and Theano 1.0.5; run it in this folder:
    THEANO_FLAGS=floatX=float64,device=cpu,cxx=,optimizer=None python make_conv_pool.py
Inputs are small integers by a formula that the test repeats, so convolutions are exact.
"""
import numpy as np
import theano
import theano.tensor as T
from theano.tensor.nnet import conv2d, conv3d
from theano.tensor.signal.pool import Pool

CONV = [  # input, filters, border_mode, subsample, dilation, groups, flip
    ((2, 2, 5, 4), (3, 2, 3, 2), "valid", (1, 1), (1, 1), 1, True),
    ((2, 2, 5, 4), (3, 2, 3, 2), "valid", (1, 1), (1, 1), 1, False),
    ((1, 2, 4, 5), (2, 2, 3, 2), "full", (1, 1), (1, 1), 1, True),
    ((1, 2, 4, 5), (2, 2, 3, 4), "half", (1, 1), (1, 1), 1, True),
    ((1, 1, 5, 5), (2, 1, 3, 3), 1, (2, 2), (1, 1), 1, True),
    ((1, 1, 6, 5), (1, 1, 2, 3), (2, 1), (2, 3), (1, 1), 1, False),
    ((1, 1, 5, 5), (1, 1, 2, 2), ((0, 1), (2, 1)), (1, 2), (2, 1), 1, True),
    ((1, 1, 7, 6), (2, 1, 3, 2), "valid", (1, 1), (2, 3), 1, True),
    ((1, 4, 4, 4), (2, 2, 2, 3), "valid", (1, 1), (1, 1), 2, True),
    ((2, 4, 3, 3), (4, 1, 2, 2), "half", (2, 1), (1, 1), 4, False),
    ((2, 3, 3, 2), (2, 3, 1, 1), "valid", (1, 1), (1, 1), 1, True),
    # unshared: filters of six axes
    ((2, 2, 4, 4), (3, 3, 2, 2, 2, 3), "valid", (1, 1), (1, 1), 1, True),
    ((2, 4, 4, 5), (2, 3, 3, 2, 2, 3), (1, 1), (2, 2), (1, 1), 2, False),
    ((1, 1, 5, 4), (1, 5, 2, 1, 2, 2), ((1, 1), (0, 0)), (1, 1), (2, 2), 1, True),
    # three axes
    ((2, 2, 3, 4, 3), (2, 2, 2, 3, 2), "valid", (1, 1, 1), (1, 1, 1), 1, True),
    ((1, 2, 3, 3, 4), (2, 1, 2, 2, 3), "half", (2, 1, 2), (1, 1, 1), 2, False),
    ((1, 1, 4, 3, 3), (1, 1, 2, 2, 2), (1, 2, 0), (1, 2, 1), (2, 1, 2), 1, True),
    ((1, 1, 2, 3, 2), (2, 1, 2, 2, 3), "full", (1, 1, 1), (1, 1, 1), 1, True),
]

POOL = [  # input, ws, ignore_border, stride, pad, mode
    ((1, 2, 5, 5), (2, 2), False, None, (0, 0), "max"),
    ((1, 2, 5, 5), (2, 2), True, None, (0, 0), "max"),
    ((1, 1, 6, 5), (3, 2), False, (2, 1), (0, 0), "max"),
    ((1, 1, 6, 5), (3, 2), True, (2, 1), (0, 0), "sum"),
    ((1, 1, 7, 7), (2, 3), False, (3, 4), (0, 0), "max"),
    ((1, 1, 7, 7), (2, 3), True, (3, 4), (0, 0), "sum"),
    ((2, 5, 4), (3, 2), True, (2, 1), (1, 1), "max"),
    ((2, 5, 4), (3, 2), True, (2, 1), (1, 1), "average_inc_pad"),
    ((2, 5, 4), (3, 2), True, (2, 1), (1, 1), "average_exc_pad"),
    ((5, 6), (3, 4), False, (2, 3), (0, 0), "average_inc_pad"),
    ((5, 6), (3, 4), False, (2, 3), (0, 0), "average_exc_pad"),
    ((5, 6), (4, 3), False, (1, 2), (0, 0), "sum"),
    ((3, 2), (4, 4), True, (1, 1), (0, 0), "sum"),
    # of one, three and four axes
    ((2, 7), (3,), False, (2,), (0,), "max"),
    ((2, 7), (3,), True, (2,), (1,), "average_inc_pad"),
    ((1, 4, 5, 3), (2, 2, 2), False, None, (0, 0, 0), "max"),
    ((1, 4, 5, 3), (2, 3, 1), True, (1, 2, 2), (0, 0, 0), "max"),
    ((2, 3, 4, 3), (2, 2, 2), True, (1, 2, 1), (1, 0, 1), "average_exc_pad"),
    ((2, 3, 4, 3), (2, 3, 2), False, (2, 1, 3), (0, 0, 0), "average_inc_pad"),
    ((3, 4, 3, 2), (2, 2, 2, 2), False, None, (0, 0, 0, 0), "sum"),
]


def filled(shape, step):
    """The test's formula: element i is (i * step) % 13 - 6."""
    size = int(np.prod(shape))
    return ((np.arange(size) * step) % 13 - 6).astype("float64").reshape(shape)


def numbers(array):
    return "{" + ", ".join(format(v, ".17g") for v in np.asarray(array).ravel()) + "}"


def dims(shape):
    return "{" + ", ".join(str(int(d)) for d in shape) + "}"


def border(mode):
    if isinstance(mode, str):
        return '"%s", {}' % mode
    flat = [mode] if isinstance(mode, int) else list(np.ravel(mode))
    return '"", {%s}' % ", ".join(str(int(v)) for v in flat)


def conv_case(shape, filters, mode, subsample, dilation, groups, flip):
    x, w, g = [T.TensorType("float64", (False,) * len(s))() for s in (shape, filters, shape)]
    options = dict(border_mode=mode, subsample=subsample, filter_dilation=dilation,
                   num_groups=groups, filter_flip=flip, input_shape=shape, filter_shape=filters)
    if len(shape) == 5:
        y = conv3d(x, w, **options)
    else:
        y = conv2d(x, w, unshared=len(filters) == 6, **options)
    gx, gw = T.grad(None, [x, w], known_grads={y: g})
    vx, vw = filled(shape, 5), filled(filters, 7)
    vy = theano.function([x, w], y)(vx, vw)
    vgx, vgw = theano.function([x, w, g], [gx, gw])(vx, vw, filled(vy.shape, 3))
    return "{%s, %s, %s, %s, %s, %d, %s, %s,\n %s,\n %s,\n %s}," % (
        dims(shape), dims(filters), border(mode), dims(subsample), dims(dilation), groups,
        "true" if flip else "false", dims(vy.shape), numbers(vy), numbers(vgx), numbers(vgw))


def pool_case(shape, ws, ignore_border, stride, pad, mode):
    x = T.TensorType("float64", (False,) * len(shape))()
    y = Pool(ignore_border, mode=mode, ndim=len(ws))(x, ws, stride, pad)
    vx = filled(shape, 5)
    vy = theano.function([x], y)(vx)
    gradient = "{}"
    if not (mode == "average_exc_pad" and max(pad)) and not (mode == "max" and max(pad)):
        # Theano has no gradient for average_exc_pad with padding, and its Python code for max
        # with padding moves the windows.
        g = x.type()
        gx = T.grad(None, x, known_grads={y: g})
        gradient = numbers(theano.function([x, g], gx)(vx, filled(vy.shape, 3)))
    return '{%s, %s, %s, %s, %s, "%s", %s,\n %s,\n %s},' % (
        dims(shape), dims(ws), "true" if ignore_border else "false", dims(stride or ws), dims(pad),
        mode, dims(vy.shape), numbers(vy), gradient)


def wrapped(text):
    """Lines of at most 100 columns, broken after commas."""
    lines = []
    for line in text.split("\n"):
        while len(line) > 100:
            at = line.rfind(", ", 0, 100)
            lines.append(line[:at + 1])
            line = "  " + line[at + 2:]
        lines.append(line)
    return "\n".join(lines)


def main():
    with open("conv_pool.inc", "w") as out:
        out.write("// SPDX-License-Identifier: Apache-2.0\n"
                  "// Made by make_conv_pool.py with Theano %s; do not edit.\n" % theano.__version__)
        out.write("// conv2d, conv3d: shapes, border mode, options; output, gradients of input and filters.\n")
        out.write("#ifdef TGC_CONV_REFERENCES\n")
        for case in CONV:
            out.write(wrapped(conv_case(*case)) + "\n")
        out.write("#endif\n// pool: shape, options; output, gradient of the input (empty: none).\n"
                  "#ifdef TGC_POOL_REFERENCES\n")
        for case in POOL:
            out.write(wrapped(pool_case(*case)) + "\n")
        out.write("#endif\n")


if __name__ == "__main__":
    main()
