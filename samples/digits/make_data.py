# SPDX-License-Identifier: Apache-2.0
"""Makes digits.npz from the digits.csv.gz of scikit-learn's wheel.

python make_data.py digits.csv.gz digits.npz

Run by hand, never by the build; needs numpy. The rows are put in the order of
numpy.random.RandomState(0).permutation(1797): the first 1437 train, the last 360 are held out.
"""
import gzip
import sys

import numpy

TRAINING_ROWS = 1437


def main(source, destination):
    with gzip.open(source, "rt") as lines:
        table = numpy.loadtxt(lines, delimiter=",")
    table = table[numpy.random.RandomState(0).permutation(len(table))]
    pixels = (table[:, :-1] / 16).astype("float32")
    labels = table[:, -1].astype("int32")
    numpy.savez(
        destination,
        x_train=pixels[:TRAINING_ROWS],
        y_train=labels[:TRAINING_ROWS],
        x_test=pixels[TRAINING_ROWS:],
        y_test=labels[TRAINING_ROWS:],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
