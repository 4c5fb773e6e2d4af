"""The add-ons that devenv ships, and what some of them need beside their folder: code.

The code of the add-on `some-name` is the module `devenv.addons.some_name`, an `AddonModule`. It is imported
when the add-on is on. A project's add-on has none: no code of a project runs in this process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from devenv.engines.protocol import Engine, StackIdentity
    from devenv.events import Reporter
    from devenv.project.access import Access
    from devenv.project.addon_toml import SettingValue
    from devenv.project.services import Ports


@dataclass(frozen=True)
class AddonContext:
    """The stack that an add-on is on in: on these `ports`, with these `settings` of the add-on.

    `own_files` is where it keeps files of the stack that only this user can read, `shared_files` those of all
    stacks of this user; neither directory need be there. `down --volumes` deletes the first.
    `places` are where devenv.toml has those that it has, by name, before and while they are launched.
    `history_shards` is how many the data has, None where nobody knows or there is none. `secrets` are those
    of all add-ons of the stack, by their variables, as far as they are made; `keep` keeps
    more of them. `on` are the names of all add-ons that are on. `users` are what seeds declare that people
    may do, as `NAMESPACE:ROLE` by name, for `prepare` alone.
    """

    stack: StackIdentity
    engine: Engine
    ports: Ports
    settings: Mapping[str, SettingValue]
    reporter: Reporter
    own_files: Path
    shared_files: Path
    places: Mapping[str, str] = field(default_factory=dict)
    history_shards: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    keep: Callable[[Mapping[str, str]], None] = lambda _: None
    on: frozenset[str] = frozenset()
    users: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def _starts(self) -> Mapping[str, datetime]:
        services = self.engine.services(self.stack)
        return {each.name: each.started_at for each in services if each.started_at is not None}

    def started_at(self, *services: str) -> datetime:
        """Return when the last of `services`, all of which have been started, was.

        What an add-on kept of an earlier run of the stack is older. The engine is asked once.
        """
        return max(self._starts[name] for name in services)

    def text(self, port: str, path: str) -> str | None:
        """Return what the add-on answers with 200 to a GET of `path` on one of its ports, else None.

        Nobody is asked unless a container of this stack publishes the port: it may be somebody else's by now.
        """
        from devenv.engines.host.web import web_text  # noqa: PLC0415 - most commands ask no page

        return web_text(f"http://{self.ports.address(port)}{path}") if self._holds(port) else None

    def put(self, port: str, path: str, text: str) -> bool:
        """Return whether the add-on answers a PUT of `text` with 200; nobody else is asked, as in `text`."""
        from devenv.engines.host.web import web_put  # noqa: PLC0415 - most commands ask no page

        return self._holds(port) and web_put(f"http://{self.ports.address(port)}{path}", text)

    def _holds(self, port: str) -> bool:
        number = self.ports[port]
        return number in self.engine.held_ports(self.stack, [number])


class AddonModule(Protocol):
    """What the module of an add-on has at its top."""

    def check(self, context: AddonContext) -> None:
        """Return if the stack can be launched with these settings; nothing was touched yet.

        Raises:
            DevenvError: It cannot.
        """

    def access(self, context: AddonContext) -> Access:
        """Return what clients of the stack need, devenv among them; its files are made by `prepare`."""

    def prepare(self, context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:
        """Return files for its containers beside those of its folder, by path; nothing is launched yet.

        `namespaces` are those that the project declares, in every worktree that shares the stack, without
        `default`: one for each of its services.

        They are at `${STACK_FILES}/addons/NAME`, for every container to read: other ones make the containers
        of the add-on anew.
        """

    def after_ready(self, context: AddonContext) -> Sequence[str]:
        """Do what needs the running stack, and return as sentences what is still missing.

        It is called again, many times a second, until nothing is missing or the timeout of `up` has passed.
        """

    def alerts(self, context: AddonContext) -> Sequence[str]:
        """Return what its services say is wrong with the stack now, as sentences for `devenv status`."""

    def before_down(self, context: AddonContext) -> None:
        """Do what must be done before the containers of the add-on are removed, which may run or not.

        That is in `down`, after `run`, in a roll-back, and when the engine changes or the add-on is switched
        off. It may be called again.

        Raises:
            DevenvError: It could not; that is a warning, and the containers are removed.
        """


@dataclass(frozen=True)
class ShippedAddons:
    """The add-ons of devenv: their folders are in `directory`, and `module_of` finds the code of one."""

    directory: Path
    module_of: Callable[[str], AddonModule | None]


def module_of(name: str) -> AddonModule | None:
    """Return the code of the add-on `name` of devenv, None if it has none."""
    module = f"{__name__}.{name.replace('-', '_')}"
    return cast("AddonModule", import_module(module)) if find_spec(module) else None
