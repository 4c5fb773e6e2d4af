"""`backup now`, `backup list`, and what `restore --to` restores: backups of a stack's database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devenv.addons.backups.repository import (
    POSTGRES,
    Repository,
    backups_of,
    make_backup,
    plan_recovery,
)
from devenv.errors import BackupFailedError, BackupsOffError, CommandFailedError, NotRunningError
from devenv.images.catalog import addon_images, official_family, stand_in_family
from devenv.project.secrets import known_secrets
from devenv.stack.addon_plan import plan_addons
from devenv.stack.progress import Progress

if TYPE_CHECKING:
    from devenv.addons.backups.repository import Backup, RecoveryPlan
    from devenv.engines.protocol import Engine
    from devenv.project.settings import Settings
    from devenv.project.state import StackRecord
    from devenv.stack.stack import Observation, Stack

ADDON, IMAGE = "backups", "pgbackrest"
STORE_SECRET = "S3_SECRET_KEY"  # noqa: S105  the name of a variable


def back_up(stack: Stack) -> Backup:
    """Make a full backup of `stack`, which runs, and return it.

    Raises:
        BackupsOffError: The stack makes none.
        NotRunningError: It does not run.
        BackupFailedError: The repository takes none; nothing is lost.
    """
    with stack.lock():
        now = _require_backups(stack)
        if not now.exists:
            raise NotRunningError(stack.name)
        with Progress(stack.deps.reporter, stack.deps.clock).step("backup") as step:
            try:
                make_backup(now.engine, stack.identity, is_full=True)
            except CommandFailedError as error:
                raise BackupFailedError(error.details) from error
            newest = backups_of(now.engine, stack.identity)[-1]
            step.outcome = newest.name
    return newest


def list_backups(stack: Stack, settings: Settings) -> list[Backup]:
    """Return the backups of `stack`, which may run or not, the newest last.

    Raises:
        BackupsOffError: The stack makes none.
        CommandFailedError: They cannot be read.
    """
    now = _require_backups(stack)
    if any(each.name == POSTGRES and each.is_running for each in now.services):
        return backups_of(now.engine, stack.identity)
    is_down = not any(each.is_running for each in now.services)
    if is_down and any(each.name == ADDON and each.settings.get("s3") for each in now.record.addons):
        raise NotRunningError(stack.name, hint="run `devenv up`: its backups are in its object store")
    return repository_of(stack, now.record, now.engine, _image(now, settings)).backups()


def choose_recovery(stack: Stack, settings: Settings, target: str) -> RecoveryPlan:
    """Return what restores `stack` to `target`, a moment or the name of a backup.

    Raises:
        BackupsOffError: The stack makes none.
        RestoreTargetError: Nothing does.
    """
    return plan_recovery(target, list_backups(stack, settings), datetime.now(UTC).replace(microsecond=0))


def repository_of(stack: Stack, record: StackRecord, engine: Engine, image: str) -> Repository:
    """Return where the backups of a stack are, as it was launched."""
    settings = next(each.settings for each in record.addons if each.name == ADDON)
    secrets = known_secrets(stack.name, stack.deps.store)
    secret = secrets[STORE_SECRET] if settings.get("s3") else ""
    return Repository(engine, stack.identity, image, secret)


def _require_backups(stack: Stack) -> Observation:
    now = stack.observe()
    if now is None:
        raise NotRunningError(stack.name)
    stack.check_not_elsewhere(now.engine)
    addon = next((each for each in now.record.addons if each.name == ADDON), None)
    if addon is None:
        raise BackupsOffError(stack.name)
    if addon.lacks:
        raise BackupsOffError(stack.name, f"the {now.engine.name} engine leaves out {addon.lacks}")
    return now


def _image(now: Observation, settings: Settings) -> str:
    """Return the image with pgBackRest, which is local where the add-on ever was on."""
    family = official_family if now.record.image_family == "official" else stand_in_family
    addons = plan_addons(now.stack, settings).on
    images = addon_images(addons, family(now.record.versions))
    return next(each.ref for each in images if each.service == IMAGE)
