"""When is it sure which name a misspelt one stands for?

Sure enough to correct a file without asking: the same letters, or one slip of the finger, and no second name
that could be meant. Likeness, which is enough for a question, is looked for in `catalog.nearest`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SEPARATORS = re.compile(r"[._\-\s]+")
_FEWEST_LETTERS = 6
"""Of a name that may have a slip: in `rps` and `qps` one letter is all the difference."""


def the_one_meant(written: str, names: Mapping[str, str]) -> str | None:
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
    """Tell whether one letter is missing, too many or wrong, or two have changed places; no digit is."""
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
