"""Makes sure that a whole family of images is local before the real-stack tests run.

    python -m tools.images [temporal=1.31.2 …]

Without a Docker engine it does nothing: the tests themselves say that they could not run. After a build the
builder still has its caches: `python -m tools.compiled` lends what is in them and frees them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devenv.engines.docker.connection import connect
from devenv.engines.docker.images import DockerImages
from devenv.errors import ImageUnavailableError, PrerequisiteError
from devenv.images.choice import local_family
from devenv.project.settings import Settings, Versions
from tools.compiled import TO_LEND

if TYPE_CHECKING:
    from collections.abc import Mapping

# Those with stand-ins that tests need.
ADDONS = ("observability", "object-store", "backups")


def main(arguments: list[str]) -> int:
    """Pull the official images, or build the stand-ins where they cannot be had."""
    wanted = dict(argument.split("=", 1) for argument in arguments)
    try:
        family = local_family(Settings(versions=Versions(**wanted)).stack_versions, DockerImages(connect()))
    except ImageUnavailableError as error:
        print(f"images: {error.message}", flush=True)
    except PrerequisiteError as error:
        print(f"images: {error.message}: nothing to prepare", flush=True)
        return 0
    else:
        print(f"images: all {family.kind} images are local")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        (project / "devenv.toml").write_text(_settings(wanted), encoding="utf-8")
        return _devenv_images("pull", project) and _build(project)


def _settings(versions: Mapping[str, str]) -> str:
    return "\n".join(["[versions]", *(f'{name} = "{version}"' for name, version in versions.items())])


def _build(project: Path) -> int:
    """Build the stand-ins; what was compiled for them is yet to be lent and freed."""
    # Their programs are compiled beside the others: alone those of observability take 90 s of one processor.
    with_addons = [option for name in ADDONS for option in ("--with", name)]
    code = _devenv_images("build", project, "--keep-cache", *with_addons)
    if code == 0:
        TO_LEND.parent.mkdir(parents=True, exist_ok=True)
        TO_LEND.touch()
    return code


def _devenv_images(verb: str, project: Path, *options: str) -> int:
    print(f"images: devenv images {verb}", flush=True)
    return subprocess.call(["devenv", "images", verb, *options, "--project", str(project)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
