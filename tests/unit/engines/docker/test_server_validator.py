"""How the server's image is asked about files."""

from __future__ import annotations

import io
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from devenv.engines.docker.server_validator import DockerServerValidator
from devenv.errors import CommandFailedError, ComposeMissingError

if TYPE_CHECKING:
    from pathlib import Path

DOCKER = """\
#!{python}
import sys
from pathlib import Path
here = Path(__file__).parent
(here / "arguments").write_text("\\n".join(sys.argv[1:]))
(here / "input").write_bytes(sys.stdin.buffer.read())
{then}
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `docker` on the PATH that writes down what it was given and prints two names."""
    monkeypatch.setenv("PATH", str(tmp_path))
    program = tmp_path / "docker"
    program.write_text(DOCKER.format(python=sys.executable, then="print('0'); print('1')"))
    program.chmod(0o755)
    return program


def test_all_files_go_to_one_container_that_reaches_nothing(docker: Path) -> None:
    """Their contents as they are, byte for byte."""
    contents = [b"a: []\n", bytes(range(256))]
    assert DockerServerValidator().validate("server:1", contents) == "0\n1\n"
    arguments = (docker.parent / "arguments").read_text().splitlines()
    assert {"run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL", "server:1"} <= set(arguments)
    assert arguments[-1].endswith("temporal-server validate-dynamic-config 0 1")
    with tarfile.open(fileobj=io.BytesIO((docker.parent / "input").read_bytes())) as archive:
        found = [archive.extractfile(name) for name in archive.getnames()]
        assert [each.read() for each in found if each is not None] == contents


def test_a_container_that_fails_is_no_verdict(docker: Path) -> None:
    """The server itself ends with 0 even where it finds errors."""
    docker.write_text(DOCKER.format(python=sys.executable, then="sys.exit('no such image')"))
    with pytest.raises(CommandFailedError, match="could not be asked") as caught:
        DockerServerValidator().validate("server:1", [b""])
    assert "no such image" in caught.value.details


def test_without_docker_it_is_a_missing_prerequisite(docker: Path) -> None:
    docker.unlink()
    with pytest.raises(ComposeMissingError):
        DockerServerValidator().validate("server:1", [b""])
