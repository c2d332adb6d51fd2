# SPDX-License-Identifier: Apache-2.0
"""The models of samples/ written once more, for PyTensor and Theano: the losses and the benchmarks.

A builder gets the peer's name, the float type and the initial values, a dict from the names of the
shared variables of samples/NAME/model.json to arrays. It returns (inputs, outputs, updates), the
loss being the last output. Python 3.8 and later.
"""
import importlib


def modules(peer):
    """The peer's package, its tensor module, and softmax and log of it over the last axis."""
    package = importlib.import_module(peer)
    tensor = importlib.import_module(peer + ".tensor")
    if peer == "theano":
        return package, tensor, tensor.nnet.softmax, tensor.nnet.logsoftmax
    special = importlib.import_module(peer + ".tensor.special")
    return (package, tensor, lambda a: special.softmax(a, axis=-1),
            lambda a: special.log_softmax(a, axis=-1))


def shared_variables(package, float_type, values):
    return {name: package.shared(value.astype(float_type), name=name)
            for name, value in values.items() if not name.endswith(".momentum")}


def mean_crossentropy(peer, scores, y):
    """Each peer as its users write it, and as it is fast."""
    _, tensor, softmax, log_softmax = modules(peer)
    if peer == "theano":
        return tensor.nnet.categorical_crossentropy(softmax(scores), y).mean()
    return -log_softmax(scores)[tensor.arange(y.shape[0]), y].mean()


def digits(peer, float_type, values):
    """w' = w + v' with v' = 0.9·v - 0.05·g, as tgc's rule "momentum"."""
    package, tensor, _, _ = modules(peer)
    s = shared_variables(package, float_type, values)
    x, y = tensor.matrix("x", dtype=float_type), tensor.ivector("y")
    hidden = tensor.tanh(tensor.dot(x, s["w1"]) + s["b1"])
    loss = mean_crossentropy(peer, tensor.dot(hidden, s["w2"]) + s["b2"], y)
    parameters = [s[name] for name in ("w1", "b1", "w2", "b2")]
    updates = []
    rate, keep = (values["w1"].astype(float_type).dtype.type(v) for v in (0.05, 0.9))
    for parameter, gradient in zip(parameters, tensor.grad(loss, parameters)):
        velocity = package.shared(parameter.get_value() * 0)
        new_velocity = keep * velocity - rate * gradient
        updates += [(velocity, new_velocity), (parameter, parameter + new_velocity)]
    return [x, y], [loss], updates


def lenet(peer, float_type, values):
    """Theano alone: PyTensor has no pooling."""
    package, tensor, _, _ = modules(peer)
    pool = importlib.import_module(peer + ".tensor.signal.pool").pool_2d
    s = shared_variables(package, float_type, values)
    x, y = tensor.matrix("x", dtype=float_type), tensor.ivector("y")
    maps = x.reshape((x.shape[0], 1, 8, 8))
    for filters, bias in (("filters1", "bias1"), ("filters2", "bias2")):
        maps = pool(tensor.nnet.conv2d(maps, s[filters], border_mode="half"), (2, 2),
                    ignore_border=True)
        maps = tensor.tanh(maps + s[bias].dimshuffle("x", 0, "x", "x"))
    hidden = tensor.tanh(tensor.dot(maps.flatten(2), s["w3"]) + s["b3"])
    loss = mean_crossentropy(peer, tensor.dot(hidden, s["w4"]) + s["b4"], y)
    parameters = [s[name] for name in s]
    rate = values["w3"].astype(float_type).dtype.type(0.1)
    updates = [(parameter, parameter - rate * gradient)
               for parameter, gradient in zip(parameters, tensor.grad(loss, parameters))]
    return [x, y], [loss], updates


def logistic_regression(peer, float_type, values):
    """Letter by letter as in Theano's tutorial."""
    package, tensor, _, _ = modules(peer)
    s = shared_variables(package, float_type, values)
    w, b = s["w"], s["b"]
    x, y = tensor.matrix("x", dtype=float_type), tensor.vector("y", dtype=float_type)
    p = 1 / (1 + tensor.exp(-tensor.dot(x, w) - b))
    crossentropy = -y * tensor.log(p) - (1 - y) * tensor.log(1 - p)
    number = w.get_value().dtype.type
    cost = crossentropy.mean() + number(0.01) * (w ** 2).sum()
    grad_w, grad_b = tensor.grad(cost, [w, b])
    updates = [(w, w - number(0.1) * grad_w), (b, b - number(0.1) * grad_b)]
    return [x, y], [p > 0.5, crossentropy, cost], updates
