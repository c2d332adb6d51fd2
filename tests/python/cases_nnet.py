# SPDX-License-Identifier: Apache-2.0
"""Convolution, pooling and the other ops of neural networks, for the ancestors that have them."""
import importlib

import numpy

from cases import case, integers, values

NNET = ("theano", "aesara")


def nnet(p):
    return importlib.import_module(p.package.__name__ + ".tensor.nnet")


def pooling(p):
    return importlib.import_module(p.package.__name__ + ".tensor.signal.pool")


def with_gradients(p, results, wrt):
    """The results and the gradients of the sum of each one's square."""
    return results + [g for r in results for g in p.T.grad((r ** 2).sum(), wrt)]


@case(values(2, 4, 6, 5), values(4, 2, 3, 2, seed=1), only=NNET)
def convolution_options(p, x, f):
    conv2d = nnet(p).conv2d
    return with_gradients(p, [
        conv2d(x, f, num_groups=2),
        conv2d(x, f, num_groups=2, border_mode=((1, 0), (0, 2)), filter_flip=False),
        conv2d(x, f, num_groups=2, border_mode=((1, 2), 1), subsample=(2, 2)),
        conv2d(x, f, num_groups=2, border_mode=2, filter_dilation=(1, 3)),
        conv2d(x, f, num_groups=2, border_mode="half", filter_dilation=(2, 1))], [x, f])


@case(values(2, 2, 4, 5).astype("float32"), values(3, 2, 3, 2, seed=1), only=NNET)
def convolutions_of_two_dtypes(p, x, f):
    y = nnet(p).conv2d(x, f, border_mode=1)
    return [y, nnet(p).conv2d(p.T.cast(x, "float64"), p.T.cast(f, "float32"))]


@case(values(1, 2, 4, 5), values(2, 2, 3, 2, seed=1), only=NNET)
def second_gradients_of_convolutions(p, x, f):
    conv2d, T = nnet(p).conv2d, p.T
    y = conv2d(x, f, border_mode="full", subsample=(1, 2))
    gx, gf = T.grad((y ** 3).sum(), [x, f])
    return T.grad((gx ** 2).sum() + (gf * f).sum(), [x, f])


@case(values(2, 2, 4, 4), values(2, 3, 2, 2, 2, 3, seed=1), only=NNET)
def unshared_convolution(p, x, f):
    conv2d = nnet(p).conv2d
    return with_gradients(p, [conv2d(x, f, unshared=True)], [x, f])


@case(values(2, 2, 4, 3, 5), values(3, 2, 2, 2, 3, seed=1), only=NNET)
def convolutions_of_volumes(p, x, f):
    conv3d = nnet(p).abstract_conv.conv3d
    return with_gradients(p, [
        conv3d(x, f), conv3d(x, f, border_mode="half", subsample=(2, 1, 2)),
        conv3d(x, f, border_mode=(1, 0, 2), filter_flip=False, filter_dilation=(2, 1, 2))], [x, f])


@case(values(2, 2, 3, 4), values(2, 3, 3, 3, seed=1), values(2, 4, 7), values(3, 2, 3, seed=2),
      values(4, 1, 2, 2), only=NNET)
def functions_of_convolutions(p, x, f, rows, g, d):
    conv, T = nnet(p).abstract_conv, p.T
    up = nnet(p).conv2d_transpose(x, f, output_shape=(None, 3, 6, 4), border_mode="half",
                                  input_dilation=(2, 1))
    causal = conv.causal_conv1d(rows[:, :2], g, filter_shape=(3, 2, 3), subsample=2,
                                filter_dilation=2)
    separable = conv.separable_conv2d(x, d, f[:, :, :1, :1].dimshuffle(1, 0, 2, 3)[:, [0, 1, 0, 1]],
                                      num_channels=2)
    return [up, causal, separable, T.grad((up ** 2).sum(), x), T.grad((causal ** 2).sum(), g),
            T.grad((separable ** 2).sum(), x)]


@case(values(2, 3, 5, 4), only=NNET)
def poolings_of_any_rank(p, x):
    pool = pooling(p)
    results = [
        pool.pool_3d(x, (2, 2, 2), ignore_border=True), pool.pool_3d(x, (2, 3, 1)),
        pool.pool_3d(x, (2, 2, 3), ignore_border=True, stride=(1, 1, 2), mode="average_inc_pad",
                     pad=(1, 0, 2)),
        pool.pool_3d(x, (1, 2, 2), ignore_border=False, stride=(1, 2, 3), mode="sum"),
        pool.Pool(False, ndim=1)(x, (3,), (2,), (0,)),
        pool.Pool(True, mode="average_exc_pad", ndim=1)(x, (3,), (2,), (0,)),
        pool.max_pool_2d_same_size(x, (2, 2))]
    return with_gradients(p, results[:6], [x]) + results[6:]


@case(values(2, 6, 5), values(2, 6, 5, seed=1), only=NNET)
def second_gradients_of_poolings(p, x, v):
    pool, T = pooling(p), p.T
    ws = numpy.asarray([2, 2])
    results = []
    for mode in ("max", "sum", "average_inc_pad"):
        y = pool.pool_2d(x, (2, 2), ignore_border=True, mode=mode)
        results.append(T.grad((T.grad((y ** 3).sum(), x) * v).sum(), x))
    if p.is_theano:  # Aesara's code indexes by a list, which NumPy no longer takes
        results.append(pool.MaxPoolRop(True)(x, v, ws, ws, numpy.asarray([0, 0])))
    return results


@case(values(3, 2, 4), values(2, low=0.5, high=2), values(2, seed=1), values(3, 4, seed=2),
      only=NNET)
