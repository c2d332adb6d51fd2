# SPDX-License-Identifier: Apache-2.0
"""Writes the exported graphs and the ancestor's own values that python.golden checks without Python.

    make_golden.py PEER FOLDER     PEER: theano (1.0.5, Python 3.8), pytensor (3.3.0, Python 3.12)

PEER_cases.json holds all of cases.py, PEER_nnet.json those of cases_nnet.py, PEER_MODEL.json the models, whose function `train` is called
with one batch after the other. Beside each lies NAME.values.safetensors: FUNCTION/in/I holds input
I of all calls along a leading axis, FUNCTION/out/I the outputs.
"""
import os
import sys

import numpy

import cases
import cases_nnet  # noqa: F401 (adds its cases)
import models
from peer import Peer

import tgc
from tgc._safetensors import write_safetensors


def add(tensors, function, kind, calls):
    for i, arrays in enumerate(zip(*calls)):
        tensors.append(("%s/%s/%d" % (function, kind, i),
                        numpy.stack([numpy.asarray(a) for a in arrays])))


def write_cases(peer, path, built):
    tgc.export({name: (variables, outputs) for name, variables, _, outputs in built},
               path + ".json")
    tensors = []
    for name, variables, arrays, outputs in built:
        add(tensors, name, "in", [arrays])
        add(tensors, name, "out", [peer.function(variables, outputs)(*arrays)])
    write_safetensors(path + ".values.safetensors", tensors)


def main():
    peer, folder = Peer(sys.argv[1]), sys.argv[2]
    groups = {}
    for built in cases.built(peer):
        module = cases.CASES[built[0]][0].__module__
        groups.setdefault(module.replace("cases_", ""), []).append(built)
    for name, group in groups.items():
        write_cases(peer, os.path.join(folder, "%s_%s" % (peer.name, name)), group)
    for name, build in models.MODELS.items():
        model = build(peer)
        if model is None:
            continue
        path = os.path.join(folder, "%s_%s" % (peer.name, name))
        train = peer.function(model.inputs, model.outputs, updates=model.updates)
        predict = peer.function(model.inputs[:1], model.predictions)
        tgc.export({"train": train, "predict": predict}, path + ".json")
        losses = [train(*batch) for batch in model.batches]
        tensors = []
        add(tensors, "train", "in", model.batches)
        add(tensors, "train", "out", losses)
        write_safetensors(path + ".values.safetensors", tensors)


if __name__ == "__main__":
    main()
