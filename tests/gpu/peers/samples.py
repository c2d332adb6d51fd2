# SPDX-License-Identifier: Apache-2.0
"""What the peers' scripts share: the samples' names (those of run_times.cpp) and the records."""
import sys
import time

MATMULS = [1024, 4096]
BATCHES = [20, 200, 2000]
SOFTMAX = (4096, 1000)
ELEMENTS = 10_000_000


def record(name, measure, microseconds, note):
    print("times", name, measure, f"{microseconds:.1f}", "us", note, sep="\t", flush=True)


class Budget:
    """Stops starting new samples when the seconds given on the command line are over."""

    def __init__(self):
        self.end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 90)

    def is_over(self):
        return time.monotonic() > self.end


def chain(x, maximum, minimum, absolute):
    """The ten operations of tests/gpu/models/chain.json."""
    t1 = x * 1.5
    t3 = (t1 + 0.25) ** 2
    t6 = maximum(absolute(t3 - x), x)
    return minimum((t6 + t1) * 0.5 - t3, 3.0)
