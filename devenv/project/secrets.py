"""Secrets of add-ons: random texts, made once for each stack and kept as long as its data is."""

from __future__ import annotations

import json
import secrets
import stat
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from devenv.errors import SecretsDamagedError, SecretsReadableError
from devenv.files.atomic import read_if_there

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devenv.project.state import StackStore

FILE = "addon-secrets.json"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SECRETS = TypeAdapter(dict[str, str])
_BYTES = 24


def secrets_of(stack: str, variables: Iterable[str], store: StackStore) -> dict[str, str]:
    """Return the secrets of the stack that add-ons call `variables`; what there is not yet is made.

    Raises:
        SecretsDamagedError: What was kept cannot be read.
    """
    wanted = list(variables)
    if not wanted:
        return {}
    kept = known_secrets(stack, store)
    kept |= {name: secrets.token_hex(_BYTES) for name in wanted if name not in kept}
    # Written in any case: others who could read the file cannot from now on.
    store.write_secret(stack, FILE, _SECRETS.dump_json(kept).decode())
    return {name: kept[name] for name in wanted}


def keep_secrets(stack: str, store: StackStore, texts: Mapping[str, str]) -> None:
    """Keep secrets that code of an add-on has made, by their variables, in place of earlier ones."""
    known = known_secrets(stack, store)
    if (kept := {**known, **texts}) != known:
        store.write_secret(stack, FILE, _SECRETS.dump_json(kept).decode())


def check_private(stack: str, store: StackStore) -> None:
    """Return if nobody but this user can read the secrets of the stack.

    Raises:
        SecretsReadableError: Others on this machine can.
    """
    path = store.directory(stack) / FILE
    if path.exists() and path.stat().st_mode & _OTHERS:
        raise SecretsReadableError(str(path))


def known_secrets(stack: str, store: StackStore) -> dict[str, str]:
    """Return all secrets that are kept of the stack, by their variables.

    Raises:
        SecretsDamagedError: They cannot be read.
    """
    path = store.directory(stack) / FILE
    try:
        return _SECRETS.validate_json(read_if_there(path) or b"{}")
    except ValidationError:
        raise SecretsDamagedError(str(path)) from None


def texts_to_mask(stack: str, store: StackStore) -> list[str]:
    """Return what of the secrets must be shown to nobody: each whole, and the texts that it is made of.

    Raises:
        SecretsDamagedError: They cannot be read.
    """
    known = known_secrets(stack, store).values()
    return list(dict.fromkeys(text for secret in known for text in (secret, *_parts(secret)) if text))


def _parts(secret: str) -> Iterator[str]:
    """Yield the texts of a secret that is an object of texts, or the lines of a key in PEM.

    Other JSON is a document whose texts are names, too, as that of a realm: it is a secret as a whole.
    """
    lines = secret.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if not line.startswith("-----"))
    try:
        document = json.loads(secret)
    except ValueError:
        return
    if isinstance(document, dict) and all(isinstance(value, str) for value in document.values()):
        yield from document.values()


def readable_secrets(stack: str, store: StackStore) -> dict[str, str]:
    """Do as `known_secrets`, for who only looks or removes: damaged ones, which `up` refuses, are none."""
    try:
        return known_secrets(stack, store)
    except SecretsDamagedError:
        return {}


def forget_secrets(stack: str, store: StackStore) -> None:
    """Delete the secrets of a stack whose data is gone."""
    store.remove_secret(stack, FILE)
