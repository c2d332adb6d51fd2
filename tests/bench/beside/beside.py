# SPDX-License-Identifier: Apache-2.0
"""tgc beside its peers in one run: compiles models, feeds all the same arrays, takes turns (A B A B
…), checks that results agree, writes the figures as JSON, a Markdown table and a plot.

A benchmark gives `measure` its cases and workers. Every worker is a process that holds all cases;
only the one whose turn it is works. A figure is the median of its turns' medians, its spread their
smallest and largest.
"""
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
OPENBLAS = "/usr/lib/x86_64-linux-gnu/openblas-pthread"
PAUSE = 0.03  # seconds between turns, in which the last worker's threads fall asleep


class Case:
    """One function of one model at one size: `inputs` are arrays, `builder` the peers' function."""

    def __init__(self, name, model, function, builder, float_type, inputs, work=None, skip=()):
        self.name, self.model, self.function, self.builder = name, model, function, builder
        self.float_type, self.inputs, self.work, self.skip = float_type, inputs, work, skip

    def key(self):
        return self.name.replace(" ", "_") + "." + self.float_type


class Worker:
    def __init__(self, label, kind, threads, command, environment):
        self.label, self.kind, self.threads = label, kind, threads
        self.process = subprocess.Popen(command, env=dict(os.environ, **environment), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("%s died at: %s" % (self.label, line))
        return answer.strip()

    def pin(self):
        """A core to each thread: on a busy machine two may share one where, as tgc's, they sleep
        between kernels. Those of the peers spin, and spread by themselves."""
        cores = sorted(os.sched_getaffinity(0))[:self.threads]
        helpers = 0
        for thread in sorted(int(name) for name in os.listdir("/proc/%d/task" % self.process.pid)):
            is_main = thread == self.process.pid
            core = 0 if is_main else 1 + helpers % max(1, len(cores) - 1)
            helpers += not is_main
            os.sched_setaffinity(thread, {cores[min(core, len(cores) - 1)]})

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def start_workers(options, models, kinds, thread_counts):
    workers = []
    for threads in thread_counts:
        flags = "allow_gc=False,openmp=%s,base_compiledir=%s/cache-%d" % (
            threads > 1, os.path.abspath(options.work), threads)
        blas = "-L%s -lopenblas" % OPENBLAS
        environment = {
            "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads),
            "NUMBA_NUM_THREADS": str(threads), "LD_LIBRARY_PATH": OPENBLAS,
            "NUMBA_CACHE_DIR": os.path.join(os.path.abspath(options.work), "cache-numba"),
            "THEANO_FLAGS": flags + ",blas.ldflags=" + blas,
            "PYTENSOR_FLAGS": flags + ",blas__ldflags=" + blas}
        for kind in kinds:
            python = options.theano if kind == "theano" else options.pytensor
            command = [python, os.path.join(HERE, "peer_worker.py"), kind, models]
            if kind == "tgc":
                command = [os.path.join(options.build, "bin", "bench_worker"), str(threads)]
            if kind == "pytensor-numba" and threads > 1:
                continue  # PyTensor does not ask numba for threads
            workers.append(Worker("%s, %d" % (kind, threads), kind, threads, command, environment))
    return workers


def compile_bundles(options, cases):
    """Each model and float type once; float32 in a model stands for the float type asked for."""
    bundles = {}
    for case in cases:
        key = (case.model, case.float_type)
        if key in bundles:
            continue
        base = os.path.join(options.work, "%s-%d.%s" % (
            os.path.basename(os.path.dirname(case.model)), len(bundles), case.float_type))
        with open(case.model) as file:
            text = file.read().replace("float32", case.float_type)
        with open(base + ".json", "w") as file:
            file.write(text)
        subprocess.run([os.path.join(options.build, "bin", "tgc"), "compile", base + ".json", "-q",
                        "--isolated", "--target", "cpu", "--flags", "floatX=" + case.float_type,
                        "-o", base + ".tgc"], check=True)
        bundles[key] = base + ".tgc"
    return bundles


def load(options, cases, workers, bundles):
    for case in cases:
        texts = []
        for number, array in enumerate(case.inputs):
            path = os.path.join(os.path.abspath(options.work), "%s.%d.bin" % (case.key(), number))
            numpy.ascontiguousarray(array).tofile(path)
            texts.append("%s:%s:%s" % (array.dtype, "x".join(map(str, array.shape)), path))
        bundle = bundles[case.model, case.float_type]
        weights = os.path.join(bundle, "weights.safetensors")
        weights = weights if os.path.exists(weights) else "-"
        expected = None
        for worker in workers:
            if worker.kind in case.skip:
                continue
            what = [bundle, case.function] if worker.kind == "tgc" else [
                case.builder, case.float_type, weights]
            value = float(worker.ask(" ".join(["load", case.key()] + what + texts)))
            expected = value if expected is None else expected
            tolerance = 1e-3 if case.float_type == "float32" else 1e-9
            if not abs(value - expected) <= tolerance * max(abs(expected), 1e-3):
                raise RuntimeError("%s: %s computed %.9g, %s %.9g" % (
                    case.key(), worker.label, value, workers[0].label, expected))
        print("loaded", case.key(), expected, file=sys.stderr, flush=True)


def machine():
    facts = {"cores": os.cpu_count(), "kernel": platform.release(), "date": time.strftime("%F %R")}
    for line in subprocess.run(["lscpu"], capture_output=True, text=True).stdout.splitlines():
        if line.startswith(("Model name", "Hypervisor", "L2 cache", "L3 cache")):
            name, value = line.split(":", 1)
            facts[name.strip()] = value.strip()
    return facts


def measure(options, models, cases, kinds, thread_counts, rounds, seconds):
    os.makedirs(options.work, exist_ok=True)
    bundles = compile_bundles(options, cases)
    workers = start_workers(options, models, kinds, thread_counts)
    result = {"machine": machine(), "load_before": os.getloadavg(), "rounds": rounds, "cases": {}}
    load(options, cases, workers, bundles)
    for worker in workers:
        if worker.kind == "tgc" and worker.threads > 1:
            worker.pin()
    result["peak_gflops"] = {name: float(workers[0].ask("peak " + name))
                             for name in ("float32", "float64")}
    for case in cases:
        figures = {}
        for _ in range(rounds):
            for worker in workers:
                if worker.kind not in case.skip:
                    time.sleep(PAUSE)
                    answer = worker.ask("run %s %g" % (case.key(), seconds)).split()
                    figures.setdefault(worker.label, []).append([float(v) for v in answer[1:]])
        result["cases"][case.key()] = {
            label: {"median": statistics.median(turn[1] for turn in turns),
                    "low": min(turn[1] for turn in turns), "high": max(turn[1] for turn in turns),
                    "minimum": min(turn[0] for turn in turns),
                    "processor": statistics.median(turn[2] for turn in turns)}
            for label, turns in figures.items()}
        if case.work:
            result["cases"][case.key()]["work"] = case.work
        print(case.key(), {label: "%.4g" % f["median"] for label, f in
                           result["cases"][case.key()].items() if label != "work"},
              file=sys.stderr, flush=True)
    result["load_after"] = os.getloadavg()
    result["nice"] = os.nice(0)
    for worker in workers:
        worker.close()
    return result


def ratio(figures, threads, what):
    """(the peer that needs least, what it needs / what tgc needs), or None."""
    own = figures.get("tgc, %d" % threads)
    peers = {label: f for label, f in figures.items()
             if label.endswith(", %d" % threads) and not label.startswith("tgc")}
    if not own or not peers:
        return None
    best = min(peers, key=lambda label: peers[label][what])
    return best.split(",")[0], peers[best][what] / own[what]


def all_labels(result):
    """tgc first, then the peers, by threads."""
    labels = []
    for figures in result["cases"].values():
        labels += [label for label in figures if label != "work" and label not in labels]
    order = ["tgc", "pytensor-c", "pytensor-numba", "theano"]
    return sorted(labels, key=lambda label: (label.split(", ")[1],
                                             order.index(label.split(", ")[0])))


def number(value):
    return "%.0f" % value if value >= 1000 else "%.3g" % value


def table(result):
    labels = all_labels(result)
    counts = sorted({int(label.split(", ")[1]) for label in labels})
    ratios = [("best peer / tgc, 1", 1, "median"), ("the same in processor time", 1, "processor")]
    ratios += [("best peer / tgc, %d" % count, count, "median") for count in counts if count > 1]
    head = ["case"] + labels + [name for name, _, _ in ratios]
    if any("work" in figures for figures in result["cases"].values()):
        head.append("tgc's rate, 1 thread")
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, figures in result["cases"].items():
        cells = [name.replace("_", " ").replace(".float", ", float")]
        for label in labels:
            f = figures.get(label)
            cells.append("%s (%s–%s)" % (number(f["median"]), number(f["low"]), number(f["high"]))
                         if f else "–")
        for _, count, what in ratios:
            found = ratio(figures, count, what)
            cells.append("%s **%.2f**" % found if found else "–")
        if "work" in figures:
            amount, unit = figures["work"]
            rate = amount / figures["tgc, 1"]["median"] / 1e3
            of_peak = ""
            if unit == "GFLOP/s":
                of_peak = ", %.0f %% of peak" % (
                    100 * rate / result["peak_gflops"][name.split(".")[-1]])
            cells.append("%.1f %s%s" % (rate, unit, of_peak))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def facts_text(result, note):
    facts = result["machine"]
    return ("%s, %s cores%s; %s. Fused multiply-adds of one thread reach %.0f GFLOP/s in float32, "
            "%.0f in float64. Load average before and after: %.1f, %.1f. %s\n" % (
                facts.get("Model name", "?"), facts["cores"],
                " (" + facts["Hypervisor vendor"] + " guest)" if "Hypervisor vendor" in facts
                else "", facts["date"], result["peak_gflops"]["float32"],
                result["peak_gflops"]["float64"], result["load_before"][0],
                result["load_after"][0], note))


def plot(result, path, title):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tgc"
    from matplotlib import pyplot
    names = list(result["cases"])
    labels = all_labels(result)
    height = 0.8 / len(labels)
    figure, axes = pyplot.subplots(figsize=(9, 0.9 * len(names) + 1.5))
    for i, label in enumerate(labels):
        rows = [(y, result["cases"][name]) for y, name in enumerate(names)
                if label in result["cases"][name]]
        axes.barh([y + (i - len(labels) / 2 + 0.5) * height for y, _ in rows],
                  [f[label]["median"] / f["tgc, 1"]["median"] for _, f in rows], height,
                  label=label)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.invert_yaxis()
    axes.set_xlabel("time per call over that of tgc with one thread (less is faster)")
    axes.set_title(title)
    axes.legend(title="program, threads", fontsize="small")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def write(options, result, folder, title, note):
    with open(os.path.join(folder, "results.json"), "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    with open(os.path.join(folder, "results.md"), "w") as file:
        file.write("# %s\n\nMicroseconds per call: median of %d turns (smallest and largest median "
                   "of a turn). A ratio above 1 means that tgc is faster. Processor time is that of "
                   "the program, so that what else the machine does disturbs it less.\n\n%s\n%s" % (
                       title, result["rounds"], facts_text(result, note), table(result)))
    plot(result, os.path.join(folder, "results.svg"), title)


def set_priority(nice):
    """Of this process and all it starts. Linux weighs sessions first, so this makes one of its own."""
    if nice == 0:
        return
    os.nice(nice)
    if os.getsid(0) != os.getpid():
        if os.getpgid(0) == os.getpid():  # a group's leader may not
            os.setpgid(0, os.getpgid(os.getppid()))
        os.setsid()
    if os.path.exists("/proc/self/autogroup"):
        with open("/proc/self/autogroup", "w") as file:
            file.write(str(nice))


def parse_arguments():
    import argparse
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--build", default="build", help="the build folder of tgc")
    parser.add_argument("--work", default="build/bench", help="where to put bundles and caches")
    parser.add_argument("--pytensor", default=sys.executable, help="a Python that has PyTensor")
    parser.add_argument("--theano", help="a Python that has Theano; without it that is left out")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.15, help="of a turn")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--out", help="the folder of the results; default: the benchmark's own")
    parser.add_argument("--nice", type=int, default=0, help="priority of all programs")
    parser.add_argument("--note", default="", help="words about the machine for the results")
    options = parser.parse_args()
    set_priority(options.nice)
    return options
