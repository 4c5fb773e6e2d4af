"""From what a server has to seeds that declare it. Pure: no server is asked, no file is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.seeds.import_result import ImportResult
from devenv.seeds.kinds import KINDS

if TYPE_CHECKING:
    from devenv.seeds.import_result import ImportSource


def import_seeds(source: ImportSource) -> ImportResult:
    """Return seeds for what a server has in the chosen namespaces and nobody declares.

    What cannot be declared exactly as it is, is skipped: `apply` would change it.
    """
    result = ImportResult()
    for kind in KINDS:
        kind.import_objects(source, result)
    return result
