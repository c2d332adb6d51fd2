# SPDX-License-Identifier: Apache-2.0
"""Graphs for the differential tests: each case makes one function of (peer, inputs) with the values
to call it with. Values are small and fixed, so that all Pythons see the same."""
from collections import OrderedDict

import numpy

CASES = OrderedDict()


def values(*shape, **kwargs):
    """Numbers from low to high, never the same twice, in an order without a pattern."""
    count = int(numpy.prod(shape))
    low, high = kwargs.get("low", -1.3), kwargs.get("high", 1.7)
    steps = (numpy.arange(count) * 7919 + kwargs.get("seed", 0) * 31) % 9973 / 9973.0
    return (low + (high - low) * steps).reshape(shape)


def integers(*shape, **kwargs):
    return (numpy.arange(int(numpy.prod(shape))) * 7 % kwargs.get("below", 5)).reshape(
        shape).astype(kwargs.get("dtype", "int64"))


def case(*arrays, **options):
    """Registers a function (peer, variables…) -> an output or a list of them. `only`: the ancestors
    that have it, where not all do; `wrong_in`: those whose own code fails or errs on it."""
    def register(build):
        CASES[build.__name__] = (build, arrays, options)
        return build
    return register


def built(peer, dtype="float64"):
    """(name, input variables, input values, outputs) of each case the peer can build; `dtype`:
    float32 makes inputs of float64 and complex128 half as wide."""
    narrow = {"float64": "float32", "complex128": "complex64"} if dtype == "float32" else {}
    for name, (build, arrays, options) in CASES.items():
        if not peer.is_one_of(options.get("only") or [peer.name]) or peer.is_one_of(
                options.get("wrong_in", ())):
            continue
        arrays = [a.astype(narrow.get(a.dtype.name, a.dtype)) for a in map(numpy.asarray, arrays)]
        variables = [peer.variable("xyzuv"[i] + "_" + name, a) for i, a in enumerate(arrays)]
        outputs = build(peer, *variables)
        yield name, variables, arrays, outputs if isinstance(outputs, list) else [outputs]


# --- by element ---------------------------------------------------------------------------------


@case(values(3, 4), values(3, 4, seed=1), values(4, seed=2))
def arithmetic(p, x, y, z):
    return [x + y - z, x * y / z, x // y, x % y, -x, abs(x), x ** 2, 2 ** x, 1 / (x * x + 1),
            p.T.maximum(x, y), p.T.minimum(x, z), p.T.clip(x, -0.5, y), p.T.sgn(x) if p.is_theano
            else p.T.sgn(x) if hasattr(p.T, "sgn") else p.T.sign(x)]


@case(values(7, low=-0.9, high=0.9), values(7, low=1.1, high=3))
def functions_of_floats(p, x, y):
    T = p.T
    names = ("exp exp2 expm1 sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh "
             "ceil floor sqr log1p").split()
    wide = "log log2 log10 sqrt arccosh".split()
    return ([getattr(T, n)(x) for n in names] + [getattr(T, n)(y) for n in wide] +
            [T.arctan2(x, y), p.sigmoid(x), p.softplus(x), T.round(y * 3, mode="half_to_even")])


@case(values(5), integers(5, below=3), integers(5, dtype="int8"))
def comparisons(p, x, i, b):
    T = p.T
    return [T.lt(x, 0), T.le(i, 1), T.gt(x, 0.2), T.ge(i, b), T.eq(i, b), T.neq(i, b), T.isnan(x),
            T.isinf(x), T.switch(x > 0, x, 2 * x), T.switch(T.eq(i, 1), i, b)]


@case(integers(6, below=7) + 1, integers(6, dtype="int32") + 2, integers(6, dtype="uint8"))
def whole_numbers(p, i, j, k):
    T = p.T
    return [i + j, i * k, i // j, i % j, i / j, i - k, -i, abs(i - 3), T.sqrt(i), T.exp(j), i ** 2,
            T.and_(i, j), T.or_(i, j), T.xor(i, j), T.invert(i), T.cast(i, "float32"),
            T.cast(j, "int8"), T.cast(i, "float64") / 3, i.sum(), k.sum(), j.prod(), i.mean()]


@case(values(4).astype("float32"), values(4, seed=3), integers(4, dtype="int32"))
def mixed_dtypes(p, f, d, i):
    return [f + d, f * i, f + 1, f * 2.0, f / i.sum(), d + i, f.sum(), (f + 1).mean(),
            p.T.cast(f, "float64") * d, f ** 2]


