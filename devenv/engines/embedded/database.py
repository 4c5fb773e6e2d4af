"""Which CLI may open the database: only the version that made it, for it never migrates one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.engines.embedded.files import write_private
from devenv.errors import TemporalBinaryError

if TYPE_CHECKING:
    from devenv.engines.embedded.files import StackFiles


def claim(files: StackFiles, version: str) -> None:
    """Return if `version` may open the stack's database, and note it for one that is yet to be made.

    Raises:
        TemporalBinaryError: Another version made it.
    """
    if not files.database.exists():
        write_private(files.database_version, f"{version}\n")
        return
    made_by = _made_by(files)
    if made_by != version:
        raise TemporalBinaryError(
            f"The stack's data was made by Temporal CLI {made_by}, this one is {version}, "
            "and there is no migration between them",
            details=[f"data: {files.database}"],
            hint="delete the data with `devenv down --volumes`, or name the old CLI with "
            "TEMPORAL_DEVENV_TEMPORAL_BIN",
        )


def _made_by(files: StackFiles) -> str:
    try:
        return files.database_version.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "of an unknown version"
