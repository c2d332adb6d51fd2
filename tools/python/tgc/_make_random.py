# SPDX-License-Identifier: Apache-2.0
"""Draws of Theano's MRG_RandomStreams. Their states are shared variables with default updates."""
from typing import Any, List

from ._exporter import Exporter, Scope
from ._make_helpers import json_dims, known_dims


def make_mrg_uniform(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = known_dims(ex, apply.inputs[1], scope, "the size of the sample")
    state, sample = apply.outputs
    return ex.emit(scope, "mrg_uniform", [ex.operand(apply.inputs[0], scope)],
                   [("shape", json_dims(shape)), ("dtype", apply.op.output_type.dtype)],
                   variables=[state, sample])