# --- shapes -------------------------------------------------------------------------------------


@case(values(2, 3, 4))
def shapes(p, x):
    T = p.T
    return [x.reshape((6, 4)), x.reshape((x.shape[0], -1)), x.flatten(), T.flatten(x, 2) if
            p.is_theano else T.flatten(x, ndim=2), x.dimshuffle(2, 0, 1), x.dimshuffle(0, "x", 2, 1),
            x.transpose(2, 1, 0), x.T, x.shape, x.shape[1], x.shape[0] * x.shape[2], x.ndim + x,
            x.reshape(T.stack([x.shape[1], x.shape[0] * x.shape[2]]), ndim=2)]


@case(values(3, 4), values(2, 4, seed=1))
def joined(p, x, y):
    T = p.T
    parts = T.split(x, [1, 3], n_splits=2, axis=1)
    return [T.concatenate([x, y]), T.concatenate([x, x * 2], axis=1), T.stack([x, x + 1], axis=0),
            T.stack([x[0], y[1]], axis=1), parts[0], parts[1] * 2]


@case(values(3, 4), integers(3))
def made(p, x, i):
    T = p.T
    return [T.zeros_like(x), T.ones_like(x) * x, T.alloc(2.5, x.shape[0], 2),
            T.zeros((2, 3)) + x[:2, :3], T.arange(5), T.arange(x.shape[0]), T.arange(2, 11, 3), T.arange(x.shape[1] - 1) * 2.0,
            T.eye(3), T.eye(x.shape[0], 4, 1), T.fill(x, 3.0), T.arange(i.shape[0]) + i]


# --- indexing -----------------------------------------------------------------------------------


@case(values(5, 6), integers(3), numpy.asarray(2))
def indexed(p, x, i, k):
    return [x[0], x[-1, 2], x[1:4], x[::2, ::-1], x[1:-1, -3:], x[k], x[k:], x[:, k - 1:k + 2],
            x[i], x[i, i + 1], x[:, i], x[x.shape[0] - 1], x[i[0]], x[:k, i]]


@case(values(5, 6), values(6, seed=1), integers(4, below=3))
def written(p, x, y, i):
    T = p.T
    return [T.set_subtensor(x[1], y), T.inc_subtensor(x[1:3], y), T.inc_subtensor(x[:, 2], 1.0),
            T.set_subtensor(x[::2, 1:3], 7.0), T.inc_subtensor(x[i], 1.5),
            T.set_subtensor(x[T.arange(3)], y), T.inc_subtensor(x[i, i + 1], 2.0),
            T.set_subtensor(x[T.arange(3), T.arange(3)], 9.0)]


@case(values(3, 4), values(3, seed=1))
def arranged(p, x, v):
    T = p.T
    return [T.tile(x, (2, 3)), T.repeat(x, 3, axis=1), T.repeat(v, 2), T.diag(x), T.tril(x, 1),
            T.triu(x), T.tri(3, 5, -1), T.roll(v, 2), x.swapaxes(0, 1), T.diag(v),
            T.cumsum(x, axis=0), T.cumsum(x, axis=1), T.cumsum(x), T.cumprod(x, axis=1),
            T.take(x, [2, 0], axis=0), T.shape_padright(v) * x, T.stack([v, v], axis=-1)]


@case(values(2, 3), only=("pytensor",))
def padded(p, x):
    return [p.T.pad(x, 1), p.T.pad(x, ((1, 2), (0, 3)), mode="constant", constant_values=2.0),
            p.T.pad(x, 1, mode="edge")]


# --- reductions and products --------------------------------------------------------------------


@case(values(3, 4, 2))
def reduced(p, x):
    T = p.T
    return [x.sum(), x.sum(axis=1), x.sum(axis=(0, 2)), x.sum(axis=2, keepdims=True), x.prod(axis=0),
            x.mean(axis=1), x.max(axis=1), x.min(), x.min(axis=0), T.argmax(x, axis=2),
            T.argmax(x), T.argmin(x, axis=0), T.all(x > -2), T.any(x > 1, axis=1), x.var(axis=0),
            x.std(), T.max(x, axis=(0, 1))]


@case(values(3, 4), values(4, 2, seed=1), values(4, seed=2), values(2, 3, 4, seed=3),
      values(2, 4, 5, seed=4))
def products(p, a, b, v, s, t):
    T = p.T
    results = [T.dot(a, b), T.dot(a, v), T.dot(v, b), T.dot(v, v), T.outer(v, v),
               T.tensordot(a, b, axes=1), T.matmul(s, t) if p.name == "pytensor" else
               T.batched_dot(s, t)]
    return results


