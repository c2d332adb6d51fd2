# SPDX-License-Identifier: Apache-2.0
"""Writes the nodes that stand for an Apply, by the op table: the functions make_NAME lie in the
modules that are imported here. Each returns the operands of the outputs; Unsupported carries the
reason where that cannot be done."""
from typing import Any, List

from . import (_ancestors as ancestors, _make_blockwise, _make_conv, _make_draws, _make_elements,
               _make_factors, _make_indexing, _make_linalg, _make_lists, _make_nnet,
               _make_products, _make_random, _make_scan, _make_shapes, _make_sparse,
               _make_tensors)
from ._exporter import Exporter, Scope, Unsupported
from ._make_helpers import NO_COUNTERPART
from ._op_table import OP_ROWS, SCALAR_ROWS


def make(ex: Exporter, apply: Any, scope: Scope) -> List[Any]:
    kind = ancestors.class_name(apply.op)
    if kind in OP_ROWS:
        name = OP_ROWS[kind].make
    elif kind in SCALAR_ROWS or kind in ("Cast", "Composite"):
        name = "elemwise"
    elif ancestors.has_class(apply.op, "OpFromGraph"):
        name = "inline"
    else:
        raise Unsupported(NO_COUNTERPART)
    for module in (_make_elements, _make_shapes, _make_indexing, _make_products, _make_nnet,
                   _make_conv, _make_random, _make_draws, _make_scan, _make_tensors, _make_linalg,
                   _make_sparse, _make_lists, _make_factors, _make_blockwise):
        if hasattr(module, "make_" + name):
            return getattr(module, "make_" + name)(ex, apply, scope)
    raise AssertionError("no function make_%s" % name)
