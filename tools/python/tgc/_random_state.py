# SPDX-License-Identifier: Apache-2.0
"""NumPy's generators as the words of tgc's shared variables, and back."""
from typing import Any, Optional

import numpy


def random_words(value: Any) -> Optional[numpy.ndarray]:
    """A RandomState as uint32[628] (its 624 words, position, is a normal sample kept, its bits), a
    Generator of PCG64 as uint64[6] (state and increment, high words first, is half a word kept,
    that half); None: value is no generator that tgc has."""
    if isinstance(value, numpy.random.RandomState):
        kind, words, position, has_kept, kept = value.get_state()[:5]
        if kind != "MT19937":
            return None
        bits = numpy.array([kept if has_kept else 0.0]).view("uint32")
        return numpy.concatenate([words.astype("uint32"), numpy.array(
            [position, has_kept], "uint32"), bits if has_kept else 0 * bits])
    generator = getattr(numpy.random, "Generator", None)
    if generator is None or not isinstance(value, generator):
        return None
    state = value.bit_generator.state
    if state["bit_generator"] != "PCG64":
        return None
    low = (1 << 64) - 1
    numbers_of = [state["state"]["state"], state["state"]["inc"]]
    return numpy.array([part for wide in numbers_of for part in (wide >> 64, wide & low)] +
                       [state["has_uint32"], state["uinteger"]], "uint64")


def generator_of(words: numpy.ndarray) -> Any:
    """The RandomState or Generator in the state that the words tell."""
    if words.dtype.name == "uint32":
        kept = numpy.array(words[626:628]).view("float64")[0]
        result = numpy.random.RandomState()
        result.set_state(("MT19937", numpy.array(words[:624]), int(words[624]), int(words[625]),
                          float(kept)))
        return result
    parts = [int(word) for word in words]
    bits = numpy.random.PCG64()
    bits.state = {"bit_generator": "PCG64", "has_uint32": parts[4], "uinteger": parts[5],
                  "state": {"state": parts[0] << 64 | parts[1], "inc": parts[2] << 64 | parts[3]}}
    return numpy.random.Generator(bits)
