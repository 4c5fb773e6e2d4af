"""Which known key an unknown one may stand for."""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CANDIDATES = 12
_NAME_WEIGHT = 0.6
"""How much the last part of a key says about it; the rest is the whole key."""
_ENOUGH = 0.45
"""Below this likeness a suggestion says nothing."""


class KeyIndex:
    """Finds keys by the words and the letters that they share with another, rare ones first.

    Looking at every key with difflib would take 40 ms; the index leaves it a dozen.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = list(keys)
        self._holders: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self._keys):
            for feature in _features(key):
                self._holders[feature].append(number)
        self._weights = {feature: self._rarity(len(held)) for feature, held in self._holders.items()}
        self._unheard_of = self._rarity(0)
        self._lengths = [self._length(_features(key)) for key in self._keys]

    def nearest(self, key: str, n: int) -> list[str]:
        """Return up to `n` keys like `key`, the likeliest first."""
        likeness = {known: _likeness(key, known, shared) for known, shared in self._sharing(key)}
        found = [known for known, like in likeness.items() if like >= _ENOUGH]
        return sorted(found, key=lambda known: (-likeness[known], known))[:n]

    def _sharing(self, key: str) -> list[tuple[str, float]]:
        """Return the keys that share most with `key`, and how much, from 0 to 1."""
        shared: dict[int, float] = defaultdict(float)
        features = _features(key)
        for feature in features & self._weights.keys():
            weight = self._weights[feature]
            for number in self._holders[feature]:
                shared[number] += weight
        own_length = self._length(features)
        scored = (
            (weight / (own_length * self._lengths[number]), -number) for number, weight in shared.items()
        )
        best = heapq.nlargest(_CANDIDATES, scored)
        return [(self._keys[-number], score) for score, number in best]

    def _length(self, features: Iterable[str]) -> float:
        return math.sqrt(sum(self._weights.get(feature, self._unheard_of) for feature in features))

    def _rarity(self, holders: int) -> float:
        return math.log((1 + len(self._keys)) / (0.5 + holders))


def _features(key: str) -> set[str]:
    """Return the words of a key, and for misspelt ones every three letters of it."""
    letters = f" {key.lower()} "
    return _words(key) | {letters[at : at + 3] for at in range(len(letters) - 2)}


def _words(key: str) -> set[str]:
    return {f"word {word.lower()}" for word in _WORD.findall(key)}


def _likeness(key: str, known: str, shared: float) -> float:
    """Return from 0 to 1 how alike two keys are; a slip of the finger comes before everything else."""
    wanted, candidate = key.lower(), known.lower()
    whole = _ratio(wanted, candidate)
    names = _ratio(wanted.rpartition(".")[2], candidate.rpartition(".")[2])
    by_letters = _NAME_WEIGHT * names + (1 - _NAME_WEIGHT) * whole
    return max(whole if _is_slip(wanted, candidate, whole) else 0.0, (by_letters + shared) / 2)


def _is_slip(wanted: str, candidate: str, ratio: float) -> bool:
    """Tell whether no more than two letters are missing, too many or wrong."""
    different = (1 - ratio) * (len(wanted) + len(candidate))
    return different <= 4 and abs(len(wanted) - len(candidate)) <= 2  # noqa: PLR2004


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
