# SPDX-License-Identifier: Apache-2.0
"""Aesara and PyTensor rewrite the very graph that a function was made of, so that a compiled function
no longer holds what its user wrote. `import tgc.aesara` or `import tgc.pytensor` makes the functions
made from then on keep a copy, which export() finds."""
import functools
from typing import Any


def keep_originals(maker: Any, clone_get_equiv: Any) -> None:
    """`maker`: the ancestor's class FunctionMaker; clone_get_equiv: its function of that name."""
    usual = maker.__init__
    if hasattr(usual, "keeps_originals"):
        return

    @functools.wraps(usual)
    def init(self: Any, inputs: Any, outputs: Any, *args: Any, **kwargs: Any) -> None:
        kept = _copy(clone_get_equiv, inputs, outputs)
        usual(self, inputs, outputs, *args, **kwargs)
        self.tgc_original = kept

    init.keeps_originals = True  # type: ignore
    maker.__init__ = init


def _copy(clone_get_equiv: Any, inputs: Any, outputs: Any) -> Any:
    """([update or None of each input], [output]), of new Applies over the same inputs."""
    entries = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    results = [] if outputs is None else (
        list(outputs) if isinstance(outputs, (list, tuple)) else [outputs])
    updates = [getattr(entry, "update", None) for entry in entries]
    results = [getattr(result, "variable", result) for result in results]
    variables = [getattr(entry, "variable", entry) for entry in entries]
    copies = clone_get_equiv(variables, results + [u for u in updates if u is not None], False,
                             False)
    return ([None if update is None else copies[update] for update in updates],
            [copies[result] for result in results])
