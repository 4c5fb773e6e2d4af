"""A stack's profile in Temporal's own configuration file.

Its CLI reads the profile by `--profile`, and its SDKs by TEMPORAL_PROFILE. The file belongs to the user, and
`temporal config` formats all of it anew. So the profile is added at the end and cut out again, and all else
stays as it is, byte for byte; what TOML makes of the result is checked before it is written.
"""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from devenv.errors import InvalidInputError
from devenv.files.atomic import make_directory, read_if_there, remove, write_atomically
from devenv.files.strict import StrictModel
from devenv.files.text import TextError, read_bytes
from devenv.files.toml_layers import read_layer, statements
from devenv.temporal.config_file import config_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.project.access import ClientTls
    from devenv.project.state import StackStore

# Between them stands the suffix of a worktree that shares the stack and has a profile of its own.
_STATE_PREFIX, _STATE_ENDING = "profile", ".json"

_PROFILES = "profile"
_BYTE_ORDER_MARK = "\ufeff"


class WrittenProfile(StrictModel):
    """The `block` that was added to `file`, after `gap`; `is_asked` by an option, else by a setting."""

    file: str
    is_new_file: bool
    gap: str
    block: str
    is_asked: bool


def name_of(stack: str, suffix: str) -> str:
    """Return what the profile is called of a stack, or of a worktree with `suffix` that shares it."""
    return f"{stack}-{suffix}" if suffix else stack


def written_for(store: StackStore, stack: str) -> list[str]:
    """Return the suffixes that the stack has profiles of; empty is that of its own."""
    found = store.directory(stack).glob(f"{_STATE_PREFIX}*{_STATE_ENDING}")
    return sorted(
        path.name.removeprefix(_STATE_PREFIX).removesuffix(_STATE_ENDING).removeprefix("-") for path in found
    )


def written_profile(store: StackStore, stack: str, suffix: str = "") -> WrittenProfile | None:
    """Return what `write_profile` has written, None if there is nothing."""
    content = read_if_there(store.directory(stack) / _state_file(suffix))
    try:
        return None if content is None else WrittenProfile.model_validate_json(content)
    except ValidationError:
        return None


def write_profile(
    store: StackStore,
    stack: str,
    values: Mapping[str, str],
    tls: ClientTls | None = None,
    *,
    is_asked: bool,
    suffix: str = "",
) -> Path:
    """Make the file have a profile of the name of `stack` with `values`, and with or without TLS; return it.

    Raises:
        InvalidInputError: The file cannot be used, or has a profile of this name that devenv did not write.
    """
    # Of a link, the file that it leads to: people keep their configuration in a repository.
    file = config_file().resolve()
    name = name_of(stack, suffix)
    block = _block(name, values, tls)
    with store.exclusive("profiles"):
        before = written_profile(store, stack, suffix)
        if before and (before.file, before.block) == (str(file), block) and block in _text(file):
            written = before.model_copy(update={"is_asked": is_asked})
            store.write_secret(stack, _state_file(suffix), written.model_dump_json())
            return file
        _remove(store, stack, suffix, before)
        text, table = _text(file), _table(file)
        if name in _profiles(table):
            raise InvalidInputError(
                f"has a profile {name} that devenv did not write, or that was changed since",
                place=file,
                hint=f"remove it: `temporal config delete-profile --profile {name}`, then run `devenv up`",
            )
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        wanted = {**table, _PROFILES: {**_profiles(table), name: _values(name, block)}}
        if _loaded(text + gap + block) != wanted:
            raise InvalidInputError(
                "takes no table at its end: `profile` stands in it as a value",
                place=file,
                hint=f"write it as tables, [{_PROFILES}.NAME]",
            )
        written = WrittenProfile(
            file=str(file), is_new_file=not file.exists(), gap=gap, block=block, is_asked=is_asked
        )
        # First the note: a profile without one would be taken for the user's.
        store.write_secret(stack, _state_file(suffix), written.model_dump_json())
        _write(file, text + gap + block)
    return file


