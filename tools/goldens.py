"""Writes what `new-service` writes for each language, into tests/scaffold/goldens: `just goldens`.

A change of a template shows there as the change of a service, for a review to see.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.scaffold.names import Language
from devenv.scaffold.service import ProjectLayout, ServiceRequest, plan_service

if TYPE_CHECKING:
    from devenv.scaffold.render import Files

GOLDENS = Path(__file__).parents[1] / "tests" / "scaffold" / "goldens"


def rendered(language: Language) -> Files:
    """Return every file of a service in `language`."""
    nowhere = Path("/nowhere")
    return plan_service(ServiceRequest("orders", language, nowhere), ProjectLayout(nowhere)).files


def main() -> None:
    """Write them anew."""
    shutil.rmtree(GOLDENS, ignore_errors=True)
    for language in Language:
        for relative, data in rendered(language).items():
            path = GOLDENS / language.value / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


if __name__ == "__main__":
    main()
