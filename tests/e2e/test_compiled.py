"""What the builder of stand-ins compiled is lent to this machine's Go."""

from __future__ import annotations

import subprocess
import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import docker
import pytest

from tools.compiled import copy_mount, free_kept_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.stack

# Of this run: what BuildKit remembers of another one is not run again.
MOUNT = f"/var/cache/temporal-devenv-test/{uuid.uuid4().hex}"
FILLED = """\
FROM {base_system}
RUN --mount=type=cache,target={mount} mkdir -p {mount}/00 && echo compiled >{mount}/00/entry-d
"""


def kept_by_builder() -> list[str]:
    """Return the descriptions of what BuildKit keeps of builds that mount `MOUNT`."""
    with closing(docker.from_env()) as client:
        descriptions = (record["Description"] for record in client.api.df()["BuildCache"] or ())
        return [description for description in descriptions if MOUNT in description]


@pytest.fixture
def filled_mount(base_system: str) -> Iterator[str]:
    """Yield a cache mount with one file in it; it is freed."""
    dockerfile = FILLED.format(base_system=base_system, mount=MOUNT)
    subprocess.run(
        ("docker", "buildx", "build", "-"), input=dockerfile.encode(), check=True, capture_output=True
    )
    yield MOUNT
    free_kept_of(MOUNT)


def test_what_a_cache_mount_holds_is_added_and_kept_once(filled_mount: str, tmp_path: Path) -> None:
    of_before = tmp_path / "ff" / "entry-d"
    of_before.parent.mkdir()
    of_before.touch()
    copy_mount(filled_mount, tmp_path)
    assert (tmp_path / "00" / "entry-d").read_text() == "compiled\n"
    assert of_before.exists()
    assert not [description for description in kept_by_builder() if "cp -r" in description]
