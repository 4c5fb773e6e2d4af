"""Finds the known key that an unknown one may stand for.

`certain_match` is sure enough to correct a file without asking: the same letters, or one typo, and no second
candidate. `KeyIndex` finds similar keys, which is enough for a question.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_SEPARATORS = re.compile(r"[._\-\s]+")
_FEWEST_LETTERS = 6
"""Of a name that may have a typo: `rps` and `qps` differ in one letter."""


def certain_match(written: str, names: Mapping[str, str]) -> str | None:
    """Return the value of the one key of `names`, all in lower case, that `written` must stand for."""
    name = written.lower()
    for found in (_same_letters(name, names), _one_slip_away(name, names)):
        meant = {names[each] for each in found}
        if meant:
            return meant.pop() if len(meant) == 1 else None
    return None


def _same_letters(name: str, names: Iterable[str]) -> list[str]:
    bare = _SEPARATORS.sub("", name)
    return [each for each in names if _SEPARATORS.sub("", each) == bare]


def _one_slip_away(name: str, names: Iterable[str]) -> list[str]:
    if len(name) < _FEWEST_LETTERS:
        return []
    return [each for each in names if abs(len(each) - len(name)) <= 1 and _is_one_slip(name, each)]


def _is_one_slip(one: str, other: str) -> bool:
    """Return whether one letter is missing, added or wrong, or two are swapped; digits must agree."""
    start = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    left, right = one[start:], other[start:]
    if left[:2] == right[1::-1] and left[2:] == right[2:]:
        different = left[:2]
    elif left[1:] == right[1:]:
        different = left[:1] + right[:1]
    elif left[1:] == right:
        different = left[:1]
    elif left == right[1:]:
        different = right[:1]
    else:
        return False
    return not any(each.isdigit() for each in different)


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CANDIDATES = 12
_NAME_WEIGHT = 0.6
"""The weight of the last part of a key; the rest is the weight of the whole key."""
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
    """Return the similarity of two keys from 0 to 1; a typo counts most."""
    wanted, candidate = key.lower(), known.lower()
    whole = _ratio(wanted, candidate)
    names = _ratio(wanted.rpartition(".")[2], candidate.rpartition(".")[2])
    by_letters = _NAME_WEIGHT * names + (1 - _NAME_WEIGHT) * whole
    return max(whole if _is_slip(wanted, candidate, whole) else 0.0, (by_letters + shared) / 2)


def _is_slip(wanted: str, candidate: str, ratio: float) -> bool:
    """Return whether no more than two letters are missing, too many or wrong."""
    different = (1 - ratio) * (len(wanted) + len(candidate))
    return different <= 4 and abs(len(wanted) - len(candidate)) <= 2  # noqa: PLR2004


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
