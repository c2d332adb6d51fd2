#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes elementwise.inc: result dtypes of Theano 1.0.5's functions for every combination of input
dtypes, and their values and gradients at telling points.

Needs Python 3.6 to 3.8 with numpy 1.21, scipy 1.7 and Theano 1.0.5; run it in this folder:
    THEANO_FLAGS=device=cpu,cxx=,optimizer=None python make_elementwise.py
"""
import warnings

import numpy as np
import theano
import theano.tensor as T
from theano.tensor import nnet
from theano.tensor.xlogx import xlogx, xlogy0

warnings.simplefilter("ignore")
np.seterr(all="ignore")

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float16", "float32", "float64"]
LETTERS = dict(zip(DTYPES, "?bhilBHILefd"))

UNARY = {
    "neg": T.neg, "abs_": T.abs_, "sgn": T.sgn, "inv": T.inv, "sqr": T.sqr, "sqrt": T.sqrt,
    "exp": T.exp, "exp2": T.exp2, "expm1": T.expm1, "log": T.log, "log2": T.log2,
    "log10": T.log10, "log1p": T.log1p, "ceil": T.ceil, "floor": T.floor, "trunc": T.trunc,
    "round_half_to_even": lambda x: T.round(x, mode="half_to_even"),
    "round_half_away_from_zero": lambda x: T.round(x, mode="half_away_from_zero"),
    "deg2rad": T.deg2rad, "rad2deg": T.rad2deg, "sin": T.sin, "cos": T.cos, "tan": T.tan,
    "arcsin": T.arcsin, "arccos": T.arccos, "arctan": T.arctan, "sinh": T.sinh, "cosh": T.cosh,
    "tanh": T.tanh, "arcsinh": T.arcsinh, "arccosh": T.arccosh, "arctanh": T.arctanh,
    "isnan": T.isnan, "isinf": T.isinf, "invert": T.invert, "sigmoid": nnet.sigmoid,
    "softplus": nnet.softplus, "softsign": nnet.nnet.softsign, "xlogx": xlogx,
    "hard_sigmoid": nnet.hard_sigmoid, "relu": nnet.relu,
}
BINARY = {
    "add": T.add, "sub": T.sub, "mul": T.mul, "true_div": T.true_div, "int_div": T.int_div,
    "mod": T.mod, "pow": T.pow, "maximum": T.maximum, "minimum": T.minimum, "eq": T.eq,
    "lt": T.lt, "and_": T.and_, "or_": T.or_, "xor": T.xor, "arctan2": T.arctan2,
    "xlogy0": xlogy0, "fill": T.fill,
}
REDUCTIONS = {
    "sum": T.sum, "prod": T.prod, "mean": T.mean, "max": T.max, "min": T.min,
    "argmax": T.argmax, "argmin": T.argmin, "all": T.all, "any": T.any, "var": T.var, "std": T.std,
}
PAIR_VALUES = [-7.0, -2.0, 0.0, 0.5, 2.0, np.nan, np.inf]
VALUES = [-np.inf, -7.0, -2.5, -1.0, 0.0, 0.3, 0.5, 1.0, 2.0, 3.5, np.inf, np.nan]


def letter(make):
    try:
        return LETTERS[make().dtype]
    except (TypeError, NotImplementedError, ValueError, AttributeError):
        return "-"


def dtypes(out):
    for float_x in ("float32", "float64"):
        theano.config.floatX = float_x
        x = [T.vector(dtype=d) for d in DTYPES]
        for table in (UNARY, REDUCTIONS):
            for name, f in table.items():
                row = "".join(letter(lambda: f(a)) for a in x)
                out.write('{"%s", "%s", "%s"},\n' % (name, float_x, row))
        for name, f in list(BINARY.items()) + [("dot", T.dot)]:
            rows = ["".join(letter(lambda: f(a, b)) for b in x) for a in x]
            out.write('{"%s", "%s",\n' % (name, float_x))
            for row in rows:
                out.write(' "%s"\n' % row)
            out.write('},\n')


def number(value):
    if np.isnan(value):
        return "kNan"
    if np.isinf(value):
        return "kInf" if value > 0 else "-kInf"
    return repr(float(value))


def numbers(array):
    return "{%s}" % ", ".join(number(v) for v in np.asarray(array, dtype="float64").ravel())


def case(out, name, f, arrays):
    inputs = [T.vector(dtype="float64") for _ in arrays]
    result = f(*inputs)
    outputs = [result]
    if result.dtype.startswith("float"):
        outputs += theano.grad(result.sum(), inputs, disconnected_inputs="ignore")
    values = theano.function(inputs, outputs, on_unused_input="ignore")(*arrays)
    out.write('{"%s", %s, {%s}, %s, {%s}},\n' % (
        name, len(arrays), ", ".join(numbers(a) for a in arrays), numbers(values[0]),
        ", ".join(numbers(v) for v in values[1:])))


def values(out):
    theano.config.floatX = "float64"
    x = np.array(VALUES)
    for name, f in UNARY.items():
        if name != "invert":
            case(out, name, f, [x])
    for name, f in BINARY.items():
        # Theano's C code and its NumPy code differ in the floor of an infinite quotient.
        points = PAIR_VALUES[:-1] if name in ("int_div", "mod") else PAIR_VALUES
        a, b = [m.ravel() for m in np.meshgrid(points, points)]
        if name not in ("and_", "or_", "xor"):
            case(out, name, f, [a, b])
    low = np.array([-1.0, 2.0, 0.0, 0.0, 0.0, np.nan, 0.0])
    high = np.array([1.0, -2.0, 0.0, 0.5, 2.0, 1.0, np.nan])
    case(out, "clip", T.clip, [np.array([3.0, 0.0, 0.0, 0.5, np.nan, 1.0, 1.0]), low, high])
    case(out, "switch", T.switch, [np.array([np.nan, 0.0, -1.0]), np.ones(3), np.zeros(3)])


with open("elementwise.inc", "w") as out:
    out.write("// SPDX-License-Identifier: Apache-2.0\n")
    out.write("// Written by make_elementwise.py from Theano 1.0.5.\n")
    out.write("#ifdef TGC_DTYPE_REFERENCES\n// op, floatX, result dtype for each input dtype (pair)\n")
    dtypes(out)
    out.write("#endif\n#ifdef TGC_VALUE_REFERENCES\n// op, inputs, input values, result, gradients\n")
    values(out)
    out.write("#endif\n")