def remove_profile(store: StackStore, stack: str, suffix: str = "") -> None:
    """Take away the profile that `write_profile` wrote; without one it is done already.

    Raises:
        InvalidInputError: The file cannot be read, or the profile was changed since: it stays.
    """
    if (written := written_profile(store, stack, suffix)) is not None:
        with store.exclusive("profiles"):
            _remove(store, stack, suffix, written)


def _remove(store: StackStore, stack: str, suffix: str, written: WrittenProfile | None) -> None:
    if written is None:
        return
    file, name = Path(written.file), name_of(stack, suffix)
    profiles = _profiles(table := _table(file))
    if name in profiles:
        text = _text(file)
        left = _without(text, name, written)
        others = {each: profile for each, profile in profiles.items() if each != name}
        is_ours = profiles[name] == _values(name, written.block)
        if not is_ours or _comparable(_loaded(left)) != _comparable({**table, _PROFILES: others}):
            raise InvalidInputError(
                f"the profile {name} was changed since devenv wrote it, so it stays",
                place=file,
                hint=f"`temporal config delete-profile --profile {name}` removes it",
            )
        if left or not written.is_new_file:
            _write(file, left)
        else:
            remove(file)
    remove(store.directory(stack) / _state_file(suffix))


def _state_file(suffix: str) -> str:
    return name_of(_STATE_PREFIX, suffix) + _STATE_ENDING


def _without(text: str, name: str, written: WrittenProfile) -> str:
    """Return `text` without the profile: as it was added, else by its statements, whoever formatted them."""
    for added in (written.gap + written.block, written.block):
        if text.count(added) == 1:
            before, after = text.split(added)
            is_apart = not before or before.endswith("\n") or not after
            return before + after if is_apart else f"{before}\n{after}"
    return "".join(statement for path, statement in _placed(text) if path[:2] != (_PROFILES, name))


def _placed(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each statement with the path of the table that it stands in."""
    table: tuple[str, ...] = ()
    for _, statement in statements(text):
        if statement.lstrip().startswith("["):
            table = tuple(_path(tomllib.loads(statement)))
        yield table, statement


def _path(header: Any) -> Iterator[str]:
    while isinstance(header, dict) and header:
        ((key, header),) = header.items()
        yield key


def _block(profile: str, values: Mapping[str, str], tls: ClientTls | None) -> str:
    # The name of a stack is a bare key.
    head = ["# Written by devenv; `devenv down` removes it.", f"[{_PROFILES}.{profile}]"]
    secured = [f"[{_PROFILES}.{profile}.tls]", *_tls_lines(tls)]
    return "\n".join([*head, *_lines(values), "", *secured, ""])


def _tls_lines(tls: ClientTls | None) -> list[str]:
    if tls is None:
        return ["disabled = true"]
    files = {
        "server_ca_cert_path": tls.authority,
        "client_cert_path": tls.certificate,
        "client_key_path": tls.key,
    }
    return ["disabled = false", *_lines({name: file for name, file in files.items() if file})]


def _lines(values: Mapping[str, str]) -> list[str]:
    # A basic string of TOML may hold all that one of JSON does.
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]


def _values(name: str, block: str) -> Any:
    return tomllib.loads(block)[_PROFILES][name]


def _text(file: Path) -> str:
    try:
        return read_bytes(file).decode() if os.path.lexists(file) else ""
    except TextError as error:
        raise InvalidInputError(error.reason, place=file) from None
    except UnicodeDecodeError:
        raise InvalidInputError("is not UTF-8", place=file) from None


def _table(file: Path) -> dict[str, Any]:
    """Return what the file says, nothing without a file; a mistake in it is told with its line."""
    return dict(read_layer(file).table) if os.path.lexists(file) else {}


def _loaded(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except tomllib.TOMLDecodeError:
        return None


def _profiles(table: Mapping[str, Any]) -> Mapping[str, Any]:
    profiles = table.get(_PROFILES, {})
    return profiles if isinstance(profiles, dict) else {}


def _comparable(table: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return `table` with profiles even if there is none left."""
    return None if table is None else {_PROFILES: {}, **table}


def _write(file: Path, text: str) -> None:
    if not file.parent.exists():
        make_directory(file.parent, 0o700)
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o600
    write_atomically(file, text.encode(), mode)
