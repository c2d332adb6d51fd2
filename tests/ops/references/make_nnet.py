#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes nnet.inc: what Theano 1.0.5's functions of neural networks compute that tgc has as ops of
its own. Needs Python 3.6 to 3.8 with numpy 1.21, scipy 1.7 and Theano 1.0.5; run it in this folder:
    THEANO_FLAGS=floatX=float64,device=cpu,cxx=,optimizer=None python make_nnet.py
The spatial transformer, which Theano leaves to cuDNN, is computed here sample by sample.
"""
import json

import numpy as np
import theano
import theano.tensor as T
from theano.tensor.nnet import abstract_conv, blocksparse, bn, h_softmax
from theano.tensor.nnet.neighbours import neibs2images
from theano.tensor.signal import pool

CASES = []


def filled(*shape, **kwargs):
    """Numbers in steps of 1/8 without a pattern."""
    count = int(np.prod(shape))
    values = (np.arange(count) * 37 + kwargs.get("seed", 0)) % 41 / 8.0 - 2
    if kwargs.get("positive"):
        values = abs(values) + 0.5
    return values.reshape(shape)


def case(op, build, inputs, outputs=None, **attributes):
    """`inputs` name to array, `build` takes Theano's variables in that order."""
    variables = [T.TensorType(v.dtype.name, (False,) * v.ndim)(k) for k, v in inputs]
    results = build(*variables)
    results = list(results) if isinstance(results, (list, tuple)) else [results]
    function = theano.function(variables, results, on_unused_input="ignore")
    add(op, inputs, function(*[v for _, v in inputs]), outputs, attributes)


def add(op, inputs, values, outputs, attributes):
    node = {"op": op, "inputs": [k for k, _ in inputs]}
    node.update(attributes)
    if outputs:
        node["outputs"] = outputs
    given = {k: {"dtype": v.dtype.name, "shape": list(v.shape), "value": v.tolist()}
             for k, v in inputs}
    CASES.append((node, given, values))


def sampled(image, theta, rows, columns):
    """Bilinear samples at theta (x, y, 1); what lies outside of the image is 0."""
    count, channels, height, width = image.shape
    result = np.zeros((count, channels, rows, columns))

    def pixel(n, y, x):
        inside = 0 <= y < height and 0 <= x < width
        return image[n, :, y, x] if inside else np.zeros(channels)

    for n, i, j in np.ndindex(count, rows, columns):
        x, y = theta[n].dot([-1 + 2.0 * j / (columns - 1), -1 + 2.0 * i / (rows - 1), 1])
        x, y = (x + 1) / 2 * (width - 1), (y + 1) / 2 * (height - 1)
        x0, y0 = int(np.floor(x)), int(np.floor(y))
        a, b = x - x0, y - y0
        result[n, :, i, j] = (
            (1 - b) * ((1 - a) * pixel(n, y0, x0) + a * pixel(n, y0, x0 + 1)) +
            b * ((1 - a) * pixel(n, y0 + 1, x0) + a * pixel(n, y0 + 1, x0 + 1)))
    return result


def convolutions():
    x, w = filled(2, 2, 3, 4), filled(2, 3, 3, 3, seed=5)
    case("conv2d_transpose", lambda x, w: T.nnet.conv2d_transpose(
        x, w, output_shape=(None, 3, 6, 4), border_mode="half", input_dilation=(2, 1)),
        [("x", x), ("w", w)], output_shape=[-1, 3, 6, 4], border_mode="half",
        input_dilation=[2, 1])
    rows, g = filled(2, 2, 7), filled(3, 2, 3, seed=7)
    for step, dilation, flip in ((1, 1, True), (2, 2, False)):
        case("causal_conv1d", lambda x, w: abstract_conv.causal_conv1d(
            x, w, filter_shape=g.shape, subsample=step, filter_dilation=dilation,
            filter_flip=flip), [("x", rows), ("w", g)], subsample=step, filter_dilation=dilation,
            filter_flip=flip)
    d, p = filled(4, 1, 2, 2, seed=3), filled(3, 4, 1, 1, seed=4)
    case("separable_conv2d", lambda x, d, p: abstract_conv.separable_conv2d(
        x, d, p, num_channels=2, subsample=(2, 1), border_mode="full"),
        [("x", x), ("d", d), ("p", p)], num_channels=2, subsample=[2, 1], border_mode="full")
    v, d3, p3 = filled(1, 2, 3, 2, 3), filled(2, 1, 2, 2, 2), filled(2, 2, 1, 1, 1)
    case("separable_conv3d", lambda x, d, p: abstract_conv.separable_conv3d(
        x, d, p, num_channels=2), [("x", v), ("d", d3), ("p", p3)], num_channels=2)


