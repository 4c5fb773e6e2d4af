"""What the server itself says about dynamic config, as findings at the places of the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devenv.dynamicconfig.findings import Code, Finding
from devenv.dynamicconfig.load import parse_text_alone
from devenv.dynamicconfig.render import render
from devenv.dynamicconfig.verdict import parse_verdicts
from devenv.files.text import TextError, display_path, read_text
from devenv.images.choice import choose_images, find_images

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from devenv.dynamicconfig.model import DynamicConfig
    from devenv.dynamicconfig.verdict import Verdict
    from devenv.engines.protocol import ServerValidator
    from devenv.images.catalog import Kind
    from devenv.images.store import ImageStore

Place = tuple[str, int, int]
_CODES = {"error": Code.SERVER_ERROR, "warning": Code.SERVER_WARNING}


@dataclass(frozen=True)
class Source:
    """What the server is asked about: `content`, as it would read it, and where its keys were written.

    `name` is where a finding is placed whose key is nowhere; a line counts only if `has_own_lines`.
    """

    name: str
    content: bytes
    keys: Mapping[str, Place] = field(default_factory=dict)
    has_own_lines: bool = True


def source_of_file(path: Path) -> Source | None:
    """Return a file in server form; None if nobody could read it, which lint says."""
    try:
        text = read_text(path)
    except TextError:
        return None
    parsed = parse_text_alone(text, display_path(path))
    keys = {item.key.lower(): (parsed.source, *item.at) for item in reversed(parsed.items)}
    return Source(parsed.source, text.encode(), keys)


def source_of_config(config: DynamicConfig, name: str) -> Source:
    """Return the file that a project's layers become, its keys at the places of the layers' files."""
    keys = {entry.key.lower(): _to_place(entry.place) for entry in reversed(config.entries)}
    return Source(name, render(config).encode(), keys, has_own_lines=False)


def server_image(versions: Mapping[str, str], recorded: Kind | None, store: ImageStore) -> str:
    """Return the server's image, of the family that the stack has, or else of one that is local.

    Raises:
        ImageUnavailableError: There is none.
    """
    choice = choose_images(find_images(versions, store), recorded=recorded, offline=True)
    return choice.family.refs["temporal"]


def ask_server(sources: Sequence[Source], image: str, validator: ServerValidator) -> list[Finding]:
    """Return what the server in `image` finds in `sources`; its severity is in the code.

    Raises:
        CommandFailedError: It could not be asked.
    """
    output = validator.validate(image, [source.content for source in sources])
    verdicts = parse_verdicts(output, len(sources))
    return [_to_finding(verdict, sources[verdict.file]) for verdict in verdicts]


def _to_finding(verdict: Verdict, source: Source) -> Finding:
    line = verdict.line if source.has_own_lines and verdict.line else 1
    file, line, column = source.keys.get(verdict.key or "", (source.name, line, 1))
    message = f"the server says: {verdict.message}"
    return Finding.at(_CODES[verdict.severity], file, (line, column), message, verdict.key, None)


def _to_place(place: str) -> Place:
    file, line, column = place.rsplit(":", 2)
    return file, int(line), int(column)
