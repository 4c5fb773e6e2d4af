"""Users, and what they may do in which namespaces.

They are no objects of the server: the add-on `login` hands them to the provider that logs them in, and the
server reads what they may do from their tokens. So nothing is observed, compared or pruned here.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from devenv.files.sentences import did_you_mean
from devenv.files.strict import LAX
from devenv.project.names import NAMESPACE_OF_THE_SERVER
from devenv.seeds.kinds.kind import Kind
from devenv.seeds.kinds.namespace import NAMESPACES
from devenv.seeds.seed_model import Key, Name, Spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from devenv.project.worktree import Names
    from devenv.seeds.changes import Change
    from devenv.seeds.importer import ImportResult, ImportSource
    from devenv.seeds.load import Declaration
    from devenv.seeds.seeds import Observed, Seeds
    from devenv.temporal.protocol import Gateway, Target

# Subcommands of `devenv login`, and who devenv, workers and tests are in histories.
_NOT_FOR_USERS = frozenset({"devenv", "service", "show", "tests"})
_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def _check_user_name(name: str) -> str:
    if not _USER_NAME.fullmatch(name):
        raise ValueError(
            f'the user name "{name}" must begin with a letter or digit and have only letters, digits, '
            "dots, dashes, `_` and `@`, at most 64 of them"
        )
    if name in _NOT_FOR_USERS:
        raise ValueError(f'no user can be called "{name}": devenv uses that name itself')
    return name


class Role(StrEnum):
    """What the server's default authorizer knows; each but the first may do all that those before it may."""

    WORKER = "worker"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class UserSpec(Spec):
    """A user, and the role in each namespace; the role in `temporal-system` holds in all of them."""

    called_here: ClassVar[dict[str, str]] = {
        "permissions": "roles",
        "namespaces": "roles",
        "username": "name",
    }

    name: Annotated[str, AfterValidator(_check_user_name)]
    roles: dict[Name, Annotated[Role, LAX]] = Field(min_length=1)

    def called(self, names: Names) -> Self:
        """Return it with the names that its namespaces have on a server which all worktrees share."""
        roles = {names.on_server(namespace): role for namespace, role in self.roles.items()}
        return self.model_copy(update={"roles": roles})

    @property
    def permissions(self) -> tuple[str, ...]:
        """What its tokens say, in the words of the server's claim mapper."""
        return tuple(f"{namespace}:{role}" for namespace, role in self.roles.items())


class Users(Kind[Any]):
    """Users of the stack; the server knows none."""

    name = "user"
    title = "user"
    section = "users"
    model = UserSpec

    def check(self, declarations: Sequence[Declaration]) -> Iterator[str]:
        declared = [each.spec.key.name for each in declarations if each.kind is NAMESPACES]
        users = [each for each in declarations if isinstance(each.spec, UserSpec)]
        yield from _alike(users)
        for declaration in users:
            assert isinstance(declaration.spec, UserSpec)
            for namespace in declaration.spec.roles:
                if ":" in namespace:
                    yield (
                        f"{declaration.place_of('roles', namespace)}: {declaration.label} cannot have a role "
                        f'in the namespace "{namespace}": in a token the name of one ends at its first colon'
                    )
                if namespace not in {*declared, NAMESPACE_OF_THE_SERVER}:
                    place, guess = declaration.place_of("roles", namespace), did_you_mean(namespace, declared)
                    yield (
                        f'{place}: {declaration.label} has a role in the namespace "{namespace}", '
                        f"which no seed declares{guess}"
                    )

    def cautions(self, declaration: Declaration) -> Iterator[str]:
        assert isinstance(declaration.spec, UserSpec)
        for namespace, role in declaration.spec.roles.items():
            if role is Role.WORKER:
                place = declaration.place_of("roles", namespace)
                yield f"{place}: the role worker may do nothing on this server: to poll, a worker needs write"

    def is_declared(self, seeds: Seeds) -> bool:
        return False

    def observe(
        self,
        gateway: Gateway,
        seeds: Seeds,
        server: Observed,
        undeclared_in: Collection[str] | None,
    ) -> Mapping[Key, Any]:
        return {}

    def changes(self, seeds: Seeds, observed: Observed) -> Iterable[Change]:
        return ()

    def target(self, changes: Sequence[Change]) -> Target:
        raise NotImplementedError(f"no server has users: {changes}")

    def import_objects(self, source: ImportSource, result: ImportResult) -> None:
        """Do nothing: no server has users."""


def _alike(users: Iterable[Declaration]) -> Iterator[str]:
    """Yield who differs from another one in upper and lower case alone, which Keycloak takes for one user."""
    first: dict[str, Declaration] = {}
    for each in users:
        name = each.spec.key.name
        other = first.setdefault(name.lower(), each).spec.key.name
        if other != name:
            yield f"{each.place_of('name')}: {each.label} has the name of the user {other} but for its case"


USERS = Users()
