"""Reads overlays as text: checks them before Docker Compose does, and writes the text that Compose gets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from devenv.errors import OverlayInvalidError
from devenv.files.text import TextError, read_text
from devenv.files.yaml_documents import read_yaml
from devenv.overlays.model import printable
from devenv.overlays.paths import file_type, first_symlink

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from devenv.errors import CommandFailedError
    from devenv.files.yaml_documents import Document, KeyPath


RESET = "!reset"
# Plain scalars that mean the same in flow style.
_PLAIN = re.compile(r"[-+.\w~]+(?: [-+.:\w]+)*", re.ASCII)
# Characters that JSON allows, and that YAML treats as line breaks or rejects.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def to_compose(document: Document, replaced: Mapping[KeyPath, object]) -> str:
    """Return the document as YAML in flow style, with the values of `replaced` at their places.

    Compose reads exactly what was checked: there are no comments, anchors or line breaks, on which two YAML
    parsers may differ.
    """
    return _flow(document, document.data, (), replaced)


def _flow(document: Document, value: Any, at: KeyPath, replaced: Mapping[KeyPath, object]) -> str:
    tag = document.tags.get(at)
    if tag == RESET:
        return f"{RESET} null"  # the value under it means nothing
    prefix = f"{tag} " if tag else ""
    if at in replaced:
        return prefix + _quoted(replaced[at])
    if isinstance(value, dict):
        items = (f"{_key(key)}: {_flow(document, item, (*at, key), replaced)}" for key, item in value.items())
        return f"{prefix}{{{', '.join(items)}}}"
    if isinstance(value, list):
        entries = (_flow(document, item, (*at, index), replaced) for index, item in enumerate(value))
        return f"{prefix}[{', '.join(entries)}]"
    return prefix + _scalar(value, document.written.get(at))


def _key(key: object) -> str:
    return _quoted(key if isinstance(key, str) else json.dumps(key, default=str))


def _scalar(value: object, written: str | None) -> str:
    if written is not None and _PLAIN.fullmatch(written):
        return written
    return _quoted(value)


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# Tags by which an overlay replaces or removes a value of the stack file.
COMPOSE_TAGS = frozenset({"!override", RESET})
SECTIONS = ("services", "networks", "volumes", "configs", "secrets")
VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The directory in which Compose finds the files of `attached`.
ATTACHED = "/~attached"
# Sections of a service in which a name without a value is a variable of the shell.
PASSING_ON = ("environment", "args")
# What Compose would read or fetch while it parses the file, or run on the host.
REFUSED_IN_FILE = {
    "include": (
        "include brings in other files",
        "name each file in `[compose]` of devenv.toml or addon.toml",
    ),
    "name": (
        "the name of a stack is devenv's",
        "take the line out, or choose one with `devenv up --stack NAME`",
    ),
}
REFUSED_IN_SERVICE = {
    "provider": ("provider runs a program on this machine", "run the program yourself, before `devenv up`"),
    "label_file": ("label_file reads another file", "write them under `labels`"),
}


@dataclass(frozen=True)
class OverlayFile:
    """One overlay: `name` as devenv.toml has it, its own text, and the text that Compose gets.

    `env_files` are the files it names in `env_file`, with their text, `env_file_users` the places that name
    them, and `attached` the same texts by the name that a copy has below `ATTACHED` in `compose_text`.
    `variables` are the variables that it names, with a place of each.
    """

    name: str
    document: Document
    source_text: str
    compose_text: str
    env_files: Mapping[str, str]
    env_file_users: Mapping[KeyPath, str]
    attached: Mapping[str, str]
    variables: Mapping[str, KeyPath]


def read_overlays(
    root: Path, paths: Sequence[Path], *, follows_links: bool = False
) -> tuple[OverlayFile, ...]:
    """Read the overlays, which `paths` names relative to the project's `root`.

    With `follows_links` they may be links to other places: an installer makes such of devenv's own files.

    Raises:
        OverlayInvalidError: One is missing, lies outside, is no Compose file, or brings in others.
    """
    for real in ((root / path).resolve() for path in paths):
        if not (follows_links or real.is_relative_to(root)):
            raise OverlayInvalidError("the file lies outside the project", place=real)
    return tuple(_read(root, path, number) for number, path in enumerate(paths))


def _read(root: Path, path: Path, number: int) -> OverlayFile:
    real = (root / path).resolve()
    document = read_yaml(real, OverlayInvalidError, tags=COMPOSE_TAGS)
    _check_shape(document)
    users: dict[KeyPath, str] = {}
    contents: dict[str, str] = {}
    for at, named in _env_files(document):
        name = users[at] = str(named)
        contents[name] = _env_file_text(root, document, at, named)
    attached = {name: f"{ATTACHED}/{number}-{index}.env" for index, name in enumerate(contents)}
    replaced: dict[KeyPath, object] = {at: attached[name] for at, name in users.items()}
    return OverlayFile(
        name=str(path),
        document=document,
        source_text=read_text(real),
        compose_text=to_compose(document, replaced),
        env_files=contents,
        env_file_users=users,
        attached={PurePosixPath(attached[name]).name: text for name, text in contents.items()},
        variables=dict(_variables(document.data, ())),
    )


def _check_shape(document: Document) -> None:
    if not isinstance(document.data, dict):
        place = document.place(())
        raise OverlayInvalidError("a Compose file holds services, volumes or networks", place=place)
    for key, (reason, hint) in REFUSED_IN_FILE.items():
        if key in document.data:
            raise OverlayInvalidError(reason, place=document.place((key,)), hint=hint)
    for section in SECTIONS:
        if not isinstance(document.data.get(section) or {}, dict) and (section,) not in document.tags:
            place = document.place((section,))
            raise OverlayInvalidError(f"{section} must map names to settings", place=place)
    for name, service in _services(document):
        _check_service(document, name, service)


def _services(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    services = document.data.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        if isinstance(service, dict):
            yield name, service


def _check_service(document: Document, name: str, service: dict[str, Any]) -> None:
    for key, (reason, hint) in REFUSED_IN_SERVICE.items():
        if key in service:
            raise OverlayInvalidError(reason, place=document.place(("services", name, key)), hint=hint)
    extends = service.get("extends")
    if isinstance(extends, dict) and "file" in extends:
        raise OverlayInvalidError(
            "extends brings in another file",
            place=document.place(("services", name, "extends", "file")),
            hint="write the service in this file; `extends` with a service of the same file is fine",
        )


def _env_files(document: Document) -> Iterator[tuple[KeyPath, object]]:
    """Yield every file that a service reads its environment from, and where it is named."""
    for service, settings in _services(document):
        at: KeyPath = ("services", service, "env_file")
        named = settings.get("env_file")
        if named is None or document.tags.get(at) == RESET:
            continue
        is_list = isinstance(named, list)
        entries = [((*at, index), entry) for index, entry in enumerate(named)] if is_list else [(at, named)]
        for place, entry in entries:
            yield ((*place, "path"), entry.get("path")) if isinstance(entry, dict) else (place, entry)


def _env_file_text(root: Path, document: Document, at: KeyPath, name: object) -> str:
    """Return the text of an env file of the project."""

    def refusal(reason: str) -> OverlayInvalidError:
        return OverlayInvalidError(
            f"env_file {reason}",
            place=document.place(at),
            hint="name a file of the project, or write the variables under `environment`",
        )

    if not isinstance(name, str) or "$" in name:
        raise refusal("must be a path without variables")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or name.startswith("~"):
        raise refusal("reads a file outside the project")
    source = str(root / path)
    link = first_symlink(root, source)
    if link is not None:
        raise refusal(f"leads through the symbolic link {printable(link)}")
    if file_type(source) is None:
        raise refusal(f"names {printable(name)}, which is not there")
    try:
        return read_text(root / path, inside=root)
    except TextError as cause:
        raise refusal(f"names {printable(name)}, which {cause.reason}") from None


def _variables(value: object, at: KeyPath) -> Iterator[tuple[str, KeyPath]]:
    """Yield the variables that Compose would fill in, or pass on to a container; the last of a name wins."""
    if isinstance(value, dict):
        for key, item in value.items():
            below = (*at, key)
            if item is None and at and at[-1] in PASSING_ON and VARIABLE_NAME.fullmatch(str(key)):
                yield str(key), below
            yield from _variables(item, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            below = (*at, index)
            if at and at[-1] in PASSING_ON and isinstance(item, str) and VARIABLE_NAME.fullmatch(item):
                yield item, below
            yield from _variables(item, below)
    elif isinstance(value, str):
        for name in VARIABLE.findall(value.replace("$$", "")):
            yield name, at


# `services.redis.ports`, or the service of `service "redis" …`.
KEY = re.compile(rf"\b(?:{'|'.join(SECTIONS)})(?:\.[\w-]+)+")
SERVICE = re.compile(r'\bservice "?([\w.-]+)"?')


def to_overlay_error(error: CommandFailedError, files: Sequence[OverlayFile]) -> OverlayInvalidError:
    """Return the error for what Docker Compose says about an overlay, with its place in the overlay."""
    said = " ".join(line.strip() for line in error.details) or "no reason is given"
    for file in files:
        said = said.replace(f"validating {file.name}: ", "")
    return OverlayInvalidError(
        f"Docker Compose cannot use it: {said}",
        place=_place_of_message(said, files),
        hint="correct the file; the Compose file reference says what each key takes",
    )


def _place_of_message(said: str, files: Sequence[OverlayFile]) -> str:
    """Return the place of the key that the message names, or else the names of the overlays."""
    named: list[KeyPath] = [tuple(found.split(".")) for found in KEY.findall(said)]
    named += [("services", name) for name in SERVICE.findall(said)]
    for path in named:
        for length in range(len(path), 1, -1):
            for file in reversed(files):
                if path[:length] in file.document.positions:
                    return file.document.place(path[:length])
    return ", ".join(file.name for file in files)