def images():
    x = filled(2, 1, 3, 4)
    for ratio in (1, 2, 3, 4):
        case("bilinear_upsampling", lambda x: abstract_conv.bilinear_upsampling(x, ratio),
             [("x", x)], ratio=ratio)
    case("bilinear_upsampling", lambda x: abstract_conv.bilinear_upsampling(
        x, 3, use_1D_kernel=False), [("x", x)], ratio=3, use_1D_kernel=False)
    for frac in (((5, 2), (5, 2)), ((3, 2), (4, 6)), ((2, 3), (7, 1))):
        case("bilinear_upsampling", lambda x: abstract_conv.bilinear_upsampling(
            x, frac_ratio=frac, use_1D_kernel=False), [("x", x)],
            frac_ratio=[n for pair in frac for n in pair], use_1D_kernel=False)
    case("bilinear_kernel_1D", lambda: abstract_conv.bilinear_kernel_1D(4), [], ratio=4)
    case("bilinear_kernel_2D", lambda: abstract_conv.bilinear_kernel_2D((2, 3), False), [],
         ratio=[2, 3], normalize=False)
    case("neibs2images", lambda x: neibs2images(x, (2, 3), (1, 2, 4, 6)), [("x", filled(8, 6))],
         neib_shape=[2, 3], original_shape=[1, 2, 4, 6])
    case("neibs2images", lambda x: neibs2images(x, (2, 3), T.as_tensor([1, 2, 5, 7]),
                                                "ignore_borders"), [("x", filled(8, 6))],
         neib_shape=[2, 3], original_shape=[1, 2, 5, 7], mode="ignore_borders")
    case("max_pool_2d_same_size", lambda x: pool.max_pool_2d_same_size(x, (2, 2)),
         [("x", filled(1, 2, 4, 5))], patch_size=[2, 2])
    theta = np.asarray([[[0.9, -0.3, 0.1], [0.4, 1.2, -0.2]], [[1, 0, 0], [0, 1, 0]]])
    pixels = filled(2, 2, 3, 4)
    add("dnn_spatialtf", [("x", pixels), ("theta", theta)], [sampled(pixels, theta, 5, 3)], None,
        {"scale_height": 1.5, "scale_width": 0.75})


def layers():
    x, p, q = filled(3, 2, 4), filled(2, positive=True), filled(2, seed=9)
    names = ["y", "mean", "invstd", "new_mean", "new_var"]
    case("batch_normalization_train", lambda x, g, b, m, v: bn.batch_normalization_train(
        x, g, b, "spatial", 0.01, 0.3, m, v),
        [("x", x), ("g", p), ("b", q), ("m", q * 2), ("v", p * 2)], names, axes="spatial",
        epsilon=0.01, running_average_factor=0.3)
    case("batch_normalization_train", lambda x, g, b: bn.batch_normalization_train(x, g, b),
         [("x", x), ("g", filled(2, 4, positive=True)), ("b", filled(2, 4))], names[:3])
    case("batch_normalization_test", lambda x, g, b, m, v: bn.batch_normalization_test(
        x, g, b, m, v, (0, 2)), [("x", x), ("g", p), ("b", q), ("m", q * 2), ("v", p * 2)],
        axes=[0, 2])
    for mode in ("low_mem", "high_mem"):
        case("batch_normalization", lambda *v: bn.batch_normalization(*v, mode=mode),
             [("x", x), ("g", filled(3, 2, 4)), ("b", x + 1), ("m", x / 2),
              ("s", filled(3, 2, 4, positive=True))], mode=mode)
    w, h, b = filled(3, 4, 2, 3), filled(2, 2, 2), filled(4, 3)
    i, j = np.asarray([[0, 2], [1, 1]]), np.asarray([[3], [0]])
    case("sparse_block_dot", blocksparse.sparse_block_dot,
         [("W", w), ("h", h), ("i", i), ("b", b), ("j", j)])
    case("sparse_block_outer", blocksparse.sparse_block_outer,
         [("o", w), ("x", h), ("y", filled(2, 1, 3, seed=2)), ("i", i), ("j", j)])
    weights = [("x", filled(4, 3)), ("W1", filled(3, 2)), ("b1", filled(2)),
               ("W2", filled(2, 3, 3)), ("b2", filled(2, 3))]
    sizes = dict(n_outputs=5, n_classes=2, n_outputs_per_class=3)
    case("h_softmax", lambda x, W1, b1, W2, b2: h_softmax(x, 4, 5, 2, 3, W1, b1, W2, b2), weights,
         **sizes)
    target = np.asarray([4, 0, 3, 1], "int32")
    case("h_softmax", lambda x, W1, b1, W2, b2, t: h_softmax(x, 4, 5, 2, 3, W1, b1, W2, b2, t),
         weights + [("target", target)], **sizes)


def numbers(array):
    return "{" + ", ".join(format(v, ".17g") for v in np.asarray(array, "float64").ravel()) + "}"


def wrapped(text, width=98):
    """Lines broken after commas."""
    lines = []
    while len(text) > width:
        at = text.rfind(", ", 0, width)
        lines.append(text[:at + 1])
        text = "  " + text[at + 2:]
    return "\n".join(lines + [text])


def main():
    convolutions()
    images()
    layers()
    with open("nnet.inc", "w") as out:
        out.write("// SPDX-License-Identifier: Apache-2.0\n"
                  "// Made by make_nnet.py with Theano %s; do not edit.\n"
                  "// node, inputs, values of each output.\n" % theano.__version__)
        for node, given, values in CASES:
            out.write('{R"(%s)",\n R"(%s)",\n {%s}},\n' % (
                wrapped(json.dumps(node)), wrapped(json.dumps(given)),
                ",\n  ".join(wrapped(numbers(v)) for v in values)))


if __name__ == "__main__":
    main()
