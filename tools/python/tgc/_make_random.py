# SPDX-License-Identifier: Apache-2.0
"""Draws of Theano's MRG_RandomStreams. Their states are shared variables with default updates."""
from typing import Any, List

from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import json_dims
from ._sizes import numbers


def make_mrg_uniform(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = numbers(ex, apply.inputs[1], scope)
    if shape is None:
        raise Unsupported("the size of the sample is not known when the call begins")
    state, sample = apply.outputs
    return ex.emit(scope, "mrg_uniform", [ex.operand(apply.inputs[0], scope)],
                   [("shape", json_dims(shape)), ("dtype", apply.op.output_type.dtype)],
                   variables=[state, sample])
