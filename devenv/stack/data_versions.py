"""Which versions have worked on the data of a stack, and whether the declared ones can go on with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv.engines.protocol import EngineName
from devenv.errors import DataVersionError, PrerequisiteError
from devenv.events import warn
from devenv.project.versions import shipped_components
from devenv.stack.records import identity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devenv.engines.protocol import Engine, Service, StackIdentity
    from devenv.events import Reporter
    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Settings, Versions
    from devenv.project.state import StackRecord
    from devenv.stack.toolkit import Toolkit

TITLES: Mapping[str, str] = {"postgres": "Postgres", "opensearch": "OpenSearch", "temporal": "Temporal"}
"""The components that keep data on compose, as people call them."""


@dataclass(frozen=True)
class VersionChange:
    """A component whose declared version is not the one that worked on the data last."""

    component: str
    before: str
    after: str
    remark: str
    """What is to be known of it, as a clause."""
    is_refused: bool = False

    def to_document(self) -> dict[str, Any]:
        """Return the JSON form, that of any other change."""
        return {
            "action": "update",
            "kind": "version",
            "name": self.component,
            "namespace": None,
            "before": self.before,
            "after": self.after,
            "reason": self.remark,
        }

    @property
    def text(self) -> str:
        """The line that people read."""
        return f"~ version {self.component}: {self.before} → {self.after} ({self.remark})"

    @property
    def hint(self) -> str:
        """The ways out of a refused change."""
        return ways_out([self])


def ways_out(refused: Iterable[VersionChange]) -> str:
    """Return what to do about refused changes."""
    lines = " and ".join(f'`{each.component} = "{each.before}"`' for each in refused)
    return (
        f"write {lines} below [versions] in devenv.toml, "
        "or delete the data of the stack with `devenv down --volumes`"
    )


def known_versions(record: StackRecord) -> Mapping[str, str]:
    """Return the versions that worked on the data on compose last, by component; empty if nobody knows."""
    if record.data_versions:
        return record.data_versions
    # Written by an older devenv.
    return record.versions if record.engine == EngineName.COMPOSE.value else {}


def of_data(declared: Versions) -> dict[str, str]:
    """Return the declared versions of the components that keep data."""
    versions = declared.model_dump()
    return {name: versions[name] for name in TITLES}


def changes_of_versions(known: Mapping[str, str], declared: Versions) -> list[VersionChange]:
    """Return what would change for the data if the declared versions went on with it."""
    pairs = ((name, known.get(name), after) for name, after in of_data(declared).items())
    return [_change(name, before, after) for name, before, after in pairs if before and before != after]


def version_drift(record: StackRecord, settings: Settings, engine: Engine) -> list[VersionChange]:
    """Return the changes for a stack as it is recorded: on compose, and with data."""
    if engine.name is not EngineName.COMPOSE:
        return []
    changes = changes_of_versions(known_versions(record), settings.versions)
    return changes if changes and engine.has_data(identity_of(record)) else []


def demand_versions(
    record: StackRecord | None, settings: Settings, kit: Toolkit, *, is_quiet: bool = True
) -> None:
    """Return if the declared versions can go on with the data that the stack has on compose, as recorded.

    Unless `is_quiet`, what changes without being refused is a warning.

    Raises:
        DataVersionError: A declared version cannot read it. Nothing was touched.
    """
    if record is None or (record.engine if settings.engine == "auto" else settings.engine) != "compose":
        return
    try:
        changes = version_drift(record, settings, kit.engine(EngineName.COMPOSE))
    except PrerequisiteError:
        return  # Docker is away: whoever chooses the engine says so
    _check(changes, kit.reporter, is_quiet=is_quiet)


def demand_versions_of_unrecorded(
    stack: StackIdentity, settings: Settings, chosen: Engine, images: ImageFamily, kit: Toolkit
) -> None:
    """Do the same for data that nobody remembers: ask what is left of containers, or else the data itself.

    Raises:
        DataVersionError: As `demand_versions`.
    """
    if not chosen.has_data(stack):
        return
    known = _versions_in_use(chosen.services(stack))
    if "postgres" not in known and (version := chosen.database_version(stack, images.refs["postgres"])):
        known["postgres"] = version
    _check(changes_of_versions(known, settings.versions), kit.reporter, is_quiet=False)


def _versions_in_use(services: Iterable[Service]) -> dict[str, str]:
    """Return the versions that the tags of images name, of services that were started."""
    found = {}
    for service in services:
        repository, _, tag = (service.image or "").rpartition(":")
        is_ours = repository in _REPOSITORIES.get(service.name, ())
        if is_ours and service.started_at is not None:
            found[service.name] = tag.partition("-")[0]
    return found


_REPOSITORIES: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgres", "temporal-devenv/postgres"),
    "opensearch": ("opensearchproject/opensearch", "temporal-devenv/opensearch"),
    "temporal": ("temporalio/server", "temporal-devenv/server"),
}


def _check(changes: Sequence[VersionChange], reporter: Reporter, *, is_quiet: bool) -> None:
    refused = [change for change in changes if change.is_refused]
    if refused:
        reasons = [f'versions.{each.component} is "{each.after}": {each.remark}' for each in refused]
        raise DataVersionError(reasons[0], details=reasons[1:], hint=ways_out(refused))
    for each in () if is_quiet else changes:
        title = TITLES[each.component]
        warn(reporter, f"{title} goes from {each.before} to {each.after} over existing data: {each.remark}")


def versions_that_ran(services: Iterable[Service], images: ImageFamily, declared: Versions) -> dict[str, str]:
    """Return the declared versions of the services that were started from `images`: they touched the data."""
    wanted = of_data(declared)
    return {
        service.name: wanted[service.name]
        for service in services
        if service.name in wanted
        and service.started_at is not None
        and service.image == images.refs.get(service.name)
    }


def _change(component: str, before: str, after: str) -> VersionChange:
    objection = next(_objections(component, before, after), None)
    remark = objection or _remark(component, before, after)
    return VersionChange(component, before, after, remark, is_refused=objection is not None)


def _objections(component: str, before: str, after: str) -> Iterator[str]:
    """Yield why `after` cannot go on with data of `before`."""
    old, new = _numbers(before), _numbers(after)
    title = TITLES[component]
    if component == "postgres" and old[0] != new[0]:
        yield f"{title} {after} cannot read the data of {title} {before}, which this stack has"
    if component == "opensearch" and new < old:
        yield f"{title} {after} refuses the data of the newer {title} {before}, which this stack has"
    if component == "opensearch" and new[0] - old[0] > 1:
        yield f"{title} {after} reads data of one major version before it, and this stack has {before}"
    if component == "temporal" and _schema(after) < _schema(before):
        yield (
            f"{title} {after} has the schema {_schema_text(after)}, and the data of this stack has that of "
            f"{title} {before}, {_schema_text(before)}"
        )


def _remark(component: str, before: str, after: str) -> str:
    if component == "postgres":
        return "of one major version, which reads the same data"
    if component == "opensearch":
        return "there is no way back"
    if not _schema(before):
        return "whether there is a way back is not known"
    if _schema(before) < _schema(after):
        return f"the schema becomes {_schema_text(after)}, and there is no way back"
    is_back = _numbers(after) < _numbers(before)
    return f"both have the schema {_schema_text(after)}{'' if is_back else ', so there is a way back'}"


def _schema(version: str) -> tuple[int, ...]:
    """Return the database schema of a version of Temporal so that it compares; unknown ones come first."""
    return _numbers(_schema_text(version)) if _schema_text(version) else ()


def _schema_text(version: str) -> str:
    return shipped_components()["temporal"].schema.get(version, "")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
