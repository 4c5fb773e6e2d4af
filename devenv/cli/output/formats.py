"""The output formats, and which one was asked for."""

from __future__ import annotations

from enum import StrEnum

TYPE_CHECKING = False  # as in `entry`
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class OutputFormat(StrEnum):
    """What stdout carries."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


OUTPUT_VARIABLE = "TEMPORAL_DEVENV_OUTPUT"


def requested_format(arguments: Sequence[str], environ: Mapping[str, str]) -> OutputFormat:
    """Return the format a command line asks for, even one that cannot be parsed.

    A usage error is found before the options are known, and has to be told in the right format all the same.
    """
    asked = environ.get(OUTPUT_VARIABLE, "")
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument in {"-o", "--output"}:
            asked = "".join(arguments[index + 1 : index + 2])
        elif argument.startswith("--output="):
            asked = argument.removeprefix("--output=")
        elif argument.startswith("-o"):
            asked = argument.removeprefix("-o")
    return OutputFormat(asked) if asked in set(OutputFormat) else OutputFormat.TEXT
