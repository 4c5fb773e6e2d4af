"""Parses the output of `temporal-server validate-dynamic-config`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_FINDING = re.compile(r"  (error|warning): (.*)")
_KEY = re.compile(r'\bkey "([^"]+)"')
_LINE = re.compile(r"\bline (\d+)")


@dataclass(frozen=True)
class Verdict:
    """A message of the server about the file with that number."""

    file: int
    severity: Literal["error", "warning"]
    message: str

    @property
    def key(self) -> str | None:
        """The key that it is about, in lower case."""
        match = _KEY.search(self.message)
        return match[1].lower() if match else None

    @property
    def line(self) -> int | None:
        """The line that it names."""
        match = _LINE.search(self.message)
        return int(match[1]) if match else None


def parse_verdicts(output: str, files: int) -> list[Verdict]:
    """Return the server's messages about files, which it names by their index.

    A message may go on in the next lines, which become part of it.
    """
    numbers = {str(number): number for number in range(files)}
    return list(_verdicts(output.splitlines(), numbers))


def _verdicts(lines: list[str], numbers: dict[str, int]) -> Iterator[Verdict]:
    file, found = 0, None
    for line in lines:
        match = _FINDING.fullmatch(line)
        if match is None and line not in numbers:
            found = found and Verdict(found.file, found.severity, f"{found.message} {line.strip()}")
            continue
        if found is not None:
            yield found
        file = numbers.get(line, file)
        found = match and Verdict(file, "error" if match[1] == "error" else "warning", match[2])
    if found is not None:
        yield found
