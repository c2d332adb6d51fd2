# SPDX-License-Identifier: Apache-2.0
"""peer_optimizer.py theano|pytensor KIND COUNT: prints the seconds that the peer's fast_run takes to
optimise the graph, and how many nodes there are before and after."""
import importlib
import sys
import threading
import time

from graphs import graph


def build(peer, kind, count):
    tensor = importlib.import_module(peer + ".tensor")
    # float64, so that literals of either peer change no dtype
    known = {"x": tensor.dmatrix("x"), "y": tensor.dmatrix("y"), "w": tensor.dmatrix("w"),
             "b": tensor.dvector("b")}
    values = []
    for op, operands in graph(kind, count):
        inputs = [known[o] if isinstance(o, str) else values[o] for o in operands]
        values.append(getattr(tensor, op)(*inputs))
    used = {o for _, operands in graph(kind, count) for o in operands if isinstance(o, str)}
    return [known[name] for name in sorted(used)], values[-1]


def optimise(peer, kind, count):
    inputs, output = build(peer, kind, count)
    if peer == "theano":
        from theano.compile import mode
        from theano.gof import FunctionGraph
        optimizer = mode.get_mode("FAST_RUN").optimizer
    else:
        from pytensor.compile import mode
        from pytensor.graph.fg import FunctionGraph
        optimizer = mode.get_mode("FAST_RUN").optimizer
    fgraph = FunctionGraph(inputs, [output], clone=True)
    before = len(fgraph.apply_nodes)
    start = time.perf_counter()
    (optimizer.rewrite if hasattr(optimizer, "rewrite") else optimizer.optimize)(fgraph)
    print(time.perf_counter() - start, before, len(fgraph.apply_nodes))


def main():
    peer, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    sys.setrecursionlimit(10**6)  # both peers walk graphs by recursion
    threading.stack_size(2**30)
    worker = threading.Thread(target=optimise, args=(peer, kind, count))
    worker.start()
    worker.join()


if __name__ == "__main__":
    main()
