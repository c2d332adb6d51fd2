# SPDX-License-Identifier: Apache-2.0
"""Dim: an integer that is known when a call begins, as a polynomial over names and terms.

tgc writes sizes, bounds of slices and numbers of steps as such expressions ("2*n + 1", "n // 2").
Two equal polynomials have equal texts, and comparisons are decided where signs allow it.
"""
from typing import Dict, List, Optional, Tuple, Union

# (text, whether it is known to be at least 0)
Atom = Tuple[str, bool]
Monomial = Tuple[Atom, ...]


class Dim(object):
    """Immutable. Atoms are names, or texts of // % min max that do not simplify further."""

    def __init__(self, terms: Dict[Monomial, int]) -> None:
        self.terms = {key: value for key, value in terms.items() if value != 0}

    @staticmethod
    def number(value: int) -> "Dim":
        return Dim({(): int(value)})

    @staticmethod
    def atom(text: str, not_negative: bool = True) -> "Dim":
        return Dim({((text, not_negative),): 1})

    def constant(self) -> Optional[int]:
        """The number, or None where it depends on the call."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and () in self.terms:
            return self.terms[()]
        return None

    def key(self) -> Tuple[Tuple[Monomial, int], ...]:
        return tuple(sorted(self.terms.items()))

    def same(self, other: "Dim") -> bool:
        return self.key() == other.key()

    def plus(self, other: "Dim") -> "Dim":
        terms = dict(self.terms)
        for key, value in other.terms.items():
            terms[key] = terms.get(key, 0) + value
        return Dim(terms)

    def minus(self, other: "Dim") -> "Dim":
        return self.plus(other.times(Dim.number(-1)))

    def times(self, other: "Dim") -> "Dim":
        terms: Dict[Monomial, int] = {}
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                key = tuple(sorted(left + right))
                terms[key] = terms.get(key, 0) + a * b
        return Dim(terms)

    def at_least(self, bound: int) -> bool:
        """Is it known to be `bound` or more? False also says: not known."""
        rest = self.minus(Dim.number(bound))
        return all(value >= 0 and all(atom[1] for atom in key)
                   for key, value in rest.terms.items())

    def floor_divide(self, other: "Dim") -> Optional["Dim"]:
        divisor = other.constant()
        if divisor == 0:
            return None
        if divisor is not None and all(v % divisor == 0 for v in self.terms.values()):
            return Dim({key: value // divisor for key, value in self.terms.items()})
        own = self.constant()
        if own is not None and divisor is not None:
            return Dim.number(own // divisor)
        sign = self.at_least(0) and other.at_least(0)
        return Dim.atom("(%s // %s)" % (_factor(self), _factor(other)), sign)

    def modulo(self, other: "Dim") -> Optional["Dim"]:
        own, divisor = self.constant(), other.constant()
        if divisor == 0:
            return None
        if own is not None and divisor is not None:
            return Dim.number(own % divisor)
        return Dim.atom("(%s %% %s)" % (_factor(self), _factor(other)), other.at_least(0))

    def smaller(self, other: "Dim") -> "Dim":
        if other.minus(self).at_least(0):
            return self
        if self.minus(other).at_least(0):
            return other
        sign = self.at_least(0) and other.at_least(0)
        return Dim.atom("min(%s, %s)" % (self.text(), other.text()), sign)

    def larger(self, other: "Dim") -> "Dim":
        if other.minus(self).at_least(0):
            return other
        if self.minus(other).at_least(0):
            return self
        sign = self.at_least(0) or other.at_least(0)
        return Dim.atom("max(%s, %s)" % (self.text(), other.text()), sign)

    def text(self) -> str:
        """As tgc reads it."""
        parts: List[str] = []
        for key, value in sorted(self.terms.items(), key=lambda item: (item[0] == (), item[0])):
            names = [text for text, _ in key]
            size = abs(value)
            factors = ([str(size)] if size != 1 or not names else []) + names
            sign = "-" if value < 0 else "+"
            parts.append("%s %s" % (sign, "*".join(factors)))
        if not parts:
            return "0"
        text = " ".join(parts)
        text = text[2:] if text.startswith("+ ") else "-" + text[2:]
        whole = len(parts) == 1 and text.startswith("(") and text.endswith(")")
        return text[1:-1] if whole else text

    def json(self) -> Union[int, str]:
        """An integer, or a text."""
        number = self.constant()
        return self.text() if number is None else number


def _factor(dim: Dim) -> str:
    """The text as one operand of // or %."""
    text = dim.text()
    return text if text.replace("_", "a").isalnum() else "(%s)" % text


def compare(kind: str, left: Dim, right: Dim) -> Optional[bool]:
    """LT, LE, GT, GE, EQ, NEQ; None where the call decides."""
    if kind in ("GT", "GE"):
        return compare({"GT": "LT", "GE": "LE"}[kind], right, left)
    above, below = right.minus(left), left.minus(right)
    if kind == "LT":
        return True if above.at_least(1) else (False if below.at_least(0) else None)
    if kind == "LE":
        return True if above.at_least(0) else (False if below.at_least(1) else None)
    if left.same(right):
        return kind == "EQ"
    if above.at_least(1) or below.at_least(1):
        return kind == "NEQ"
    return None
