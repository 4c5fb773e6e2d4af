"""Which overlays of which projects a user trusts: hashes, in files that only this user can read."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from devenv.files.atomic import make_directory, read_if_there, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

# Of each project: who goes back to an older branch is not asked again.
KEPT_HASHES = 20


class TrustBook:
    """One file for each project below `directory`; it outlives the project's stacks and their data."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def trusts(self, project: Path, trusted: str) -> bool:
        """Tell whether overlays of `project` with the hash `trusted` may do all that they can."""
        return trusted in self._hashes(project)

    def remember(self, project: Path, trusted: str) -> None:
        """Trust the overlays of `project` with this hash from now on."""
        hashes = [trusted, *(each for each in self._hashes(project) if each != trusted)][:KEPT_HASHES]
        content = json.dumps({"project": str(project), "trusted": hashes}, indent=2)
        make_directory(self._directory, 0o700)
        write_atomically(self._file(project), f"{content}\n".encode(), 0o600)

    def _hashes(self, project: Path) -> list[str]:
        content = read_if_there(self._file(project))
        try:
            book = json.loads(content or b"{}")
        except ValueError:
            return []  # a damaged file trusts nobody: its user is asked again
        hashes = (
            book.get("trusted") if isinstance(book, dict) and book.get("project") == str(project) else None
        )
        return [each for each in hashes if isinstance(each, str)] if isinstance(hashes, list) else []

    def _file(self, project: Path) -> Path:
        return self._directory / f"{hashlib.sha256(str(project).encode()).hexdigest()[:24]}.json"
