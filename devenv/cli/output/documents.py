"""The JSON documents: one for each command, on success and on failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devenv.cli.output.formats import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.errors import DevenvError

SCHEMA_VERSION = 1


def success_document(stack: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of a command that did what it was asked."""
    return {"schema_version": SCHEMA_VERSION, "ok": True, "stack": stack, **fields}


def failure_document(stack: str | None, error: DevenvError) -> dict[str, Any]:
    """Return the document of a command that failed."""
    return {"schema_version": SCHEMA_VERSION, "ok": False, "stack": stack, **failure_fields(error)}


def failure_fields(error: DevenvError) -> dict[str, Any]:
    """Return the fields that say that a command failed; there may be an answer beside them."""
    problem = {
        "code": error.code,
        "exit_code": int(error.exit_code),
        "message": error.message,
        "details": list(error.details),
        "hint": error.hint,
    }
    return {"ok": False, "error": problem}


def print_document(document: Mapping[str, Any], output: OutputFormat) -> None:
    """Print `document` on stdout: as it is, or as the last line of an event stream."""
    if output is OutputFormat.JSONL:
        print(json_text({"event": "result", **document}), flush=True)
    else:
        print(json_text(document, indent=2), flush=True)


def json_text(document: Mapping[str, Any], indent: int | None = None) -> str:
    """Return `document` as JSON without a control character; `json` leaves one of them as it is."""
    return json.dumps(document, indent=indent).replace("\x7f", r"\u007f")
