"""The add-on `backups`: pgBackRest beside Postgres; `up` makes a backup of each database that it starts.

From then on the state at any moment can be had again: the base backup, and the write-ahead log since. What
starts anew may be other data than before, on a history of its own, or may not have been archived for a while,
so that only a backup of it is a beginning.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from devenv.addons.backups.repository import POSTGRES, SQL, backups_of, make_backup
from devenv.errors import CommandFailedError, NotRunningError, SettingsInvalidError
from devenv.project.access import Access

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext

STORE_PORT = "s3"
FULL_EVERY = timedelta(days=1)
"""A backup of what changed since is quicker to make; from a full one the retention counts."""
FAILING_ARCHIVER = """
    SELECT extract(epoch FROM last_failed_time)::bigint, last_failed_wal,
      (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')
    FROM pg_stat_archiver WHERE last_failed_time > coalesce(last_archived_time, '-infinity')
"""


def check(context: AddonContext) -> None:
    """Return unless backups go into an object store that there is not.

    Raises:
        SettingsInvalidError: They do.
    """
    if context.settings["s3"] and STORE_PORT not in context.ports.numbers:
        raise SettingsInvalidError(
            '"addons.backups.s3" needs the add-on object-store, which is off',
            place=context.places.get("s3") or None,
            hint="write `object-store = true` below [addons], or run `devenv up --with object-store`",
        )


def access(context: AddonContext) -> Access:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: clients get in as ever."""
    return Access()


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: it is in the image."""
    return {}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Have a backup made once a day, and of a database that was started since; return why there is none."""
    stack, engine = context.stack, context.engine
    try:
        made = backups_of(engine, stack)
        fulls = [each.finished_at for each in made if each.kind == "full"]
        is_due = not fulls or datetime.now(UTC) - fulls[-1] > FULL_EVERY
        if is_due or made[-1].finished_at < context.started_at(POSTGRES):
            make_backup(engine, stack, is_full=is_due)
    except (NotRunningError, CommandFailedError) as error:
        return ["; ".join([error.message, *error.details[-1:]])]
    return []


def alerts(context: AddonContext) -> Sequence[str]:
    """Return since when the write-ahead log is not archived, if it is not."""
    try:
        said = context.engine.output(context.stack, POSTGRES, (*SQL, FAILING_ARCHIVER)).strip()
    except (NotRunningError, CommandFailedError) as error:
        return [f"whether the write-ahead log is archived is not known: {error.message}"]
    if not said:
        return []
    failed_at, segment, waiting = said.split("|")
    at = datetime.fromtimestamp(int(failed_at), UTC).astimezone()
    what = f"the write-ahead log is not archived: {segment} failed at {at:%H:%M:%S}"
    waits = f"{waiting} segments of 16 MB wait in the data of Postgres, which tries again"
    return [f"{what}, and {waits} (run: devenv logs --tail 20 postgres)"]


def before_down(context: AddonContext) -> None:
    """Do nothing: Postgres archives what is left before it ends."""