def batch_normalisations(p, x, g, b, w):
    T = p.T
    bn = importlib.import_module(p.package.__name__ + ".tensor.nnet." +
                                 ("bn" if p.is_theano else "batchnorm"))
    tuple_axes = bn.batch_normalization_train(x, g, b, axes=(0, 2), epsilon=0.02, running_mean=b,
                                              running_var=g, running_average_factor=0.3)
    each = bn.batch_normalization_train(x, x[0] * 2, x[1], "per-activation")
    small = T.cast(x, "float32")
    plain = [bn.batch_normalization(x, x, x[1].dimshuffle("x", 0, 1),
                                    w.dimshuffle(0, "x", 1), x ** 2 + 1, mode=mode)
             for mode in ("low_mem", "high_mem")]
    tested = bn.batch_normalization_test(x, g, b, b * 0.3, g + 1, "spatial", epsilon=1e-3)
    cost = (tuple_axes[0] ** 3).sum() + (each[0] ** 2).sum() + (tested ** 3).sum()
    second = T.grad((T.grad((tuple_axes[0] ** 3).sum(), x) ** 2).sum(), [x, g])
    return (list(tuple_axes) + list(each) + plain + [tested] + T.grad(cost, [x, g, b]) + second +
            list(bn.batch_normalization_train(small, T.cast(g, "float32"), T.cast(b, "float32"),
                                              "spatial")))


@case(values(2, 2, 6, 4), only=NNET)
def patches_of_images(p, x):
    neighbours, T = importlib.import_module(nnet(p).__name__ + ".neighbours"), p.T
    modes = (((2, 2), None, "valid"), ((3, 2), (3, 1), "valid"), ((4, 3), None, "ignore_borders"),
             ((3, 3), (1, 2), "wrap_centered"), ((3, 2), (1, 2), "half"), ((2, 3), (2, 1), "full"))
    results = [neighbours.images2neibs(x, shape, step, mode) for shape, step, mode in modes]
    back = neighbours.neibs2images(results[0], (2, 2), x.shape)
    cut = neighbours.neibs2images(results[2], (4, 3), x.shape, "ignore_borders")
    return results + [back, cut] + [T.grad((results[i] ** 2).sum(), x) for i in (0, 2)]


@case(values(2, 2, 3, 4), only=NNET)
def upsampled_images(p, x):
    conv, T = nnet(p).abstract_conv, p.T
    results = [conv.bilinear_upsampling(x, 2), conv.bilinear_upsampling(x, 3, use_1D_kernel=False),
               conv.bilinear_upsampling(x, frac_ratio=(5, 2), use_1D_kernel=False),
               conv.bilinear_upsampling(x, frac_ratio=((3, 2), (4, 6)), use_1D_kernel=False)]
    return results + [T.grad((r ** 2).sum(), x) for r in results[:2]] + [
        conv.bilinear_kernel_2D(3), conv.bilinear_kernel_1D(2, normalize=False)]


@case(values(3, 2), numpy.asarray(0.7), only=("theano",))
def columns_in_front(p, x, v):
    nn = p.T.nnet
    return [nn.prepend_0_to_each_row(x), nn.prepend_1_to_each_row(x),
         nn.prepend_scalar_to_each_row(v, x)]


@case(values(2, 4, 2, 3, 3), values(2, 2, 2, 2, 2, seed=1), only=NNET)
def convolution_over_time(p, x, f):
    """Theano's convolution of volumes by convolutions of images."""
    conv3d2d, T = importlib.import_module(nnet(p).__name__ + ".conv3d2d"), p.T
    y = conv3d2d.conv3d(x, f, signals_shape=(2, 4, 2, 3, 3), filters_shape=(2, 2, 2, 2, 2))
    return [y] + T.grad((y ** 2).sum(), [x, f])


@case(values(3, 4, 2, 3), values(2, 2, 2, seed=1), values(4, 3, seed=2), integers(2, 2, below=3),
      integers(2, 1, below=4), only=NNET)
def blocks_of_matrices(p, w, h, b, i, j):
    blocks, T = importlib.import_module(nnet(p).__name__ + ".blocksparse"), p.T
    y = blocks.sparse_block_dot(w, h, i, b, j)
    return [y] + T.grad((y ** 2).sum(), [w, h, b])


@case(values(4, 3), values(3, 2, seed=1), values(2, 3, 3, seed=2), values(2, 3, seed=3),
      integers(4, below=5), only=NNET)
def softmax_of_two_levels(p, x, w1, w2, b2, target):
    T = p.T
    h_softmax = nnet(p).h_softmax if p.is_theano else nnet(p).basic.h_softmax
    options = dict(batch_size=4, n_outputs=5, n_classes=2, n_outputs_per_class=3)
    results = [h_softmax(x, W1=w1, b1=b2[:, 0], W2=w2, b2=b2, target=t, **options)
               for t in (None, target)]
    return results + [g for r in results for g in T.grad(T.log(r).sum(), [x, w1, w2, b2])]


@case(values(2, 9), values(4, seed=1), values(5, 6, seed=2), values(2, 3, seed=3), values(3, 2, 7),
      only=("pytensor",))
def signals(p, x, k, image, filters, many):
    signal, T = importlib.import_module("pytensor.tensor.signal"), p.T
    results = [signal.convolve1d(x, k), signal.convolve1d(x, k, mode="valid"),
               signal.convolve1d(x, k, mode="same"), signal.convolve1d(k, x),
               signal.convolve1d(many, k)]
    if hasattr(signal, "convolve2d"):
        results += [signal.convolve2d(image, filters, mode=mode) for mode in ("full", "valid")]
    return results + T.grad((results[0] ** 2).sum(), [x, k]) + [signal.convolve1d(x, 2 * x)]
