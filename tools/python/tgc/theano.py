# SPDX-License-Identifier: Apache-2.0
"""import tgc.theano: the mode "TGC" of Theano, as in theano.function(..., mode="TGC").

The command tgc is looked for in the environment variable TGC, in the package, then on the PATH.
"""
from . import _linker
from ._linker import FallbackWarning

_backend = _linker.Backend("theano")
TgcLinker = _backend.linker
allow_fallback = _linker.allow_fallback_of(_backend)
configure = _linker.configure_of(_backend)

__all__ = ["FallbackWarning", "TgcLinker", "allow_fallback", "configure"]
