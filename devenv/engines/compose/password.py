"""The database password of a stack: made once, because a database keeps the first one it was given."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Protocol

from devenv.errors import PasswordLostError, PasswordRefusedError, ServiceCrashedError
from devenv.events import warn
from devenv.files.atomic import explained

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.protocol import StackIdentity
    from devenv.errors import DevenvError
    from devenv.events import Reporter
    from devenv.project.state import StackStore

PASSWORD_FILE = "postgres-password"  # noqa: S105  the name of the file
ENV_FILE = "stack.env"
VARIABLE = "POSTGRES_PASSWORD"
DATABASE = "postgres"

_IN_ENV_FILE = re.compile(rf"^{VARIABLE}='(.+)'$", re.MULTILINE)
_REFUSED = "password authentication failed"


class Database(Protocol):
    """The engine whose volumes have the database; it is asked only where the password is lost."""

    def has_data(self, stack: StackIdentity) -> bool:
        """Whether data of this stack is kept."""

    def environment(self, stack: StackIdentity, service: str) -> Mapping[str, str]:
        """Return the variables that the container of `service` was made with; empty where there is none."""


def password_of(stack: StackIdentity, store: StackStore) -> str:
    """Return the password of the stack, which is made where there is none."""
    password = _read(password_file(stack, store))
    if not password:
        password = secrets.token_urlsafe(24)
        store.write_secret(stack.name, PASSWORD_FILE, password)
    return password


def restore_password(stack: StackIdentity, engine: Database, store: StackStore, reporter: Reporter) -> None:
    """Return if the password is there of the data that `engine` has; one that got lost is taken back.

    It is also in the file that the last `up` wrote for Compose, and in the environment of the container.

    Raises:
        PasswordLostError: It is nowhere; a new one would open nothing.
    """
    path = password_file(stack, store)
    if _read(path) or not engine.has_data(stack):
        return
    places = {
        str(path.with_name(ENV_FILE)): _in_env_file(path.with_name(ENV_FILE)),
        f"the container of {DATABASE}": engine.environment(stack, DATABASE).get(VARIABLE, ""),
    }
    found = next(((place, password) for place, password in places.items() if password), None)
    if found is None:
        raise PasswordLostError(str(path), list(places))
    store.write_secret(stack.name, PASSWORD_FILE, found[1])
    warn(reporter, f"the password of the database was not in {path}; it was taken back from {found[0]}")


def explain_refusal(error: DevenvError, stack: StackIdentity, store: StackStore) -> DevenvError:
    """Return `error`, or what it means if a service ended because the database refused the password."""
    is_refused = isinstance(error, ServiceCrashedError) and any(_REFUSED in line for line in error.details)
    return PasswordRefusedError(str(password_file(stack, store)), error.message) if is_refused else error


def was_on_compose(stack: StackIdentity, store: StackStore) -> bool:
    """Whether the password is there of a database that the stack has or had in its volumes."""
    return password_file(stack, store).exists()


def known_passwords(stack: StackIdentity, store: StackStore) -> list[str]:
    """Return the password of the stack; nothing where there is none."""
    password = _read(password_file(stack, store))
    return [password] if password else []


def forget_password(stack: StackIdentity, store: StackStore) -> None:
    """Delete the password of a database that is gone."""
    password_file(stack, store).unlink(missing_ok=True)


def password_file(stack: StackIdentity, store: StackStore) -> Path:
    """Return where the password is kept."""
    return store.directory(stack.name) / PASSWORD_FILE


def _read(path: Path) -> str:
    with explained("read", path):
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.exists() else ""


def _in_env_file(path: Path) -> str:
    match = _IN_ENV_FILE.search(_read(path))
    return match[1] if match else ""
