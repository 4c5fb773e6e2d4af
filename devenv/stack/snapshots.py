"""Snapshots: data of stacks is saved by name, or by devenv itself before it would be lost or changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.engines.protocol import DYNAMIC_CONFIG_FILE
from devenv.errors import AutomaticSnapshotFailedError, DevenvError, NoDataError
from devenv.events import warn
from devenv.files.atomic import read_if_there, write_atomically
from devenv.images.catalog import official_family, stand_in_family
from devenv.project.locate import find_project
from devenv.project.settings import load_settings
from devenv.project.snapshots import Manifest
from devenv.project.versions import embedded_server_version, shipped_components
from devenv.stack.config_delivery import STATE_FILE
from devenv.stack.data_versions import known_versions
from devenv.stack.interrupted import Copying, noted
from devenv.stack.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devenv.engines.copying import SavedData
    from devenv.engines.protocol import Engine
    from devenv.project.snapshots import Snapshot, SnapshotStore
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.stack import Stack

KEPT = 3
"""How many automatic snapshots of a stack are kept."""
STEP = "snapshot"
DECLARED_FILE = "declared.json"
OBJECT_STORE = "object-store"
"""The add-on whose data is most likely to be missed: it is in a volume that no snapshot has."""
_MEGABYTE = 1_000_000


def save_snapshot(stack: Stack, name: str) -> Snapshot:
    """Save the data of `stack`, which may run, as the snapshot `name`.

    Raises:
        SnapshotExistsError: One has that name.
        NoDataError: The stack never was ready, or its data was deleted.
        DevenvError: It cannot be copied. Nothing of it is left, and the stack runs on.
    """
    snapshots = stack.deps.store.snapshots
    snapshots.check_free(name)
    with stack.lock():
        record = stack.record
        engine = stack.deps.engine(record.engine) if record is not None else None
        if record is None or engine is None or not engine.has_data(stack.identity):
            raise NoDataError(stack.name)
        stack.check_not_elsewhere(engine)
        return _save(stack, record, engine, name)


def save_automatically(stack: Stack, record: StackRecord | None, engine: Engine, reason: str) -> str | None:
    """Save what `engine` has of `stack` before what `reason` says, and keep the last few of such snapshots.

    Return its name. A stack that never was ready has nothing worth it: then there is none.

    Raises:
        AutomaticSnapshotFailedError: The data is as it was.
    """
    if record is None or record.proof is None or not engine.has_data(stack.identity):
        return None
    snapshots = stack.deps.store.snapshots
    try:
        saved = _save(stack, record, engine, _free_name(stack.name, snapshots), reason)
    except DevenvError as error:
        raise AutomaticSnapshotFailedError(reason, error) from error
    for old in _automatic(stack.name, stack.deps)[:-KEPT]:
        try:
            snapshots.remove(old)
        except DevenvError as error:
            warn(stack.deps.reporter, f"an old automatic snapshot stays: {error.message}")
    return saved.name


def _save(stack: Stack, record: StackRecord, engine: Engine, name: str, reason: str = "") -> Snapshot:
    deps, identity = stack.deps, stack.identity
    snapshots = deps.store.snapshots
    image = database_image(stack, record, engine)
    with Progress(deps.reporter, deps.clock).step(STEP) as step:
        if reason:
            step.waiting(f"saving the data before {reason}, which `--no-snapshot` leaves out")
        try:
            with noted(Copying(engine=engine.name, image=image), identity, deps):
                directory = snapshots.begin(stack.name)
                saved = engine.save_data(identity, directory, image)
            _write_declared(stack, directory)
            snapshot = snapshots.complete(_manifest(stack, record, engine, saved, name, reason))
        except BaseException:
            snapshots.discard(stack.name)
            raise
        held = f", the server was held for {saved.held_s:.1f} s" if saved.held_s else ""
        why = f"before {reason}, which `--no-snapshot` leaves out: " if reason else ""
        lacks = f", without the objects of the add-on {OBJECT_STORE}" if _has_objects(record) else ""
        step.outcome = f"{why}{name}, {size_text(snapshot.manifest.size)}{held}{lacks}"
    return snapshot


def _has_objects(record: StackRecord) -> bool:
    return any(addon.name == OBJECT_STORE for addon in record.addons)


def size_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / _MEGABYTE:.1f} MB"


def database_image(stack: Stack, record: StackRecord, engine: Engine) -> str | None:
    """Return the image of the stack's database, which is local where the stack ever ran; None without one."""
    if not engine.traits.runs_images:
        return None
    used = (each.image for each in engine.services(stack.identity) if each.name == "postgres")
    family = official_family if record.image_family == "official" else stand_in_family
    return next(used, None) or family(record.versions).refs["postgres"]


