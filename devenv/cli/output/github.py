"""What GitHub Actions reads of a step's output: groups, errors as annotations, and the summary of the step.

The runner looks for its commands in both streams of a step alike, so ours go to stderr:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.cli.output.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

# GitHub takes no summary of more than 1 MiB from one step.
SUMMARY_LIMIT_BYTES = 1024 * 1024


def is_github_actions() -> bool:
    """Whether this is a step of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def group(title: str, *, is_on: bool) -> Iterator[None]:
    """Have what is printed on stderr meanwhile folded below `title`."""
    if not is_on:
        yield
        return
    _say(f"::group::{data(title)}")
    try:
        yield
    finally:
        _say("::endgroup::")


def annotate(title: str, message: str) -> None:
    """Show an error on the page of the run."""
    _say(f"::error title={value(title)}::{data(message)}")


def add_to_summary(markdown: str) -> str | None:
    """Add to the summary of the step; return why it could not be, None when it was."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return None
    path, text = Path(name), markdown.encode(errors="replace")
    try:
        used = path.stat().st_size if path.exists() else 0
        if used + len(text) > SUMMARY_LIMIT_BYTES:
            return "GitHub takes no more than 1 MiB from one step"
        with path.open("ab") as file:
            file.write(text)
    except OSError as error:
        return error.strerror or str(error)
    return None


def data(text: str) -> str:
    """Return `text` so that it is the message of a workflow command, with all of its lines."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def value(text: str) -> str:
    """Return `text` so that it is the value of a property of a workflow command."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def _say(command: str) -> None:
    print(command, file=sys.stderr, flush=True)
