# SPDX-License-Identifier: Apache-2.0
"""Times optimising graphs of 100 to 100,000 nodes beside Theano and PyTensor; README.md says how."""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "beside"))
import beside
from graphs import KINDS, graph

COUNTS = [100, 300, 1000, 3000, 10000, 30000, 100000]
PEERS = ["theano", "pytensor"]


def model(kind, count):
    nodes = graph(kind, count)
    used = sorted({o for _, operands in nodes for o in operands if isinstance(o, str)})
    shapes = {"x": ["n", "k"], "y": ["n", "k"], "w": ["k", "k"], "b": ["k"]}
    written = [{"op": op, "name": "v%d" % i,
                "inputs": [o if isinstance(o, str) else "v%d" % o for o in operands]}
               for i, (op, operands) in enumerate(nodes)]
    return {"tgc": 1, "name": "large", "nodes": written,
            "inputs": {name: {"dtype": "float64", "shape": shapes[name]} for name in used},
            "functions": {"main": {"inputs": used, "outputs": ["v%d" % (count - 1)]}}}


def time_tgc(options, kind, count):
    """{"optimize": seconds of all passes, "all": of reading, passes, plan and writing}, or None."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "large.json")
        with open(path, "w") as file:
            json.dump(model(kind, count), file, indent=0)
        command = [options.tgc, "compile", path, "--isolated", "--target", "cpu", "--timing",
                   "--emit", "optimized", "-o", os.path.join(folder, "optimized.txt")]
        try:
            done = subprocess.run(command, check=True, text=True, capture_output=True,
                                  timeout=options.limit)
        except subprocess.TimeoutExpired:
            return None
    parts = dict(re.findall(r"^  (\w[\w ]*?) {2,}([\d.]+) s$", done.stdout + done.stderr, re.M))
    return {"optimize": float(parts["optimize"]), "all": float(parts["total"])}


def time_peer(options, peer, kind, count):
    command = [getattr(options, peer), os.path.join(HERE, "peer_optimizer.py"), peer, kind,
               str(count)]
    try:
        done = subprocess.run(command, text=True, capture_output=True, timeout=options.limit)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0 or not done.stdout.strip():
        return {"failed": (done.stderr.strip().splitlines() or ["ended by a signal"])[-1][:80]}
    seconds, before, after = done.stdout.split()
    return {"optimize": float(seconds), "before": int(before), "after": int(after)}


def measure(options, kind):
    """Rounds of tgc, Theano, PyTensor, tgc, …; who fails or runs out of time is not asked again."""
    rows, gone = {}, set()
    for count in [c for c in COUNTS if c <= options.most]:
        runs = {}
        for _ in range(options.repeats if count <= 10000 else 1):
            runs.setdefault("tgc", []).append(time_tgc(options, kind, count))
            for peer in PEERS:
                if peer in gone:
                    continue
                found = time_peer(options, peer, kind, count)
                runs.setdefault(peer, []).append(found)
                if found is None or "failed" in found:
                    gone.add(peer)
        rows[count] = runs
        print(kind, count, {name: median(runs.get(name), "optimize") for name in ["tgc"] + PEERS},
              flush=True)
    return rows


def median(runs, what):
    if not runs or any(run is None or what not in run for run in runs):
        return None
    return statistics.median(run[what] for run in runs)


def cell(runs, mine, limit):
    if runs is None:
        return "–"
    if runs[-1] is None:
        return "> %d" % limit
    if "failed" in runs[-1]:
        return runs[-1]["failed"].split(":")[0]
    seconds = median(runs, "optimize")
    return "%.3g (%.0f×)" % (seconds, seconds / mine) if mine else "%.3g" % seconds


def text(result, note):
    facts = result["machine"]
    lines = ["# Time of optimising", "",
             "%s, %s cores; %s. Load average before and after: %.1f, %.1f. %s" % (
                 facts.get("Model name", "?"), facts["cores"], facts["date"],
                 result["load_before"][0], result["load_after"][0], note), "",
             "Seconds of `fast_run`, medians of %d (one above 10,000 nodes), and in brackets over "
             "tgc's. tgc's last column is all it does: reading the file, the passes, the plan, "
             "writing the graph." % result["repeats"]]
    for kind, rows in result["kinds"].items():
        lines += ["", "## %s: %s" % (kind, KINDS[kind]), "",
                  "| nodes | tgc | µs a node | Theano | PyTensor | tgc, all |", "|---" * 6 + "|"]
        for count, runs in rows.items():
            mine = median(runs["tgc"], "optimize")
            each = "%.1f" % (1e6 * mine / int(count)) if mine else "–"
            lines.append("| %s | %s | %s | %s | %s | %s |" % (
                "{:,}".format(int(count)), cell(runs["tgc"], None, result["limit"]), each,
                cell(runs.get("theano"), mine, result["limit"]),
                cell(runs.get("pytensor"), mine, result["limit"]),
                "%.3g" % median(runs["tgc"], "all") if mine else "–"))
    return "\n".join(lines) + "\n"


def plot(result, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tgc"
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(1, len(result["kinds"]), figsize=(12, 4), sharey=True)
    for axis, (kind, rows) in zip(axes, result["kinds"].items()):
        for name, label in (("tgc", "tgc"), ("theano", "Theano 1.0.5"), ("pytensor", "PyTensor")):
            points = [(int(count), median(runs.get(name), "optimize"))
                      for count, runs in rows.items()]
            points = [point for point in points if point[1]]
            axis.loglog([p[0] for p in points], [p[1] for p in points], "o-", label=label)
        axis.set_title(kind)
        axis.set_xlabel("nodes")
        axis.grid(True, which="major", alpha=0.3)
    axes[0].set_ylabel("seconds of fast_run")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tgc", default="build/bin/tgc")
    parser.add_argument("--theano", default="build/peers/theano/bin/python")
    parser.add_argument("--pytensor", default="build/peers/pytensor/bin/python")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, default=120, help="seconds for one run")
    parser.add_argument("--most", type=int, default=COUNTS[-1], help="nodes")
    parser.add_argument("--out", default=HERE, help="the folder of the results")
    parser.add_argument("--nice", type=int, default=0, help="priority of all programs")
    parser.add_argument("--note", default="", help="words about the machine for the results")
    options = parser.parse_args()
    beside.set_priority(options.nice)
    result = {"machine": beside.machine(), "load_before": os.getloadavg(),
              "repeats": options.repeats, "limit": options.limit,
              "kinds": {kind: measure(options, kind) for kind in KINDS}}
    result["load_after"] = os.getloadavg()
    with open(os.path.join(options.out, "results.json"), "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    with open(os.path.join(options.out, "results.md"), "w") as file:
        file.write(text(result, options.note))
    plot(result, os.path.join(options.out, "results.svg"))
    print(text(result, options.note))


if __name__ == "__main__":
    main()
