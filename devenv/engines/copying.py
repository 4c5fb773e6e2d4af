"""What an engine does with copies of the data of stacks: snapshots, and data that is recovered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.protocol import StackIdentity


@dataclass(frozen=True)
class SavedData:
    """What `Engine.save_data` tells of the copy that it has made.

    `versions` are those that worked on the data, by component, where the engine itself knows them; `held_s`
    is for how many seconds a running server was held.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    held_s: float = 0.0


class CopiesData(Protocol):
    """The part of an `Engine` that saves and replaces data, which never is half old and half new."""

    def save_data(self, stack: StackIdentity, directory: Path, image: str | None) -> SavedData:
        """Write a copy of the stack's data, consistent in itself, as files into the empty `directory`.

        The stack may run. A server that is held meanwhile goes on whatever happens. `image` is a local image
        of the database, for an engine that runs images.

        Raises:
            DevenvError: It could not be copied; the data is as it was.
        """

    def check_copy(self, versions: Mapping[str, str]) -> None:
        """Return if a copy can be used here on which these `versions`, of `SavedData`, have worked.

        Raises:
            PrerequisiteError: Another version than is here has made it.
        """

    def restore_data(self, stack: StackIdentity, directory: Path, image: str | None) -> None:
        """Make the files that `save_data` wrote to `directory` the data of the stack, which has no services.

        The data that the stack had stays until the new is complete. Names and passwords are the stack's own,
        whichever stack the copy is of.

        Raises:
            DevenvError: The data is as it was.
        """

    def run_beside(
        self,
        stack: StackIdentity,
        image: str,
        script: str,
        environment: Mapping[str, str],
        *,
        is_connected: bool = False,
    ) -> str:
        """Run a shell script as root in a container of its own of `image`, and return what it prints.

        It has the volumes of the stack at `/devenv/VOLUME`, and if it `is_connected` the stack's network.
        What it puts into `/devenv/VOLUME/VOLUME` is beside the data, for `adopt_data`.

        Raises:
            CommandFailedError: It failed; the details are what it printed.
        """

    def adopt_data(self, stack: StackIdentity, image: str) -> None:
        """Make what is beside the data of the stack, which has no services, its data, as `restore_data` does.

        Raises:
            DevenvError: It is not, or `settle_data` makes it so.
        """

    def settle_data(self, stack: StackIdentity, image: str | None) -> bool:
        """Finish or undo what a `save_data` or `restore_data` that was killed has left.

        Return whether the data is now that of the copy that was to be restored.
        """
