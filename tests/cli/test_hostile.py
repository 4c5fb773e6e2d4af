"""Whatever others wrote, no command lets a terminal obey it: keys, names, descriptions, messages, logs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devenv.cli.app import MODULES, command_tree
from devenv.errors import CommandFailedError
from devenv.temporal.protocol import Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.conftest import CommandLine, Result

# A title, a cleared screen, text from right to left, and a C1 introducer; none has a blank or a slash.
HOSTILE = "h\x1b]0;title\x07\x1b[2J\u202e\x9b31mz"
# The same, as YAML and TOML write it: files may not hold it raw.
WRITTEN = r"h\u001b]0;title\u0007\u001b[2J\u202e\u009b31mz"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# These hand the terminal to a program, which prints what it likes.
FOREIGN = {"exec", "psql", "temporal", "run"}


def harmless(result: Result) -> str:
    """Return all that was printed, in which nothing may be obeyed."""
    seen = result.out + result.err
    assert not OBEYED.search(seen), repr(seen)
    assert result.code != 70, seen
    return seen


def commands() -> Iterator[tuple[str, ...]]:
    for name in MODULES:
        group = getattr(command_tree().load_all().commands[name], "commands", None)
        yield from ((name, inner) for inner in group) if group else [(name,)]


@pytest.mark.parametrize("words", [*commands()], ids=" ".join)
def test_arguments_do_nothing_to_the_terminal(running: CommandLine, words: tuple[str, ...]) -> None:
    """Wherever they stand; a command that has no use for one refuses it by its name."""
    seen = ""
    given = [["--stack", HOSTILE], ["--project", HOSTILE]]
    if words[0] not in FOREIGN:
        given += [[HOSTILE], [f"--{HOSTILE}"]]
    for arguments in given:
        seen += harmless(running(*arguments, *words, "--no-input"))
        harmless(running(*words, *arguments, "--debug"))
    assert r"\x1b[2J" in seen or words[0] in FOREIGN


@pytest.mark.parametrize("words", [*commands()], ids=" ".join)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("devenv.toml", f'"{WRITTEN}" = 1\nnamespace = "{WRITTEN}"'),
        ("devenv.toml", f'[paths]\nseeds = "/{WRITTEN}"'),
        ("seeds/a.yaml", f'"{WRITTEN}": 1\nnamespaces: [{{name: "{WRITTEN}"}}]'),
        (f"seeds/{HOSTILE}.yaml", "{"),
        ("dynamicconfig/a.yaml", f'"{WRITTEN}": [{{value: 1, constraints: {{"{WRITTEN}": "{WRITTEN}"}}}}]'),
        (f"dynamicconfig/namespaces/{HOSTILE}.yaml", "limit.blobSize.error: 5"),
    ],
    ids=["settings", "paths", "seeds", "seeds' name", "dynamic config", "namespace of dynamic config"],
)
def test_files_do_nothing_to_the_terminal(
    running: CommandLine, words: tuple[str, ...], name: str, text: str
) -> None:
    """Neither what they hold nor what they are called."""
    running.write(name, text)
    if words[0] not in FOREIGN:
        harmless(running(*words, "--no-input"))
        harmless(running(*words, "orders", "--no-input", "--yes"))


@pytest.fixture
def server(running: CommandLine) -> CommandLine:
    """Return a command line whose server has a namespace that somebody else described."""
    hostile = Namespace(
        "theirs",
        timedelta(days=1),
        description=f"{HOSTILE}\nready: stack",
        owner_email=HOSTILE,
        data={HOSTILE: HOSTILE},
    )
    running.world.gateway.registered["theirs"] = hostile
    return running


@pytest.mark.parametrize(
    "words",
    [
        ("namespace", "list"),
        ("namespace", "describe", "theirs"),
        ("plan",),
        ("plan", "--prune"),
        ("status",),
        ("import", "--dry-run"),
        ("namespace", "delete", "theirs", "--yes"),
    ],
    ids=" ".join,
)
def test_what_a_server_keeps_does_nothing_to_the_terminal(
    server: CommandLine, words: tuple[str, ...]
) -> None:
    """Anybody who can reach it may have written it."""
    seen = harmless(server(*words))
    assert not [line for line in seen.splitlines() if line.startswith("ready: stack") and len(line) < 14]


def test_a_plan_of_hostile_changes_does_nothing_to_the_terminal(server: CommandLine) -> None:
    """Neither what is there nor what shall be."""
    server.write("seeds/theirs.yaml", "namespaces: [{name: theirs, description: ours, owner_email: a@b.c}]")
    assert r"\u001b[2J" in harmless(server("plan"))
    assert r"\x1b[2J" in harmless(server("namespace", "describe", "theirs"))


def test_what_a_program_says_when_it_fails_does_nothing_to_the_terminal(running: CommandLine) -> None:
    """Nor does its later lines look like devenv's own."""
    running.world.compose.logs_failure = CommandFailedError(
        "It failed", ["a", HOSTILE], [f"{HOSTILE}\nhint: x"]
    )
    seen = harmless(running("logs"))
    assert r"\x1b[2J" in seen
    assert "\nhint: x" not in seen


@pytest.mark.parametrize("output", ["json", "jsonl"])
def test_documents_hold_what_is_there_without_a_control_character(server: CommandLine, output: str) -> None:
    """JSON writes them as escapes, and a program reads them as they are."""
    result = server("namespace", "describe", "theirs", "-o", output)
    document = result.document if output == "json" else result.events[-1]
    harmless(result)
    assert document["namespace"]["owner_email"] == HOSTILE
