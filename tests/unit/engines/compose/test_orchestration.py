"""How Docker Compose is called. The `docker` here is a script that writes down what it was given."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from devenv.engines.compose.orchestration import Orchestration
from devenv.engines.protocol import StackIdentity
from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

SCRIPT = """#!{python}
import json, os, sys
with open({record!r}, "w") as file:
    json.dump({{"arguments": sys.argv[1:], "environment": dict(os.environ), "cwd": os.getcwd()}}, file)
sys.stdout.write({printed!r})
sys.stderr.write({told!r})
sys.exit({code})
"""

TAILING = """#!{python}
import sys
tail = int(sys.argv[sys.argv.index("--tail") + 1])
for container in ("temporal-1", "ui-1"):
    lines = [line for line in {lines!r} if line.startswith(container)]
    print(*lines[-tail:], sep="\\n")
"""


class Recorder:
    """A stack whose Compose is written down."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "state"
        self.project = directory / "project"
        self.record = directory / "record.json"
        self.bin = directory / "bin"
        for each in (self.directory, self.project, self.bin):
            each.mkdir()
        (self.directory / "stack.yaml").write_text("services: {a: {image: '${POSTGRES_IMAGE:-x}'}}")
        (self.directory / "stack.env").write_text("POSTGRES_IMAGE='x'\n")

    def answer(self, *, printed: str = "", told: str = "", code: int = 0) -> None:
        """Have `docker` print something and end."""
        script = SCRIPT.format(
            python=sys.executable, record=str(self.record), printed=printed, told=told, code=code
        )
        (self.bin / "docker").write_text(script)
        (self.bin / "docker").chmod(0o755)

    def keep(self, *lines: str) -> None:
        """Have `docker` print the last of these log lines of each container."""
        (self.bin / "docker").write_text(TAILING.format(python=sys.executable, lines=lines))

    def orchestration(self) -> Orchestration:
        return Orchestration(StackIdentity("shop-3f2a1c", self.project, 1000), self.directory)

    @property
    def seen(self) -> dict[str, Any]:
        seen = json.loads(self.record.read_text())
        assert isinstance(seen, dict)
        return seen

    @property
    def arguments(self) -> list[str]:
        return list(map(str, self.seen["arguments"]))

    def values(self, option: str) -> list[str]:
        pairs = zip(self.arguments, self.arguments[1:], strict=False)
        return [value for name, value in pairs if name == option]


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return a stack whose `docker` is the first on PATH."""
    made = Recorder(tmp_path)
    made.answer()
    monkeypatch.setenv("PATH", f"{made.bin}{os.pathsep}{os.environ['PATH']}")
    return made


def test_compose_is_told_everything_and_left_nothing_to_find(recorder: Recorder) -> None:
    """Name, directory, files and env file."""
    recorder.orchestration().up()
    assert recorder.arguments[0] == "compose"
    assert recorder.values("--project-name") == ["shop-3f2a1c"]
    assert recorder.values("--project-directory") == [str(recorder.project)]
    assert recorder.values("--file") == [str(recorder.directory / "stack.yaml")]
    assert recorder.values("--env-file") == [str(recorder.directory / "stack.env")]


def test_a_stack_with_overlays_has_one_file_that_was_made_of_all(recorder: Recorder) -> None:
    """Compose never reads an overlay itself: what an older devenv listed is not read either."""
    (recorder.directory / "launch.json").write_text("{}")
    (recorder.directory / "overlays.json").write_text('["/nowhere/redis.yaml"]')
    recorder.orchestration().up()
    assert recorder.values("--file") == [str(recorder.directory / "launch.json")]


@pytest.mark.parametrize(
    "name", ["POSTGRES_IMAGE", "COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"]
)
def test_no_variable_of_the_shell_steers_compose(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Compose would prefer it to the env file, or read other files."""
    monkeypatch.setenv(name, "else")
    monkeypatch.setenv("UNRELATED", "kept")
    recorder.orchestration().up()
    environment = recorder.seen["environment"]
    assert name not in environment
    assert environment["UNRELATED"] == "kept"


def test_a_project_that_is_gone_has_no_directory(recorder: Recorder) -> None:
    """The stack is taken down all the same."""
    recorder.project.rmdir()
    recorder.orchestration().stop([])
    assert recorder.values("--project-directory") == [str(recorder.directory)]


CALLS: dict[str, tuple[Callable[[Orchestration], object], list[str], list[str]]] = {
    "create": (
        lambda compose: compose.create(),
        ["create", "--remove-orphans", "--pull", "never"],
        ["--build", "--yes", "-y"],
    ),
    "up": (
        lambda compose: compose.up(),
        ["up", "--detach", "--remove-orphans", "--pull", "never"],
        ["--build", "--wait", "--yes", "-y"],
    ),
    "stop": (lambda compose: compose.stop([]), ["stop", "--timeout"], ["ui"]),
    "stop one": (lambda compose: compose.stop(["ui"]), ["stop", "ui"], []),
    "start one": (lambda compose: compose.start(["ui"]), ["start", "ui"], []),
}


