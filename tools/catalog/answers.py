"""Answers of the Go programs beside this file, kept by everything that they depend on.

To build them with three servers takes minutes; asked again with the same sources, they say the same.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devenv.files.atomic import write_atomically
from tools.cache import cache_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HERE = Path(__file__).parent
_READABLE = 0o644


def digest_of_sources() -> str:
    """Return a digest of the programs beside this file; the catalog carries that of those that made it."""
    sources = sorted(path for suffix in ("py", "go") for path in HERE.rglob(f"*.{suffix}"))
    return _digest(path.read_text(encoding="utf-8") for path in sources)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Answers:
    """Answers in the cache directory of devenv, each in a file named after a digest of what it depends on.

    `inputs` are what they depend on beside the sources of this package.
    """

    def __init__(self, *inputs: str) -> None:
        self._common = [*inputs, digest_of_sources()]
        self._directory = cache_dir() / "catalog"

    def recall(self, question: str, ask: Callable[[], Any]) -> Any:
        """Return the answer to `question`, which is JSON; `ask` is called if it is not known yet."""
        digest = _digest([question, *self._common])
        path = self._directory / f"{digest}.json"
        if path.exists():
            return json.loads(path.read_bytes())
        answer = ask()
        self._directory.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(answer).encode(), _READABLE)
        return answer
