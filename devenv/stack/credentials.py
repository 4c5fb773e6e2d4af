"""With what devenv itself, tests and users connect to a stack, whose server may ask for a token.

devenv signs them itself, and needs the provider for none: a stack is reached also while that does not run.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from devenv.addons.login import SETTINGS_FILE, lifetime_in
from devenv.addons.login.accounts import KEY, TOKEN, new_password, passwords_in, with_password
from devenv.addons.login.tokens import DEVENV, PERMISSIONS, TESTS, Account, is_key, read, service, sign
from devenv.errors import NoLoginError, NotRunningError, SecretsDamagedError, UnknownUserError
from devenv.files.atomic import read_if_there
from devenv.files.sentences import did_you_mean
from devenv.project.access import Credentials
from devenv.project.names import NAMESPACE_OF_THE_SERVER
from devenv.project.secrets import FILE, check_private, keep_secrets, known_secrets
from devenv.seeds.kinds.user import UserSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.project.access import Access
    from devenv.project.state import StackRecord, StackStore
    from devenv.seeds.seeds import Seeds
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Stack

# Of devenv's own, which it gives to nobody but programs that it runs: as long as one of these may go on.
OWN_LIFETIME = timedelta(days=1)


def own_credentials(record: StackRecord, deps: Dependencies) -> Credentials:
    """Return with what devenv connects to the stack, where it may do everything."""
    return Credentials(record.access.tls, own_key(record, deps))


def own_key(record: StackRecord, deps: Dependencies) -> str | None:
    """Return a token with which devenv may do everything, None where the server asks for none."""
    return signed(record, deps, DEVENV, OWN_LIFETIME)


def key_of_tests(record: StackRecord, deps: Dependencies) -> str | None:
    """Return a token for tests, which may write in every namespace, also in those made for them."""
    return signed(record, deps, TESTS, OWN_LIFETIME)


def key_of_user(stack: Stack, desired: Desired, user: str) -> tuple[str, str]:
    """Return a token of a declared user, and the namespace that the user works in.

    Raises:
        NoLoginError: The stack asks nobody for one.
        UnknownUserError: No seed declares the user.
    """
    record = _with_login(stack)
    users = {spec.name: spec for spec in desired.seeds.of(UserSpec)}
    if user not in users:
        raise UnknownUserError(
            user,
            did_you_mean(user, list(users)),
            list(users),
            hint="declare it below seeds/: `users: [{name: …, roles: {NAMESPACE: write}}]`",
        )
    spec = users[user]
    settings = next(addon.settings for addon in record.addons if addon.access.login)
    token = signed(record, stack.deps, Account(user, spec.permissions), lifetime_in(settings))
    return token or "", _namespace_of(spec, desired.namespace)


def _namespace_of(spec: UserSpec, usual: str) -> str:
    if usual in spec.roles or NAMESPACE_OF_THE_SERVER in spec.roles:
        return usual
    return next(iter(spec.roles))


def password_of_user(stack: Stack, user: str, *, is_new: bool = False) -> str:
    """Return the password by which `user` logs in to the Web UI; with `is_new` it is another one from now on.

    Raises:
        NoLoginError: The stack asks nobody for one.
        UnknownUserError: The last `up` knew no such user.
    """
    _with_login(stack)
    store = stack.deps.store
    check_private(stack.name, store)
    known = known_secrets(stack.name, store)
    passwords = passwords_in(known)
    if user not in passwords:
        hint = "a user that seeds declare gets a password with the next `devenv up`"
        raise UnknownUserError(user, did_you_mean(user, list(passwords)), list(passwords), hint=hint)
    if not is_new:
        return passwords[user]
    password = new_password()
    keep_secrets(stack.name, store, with_password(known, user, password))
    return password


def unasked_users(seeds: Seeds, access: Access) -> list[str]:
    """Return in one sentence that a stack asks nobody who it is, though `seeds` declare users."""
    names = [spec.name for spec in seeds.of(UserSpec)]
    if not names or access.login is not None:
        return []
    who = f"the user {names[0]} is" if len(names) == 1 else f"the users {', '.join(names)} are"
    return [f"{who} declared, and nobody is asked for a login: `devenv up --with login`"]


def users_to_tell(record: StackRecord, declared: Mapping[str, Sequence[str]], store: StackStore) -> list[str]:
    """Return the users whom the provider of the stack knows otherwise than they are `declared`."""
    if record.access.login is None:
        return []
    content = read_if_there(store.mounts(record.name) / SETTINGS_FILE) or b"{}"
    known = json.loads(content).get("permissions", {})
    return [name for name in {**known, **declared} if known.get(name) != list(declared.get(name, ()))]


def namespaces_to_tell(record: StackRecord, declared: Sequence[str], store: StackStore) -> list[str]:
    """Return the `declared` namespaces in which the token of workers lets nobody write."""
    if record.access.login is None:
        return []
    known = known_secrets(record.name, store)
    permissions = read(known.get(KEY, ""), known.get(TOKEN, "")).get(PERMISSIONS, [])
    return [name for name in declared if not set(service([name]).permissions) <= set(permissions)]


def _with_login(stack: Stack) -> StackRecord:
    record = stack.record
    if record is None:
        raise NotRunningError(stack.name)
    if record.access.login is None:
        raise NoLoginError(stack.name)
    return record


def signed(record: StackRecord, deps: Dependencies, account: Account, lifetime: timedelta) -> str | None:
    """Return a token of `account`, None where the server asks for none.

    Raises:
        SecretsDamagedError: The key that signs is lost.
        SecretsReadableError: Others than this user may know it.
    """
    login = record.access.login
    if login is None:
        return None
    check_private(record.name, deps.store)

    key = known_secrets(record.name, deps.store).get(KEY, "")
    if not is_key(key):
        raise SecretsDamagedError(str(deps.store.directory(record.name) / FILE))
    return sign(key, login.issuer, account, lifetime)
