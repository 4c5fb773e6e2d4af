"""What goes wrong with snapshots: copies of a stack's data that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.errors.base import DevenvError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class SnapshotExistsError(DevenvError):
    """A snapshot has that name already; none is overwritten."""

    code = "snapshot-exists"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a snapshot {name} already, and none is overwritten",
            hint=f"choose another name, or delete it: `devenv snapshot rm {name}`",
        )


class UnknownSnapshotError(DevenvError):
    """There is no snapshot of that name."""

    code = "unknown-snapshot"

    def __init__(self, name: str, existing: Sequence[str]) -> None:
        known = f"there are {', '.join(existing)}" if existing else "there is none yet"
        super().__init__(
            f"There is no snapshot {name}",
            details=[known],
            hint="`devenv snapshot list` shows all of them",
        )


class SnapshotDamagedError(DevenvError):
    """A file of a snapshot is missing, cut short or changed."""

    code = "snapshot-damaged"

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        super().__init__(
            f"The snapshot {name} is damaged, and nothing was touched",
            details=problems,
            hint=f"choose another one: `devenv snapshot list`; `devenv snapshot rm {name}` deletes this one",
        )


class SnapshotUnfitError(DevenvError):
    """The stack cannot go on with what a snapshot has, as it is declared."""

    code = "snapshot-unfit"
    exit_code = ExitCode.INVALID_INPUT

    def __init__(self, name: str, reasons: Sequence[str], hint: str) -> None:
        super().__init__(
            f"This stack cannot use the snapshot {name}, and nothing was touched", details=reasons, hint=hint
        )


class NoDataError(DevenvError):
    """There is nothing that a snapshot could be made of."""

    code = "no-data"

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"The stack {stack} has no data that a snapshot could be made of",
            hint="run `devenv up` first: a stack that was ready once has data",
        )


class AutomaticSnapshotFailedError(DevenvError):
    """What would have lost or changed the data was not begun, because no snapshot could be made before."""

    code = "automatic-snapshot-failed"

    def __init__(self, reason: str, cause: DevenvError) -> None:
        super().__init__(
            f"The data of the stack could not be saved before {reason}, and is as it was",
            details=[cause.message, *cause.details],
            hint=f"{cause.hint}; or go on without the snapshot, by `--no-snapshot`",
        )