@case(values(4, 5), values(2, 3, 4, seed=1))
def softmaxes(p, x, y):
    rest = [] if p.is_theano else [p.softmax(y), p.log_softmax(y)]
    return [p.softmax(x), p.log_softmax(x), p.T.log(p.softmax(x))] + rest


@case(values(4, 5), integers(4))
def cross_entropies(p, x, y):
    T = p.T
    picked = -p.log_softmax(x)[T.arange(y.shape[0]), y]
    rest = [T.nnet.categorical_crossentropy(p.softmax(x), y)] if p.is_theano else []
    return [picked, picked.mean(), T.grad(picked.mean(), x)] + rest + [
        T.grad(r.mean(), x) for r in rest]


# --- densities, as PyMC builds them --------------------------------------------------------------


def _normal(T, value, mean, log_sigma):
    """A Python number such as 1.0 would be float32, whose exp NumPy rounds wrongly."""
    log_sigma = log_sigma if hasattr(log_sigma, "type") else numpy.float64(log_sigma)
    return -0.5 * ((value - mean) / T.exp(log_sigma)) ** 2 - log_sigma - 0.5 * numpy.log(2 * numpy.pi)


@case(values(4, seed=1), numpy.asarray(0.3), numpy.asarray(-0.2), values(4, seed=2),
      values(9, seed=3))
def hierarchical_regression(p, slopes, mean, log_spread, offsets, y):
    """Groups have slopes and offsets of their own, drawn around common ones; log-density and
    gradient."""
    T = p.T
    group = numpy.asarray([0, 1, 2, 3, 0, 1, 2, 3, 0])
    x = values(9, seed=4)
    prediction = offsets[group] + slopes[group] * x
    density = (_normal(T, slopes, mean, log_spread).sum() + _normal(T, offsets, 0.0, 1.0).sum() +
               _normal(T, mean, 0.0, 0.5) - T.exp(2 * log_spread) / 2 + log_spread +
               _normal(T, y, prediction, -0.7).sum())
    return [density] + T.grad(density, [slopes, mean, log_spread, offsets])


@case(values(3, seed=1), values(3, seed=2), values(8, low=-3, high=3, seed=3))
def mixture(p, means, weights, y):
    """Of three normals with softmax weights, summed in logarithms."""
    T = p.T
    logs = _normal(T, y.dimshuffle(0, "x"), means.dimshuffle("x", 0), -0.3)
    logs = logs + p.log_softmax(weights.dimshuffle("x", 0))
    top = logs.max(axis=1, keepdims=True)
    density = (top[:, 0] + T.log(T.exp(logs - top).sum(axis=1))).sum()
    results = [density] + T.grad(density, [means, weights])
    if hasattr(T, "logsumexp"):
        results.append(T.logsumexp(logs, axis=1))
        results.append(T.grad(T.logsumexp(logs, axis=1).sum(), means))
    return results


# --- gradients ----------------------------------------------------------------------------------


@case(values(3, 4), values(4, 2, seed=1), values(2, seed=2), integers(2, below=3))
def gradients(p, x, w, b, i):
    T = p.T
    hidden = T.tanh(T.dot(x, w) + b)
    loss = (hidden ** 2).mean() + abs(w).sum() + (x[i] * 3).sum() + x[1:, ::2].prod() + \
        T.maximum(x, 0.1).sum() + x.max(axis=0).sum() + T.concatenate([x, 2 * x]).var() + \
        T.sqrt(x.reshape((2, 6)) ** 2 + 1).T.sum() + T.exp(-x).mean(axis=1).prod()
    return [loss] + T.grad(loss, [x, w, b])


@case(values(2, 2, 8, 8), values(3, 2, 3, 3, seed=1), only=("theano",))
def convolutions(p, x, f):
    T = p.T
    results = [T.nnet.conv2d(x, f), T.nnet.conv2d(x, f, border_mode="half", subsample=(2, 1)),
               T.nnet.conv2d(x, f, border_mode=(1, 2), filter_flip=False),
               T.nnet.conv2d(x, f, border_mode="full", filter_dilation=(2, 1))]
    return results + [g for r in results[:2] for g in T.grad((r ** 2).sum(), [x, f])]


