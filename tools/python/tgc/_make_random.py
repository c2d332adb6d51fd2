# SPDX-License-Identifier: Apache-2.0
"""Draws of Theano's MRG_RandomStreams. Their states are shared variables with default updates."""
from typing import Any, List

from ._dims import Dim
from ._exporter import Exporter, Scope
from ._make_helpers import json_dims, known_dim, known_dims


def make_mrg_uniform(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    shape = known_dims(ex, apply.inputs[1], scope, "the size of the sample")
    state, sample = apply.outputs
    return ex.emit(scope, "mrg_uniform", [ex.operand(apply.inputs[0], scope)],
                   [("shape", json_dims(shape)), ("dtype", apply.op.output_type.dtype)],
                   variables=[state, sample])


def make_multinomial_from_uniform(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    return _from_uniform(ex, apply, scope, "multinomial_from_uniform", [])


def make_choice_from_uniform(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    replace = [("replace", True)] if getattr(apply.op, "replace", False) else []
    return _from_uniform(ex, apply, scope, "choice_from_uniform", replace)


def _from_uniform(ex: Exporter, apply: Any, scope: Scope, op: str,
                  attributes: List[Any]) -> List[Any]:
    """Old graphs have no third input: one draw."""
    n = Dim.number(1)
    if len(apply.inputs) > 2:
        n = known_dim(ex, apply.inputs[2], scope, "the number of draws")
    dtype = apply.outputs[0].type.dtype
    return [ex.emit(scope, op, ex.operands(apply.inputs[:2], scope),
                    [("n", n.json()), ("dtype", dtype)] + attributes, apply.outputs[0])]
