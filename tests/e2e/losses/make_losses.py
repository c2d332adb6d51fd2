# SPDX-License-Identifier: Apache-2.0
"""Writes the losses of the first 100 training steps as a peer of tgc computes them in float64.

    make_losses.py TGC MODEL OUT     MODEL: digits, logistic_regression (PyTensor), lenet (Theano)

TGC is the command `build/bin/tgc`: it compiles samples/MODEL/model.json in float64, and the initial
values are those of that bundle. OUT is a folder, for example this one. Batches: see `batches`.

PyTensor, Python 3.12:  pip install pytensor==3.3.0
Theano, Python 3.8:     pip install "setuptools<60" wheel
                        pip install numpy==1.21.6 scipy==1.7.3 Theano==1.0.5 nose
Theano 1.0.5 needs a C++ compiler; both run with Debian's libblas. The test e2e.losses reads what
this wrote, so that it needs no Python.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy

import peer_models

STEPS = 100
BATCH = 20
HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "..", "..", "..", "samples")
DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")).decode())
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = numpy.frombuffer(data[begin:end], dtype=DTYPES[entry["dtype"]])
            tensors[name] = values.reshape(entry["shape"])
    return tensors


def initial_values(tgc, model):
    """Compiles the sample with float64 in place of float32; the bundle holds the initial values."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(SAMPLES, model, "model.json")) as file:
            text = file.read().replace("float32", "float64")
        source, bundle = os.path.join(folder, "model.json"), os.path.join(folder, "model.tgc")
        with open(source, "w") as file:
            file.write(text)
        subprocess.run([tgc, "compile", source, "--isolated", "--target", "cpu", "-q", "--flags",
                        "floatX=float64", "-o", bundle], check=True)
        return read_safetensors(os.path.join(bundle, "weights.safetensors"))


def batches(model):
    """Yields (x, y) of each step; e2e.losses makes the same ones.

    Digits: rows 20·i to 20·i+19 of the training pictures, i from 0 to 70, then from 0 again.
    Logistic regression: one batch of 400 rows, all exact in float64: x[r, c] is
    ((37·r + 101·c + r·c) mod 257 - 128) / 64, y[r] is 1 where r mod 3 is 0.
    """
    if model == "logistic_regression":
        r, c = numpy.arange(400)[:, None], numpy.arange(784)[None, :]
        x = ((37 * r + 101 * c + r * c) % 257 - 128) / 64.0
        y = (numpy.arange(400) % 3 == 0).astype("float64")
        for _ in range(STEPS):
            yield x, y
        return
    data = numpy.load(os.path.join(SAMPLES, "digits", "digits.npz"))
    x, y = data["x_train"].astype("float64"), data["y_train"]
    per_epoch = len(x) // BATCH
    for step in range(STEPS):
        first = BATCH * (step % per_epoch)
        yield x[first:first + BATCH], y[first:first + BATCH]


def main():
    tgc, model, out = sys.argv[1:]
    peer = "theano" if model == "lenet" else "pytensor"
    os.environ.setdefault(peer.upper() + "_FLAGS", "floatX=float64")
    package = peer_models.modules(peer)[0]
    inputs, outputs, updates = getattr(peer_models, model)(peer, "float64",
                                                          initial_values(tgc, model))
    train = package.function(inputs, outputs, updates=updates)
    with open(os.path.join(out, model + ".txt"), "w") as file:
        file.write("# %s %s, float64\n" % (peer, package.__version__))
        for x, y in batches(model):
            file.write("%.17g\n" % float(train(x, y)[-1]))


if __name__ == "__main__":
    main()