def _manifest(
    stack: Stack, record: StackRecord, engine: Engine, saved: SavedData, name: str, reason: str
) -> Manifest:
    is_here = record.engine == engine.name
    versions = known_versions(record) if engine.traits.runs_images else saved.versions
    server = versions.get("temporal", "")
    if not engine.traits.runs_images and versions.get("cli") == shipped_components()["cli"].default:
        server = embedded_server_version()
    return Manifest(
        name=name,
        stack=stack.name,
        project=record.project,
        engine=engine.name,
        created_at=datetime.now(UTC),
        automatic=reason,
        image_family=record.image_family if engine.traits.runs_images else None,
        versions=dict(versions),
        server_version=server,
        database_schema=shipped_components()["temporal"].schema.get(versions.get("temporal", ""), ""),
        visibility=engine.traits.visibility or record.visibility,
        namespaces=record.proof.namespaces if record.proof and is_here else (),
        parts={},
    )


def _write_declared(stack: Stack, directory: Path) -> None:
    """Write down what was declared, for people: a restore applies what its own project declares."""
    store = stack.deps.store
    followed, delivered = (
        store.mounts(stack.name) / DYNAMIC_CONFIG_FILE,
        store.directory(stack.name) / STATE_FILE,
    )
    in_effect = read_if_there(followed) or read_if_there(delivered) or b""
    declared = {
        "files": dict(_declared_files(stack.project)),
        "dynamic_config": in_effect.decode(errors="replace"),
    }
    text = json.dumps(declared, indent=2).encode() + b"\n"
    write_atomically(directory / DECLARED_FILE, text, 0o600)


def _declared_files(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the seeds and the dynamic config of the project, as far as they are there and can be read."""
    try:
        paths = load_settings(find_project(root)).paths if root.is_dir() else None
        for directory in (root / paths.seeds, root / paths.dynamicconfig) if paths else ():
            for path in sorted(directory.rglob("*.y*ml")):
                content = read_if_there(path)
                if content is not None:
                    yield path.relative_to(root).as_posix(), content.decode(errors="replace")
    except (DevenvError, OSError, ValueError):
        return


def _free_name(stack: str, snapshots: SnapshotStore) -> str:
    stem = f"{stack}-{datetime.now(UTC):%Y%m%dt%H%M%S}"
    taken = snapshots.names()
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _automatic(stack: str, deps: Dependencies) -> list[str]:
    """Return the names of the automatic snapshots of the stack, the newest last."""
    manifests = (each.manifest for each in list_snapshots(deps))
    return [each.name for each in manifests if each and each.automatic and each.stack == stack]


@dataclass(frozen=True)
class ListedSnapshot:
    """A snapshot; without a manifest, `problem` says what is wrong with it."""

    name: str
    size: int
    manifest: Manifest | None = None
    problem: str = ""

    @property
    def created(self) -> float:
        """When it was made, in seconds of the epoch; 0 where nobody knows."""
        return self.manifest.created_at.timestamp() if self.manifest else 0.0


def listed(snapshot: Snapshot) -> ListedSnapshot:
    """Return a snapshot as it is listed."""
    return ListedSnapshot(snapshot.name, snapshot.manifest.size, snapshot.manifest)


def list_snapshots(deps: Dependencies) -> list[ListedSnapshot]:
    """Return all snapshots of this user, the newest last."""
    snapshots = deps.store.snapshots
    found = []
    for name in snapshots.names():
        try:
            found.append(listed(snapshots.load(name)))
        except DevenvError as error:
            problem = "; ".join([error.message, *error.details])
            found.append(ListedSnapshot(name, snapshots.size(name), problem=problem))
    return sorted(found, key=lambda each: (each.manifest is not None, each.created, each.name))