@pytest.mark.parametrize(("call", "there", "absent"), CALLS.values(), ids=CALLS.keys())
def test_each_call_says_what_it_means(
    recorder: Recorder, call: Callable[[Orchestration], object], there: list[str], absent: list[str]
) -> None:
    """Nothing is pulled, nothing waits, and data goes only when that was asked."""
    call(recorder.orchestration())
    assert set(there) <= set(recorder.arguments)
    assert set(absent).isdisjoint(recorder.arguments)


@pytest.mark.parametrize("verb", ["create", "up", "stop", "start"])
def test_a_failure_has_composes_own_words(recorder: Recorder, verb: str) -> None:
    """The sentence names the command; its last lines are the evidence."""
    recorder.answer(told="\n".join(f"line {number}" for number in range(100)), code=1)
    compose = recorder.orchestration()
    calls: dict[str, Callable[[], None]] = {
        "up": compose.up,
        "stop": lambda: compose.stop([]),
        "start": lambda: compose.start([]),
        "create": compose.create,
    }
    with pytest.raises(CommandFailedError, match=f"`docker compose {verb}` failed") as caught:
        calls[verb]()
    assert caught.value.details[0].startswith("$ ")
    assert caught.value.details[-1] == "line 99"
    assert len(caught.value.details) < 20


def test_logs_are_yielded_line_by_line(recorder: Recorder) -> None:
    """As Compose writes them."""
    recorder.answer(printed="ui-1  | one\nui-1  | two")
    lines = recorder.orchestration().logs(["ui"], follow=False, tail=5)
    assert list(lines) == ["ui-1  | one", "ui-1  | two"]
    assert recorder.values("--tail") == ["5"]
    assert "--follow" not in recorder.arguments
    assert "--since" not in recorder.arguments


def test_logs_are_read_from_a_moment_on(recorder: Recorder) -> None:
    """Compose is given it with its zone."""
    recorder.answer(printed="ui-1  | one")
    since = datetime(2026, 11, 28, 13, tzinfo=UTC)
    lines = recorder.orchestration().logs(["ui"], follow=True, tail=None, since=since)
    assert list(lines) == ["ui-1  | one"]
    assert recorder.values("--since") == ["2026-11-28T13:00:00+00:00"]


def test_logs_come_from_both_outputs_of_compose_and_lines_stay_whole(recorder: Recorder) -> None:
    """What a container writes to its standard error, Compose does, too; a last line may have no end."""
    long = "x" * 100_000
    recorder.answer(printed=f"temporal-1  | {long}\nui-1  | last", told="postgres-1  | \xe4\r\n")
    lines = recorder.orchestration().logs([], follow=False, tail=None)
    assert sorted(lines) == ["postgres-1  | \xe4", f"temporal-1  | {long}", "ui-1  | last"]


def test_logs_that_nobody_reads_wait_and_their_reader_ends(recorder: Recorder) -> None:
    """However much Compose has to say: its output is not collected, and it ends with who asked."""
    script = f"#!{sys.executable}\nimport os\nopen({str(recorder.record)!r}, 'w').write(str(os.getpid()))\n"
    (recorder.bin / "docker").write_text(script + "while True: print('ui-1 | ' + 'x' * 1000, flush=True)\n")
    lines = recorder.orchestration().logs([], follow=True, tail=None)
    assert next(iter(lines)).startswith("ui-1")
    process = int(recorder.record.read_text())
    cast("Generator[str]", lines).close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_what_the_server_tells_devenv_is_not_shown(recorder: Recorder) -> None:
    """Of the key that names a revision of its dynamic config file, which no user wrote."""
    told, shown = (
        f'temporal-1  | {{"error":"unregistered key \\"{key}\\""}}'
        for key in ("devenv.revision.1e5", "limit.x")
    )
    recorder.answer(printed=f"{told}\n{shown}")
    lines = recorder.orchestration().logs(["temporal"], follow=False, tail=None)
    assert list(lines) == [shown]


@pytest.mark.parametrize("follow", [False, True])
def test_a_tail_counts_the_lines_that_are_shown(recorder: Recorder, *, follow: bool) -> None:
    """Of each container: however many lines for devenv only are among the last."""
    told = [rf"temporal-1  | unregistered key \"devenv.revision.{number}\"" for number in range(5)]
    temporal = [f"temporal-1  | {number}" for number in range(4)]
    ui = [f"ui-1        | {number}" for number in range(9)]
    recorder.keep(*temporal[:2], *told[:3], temporal[2], *told[3:], temporal[3], *ui)
    lines = recorder.orchestration().logs([], follow=follow, tail=3)
    assert list(lines) == [*temporal[-3:], *ui[-3:]]


def test_logs_that_cannot_be_read_are_an_expected_error(recorder: Recorder) -> None:
    """Not python-on-whales' own."""
    recorder.answer(told="no such service: redis", code=1)
    with pytest.raises(CommandFailedError, match="logs"):
        list(recorder.orchestration().logs(["redis"], follow=False, tail=None))
