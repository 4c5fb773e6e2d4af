from __future__ import annotations

import gc
import json
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from fakes.wiring import FakeWiring
from fakes.world import World

from devenv.cli.main import main
from devenv.project.names import default_stack_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a call of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, Any]:
        """The error of the document on stdout, whose exit code is the process's."""
        error = self.document["error"]
        assert isinstance(error, dict)
        assert self.document["ok"] is False
        assert error["exit_code"] == self.code
        return error


class CommandLine:
    """Runs `devenv` in this process, in a project of its own, on a machine made of fakes."""

    def __init__(
        self, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        self.project = project
        self.world = World(project.parent)
        self.wiring = FakeWiring(self.world)
        self._monkeypatch = monkeypatch
        self._capfd = capfd

    def __call__(self, *arguments: str) -> Result:
        """Run it; whatever was printed before is forgotten."""
        self._capfd.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["devenv", *arguments])
        with pytest.raises(SystemExit) as ended:
            main(self.wiring)
        out, err = self._capfd.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Result(code, out, err)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @property
    def stack(self) -> str:
        """The name of the project's stack."""
        return default_stack_name(self.project)


@pytest.fixture
def devenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[CommandLine]:
    """Yield a command line in a project that has one empty settings file."""
    project = tmp_path / "shop"
    project.mkdir()
    (project / "devenv.toml").touch()
    monkeypatch.chdir(project)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook, threshold = sys.unraisablehook, gc.get_threshold()
    yield CommandLine(project, monkeypatch, capfd)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    sys.unraisablehook = hook
    gc.set_threshold(*threshold)


@pytest.fixture
def running(devenv: CommandLine) -> CommandLine:
    """Return a command line whose project's stack is up."""
    assert devenv("up").code == 0
    return devenv
