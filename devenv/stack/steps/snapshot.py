"""A snapshot becomes the data of the stack; and data is saved before it would be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.engines.packages import traits_of
from devenv.errors import SnapshotUnfitError
from devenv.project.visibility import VISIBILITY_STORES
from devenv.registry import AUTO, ENGINES
from devenv.stack.data_versions import changes_of_versions, is_newer_schema
from devenv.stack.interrupted import Copying, forget_what_was, noted
from devenv.stack.snapshots import save_automatically
from devenv.stack.steps.addons import remove_stack

if TYPE_CHECKING:
    from devenv.project.snapshots import Manifest
    from devenv.stack.data_versions import VersionChange
    from devenv.stack.steps.context import UpContext


def check_fit(up: UpContext) -> None:
    """Refuse a snapshot that the stack, as it is declared, cannot go on with; choose its engine.

    Raises:
        SnapshotDamagedError: One of its files is not what was saved.
        SnapshotUnfitError: With what does not fit, and what to change.
    """
    snapshot = up.request.snapshot
    if snapshot is None:
        return
    _choose_its_engine(up, snapshot.manifest)
    if traits_of(snapshot.manifest.engine).runs_images:
        _check_visibility(up, snapshot.manifest)
        up.version_changes = _check_versions(up, snapshot.manifest)
    snapshot.check_sound()


def check_copy(up: UpContext) -> None:
    """Refuse a snapshot that the engine cannot use with the images or the program that it has."""
    snapshot = up.request.snapshot
    if snapshot is None:
        return
    manifest = snapshot.manifest
    family = up.images.kind if up.images else None
    if family != manifest.image_family:
        raise SnapshotUnfitError(
            manifest.name,
            [f"it was made with {manifest.image_family} images, and this stack has {family} ones"],
            "restore it into another stack with those: `--stack NAME` (`devenv images list`)",
        )
    up.engine.check_copy(manifest.versions)


def save_before_change(up: UpContext) -> None:
    """Save the data before other versions work on it."""
    changes = [change for change in up.version_changes if change.kind == "version"]
    if changes and up.request.saves_data and not up.request.replaces_data:
        reason = ", ".join(f"{each.component} goes from {each.before} to {each.after}" for each in changes)
        save_automatically(up.stack, up.earlier, up.engine, reason)


def restore_snapshot(up: UpContext) -> None:
    """Make the snapshot the data of the stack, whose services end; what it had is saved before."""
    snapshot = up.request.snapshot
    if snapshot is None:
        return
    identity, manifest = up.stack.identity, snapshot.manifest
    if up.request.saves_data:
        save_automatically(up.stack, up.earlier, up.engine, f"{manifest.name} is restored")
    with up.progress.step("restore") as step:
        if up.engine.services(identity):
            step.waiting("ending the services of the stack")
            remove_stack(identity, up.engine, up.deps, volumes=False)
        step.waiting(f"copying the data of {manifest.name}")
        image = up.images.refs["postgres"] if up.images else None
        engine = up.engine.name
        copying = Copying(engine=engine, image=image, versions=_of_compose(manifest), is_replacing=True)
        with noted(copying, identity, up.deps):
            up.engine.restore_data(identity, snapshot.directory, image)
            forget_what_was(identity, copying, up.deps.store)
        step.outcome = f"{manifest.name}, of the stack {manifest.stack}"
    take_new_facts(up)


def take_new_facts(up: UpContext) -> None:
    """Have the records of this `up` say of the data what was recorded of that which has replaced it."""
    up.record = up.deps.store.load(up.stack.name) or up.record
    if up.earlier is not None:
        of_data = ("clusters", "history_shards", "data_versions", "visibility_outdated")
        changed = {name: getattr(up.record, name) for name in of_data}
        up.earlier = up.earlier.model_copy(update={"proof": None, **changed})


def _of_compose(manifest: Manifest) -> dict[str, str]:
    """Return the versions that a record keeps: those of images."""
    return dict(manifest.versions) if manifest.image_family else {}


def _choose_its_engine(up: UpContext, manifest: Manifest) -> None:
    settings = up.desired.settings
    chosen = settings.engine
    if manifest.engine not in ENGINES:
        raise SnapshotUnfitError(
            manifest.name,
            [f"it is of the engine {manifest.engine}, which this devenv does not have"],
            "use the devenv that made it",
        )
    if chosen == AUTO and up.earlier is not None:
        chosen = up.earlier.engine
    if chosen not in {AUTO, manifest.engine}:
        raise SnapshotUnfitError(
            manifest.name,
            [f"it is of the {manifest.engine} engine, and this stack is on {chosen}"],
            f"restore it into another stack, with `--stack NAME` and `--engine {manifest.engine}`",
        )
    settings = settings.model_copy(update={"engine": manifest.engine})
    up.desired = replace(up.desired, settings=settings)


def _check_visibility(up: UpContext, manifest: Manifest) -> None:
    declared = up.desired.settings.visibility
    if declared != manifest.visibility:
        has, wants = (VISIBILITY_STORES[name].title for name in (manifest.visibility, declared))
        raise SnapshotUnfitError(
            manifest.name,
            [f"it has its {has}, and this stack is declared with {wants}"],
            f'write `visibility = "{manifest.visibility}"` in devenv.toml',
        )


def _check_versions(up: UpContext, manifest: Manifest) -> list[VersionChange]:
    """Return what the declared versions change for the data of the snapshot; some cannot read it."""
    declared = up.desired.settings.stack_versions
    changes = changes_of_versions(manifest.versions, declared)
    refused = {each.component: each for each in changes if each.is_refused}
    reasons = [
        f"it has data of {each.component} {each.before}, and {each.after} is declared"
        for each in refused.values()
    ]
    if "temporal" not in refused and is_newer_schema(manifest.database_schema, declared["temporal"]):
        reasons.append(
            f"its database has the schema {manifest.database_schema} of Temporal {manifest.server_version}, "
            f"which Temporal {declared['temporal']} does not know"
        )
    if reasons:
        lines = " and ".join(f'`{each.component} = "{each.before}"`' for each in refused.values())
        wanted = lines or f'`temporal = "{manifest.server_version}"`'
        raise SnapshotUnfitError(manifest.name, reasons, f"write {wanted} below [versions] in devenv.toml")
    return changes
