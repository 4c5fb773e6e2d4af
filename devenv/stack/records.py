"""Stacks as they are remembered."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.protocol import StackIdentity, Web
from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.registry import ENGINES
from devenv.stack.report import Endpoints, Page

if TYPE_CHECKING:
    from devenv.engines.protocol import Engine
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies


def identity_of(record: StackRecord) -> StackIdentity:
    """Return which stack `record` is about."""
    return StackIdentity(record.name, Path(record.project), record.owner)


def web_of(record: StackRecord) -> Web:
    """Return how its Web UI and its HTTP API are served."""
    return Web(**record.web.model_dump())


def pages_of(record: StackRecord, endpoints: Endpoints) -> list[Page]:
    """Return the web pages of the stack: the Web UI, and those of its add-ons."""
    of_addons = [
        Page(page.name, page.title, f"http://{record.ports.address(page.name)}{page.path.removesuffix('/')}")
        for addon in record.addons
        for page in addon.pages
    ]
    return [Page("ui", "Web UI", endpoints.ui), *of_addons]


def endpoints_of(record: StackRecord, engine: Engine) -> Endpoints:
    """Return where the stack answers."""
    ports, web = record.ports, web_of(record)
    internal = engine.internal_address(ports)
    return Endpoints(ports, internal, ui_path=web.ui_path, http_port=engine.http_port(ports, web))


def stacks_on_engines(deps: Dependencies) -> dict[str, tuple[str, str]]:
    """Return the project and the engine of each stack, by name, that an engine itself can tell of."""
    found: dict[str, tuple[str, str]] = {}
    for name in ENGINES:
        with suppress(PrerequisiteError):
            told = deps.engine(name).stacks(deps.owner)
            found |= {stack: (project, name) for stack, project in told.items() if stack not in found}
    return found


def readable_records(deps: Dependencies) -> list[StackRecord]:
    """Return the records of all stacks; one that is damaged is told of, and stands in nobody else's way."""
    records = []
    for name in deps.store.names():
        try:
            record = deps.store.load(name)
        except DevenvError as error:
            warn(deps.reporter, f"{error.message}; {error.hint}")
        else:
            records += [record] if record is not None else []
    return records
