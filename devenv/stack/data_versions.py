"""Which versions have worked on the data of a stack, and whether the declared ones can go on with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engines.packages import traits_of
from devenv.errors import DataVersionError, PrerequisiteError
from devenv.project.services import SERVICES, STAND_IN_PREFIX, TITLES
from devenv.project.versions import shipped_components
from devenv.project.visibility import VISIBILITY_STORES
from devenv.registry import AUTO
from devenv.stack.records import identity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devenv.engines.protocol import Engine, Service, StackIdentity
    from devenv.images.catalog import ImageFamily
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.project.visibility import Visibility
    from devenv.stack.dependencies import Dependencies

# The services whose version matters to data of another version.
_KEEPING_DATA = tuple(service for service in SERVICES if service.keeps_data)
_REPOSITORIES: Mapping[str, tuple[str, ...]] = {
    each.name: (each.image.repository, f"{STAND_IN_PREFIX}{each.image.stand_in}") for each in _KEEPING_DATA
}


@dataclass(frozen=True)
class VersionChange:
    """A component whose declared version is not the one that worked on the data last.

    Or, of the `kind` visibility, another store for the visibility of that data.
    """

    component: str
    before: str
    after: str
    remark: str
    """What is to be known of it, as a clause."""
    is_refused: bool = False
    kind: str = "version"

    @property
    def text(self) -> str:
        """The line that people read."""
        return f"~ {self.kind} {self.component}: {self.before} → {self.after} ({self.remark})"

    @property
    def sentence(self) -> str:
        """What `up` says when it goes on."""
        title = TITLES.get(self.component, "Visibility")
        return f"{title} goes from {self.before} to {self.after} over existing data: {self.remark}"

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
    return record.versions if traits_of(record.engine).runs_images else {}


def of_data(declared: Mapping[str, str]) -> dict[str, str]:
    """Return the declared versions of the components that keep data."""
    return {
        each.name: declared[each.image.version] for each in _KEEPING_DATA if each.image.version in declared
    }


def changes_of_versions(known: Mapping[str, str], declared: Mapping[str, str]) -> list[VersionChange]:
    """Return what would change for the data if the declared versions went on with it."""
    pairs = ((name, known.get(name), after) for name, after in of_data(declared).items())
    return [_change(name, before, after) for name, before, after in pairs if before and before != after]


def version_drift(record: StackRecord, settings: Settings, engine: Engine) -> list[VersionChange]:
    """Return the changes for a stack as it is recorded: on compose, and with data."""
    if not engine.traits.runs_images:
        return []
    changes = [
        *_change_of_visibility(record.visibility, settings.visibility),
        *changes_of_versions(known_versions(record), settings.stack_versions),
    ]
    return changes if changes and engine.has_data(identity_of(record)) else []


def check_versions(record: StackRecord | None, settings: Settings, deps: Dependencies) -> list[VersionChange]:
    """Return what the declared versions change for the data that the stack has on compose, as recorded.

    A record of an older devenv may be wrong about versions, and is not believed.

    Raises:
        DataVersionError: One of them cannot read it. Nothing was touched.
    """
    if record is None:
        return []
    engine = deps.engine(record.engine if settings.engine == AUTO else settings.engine)
    try:
        changes = version_drift(record, settings, engine)
    except PrerequisiteError:
        return []  # Docker is away: whoever chooses the engine says so
    if not record.data_versions:
        changes = [change for change in changes if change.kind == "visibility"]
    _check_allowed(changes)
    return changes


def check_versions_of_data(
    stack: StackIdentity, settings: Settings, engine: Engine, images: ImageFamily | None
) -> list[VersionChange]:
    """Do the same where no record of this devenv tells: ask what is left of containers, and the data itself.

    Raises:
        DataVersionError: As `check_versions`.
    """
    if images is None or not engine.has_data(stack):
        return []
    services = engine.services(stack)
    known = _versions_in_use(services)
    if (version := engine.database_version(stack, images.refs["postgres"])) is not None:
        known["postgres"] = version
    changes = changes_of_versions(known, settings.stack_versions)
    _check_allowed(changes)
    if not services:
        return changes
    has_index = any(each.name == "opensearch" for each in services)
    return [*changes, *_change_of_visibility("opensearch" if has_index else "postgres", settings.visibility)]


def _versions_in_use(services: Iterable[Service]) -> dict[str, str]:
    """Return the versions that the tags of images name, of services that were started."""
    found = {}
    for service in services:
        repository, _, tag = (service.image or "").rpartition(":")
        is_ours = repository in _REPOSITORIES.get(service.name, ())
        if is_ours and service.started_at is not None:
            found[service.name] = tag.partition("-")[0]
    return found


def _check_allowed(changes: Iterable[VersionChange]) -> None:
    refused = [change for change in changes if change.is_refused]
    if refused:
        reasons = [f'versions.{each.component} is "{each.after}": {each.remark}' for each in refused]
        raise DataVersionError(reasons[0], details=reasons[1:], hint=ways_out(refused))


def versions_that_ran(
    services: Iterable[Service], images: ImageFamily, declared: Mapping[str, str]
) -> dict[str, str]:
    """Return the declared versions of the services that were started from `images`: they touched the data."""
    wanted = of_data(declared)
    return {
        service.name: wanted[service.name]
        for service in services
        if service.name in wanted
        and service.started_at is not None
        # An add-on may run the service from an image of its own.
        and service.image in images.refs.values()
    }


def _change_of_visibility(before: Visibility, after: Visibility) -> list[VersionChange]:
    """Return the change to another visibility store; none is refused, because nothing is lost by it."""
    if before == after:
        return []
    remark = (
        "workflows and schedules go on, and what is listed begins anew; what was listed stays in "
        f'{VISIBILITY_STORES[before].data_place}, and `visibility = "{before}"` shows it again'
    )
    return [VersionChange("store", before, after, remark, kind="visibility")]


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


def is_newer_schema(schema: str, version: str) -> bool:
    """Tell whether `schema` is newer than that of a `version` of Temporal."""
    return bool(schema) and _schema(version) < _numbers(schema)


def _schema(version: str) -> tuple[int, ...]:
    """Return the database schema of a version of Temporal so that it compares; unknown ones come first."""
    return _numbers(_schema_text(version)) if _schema_text(version) else ()


def _schema_text(version: str) -> str:
    return shipped_components()["temporal"].schema.get(version, "")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
