# SPDX-License-Identifier: Apache-2.0
"""Times `tgc compile samples/digits/model.json`, cold and from the cache; README.md says how."""
import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "beside"))
import beside

# What is asked for: seconds of a cold compilation, and of one from the cache.
WANTED = {"cpu": 3.0, "cuda:sm_90": 4.0, "cpu,cuda": 15.0}
WANTED_CACHED = 0.1
WANTED_EACH = 0.1  # processor seconds for each kernel and architecture or level


def compile_once(tgc, target, cache, bundle):
    """(wall seconds, processor seconds of tgc and the compilers it ran, what --timing printed)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([tgc, "compile", os.path.join(ROOT, "samples", "digits", "model.json"),
                           "--isolated", "--target", target, "--timing", "-o", bundle],
                          env=dict(os.environ, TGC_CACHE_DIR=cache), check=True, text=True,
                          capture_output=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, done.stdout + done.stderr


def kernels_times_architectures(bundle):
    """Of the bundle: kernels for each kind of target, times CPU levels or GPU architectures."""
    with open(os.path.join(bundle, "manifest.json")) as file:
        manifest = json.load(file)
    count = 0
    for kernel in manifest["kernels"]:
        is_cpu = kernel["target"].startswith("cpu")
        count += 2 if is_cpu else len(manifest["architectures"])  # "cpu" is x86-64-v3 and v4
    return count


def parts(output):
    return {name.strip(): float(seconds)
            for name, seconds in re.findall(r"^  (\w[\w ]*?) {2,}([\d.]+) s$", output, re.M)
            if name != "time"}


def measure(tgc, target, repeats):
    cold, warm = [], []
    with tempfile.TemporaryDirectory() as folder:
        cache, bundle = os.path.join(folder, "cache"), os.path.join(folder, "digits.tgc")
        for _ in range(repeats):
            shutil.rmtree(cache, ignore_errors=True)
            cold.append(compile_once(tgc, target, cache, bundle))
            warm += [compile_once(tgc, target, cache, bundle) for _ in range(5)]
        units = kernels_times_architectures(bundle)
    middle = sorted(cold)[len(cold) // 2]
    return {"cold": statistics.median(c[0] for c in cold),
            "cold_low_high": [min(c[0] for c in cold), max(c[0] for c in cold)],
            "processor": statistics.median(c[1] for c in cold), "units": units,
            "cached": statistics.median(w[0] for w in warm),
            "cached_low_high": [min(w[0] for w in warm), max(w[0] for w in warm)],
            "parts": parts(middle[2])}


def text(result, note):
    facts = result["machine"]
    lines = ["# Compile time of samples/digits", "",
             "%s, %s cores; %s. Load average before and after: %.1f, %.1f. %s" % (
                 facts.get("Model name", "?"), facts["cores"], facts["date"],
                 result["load_before"][0], result["load_after"][0], note), "",
             "Seconds, medians of %d (smallest–largest). A unit is one kernel for one CPU level or "
             "GPU architecture." % result["repeats"], "",
             "| target | cold | wanted | processor time | units | each | wanted | from the cache | "
             "wanted | longest part |", "|---" * 10 + "|"]
    for target, f in result["targets"].items():
        longest = max((name for name in f["parts"] if name != "total"), key=f["parts"].get)
        lines.append("| `%s` | %.2f (%.2f–%.2f) | %g | %.2f | %d | %.3f | %g | %.3f (%.3f–%.3f) | "
                     "%g | %s, %.2f |" % (
                         target, f["cold"], *f["cold_low_high"], WANTED[target], f["processor"],
                         f["units"], f["processor"] / f["units"], WANTED_EACH, f["cached"],
                         *f["cached_low_high"], WANTED_CACHED, longest, f["parts"][longest]))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tgc", default="build/bin/tgc")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", default=HERE, help="the folder of the results")
    parser.add_argument("--nice", type=int, default=0, help="priority of all programs")
    parser.add_argument("--note", default="", help="words about the machine for the results")
    options = parser.parse_args()
    beside.set_priority(options.nice)
    result = {"machine": beside.machine(), "load_before": os.getloadavg(),
              "repeats": options.repeats,
              "targets": {target: measure(options.tgc, target, options.repeats)
                          for target in WANTED}}
    result["load_after"] = os.getloadavg()
    with open(os.path.join(options.out, "results.json"), "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    with open(os.path.join(options.out, "results.md"), "w") as file:
        file.write(text(result, options.note))
    print(text(result, options.note))


if __name__ == "__main__":
    main()
