# SPDX-License-Identifier: Apache-2.0
"""The graphs of this benchmark, as lists of (op, operands) over the inputs x [n, k], y [n, k],
w [k, k] and b [k]; a number is a node made before. Every node is used."""
import random

KINDS = {
    "chain": "one elementwise node after the other",
    "layers": "dot, addition of a row, tanh, again and again",
    "web": "elementwise nodes that read two of the last fifty",
}


def graph(kind, count):
    pick = random.Random(count)
    nodes = []
    for i in range(count):
        last = i - 1 if i else "x"
        if kind == "chain":
            nodes.append([("tanh", [last]), ("add", [last, "y"]), ("mul", [last, "y"])][i % 3])
        elif kind == "layers":
            nodes.append([("dot", [last, "w"]), ("add", [last, "b"]), ("tanh", [last])][i % 3])
        else:
            other = pick.randrange(max(0, i - 50), i) if i > 1 else "y"
            op = pick.choice(["add", "mul", "sub", "maximum", "minimum"])
            nodes.append((op, [last, other]))
    return nodes
