# SPDX-License-Identifier: Apache-2.0
"""Times calls of a peer's functions, told by beside.py through stdin; the twin of bundle_worker.cpp.

    peer_worker.py theano|pytensor-c|pytensor-numba MODELS.py    Python 3.8 and later

    load NAME BUILDER FLOAT WEIGHTS|- DTYPE:DIMxDIM:FILE…   as there; BUILDER is a function in MODELS
    run NAME SECONDS                                        as there

A function is called at its best: trusted inputs, borrowed results, no garbage collection between
nodes (the flags of beside.py). The time holds the call from Python, as it does for its users.
"""
import importlib.util
import json
import os
import sys
import time

import numpy

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


def read_input(text):
    """An array whose memory is 64-byte aligned."""
    dtype, dims, path = text.split(":")
    values = numpy.fromfile(path, dtype=dtype)
    space = numpy.empty(values.nbytes + 64, dtype="uint8")
    first = -space.ctypes.data % 64
    aligned = space[first:first + values.nbytes].view(dtype)
    aligned[:] = values
    return aligned.reshape([int(dim) for dim in dims.split("x")])


def compiled(models, kind, builder, float_type, weights):
    peer = kind.split("-")[0]
    package = importlib.import_module(peer)
    values = {} if weights == "-" else read_safetensors(weights)
    inputs, outputs, updates = getattr(models, builder)(peer, float_type, values)
    mode = {"theano": "FAST_RUN", "pytensor-c": "CVM", "pytensor-numba": "NUMBA"}[kind]
    function = package.function([package.In(x, borrow=True) for x in inputs],
                                [package.Out(y, borrow=True) for y in outputs],
                                updates=updates, mode=mode)
    function.trust_input = True
    return function


def measure(function, inputs, seconds):
    times = []
    processor = time.process_time()
    end = time.perf_counter() + seconds
    start = time.perf_counter()
    while start < end or len(times) < 3:
        function(*inputs)
        stop = time.perf_counter()
        times.append(1e6 * (stop - start))
        start = stop
    spent = 1e6 * (time.process_time() - processor)
    times.sort()
    return "%d %g %g %g" % (len(times), times[0], times[len(times) // 2], spent / len(times))


def main():
    kind, path = sys.argv[1:]
    # What a peer or its compiler prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("models", path)
    models = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(models)
    cases = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "load":
            name, builder, float_type, weights = words[1:5]
            inputs = [read_input(text) for text in words[5:]]
            function = compiled(models, kind, builder, float_type, weights)
            cases[name] = function, inputs
            answer = "%.9g" % numpy.asarray(function(*inputs)[-1], dtype="float64").mean()
        else:
            answer = measure(*cases[words[1]], seconds=float(words[2]))
        answers.write(answer + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
