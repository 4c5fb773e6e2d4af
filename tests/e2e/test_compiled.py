"""What the builder of stand-ins compiled is lent to this machine's Go."""

from __future__ import annotations

import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest

from devenv.images.base import BASE_REF
from tools.compiled import copy_mount, free_kept_of, kept_by_builder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("base_system")]

# Of this run: what BuildKit remembers of another one is not run again.
MOUNT = f"/var/cache/temporal-devenv-test/{uuid.uuid4().hex}"
FILLED = f"""\
FROM {BASE_REF}
RUN --mount=type=cache,target={MOUNT} mkdir -p {MOUNT}/00 && echo compiled >{MOUNT}/00/entry-d
"""


@pytest.fixture
def filled_mount() -> Iterator[str]:
    """Yield a cache mount with one file in it; it is freed."""
    build = ("docker", "buildx", "build", "--output", "type=cacheonly", "-")
    subprocess.run(build, input=FILLED.encode(), check=True, capture_output=True)
    yield MOUNT
    free_kept_of(MOUNT)


def test_what_a_cache_mount_holds_is_added_and_kept_once(filled_mount: str, tmp_path: Path) -> None:
    of_before = tmp_path / "ff" / "entry-d"
    of_before.parent.mkdir()
    of_before.touch()
    copy_mount(filled_mount, tmp_path)
    assert (tmp_path / "00" / "entry-d").read_text() == "compiled\n"
    assert of_before.exists()
    assert kept_by_builder(f"cached mount {filled_mount} ")
    assert not kept_by_builder(f"cp -r {filled_mount}")