@case(values(2, 3, 7, 6), only=("theano",))
def poolings(p, x):
    from theano.tensor.signal.pool import pool_2d
    results = [pool_2d(x, (2, 2), ignore_border=True), pool_2d(x, (2, 3), ignore_border=False),
               pool_2d(x, (3, 2), ignore_border=True, stride=(2, 1), pad=(1, 1)),
               pool_2d(x, (2, 2), ignore_border=True, mode="average_inc_pad"),
               pool_2d(x, (2, 2), ignore_border=True, mode="sum")]
    return results + [p.T.grad((r ** 2).sum(), x) for r in results]


@case(values(3, 2, 4, 5), values(2, low=0.5, high=2), values(2, seed=1), only=("theano",))
def batch_normalisation(p, x, g, b):
    import theano
    T, bn = p.T, p.T.nnet.bn
    mean, variance = theano.shared(numpy.zeros(2)), theano.shared(numpy.ones(2))
    row = ("x", 0, "x", "x")
    g4, b4 = g.dimshuffle(*row), b.dimshuffle(*row)
    train = bn.batch_normalization_train(x, g4, b4, "spatial", running_mean=mean.dimshuffle(*row),
                                         running_var=variance.dimshuffle(*row))
    test = bn.batch_normalization_test(x, g4, b4, b4 * 0.1, g4, "spatial")
    plain = bn.batch_normalization_train(x, g4, b4, "spatial")
    return list(train) + [test, plain[0] * 2] + T.grad((train[0] ** 3).sum(), [x, g, b]) + T.grad(
        (test ** 2).sum(), [x, g])


# --- loops and choices --------------------------------------------------------------------------


@case(values(6, 3), values(3, seed=1), values(3, 3, seed=2))
def recurrence(p, x, h, w):
    T = p.T
    states = p.loop(lambda x_t, h_t, w: T.tanh(x_t + T.dot(h_t, w)), sequences=x, outputs_info=h,
                    non_sequences=w)
    return [states, states[-1], states[2:].sum(), states.shape[0] + T.arange(2)]


@case(values(5), values(2, seed=1))
def taps_and_results(p, x, start):
    sums, squares = p.loop(lambda x_t, b, a: [a + 0.5 * b + x_t, x_t * a], sequences=x,
                           outputs_info=[dict(initial=start, taps=[-2, -1]), None])
    back = p.loop(lambda x_t, s: s * 0.9 + x_t, sequences=x, outputs_info=start[0], go_backwards=True)
    return [sums, squares, back[-1], sums[-1]]


@case(values(6, 3), values(3, seed=1), values(3, 3, seed=2), values(2, 3, seed=3))
def gradients_of_loops(p, x, h, w, start):
    T = p.T
    states = p.loop(lambda x_t, h_t, w: T.tanh(x_t + T.dot(h_t, w)), sequences=x, outputs_info=h,
                    non_sequences=w)
    taps = p.loop(lambda x_t, b, a, w: T.tanh(x_t + T.dot(a, w) - 0.5 * b), sequences=x,
                  outputs_info=dict(initial=start, taps=[-2, -1]), non_sequences=w)
    return (T.grad((states ** 2).sum(), [w, h, x]) + T.grad((taps[-1] ** 2).sum() + taps.sum(),
                                                            [w, start, x]) +
            T.grad(states[-1].sum(), [w, x]))


@case(values(4), values(3, 4, seed=1))
def loops_of_gradients(p, v, x):
    """jacobian, hessian and loops inside loops are Scans."""
    gradient = p.package.gradient
    nested = p.loop(lambda row: p.loop(lambda e, s: s * 0.5 + e, sequences=row,
                                       outputs_info=row[0])[-1], sequences=x)
    return [gradient.jacobian(v ** 2 * v.sum(), v), gradient.hessian((v ** 3).sum() * v[0], v),
            nested]


@case(values(3, 3), numpy.asarray(4))
def repeated(p, x, n):
    T = p.T
    return p.loop(lambda r, x: T.dot(r, x) / 2, outputs_info=T.ones_like(x), non_sequences=x,
                  n_steps=n)[-1]


@case(values(3, 4), values(3, 4, seed=1))
def choice(p, x, y):
    T = p.T
    return [p.ifelse(T.gt(x[0, 0], 0), x * 2, y), p.ifelse(T.lt(x.sum(), -100), x, y + 1)]


@case(values(3, 4))
def inner_graph(p, x):
    import importlib
    module = importlib.import_module(p.name + ".compile.builders")
    a, b = x.type("a"), x.type("b")
    op = module.OpFromGraph([a, b], [p.T.exp(a) + b, a * b])
    first, second = op(x, x * 2)
    return [first, second, op(second, first)[0]]
