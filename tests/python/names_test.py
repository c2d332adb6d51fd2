# SPDX-License-Identifier: Apache-2.0
"""Ops of tgc by name give what the ancestor's functions of that name give, gradients too.

    names_test.py PEER     PEER: theano, aesara, pytensor; the package tgc on PYTHONPATH
"""
import json
import os
import sys
import tempfile
import unittest

import numpy

from cases_tensors import NAMES
from differential_test import FLAGS, assert_equal
from peer import Peer

import tgc

PEER = None


def built():
    """(case, input variables, outputs, the float inputs, their gradients) that the peer knows."""
    for one in NAMES:
        if one.only is not None and PEER.name not in one.only:
            continue
        variables = [PEER.variable("xyzuv"[i], a) for i, a in enumerate(one.arrays)]
        try:
            outputs = one.function(PEER, *variables)
        except AttributeError:  # this ancestor does not have the function
            continue
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        floats = [v for v in variables if "float" in v.dtype]
        costs = [PEER.T.sum(y * numpy.asarray(1.5)) for y in outputs if "float" in y.dtype]
        gradients = []
        if one.grad and not PEER.is_one_of(one.wrong_gradient_in) and costs and (
                floats and numpy.all([numpy.isfinite(a).all() for a in one.arrays])):
            cost = sum(costs[1:], costs[0])
            gradients = PEER.package.grad(cost, floats, disconnected_inputs="ignore")
        yield one, variables, outputs, floats, gradients


def node_lines(one, variables, outputs, floats, gradients):
    """The nodes of tgc for a case; its outputs are named label_0, …"""
    label = one.label
    inputs = ["%s_%s" % (label, v.name) for v in variables]
    names = ["%s_%d" % (label, i) for i in range(len(outputs))]
    node = dict(one.attributes, op=one.op, inputs=inputs)
    node.update({"name": names[0]} if len(names) == 1 else {"outputs": names})
    nodes = [node]
    if gradients:
        costs = []
        for i, y in enumerate(outputs):
            if "float" not in y.dtype:
                continue
            nodes.append({"op": "mul", "inputs": [names[i], 1.5], "name": "%s_w%d" % (label, i)})
            nodes.append({"op": "sum", "inputs": ["%s_w%d" % (label, i)],
                          "name": "%s_s%d" % (label, i)})
            costs.append("%s_s%d" % (label, i))
        nodes.append({"op": "add", "inputs": costs, "name": label + "_cost"})
        wrt = ["%s_%s" % (label, v.name) for v in floats]
        names = names + ["%s_g%d" % (label, i) for i in range(len(floats))]
        nodes.append({"op": "grad", "cost": label + "_cost", "wrt": wrt, "outputs":
                      names[-len(floats):], "disconnected_inputs": "ignore"})
    return inputs, nodes, names


class Names(unittest.TestCase):
    def test_every_name_has_the_ancestors_values(self):
        model = {"tgc": 1, "name": "names", "inputs": {}, "nodes": [], "functions": {}}
        every = list(built())
        for one, variables, outputs, floats, gradients in every:
            inputs, nodes, names = node_lines(one, variables, outputs, floats, gradients)
            for key, array in zip(inputs, one.arrays):
                model["inputs"][key] = {"dtype": str(array.dtype), "shape": list(array.shape)}
            model["nodes"] += nodes
            model["functions"][one.label] = {"inputs": inputs, "outputs": names}
        path = os.path.join(tempfile.mkdtemp(), "names.json")
        with open(path, "w") as file:
            json.dump(model, file, indent=1)
        bundle = tgc.load(tgc.compile(path, flags=FLAGS))
        for one, variables, outputs, floats, gradients in every:
            theirs = PEER.function(variables, outputs + gradients)(*one.arrays)
            ours = bundle[one.label](*one.arrays)
            ours = ours if isinstance(ours, tuple) else (ours,)
            self.assertEqual(len(ours), len(theirs), one.label)
            for i, (own, other) in enumerate(zip(ours, theirs)):
                assert_equal("%s %s, result %d" % (one.op, one.attributes, i), own, other)
        print("%d names" % len(every))


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    print(PEER)
    unittest.main()
